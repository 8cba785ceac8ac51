//! Keeping orders honest.

use crate::scene::{
    COUNTY, NOW, SECRET_WORDS, Scene, cadre, line, member, need_id, officer, order_id, org_code,
    take,
};
use domain::asks::{Asked, asked};
use domain::commands::{
    AnswerHandOver, AskHandOver, DisputeDelivery, FreeOrder, MarkDelivered, MoveDue, ReleaseOrder,
    RenewOrder,
};
use domain::orders::keeping::{DAYS_BETWEEN_REQUESTS, HandOverReason, Stale};
use domain::orders::{OrderHappened, OrderStage, ReleaseReason};
use domain::rejection::{Allowed, Field, Problem};
use domain::{Department, Entity, Feed, Key, Order, Rejection, Visibility};

fn words() -> String {
    "下周开工".to_owned()
}

fn taken() -> Scene {
    let mut scene = Scene::published();
    let mut take = take(1, 1, vec![line(1, 20)]);
    take.due = NOW.day().plus(29);
    scene.must(&member(1), take);
    scene
}

fn renew() -> RenewOrder {
    RenewOrder {
        order: order_id(1),
        words: words(),
    }
}

fn free() -> FreeOrder {
    FreeOrder {
        order: order_id(1),
        words: words(),
    }
}

fn ask_hand_over() -> AskHandOver {
    AskHandOver {
        need: need_id(1),
        order: order_id(1),
        reason: HandOverReason::Urgent,
        words: SECRET_WORDS.to_owned(),
        contact: None,
    }
}

fn asks(order: &Order, who: u8) -> Option<Asked> {
    asked(&Entity::from(order.clone()).summary().facts(), &member(who))
}

#[test]
fn an_order_of_which_nothing_is_heard_is_reminded_then_releasable_then_lapses() {
    let mut scene = taken();
    scene.days_pass(29);
    assert_eq!(scene.order(1).stale(), Stale::Fresh);
    scene.days_pass(1);
    assert_eq!(scene.order(1).stale(), Stale::Reminded);
    assert_eq!(asks(scene.order(1), 1), Some(Asked::Renew));
    scene.days_pass(15);
    assert_eq!(scene.order(1).stale(), Stale::Releasable);
    scene.days_pass(14);
    assert_eq!(scene.order(1).state.stage(), OrderStage::Active);
    scene.days_pass(1);
    assert_eq!(scene.order(1).state.stage(), OrderStage::Lapsed);
    assert!(scene.need(1).pledges.is_empty());
    assert_eq!(
        (scene.org(1).open_orders, scene.org(1).released_orders),
        (0, 1)
    );
}

#[test]
fn a_sign_of_life_starts_the_count_anew_and_a_delivery_stops_it() {
    let mut scene = taken();
    assert_eq!(
        scene.act(&member(1), renew()),
        Err(Rejection::NothingToRenew)
    );
    scene.days_pass(30);
    scene.must(&member(1), renew());
    scene.days_pass(29);
    assert_eq!(scene.order(1).stale(), Stale::Fresh);
    scene.days_pass(1);
    assert_eq!(scene.order(1).stale(), Stale::Reminded);
    let (order, note) = (order_id(1), String::new());
    scene.must(&member(1), MarkDelivered { order, note });
    scene.days_pass(300);
    assert_eq!(scene.order(1).state.stage(), OrderStage::Delivered);
}

#[test]
fn a_server_that_was_off_gives_the_holder_the_days_between_two_steps() {
    let mut scene = taken();
    scene.days_pass(200);
    assert_eq!(scene.order(1).stale(), Stale::Reminded);
    scene.days_pass(14);
    assert_eq!(scene.order(1).stale(), Stale::Reminded);
    scene.days_pass(1);
    assert_eq!(scene.order(1).stale(), Stale::Releasable);
}

#[test]
fn the_village_or_its_county_frees_a_releasable_order_and_nobody_else() {
    let mut scene = taken();
    assert_eq!(scene.act(&cadre(1), free()), Err(Rejection::NotReleasable));
    scene.days_pass(30);
    scene.days_pass(15);
    let elsewhere = officer("431202000000", Department::CivilAffairs);
    for (actor, only) in [
        (cadre(2), Allowed::Village),
        (member(2), Allowed::Village),
        (elsewhere, Allowed::CountyBureau),
    ] {
        assert_eq!(scene.act(&actor, free()), Err(Rejection::NotAllowed(only)));
    }
    scene.must(&officer(COUNTY, Department::CivilAffairs), free());
    assert_eq!(scene.order(1).state.stage(), OrderStage::Released);
    let last = scene.order(1).history.last().expect("an event");
    let OrderHappened::Freed { by, .. } = &last.what else {
        panic!("{last:?}");
    };
    assert_eq!(by.words(), "县民政部门");
    assert!(scene.need(1).pledges.is_empty());
}

#[test]
fn the_day_moves_with_a_reason_and_not_beyond_the_deadline() {
    let mut scene = taken();
    let move_to = |days: i32, words: &str| MoveDue {
        order: order_id(1),
        due: NOW.day().plus(days),
        words: words.to_owned(),
    };
    for (command, field, problem) in [
        (move_to(10, ""), Field::Words, Problem::Missing),
        (move_to(31, "路断了"), Field::Due, Problem::AfterDeadline),
        (move_to(29, "一样"), Field::Due, Problem::DoesNotMatch),
    ] {
        let refused = Err(Rejection::Invalid { field, problem });
        assert_eq!(scene.act(&member(1), command), refused);
    }
    scene.must(&member(1), move_to(10, "货提前到了"));
    assert_eq!(scene.order(1).due, NOW.day().plus(10));
}

#[test]
fn a_request_to_hand_over_is_answered_by_a_word_or_by_handing_over() {
    let mut scene = taken();
    let refused = Err(Rejection::NotAllowed(Allowed::Village));
    assert_eq!(scene.act(&cadre(2), ask_hand_over()), refused);
    assert_eq!(scene.act(&member(1), ask_hand_over()), refused);
    scene.must(&member(2), ask_hand_over());
    assert_eq!(asks(scene.order(1), 1), Some(Asked::HandOver));
    let org_name = "第1协会".to_owned();
    let again = scene.act(&cadre(1), ask_hand_over());
    assert_eq!(again, Err(Rejection::AlreadyAsked { org_name }));
    let answer = AnswerHandOver {
        order: order_id(1),
        words: words(),
    };
    scene.must(&member(1), answer.clone());
    assert_eq!(scene.act(&member(1), answer), Err(Rejection::NobodyAsked));
    scene.must(&cadre(1), ask_hand_over());
    let release = |reason| ReleaseOrder {
        order: order_id(1),
        reason,
        words: words(),
    };
    for reason in [ReleaseReason::NothingHeard, ReleaseReason::NeedClosed] {
        assert!(
            scene.act(&member(1), release(reason)).is_err(),
            "no holder gives {reason:?}"
        );
    }
    scene.must(&member(1), release(ReleaseReason::HandedOver));
    assert!(scene.order(1).hand_over.is_none());
}

/// Another organization's device has the need and not the order.
#[test]
fn another_organization_asks_on_what_its_device_knows() {
    let scene = taken();
    let need = Entity::from(scene.need(1).clone());
    let shown = need.seen(Visibility::Public).expect("public");
    // Its own row is there too.
    let own = scene.entities.get(&Key::Organization(org_code(2))).cloned();
    let decided = domain::decide_on(
        &ask_hand_over().into(),
        &member(2),
        scene.now,
        |key| match *key {
            Key::Organization(code) if code == org_code(2) => own.clone(),
            key => (key == need.key()).then(|| shown.clone()),
        },
    );
    assert_eq!(decided.map(|changes| changes.puts.len()), Ok(1));
    let order = Entity::from(scene.order(1).clone());
    assert!(
        order
            .placements()
            .iter()
            .all(|(feed, _)| *feed != Feed::Org(org_code(2)))
    );
}

/// Whoever might take the need itself may ask, whichever of its members: not who serves other counties or is suspended.
#[test]
fn only_an_organization_that_might_take_the_need_asks_for_an_order_on_it() {
    let mut scene = taken();
    scene.org(2).serves.clear();
    let elsewhere = scene.act(&member(2), ask_hand_over());
    assert!(
        matches!(elsewhere, Err(Rejection::NotServed { .. })),
        "{elsewhere:?}"
    );
    scene.org(3).approved = false;
    let refused = scene.act(&member(3), ask_hand_over());
    assert_eq!(refused, Err(Rejection::OrganizationNotApproved));
}

#[test]
fn one_request_at_a_time_and_who_was_told_that_it_is_kept_waits_two_weeks() {
    let mut scene = taken();
    scene.must(&member(2), ask_hand_over());
    let org_name = "第1协会".to_owned();
    let asked = Err(Rejection::AlreadyAsked {
        org_name: org_name.clone(),
    });
    assert_eq!(scene.act(&member(2), ask_hand_over()), asked);
    assert_eq!(scene.act(&member(3), ask_hand_over()), asked);
    let answer = AnswerHandOver {
        order: order_id(1),
        words: words(),
    };
    scene.must(&member(1), answer.clone());
    let from = NOW.day().plus(DAYS_BETWEEN_REQUESTS);
    let lately = Err(Rejection::AskedLately { org_name, from });
    assert_eq!(scene.act(&member(2), ask_hand_over()), lately);
    // Others have not been answered.
    scene.must(&member(3), ask_hand_over());
    scene.must(&member(1), answer);
    scene.days_pass(13);
    assert_eq!(scene.act(&member(2), ask_hand_over()), lately);
    scene.days_pass(1);
    scene.must(&member(2), ask_hand_over());
}

#[test]
fn a_request_that_was_not_answered_before_the_delivery_may_be_repeated_after_a_dispute() {
    let mut scene = taken();
    scene.must(&member(2), ask_hand_over());
    let (order, note) = (order_id(1), String::new());
    scene.must(&member(1), MarkDelivered { order, note });
    assert!(scene.order(1).hand_over.is_none());
    let dispute = DisputeDelivery {
        order,
        reason: words(),
        seen: None,
    };
    scene.must(&cadre(1), dispute);
    scene.must(&member(2), ask_hand_over());
}

#[test]
fn giving_an_order_back_says_why_by_a_code_and_any_other_reason_in_words() {
    for reason in ReleaseReason::GIVEN {
        let mut scene = taken();
        let release = |words: &str| ReleaseOrder {
            order: order_id(1),
            reason,
            words: words.to_owned(),
        };
        let silent = scene.act(&member(1), release(""));
        let missing = Rejection::Invalid {
            field: Field::Words,
            problem: Problem::Missing,
        };
        match reason.needs_words() {
            true => assert_eq!(silent, Err(missing)),
            false => assert_eq!(silent, Ok(())),
        }
        if reason.needs_words() {
            scene.must(&member(1), release("车坏了"));
        }
        let summary = Entity::from(scene.order(1).clone()).summary();
        let domain::Facts::Order(facts) = summary.facts() else {
            panic!("an order");
        };
        assert_eq!(facts.released, Some(reason));
    }
    assert_eq!(
        ReleaseReason::NoGoods.told("厂家停产"),
        "东西筹不到。厂家停产"
    );
    assert_eq!(ReleaseReason::NoGoods.told(""), "东西筹不到");
    assert_eq!(ReleaseReason::CannotDeliver.told("厂家停产"), "厂家停产");
}
