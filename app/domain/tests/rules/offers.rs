//! Whatever is offered is not refused on the same knowledge; and the badges count what is offered.

use crate::scene::{
    COUNTY, NOW, SECRET_NOTE, SECRET_WORDS, Scene, cadre, callable, content, line, member, officer,
    order_id, org_code,
};
use domain::asks::asks;
use domain::commands::{
    AlsoNeed, AnswerDispatch, AnswerHandOver, AnswerOffer, AnswerPick, AskAgain, AskHandOver,
    ChangeSupply, CloseNeed, ConfirmDelivery, DispatchAnswer, DispatchNeed, DisputeDelivery,
    EditNeed, EndSupply, FreeOrder, JoinWaiting, LeaveWaiting, MarkDelivered, MergeNeeds,
    OfferAnswer, PauseSupply, PickAnswer, PostNeed, ReleaseOrder, RemindOrder, RenewOrder,
    ReportProgress, ResumeSupply, SaveNeed, SaveSupply, ScreenNeed, ScreenSupply, Screening,
    SubmitSupply, TakeDown, TakeOrder, WithdrawDispatch, WithdrawNeed, WithdrawPick,
};
use domain::commands::{
    ApproveOrganization, ChangeOrganization, LeaveReview, LiftSuspension, RefuseOrganization,
    StillInUse, SuspendOrganization,
};
use domain::dispatches::{DeclineReason, offers as dispatch_offers};
use domain::needs::{
    CloseReason, ReturnReason, WithdrawReason, merging, offers as need_offers, waiting,
};
use domain::orders::keeping::HandOverReason;
use domain::orders::keeping::offers::{self as keeping, may_ask_hand_over};
use domain::orders::{ReleaseReason, offers as order_offers};
use domain::organizations::{RefuseReason, offers as org_offers};
use domain::picks::offers as pick_offers;
use domain::reviews::{Answer, offers as review_offers};
use domain::supplies::offers as supply_offers;
use domain::terms::Terms;
use domain::{
    Actor, Command, Department, Dispatch, DispatchId, Entity, Fen, Key, Millis, Need, Order,
    OrderId, Organization, Pick, ProgressId, Rejection, ReviewId, Role, Supply, decide_on,
};

/// Everybody who might open a page: both villages, the organizations, both departments, officers of elsewhere.
fn everybody() -> Vec<Actor> {
    let mut all: Vec<Actor> = (1..=2).map(cadre).chain((1..=3).map(member)).collect();
    all.extend((1..=2).map(crate::scene::applicant));
    for department in Department::ALL {
        all.push(officer(COUNTY, department));
    }
    all.push(officer("431202000000", Department::CivilAffairs));
    all
}

fn own_organization<'a>(scene: &'a Scene, actor: &Actor) -> Option<&'a Organization> {
    let Role::Member { org, .. } = &actor.role else {
        return None;
    };
    organization_of(scene, *org)
}

fn organization_of(scene: &Scene, org: domain::CreditCode) -> Option<&Organization> {
    match scene.entities.get(&Key::Organization(org)) {
        Some(Entity::Organization(org)) => Some(org),
        _ => None,
    }
}

/// What a page would send for every offer that it makes on a need.
fn offered_on_a_need(scene: &Scene, need: &Need, actor: &Actor, now: Millis) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::new();
    let (id, seen) = (need.id, Some(need.revision));
    if need_offers::may_save(need, actor).is_ok() {
        let content = need.content.clone();
        out.push(SaveNeed { need: id, content }.into());
    }
    if need_offers::may_send(need, actor, now).is_ok() {
        let mut content = content();
        content.deadline = now.day().plus(1);
        assert_eq!(need_offers::may_be_sent(&content, Some(need), now), Ok(()));
        out.push(PostNeed { need: id, content }.into());
    }
    if need_offers::may_edit(need, actor, now).is_ok() {
        let content = need.content.clone();
        assert_eq!(need_offers::may_be_sent(&content, Some(need), now), Ok(()));
        out.push(EditNeed { need: id, content }.into());
    }
    if need_offers::may_withdraw(need, actor).is_ok() {
        let reason = WithdrawReason::Mistake;
        out.push(WithdrawNeed { need: id, reason }.into());
    }
    let mut screens = |opinion| {
        out.push(
            ScreenNeed {
                need: id,
                opinion,
                seen,
            }
            .into(),
        );
    };
    if need_offers::may_return(need, actor).is_ok() {
        screens(Screening::Return {
            reason: ReturnReason::Other,
            words: "请再写清楚".to_owned(),
        });
    }
    if need_offers::may_agree(need, actor, now).is_ok() {
        screens(Screening::Publish {
            remark: String::new(),
        });
    }
    let own = own_organization(scene, actor);
    if waiting::may_join(need, own, actor, now).is_ok() {
        let item = need.content.items.iter().find(|item| need.left(item) == 0);
        let item = item.expect("something is fully ordered");
        let lines = vec![line(item.no.0, 1)];
        out.push(
            JoinWaiting {
                need: id,
                lines,
                seen,
            }
            .into(),
        );
    }
    if need_offers::may_also_need(need, actor).is_ok() {
        out.extend([true, false].map(|wanted| AlsoNeed { need: id, wanted }.into()));
    }
    if need_offers::may_take_down(need, actor).is_ok() {
        out.push(
            TakeDown {
                need: id,
                reason: ReturnReason::Other,
                words: "先下架".to_owned(),
                seen,
            }
            .into(),
        );
    }
    if own.is_some_and(|org| need.place_in_line(org.code).is_some()) {
        out.push(LeaveWaiting { need: id }.into());
    }
    if waiting::may_answer_offer(need, actor, now).is_ok() {
        let answer = OfferAnswer::Pass;
        out.push(AnswerOffer { need: id, answer }.into());
    }
    if need_offers::may_close(need, actor).is_ok() {
        for reason in CloseReason::GIVEN {
            out.push(
                CloseNeed {
                    need: id,
                    reason,
                    words: String::new(),
                    seen,
                }
                .into(),
            );
        }
    }
    for entity in scene.entities.values() {
        let Entity::Need(into) = entity else { continue };
        if merging::may_merge(need, into, actor).is_ok() {
            out.push(
                MergeNeeds {
                    from: id,
                    into: into.id,
                    seen_from: seen,
                    seen_into: Some(into.revision),
                }
                .into(),
            );
        }
    }
    if need_offers::may_ask_again(need, actor, now).is_ok() {
        let deadline = now.day().plus(1);
        out.push(AskAgain { need: id, deadline }.into());
    }
    for pledge in &need.pledges {
        if may_ask_hand_over(need, pledge.order, own, actor, now).is_ok()
            && let Some(Entity::Order(order)) = scene.entities.get(&Key::Order(pledge.order))
            && order.hand_over.is_none()
        {
            out.push(
                AskHandOver {
                    need: id,
                    order: pledge.order,
                    reason: HandOverReason::Urgent,
                    words: SECRET_WORDS.to_owned(),
                    contact: None,
                }
                .into(),
            );
        }
    }
    for n in 1..=3 {
        let Some(Entity::Organization(org)) = scene.entities.get(&Key::Organization(org_code(n)))
        else {
            continue;
        };
        if dispatch_offers::may_be_asked(need, Some(org), actor, now).is_ok() {
            out.push(
                DispatchNeed {
                    dispatch: DispatchId::from_random([97; 16]),
                    need: id,
                    org: org.code,
                    lines: Vec::new(),
                    note: SECRET_NOTE.to_owned(),
                    answer_by: now.day(),
                    seen,
                }
                .into(),
            );
        }
    }
    if order_offers::may_take(need, own, &Terms::default(), actor, now).is_ok() {
        let item = need.content.items.iter().find(|item| need.left(item) > 0);
        let item = item.expect("something is left");
        for due in [now.day(), order_offers::last_due(need)] {
            out.push(
                TakeOrder {
                    order: OrderId::from_random([99; 16]),
                    need: id,
                    lines: vec![line(item.no.0, need.left(item))],
                    due,
                    contact: Some(callable()),
                    seen,
                }
                .into(),
            );
        }
    }
    out
}

fn offered_on_a_dispatch(dispatch: &Dispatch, actor: &Actor) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::new();
    let id = dispatch.id;
    if dispatch_offers::may_answer(dispatch, actor).is_ok() {
        let answer = DispatchAnswer::Decline {
            reason: DeclineReason::NoPeople,
            words: String::new(),
        };
        let dispatch = id;
        out.push(AnswerDispatch { dispatch, answer }.into());
    }
    if dispatch_offers::may_withdraw(dispatch, actor).is_ok() {
        out.push(WithdrawDispatch { dispatch: id }.into());
    }
    out
}

fn offered_on_an_order(order: &Order, actor: &Actor, now: Millis) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::new();
    let (id, seen) = (order.id, Some(order.deliveries));
    let words = || "看过了".to_owned();
    if order_offers::may_report(order, actor, now).is_ok() {
        out.push(
            ReportProgress {
                order: id,
                progress: ProgressId::from_random([98; 16]),
                text: words(),
                cash: Fen(0),
                goods: Fen(0),
                persons: 0,
                visits: 0,
            }
            .into(),
        );
    }
    if order_offers::may_deliver(order, actor).is_ok() {
        out.push(
            MarkDelivered {
                order: id,
                note: words(),
            }
            .into(),
        );
    }
    if order_offers::may_release(order, actor).is_ok() {
        out.push(
            ReleaseOrder {
                order: id,
                reason: ReleaseReason::CannotDeliver,
                words: words(),
            }
            .into(),
        );
    }
    if keeping::may_renew(order, actor).is_ok() {
        out.push(
            RenewOrder {
                order: id,
                words: words(),
            }
            .into(),
        );
    }
    if keeping::may_answer_hand_over(order, actor).is_ok() {
        out.push(
            AnswerHandOver {
                order: id,
                words: words(),
            }
            .into(),
        );
    }
    if keeping::may_free(order, actor).is_ok() {
        out.push(
            FreeOrder {
                order: id,
                words: words(),
            }
            .into(),
        );
    }
    if review_offers::may_review(order, actor).is_ok() {
        let review = ReviewId::from_random([97; 16]);
        let answers = [Answer::Yes; 3];
        let (order, words) = (id, String::new());
        let review = LeaveReview {
            review,
            order,
            answers,
            words,
        };
        out.push(review.into());
    }
    for asked in &order.uses {
        if review_offers::may_answer_use(order, actor, asked.month).is_ok() {
            let (order, month, answer) = (id, asked.month, Answer::Partly);
            let words = String::new();
            let still = StillInUse {
                order,
                month,
                answer,
                words,
            };
            out.push(still.into());
        }
    }
    if order_offers::may_remind(order, actor, now).is_ok() {
        out.push(RemindOrder { order: id }.into());
    }
    if order_offers::may_answer(order, actor).is_ok() {
        out.push(ConfirmDelivery { order: id, seen }.into());
        out.push(
            DisputeDelivery {
                order: id,
                reason: words(),
                seen,
            }
            .into(),
        );
    }
    out
}

fn offered_on_an_organization(org: &Organization, actor: &Actor) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::new();
    let (organization, seen) = (org.code, org.revision);
    let words = || "请再核对".to_owned();
    if org_offers::may_change(org, actor).is_ok() {
        let profile = crate::scene::profile("通道县鼓楼志愿者协会");
        let change = ChangeOrganization {
            organization,
            profile,
        };
        out.push(change.into());
    }
    if org_offers::may_decide(org, actor).is_ok() {
        let approve = ApproveOrganization { organization, seen };
        out.push(approve.into());
        let reason = RefuseReason::DoesNotMatch;
        let words = String::new();
        let refuse = RefuseOrganization {
            organization,
            reason,
            words,
            seen,
        };
        out.push(refuse.into());
    }
    if org_offers::may_suspend(org, actor).is_ok() {
        let (words, until) = (words(), None);
        let suspend = SuspendOrganization {
            organization,
            words,
            until,
            seen: Some(org.revision),
        };
        out.push(suspend.into());
    }
    if org_offers::may_lift(org, actor).is_ok() {
        let words = String::new();
        let lift = LiftSuspension {
            organization,
            words,
            seen: Some(org.revision),
        };
        out.push(lift.into());
    }
    out
}

/// What a page would send for every offer that it makes on a supply.
fn offered_on_a_supply(scene: &Scene, supply: &Supply, actor: &Actor, now: Millis) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::new();
    let (id, seen) = (supply.id, supply.revision);
    let org = own_organization(scene, actor);
    let holder = organization_of(scene, supply.org);
    let may_be_asked = org_offers::may_be_asked(holder).is_ok();
    let mut content = supply.content.clone();
    content.to = content.to.max(now.day());
    let fits = supply_offers::may_be_sent(&content, Some(supply), org, now).is_ok();
    if supply_offers::may_save(supply, actor).is_ok() {
        let content = supply.content.clone();
        out.push(
            SaveSupply {
                supply: id,
                content,
            }
            .into(),
        );
    }
    if supply_offers::may_send(supply, actor, now).is_ok() && fits {
        let content = content.clone();
        out.push(
            SubmitSupply {
                supply: id,
                content,
            }
            .into(),
        );
    }
    if supply_offers::may_change(supply, actor, now).is_ok() && fits {
        out.push(
            ChangeSupply {
                supply: id,
                content,
            }
            .into(),
        );
    }
    if supply_offers::may_pause(supply, actor, now).is_ok() {
        out.push(PauseSupply { supply: id }.into());
    }
    if may_be_asked && supply_offers::may_resume(supply, actor, now).is_ok() {
        out.push(ResumeSupply { supply: id }.into());
    }
    if supply_offers::may_end(supply, actor).is_ok() {
        out.push(EndSupply { supply: id }.into());
    }
    let mut screens = |opinion| {
        out.push(
            ScreenSupply {
                supply: id,
                opinion,
                seen,
            }
            .into(),
        );
    };
    if supply_offers::may_screen(supply, actor).is_ok() {
        screens(Screening::Return {
            reason: ReturnReason::Other,
            words: "请再写清楚".to_owned(),
        });
    }
    if may_be_asked && supply_offers::may_publish(supply, actor, now).is_ok() {
        screens(Screening::Publish {
            remark: String::new(),
        });
    }
    if may_be_asked && supply_offers::may_pick(supply, actor, now).is_ok() {
        let mut picks = crate::scene::pick(97, 1, supply.left());
        (picks.supply, picks.seen) = (id, seen);
        out.push(picks.into());
    }
    out
}

fn offered_on_a_pick(scene: &Scene, pick: &Pick, actor: &Actor) -> Vec<Command> {
    let mut out: Vec<Command> = Vec::new();
    let Some(Entity::Supply(supply)) = scene.entities.get(&Key::Supply(pick.supply)) else {
        panic!("no supply of {pick:?}");
    };
    let mut answers = |mut answer: AnswerPick| {
        (answer.pick, answer.seen) = (pick.id, supply.revision);
        out.push(answer.into());
    };
    if pick_offers::may_decline(pick, actor).is_ok() {
        answers(crate::scene::decline(1));
    }
    let org = own_organization(scene, actor);
    if pick_offers::may_accept(pick, supply, org, &Terms::default(), actor).is_ok() {
        let mut accepts = crate::scene::accept(1, 96, pick.places.min(supply.left()));
        if let PickAnswer::Accept { due, .. } = &mut accepts.answer {
            *due = scene.now.day().plus(90);
        }
        answers(accepts);
    }
    if pick_offers::may_withdraw(pick, actor).is_ok() {
        out.push(WithdrawPick { pick: pick.id }.into());
    }
    out
}

/// Every offer to anybody, today and on the days around the deadline, is one that the rules keep.
pub(crate) fn offers_are_kept(scene: &Scene) {
    for actor in everybody() {
        for days in [0, 29, 30, 31, 60] {
            let now = scene.now.plus(days * 86_400_000);
            let offered = scene.entities.values().flat_map(|entity| match entity {
                Entity::Need(need) => offered_on_a_need(scene, need, &actor, now),
                Entity::Order(order) => offered_on_an_order(order, &actor, now),
                Entity::Dispatch(dispatch) => offered_on_a_dispatch(dispatch, &actor),
                Entity::Organization(org) => offered_on_an_organization(org, &actor),
                Entity::Supply(supply) => offered_on_a_supply(scene, supply, &actor, now),
                Entity::Pick(pick) => offered_on_a_pick(scene, pick, &actor),
                _ => Vec::new(),
            });
            for command in offered {
                let find = |key: &Key| scene.entities.get(key).cloned();
                let decided = decide_on(&command, &actor, now, find);
                assert!(decided.is_ok(), "{actor:?} {command:?}: {decided:?}");
            }
        }
        badges_count_what_can_be_done(scene, &actor);
    }
}

/// What is counted as waiting for a person offers that person something to do now.
fn badges_count_what_can_be_done(scene: &Scene, actor: &Actor) {
    for entity in scene.entities.values() {
        if !asks(&entity.summary().facts(), actor) {
            continue;
        }
        match entity {
            Entity::Need(need) => {
                let own_orders = scene.entities.values().any(|e| {
                    matches!(e, Entity::Order(o) if o.need == Some(need.id)
                        && order_offers::may_answer(o, actor).is_ok())
                });
                let any = need_offers::may_return(need, actor).is_ok()
                    || need_offers::may_save(need, actor).is_ok()
                    || waiting::may_answer_offer(need, actor, scene.now).is_ok()
                    || own_orders;
                assert!(any, "{actor:?} has nothing to do with {need:?}");
            }
            Entity::Order(order) => {
                let may = order_offers::may_deliver(order, actor).is_ok()
                    || order_offers::may_answer(order, actor).is_ok()
                    || review_offers::may_review(order, actor).is_ok()
                    || review_offers::use_question(order).is_some();
                assert!(may, "{actor:?} has nothing to do with {order:?}");
            }
            Entity::Organization(org) => {
                assert_eq!(org_offers::may_decide(org, actor), Ok(()));
            }
            Entity::Supply(supply) => {
                let any = supply_offers::may_save(supply, actor).is_ok()
                    || supply_offers::may_screen(supply, actor).is_ok();
                assert!(any, "{actor:?} has nothing to do with {supply:?}");
            }
            Entity::Pick(pick) if pick_offers::may_decline(pick, actor).is_err() => {
                assert!(matches!(&actor.role, Role::Member { org, .. } if *org != pick.org));
            }
            Entity::Dispatch(dispatch) => {
                assert!(dispatch_offers::may_answer(dispatch, actor).is_ok());
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_overdue_is_neither_offered_nor_taken_nor_published() {
    let mut scene = Scene::new();
    scene.must(&cadre(1), crate::scene::post(1));
    scene.now = NOW.plus(31 * 86_400_000);
    let civil = officer(COUNTY, Department::CivilAffairs);
    let refused = need_offers::may_agree(scene.need(1), &civil, scene.now);
    assert_eq!(refused, Err(Rejection::OverdueToPublish));
    assert_eq!(
        scene.act(&civil, crate::scene::publish(1)),
        Err(Rejection::OverdueToPublish)
    );
    // It still waits for the county: sending it back is what is left to do.
    assert!(need_offers::may_return(scene.need(1), &civil).is_ok());

    let mut scene = Scene::published();
    scene.now = NOW.plus(31 * 86_400_000);
    let org = own_organization(&scene, &member(1));
    let terms = Terms::default();
    let refused = order_offers::may_take(scene.need(1), org, &terms, &member(1), scene.now);
    assert_eq!(refused, Err(Rejection::Overdue));
}

#[test]
fn an_order_is_due_while_the_need_is_still_of_use() {
    let mut scene = Scene::published();
    let mut late = crate::scene::take(1, 1, vec![line(1, 1)]);
    late.due = scene.need(1).content.deadline.plus(1);
    let refused = scene.act(&member(1), late.clone());
    assert_eq!(
        refused,
        Err(Rejection::Invalid {
            field: domain::rejection::Field::Due,
            problem: domain::rejection::Problem::AfterDeadline
        })
    );
    late.due = order_offers::last_due(scene.need(1));
    scene.must(&member(1), late);
}

#[test]
fn a_need_counts_for_its_own_village_and_for_the_department_that_is_asked() {
    let mut scene = Scene::with(domain::PublishRule::Both);
    scene.must(&cadre(1), crate::scene::post(1));
    let civil = officer(COUNTY, Department::CivilAffairs);
    let rural = officer(COUNTY, Department::RuralRevitalization);
    let counts = |scene: &Scene, actor: &Actor| {
        let facts = Entity::from(scene.need(1).clone()).summary().facts();
        asks(&facts, actor)
    };
    assert!(counts(&scene, &civil) && counts(&scene, &rural));
    scene.must(&civil, crate::scene::publish(1));
    assert!(!counts(&scene, &civil) && counts(&scene, &rural));
    scene.must(&rural, crate::scene::publish(1));
    assert!(!counts(&scene, &rural));

    scene.must(
        &member(1),
        crate::scene::take(1, 1, vec![line(1, 24), line(2, 200)]),
    );
    let order = order_id(1);
    scene.must(
        &member(1),
        MarkDelivered {
            order,
            note: String::new(),
        },
    );
    assert!(counts(&scene, &cadre(1)) && !counts(&scene, &cadre(2)));
    let seen = Some(scene.order(1).deliveries);
    scene.must(&cadre(1), ConfirmDelivery { order, seen });
    assert!(!counts(&scene, &cadre(1)));
}
