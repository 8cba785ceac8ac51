use crate::scene::{NOW, Scene, cadre, line, member, order_id, post, take};
use domain::command::{
    ConfirmDelivery, DisputeDelivery, MarkDelivered, ReleaseOrder, ReportProgress,
};
use domain::decide::OPEN_ORDERS_LIMIT;
use domain::need::NeedStage;
use domain::order::OrderStage;
use domain::rejection::{Allowed, Field, Problem};
use domain::{EntityKind, Fen, Millis, ProgressId, Rejection};

fn deliver() -> MarkDelivered {
    MarkDelivered {
        order: order_id(1),
        note: "已装好".to_owned(),
    }
}

fn confirm(order: u8) -> ConfirmDelivery {
    ConfirmDelivery {
        order: order_id(order),
    }
}

fn report(n: u8) -> ReportProgress {
    ReportProgress {
        order: order_id(1),
        progress: ProgressId::from_random([n; 16]),
        text: "装好 6 盏".to_owned(),
        cash: Fen(320_000),
        goods: Fen(50_000),
        persons: 4,
        visits: 9,
    }
}

#[test]
fn taking_more_than_is_left_is_refused_and_says_who_has_it_and_what_is_left() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 20)]));
    let Err(Rejection::Taken(taken)) = scene.act(&member(2), take(2, 1, vec![line(1, 5)])) else {
        panic!("five of four");
    };
    assert_eq!((taken.wanted[0].wanted, taken.wanted[0].left), (5, 4));
    assert_eq!(taken.holders[0].org_name, "第1协会");
    assert_eq!(taken.others[0].left, 200);
    let sentence = Rejection::Taken(taken).sentence();
    for part in ["第1协会", "路灯 20 盏", "只剩 4 盏", "电线 200 米"] {
        assert!(sentence.contains(part), "{part} is missing in {sentence}");
    }
    scene.must(&member(2), take(2, 1, vec![line(1, 4)]));
}

#[test]
fn all_lines_of_an_order_are_taken_or_none() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(2, 200)]));
    assert!(
        scene
            .act(&member(2), take(2, 1, vec![line(1, 1), line(2, 1)]))
            .is_err()
    );
    assert_eq!(scene.need(1).pledged(domain::ItemNo(1)), 0);
}

#[test]
fn lines_must_name_items_of_the_need_once_and_with_a_quantity() {
    let cases = [
        (vec![], Problem::Missing),
        (vec![line(1, 0)], Problem::OutOfRange),
        (vec![line(9, 1)], Problem::DoesNotMatch),
        (vec![line(1, 1), line(1, 1)], Problem::DoesNotMatch),
    ];
    for (lines, problem) in cases {
        let refused = Scene::published().act(&member(1), take(1, 1, lines));
        assert_eq!(
            refused,
            Err(Rejection::Invalid {
                field: Field::Lines,
                problem
            })
        );
    }
}

#[test]
fn what_is_not_published_is_not_there_for_organizations() {
    let mut scene = Scene::new();
    scene.must(&cadre(1), post(1));
    let refused = scene.act(&member(1), take(1, 1, vec![line(1, 1)]));
    assert_eq!(
        refused,
        Err(Rejection::NotFound {
            kind: EntityKind::Need
        })
    );
}

#[test]
fn after_its_deadline_a_need_is_not_taken() {
    let mut scene = Scene::published();
    scene.now = Millis(NOW.0 + 31 * 86_400_000);
    let refused = scene.act(&member(1), take(1, 1, vec![line(1, 1)]));
    assert_eq!(refused, Err(Rejection::Overdue));
}

#[test]
fn an_organization_that_finishes_too_little_must_finish_something_first() {
    let mut scene = Scene::published();
    let org = scene.org(1);
    org.open_orders = OPEN_ORDERS_LIMIT;
    org.released_orders = 5;
    org.confirmed_orders = 5;
    let refused = scene.act(&member(1), take(1, 1, vec![line(1, 1)]));
    assert!(matches!(
        refused,
        Err(Rejection::TooManyOpenOrders {
            closing_percent: 50,
            ..
        })
    ));
    scene.org(1).confirmed_orders = 10;
    scene.must(&member(1), take(1, 1, vec![line(1, 1)]));
    scene.org(2).approved = false;
    let refused = scene.act(&member(2), take(2, 1, vec![line(1, 1)]));
    assert_eq!(refused, Err(Rejection::OrganizationNotApproved));
}

#[test]
fn delivery_counts_only_when_the_village_confirms_it() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24), line(2, 200)]));
    scene.must(&member(1), report(1));
    assert_eq!(
        scene.act(&cadre(1), confirm(1)),
        Err(Rejection::OrderIs {
            stage: OrderStage::Active
        })
    );
    scene.must(&member(1), deliver());
    assert_eq!(scene.need(1).state.stage(), NeedStage::Published);
    assert_eq!(
        scene.act(&cadre(2), confirm(1)),
        Err(Rejection::NotAllowed(Allowed::Village))
    );
    scene.must(&cadre(1), confirm(1));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Closed);
    assert_eq!(scene.order(1).spent(), (Fen(320_000), Fen(50_000)));
    assert_eq!(
        (scene.org(1).open_orders, scene.org(1).confirmed_orders),
        (0, 1)
    );
}

#[test]
fn a_disputed_order_goes_on_with_the_next_report() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
    scene.must(&member(1), deliver());
    let reason = "还有两盏不亮".to_owned();
    scene.must(
        &cadre(1),
        DisputeDelivery {
            order: order_id(1),
            reason,
        },
    );
    assert_eq!(scene.order(1).state.stage(), OrderStage::Disputed);
    scene.must(&member(1), report(1));
    assert_eq!(scene.order(1).state.stage(), OrderStage::Active);
    assert_eq!(
        scene.act(&member(1), report(1)),
        Err(Rejection::AlreadyExists {
            kind: EntityKind::Order
        })
    );
}

#[test]
fn what_is_released_can_be_taken_again() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
    let release = ReleaseOrder {
        order: order_id(1),
        reason: "经费没有批下来".to_owned(),
    };
    assert_eq!(
        scene.act(&member(2), release.clone()),
        Err(Rejection::NotAllowed(Allowed::Holder))
    );
    scene.must(&member(1), release);
    scene.must(&member(2), take(2, 1, vec![line(1, 24)]));
}

#[test]
fn what_is_taken_back_at_once_was_never_held_and_does_not_count() {
    let release = || ReleaseOrder {
        order: order_id(1),
        reason: "还没有确认就不接了".to_owned(),
    };
    for (seconds, counted) in [(0, 0), (60, 0), (61, 1)] {
        let mut scene = Scene::published();
        scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
        scene.now = Millis(NOW.0 + seconds * 1000);
        scene.must(&member(1), release());
        assert_eq!(
            (scene.org(1).open_orders, scene.org(1).released_orders),
            (0, counted),
            "after {seconds} s"
        );
        assert_eq!(scene.need(1).pledged(domain::ItemNo(1)), 0);
    }
}
