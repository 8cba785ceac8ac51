//! Tests of the demonstration.

use super::*;
use domain::needs::NeedStage;
use domain::orders::OrderStage;
use domain::organizations::OrgStage;
use domain::{CreditCode, Entity, Key, Need, NeedState, OrgKind, Unit, decide_on};
use std::sync::LazyLock;

const NOW: Millis = Millis(1_795_500_000_000);

static REGIONS: LazyLock<Regions> = LazyLock::new(|| Regions::hunan().expect("regions"));
static DEMO: LazyLock<Demo> = LazyLock::new(|| demo(&REGIONS, NOW).expect("demo"));
static WORLD: LazyLock<BTreeMap<Key, Entity>> = LazyLock::new(|| carried_out(&DEMO));

/// What is there after every step was decided by the domain, as a server would have done it.
fn carried_out(demo: &Demo) -> BTreeMap<Key, Entity> {
    let settings = demo.settings.iter().cloned().map(Entity::from);
    let organizations = demo.organizations.iter().cloned().map(Entity::from);
    let start = settings.chain(organizations);
    let mut world: BTreeMap<Key, Entity> = start.map(|entity| (entity.key(), entity)).collect();
    for step in &demo.steps {
        let actor = &demo.people[step.actor].actor;
        let find = |key: &Key| world.get(key).cloned();
        match decide_on(&step.command, actor, step.at, find) {
            Ok(changes) => world.extend(
                changes
                    .puts
                    .into_iter()
                    .map(|entity| (entity.key(), entity)),
            ),
            Err(rejection) => panic!("{actor:?}: {:?}: {rejection:?}", step.command),
        }
    }
    world
}

fn needs() -> impl Iterator<Item = &'static Need> {
    WORLD.values().filter_map(|entity| match entity {
        Entity::Need(need) => Some(&**need),
        _ => None,
    })
}

fn count<T: Ord>(things: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

#[test]
fn every_step_is_allowed_by_the_rules_and_lies_in_the_past() {
    assert!(WORLD.len() > 3_200);
    assert!(DEMO.steps.is_sorted_by_key(|step| step.at));
    assert!(DEMO.steps.iter().all(|step| step.at < NOW));
}

#[test]
fn there_are_3000_needs_and_200_organizations_and_orders_in_every_state() {
    assert_eq!(needs().count(), NEEDS);
    assert_eq!(DEMO.organizations.len(), ORGANIZATIONS);
    let stages = count(needs().map(|need| need.state.stage()));
    // The demonstration's past is made of what people did; only time lets a need expire or an order lapse.
    let made_by_people = NeedStage::ALL
        .into_iter()
        .filter(|stage| *stage != NeedStage::Expired);
    for stage in made_by_people {
        let least = match stage {
            // A county seldom takes something down or merges two needs.
            NeedStage::Draft | NeedStage::TakenDown | NeedStage::Merged => 1,
            _ => 40,
        };
        assert!(
            stages.get(&stage).is_some_and(|n| *n >= least),
            "{stages:?}"
        );
    }
    let orders = WORLD.values().filter_map(|entity| match entity {
        Entity::Order(order) => Some(order.state.stage()),
        _ => None,
    });
    let orders = count(orders);
    for stage in OrderStage::ALL
        .into_iter()
        .filter(|stage| *stage != OrderStage::Lapsed)
    {
        assert!(orders.get(&stage).is_some_and(|n| *n >= 20), "{orders:?}");
    }
}

#[test]
fn two_runs_are_the_same() {
    assert!(demo(&REGIONS, NOW).expect("demo") == *DEMO);
}

#[test]
fn it_works_at_any_time_of_the_year() {
    for month in [3, 6, 9] {
        let now = NOW.plus(month * 30 * DAY_MS + 7 * 3_600_000);
        let demo = demo(&REGIONS, now).expect("demo");
        assert_eq!(
            carried_out(&demo)
                .keys()
                .filter(|key| matches!(key, Key::Need(_)))
                .count(),
            NEEDS
        );
    }
}

#[test]
fn every_county_has_needs_in_real_villages() {
    let counties = count(needs().map(|need| need.place.county()));
    for county in REGIONS.level(Level::County) {
        assert!(
            counties.get(&county.code).is_some_and(|n| *n >= 4),
            "{}",
            county.name
        );
    }
    for need in needs() {
        assert_eq!(
            REGIONS.place(need.place.village).as_ref(),
            Some(&need.place)
        );
    }
}

#[test]
fn organizations_have_names_and_codes_of_their_own_at_every_level() {
    let names = count(DEMO.organizations.iter().map(|org| &org.name));
    let codes = count(DEMO.organizations.iter().map(|org| org.code));
    assert_eq!((names.len(), codes.len()), (ORGANIZATIONS, ORGANIZATIONS));
    for org in &DEMO.organizations {
        assert_eq!(CreditCode::parse(org.code.as_str()), Ok(org.code));
        assert!(!org.serves.is_empty());
    }
    let kinds = count(DEMO.organizations.iter().map(|org| org.code.kind().label()));
    for kind in [
        OrgKind::Association,
        OrgKind::ServiceAgency,
        OrgKind::Foundation,
    ] {
        assert!(
            kinds.get(kind.label()).is_some_and(|n| *n >= 10),
            "{kinds:?}"
        );
    }
    let levels = count(
        DEMO.organizations
            .iter()
            .map(|org| org.registered_in.level()),
    );
    assert_eq!(levels.len(), 3);
    let everywhere = DEMO
        .organizations
        .iter()
        .filter(|org| org.serves.len() == 134)
        .count();
    assert!(everywhere >= 1);
}

#[test]
fn every_role_has_an_account_and_every_number_belongs_to_one_person() {
    let accounts: Vec<_> = DEMO
        .people
        .iter()
        .filter(|person| person.signs_in)
        .collect();
    assert_eq!(accounts.len(), 10);
    for (n, person) in (1..).zip(&accounts) {
        assert_eq!(person.phone, format!("1990000{n:04}"));
    }
    let phones = count(DEMO.people.iter().map(|person| &person.phone));
    assert_eq!(phones.len(), DEMO.people.len());
    assert!(
        DEMO.people
            .iter()
            .all(|person| person.phone.starts_with("1990000") && person.phone.len() == 11)
    );
    let users = count(DEMO.people.iter().map(|person| person.actor.user));
    assert_eq!(users.len(), DEMO.people.len());
}

#[test]
fn the_demonstration_village_has_something_of_everything() {
    let village: RegionCode = VILLAGES[0].0.parse().expect("code");
    let own: Vec<_> = needs()
        .filter(|need| need.place.village == village)
        .collect();
    let stages = count(own.iter().map(|need| need.state.stage()));
    // All but what only time brings about.
    assert_eq!(stages.len(), NeedStage::ALL.len() - 1, "{stages:?}");
    assert!(
        own.iter()
            .any(|need| !need.pledges.is_empty() && need.has_left())
    );
    assert!(
        own.iter()
            .any(|need| matches!(need.state, NeedState::Submitted { .. })
                && need.opinions.len() == 1)
    );
    let orders = WORLD.values().filter_map(|entity| match entity {
        Entity::Order(order) if order.place.village == village => Some(order.state.stage()),
        _ => None,
    });
    assert_eq!(count(orders).len(), OrderStage::ALL.len() - 1);
}

#[test]
fn needs_are_told_apart() {
    let texts = count(needs().map(|need| (&need.content.title, &need.content.details)));
    assert!(texts.len() >= 2_990, "{}", texts.len());
    for need in needs() {
        assert!(
            !need.content.details.contains(['{', '}', '|']),
            "{}",
            need.content.details
        );
        assert!(
            need.content
                .items
                .iter()
                .all(|item| item.unit != Unit::Of(String::new()))
        );
    }
}

#[test]
fn ten_organizations_offer_something_and_villages_have_picked_it() {
    let supplies: Vec<_> = WORLD
        .values()
        .filter_map(|entity| match entity {
            Entity::Supply(supply) => Some(supply),
            _ => None,
        })
        .collect();
    let orgs = count(supplies.iter().map(|supply| supply.org));
    assert_eq!(orgs.len(), 10);
    let stages = count(supplies.iter().map(|supply| supply.state.stage()));
    assert!(stages.len() >= 5, "{stages:?}");
    assert!(
        supplies
            .iter()
            .any(|s| s.left() == 0 && s.content.places > 0)
    );
    assert!(supplies.iter().any(|s| s.asked().count() > 0));
    let village: RegionCode = VILLAGES[0].0.parse().expect("code");
    let own = WORLD.values().filter_map(|entity| match entity {
        Entity::Order(order) if order.place.village == village && order.supply.is_some() => {
            Some(order.state.stage())
        }
        _ => None,
    });
    let own = count(own);
    assert!(own.contains_key(&OrderStage::Active) && own.contains_key(&OrderStage::Delivered));
}

#[test]
fn organizations_wait_and_are_suspended_and_both_sides_have_said_how_it_went() {
    let stages = WORLD.values().filter_map(|entity| match entity {
        Entity::Organization(org) => Some(org.stage()),
        _ => None,
    });
    let stages = count(stages);
    assert_eq!(stages.get(&OrgStage::Pending), Some(&2), "{stages:?}");
    assert_eq!(stages.get(&OrgStage::Suspended), Some(&1), "{stages:?}");
    let village: RegionCode = VILLAGES[0].0.parse().expect("code");
    let marks = WORLD.values().filter_map(|entity| match entity {
        Entity::Order(order) if order.place.village == village => order.reviews,
        _ => None,
    });
    let marks: Vec<_> = marks.collect();
    let has = |village, org| {
        let wanted = |marks: &&domain::reviews::Reviews| {
            (marks.village.is_some(), marks.organization.is_some()) == (village, org)
        };
        marks.iter().any(|marks| wanted(&marks))
    };
    assert!(has(true, true) && has(false, true), "{marks:?}");
    // Somebody signs in beside the ten: two who wait, the owner of the suspended one, a colleague.
    let also = DEMO.people.iter().filter(|person| person.also_signs_in);
    assert_eq!(also.count(), 4);
}
