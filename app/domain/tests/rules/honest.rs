//! Commands that keep orders honest, in any order, and what holds of them.

use crate::scene::{
    COUNTY, NOW, SECRET_ASKER, SECRET_NOTE, SECRET_WORDS, Scene, cadre, callable, dispatch_id,
    line, member, need_id, officer, order_id, org_code, take,
};
use domain::commands::{
    AnswerDispatch, AnswerHandOver, AnswerOffer, AskAgain, AskHandOver, CloseNeed, DispatchAnswer,
    DispatchNeed, FreeOrder, JoinWaiting, LeaveWaiting, MoveDue, OfferAnswer, ReleaseOrder,
    RenewOrder, WithdrawDispatch,
};
use domain::dispatches::{DeclineReason, DispatchStage};
use domain::needs::{CloseReason, NeedState};
use domain::orders::ReleaseReason;
use domain::orders::keeping::HandOverReason;
use domain::{Actor, Command, Contact, Department, Entity, Key, OrderId, Revision};
use proptest::prelude::*;

/// What keeps orders honest.
pub(crate) fn on_orders(order: BoxedStrategy<OrderId>) -> impl Strategy<Value = Command> {
    let words = || "说明一下".to_owned();
    (order, 0..5_u8, 1..=2_u8).prop_map(move |(order, what, need)| match what {
        0 => RenewOrder {
            order,
            words: words(),
        }
        .into(),
        1 => MoveDue {
            order,
            due: NOW.day().plus(12),
            words: words(),
        }
        .into(),
        2 => FreeOrder {
            order,
            words: words(),
        }
        .into(),
        3 => AnswerHandOver {
            order,
            words: words(),
        }
        .into(),
        _ => AskHandOver {
            need: need_id(need),
            order,
            reason: HandOverReason::CanDoItNow,
            words: SECRET_WORDS.to_owned(),
            contact: Some(Contact {
                name: "秘密询问人".to_owned(),
                phone: SECRET_ASKER.to_owned(),
            }),
        }
        .into(),
    })
}

/// Dispatches, waiting lists, and how needs end.
pub(crate) fn around_a_need(
    seen: BoxedStrategy<Option<Revision>>,
) -> impl Strategy<Value = Command> {
    let due = NOW.day().plus(9);
    let ids = ((1..=2_u8), (5..=6_u8), (1..=3_u8), (1..=3_u8));
    (ids, 0..20_u8, 0..5_u64, seen).prop_map(
        move |((need, order, dispatch, org), what, n, seen)| {
            let (need, order, dispatch) = (need_id(need), order_id(order), dispatch_id(dispatch));
            let lines = vec![line(1, n.max(1))];
            match what {
                0 => CloseNeed {
                    need,
                    reason: CloseReason::DoneByOthers,
                    words: String::new(),
                    seen,
                }
                .into(),
                1 => AskAgain {
                    need,
                    deadline: NOW.day().plus(90),
                }
                .into(),
                2..6 => JoinWaiting { need, lines, seen }.into(),
                6 => LeaveWaiting { need }.into(),
                7..10 => {
                    let answer = match n {
                        0 => OfferAnswer::Pass,
                        _ => OfferAnswer::Take {
                            order,
                            lines,
                            due,
                            contact: callable(),
                            seen,
                        },
                    };
                    AnswerOffer { need, answer }.into()
                }
                10..14 => DispatchNeed {
                    dispatch,
                    need,
                    org: org_code(org),
                    lines: Vec::new(),
                    note: SECRET_NOTE.to_owned(),
                    answer_by: NOW.day().plus(5),
                    seen,
                }
                .into(),
                14..19 => {
                    let answer = match n {
                        0 => DispatchAnswer::Decline {
                            reason: DeclineReason::Other,
                            words: SECRET_NOTE.to_owned(),
                        },
                        _ => DispatchAnswer::Accept {
                            order,
                            lines,
                            due,
                            contact: callable(),
                            seen,
                        },
                    };
                    AnswerDispatch { dispatch, answer }.into()
                }
                _ => WithdrawDispatch { dispatch }.into(),
            }
        },
    )
}

/// One example of each command, who gives it and where.
pub(crate) fn examples() -> Vec<(Scene, Actor, Command)> {
    let words = || "下周开工，先把材料运进村".to_owned();
    let (need, order, dispatch) = (need_id(1), order_id(1), dispatch_id(1));
    let (seen, due) = (Some(Revision(0)), NOW.day().plus(9));
    let civil = || officer(COUNTY, Department::CivilAffairs);
    let taken = |days: &[i64]| {
        let mut scene = Scene::published();
        scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
        days.iter().for_each(|days| scene.days_pass(*days));
        scene
    };
    let joins = || JoinWaiting {
        need,
        lines: vec![line(1, 3)],
        seen,
    };
    let waits = || {
        let mut scene = taken(&[]);
        scene.must(&member(2), joins());
        scene
    };
    let offered = || {
        let mut scene = waits();
        let release = ReleaseOrder {
            order,
            reason: ReleaseReason::NoPeople,
            words: String::new(),
        };
        scene.must(&member(1), release);
        scene
    };
    let hand_over = || AskHandOver {
        need,
        order,
        reason: HandOverReason::Urgent,
        words: words(),
        contact: Some(callable()),
    };
    let handed_over = || {
        let mut scene = taken(&[]);
        scene.must(&cadre(1), hand_over());
        scene
    };
    let asks = || DispatchNeed {
        dispatch,
        need,
        org: org_code(1),
        lines: Vec::new(),
        note: words(),
        answer_by: NOW.day().plus(5),
        seen,
    };
    let asked = || {
        let mut scene = Scene::published();
        scene.must(&civil(), asks());
        scene
    };
    let expired = || {
        let mut scene = Scene::published();
        scene.days_pass(61);
        scene
    };
    let take_offer = OfferAnswer::Take {
        order: order_id(2),
        lines: vec![line(1, 3)],
        due,
        contact: callable(),
        seen,
    };
    let accept = DispatchAnswer::Accept {
        order,
        lines: vec![line(1, 3)],
        due,
        contact: callable(),
        seen,
    };
    let decline = DispatchAnswer::Decline {
        reason: DeclineReason::Other,
        words: words(),
    };
    let close = CloseNeed {
        need,
        reason: CloseReason::DoneByOthers,
        words: words(),
        seen,
    };
    let move_due = MoveDue {
        order,
        due,
        words: words(),
    };
    let again = AskAgain {
        need,
        deadline: NOW.day().plus(90),
    };
    vec![
        (
            taken(&[30]),
            member(1),
            RenewOrder {
                order,
                words: words(),
            }
            .into(),
        ),
        (taken(&[]), member(1), move_due.into()),
        (taken(&[]), cadre(1), hand_over().into()),
        (
            handed_over(),
            member(1),
            AnswerHandOver {
                order,
                words: words(),
            }
            .into(),
        ),
        (
            taken(&[30, 15]),
            cadre(1),
            FreeOrder {
                order,
                words: words(),
            }
            .into(),
        ),
        (taken(&[]), cadre(1), close.into()),
        (expired(), cadre(1), again.into()),
        (taken(&[]), member(2), joins().into()),
        (waits(), member(2), LeaveWaiting { need }.into()),
        (
            offered(),
            member(2),
            AnswerOffer {
                need,
                answer: take_offer,
            }
            .into(),
        ),
        (Scene::published(), civil(), asks().into()),
        (
            asked(),
            member(1),
            AnswerDispatch {
                dispatch,
                answer: accept,
            }
            .into(),
        ),
        (
            asked(),
            member(1),
            AnswerDispatch {
                dispatch,
                answer: decline,
            }
            .into(),
        ),
        (asked(), civil(), WithdrawDispatch { dispatch }.into()),
    ]
}

/// What is free is offered to somebody who waits for it, and a need knows of every organization that was asked.
pub(crate) fn holds(scene: &Scene) {
    for entity in scene.entities.values() {
        match entity {
            Entity::Need(need) => {
                let is_open = matches!(need.state, NeedState::Published { .. })
                    && need.content.deadline >= scene.now.day();
                match &need.offer {
                    Some(offer) => {
                        assert!(
                            need.place_in_line(offer.org).is_some(),
                            "who is asked waits"
                        );
                        for line in &offer.lines {
                            assert!(line.quantity <= need.free(line.item), "not free");
                        }
                    }
                    None => {
                        let lines = || need.waiting.iter().flat_map(|w| &w.lines);
                        let could = lines().any(|line| need.free(line.item) > 0);
                        assert!(!(could && is_open), "what is free is offered to nobody");
                    }
                }
            }
            Entity::Dispatch(dispatch) => {
                let Some(Entity::Need(need)) = scene.entities.get(&Key::Need(dispatch.need)) else {
                    panic!("no need");
                };
                let asked = need.asked.iter().filter(|a| a.dispatch == dispatch.id);
                let open = dispatch.state.stage() == DispatchStage::Open;
                assert_eq!(asked.count(), usize::from(open), "{dispatch:?}");
                let mut orgs: Vec<_> = need.asked.iter().map(|a| a.org).collect();
                orgs.sort_unstable();
                orgs.dedup();
                assert_eq!(orgs.len(), need.asked.len(), "asked twice");
            }
            _ => {}
        }
    }
}
