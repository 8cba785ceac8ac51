//! Who may read the audit trail (留痕).

use crate::actor::{Actor, Role};
use crate::ids::UserId;
use crate::jobs::SYSTEM;
use crate::region::RegionCode;

/// Whom the trail names for what was done with a sub-command of the server: no person has this identifier.
pub const TERMINAL: UserId = UserId(uuid::Uuid::max());

/// Who stands behind an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person with an account.
    Person(UserId),
    /// What happens by itself when its time has come.
    System,
    /// Somebody at the server's terminal.
    Terminal,
}

impl Author {
    /// Whom an identifier in the trail means.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        match user {
            SYSTEM => Self::System,
            TERMINAL => Self::Terminal,
            person => Self::Person(person),
        }
    }

    /// The person, if it is one.
    #[must_use]
    pub fn person(self) -> Option<UserId> {
        match self {
            Self::Person(user) => Some(user),
            Self::System | Self::Terminal => None,
        }
    }

    /// The name on screen of whoever is no person.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Person(_) => None,
            Self::System => Some("系统"),
            Self::Terminal => Some("服务器终端"),
        }
    }
}

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
