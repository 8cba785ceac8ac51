//! Who may screen a village's needs.

use crate::actor::{Actor, Department, Role};
use crate::region::{Level, RegionCode};
use crate::rejection::{Allowed, Rejection};

/// A bureau that may screen: with which voice, and from which level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screener {
    /// Whose opinion it is. Each department has one, whichever of its levels gives it.
    pub department: Department,
    /// From which level it is given. The history of a need tells it where it is not the county's.
    pub level: Level,
}

/// The rule: a village's needs are screened by the two departments of its county. An officer of the same departments in the city or the
/// province that the village lies in may do so in the county's place, with the same voice and no other: they have the same powers
/// over their region (`domain.md`, people and what they may see). Towns do not screen.
pub fn screener(actor: &Actor, village: RegionCode) -> Result<Screener, Rejection> {
    let Role::Bureau {
        region, department, ..
    } = &actor.role
    else {
        return Err(Rejection::NotAllowed(Allowed::CountyBureau));
    };
    match region.level() {
        level @ (Level::County | Level::City | Level::Province) if region.contains(village) => {
            Ok(Screener {
                department: *department,
                level,
            })
        }
        _ => Err(Rejection::NotAllowed(Allowed::CountyBureau)),
    }
}
