//! What a person may do with a need now. The rules begin with these, and pages offer nothing that they refuse.

use super::answers;
use super::model::{Need, NeedContent, NeedEvent, NeedHappened, NeedState, Pledge, PledgeStage};
use super::screener::{Screener, screener};
use crate::actor::{Actor, Role};
use crate::kinds::EntityKind;
use crate::orders::keeping::Side;
use crate::read::text::line;
use crate::region::Place;
use crate::rejection::{Allowed, Limit, Rejection};
use crate::time::Millis;

/// A need may be changed or sent again at most this often on one day, since every change travels to every device of the county.
pub const MAX_EDITS_PER_DAY: u32 = 30;

/// The actor's village: nobody else writes needs.
///
/// # Errors
/// The actor is no cadre.
pub fn may_write(actor: &Actor) -> Result<&Place, Rejection> {
    match &actor.role {
        Role::Village { place } => Ok(place),
        _ => Err(Rejection::NotAllowed(Allowed::Village)),
    }
}

fn is_own(need: &Need, actor: &Actor) -> Result<(), Rejection> {
    if may_write(actor)?.village == need.place.village {
        Ok(())
    } else {
        Err(Rejection::NotAllowed(Allowed::Village))
    }
}

pub(super) fn stage(need: &Need) -> Rejection {
    Rejection::NeedIs {
        stage: need.state.stage(),
    }
}

/// How often the village has changed or sent the need on the day of `now`.
fn changes_today(need: &Need, now: Millis) -> Result<(), Rejection> {
    let counts = |e: &&NeedEvent| {
        matches!(e.what, NeedHappened::Edited | NeedHappened::Submitted) && e.at.day() == now.day()
    };
    if need.history.iter().filter(counts).count() < MAX_EDITS_PER_DAY as usize {
        return Ok(());
    }
    Err(Rejection::LimitReached {
        limit: Limit::EditsPerDay,
        at_most: MAX_EDITS_PER_DAY,
    })
}

/// Whether the village may keep it as a draft.
///
/// # Errors
/// Why not.
pub fn may_save(need: &Need, actor: &Actor) -> Result<(), Rejection> {
    is_own(need, actor)?;
    match need.state {
        NeedState::Draft | NeedState::Returned { .. } => Ok(()),
        // What has been delivered stands on the words that it had.
        NeedState::TakenDown { .. } if need.pledges.is_empty() => Ok(()),
        _ => Err(stage(need)),
    }
}

/// Whether the village may send it to the county.
///
/// # Errors
/// Why not.
pub fn may_send(need: &Need, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    may_save(need, actor)?;
    changes_today(need, now)
}

/// Whether the village may change what the county already has.
///
/// # Errors
/// Why not.
pub fn may_edit(need: &Need, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    is_own(need, actor)?;
    match need.state {
        NeedState::Submitted { .. } | NeedState::Published { .. } => changes_today(need, now),
        _ => Err(stage(need)),
    }
}

/// Whether the form of the need opens: what is written in it can be sent, as a new version or as a change.
///
/// # Errors
/// Why not.
pub fn may_write_again(need: &Need, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    match need.state {
        NeedState::Draft | NeedState::Returned { .. } | NeedState::TakenDown { .. } => {
            may_send(need, actor, now)
        }
        _ => may_edit(need, actor, now),
    }
}

/// Somebody from elsewhere learns the stage of a need that was once public; of others they learn nothing.
pub(crate) fn hidden_unless_public(need: &Need) -> Rejection {
    let was_public = need
        .history
        .iter()
        .any(|e| e.what == NeedHappened::Published);
    if was_public {
        stage(need)
    } else {
        Rejection::NotFound {
            kind: EntityKind::Need,
        }
    }
}

/// Whether the village may take it back.
///
/// # Errors
/// Why not.
pub fn may_withdraw(need: &Need, actor: &Actor) -> Result<(), Rejection> {
    is_own(need, actor)?;
    if matches!(
        need.state,
        NeedState::Withdrawn { .. }
            | NeedState::Closed { .. }
            | NeedState::Merged { .. }
            | NeedState::Expired { .. }
    ) {
        return Err(stage(need));
    }
    if need.pledges.is_empty() {
        return Ok(());
    }
    let mut orgs: Vec<String> = need.pledges.iter().map(|p| p.org_name.clone()).collect();
    orgs.dedup();
    Err(Rejection::HasOrders { orgs })
}

/// Whether the actor may close the need before all of it was delivered: its village or a bureau above it, once nobody waits for the
/// village's answer.
///
/// # Errors
/// Why not.
pub fn may_close(need: &Need, actor: &Actor) -> Result<Side, Rejection> {
    match &actor.role {
        Role::Village { place } if place.village == need.place.village => {}
        Role::Bureau { .. } => drop(screener(actor, need.place.village)?),
        _ => return Err(Rejection::NotAllowed(Allowed::Village)),
    }
    // What was delivered in part can neither be withdrawn nor written anew: closing is its way out.
    let is_begun = match need.state {
        NeedState::Published { .. } => true,
        NeedState::Submitted { .. } | NeedState::Returned { .. } | NeedState::TakenDown { .. } => {
            !need.pledges.is_empty()
        }
        _ => false,
    };
    if !is_begun {
        return Err(stage(need));
    }
    let delivered = |p: &&Pledge| p.stage == PledgeStage::Delivered;
    let orgs: Vec<String> = need
        .pledges
        .iter()
        .filter(delivered)
        .map(|p| p.org_name.clone())
        .collect();
    if !orgs.is_empty() {
        return Err(Rejection::DeliveryWaits { orgs });
    }
    Side::of(actor).ok_or(Rejection::NotAllowed(Allowed::Village))
}

/// Whether the village may ask again for what nobody brought in time.
///
/// # Errors
/// Why not.
pub fn may_ask_again(need: &Need, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    is_own(need, actor)?;
    if !matches!(need.state, NeedState::Expired { .. }) {
        return Err(stage(need));
    }
    changes_today(need, now)
}

/// In whose name the actor may send the need back to its village.
///
/// # Errors
/// Why not.
pub fn may_return(need: &Need, actor: &Actor) -> Result<Screener, Rejection> {
    let screener = screener(actor, need.place.village)?;
    if matches!(need.state, NeedState::Submitted { .. }) {
        Ok(screener)
    } else {
        Err(stage(need))
    }
}

/// In whose name the actor may agree to the need.
///
/// # Errors
/// Why not.
pub fn may_agree(need: &Need, actor: &Actor, now: Millis) -> Result<Screener, Rejection> {
    let screener = may_return(need, actor)?;
    if need.opinions.iter().any(|o| o.by == screener.department) {
        return Err(Rejection::AlreadyApproved);
    }
    if need.content.deadline < now.day() {
        return Err(Rejection::OverdueToPublish);
    }
    Ok(screener)
}

/// Whether the actor's village may say of another village's need that it needs the same, or that it does not any more.
///
/// # Errors
/// Why not.
pub fn may_also_need(need: &Need, actor: &Actor) -> Result<(), Rejection> {
    let place = may_write(actor)?;
    if place.village == need.place.village {
        return Err(Rejection::NotAllowed(Allowed::OtherVillage));
    }
    if !matches!(need.state, NeedState::Published { .. }) {
        return Err(hidden_unless_public(need));
    }
    Ok(())
}

/// Whether the actor may say that the need is another matter than one that looks like it.
///
/// # Errors
/// Why not.
pub fn may_tell_apart(need: &Need, actor: &Actor) -> Result<(), Rejection> {
    match actor.role {
        Role::Bureau { .. } => screener(actor, need.place.village).map(|_| ()),
        _ => is_own(need, actor),
    }
}

/// In whose name the actor may take the need out of the library.
///
/// # Errors
/// Why not.
pub fn may_take_down(need: &Need, actor: &Actor) -> Result<Screener, Rejection> {
    let screener = screener(actor, need.place.village)?;
    if !matches!(need.state, NeedState::Published { .. }) {
        return Err(stage(need));
    }
    let waits = |p: &&Pledge| p.stage == PledgeStage::Delivered;
    let mut orgs: Vec<String> = need
        .pledges
        .iter()
        .filter(waits)
        .map(|p| p.org_name.clone())
        .collect();
    orgs.dedup();
    if orgs.is_empty() {
        Ok(screener)
    } else {
        Err(Rejection::AwaitsConfirmation { orgs })
    }
}

/// Whether the rules accept these answers for a need that is sent to the county. `before` is what the county has already, if it has.
///
/// # Errors
/// The first answer that they do not accept.
pub fn may_be_sent(
    content: &NeedContent,
    before: Option<&Need>,
    now: Millis,
) -> Result<(), Rejection> {
    let had = before.filter(|need| {
        matches!(
            need.state,
            NeedState::Submitted { .. } | NeedState::Published { .. }
        )
    });
    let same_deadline = had.is_some_and(|need| need.content.deadline == content.deadline);
    let before = had.map(|need| &need.content);
    answers::complete(content, before, (!same_deadline).then_some(now))?;
    had.map_or(Ok(()), |need| keeps_promises(need, content))
}

/// What has been promised keeps its name and unit, and nothing goes below it.
pub(super) fn keeps_promises(need: &Need, content: &NeedContent) -> Result<(), Rejection> {
    for item in &need.content.items {
        let pledged = need.pledged(item.no);
        if pledged == 0 {
            continue;
        }
        let kept = content.items.iter().find(|i| i.no == item.no);
        if !kept.is_some_and(|k| {
            // The name may have been stored before texts were cleaned.
            k.quantity >= pledged && k.unit == item.unit && k.name == line(&item.name)
        }) {
            return Err(Rejection::BelowPledged {
                item: item.name.clone(),
                pledged,
                unit: item.unit.clone(),
            });
        }
    }
    Ok(())
}
