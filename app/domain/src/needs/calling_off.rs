//! What was asked of organizations about a need ends with it, however it ends.

use super::model::Need;
use crate::dispatches::DispatchState;
use crate::kinds::{Entity, Known, NotLoaded};
use crate::time::Millis;

/// A need that is of use no more asks nobody any more.
pub(crate) fn called_off(
    need: &Need,
    known: &Known,
    now: Millis,
) -> Result<Vec<Entity>, NotLoaded> {
    let mut puts = Vec::new();
    for asked in &need.asked {
        if let Some(mut dispatch) = known.dispatch(asked.dispatch)?.cloned()
            && dispatch.state == DispatchState::Open
        {
            dispatch.state = DispatchState::Withdrawn { at: now };
            dispatch.updated_at = now;
            puts.push(Entity::from(dispatch));
        }
    }
    Ok(puts)
}

/// Nobody waits for the need or is asked to take it any more.
pub(super) fn ends(need: &mut Need) {
    need.waiting.clear();
    need.offer = None;
    need.asked.clear();
}
