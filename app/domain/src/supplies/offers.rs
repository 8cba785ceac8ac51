//! What a person may do with a supply now. The rules begin with these, and pages offer nothing that they refuse.

use super::answers;
use super::model::{Supply, SupplyContent, SupplyEvent, SupplyHappened, SupplyState};
use crate::actor::{Actor, Department, Role};
use crate::credit::CreditCode;
use crate::kinds::EntityKind;
use crate::needs::offers::MAX_EDITS_PER_DAY;
use crate::organizations::offers::may_take_part;
use crate::organizations::{DAILY_SUPPLIES, Organization};
use crate::quantity::{ItemNo, Unit};
use crate::region::{Level, Place, RegionCode};
use crate::rejection::{Allowed, Limit, Rejection, Taken, WantedItem};
use crate::revision::Revision;
use crate::time::Millis;

/// At most this many picks of one supply wait for an answer, since each of them lies in its row.
pub const MAX_ASKED: u32 = 100;
/// What places are counted in.
pub(super) fn place_unit() -> Unit {
    Unit::Of("个".to_owned())
}

/// The rule that never bends: accepted places never exceed those that there are. What is left, for whoever wanted more.
pub(crate) fn gone(supply: &Supply, wanted: u32) -> Rejection {
    Rejection::Taken(Taken {
        wanted: vec![WantedItem {
            item: ItemNo(1),
            name: "名额".to_owned(),
            unit: place_unit(),
            wanted: u64::from(wanted),
            left: u64::from(supply.left()),
        }],
        holders: Vec::new(),
        others: Vec::new(),
    })
}

/// Whether a decision was taken on the wording that stands now.
pub(crate) fn as_read(supply: &Supply, seen: Revision) -> Result<(), Rejection> {
    as_offered(supply, supply.revision, seen)
}

/// Whether a pick and its answer rest on the wording that villages read.
pub(crate) fn as_published(supply: &Supply, seen: Revision) -> Result<(), Rejection> {
    as_offered(supply, supply.offered().1, seen)
}

fn as_offered(supply: &Supply, stands: Revision, seen: Revision) -> Result<(), Rejection> {
    if seen == stands {
        return Ok(());
    }
    Err(Rejection::ChangedSince {
        kind: EntityKind::Supply,
        changed: supply.changes_since(seen),
    })
}

/// The actor's organization: nobody else writes supplies.
///
/// # Errors
/// The actor is no member of one.
pub fn may_write(actor: &Actor) -> Result<CreditCode, Rejection> {
    match &actor.role {
        Role::Member { org, .. } => Ok(*org),
        _ => Err(Rejection::NotAllowed(Allowed::Supplier)),
    }
}

pub(crate) fn is_own(supply: &Supply, actor: &Actor) -> Result<(), Rejection> {
    if may_write(actor)? == supply.org {
        Ok(())
    } else {
        Err(Rejection::NotAllowed(Allowed::Supplier))
    }
}

fn stage(supply: &Supply) -> Rejection {
    Rejection::SupplyIs {
        stage: supply.state.stage(),
    }
}

fn changes_today(supply: &Supply, now: Millis) -> Result<(), Rejection> {
    let counts = |e: &&SupplyEvent| {
        let counted = matches!(
            e.what,
            SupplyHappened::Changed
                | SupplyHappened::Submitted
                | SupplyHappened::Paused
                | SupplyHappened::Resumed
        );
        counted && e.at.day() == now.day()
    };
    if supply.history.iter().filter(counts).count() < MAX_EDITS_PER_DAY as usize {
        return Ok(());
    }
    Err(Rejection::LimitReached {
        limit: Limit::SupplyEditsPerDay,
        at_most: MAX_EDITS_PER_DAY,
    })
}

/// Whether the organization may keep it as a draft. One that has been published is changed instead.
///
/// # Errors
/// Why not.
pub fn may_save(supply: &Supply, actor: &Actor) -> Result<(), Rejection> {
    is_own(supply, actor)?;
    match supply.state {
        SupplyState::Draft | SupplyState::Returned { .. } => Ok(()),
        _ => Err(stage(supply)),
    }
}

/// Whether the organization may send it to the bureau.
///
/// # Errors
/// Why not.
pub fn may_send(supply: &Supply, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    may_save(supply, actor)?;
    changes_today(supply, now)
}

/// Whether the organization may change what the bureau already has.
///
/// # Errors
/// Why not.
pub fn may_change(supply: &Supply, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    is_own(supply, actor)?;
    match supply.state {
        SupplyState::Submitted { .. }
        | SupplyState::Published { .. }
        | SupplyState::Paused { .. } => changes_today(supply, now),
        _ => Err(stage(supply)),
    }
}

/// Whether the form of the supply opens: what is written in it can be sent, as a new version or as a change.
///
/// # Errors
/// Why not.
pub fn may_write_again(supply: &Supply, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    match supply.state {
        SupplyState::Draft | SupplyState::Returned { .. } => may_send(supply, actor, now),
        _ => may_change(supply, actor, now),
    }
}

/// Whether the organization may stop taking picks for a while.
///
/// # Errors
/// Why not.
pub fn may_pause(supply: &Supply, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    is_own(supply, actor)?;
    match supply.state {
        SupplyState::Published { .. } => changes_today(supply, now),
        _ => Err(stage(supply)),
    }
}

/// Whether the organization may take picks again.
///
/// # Errors
/// Why not.
pub fn may_resume(supply: &Supply, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    is_own(supply, actor)?;
    match supply.state {
        SupplyState::Paused { .. } => changes_today(supply, now),
        _ => Err(stage(supply)),
    }
}

/// Whether the organization may stop offering it.
///
/// # Errors
/// Why not.
pub fn may_end(supply: &Supply, actor: &Actor) -> Result<(), Rejection> {
    is_own(supply, actor)?;
    match supply.state {
        SupplyState::Ended { .. } | SupplyState::Withdrawn { .. } => Err(stage(supply)),
        _ => Ok(()),
    }
}

/// Whether an officer screens the supplies of organizations registered there: the civil affairs bureau that registered them, or the same
/// department of a region above it in its place.
#[must_use]
pub fn screens(actor: &Actor, registered_in: RegionCode) -> Option<Level> {
    match &actor.role {
        Role::Bureau {
            region,
            department: Department::CivilAffairs,
            ..
        } if region.contains(registered_in) => Some(region.level()),
        _ => None,
    }
}

/// From which level the actor may send the supply back or agree to it.
///
/// # Errors
/// Why not.
pub fn may_screen(supply: &Supply, actor: &Actor) -> Result<Level, Rejection> {
    let level =
        screens(actor, supply.registered_in).ok_or(Rejection::NotAllowed(Allowed::Registrar))?;
    match supply.state {
        SupplyState::Submitted { .. } => Ok(level),
        SupplyState::Draft => Err(missing()),
        _ => Err(stage(supply)),
    }
}

/// From which level the actor may agree to the supply.
///
/// # Errors
/// Why not.
pub fn may_publish(supply: &Supply, actor: &Actor, now: Millis) -> Result<Level, Rejection> {
    let level = may_screen(supply, actor)?;
    if supply.content.to < now.day() {
        return Err(Rejection::SupplyOver);
    }
    Ok(level)
}

fn missing() -> Rejection {
    Rejection::NotFound {
        kind: EntityKind::Supply,
    }
}

/// The place for which the actor may pick places of the supply.
///
/// # Errors
/// Why not.
pub fn may_pick<'a>(
    supply: &Supply,
    actor: &'a Actor,
    now: Millis,
) -> Result<&'a Place, Rejection> {
    let Role::Village { place } = &actor.role else {
        return Err(Rejection::NotAllowed(Allowed::Village));
    };
    let village = place.village;
    let is_known = supply.was_published() && supply.content.reaches(village)
        || supply.picks.iter().any(|p| p.village == village);
    if !is_known {
        return Err(missing());
    }
    if !matches!(supply.state, SupplyState::Published { .. }) {
        return Err(stage(supply));
    }
    if !supply.content.reaches(village) {
        return Err(missing());
    }
    if supply.content.to < now.day() {
        return Err(Rejection::SupplyOver);
    }
    if supply.asked().any(|p| p.village == village) {
        return Err(Rejection::AlreadyPicked);
    }
    if supply.asked().count() >= MAX_ASKED as usize {
        return Err(Rejection::LimitReached {
            limit: Limit::PicksAsked,
            at_most: MAX_ASKED,
        });
    }
    if supply.left() == 0 {
        return Err(gone(supply, 1));
    }
    Ok(place)
}

/// Whether the rules accept these answers for a supply that is sent to the bureau. `before` is what the bureau has already, if it has.
///
/// # Errors
/// The first answer that they do not accept.
pub fn may_be_sent(
    content: &SupplyContent,
    before: Option<&Supply>,
    org: Option<&Organization>,
    now: Millis,
) -> Result<(), Rejection> {
    let org = may_take_part(org)?;
    let had = before.filter(|supply| {
        !matches!(
            supply.state,
            SupplyState::Draft | SupplyState::Returned { .. }
        )
    });
    answers::complete(content, had.map(|s| &s.content), now.day())?;
    answers::served(content, org)?;
    if before.is_none_or(|supply| !supply.was_sent()) {
        may_send_another(org, now)?;
    }
    before.map_or(Ok(()), |supply| keeps_places(supply, content))
}

/// Whether the organization may send one more new supply today.
fn may_send_another(org: &Organization, now: Millis) -> Result<(), Rejection> {
    if org.supplies.on(now.day()).sent < DAILY_SUPPLIES {
        return Ok(());
    }
    Err(Rejection::LimitReached {
        limit: Limit::SuppliesPerDay,
        at_most: DAILY_SUPPLIES,
    })
}

/// The places never go below those that villages hold.
fn keeps_places(supply: &Supply, content: &SupplyContent) -> Result<(), Rejection> {
    let taken = supply.taken();
    if content.places >= taken {
        return Ok(());
    }
    Err(Rejection::BelowPledged {
        item: "名额".to_owned(),
        pledged: u64::from(taken),
        unit: place_unit(),
    })
}
