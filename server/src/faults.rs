//! Fault injection for the simulation (mutation testing).

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Injected faults, switched on one at a time: the simulation must notice each of them.
///
/// Without feature `faults` every question here is answered with a constant `false` and the compiler removes it.
#[derive(Debug, Default)]
pub struct Faults {
    switched: [AtomicBool; Fault::ALL.len()],
    failing_commits: AtomicU32,
}

/// One injected fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The client's last sequence number is committed before the transaction that does the work.
    SequenceOutsideTransaction,
    /// Rows are stamped with the version before the one that is given out as the cursor.
    FeedVersionTooEarly,
    /// A mutation takes effect but its verdict is not kept.
    VerdictNotStored,
    /// A rejected mutation does not advance the sequence.
    RejectionDoesNotAdvance,
    /// When an entity leaves a feed, no tombstone is written there.
    GoneNotWritten,
    /// A mutation that came under another client before takes effect again.
    DuplicateNotRecognised,
    /// Feeds that were taken away are still served.
    RevokedFeedsServed,
    /// A request that names another person than the session is taken for the session's.
    UserNotCompared,
}

impl Fault {
    /// Every injected fault.
    pub const ALL: [Self; 8] = [
        Self::SequenceOutsideTransaction,
        Self::FeedVersionTooEarly,
        Self::VerdictNotStored,
        Self::RejectionDoesNotAdvance,
        Self::GoneNotWritten,
        Self::DuplicateNotRecognised,
        Self::RevokedFeedsServed,
        Self::UserNotCompared,
    ];
}

impl Faults {
    /// Switches a fault on or off.
    pub fn switch(&self, fault: Fault, on: bool) {
        self.switched[fault as usize].store(on, Ordering::SeqCst);
    }

    /// Lets the next `n` commits fail, as a full disk would. This is a fault of the environment, which the server must handle.
    pub fn fail_commits(&self, n: u32) {
        self.failing_commits.store(n, Ordering::SeqCst);
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        cfg!(feature = "faults") && self.switched[fault as usize].load(Ordering::SeqCst)
    }

    pub(crate) fn commit_fails(&self) -> bool {
        cfg!(feature = "faults")
            && self
                .failing_commits
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                .is_ok()
    }
}
