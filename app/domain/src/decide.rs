//! Deciding: a pure function from command, actor, known entities and time to changes or a rejection (command handler). The same
//! input gives the same answer on the phone (optimistic update) and on the server, whose answer counts.

use crate::act::{Changes, Decision, Undecided};
use crate::actor::Actor;
use crate::commands::Command;
use crate::kinds::{Entity, Key, Known};
use crate::rejection::Rejection;
use crate::time::Millis;

/// Decides a command once, on what is known.
///
/// # Errors
/// [`Undecided`]: something must be loaded first, or the command is rejected and nothing changes.
pub fn decide(command: &Command, actor: &Actor, known: &Known, now: Millis) -> Decision {
    command.decide(actor, known, now)
}

/// Decides a command, loading what its rule asks for, one entity at a time: an order leads to its need, a need to its county.
/// `known` keeps what was loaded.
///
/// # Errors
/// What `load` failed with; inside, why the command is rejected.
pub async fn decide_loading<E>(
    command: &Command,
    actor: &Actor,
    known: &mut Known,
    now: Millis,
    mut load: impl AsyncFnMut(Key) -> Result<Option<Entity>, E>,
) -> Result<Result<Changes, Rejection>, E> {
    loop {
        match command.decide(actor, known, now) {
            Ok(changes) => return Ok(Ok(changes)),
            Err(Undecided::Rejected(rejection)) => return Ok(Err(rejection)),
            Err(Undecided::NotLoaded(key)) => {
                let entity = load(key).await?;
                known.insert(key, entity);
            }
        }
    }
}

/// Decides a command on entities that lie in memory.
///
/// # Errors
/// Why it is rejected.
pub fn decide_on(
    command: &Command,
    actor: &Actor,
    now: Millis,
    find: impl Fn(&Key) -> Option<Entity>,
) -> Result<Changes, Rejection> {
    let mut known = Known::default();
    loop {
        match command.decide(actor, &known, now) {
            Ok(changes) => return Ok(changes),
            Err(Undecided::Rejected(rejection)) => return Err(rejection),
            Err(Undecided::NotLoaded(key)) => known.insert(key, find(&key)),
        }
    }
}
