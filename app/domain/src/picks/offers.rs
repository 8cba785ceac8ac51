//! What a person may do with a pick now. The rules begin with these, and pages offer nothing that they refuse.

use super::model::{Pick, PickState};
use crate::actor::{Actor, Role};
use crate::orders::offers::may_hold_more;
use crate::organizations::Organization;
use crate::organizations::offers::may_take_part;
use crate::rejection::{Allowed, Rejection};
use crate::supplies::{Supply, SupplyState};
use crate::terms::Terms;

fn unanswered(pick: &Pick) -> Result<(), Rejection> {
    match pick.state {
        PickState::Proposed => Ok(()),
        _ => Err(Rejection::PickIs {
            stage: pick.state.stage(),
        }),
    }
}

/// Whether the actor's organization may decline the pick.
///
/// # Errors
/// Why not.
pub fn may_decline(pick: &Pick, actor: &Actor) -> Result<(), Rejection> {
    match &actor.role {
        Role::Member { org, .. } if *org == pick.org => unanswered(pick),
        _ => Err(Rejection::NotAllowed(Allowed::Supplier)),
    }
}

/// Whether the actor's organization may accept the pick, at least one place of it. A supply that is paused takes no new picks, and those
/// that came before may be accepted; so may those on the wording that was published last, while a change of it waits for the bureau.
///
/// # Errors
/// Why not.
pub fn may_accept(
    pick: &Pick,
    supply: &Supply,
    org: Option<&Organization>,
    terms: &Terms,
    actor: &Actor,
) -> Result<(), Rejection> {
    may_decline(pick, actor)?;
    match supply.state {
        SupplyState::Published { .. } | SupplyState::Paused { .. } => {}
        SupplyState::Submitted { .. } | SupplyState::Returned { .. } | SupplyState::Draft
            if supply.published.is_some() => {}
        _ => {
            return Err(Rejection::SupplyIs {
                stage: supply.state.stage(),
            });
        }
    }
    let org = may_take_part(org)?;
    if !org.serves(pick.place.village) {
        return Err(Rejection::NotServed {
            county_name: pick.place.county_name.clone(),
        });
    }
    may_hold_more(org, terms)?;
    // The village agreed to what it had read, and to nothing else.
    crate::supplies::offers::as_published(supply, pick.seen)?;
    if supply.left() == 0 {
        return Err(crate::supplies::offers::gone(supply, pick.places));
    }
    Ok(())
}

/// Whether the village may take the pick back.
///
/// # Errors
/// Why not.
pub fn may_withdraw(pick: &Pick, actor: &Actor) -> Result<(), Rejection> {
    match &actor.role {
        Role::Village { place } if place.village == pick.place.village => unanswered(pick),
        _ => Err(Rejection::NotAllowed(Allowed::Village)),
    }
}
