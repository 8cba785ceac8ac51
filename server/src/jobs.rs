//! Background jobs, each on one server of a database at a time (leader election by a lock of the database).

use crate::designation_loads;
use crate::group_commit::{Write, Writer};
use crate::installation;
use crate::ports::Clock;
use crate::storage::due::DueRow;
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
    let mut after: Option<DueRow> = None;
    loop {
        // What could not be decided stays, and is tried again later; it must not keep what comes behind it waiting.
        let rows = storage.due(now, after.as_ref(), AT_ONCE).await?;
        let found = rows.len();
        let Some(last) = rows.last().cloned() else {
            return Ok(done);
        };
        match writer.write(Write::Due(rows.clone())).await {
            Ok(()) => done += found,
            Err(error) => {
                tracing::warn!(%error, found, "what is due is done one by one");
                done += one_by_one(storage, writer, rows).await?;
            }
        }
        if found < AT_ONCE || done > 100 * AT_ONCE {
            return Ok(done);
        }
        after = Some(last);
    }
}

/// Does each alone, so that one that cannot be done fails no other, and says how many were done.
async fn one_by_one(
    storage: &dyn Storage,
    writer: &Writer,
    rows: Vec<DueRow>,
) -> Result<usize, StorageError> {
    let mut done = 0;
    for row in rows {
        match writer.write(Write::Due(vec![row.clone()])).await {
            Ok(()) => done += 1,
            Err(StorageError::Stopped) => return Err(StorageError::Stopped),
            Err(error) => {
                // Nothing can be done while the database does not answer.
                storage.meta("epoch").await?;
                tracing::error!(%error, job = %row.job, kind = %row.kind, id = %row.id, "what is due was not done");
            }
        }
    }
    Ok(done)
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
            if let Err(error) = designation_loads::finish(&*storage, &writer).await {
                tracing::warn!(%error, "a list of designations is carried out later");
            }
            match do_what_is_due(&*storage, &writer, clock.now()).await {
                Ok(0) => {}
                Ok(done) => tracing::info!(done, "what was due is done"),
                Err(error) => tracing::warn!(%error, "what is due waits"),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// From this time in Hunan on, everything is counted again.
const NIGHT_FROM_MS: i64 = 3 * 3_600_000;
/// From this time on not any more: it would be in the way of people.
const NIGHT_UNTIL_MS: i64 = 5 * 3_600_000;

/// Whether everything is to be counted again now: in the night, and not if that was done in this one.
fn is_to_be_counted(now: Millis, last: Option<Millis>) -> bool {
    let midnight = now.day().start();
    let (from, until) = (midnight.plus(NIGHT_FROM_MS), midnight.plus(NIGHT_UNTIL_MS));
    (from..until).contains(&now) && last.is_none_or(|last| last < from)
}

/// Counts everything again if it is night and nobody has in this one, and says whether it did. Of several servers one does it.
pub(crate) async fn recount_at_night(
    storage: &dyn Storage,
    now: Millis,
) -> Result<bool, StorageError> {
    let last = async || {
        let last = installation::last_recount(storage).await?;
        Ok::<_, StorageError>(last.map(|result| result.at))
    };
    if !is_to_be_counted(now, last().await?) {
        return Ok(false);
    }
    let Some(_lead) = storage.try_lead("count again at night").await? else {
        return Ok(false);
    };
    // Another one may have led until now.
    if !is_to_be_counted(now, last().await?) {
        return Ok(false);
    }
    installation::recount(storage, now).await?;
    Ok(true)
}

/// Counts everything again each night.
pub(crate) async fn keep_counting(storage: SharedStorage, clock: Arc<dyn Clock>) {
    loop {
        if let Err(error) = recount_at_night(&*storage, clock.now()).await {
            tracing::error!(%error, "the nightly recount could not be made");
        }
        tokio::time::sleep(ASK_EVERY).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_counted_once_in_each_night() {
        let midnight = Millis(1_795_500_000_000).day().start();
        let at = |hours: i64| midnight.plus(hours * 3_600_000);
        assert!(!is_to_be_counted(at(2), None));
        assert!(is_to_be_counted(at(3), None));
        assert!(is_to_be_counted(at(4), Some(at(3 - 24))));
        assert!(!is_to_be_counted(at(4), Some(at(3))));
        assert!(!is_to_be_counted(at(5), None), "people get up");
        assert!(!is_to_be_counted(at(14), None));
        assert!(is_to_be_counted(at(27), Some(at(4))), "the next night");
    }
}
