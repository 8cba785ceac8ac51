use crate::scene::{NOW, Scene, cadre, line, member, order_id, post, take};
use domain::commands::{
    ConfirmDelivery, DisputeDelivery, MarkDelivered, ReleaseOrder, ReportProgress,
};
use domain::needs::NeedStage;
use domain::orders::OrderStage;
use domain::orders::ReleaseReason;
use domain::orders::offers::{MAX_REPORTS, MAX_REPORTS_PER_DAY};
use domain::rejection::{Allowed, Field, Limit, Problem};
use domain::terms::Terms;
use domain::{EntityKind, Fen, Kind, Millis, ProgressId, Rejection, Revision};

fn deliver() -> MarkDelivered {
    MarkDelivered {
        order: order_id(1),
        note: "已装好".to_owned(),
    }
}

fn confirm(order: u8) -> ConfirmDelivery {
    ConfirmDelivery {
        order: order_id(order),
        seen: None,
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
fn a_need_is_disputed_until_the_organization_delivers_again() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 20)]));
    scene.must(&member(1), deliver());
    assert!(!scene.need(1).is_disputed());
    let dispute = DisputeDelivery {
        order: order_id(1),
        reason: "还差两盏".to_owned(),
        seen: Some(Revision(1)),
    };
    scene.must(&cadre(1), dispute);
    assert!(scene.need(1).is_disputed());
    assert!(scene.need(1).summary().facts.disputed);
    // A report is not yet a delivery.
    scene.must(&member(1), report(1));
    assert!(scene.need(1).is_disputed());
    scene.must(&member(1), deliver());
    assert!(!scene.need(1).is_disputed());
    let again = ConfirmDelivery {
        seen: Some(Revision(2)),
        ..confirm(1)
    };
    scene.must(&cadre(1), again);
    assert!(!scene.need(1).is_disputed());
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
    org.open_orders = Terms::default().open_orders;
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
            seen: None,
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
        reason: ReleaseReason::CannotDeliver,
        words: "经费没有批下来".to_owned(),
    };
    assert_eq!(
        scene.act(&member(2), release.clone()),
        Err(Rejection::NotAllowed(Allowed::Holder))
    );
    scene.must(&member(1), release);
    scene.must(&member(2), take(2, 1, vec![line(1, 24)]));
}

#[test]
fn an_order_given_back_before_it_began_was_never_held_and_does_not_count() {
    let changed_mind = || ReleaseOrder {
        order: order_id(1),
        reason: ReleaseReason::ChangedMind,
        words: String::new(),
    };
    let began: [(Option<domain::Command>, u32); 3] = [
        (None, 0),
        (Some(report(1).into()), 1),
        // Whoever cannot deliver held it.
        (
            Some(
                ReleaseOrder {
                    order: order_id(1),
                    reason: ReleaseReason::CannotDeliver,
                    words: "来不了".to_owned(),
                }
                .into(),
            ),
            1,
        ),
    ];
    for (first, counted) in began {
        let mut scene = Scene::published();
        scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
        if let Some(first) = first {
            scene.must(&member(1), first);
        }
        if scene.need(1).pledge(order_id(1)).is_some() {
            scene.must(&member(1), changed_mind());
        }
        assert_eq!(
            (scene.org(1).open_orders, scene.org(1).released_orders),
            (0, counted)
        );
        assert_eq!(scene.need(1).pledged(domain::ItemNo(1)), 0);
    }
}

#[test]
fn reports_are_limited_for_a_day_and_for_an_order_and_the_refusal_says_so() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
    let mut accepted = 0;
    for day in 0..=i64::from(MAX_REPORTS / MAX_REPORTS_PER_DAY) {
        scene.now = Millis(NOW.0 + day * 86_400_000);
        for _ in 0..MAX_REPORTS_PER_DAY {
            if accepted == MAX_REPORTS {
                break;
            }
            accepted += 1;
            scene.must(&member(1), report(u8::try_from(accepted).expect("few")));
        }
        let (limit, at_most) = if accepted == MAX_REPORTS {
            (Limit::Reports, MAX_REPORTS)
        } else {
            (Limit::ReportsPerDay, MAX_REPORTS_PER_DAY)
        };
        let refused = scene.act(&member(1), report(250));
        assert_eq!(refused, Err(Rejection::LimitReached { limit, at_most }));
    }
    assert_eq!(scene.order(1).progress.len(), MAX_REPORTS as usize);
}
