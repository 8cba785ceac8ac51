//! What holds under any order of commands by anybody.

use crate::offers::offers_are_kept;
use crate::scene::{
    COUNTY, Scene, cadre, callable, code, content, line, member, need_id, officer, order_id,
    pick_id, supply_content, supply_id,
};
use crate::scene::{applicant, org_code, profile};
use crate::views::{nothing_private_leaks, summaries_come_back};
use domain::commands::{
    AlsoNeed, ChangeSupply, ConfirmDelivery, DisputeDelivery, EditNeed, EndSupply, MarkDelivered,
    MergeNeeds, PauseSupply, PickAnswer, PostNeed, ReleaseOrder, RemindOrder, ReportProgress,
    ResumeSupply, SaveNeed, SaveSupply, ScreenNeed, ScreenSupply, Screening, SetSettings,
    SubmitNeed, SubmitSupply, TakeDown, TakeOrder, TellApart, UndoMerge, WithdrawNeed,
    WithdrawPick,
};
use domain::commands::{
    ApproveOrganization, ChangeOrganization, LeaveReview, LiftSuspension, RefuseOrganization,
    RegisterOrganization, StillInUse, SuspendOrganization,
};
use domain::needs::{ReturnReason, WithdrawReason};
use domain::orders::{OrderStage, ReleaseReason};
use domain::organizations::{OrgStage, RefuseReason};
use domain::reviews::Answer;
use domain::settings::Setting;
use domain::{
    Actor, Command, Department, Entity, Fen, Key, Millis, NeedContent, NeedId, PickState,
    ProgressId, PublishRule, ReviewId, Revision, SupplyContent, SupplyId,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn who() -> impl Strategy<Value = Actor> {
    prop_oneof![
        4 => (1..=2_u8).prop_map(cadre),
        4 => (1..=3_u8).prop_map(member),
        1 => (1..=2_u8).prop_map(applicant),
        3 => any::<bool>().prop_map(|civil| {
            let department = if civil { Department::CivilAffairs } else { Department::RuralRevitalization };
            officer(COUNTY, department)
        }),
    ]
}

fn written() -> impl Strategy<Value = NeedContent> {
    (0..6_u64, 1..6_u64, any::<bool>()).prop_map(|(lamps, metres, both)| {
        let mut content = content();
        content.items[0].quantity = lamps;
        content.items[1].quantity = metres;
        if !both {
            content.items.truncate(1);
        }
        content
    })
}

fn offered() -> impl Strategy<Value = SupplyContent> {
    (0..4_u32, 0..3_u8).prop_map(|(places, n)| {
        let mut content = supply_content();
        content.places = places;
        match n {
            0 => content.conditions.clear(),
            1 => content.team.clear(),
            _ => {}
        }
        content
    })
}

fn what() -> impl Strategy<Value = Command> {
    let need = (1..=2_u8).prop_map(need_id).boxed();
    let order = (1..=4_u8).prop_map(order_id).boxed();
    let supply = (1..=2_u8).prop_map(supply_id).boxed();
    let words = || "还要再看看".to_owned();
    // What the page had on the screen: the wording that stands, an earlier one, or a page that does not say.
    let seen = prop_oneof![
        2 => Just(None),
        5 => (0..4_u32).prop_map(|n| Some(Revision(n))),
    ]
    .boxed();
    prop_oneof![
        1 => (need.clone(), written()).prop_map(|(need, content)| SaveNeed { need, content }.into()),
        3 => (need.clone(), written()).prop_map(|(need, content)| PostNeed { need, content }.into()),
        1 => need.clone().prop_map(|need| SubmitNeed { need }.into()),
        2 => (need.clone(), written()).prop_map(|(need, content)| EditNeed { need, content }.into()),
        1 => need.clone().prop_map(|need| WithdrawNeed { need, reason: WithdrawReason::Mistake }.into()),
        6 => (need.clone(), 0..4_u8, seen.clone()).prop_map(move |(need, n, seen)| {
            let opinion = if n == 0 {
                Screening::Return { reason: ReturnReason::Other, words: words() }
            } else {
                Screening::Publish { remark: String::new() }
            };
            ScreenNeed { need, opinion, seen }.into()
        }),
        2 => (need.clone(), any::<bool>()).prop_map(|(need, wanted)| AlsoNeed { need, wanted }.into()),
        1 => (need.clone(), need.clone()).prop_map(|(need, other)| TellApart { need, other }.into()),
        3 => (need.clone(), need.clone(), seen.clone(), seen.clone()).prop_map(|(from, into, seen_from, seen_into)| {
            MergeNeeds { from, into, seen_from, seen_into }.into()
        }),
        3 => (need.clone(), seen.clone(), seen.clone()).prop_map(|(need, seen, seen_into)| UndoMerge { need, seen, seen_into }.into()),
        1 => (need.clone(), seen.clone()).prop_map(move |(need, seen)| {
            TakeDown { need, reason: ReturnReason::OutOfScope, words: words(), seen }.into()
        }),
        1 => order.clone().prop_map(|order| RemindOrder { order }.into()),
        8 => (order.clone(), need, 0..5_u64, 0..5_u64, seen.clone()).prop_map(|(order, need, a, b, seen)| {
            let mut lines = vec![line(1, a)];
            if b > 0 {
                lines.push(line(2, b));
            }
            let due = crate::scene::NOW.day().plus(9);
            TakeOrder { order, need, lines, due, contact: Some(callable()), seen }.into()
        }),
        1 => (order.clone(), any::<bool>(), any::<usize>()).prop_map(move |(order, changed_mind, n)| {
            let reason = if changed_mind {
                ReleaseReason::ChangedMind
            } else {
                ReleaseReason::GIVEN[n % ReleaseReason::GIVEN.len()]
            };
            ReleaseOrder { order, reason, words: words() }.into()
        }),
        1 => (order.clone(), any::<[u8; 16]>()).prop_map(|(order, n)| ReportProgress {
            order,
            progress: ProgressId::from_random(n),
            text: "做了一半".to_owned(),
            cash: Fen(1),
            goods: Fen(2),
            persons: 3,
            visits: 4,
        }.into()),
        3 => order.clone().prop_map(|order| MarkDelivered { order, note: String::new() }.into()),
        2 => (order.clone(), seen.clone()).prop_map(|(order, seen)| ConfirmDelivery { order, seen }.into()),
        1 => (0..3_u32, 0..40_u32, any::<bool>()).prop_map(|(seen, days, both)| SetSettings {
            region: code(COUNTY),
            publish: both.then_some(PublishRule::Both),
            numbers: BTreeMap::from([(Setting::NeedGrace, days), (Setting::RenewAfter, days)]),
            help: None,
            seen: Revision(seen),
        }.into()),
        2 => (order.clone(), seen.clone()).prop_map(move |(order, seen)| DisputeDelivery { order, reason: words(), seen }.into()),
        7 => crate::honest::on_orders(order.clone()),
        9 => crate::honest::around_a_need(seen.clone()),
        2 => (order.clone(), 1..=6_u8).prop_map(|(order, n)| LeaveReview {
            review: ReviewId::from_random([n; 16]),
            order,
            answers: [Answer::Yes, Answer::Partly, Answer::No],
            words: "都亮了".to_owned(),
        }.into()),
        1 => (order.clone(), any::<bool>()).prop_map(|(order, early)| StillInUse {
            order,
            month: if early { 6 } else { 12 },
            answer: Answer::Partly,
            words: "坏了两盏".to_owned(),
        }.into()),
        3 => of_an_organization(),
        1 => (supply.clone(), offered()).prop_map(|(supply, content)| SaveSupply { supply, content }.into()),
        4 => (supply.clone(), offered()).prop_map(|(supply, content)| SubmitSupply { supply, content }.into()),
        2 => (supply.clone(), offered()).prop_map(|(supply, content)| ChangeSupply { supply, content }.into()),
        6 => (supply.clone(), 0..5_u8, 0..3_u32).prop_map(move |(supply, n, seen)| {
            let opinion = if n == 0 {
                Screening::Return { reason: ReturnReason::Other, words: words() }
            } else {
                Screening::Publish { remark: String::new() }
            };
            ScreenSupply { supply, opinion, seen: Revision(seen) }.into()
        }),
        1 => supply.clone().prop_map(|supply| PauseSupply { supply }.into()),
        1 => supply.clone().prop_map(|supply| ResumeSupply { supply }.into()),
        1 => (supply.clone(), 0..6_u8).prop_map(|(supply, n)| match n {
            0 => EndSupply { supply }.into(),
            _ => ResumeSupply { supply }.into(),
        }),
        6 => (1..=4_u8, supply, 0..4_u32, 0..3_u32).prop_map(|(n, supply, places, seen)| {
            let mut picks = crate::scene::pick(n, 1, places);
            (picks.supply, picks.seen) = (supply, Revision(seen));
            picks.into()
        }),
        8 => (1..=4_u8, 1..=4_u8, 0..4_u32, 0..3_u32, 0..5_u8).prop_map(|(n, order, places, seen, no)| {
            let mut answers = if no == 0 {
                crate::scene::decline(n)
            } else {
                crate::scene::accept(n, order, places)
            };
            answers.seen = Revision(seen);
            answers.into()
        }),
        1 => (1..=4_u8).prop_map(|n| WithdrawPick { pick: pick_id(n) }.into()),
    ]
}

/// What happens to organizations: the three that are there, and two that may register.
fn of_an_organization() -> impl Strategy<Value = Command> {
    let words = || "材料不全，请补".to_owned();
    let seen = (0..3_u32).prop_map(Revision);
    ((1..=5_u8).prop_map(org_code), seen, 0..6_u8, 0..3_u8).prop_map(
        move |(organization, seen, which, name)| {
            let profile =
                profile(["第一志愿者协会", "山里人公益中心", "第2协会联合会"][name as usize]);
            match which {
                0 => RegisterOrganization {
                    organization,
                    registered_in: code(COUNTY),
                    profile,
                }
                .into(),
                1 => ChangeOrganization {
                    organization,
                    profile,
                }
                .into(),
                2 => ApproveOrganization { organization, seen }.into(),
                3 => RefuseOrganization {
                    organization,
                    reason: RefuseReason::Other,
                    words: words(),
                    seen,
                }
                .into(),
                4 => SuspendOrganization {
                    organization,
                    words: words(),
                    until: None,
                    seen: Some(seen),
                }
                .into(),
                _ => LiftSuspension {
                    organization,
                    words: words(),
                    seen: Some(seen),
                }
                .into(),
            }
        },
    )
}

/// A review is opened with the other one, and each side of an order has one at most.
fn reviews_are_fair(scene: &Scene) {
    let reviews: Vec<_> = scene
        .entities
        .values()
        .filter_map(|e| match e {
            Entity::Review(review) => Some(review),
            _ => None,
        })
        .collect();
    for review in &reviews {
        let Some(Entity::Order(order)) = scene.entities.get(&Key::Order(review.order)) else {
            panic!("no order: {review:?}");
        };
        let marks = order.reviews.expect("confirmed");
        assert_eq!(marks.of(review.by), Some(review.id));
        let both = marks.of(review.by.other()).is_some();
        assert_eq!(review.opened.is_some(), both || marks.over);
    }
}

/// Every step of every entity is one that its life allows.
fn steps_are_legal(before: &BTreeMap<Key, Entity>, after: &BTreeMap<Key, Entity>) {
    for (key, now) in after {
        match (before.get(key), now) {
            (Some(Entity::Need(a)), Entity::Need(b)) => {
                let (a, b) = (a.state.stage(), b.state.stage());
                // An edit of a submitted need and a second opinion leave the stage as it is.
                assert!(a == b || a.may_become(b), "need: {a:?} → {b:?}");
            }
            (Some(Entity::Order(a)), Entity::Order(b)) => {
                let (a, b) = (a.state.stage(), b.state.stage());
                assert!(a == b || a.may_become(b), "order: {a:?} → {b:?}");
            }
            (Some(Entity::Dispatch(a)), Entity::Dispatch(b)) => {
                let (a, b) = (a.state.stage(), b.state.stage());
                assert!(a == b || a.may_become(b), "dispatch: {a:?} → {b:?}");
            }
            (Some(Entity::Organization(a)), Entity::Organization(b)) => {
                let (a, b) = (a.stage(), b.stage());
                assert!(a == b || a.may_become(b), "organization: {a:?} → {b:?}");
            }
            (Some(Entity::Supply(a)), Entity::Supply(b)) => {
                let (a, b) = (a.state.stage(), b.state.stage());
                assert!(a == b || a.may_become(b), "supply: {a:?} → {b:?}");
            }
            (Some(Entity::Pick(a)), Entity::Pick(b)) => {
                assert!(a == b || a.state == PickState::Proposed, "an answer stands");
            }
            (Some(_), _) => assert!(before.contains_key(key)),
            (None, Entity::Order(order)) => {
                assert_eq!(order.state.stage(), OrderStage::Active);
            }
            (None, _) => {}
        }
    }
}

/// The need's pledges and the orders tell the same story, and never promise more than was asked for.
fn the_books_balance(scene: &Scene) {
    for entity in scene.entities.values() {
        let Entity::Need(need) = entity else { continue };
        for item in &need.content.items {
            assert!(need.pledged(item.no) <= item.quantity, "over-pledged");
        }
        let live: Vec<_> = scene
            .entities
            .values()
            .filter_map(|e| match e {
                Entity::Order(o) if o.need == Some(need.id) => Some(o),
                _ => None,
            })
            .filter(|o| !matches!(o.state.stage(), OrderStage::Released | OrderStage::Lapsed))
            .collect();
        assert_eq!(live.len(), need.pledges.len());
        for order in live {
            let pledge = need
                .pledge(order.id)
                .expect("a pledge for every live order");
            assert_eq!(pledge.lines, order.lines);
        }
    }
    for entity in scene.entities.values() {
        let Entity::Supply(supply) = entity else {
            continue;
        };
        assert!(supply.taken() <= supply.content.places, "over-picked");
        let live: Vec<_> = scene
            .entities
            .values()
            .filter_map(|e| match e {
                Entity::Order(o) if o.supply == Some(supply.id) => Some(o),
                _ => None,
            })
            .filter(|o| !matches!(o.state.stage(), OrderStage::Released | OrderStage::Lapsed))
            .collect();
        let held = supply.picks.iter().filter(|p| p.held.is_some()).count();
        assert_eq!(live.len(), held);
        for order in live {
            let held = supply
                .held_by(order.id)
                .expect("places for every live order");
            assert_eq!(Some(held.pick), order.pick);
        }
        let asked = scene.entities.values().filter(|e| {
            matches!(e, Entity::Pick(p) if p.supply == supply.id && p.state == PickState::Proposed)
        });
        assert_eq!(asked.count(), supply.asked().count());
    }
    nobody_loses_sight(scene);
    let open = |code| {
        let held = scene.entities.values().filter(
            |e| matches!(e, Entity::Order(o) if o.org == code && o.state.stage().is_open()),
        );
        u32::try_from(held.count()).unwrap_or(u32::MAX)
    };
    for entity in scene.entities.values() {
        if let Entity::Organization(org) = entity {
            assert_eq!(org.open_orders, open(org.code));
            assert_eq!(org.approved, org.stage() == OrgStage::Approved);
        }
    }
}

/// Where a merge has brought something, those who had it before still see it, and each side knows of the other.
fn nobody_loses_sight(scene: &Scene) {
    let need = |id| match scene.entities.get(&Key::Need(id)) {
        Some(Entity::Need(need)) => need,
        other => panic!("no need: {other:?}"),
    };
    for entity in scene.entities.values() {
        match entity {
            Entity::Need(merged) => {
                let domain::NeedState::Merged { into, .. } = &merged.state else {
                    continue;
                };
                assert_eq!(merged.pledges, []);
                let into = need(*into);
                assert!(into.merged.iter().any(|m| m.need == merged.id));
                let feeds = Entity::from((**into).clone()).placements();
                let own = domain::Feed::Village(merged.place.village);
                let is_draft = into.state == domain::NeedState::Draft;
                assert!(
                    is_draft || feeds.iter().any(|(feed, _)| *feed == own),
                    "{into:?}"
                );
            }
            Entity::Order(order) => {
                for moved in &order.moved {
                    let own = domain::Feed::Village(moved.place.village);
                    assert!(entity.placements().iter().any(|(feed, _)| *feed == own));
                    assert!(order.history.len() > 1);
                }
            }
            _ => {}
        }
    }
}

/// A judgement, or an order, stands on the wording that its page showed, and on no other.
fn it_was_decided_on_what_was_read(before: &BTreeMap<Key, Entity>, command: &Command) {
    let wording = |need: &NeedId| match before.get(&Key::Need(*need)) {
        Some(Entity::Need(need)) => need.revision,
        other => panic!("no need: {other:?}"),
    };
    let offer = |supply: &SupplyId| match before.get(&Key::Supply(*supply)) {
        Some(Entity::Supply(supply)) => supply.revision,
        other => panic!("no supply: {other:?}"),
    };
    match command {
        Command::ScreenNeed(c) => assert_eq!(wording(&c.need), c.seen.unwrap_or_default()),
        Command::TakeOrder(c) => assert_eq!(wording(&c.need), c.seen.unwrap_or_default()),
        Command::CloseNeed(c) => assert_eq!(wording(&c.need), c.seen.unwrap_or_default()),
        Command::JoinWaiting(c) => assert_eq!(wording(&c.need), c.seen.unwrap_or_default()),
        Command::DispatchNeed(c) => assert_eq!(wording(&c.need), c.seen.unwrap_or_default()),
        Command::ApproveOrganization(ApproveOrganization { organization, seen })
        | Command::RefuseOrganization(RefuseOrganization {
            organization, seen, ..
        })
        | Command::SuspendOrganization(SuspendOrganization {
            organization,
            seen: Some(seen),
            ..
        })
        | Command::LiftSuspension(LiftSuspension {
            organization,
            seen: Some(seen),
            ..
        }) => {
            let Some(Entity::Organization(org)) = before.get(&Key::Organization(*organization))
            else {
                panic!("no organization");
            };
            assert_eq!(org.revision, *seen);
        }
        Command::TakeDown(c) => assert_eq!(wording(&c.need), c.seen.unwrap_or_default()),
        Command::UndoMerge(c) => {
            assert_eq!(wording(&c.need), c.seen.unwrap_or_default());
            let Some(Entity::Need(need)) = before.get(&Key::Need(c.need)) else {
                panic!("no need");
            };
            if let domain::NeedState::Merged { into, .. } = &need.state {
                assert_eq!(wording(into), c.seen_into.unwrap_or_default());
            }
        }
        Command::MergeNeeds(c) => {
            assert_eq!(wording(&c.from), c.seen_from.unwrap_or_default());
            assert_eq!(wording(&c.into), c.seen_into.unwrap_or_default());
        }
        Command::ConfirmDelivery(ConfirmDelivery { order, seen })
        | Command::DisputeDelivery(DisputeDelivery { order, seen, .. }) => {
            let Some(Entity::Order(order)) = before.get(&Key::Order(*order)) else {
                panic!("no order");
            };
            assert_eq!(order.deliveries, seen.unwrap_or(Revision(1)));
        }
        Command::ScreenSupply(c) => assert_eq!(offer(&c.supply), c.seen),
        Command::PickSupply(c) => assert_eq!(offer(&c.supply), c.seen),
        Command::AnswerPick(c) if matches!(c.answer, PickAnswer::Accept { .. }) => {
            let Some(Entity::Pick(pick)) = before.get(&Key::Pick(c.pick)) else {
                panic!("no pick");
            };
            let Some(Entity::Supply(supply)) = before.get(&Key::Supply(pick.supply)) else {
                panic!("no supply");
            };
            // Both sides have read the same, and a bureau has agreed to it.
            assert_eq!((supply.offered().1, pick.seen), (c.seen, c.seen));
        }
        _ => {}
    }
}

/// What is published of supplies: of each, what a bureau agreed to last.
type Published = BTreeMap<SupplyId, SupplyContent>;

/// Nobody but its organization and its bureau reads of a supply what no bureau has agreed to.
fn only_what_was_screened_is_read(agreed: &mut Published, command: &Command, scene: &Scene) {
    if let Command::ScreenSupply(ScreenSupply {
        supply,
        opinion: Screening::Publish { .. },
        ..
    }) = command
        && let Some(Entity::Supply(now)) = scene.entities.get(&Key::Supply(*supply))
    {
        agreed.insert(*supply, now.content.clone());
    }
    for entity in scene.entities.values() {
        let Entity::Supply(supply) = entity else {
            continue;
        };
        for (feed, view) in entity.placements() {
            let Some(Entity::Supply(shown)) = entity.seen(view) else {
                panic!("{feed} shows nothing");
            };
            if view == domain::Visibility::Public {
                let agreed = agreed.get(&supply.id).expect("a bureau has agreed");
                assert!(
                    !agreed.is_screened_again(&shown.content),
                    "{feed}: {shown:?}"
                );
                assert_eq!(shown.revision, supply.offered().1);
                assert!(shown.published.is_none());
            }
        }
    }
}

/// What somebody else may have read under a number is what stands under it, word for word.
fn wordings_are_told_apart(
    wordings: &mut BTreeMap<(NeedId, Revision), NeedContent>,
    scene: &Scene,
) {
    for entity in scene.entities.values() {
        let Entity::Need(need) = entity else { continue };
        if need.state.stage() == domain::needs::NeedStage::Draft {
            continue;
        }
        let known = wordings
            .entry((need.id, need.revision))
            .or_insert_with(|| need.content.clone());
        assert_eq!(known.changes_to(&need.content), []);
    }
}

/// How many days pass before somebody acts: mostly none.
fn passes() -> impl Strategy<Value = i64> {
    prop_oneof![20 => Just(0), 1 => Just(3), 1 => Just(16), 1 => Just(31)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn under_any_order_of_commands_the_rules_hold(
        both in any::<bool>(),
        script in prop::collection::vec((who(), what(), passes()), 1..70),
    ) {
        let mut scene = Scene::with(if both { PublishRule::Both } else { PublishRule::Either });
        let mut wordings = BTreeMap::new();
        let mut agreed = Published::new();
        for (actor, command, days) in script {
            if days > 0 {
                scene.days_pass(days);
                the_books_balance(&scene);
                crate::honest::holds(&scene);
            }
            let before = scene.entities.clone();
            let refused = scene.act(&actor, command.clone());
            scene.now = Millis(scene.now.0 + 60_000);
            if let Err(rejection) = refused {
                assert_eq!(before, scene.entities);
                // Every refusal can be told, and survives the wire.
                assert!(rejection.sentence().ends_with('。'), "{}", rejection.sentence());
                let json = serde_json::to_string(&rejection).expect("json");
                assert_eq!(serde_json::from_str::<domain::Rejection>(&json).expect("back"), rejection);
                continue;
            }
            scene.what_is_due_happens();
            crate::honest::holds(&scene);
            steps_are_legal(&before, &scene.entities);
            it_was_decided_on_what_was_read(&before, &command);
            wordings_are_told_apart(&mut wordings, &scene);
            only_what_was_screened_is_read(&mut agreed, &command, &scene);
            offers_are_kept(&scene);
            the_books_balance(&scene);
            reviews_are_fair(&scene);
            for entity in scene.entities.values() {
                nothing_private_leaks(entity);
                summaries_come_back(entity);
                let json = entity.to_json().expect("json");
                let back = Entity::from_json(entity.key().kind(), &json).expect("back");
                assert_eq!(&back, entity);
            }
        }
    }

    #[test]
    fn a_command_is_the_same_after_the_wire(command in what()) {
        let args = command.args().expect("json");
        assert_eq!(Command::read(command.name(), Command::VERSION, &args), Ok(command));
    }
}
