//! Waiting lists.

use crate::scene::{
    COUNTY, NOW, Scene, cadre, callable, code, line, member, need_id, order_id, org_code, take,
};
use domain::asks::{Asked, asked};
use domain::commands::{AnswerOffer, JoinWaiting, LeaveWaiting, OfferAnswer, ReleaseOrder};
use domain::orders::ReleaseReason;
use domain::{Entity, Feed, ItemNo, Rejection, Revision, Visibility};

fn join(quantity: u64) -> JoinWaiting {
    JoinWaiting {
        need: need_id(1),
        lines: vec![line(1, quantity)],
        seen: Some(Revision(0)),
    }
}

fn answer(answer: OfferAnswer) -> AnswerOffer {
    AnswerOffer {
        need: need_id(1),
        answer,
    }
}

fn take_offer(order: u8, quantity: u64) -> AnswerOffer {
    answer(OfferAnswer::Take {
        order: order_id(order),
        lines: vec![line(1, quantity)],
        due: NOW.day().plus(9),
        contact: callable(),
        seen: Some(Revision(0)),
    })
}

fn release(order: u8) -> ReleaseOrder {
    ReleaseOrder {
        order: order_id(order),
        reason: ReleaseReason::NoPeople,
        words: String::new(),
    }
}

/// All 24 lamps are taken by the first organization; the second and the third wait.
fn waited_for() -> Scene {
    let mut scene = Scene::published();
    let item = "路灯".to_owned();
    assert_eq!(
        scene.act(&member(2), join(3)),
        Err(Rejection::StillLeft { item })
    );
    scene.must(&member(1), take(1, 1, vec![line(1, 14)]));
    scene.must(&member(1), take(2, 1, vec![line(1, 10)]));
    scene.must(&member(2), join(6));
    scene.must(&member(3), join(20));
    assert_eq!(
        scene.act(&member(2), join(1)),
        Err(Rejection::AlreadyWaiting)
    );
    scene
}

fn is_asked(scene: &Scene) -> Option<domain::CreditCode> {
    scene.need(1).offer.as_ref().map(|offer| offer.org)
}

#[test]
fn what_is_free_again_is_offered_in_order_and_nobody_overtakes() {
    let mut scene = waited_for();
    assert_eq!(is_asked(&scene), None);
    scene.must(&member(1), release(2));
    let offer = scene.need(1).offer.clone().expect("an offer");
    assert_eq!((offer.org, offer.lines), (org_code(2), vec![line(1, 6)]));
    let facts = Entity::from(scene.need(1).clone()).summary().facts();
    assert_eq!(asked(&facts, &member(2)), Some(Asked::AnswerOffer));
    assert_eq!(asked(&facts, &member(3)), None);
    // All ten are kept for those who wait, whoever asks.
    let overtaking = scene.act(&member(1), take(3, 1, vec![line(1, 1)]));
    assert!(matches!(overtaking, Err(Rejection::Taken(_))));
    assert_eq!(
        scene.act(&member(3), take_offer(3, 4)),
        Err(Rejection::NothingOffered)
    );
    let too_much = scene.act(&member(2), take_offer(3, 7));
    assert!(matches!(too_much, Err(Rejection::Taken(_))));
    scene.must(&member(2), take_offer(3, 6));
    let offer = scene.need(1).offer.clone().expect("the next one");
    assert_eq!((offer.org, offer.lines), (org_code(3), vec![line(1, 4)]));
    scene.must(&member(3), take_offer(4, 4));
    assert!(scene.need(1).waiting.is_empty());
    assert_eq!(scene.need(1).pledged(ItemNo(1)), 24);
}

#[test]
fn who_does_not_answer_in_time_is_passed_over() {
    let mut scene = waited_for();
    scene.must(&member(1), release(2));
    scene.days_pass(2);
    assert_eq!(is_asked(&scene), Some(org_code(2)));
    scene.days_pass(1);
    assert_eq!(is_asked(&scene), Some(org_code(3)));
    assert_eq!(
        scene.act(&member(2), take_offer(3, 1)),
        Err(Rejection::NothingOffered)
    );
    scene.must(&member(3), answer(OfferAnswer::Pass));
    // Nobody waits any more: it is there for everybody.
    scene.must(&member(2), take(3, 1, vec![line(1, 10)]));
}

#[test]
fn who_leaves_is_not_asked() {
    let mut scene = waited_for();
    let leave = LeaveWaiting { need: need_id(1) };
    scene.must(&member(2), leave.clone());
    assert_eq!(
        scene.act(&member(2), leave.clone()),
        Err(Rejection::NotWaiting)
    );
    assert!(scene.act(&cadre(1), leave).is_err());
    scene.must(&member(1), release(2));
    assert_eq!(is_asked(&scene), Some(org_code(3)));
}

#[test]
fn waiting_shows_no_contact() {
    let mut scene = waited_for();
    scene.must(&member(1), release(2));
    let placements = |scene: &Scene| Entity::from(scene.need(1).clone()).placements();
    let of_org = |scene: &Scene| {
        placements(scene)
            .iter()
            .any(|(f, _)| *f == Feed::Org(org_code(2)))
    };
    assert!(!of_org(&scene));
    assert!(placements(&scene).contains(&(Feed::Needs(code(COUNTY)), Visibility::Public)));
    scene.must(&member(2), take_offer(3, 6));
    assert!(of_org(&scene));
}
