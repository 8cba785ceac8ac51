//! Who sees what.

use crate::scene::{
    COUNTY, SECRET_ASKER, SECRET_NAME, SECRET_NOTE, SECRET_PHONE, SECRET_WORDS, Scene, cadre, code,
    line, member, officer, order_id, org_code, place, publish, take,
};
use domain::commands::ReleaseOrder;
use domain::feeds::of;
use domain::needs::browsable;
use domain::orders::ReleaseReason;
use domain::reviews::Side;
use domain::{Department, Entity, Facts, Feed, Role, Summary, Visibility};

fn shown_need(entity: &Entity) -> &domain::Need {
    match entity {
        Entity::Need(need) => need,
        other => panic!("not a need: {other:?}"),
    }
}

/// No private word in any view that strangers get, and the full view only for those the rules name.
pub(crate) fn nothing_private_leaks(entity: &Entity) {
    for (feed, view) in entity.placements() {
        let Some(shown) = entity.seen(view) else {
            panic!("{feed} shows nothing of {}", entity.key());
        };
        let json = shown.to_json().expect("json");
        if json.contains(SECRET_ASKER) {
            // Whoever asks for an order to be handed over shows the number to those who see the order, and only while the question is open.
            let Entity::Order(order) = entity else {
                panic!("{feed} shows whom the holder may call: {json}");
            };
            let before = order.moved.iter().map(|moved| moved.place.village);
            let villages: Vec<_> = before.chain([order.place.village]).collect();
            let may = match feed {
                Feed::Village(village) => villages.contains(&village),
                Feed::Office(county) => villages.iter().any(|v| v.county() == county),
                Feed::Org(org) => org == order.org,
                Feed::Needs(_) | Feed::Board(_) | Feed::User(_) => false,
            };
            assert!(may && order.hand_over.is_some(), "{feed}: {json}");
        }
        if let Entity::Organization(org) = entity
            && view == Visibility::Public
        {
            assert!(org.stage().is_known(), "{feed} shows {org:?}");
            assert!(!json.contains(SECRET_NAME) && !json.contains(SECRET_PHONE));
            continue;
        }
        if let Entity::Review(review) = entity
            && review.opened.is_none()
        {
            // Neither the other side nor a bureau sees it before it is opened.
            let own = match review.by {
                Side::Village => Feed::Village(review.place.village),
                Side::Organization => Feed::Org(review.org),
            };
            assert_eq!(feed, own);
        }
        let need = match entity {
            Entity::Need(need) => need,
            Entity::Supply(supply) => {
                let may = match feed {
                    Feed::Org(org) => org == supply.org,
                    Feed::Office(region) => region == supply.registered_in,
                    _ => false,
                };
                assert_eq!(may, view == Visibility::Full, "{feed} has {view:?}");
                let Entity::Supply(shown) = shown else {
                    panic!("{json}");
                };
                assert!(may || shown.asked().next().is_none(), "{feed}: {json}");
                continue;
            }
            Entity::Pick(pick) => {
                assert_eq!(view, Visibility::Full);
                assert!(
                    feed == Feed::Village(pick.place.village)
                        || feed == Feed::Office(pick.place.county())
                        || feed == Feed::Org(pick.org)
                );
                continue;
            }
            _ => {
                let may = match (entity, feed) {
                    (Entity::Dispatch(_), Feed::Village(_)) => {
                        assert!(!json.contains(SECRET_NOTE), "{feed}: {json}");
                        false
                    }
                    _ => true,
                };
                assert_eq!(may, view == Visibility::Full, "{feed} has {view:?}");
                continue;
            }
        };
        let may = match feed {
            Feed::Village(v) => v == need.place.village,
            Feed::Office(c) => c == need.place.county(),
            Feed::Org(org) => need.pledges.iter().any(|p| p.org == org),
            Feed::Needs(_) | Feed::Board(_) | Feed::User(_) => false,
        };
        assert_eq!(may, view == Visibility::Full, "{feed} has {view:?}");
        if view == Visibility::Public {
            assert!(
                !json.contains(SECRET_NAME)
                    && !json.contains(SECRET_PHONE)
                    && !json.contains(SECRET_WORDS)
                    && shown_need(&shown).asked.is_empty(),
                "{feed}: {json}"
            );
        }
    }
}

/// A summary is the same after its texts were written apart from its facts, as the cache does.
pub(crate) fn summaries_come_back(entity: &Entity) {
    for visibility in [Visibility::Full, Visibility::Public] {
        let Some(summary) = entity.seen(visibility).map(|shown| shown.summary()) else {
            continue;
        };
        let mut texts = Vec::new();
        summary
            .write_texts(&mut serde_json::Serializer::new(&mut texts))
            .expect("written");
        let facts = serde_json::to_string(&summary.facts()).expect("written");
        let facts: Facts = serde_json::from_str(&facts).expect("read");
        let mut texts = serde_json::Deserializer::from_slice(&texts);
        assert_eq!(
            Summary::read_texts(facts, &mut texts).expect("read"),
            summary
        );
    }
}

#[test]
fn the_contact_follows_the_order_and_leaves_with_it() {
    let mut scene = Scene::published();
    let has = |scene: &Scene| {
        let need = Entity::from(scene.need(1).clone());
        need.placements()
            .contains(&(Feed::Org(org_code(1)), Visibility::Full))
    };
    assert!(!has(&scene));
    scene.must(&member(1), take(1, 1, vec![line(1, 1)]));
    assert!(has(&scene));
    let words = "来不了".to_owned();
    scene.must(
        &member(1),
        ReleaseOrder {
            order: order_id(1),
            reason: ReleaseReason::CannotDeliver,
            words,
        },
    );
    assert!(!has(&scene));
}

#[test]
fn a_draft_is_seen_by_its_village_only_and_the_library_holds_what_is_published() {
    let mut scene = Scene::new();
    let save = domain::commands::SaveNeed {
        need: crate::scene::need_id(1),
        content: crate::scene::content(),
    };
    scene.must(&cadre(1), save);
    let feeds = |scene: &Scene| Entity::from(scene.need(1).clone()).placements();
    let village = Feed::Village(place(1).village);
    assert_eq!(feeds(&scene), [(village, Visibility::Full)]);
    scene.must(&cadre(1), crate::scene::post(1));
    let office = Feed::Office(code(COUNTY));
    assert_eq!(
        feeds(&scene),
        [(village, Visibility::Full), (office, Visibility::Full)]
    );
    scene.must(&officer(COUNTY, Department::CivilAffairs), publish(1));
    assert!(feeds(&scene).contains(&(Feed::Needs(code(COUNTY)), Visibility::Public)));
}

#[test]
fn the_feeds_of_each_role_are_its_own() {
    let library = Feed::Needs(code(COUNTY));
    let village = of(&cadre(1));
    assert!(village.contains(&Feed::Village(place(1).village)) && village.contains(&library));
    assert!(
        !of(&member(1))
            .iter()
            .any(|f| matches!(f, Feed::Village(_) | Feed::Office(_)))
    );
    let county = of(&officer(COUNTY, Department::CivilAffairs));
    assert!(county.contains(&Feed::Office(code(COUNTY))));
    let boards = ["430000000000", "431200000000", COUNTY].map(|region| Feed::Board(code(region)));
    for of_all in [&village, &county] {
        assert!(boards.iter().all(|board| of_all.contains(board)));
    }
    assert!(
        boards[..2]
            .iter()
            .all(|board| of(&member(1)).contains(board))
    );
    let city = of(&officer("431200000000", Department::CivilAffairs));
    let offices = city.iter().filter(|f| matches!(f, Feed::Office(_)));
    let own = Feed::Office(code("431200000000"));
    assert_eq!(
        offices.collect::<Vec<_>>(),
        [&own],
        "a city keeps what it registered itself, and asks the server for its counties' work"
    );
    let province = code("430000000000");
    let user = domain::UserId::from_random([9; 16]);
    let mut administrator =
        domain::accounts::actor(user, "管理员".to_owned(), Role::Administrator, &[province]);
    assert_eq!(
        of(&administrator),
        [Feed::User(user), Feed::Board(province)]
    );
    administrator.library = vec![code(COUNTY)];
    let board = Feed::Board(code(COUNTY));
    assert!(!of(&administrator).contains(&board), "provinces alone");
}

#[test]
fn the_trail_names_whoever_is_no_person() {
    use domain::trail::{Author, TERMINAL};
    let person = cadre(1).user;
    assert_eq!(Author::of(person), Author::Person(person));
    assert_eq!(Author::of(domain::jobs::SYSTEM), Author::System);
    assert_eq!(Author::of(TERMINAL), Author::Terminal);
    assert_eq!(Author::Terminal.person(), None);
    assert_eq!(Author::Terminal.name(), Some("服务器终端"));
}

#[test]
fn officers_browse_their_region_in_full_and_others_the_public_part() {
    let county = Some(code(COUNTY));
    let elsewhere = Some(code("430521000000"));
    let officer = officer(COUNTY, Department::CivilAffairs);
    let full = (code(COUNTY), Visibility::Full);
    assert_eq!(browsable(&officer, None), Some(full));
    let village = place(1).village;
    let inside = Some((village, Visibility::Full));
    assert_eq!(browsable(&officer, Some(village)), inside);
    assert_eq!(browsable(&officer, elsewhere), None);
    assert_eq!(browsable(&officer, Some(code("431200000000"))), None);

    let public = (code(COUNTY), Visibility::Public);
    assert_eq!(browsable(&cadre(1), None), Some(public));
    assert_eq!(browsable(&member(1), county), Some(public));
    for actor in [cadre(1), member(1)] {
        let (region, visibility) = browsable(&actor, elsewhere).expect("anywhere");
        assert_eq!((Some(region), visibility), (elsewhere, Visibility::Public));
    }

    let mut administrator = member(1);
    administrator.role = Role::Administrator;
    assert_eq!(browsable(&administrator, county), None);
}
