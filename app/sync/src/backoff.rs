//! Exponential backoff with full jitter: how long to wait after a failure, from one second to five minutes. The jitter keeps
//! a county's phones from all coming back in the same second.

/// The first pause is at most this long.
pub const FIRST_MS: u64 = 1_000;
/// No pause is longer than this.
pub const LONGEST_MS: u64 = 300_000;

/// Counts failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// After a success the next failure starts from the beginning.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure. `random` chooses the pause between 100 ms and the present ceiling.
    pub fn failed(&mut self, random: u64) -> u64 {
        let ceiling = FIRST_MS
            .saturating_mul(1 << self.failures.min(20))
            .min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        // Full jitter, but at least 100 ms: an immediate retry would only repeat the failure.
        100 + random % (ceiling - 99)
    }

    /// How many failures in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_minutes_and_start_again_after_a_success() {
        let mut backoff = Backoff::default();
        for n in 0..40 {
            let pause = backoff.failed(u64::MAX / 3 + n);
            assert!((100..=LONGEST_MS).contains(&pause), "{pause}");
        }
        assert_eq!(backoff.failed(LONGEST_MS - 100), LONGEST_MS);
        backoff.succeeded();
        assert!(backoff.failed(u64::MAX) <= FIRST_MS);
    }
}
