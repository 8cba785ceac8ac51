//! What a person may do to keep an order honest. The rules begin with these, and pages offer nothing that they refuse.

use super::{Asker, DAYS_BETWEEN_REQUESTS, Side, Stale};
use crate::actor::{Actor, Role};
use crate::ids::OrderId;
use crate::kinds::EntityKind;
use crate::needs::screener::screener;
use crate::needs::{Need, PledgeStage};
use crate::orders::offers::{may_release, may_wait};
use crate::orders::{Order, OrderStage};
use crate::organizations::Organization;
use crate::rejection::{Allowed, Rejection};
use crate::time::Millis;

/// Whether the actor may say that the order goes on: its holder, who was asked.
///
/// # Errors
/// Why not.
pub fn may_renew(order: &Order, actor: &Actor) -> Result<(), Rejection> {
    may_release(order, actor)?;
    if order.stale().is_fresh() {
        return Err(Rejection::NothingToRenew);
    }
    Ok(())
}

/// Whether the actor may name another day of delivery.
///
/// # Errors
/// Why not.
pub fn may_move_due(order: &Order, actor: &Actor) -> Result<(), Rejection> {
    may_release(order, actor)
}

/// Whether the actor may free the order: its village or a bureau above it, once nothing was heard of it for long.
///
/// # Errors
/// Why not.
pub fn may_free(order: &Order, actor: &Actor) -> Result<Side, Rejection> {
    let side = of_its_place(order, actor)?;
    if order.stale() != Stale::Releasable {
        return Err(Rejection::NotReleasable);
    }
    Ok(side)
}

fn of_its_place(order: &Order, actor: &Actor) -> Result<Side, Rejection> {
    match &actor.role {
        Role::Village { place } if place.village == order.place.village => {}
        Role::Bureau { .. } => drop(screener(actor, order.place.village)?),
        _ => return Err(Rejection::NotAllowed(Allowed::Village)),
    }
    Side::of(actor).ok_or(Rejection::NotAllowed(Allowed::Village))
}

/// Whether the actor may ask the holder of that order on the need to hand it over: the village, a bureau above it, or another organization
/// that might take the need itself (any of its members). One request at a time, and whoever was told that the order is kept waits before
/// asking again. `org` is the actor's own organization, as far as it is known.
///
/// # Errors
/// Why not.
pub fn may_ask_hand_over(
    need: &Need,
    order: OrderId,
    org: Option<&Organization>,
    actor: &Actor,
    now: Millis,
) -> Result<Side, Rejection> {
    let gone = Rejection::NotFound {
        kind: EntityKind::Order,
    };
    let pledge = need.pledge(order).ok_or(gone)?;
    match &actor.role {
        Role::Village { place } if place.village == need.place.village => {}
        Role::Bureau { .. } => drop(screener(actor, need.place.village)?),
        Role::Member { org: own, .. } if *own != pledge.org => {
            may_wait(need, org, actor, now)?;
        }
        _ => return Err(Rejection::NotAllowed(Allowed::Village)),
    }
    if pledge.stage != PledgeStage::Active {
        return Err(Rejection::OrderIs {
            stage: match pledge.stage {
                PledgeStage::Confirmed => OrderStage::Confirmed,
                _ => OrderStage::Delivered,
            },
        });
    }
    if pledge.hand_overs.iter().any(|ask| ask.answered.is_none()) {
        let org_name = pledge.org_name.clone();
        return Err(Rejection::AlreadyAsked { org_name });
    }
    let own = Asker::of(actor);
    let last = pledge.hand_overs.iter().find(|ask| Some(ask.by) == own);
    if let Some(answered) = last.and_then(|ask| ask.answered) {
        let from = answered.day().plus(DAYS_BETWEEN_REQUESTS);
        if now.day() < from {
            let org_name = pledge.org_name.clone();
            return Err(Rejection::AskedLately { org_name, from });
        }
    }
    Side::of(actor).ok_or(Rejection::NotAllowed(Allowed::Village))
}

/// Whether the actor may answer that the order is kept.
///
/// # Errors
/// Why not.
pub fn may_answer_hand_over(order: &Order, actor: &Actor) -> Result<(), Rejection> {
    may_release(order, actor)?;
    if order.hand_over.is_none() {
        return Err(Rejection::NobodyAsked);
    }
    Ok(())
}
