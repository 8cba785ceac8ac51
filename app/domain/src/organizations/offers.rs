//! What a person may do with an organization now. The rules begin with these, and pages offer nothing that they refuse.

use super::model::{OrgStage, OrgState, Organization};
use crate::actor::{Actor, Department, Role};
use crate::answers::invalid;
use crate::kinds::EntityKind;
use crate::rejection::{Allowed, Field, Problem, Rejection};

/// Whether an organization may take something on. Without `org` nothing is known of it.
///
/// # Errors
/// Why not.
pub fn may_take_part(org: Option<&Organization>) -> Result<&Organization, Rejection> {
    let org = org.ok_or(Rejection::OrganizationNotApproved)?;
    match &org.state {
        Some(OrgState::Suspended { words, until, .. }) => Err(Rejection::OrganizationSuspended {
            words: words.clone(),
            until: *until,
        }),
        _ if org.approved => Ok(org),
        _ => Err(Rejection::OrganizationNotApproved),
    }
}

/// Whether nothing new may come to the organization for now. Who does not hold its row leaves the answer to the server.
///
/// # Errors
/// It is suspended, with the bureau's words.
pub fn may_be_asked(org: Option<&Organization>) -> Result<(), Rejection> {
    match may_take_part(org) {
        Err(suspended @ Rejection::OrganizationSuspended { .. }) => Err(suspended),
        _ => Ok(()),
    }
}

/// Whether the actor may register an organization under a code. `there` is what stands under the code already.
///
/// # Errors
/// Why not.
pub fn may_register(there: Option<&Organization>, actor: &Actor) -> Result<(), Rejection> {
    if actor.role != Role::Applicant {
        return Err(Rejection::NotAllowed(Allowed::Applicant));
    }
    match there.map(Organization::stage) {
        // A code that was refused is free again: its owner must not be kept out by whoever was first.
        None | Some(OrgStage::Refused) => Ok(()),
        Some(_) => Err(Rejection::AlreadyExists {
            kind: EntityKind::Organization,
        }),
    }
}

/// Whether an applicant may register one more organization there: one at a time, in a region that is in use. `waiting` is the name of another
/// organization of theirs that waits for its bureau; only the server knows both for certain, so it asks this beside the rule.
///
/// # Errors
/// Why not.
pub fn may_apply(waiting: Option<&str>, place_is_in_use: bool) -> Result<(), Rejection> {
    if let Some(name) = waiting {
        return Err(Rejection::AlreadyApplied {
            name: name.to_owned(),
        });
    }
    if !place_is_in_use {
        return Err(invalid(Field::RegisteredIn, Problem::NoSuchPlace));
    }
    Ok(())
}

/// Whether the actor may change what the organization says of itself: its owner, or before it is let in who registered it.
///
/// # Errors
/// Why not.
pub fn may_change(org: &Organization, actor: &Actor) -> Result<(), Rejection> {
    let is_theirs = match &actor.role {
        Role::Member {
            org: own, owner, ..
        } => *own == org.code && *owner && org.stage().is_known(),
        Role::Applicant => org.applicant == Some(actor.user) && !org.stage().is_known(),
        _ => false,
    };
    if is_theirs {
        Ok(())
    } else {
        Err(Rejection::NotAllowed(Allowed::Owner))
    }
}

/// Whether the actor is an officer of the civil affairs bureau that registered the organization.
fn by_registrar(org: &Organization, actor: &Actor) -> Result<(), Rejection> {
    match &actor.role {
        Role::Bureau {
            region,
            department: Department::CivilAffairs,
            ..
        } if *region == org.registered_in => Ok(()),
        _ => Err(Rejection::NotAllowed(Allowed::CivilAffairs)),
    }
}

fn stage(org: &Organization) -> Rejection {
    Rejection::OrganizationIs { stage: org.stage() }
}

/// Whether the actor may let the organization in or not, or agree to a change or not.
///
/// # Errors
/// Why not.
pub fn may_decide(org: &Organization, actor: &Actor) -> Result<(), Rejection> {
    by_registrar(org, actor)?;
    if org.waits_for_bureau() {
        Ok(())
    } else {
        Err(stage(org))
    }
}

/// Whether the actor may suspend the organization.
///
/// # Errors
/// Why not.
pub fn may_suspend(org: &Organization, actor: &Actor) -> Result<(), Rejection> {
    by_registrar(org, actor)?;
    match org.stage() {
        OrgStage::Approved => Ok(()),
        _ => Err(stage(org)),
    }
}

/// Whether the actor may end the organization's suspension.
///
/// # Errors
/// Why not.
pub fn may_lift(org: &Organization, actor: &Actor) -> Result<(), Rejection> {
    by_registrar(org, actor)?;
    match org.stage() {
        OrgStage::Suspended => Ok(()),
        _ => Err(stage(org)),
    }
}

/// The organization whose members the actor invites and removes: its owners', while it takes part or is suspended.
///
/// # Errors
/// Why not.
pub fn may_manage_members(actor: &Actor) -> Result<crate::credit::CreditCode, Rejection> {
    match &actor.role {
        Role::Member {
            org, owner: true, ..
        } => Ok(*org),
        _ => Err(Rejection::NotAllowed(Allowed::Owner)),
    }
}
