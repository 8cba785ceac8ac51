//! What a county does about what does not move: reminding, taking down, and the lists of what is stale.

use crate::scene::{
    COUNTY, NOW, Scene, cadre, content, dispatch_id, line, member, need_id, officer, order_id,
    org_code, publish, take,
};
use domain::asks::asks;
use domain::commands::{
    ConfirmDelivery, DispatchNeed, DisputeDelivery, JoinWaiting, MarkDelivered, PostNeed,
    ReleaseOrder, RemindOrder, ReportProgress, TakeDown,
};
use domain::dispatches::DispatchStage;
use domain::needs::{NeedHappened, NeedStage, ReturnReason};
use domain::orders::{OrderHappened, OrderStage, ReleaseReason};
use domain::rejection::Allowed;
use domain::settings::InForce;
use domain::stale::{Stale, StaleDays, stale};
use domain::{Actor, Department, Entity, Fen, ItemNo, ProgressId, Rejection, Revision};

const DAY_MS: i64 = 86_400_000;

fn civil() -> Actor {
    officer(COUNTY, Department::CivilAffairs)
}

fn take_down() -> TakeDown {
    TakeDown {
        need: need_id(1),
        reason: ReturnReason::OutOfScope,
        words: "县里已有项目资金".to_owned(),
        seen: Some(Revision(0)),
    }
}

fn deliver(order: u8) -> MarkDelivered {
    MarkDelivered {
        order: order_id(order),
        note: String::new(),
    }
}

#[test]
fn what_is_taken_down_ends_its_orders_without_fault_of_their_holders() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    scene.must(&member(2), take(2, 1, vec![line(1, 3)]));
    scene.must(&member(2), deliver(2));
    assert_eq!(
        scene.act(&civil(), take_down()),
        Err(Rejection::AwaitsConfirmation {
            orgs: vec!["第2协会".to_owned()]
        })
    );
    let seen = Some(Revision(1));
    scene.must(
        &cadre(1),
        ConfirmDelivery {
            order: order_id(2),
            seen,
        },
    );
    assert!(scene.act(&cadre(1), take_down()).is_err());
    assert!(scene.act(&member(1), take_down()).is_err());
    scene.must(&civil(), take_down());

    let (order, need) = (scene.order(1), scene.need(1));
    assert_eq!(order.state.stage(), OrderStage::Released);
    assert!(matches!(
        &order.history.last().expect("an event").what,
        OrderHappened::Released { reason: ReleaseReason::TakenDown, words } if words == "县里已有项目资金"
    ));
    assert_eq!(need.state.stage(), NeedStage::TakenDown);
    // What was delivered and confirmed stays.
    assert_eq!((need.pledges.len(), need.pledged(ItemNo(1))), (1, 3));
    let org = scene.org(1).clone();
    assert_eq!(
        (org.open_orders, org.released_orders, org.today.given_back),
        (0, 0, 0)
    );
    // With that, the words it had stay too.
    let again = PostNeed {
        need: need_id(1),
        content: content(),
    };
    assert_eq!(
        scene.act(&cadre(1), again),
        Err(Rejection::NeedIs {
            stage: NeedStage::TakenDown
        })
    );
}

#[test]
fn nobody_is_asked_for_or_waits_for_what_is_taken_down() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
    let waits = JoinWaiting {
        need: need_id(1),
        lines: vec![line(1, 4)],
        seen: None,
    };
    scene.must(&member(2), waits);
    let ask = DispatchNeed {
        dispatch: dispatch_id(1),
        need: need_id(1),
        org: org_code(3),
        lines: Vec::new(),
        note: String::new(),
        answer_by: NOW.day().plus(5),
        seen: None,
    };
    scene.must(&civil(), ask);
    scene.must(&civil(), take_down());
    let need = scene.need(1);
    assert_eq!((need.waiting.len(), need.asked.len()), (0, 0));
    assert_eq!(need.offer, None);
    assert_eq!(scene.dispatch(1).state.stage(), DispatchStage::Withdrawn);
    let facts = Entity::from(scene.dispatch(1).clone()).summary().facts();
    assert!(!asks(&facts, &member(3)));
}

#[test]
fn the_village_repairs_what_was_taken_down_and_a_holder_cannot_use_that_reason() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    let own = ReleaseOrder {
        order: order_id(1),
        reason: ReleaseReason::TakenDown,
        words: String::new(),
    };
    assert_eq!(
        scene.act(&member(1), own),
        Err(Rejection::NotAllowed(Allowed::CountyBureau))
    );
    let mut blank = take_down();
    blank.words = " ".to_owned();
    assert!(scene.act(&civil(), blank).is_err());
    scene.must(&civil(), take_down());
    scene.must(
        &cadre(1),
        PostNeed {
            need: need_id(1),
            content: content(),
        },
    );
    scene.must(&civil(), publish(1));
    scene.must(&member(1), take(3, 1, vec![line(1, 4)]));
}

#[test]
fn a_reminder_waits_for_whoever_is_to_do_the_next_step() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    let remind = || RemindOrder { order: order_id(1) };
    let waits = |scene: &Scene| {
        let facts = Entity::from(scene.order(1).clone()).summary().facts();
        asks(&facts, &member(1))
    };
    for actor in [cadre(1), member(1)] {
        assert!(scene.act(&actor, remind()).is_err());
    }
    assert!(!waits(&scene));
    scene.now = NOW.plus(5 * DAY_MS);
    scene.must(&civil(), remind());
    assert!(waits(&scene));
    assert!(matches!(
        scene.need(1).history.last().expect("an event").what,
        NeedHappened::Reminded { village: false, .. }
    ));
    // Both departments together remind once in three days.
    scene.now = NOW.plus(7 * DAY_MS);
    let rural = officer(COUNTY, Department::RuralRevitalization);
    let refused = scene.act(&rural, remind());
    assert!(matches!(refused, Err(Rejection::RemindedAlready { .. })));
    let report = ReportProgress {
        order: order_id(1),
        progress: ProgressId::from_random([7; 16]),
        text: "装好两盏".to_owned(),
        cash: Fen(0),
        goods: Fen(0),
        persons: 0,
        visits: 0,
    };
    scene.must(&member(1), report);
    assert!(!waits(&scene));
    scene.now = NOW.plus(8 * DAY_MS);
    scene.must(&rural, remind());
    // Once it is delivered, the village is the one to be reminded, at once.
    scene.now = scene.now.plus(60_000);
    scene.must(&member(1), deliver(1));
    scene.now = scene.now.plus(60_000);
    assert!(scene.act(&civil(), remind()).is_ok());
    assert!(scene.act(&civil(), remind()).is_err());
    let seen = Some(Revision(1));
    let order = order_id(1);
    let reason = "少一盏".to_owned();
    scene.must(
        &cadre(1),
        DisputeDelivery {
            order,
            reason,
            seen,
        },
    );
    assert!(waits(&scene));
    // A reminder does not make giving back at once a promise that was broken.
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    scene.must(&civil(), remind());
    let back = ReleaseOrder {
        order,
        reason: ReleaseReason::ChangedMind,
        words: String::new(),
    };
    scene.must(&member(1), back);
    assert_eq!(scene.org(1).released_orders, 0);
}

#[test]
fn each_thing_that_does_not_move_stands_in_one_list() {
    let mut scene = Scene::published();
    let limits = StaleDays::of(&InForce::default());
    let after = |scene: &Scene, days: i32| -> Vec<(Stale, i32)> {
        let today = NOW.day().plus(days);
        let facts = scene.entities.values().map(|e| e.summary().facts());
        facts
            .filter_map(|facts| stale(&facts, &limits, today))
            .collect()
    };
    assert_eq!(after(&scene, 29), []);
    assert_eq!(after(&scene, 30), [(Stale::Unmatched, 30)]);
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    assert_eq!(after(&scene, 13), []);
    assert_eq!(after(&scene, 14), [(Stale::Quiet, 14)]);
    assert_eq!(after(&scene, 16), [(Stale::Overdue, 2)]);
    scene.must(&civil(), RemindOrder { order: order_id(1) });
    assert_eq!(after(&scene, 14), [(Stale::Quiet, 14)]);
    scene.must(&member(1), deliver(1));
    assert_eq!(after(&scene, 6), []);
    assert_eq!(after(&scene, 20), [(Stale::Unconfirmed, 20)]);
    let seen = Some(Revision(1));
    scene.must(
        &cadre(1),
        ConfirmDelivery {
            order: order_id(1),
            seen,
        },
    );
    assert_eq!(after(&scene, 300), []);
}
