//! What a person may do to keep an order honest. The rules begin with these, and pages offer nothing that they refuse.

use super::{Side, Stale};
use crate::actor::{Actor, Role};
use crate::kinds::EntityKind;
use crate::needs::screener::screener;
use crate::needs::{Need, NeedState, PledgeStage};
use crate::orders::Order;
use crate::orders::offers::may_release;
use crate::rejection::{Allowed, Rejection};

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

/// Whether the actor may ask the holder of that order on the need to hand it over: the village, a bureau above it, or another
/// organization while the need is open to all.
///
/// # Errors
/// Why not.
pub fn may_ask_hand_over(
    need: &Need,
    order: crate::ids::OrderId,
    actor: &Actor,
) -> Result<Side, Rejection> {
    let gone = Rejection::NotFound {
        kind: EntityKind::Order,
    };
    let pledge = need.pledge(order).ok_or(gone)?;
    match &actor.role {
        Role::Village { place } if place.village == need.place.village => {}
        Role::Bureau { .. } => drop(screener(actor, need.place.village)?),
        Role::Member { org, .. }
            if *org != pledge.org && matches!(need.state, NeedState::Published { .. }) => {}
        _ => return Err(Rejection::NotAllowed(Allowed::Village)),
    }
    if pledge.stage != PledgeStage::Active {
        return Err(Rejection::OrderIs {
            stage: match pledge.stage {
                PledgeStage::Confirmed => crate::orders::OrderStage::Confirmed,
                _ => crate::orders::OrderStage::Delivered,
            },
        });
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
