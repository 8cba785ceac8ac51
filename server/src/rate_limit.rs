//! Rate limiting with a token bucket for each key, in memory.

use domain::Millis;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A token bucket per key, in memory: `burst` attempts at once, then one every `refill_ms`.
#[derive(Debug)]
pub struct RateLimit<K> {
    burst: u32,
    refill_ms: i64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Millis,
}

/// With more buckets than this, full ones are dropped, since a full bucket is the same as none. Keys come from outside, so if that does
/// not help, some of the others go too: memory is bounded, and whoever could fill it forgets as much of what they did as of what others did.
const SWEEP_AT: usize = 50_000;

impl<K: Eq + Hash> RateLimit<K> {
    /// A limit of `burst` attempts at once and one more every `refill_ms`.
    #[must_use]
    pub fn new(burst: u32, refill_ms: i64) -> Self {
        Self {
            burst,
            refill_ms,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one attempt, or says how many seconds are missing.
    pub fn take(&self, key: K, now: Millis) -> Result<(), u64> {
        let mut buckets = self.lock();
        if buckets.len() >= SWEEP_AT {
            buckets.retain(|_, b| self.filled(*b, now) < f64::from(self.burst));
            let mut more = buckets.len().saturating_sub(SWEEP_AT * 9 / 10);
            buckets.retain(|_, _| {
                let goes = more > 0;
                more = more.saturating_sub(1);
                !goes
            });
        }
        let before = buckets
            .get(&key)
            .map_or(f64::from(self.burst), |b| self.filled(*b, now));
        if before < 1.0 {
            let missing_ms = (1.0 - before) * self.refill_ms as f64;
            return Err((missing_ms / 1000.0).ceil().max(1.0) as u64);
        }
        buckets.insert(
            key,
            Bucket {
                tokens: before - 1.0,
                at: now,
            },
        );
        Ok(())
    }

    /// Gives a token back, because the attempt was successful.
    pub fn give_back(&self, key: &K) {
        if let Some(bucket) = self.lock().get_mut(key) {
            bucket.tokens = (bucket.tokens + 1.0).min(f64::from(self.burst));
        }
    }

    fn filled(&self, bucket: Bucket, now: Millis) -> f64 {
        let gained = now.since(bucket.at) as f64 / self.refill_ms as f64;
        (bucket.tokens + gained).min(f64::from(self.burst))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_run_out_and_come_back_with_time() {
        let limit = RateLimit::new(2, 30_000);
        let t = Millis(1_000_000);
        assert_eq!(limit.take("a", t), Ok(()));
        assert_eq!(limit.take("a", t), Ok(()));
        assert_eq!(limit.take("a", t), Err(30));
        assert_eq!(limit.take("b", t), Ok(()), "another key has its own bucket");
        assert_eq!(limit.take("a", t.plus(29_000)), Err(1));
        assert_eq!(limit.take("a", t.plus(30_000)), Ok(()));
    }

    #[test]
    fn many_keys_do_not_fill_the_memory() {
        let limit = RateLimit::new(2, 30_000);
        for key in 0..3 * SWEEP_AT {
            assert_eq!(limit.take(key, Millis(0)), Ok(()));
        }
        assert!(limit.lock().len() <= SWEEP_AT);
    }

    #[test]
    fn a_good_attempt_costs_nothing() {
        let limit = RateLimit::new(1, 30_000);
        for _ in 0..5 {
            assert_eq!(limit.take("a", Millis(0)), Ok(()));
            limit.give_back(&"a");
        }
    }
}
