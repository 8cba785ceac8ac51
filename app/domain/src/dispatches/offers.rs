//! What a person may do with a dispatch now. The rules begin with these, and pages offer nothing that they refuse.

use super::model::{Dispatch, DispatchStage};
use crate::actor::{Actor, Role};
use crate::needs::screener::screener;
use crate::needs::{Need, NeedState};
use crate::orders::offers::may_have_orders;
use crate::organizations::Organization;
use crate::rejection::{Allowed, Limit, Rejection};
use crate::time::Millis;

/// A need may wait for the answer of at most this many organizations at a time.
pub const MAX_ASKED: u32 = 8;

/// Whether the actor may ask organizations to take the need: a bureau of its county, city or province, while something is left.
///
/// # Errors
/// Why not.
pub fn may_dispatch(need: &Need, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    screener(actor, need.place.village)?;
    if !matches!(need.state, NeedState::Published { .. }) {
        return Err(Rejection::NeedIs {
            stage: need.state.stage(),
        });
    }
    if need.content.deadline < now.day() {
        return Err(Rejection::Overdue);
    }
    if !need.has_left() {
        return Err(crate::orders::offers::taken(&[], need));
    }
    if need.asked.len() >= MAX_ASKED as usize {
        return Err(Rejection::LimitReached {
            limit: Limit::Dispatches,
            at_most: MAX_ASKED,
        });
    }
    Ok(())
}

/// Whether that organization may be asked for the need.
///
/// # Errors
/// Why not.
pub fn may_be_asked(
    need: &Need,
    org: Option<&Organization>,
    actor: &Actor,
    now: Millis,
) -> Result<(), Rejection> {
    may_dispatch(need, actor, now)?;
    let org = may_have_orders(org, need)?;
    if need.asked.iter().any(|asked| asked.org == org.code) {
        return Err(Rejection::AlreadyAsked {
            org_name: org.name.clone(),
        });
    }
    Ok(())
}

fn open(dispatch: &Dispatch) -> Result<(), Rejection> {
    match dispatch.state.stage() {
        DispatchStage::Open => Ok(()),
        stage => Err(Rejection::DispatchIs { stage }),
    }
}

/// Whether the actor may answer: a member of the organization that is asked.
///
/// # Errors
/// Why not.
pub fn may_answer(dispatch: &Dispatch, actor: &Actor) -> Result<(), Rejection> {
    match &actor.role {
        Role::Member { org, .. } if *org == dispatch.org => open(dispatch),
        _ => Err(Rejection::NotAllowed(Allowed::Asked)),
    }
}

/// Whether the actor may ask no more: a bureau above the village.
///
/// # Errors
/// Why not.
pub fn may_withdraw(dispatch: &Dispatch, actor: &Actor) -> Result<(), Rejection> {
    screener(actor, dispatch.place.village)?;
    open(dispatch)
}
