//! How a need ends undelivered, and is asked for again.

use crate::scene::{
    COUNTY, NOW, Scene, cadre, line, member, need_id, officer, order_id, publish, take,
};
use domain::commands::{AskAgain, CloseNeed, ConfirmDelivery, MarkDelivered};
use domain::needs::{CloseReason, NeedStage};
use domain::orders::{OrderStage, ReleaseReason};
use domain::{Department, Entity, Feed, OrderState, Rejection, Revision};

fn close(reason: CloseReason) -> CloseNeed {
    CloseNeed {
        need: need_id(1),
        reason,
        words: String::new(),
        seen: Some(Revision(0)),
    }
}

#[test]
fn closing_a_need_ends_its_orders_and_counts_against_nobody() {
    let mut scene = Scene::published();
    for (order, org) in [(1, 1), (2, 1), (3, 2)] {
        scene.must(&member(org), take(order, 1, vec![line(1, 4)]));
    }
    assert!(scene.act(&cadre(1), close(CloseReason::Delivered)).is_err());
    assert!(scene.act(&cadre(2), close(CloseReason::Other)).is_err());
    scene.must(&cadre(1), close(CloseReason::DoneByOthers));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Closed);
    for n in 1..=3 {
        let OrderState::Released { reason, .. } = scene.order(n).state else {
            panic!("{:?}", scene.order(n));
        };
        assert_eq!(reason, ReleaseReason::NeedClosed);
    }
    for n in 1..=2 {
        assert_eq!(
            (scene.org(n).open_orders, scene.org(n).released_orders),
            (0, 0)
        );
    }
}

#[test]
fn a_delivery_is_answered_before_the_need_is_closed() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    let (order, note) = (order_id(1), String::new());
    scene.must(&member(1), MarkDelivered { order, note });
    let civil = officer(COUNTY, Department::CivilAffairs);
    let orgs = vec!["第1协会".to_owned()];
    let refused = scene.act(&civil, close(CloseReason::NoLongerWanted));
    assert_eq!(refused, Err(Rejection::DeliveryWaits { orgs }));
    let seen = Some(Revision(1));
    scene.must(&cadre(1), ConfirmDelivery { order, seen });
    scene.must(&civil, close(CloseReason::NoLongerWanted));
    assert_eq!(scene.order(1).state.stage(), OrderStage::Confirmed);
}

#[test]
fn a_need_expires_some_days_after_its_last_one_and_is_asked_for_again() {
    let mut scene = Scene::published();
    scene.days_pass(60);
    assert_eq!(scene.need(1).state.stage(), NeedStage::Published);
    scene.days_pass(1);
    assert_eq!(scene.need(1).state.stage(), NeedStage::Expired);
    let county = scene.need(1).place.county();
    let placements = Entity::from(scene.need(1).clone()).placements();
    assert!(
        placements
            .iter()
            .all(|(feed, _)| *feed != Feed::Needs(county))
    );
    let again = |days| AskAgain {
        need: need_id(1),
        deadline: NOW.day().plus(days),
    };
    assert!(scene.act(&cadre(1), again(30)).is_err());
    assert!(scene.act(&cadre(2), again(90)).is_err());
    scene.must(&cadre(1), again(90));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Submitted);
    let mut publish = publish(1);
    publish.seen = Some(scene.need(1).revision);
    scene.must(&officer(COUNTY, Department::CivilAffairs), publish);
    assert_eq!(scene.need(1).state.stage(), NeedStage::Published);
}

#[test]
fn a_need_does_not_expire_while_somebody_is_at_work_on_it() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    for days in [62, 15] {
        scene.days_pass(days);
        assert_eq!(scene.need(1).state.stage(), NeedStage::Published);
    }
    scene.days_pass(15);
    // The order lapses, and with it goes what kept the need open.
    assert_eq!(scene.order(1).state.stage(), OrderStage::Lapsed);
    assert_eq!(scene.need(1).state.stage(), NeedStage::Expired);
}
