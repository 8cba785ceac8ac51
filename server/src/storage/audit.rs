//! The audit trail: who changed what, when, before and after.

use domain::{Entity, Millis, UserId};

/// One entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, by the server.
    pub at: Millis,
    /// Who.
    pub user: String,
    /// From which device; none for what was not a person's mutation.
    pub client: Option<String>,
    /// By which command.
    pub command: String,
    /// The entity's JSON before; none if it was not there.
    pub before: Option<String>,
    /// The entity's JSON after.
    pub after: Option<String>,
}

/// A change to one entity that somebody made in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Millis,
    /// Who.
    pub user: UserId,
    /// By which command.
    pub command: &'static str,
    /// The entity before; none if it was not there.
    pub before: Option<Entity>,
    /// The entity after.
    pub after: Entity,
}
