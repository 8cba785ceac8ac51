//! Background jobs, each on one server of a database at a time (leader election by a lock of the database).

use crate::group_commit::{Write, Writer};
use crate::ports::Clock;
use crate::storage::{Lead, SharedStorage, Storage, StorageError};
use domain::Millis;
use std::sync::Arc;
use std::time::Duration;

/// How often a server that is not the leader tries to become it.
const ASK_EVERY: Duration = Duration::from_secs(60);
/// How often expired sessions are removed: nothing depends on it but the size of a table.
const REMOVE_EVERY: u32 = 60;

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How much that is due shares a transaction.
const AT_ONCE: usize = 100;

/// Does what is due by now (`domain::jobs`), and says how much there was. Several servers may do this at once: each locks what it decides on, and
/// what another one has done is not due any more.
pub(crate) async fn do_what_is_due(
    storage: &dyn Storage,
    writer: &Writer,
    now: Millis,
) -> Result<usize, StorageError> {
    let mut done = 0;
    loop {
        let rows = storage.due(now, AT_ONCE).await?;
        let found = rows.len();
        if found > 0 {
            writer.write(Write::Due(rows)).await?;
        }
        done += found;
        // What could not be decided stays, and is tried again later.
        if found < AT_ONCE || done > 100 * AT_ONCE {
            return Ok(done);
        }
    }
}

/// Does what is due as its time comes.
pub(crate) async fn keep_time(storage: SharedStorage, writer: Writer, clock: Arc<dyn Clock>) {
    let mut lead: Option<Box<dyn Lead>> = None;
    loop {
        if let Some(held) = &mut lead
            && !held.is_held().await
        {
            lead = None;
        }
        if lead.is_none() {
            lead = storage.try_lead("keep time").await.unwrap_or(None);
        }
        if lead.is_some() {
            match do_what_is_due(&*storage, &writer, clock.now()).await {
                Ok(0) => {}
                Ok(done) => tracing::info!(done, "what was due is done"),
                Err(error) => tracing::warn!(%error, "what is due waits"),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Removes expired sessions hourly. Starting a session removes the person's own expired ones; this removes those of people who
/// never come back.
pub(crate) async fn remove_expired_sessions(storage: SharedStorage, writer: Writer) {
    let mut lead: Option<Box<dyn Lead>> = None;
    let mut minutes = 0;
    loop {
        if let Some(held) = &mut lead
            && !held.is_held().await
        {
            lead = None;
        }
        if lead.is_none() {
            lead = storage
                .try_lead("remove expired sessions")
                .await
                .unwrap_or_else(|error| {
                    tracing::debug!(%error, "nobody can be asked who leads");
                    None
                });
        }
        if lead.is_some() {
            if minutes == 0
                && let Err(error) = writer.write(Write::RemoveExpiredSessions).await
            {
                tracing::warn!(%error, "expired sessions stay for another hour");
            }
            minutes = (minutes + 1) % REMOVE_EVERY;
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}
