//! Who may read the audit trail (留痕).

use crate::actor::{Actor, Role};
use crate::region::RegionCode;

/// Whose entries somebody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readable {
    /// Those of a region and all in it.
    Region(RegionCode),
    /// All of them, also those of the installation.
    Everything,
}

/// What the actor may read of the trail: bureaus that of their region, the administrator all of it, nobody else anything.
#[must_use]
pub fn readable(actor: &Actor) -> Option<Readable> {
    match &actor.role {
        Role::Bureau { region, .. } => Some(Readable::Region(*region)),
        Role::Administrator => Some(Readable::Everything),
        _ => None,
    }
}
