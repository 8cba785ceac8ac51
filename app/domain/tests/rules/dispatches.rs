//! Dispatches.

use crate::scene::{
    COUNTY, NOW, SECRET_NOTE, Scene, cadre, callable, dispatch_id, line, member, need_id, officer,
    order_id, org_code,
};
use domain::asks::{Asked, asked};
use domain::commands::{AnswerDispatch, CloseNeed, DispatchAnswer, DispatchNeed, WithdrawDispatch};
use domain::dispatches::{DeclineReason, DispatchStage};
use domain::needs::CloseReason;
use domain::rejection::{Allowed, Field, Problem};
use domain::{Actor, Department, Entity, Feed, Origin, Rejection, Revision, Visibility};

fn ask(dispatch: u8, org: u8) -> DispatchNeed {
    DispatchNeed {
        dispatch: dispatch_id(dispatch),
        need: need_id(1),
        org: org_code(org),
        lines: vec![line(1, 12)],
        note: SECRET_NOTE.to_owned(),
        answer_by: NOW.day().plus(5),
        seen: Some(Revision(0)),
    }
}

fn accept(dispatch: u8, order: u8) -> AnswerDispatch {
    AnswerDispatch {
        dispatch: dispatch_id(dispatch),
        answer: DispatchAnswer::Accept {
            order: order_id(order),
            lines: vec![line(1, 10)],
            due: NOW.day().plus(9),
            contact: callable(),
            seen: Some(Revision(0)),
        },
    }
}

fn decline(dispatch: u8, reason: DeclineReason) -> AnswerDispatch {
    AnswerDispatch {
        dispatch: dispatch_id(dispatch),
        answer: DispatchAnswer::Decline {
            reason,
            words: String::new(),
        },
    }
}

fn civil() -> Actor {
    officer(COUNTY, Department::CivilAffairs)
}

fn stage(scene: &Scene, n: u8) -> DispatchStage {
    scene.dispatch(n).state.stage()
}

#[test]
fn a_bureau_asks_and_the_organization_accepts_which_makes_the_order() {
    let mut scene = Scene::published();
    let elsewhere = officer("431202000000", Department::CivilAffairs);
    for actor in [cadre(1), member(2), elsewhere] {
        let refused = scene.act(&actor, ask(1, 1));
        assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::CountyBureau)));
    }
    scene.must(&civil(), ask(1, 1));
    let facts = Entity::from(scene.dispatch(1).clone()).summary().facts();
    assert_eq!(asked(&facts, &member(1)), Some(Asked::AnswerDispatch));
    assert_eq!(asked(&facts, &member(2)), None);
    // The need's contact stays hidden until it accepts.
    let full = |scene: &Scene| {
        let need = Entity::from(scene.need(1).clone());
        need.placements()
            .contains(&(Feed::Org(org_code(1)), Visibility::Full))
    };
    assert!(!full(&scene));
    let refused = scene.act(&member(2), accept(1, 1));
    assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::Asked)));
    scene.must(&member(1), accept(1, 1));
    assert!(full(&scene));
    assert_eq!(scene.order(1).origin, Origin::Dispatched);
    assert_eq!(stage(&scene, 1), DispatchStage::Accepted);
    assert!(scene.need(1).asked.is_empty());
    let stage = DispatchStage::Accepted;
    assert_eq!(
        scene.act(&member(1), accept(1, 2)),
        Err(Rejection::DispatchIs { stage })
    );
}

#[test]
fn what_is_declined_goes_back_and_another_one_is_asked() {
    let mut scene = Scene::published();
    scene.must(&civil(), ask(1, 1));
    let org_name = "第1协会".to_owned();
    assert_eq!(
        scene.act(&civil(), ask(2, 1)),
        Err(Rejection::AlreadyAsked { org_name })
    );
    let (field, problem) = (Field::Words, Problem::Missing);
    let without_words = scene.act(&member(1), decline(1, DeclineReason::Other));
    assert_eq!(without_words, Err(Rejection::Invalid { field, problem }));
    scene.must(&member(1), decline(1, DeclineReason::NoPeople));
    assert_eq!(stage(&scene, 1), DispatchStage::Declined);
    scene.must(&civil(), ask(2, 2));
    // The same one may be asked again, once it has answered.
    scene.must(&civil(), ask(3, 1));
}

#[test]
fn nobody_answers_and_it_goes_back() {
    let mut scene = Scene::published();
    scene.must(&civil(), ask(1, 1));
    scene.days_pass(5);
    assert_eq!(stage(&scene, 1), DispatchStage::Open);
    scene.days_pass(1);
    assert_eq!(stage(&scene, 1), DispatchStage::Unanswered);
    assert!(scene.need(1).asked.is_empty());
    assert!(scene.act(&member(1), accept(1, 1)).is_err());
}

#[test]
fn a_bureau_asks_no_more_and_a_closed_need_asks_nobody() {
    let mut scene = Scene::published();
    scene.must(&civil(), ask(1, 1));
    scene.must(&civil(), ask(2, 2));
    let withdraw = WithdrawDispatch {
        dispatch: dispatch_id(1),
    };
    assert!(scene.act(&member(1), withdraw.clone()).is_err());
    scene.must(&civil(), withdraw);
    assert_eq!(stage(&scene, 1), DispatchStage::Withdrawn);
    let close = CloseNeed {
        need: need_id(1),
        reason: CloseReason::DoneByOthers,
        words: String::new(),
        seen: Some(Revision(0)),
    };
    scene.must(&cadre(1), close);
    assert_eq!(stage(&scene, 2), DispatchStage::Withdrawn);
}

#[test]
fn only_those_are_asked_who_may_take_orders_there() {
    let mut scene = Scene::published();
    scene.org(1).approved = false;
    scene.org(2).serves.clear();
    assert_eq!(
        scene.act(&civil(), ask(1, 1)),
        Err(Rejection::OrganizationNotApproved)
    );
    let refused = scene.act(&civil(), ask(1, 2));
    assert!(matches!(refused, Err(Rejection::NotServed { .. })));
    let mut late = ask(1, 3);
    late.answer_by = NOW.day().plus(31);
    let (field, problem) = (Field::AnswerBy, Problem::AfterDeadline);
    assert_eq!(
        scene.act(&civil(), late),
        Err(Rejection::Invalid { field, problem })
    );
}
