//! What a rule is: a command, who gives it, what is known and the time give the changes it makes, or a rejection.

use crate::actor::Actor;
use crate::kinds::{Entity, Key, Known, NotLoaded};
use crate::rejection::Rejection;
use crate::time::Millis;

/// What a command changes: the new state of every entity it touches, all or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The entities as they are afterwards.
    pub puts: Vec<Entity>,
}

impl Changes {
    pub(crate) fn of(puts: impl Into<Vec<Entity>>) -> Self {
        Self { puts: puts.into() }
    }
}

/// Why a rule came to no changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// The rule asked for an entity that has not been looked up. Load it and decide again.
    NotLoaded(Key),
    /// The command is rejected.
    Rejected(Rejection),
}

impl From<NotLoaded> for Undecided {
    fn from(NotLoaded(key): NotLoaded) -> Self {
        Self::NotLoaded(key)
    }
}

impl From<Rejection> for Undecided {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// What a rule says.
pub type Decision = Result<Changes, Undecided>;

/// A command's rule.
pub trait Act {
    /// What the command is about: the need or order a person would name.
    fn subject(&self) -> Key;

    /// Decides. `now` is the server's time on the server and an estimate on the phone.
    ///
    /// # Errors
    /// [`Undecided`]: something must be loaded first, or the command is rejected and nothing changes.
    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision;
}
