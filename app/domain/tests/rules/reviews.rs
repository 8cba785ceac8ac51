//! Reviews of an order by both sides, and whether what was delivered is still in use.

use crate::scene::{
    COUNTY, NOW, Scene, cadre, code, line, member, order_id, org_code, place, take,
};
use domain::asks::{Asked, asked};
use domain::commands::{ConfirmDelivery, LeaveReview, MarkDelivered, StillInUse};
use domain::needs::NeedHappened;
use domain::orders::OrderHappened;
use domain::rejection::Allowed;
use domain::reviews::{Answer, Side, UseQuestion};
use domain::supplies::SupplyHappened;
use domain::{
    Actor, Entity, Feed, Key, Kind, Order, OrderId, Rejection, Review, ReviewId, Visibility,
};

fn id(side: Side) -> ReviewId {
    ReviewId::from_random([40 + side as u8; 16])
}

fn review(side: Side) -> LeaveReview {
    LeaveReview {
        review: id(side),
        order: order_id(1),
        answers: [Answer::Yes, Answer::Partly, Answer::Yes],
        words: "灯都亮了，就是晚了几天。".to_owned(),
    }
}

/// An order that the village has confirmed.
fn confirmed() -> Scene {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24), line(2, 200)]));
    let order = order_id(1);
    let note = String::new();
    scene.must(&member(1), MarkDelivered { order, note });
    let seen = None;
    scene.must(&cadre(1), ConfirmDelivery { order, seen });
    scene
}

fn left(scene: &Scene, side: Side) -> &Review {
    match scene.entities.get(&Key::Review(id(side))) {
        Some(Entity::Review(review)) => review,
        other => panic!("{other:?}"),
    }
}

fn change(scene: &mut Scene, order: OrderId, change: impl FnOnce(&mut Order)) {
    match scene.entities.get_mut(&Key::Order(order)) {
        Some(Entity::Order(order)) => change(order),
        other => panic!("{other:?}"),
    }
}

fn waits(scene: &Scene, actor: &Actor) -> Option<Asked> {
    let facts = Entity::from(scene.order(1).clone()).summary().facts();
    asked(&facts, actor)
}

#[test]
fn neither_side_sees_the_others_review_before_both_are_in() {
    let mut scene = confirmed();
    assert_eq!(waits(&scene, &cadre(1)), Some(Asked::Review));
    assert_eq!(waits(&scene, &member(1)), Some(Asked::Review));
    assert_eq!(waits(&scene, &cadre(2)), None);
    scene.must(&cadre(1), review(Side::Village));
    let feeds = |scene: &Scene, side| -> Vec<Feed> {
        let placements = left(scene, side).placements();
        placements.into_iter().map(|(feed, _)| feed).collect()
    };
    let village = Feed::Village(place(1).village);
    assert_eq!(feeds(&scene, Side::Village), [village]);
    assert_eq!(waits(&scene, &cadre(1)), None, "nothing is asked twice");
    assert_eq!(waits(&scene, &member(1)), Some(Asked::Review));
    scene.must(&member(1), review(Side::Organization));
    for side in [Side::Village, Side::Organization] {
        let feeds = feeds(&scene, side);
        let office = Feed::Office(code(COUNTY));
        assert!(
            [village, Feed::Org(org_code(1)), office]
                .iter()
                .all(|feed| feeds.contains(feed))
        );
    }
    assert_eq!(waits(&scene, &member(1)), None);
}

#[test]
fn each_side_leaves_one_review_and_strangers_none() {
    let mut scene = confirmed();
    let sides = Err(Rejection::NotAllowed(Allowed::Sides));
    assert_eq!(scene.act(&cadre(2), review(Side::Village)), sides);
    assert_eq!(scene.act(&member(2), review(Side::Organization)), sides);
    scene.must(&cadre(1), review(Side::Village));
    let mut again = review(Side::Village);
    again.review = ReviewId::from_random([77; 16]);
    assert_eq!(scene.act(&cadre(1), again), Err(Rejection::AlreadyReviewed));
}

#[test]
fn an_order_that_is_not_confirmed_is_not_reviewed() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
    let refused = scene.act(&cadre(1), review(Side::Village));
    assert!(matches!(refused, Err(Rejection::OrderIs { .. })));
    assert_eq!(waits(&scene, &cadre(1)), None);
}

#[test]
fn a_late_review_is_open_at_once_and_answers_none() {
    let over = |order: &mut Order| order.reviews.as_mut().expect("confirmed").over = true;
    let mut scene = confirmed();
    change(&mut scene, order_id(1), over);
    assert_eq!(waits(&scene, &cadre(1)), None, "nobody is asked for ever");
    scene.must(&cadre(1), review(Side::Village));
    assert!(left(&scene, Side::Village).opened.is_some());
    let answer = scene.act(&member(1), review(Side::Organization));
    assert_eq!(answer, Err(Rejection::ReviewsAreOver));
}

#[test]
fn the_village_says_once_whether_it_is_still_in_use() {
    let mut scene = confirmed();
    scene.must(&cadre(1), review(Side::Village));
    let still = |month| StillInUse {
        order: order_id(1),
        month,
        answer: Answer::Partly,
        words: "坏了两盏".to_owned(),
    };
    assert!(matches!(
        scene.act(&cadre(1), still(6)),
        Err(Rejection::OrderIs { .. })
    ));
    change(&mut scene, order_id(1), |order| {
        order.uses.push(UseQuestion {
            month: 6,
            asked_at: NOW,
            answered: None,
        });
    });
    assert_eq!(waits(&scene, &cadre(1)), Some(Asked::StillInUse));
    assert_eq!(
        scene.act(&member(1), still(6)),
        Err(Rejection::NotAllowed(Allowed::Village))
    );
    scene.must(&cadre(1), still(6));
    assert_eq!(waits(&scene, &cadre(1)), None);
    assert_eq!(
        scene.act(&cadre(1), still(6)),
        Err(Rejection::AlreadyAnswered)
    );
}

#[test]
fn after_fourteen_days_what_is_in_is_opened_and_nobody_is_asked_any_more() {
    let mut scene = confirmed();
    scene.must(&cadre(1), review(Side::Village));
    scene.days_pass(13);
    assert_eq!(left(&scene, Side::Village).opened, None);
    assert_eq!(waits(&scene, &member(1)), Some(Asked::Review));
    scene.days_pass(1);
    assert_eq!(left(&scene, Side::Village).opened, Some(scene.now));
    assert_eq!(waits(&scene, &member(1)), None);
    let late = scene.act(&member(1), review(Side::Organization));
    assert_eq!(late, Err(Rejection::ReviewsAreOver));
}

#[test]
fn when_both_reviews_are_in_nothing_is_due_of_them() {
    let mut scene = confirmed();
    scene.must(&cadre(1), review(Side::Village));
    scene.must(&member(1), review(Side::Organization));
    scene.days_pass(14);
    assert!(!scene.order(1).reviews.expect("confirmed").over);
}

#[test]
fn after_six_and_after_twelve_months_the_village_is_asked_whether_it_is_still_in_use() {
    let mut scene = confirmed();
    let still = |month| StillInUse {
        order: order_id(1),
        month,
        answer: Answer::Yes,
        words: String::new(),
    };
    scene.days_pass(182);
    assert_eq!(waits(&scene, &cadre(1)), None);
    scene.days_pass(1);
    assert_eq!(waits(&scene, &cadre(1)), Some(Asked::StillInUse));
    assert_eq!(waits(&scene, &cadre(2)), None);
    scene.must(&cadre(1), still(6));
    scene.days_pass(182);
    assert_eq!(waits(&scene, &cadre(1)), Some(Asked::StillInUse));
    scene.must(&cadre(1), still(12));
    scene.days_pass(400);
    assert_eq!(waits(&scene, &cadre(1)), None, "twice is enough");
    let asked: Vec<u8> = scene
        .order(1)
        .uses
        .iter()
        .map(|asked| asked.month)
        .collect();
    assert_eq!(asked, [6, 12]);
    let events = scene.order(1).history.iter();
    let questions = events.filter(|e| matches!(e.what, OrderHappened::UseAsked { .. }));
    assert_eq!(questions.count(), 2);
}

#[test]
fn a_village_that_did_not_answer_is_asked_once_at_a_time() {
    let mut scene = confirmed();
    scene.days_pass(365);
    assert_eq!(scene.order(1).uses.len(), 2);
    let still = |month| StillInUse {
        order: order_id(1),
        month,
        answer: Answer::No,
        words: String::new(),
    };
    scene.must(&cadre(1), still(12));
    assert_eq!(waits(&scene, &cadre(1)), None);
    // An answer that lay in an outbox for half a year still counts.
    scene.must(&cadre(1), still(6));
}

/// A need, a supply and an order tell the whole story to everybody who may see them: others read no words of the village.
#[test]
fn a_need_tells_that_reviews_are_open_and_whether_it_is_still_in_use() {
    let mut scene = confirmed();
    scene.must(&cadre(1), review(Side::Village));
    let told = |scene: &Scene| -> Vec<NeedHappened> {
        let need = Entity::from(scene.need(1).clone());
        let Some(Entity::Need(shown)) = need.seen(Visibility::Public) else {
            panic!("public");
        };
        let events = shown.history.into_iter().map(|event| event.what);
        events
            .filter(|what| {
                matches!(
                    what,
                    NeedHappened::ReviewsOpened { .. }
                        | NeedHappened::UseAsked { .. }
                        | NeedHappened::StillInUse { .. }
                )
            })
            .collect()
    };
    assert_eq!(told(&scene), []);
    let before = scene.need(1).updated_at;
    scene.must(&member(1), review(Side::Organization));
    let org_name = || "第1协会".to_owned();
    let opened = NeedHappened::ReviewsOpened {
        org_name: org_name(),
    };
    assert_eq!(told(&scene), std::slice::from_ref(&opened));
    scene.days_pass(14);
    assert_eq!(told(&scene), std::slice::from_ref(&opened), "opened once");
    scene.days_pass(200);
    let asked = NeedHappened::UseAsked {
        org_name: org_name(),
        month: 6,
    };
    assert_eq!(told(&scene), [opened.clone(), asked.clone()]);
    let answer = StillInUse {
        order: order_id(1),
        month: 6,
        answer: Answer::Partly,
        words: "坏了两盏".to_owned(),
    };
    scene.must(&cadre(1), answer);
    let said = NeedHappened::StillInUse {
        org_name: org_name(),
        month: 6,
        answer: Answer::Partly,
    };
    assert_eq!(told(&scene), [opened, asked, said]);
    let json = Entity::from(scene.need(1).clone()).to_json().expect("json");
    assert!(!json.contains("坏了两盏"));
    assert_eq!(scene.need(1).updated_at, before, "it stays in its place");
}

#[test]
fn one_review_that_is_alone_after_the_last_day_is_opened_and_told_and_none_is_not() {
    for leaves in [true, false] {
        let mut scene = confirmed();
        if leaves {
            scene.must(&cadre(1), review(Side::Village));
        }
        scene.days_pass(14);
        let opened = |e: &&domain::orders::OrderEvent| e.what == OrderHappened::ReviewsOpened;
        let count = scene.order(1).history.iter().filter(opened).count();
        assert_eq!(count, usize::from(leaves));
    }
}

#[test]
fn a_supply_tells_villages_whether_what_it_gave_is_still_in_use() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), crate::scene::pick(1, 1, 1));
    scene.must(&member(1), crate::scene::accept(1, 1, 1));
    let order = order_id(1);
    let note = String::new();
    scene.must(&member(1), MarkDelivered { order, note });
    scene.must(&cadre(1), ConfirmDelivery { order, seen: None });
    scene.days_pass(200);
    let answer = StillInUse {
        order,
        month: 6,
        answer: Answer::Yes,
        words: String::new(),
    };
    scene.must(&cadre(1), answer);
    let Some(Entity::Supply(shown)) =
        Entity::from(scene.supply(1).clone()).seen(Visibility::Public)
    else {
        panic!("public");
    };
    let last = shown.history.last().map(|event| event.what.clone());
    let village_name = "第1村".to_owned();
    assert_eq!(
        last,
        Some(SupplyHappened::StillInUse {
            village_name,
            month: 6,
            answer: Answer::Yes,
        })
    );
}
