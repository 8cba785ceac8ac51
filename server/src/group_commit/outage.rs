//! Whether writing works, as the last transaction has shown.

use crate::storage::StorageError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// While nothing can be written, somebody who asks has it tried again, but not more often than this.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Whether writing works, as the last transaction has shown.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Option<Failing>>);

#[derive(Debug)]
struct Failing {
    reason: &'static str,
    tried_at: Option<Instant>,
}

impl Outage {
    /// Something was written.
    pub(crate) fn is_over(&self) {
        if self.lock().take().is_some() {
            tracing::info!("the database takes changes again");
        }
    }

    /// Something could not be written. What lies in the request and not in the database is no outage.
    pub(crate) fn note(&self, error: &StorageError) {
        if !error.is_outage() {
            return;
        }
        let mut failing = self.lock();
        let tried_at = failing.as_ref().and_then(|failing| failing.tried_at);
        let reason = if error.is_disk_full() {
            "the disk is full"
        } else {
            "the database takes no changes"
        };
        *failing = Some(Failing { reason, tried_at });
    }

    /// Why nothing can be written, if that is so.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        self.lock().as_ref().map(|failing| failing.reason)
    }

    /// Whether it is time to find out if the outage is over. Who is told so does it.
    pub(crate) fn should_try(&self) -> bool {
        let mut failing = self.lock();
        let Some(failing) = failing.as_mut() else {
            return false;
        };
        let due = failing.tried_at.is_none_or(|at| at.elapsed() >= TRY_EVERY);
        if due {
            failing.tried_at = Some(Instant::now());
        }
        due
    }

    fn lock(&self) -> MutexGuard<'_, Option<Failing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_lasts_until_something_was_written() {
        let outage = Outage::default();
        assert!(!outage.should_try() && outage.reason().is_none());
        outage.note(&StorageError::Data("of one request".to_owned()));
        assert_eq!(outage.reason(), None);
        outage.note(&StorageError::Database(sqlx::Error::PoolTimedOut));
        assert_eq!(outage.reason(), Some("the database takes no changes"));
        assert!(outage.should_try());
        assert!(!outage.should_try(), "not so soon again");
        outage.is_over();
        assert_eq!(outage.reason(), None);
    }
}
