//! Background jobs, each on one server of a database at a time (leader election by a lock of the database).

use crate::group_commit::{Write, Writer};
use crate::storage::{Lead, SharedStorage};
use std::time::Duration;

/// How often a server that is not the leader tries to become it.
const ASK_EVERY: Duration = Duration::from_secs(60);
/// How often expired sessions are removed: nothing depends on it but the size of a table.
const REMOVE_EVERY: u32 = 60;

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
