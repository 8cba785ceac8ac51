//! Nobody can harvest contacts by taking orders and giving them back; and the village can call whoever takes one.

use crate::scene::{NOW, Scene, code, line, member, order_id, take};
use domain::commands::ReleaseOrder;
use domain::orders::ReleaseReason;
use domain::organizations::{DAILY_ORDERS, OrdersOfDay};
use domain::rejection::{Field, Limit, Problem};
use domain::{Contact, Entity, Facts, Millis, Rejection};

fn give_back(order: u8) -> ReleaseOrder {
    ReleaseOrder {
        order: order_id(order),
        reason: ReleaseReason::ChangedMind,
        words: String::new(),
    }
}

fn limit(at_most: u32) -> Result<(), Rejection> {
    Err(Rejection::LimitReached {
        limit: Limit::OrdersPerDay,
        at_most,
    })
}

#[test]
fn an_order_given_back_at_once_still_counts_for_the_day() {
    let mut scene = Scene::published();
    for n in 1..=u8::try_from(DAILY_ORDERS).expect("few") {
        scene.must(&member(1), take(n, 1, vec![line(1, 1)]));
        scene.must(&member(1), give_back(n));
        scene.now = Millis(scene.now.0 + 1_000);
    }
    let again = take(100, 1, vec![line(1, 1)]);
    assert_eq!(scene.act(&member(1), again.clone()), limit(DAILY_ORDERS));
    let sentence = limit(DAILY_ORDERS).map_err(|r| r.sentence());
    assert!(sentence.is_err_and(|s| s.contains("接了又退的也算") && s.contains("明天再接")));
    // Others are not stopped by it, and the next day begins anew.
    scene.must(&member(2), take(101, 1, vec![line(1, 1)]));
    scene.now = Millis(NOW.0 + 86_400_000);
    scene.must(&member(1), again);
    let today = scene.org(1).today;
    assert_eq!(
        (today.day, today.taken, today.given_back),
        (scene.now.day(), 1, 0)
    );
}

#[test]
fn the_limit_is_a_setting_of_the_organization() {
    let mut scene = Scene::published();
    scene.org(1).daily_orders = Some(1);
    scene.must(&member(1), take(1, 1, vec![line(1, 1)]));
    assert_eq!(
        scene.act(&member(1), take(2, 1, vec![line(1, 1)])),
        limit(1)
    );
}

#[test]
fn an_organization_takes_only_where_it_serves() {
    let mut scene = Scene::published();
    scene.org(1).serves = vec![code("431202000000")];
    let refused = scene.act(&member(1), take(1, 1, vec![line(1, 1)]));
    let Err(rejection @ Rejection::NotServed { .. }) = refused else {
        panic!("{refused:?}");
    };
    let sentence = rejection.sentence();
    assert!(
        sentence.contains("通道侗族自治县") && sentence.contains("民政部门"),
        "{sentence}"
    );
    // Whoever serves a whole city serves its counties.
    scene.org(1).serves = vec![code("431200000000")];
    scene.must(&member(1), take(1, 1, vec![line(1, 1)]));
}

#[test]
fn bureaus_see_how_many_were_taken_and_given_back_that_day() {
    let mut scene = Scene::published();
    for n in 1..=3 {
        scene.must(&member(1), take(n, 1, vec![line(1, 1)]));
        scene.must(&member(1), give_back(n));
    }
    let pace = OrdersOfDay {
        day: NOW.day(),
        taken: 3,
        given_back: 3,
    };
    assert!(pace.is_unusual());
    assert!(
        !OrdersOfDay {
            given_back: 2,
            ..pace
        }
        .is_unusual()
    );
    // On the organization, which the bureau that registered it holds; and on the order, which the county holds.
    assert_eq!(scene.org(1).today, pace);
    assert_eq!(scene.order(3).pace, pace);
    let facts = Entity::from(scene.order(3).clone()).summary().facts();
    assert!(matches!(facts, Facts::Order(order) if order.given_back == 3));
    let facts = Entity::from(scene.org(1).clone()).summary().facts();
    assert!(matches!(facts, Facts::Organization(org) if org.today == pace));
}

#[test]
fn an_order_has_a_number_that_the_village_can_call() {
    let contact = |name: &str, phone: &str| {
        Some(Contact {
            name: name.to_owned(),
            phone: phone.to_owned(),
        })
    };
    let cases = [
        (None, Problem::NoPhone),
        (contact("龙海燕", ""), Problem::NoPhone),
        (contact("龙海燕", "  "), Problem::NoPhone),
        (contact("", "19900001111"), Problem::Missing),
        (contact("龙海燕", "12"), Problem::NotAPhone),
    ];
    for (contact, problem) in cases {
        let mut scene = Scene::published();
        let mut order = take(1, 1, vec![line(1, 1)]);
        order.contact = contact;
        assert_eq!(
            scene.act(&member(1), order),
            Err(Rejection::Invalid {
                field: Field::Contact,
                problem
            })
        );
    }
}
