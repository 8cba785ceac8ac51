//! The one place with rules. A command, who gives it, what is known, and the time of the server: the changes it makes,
//! or why it is refused. Deterministic: the same input gives the same answer on the phone and on the server.

mod content;
mod needs;
mod orders;

use crate::actor::Actor;
use crate::command::Command;
use crate::entity::{Entity, Snapshot};
use crate::rejection::Rejection;
use crate::time::Millis;

pub use content::{
    MAX_DAYS_AHEAD, MAX_DETAILS, MAX_ITEMS, MAX_QUANTITY, MAX_TITLE, MAX_WORDS, MIN_TITLE,
};
pub use orders::{OPEN_ORDERS_LIMIT, WANTED_CLOSING_PERCENT};

/// What a command changes: the new state of every entity it touches, all or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The entities as they are afterwards.
    pub puts: Vec<Entity>,
}

impl Changes {
    fn of(puts: impl Into<Vec<Entity>>) -> Self {
        Self { puts: puts.into() }
    }
}

/// Decides a command. `known` must hold everything that [`Command::reads`] names; what it does not hold counts as
/// absent. `now` is the server's time on the server and an estimate on the phone.
///
/// # Errors
/// A [`Rejection`] that says what the person needs to go on; nothing has changed then.
pub fn decide(
    command: &Command,
    actor: &Actor,
    known: &Snapshot,
    now: Millis,
) -> Result<Changes, Rejection> {
    match command {
        Command::SaveNeed(c) => needs::save(c, actor, known, now),
        Command::PostNeed(c) => needs::post(c, actor, known, now),
        Command::SubmitNeed(c) => needs::submit(c, actor, known, now),
        Command::EditNeed(c) => needs::edit(c, actor, known, now),
        Command::WithdrawNeed(c) => needs::withdraw(c, actor, known, now),
        Command::ScreenNeed(c) => needs::screen(c, actor, known, now),
        Command::TakeOrder(c) => orders::take(c, actor, known, now),
        Command::ReleaseOrder(c) => orders::release(c, actor, known, now),
        Command::ReportProgress(c) => orders::report_progress(c, actor, known, now),
        Command::MarkDelivered(c) => orders::mark_delivered(c, actor, known, now),
        Command::ConfirmDelivery(c) => orders::confirm(c, actor, known, now),
        Command::DisputeDelivery(c) => orders::dispute(c, actor, known, now),
    }
}
