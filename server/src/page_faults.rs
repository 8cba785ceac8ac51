//! Crash reports of pages: rate limit, log line, and counters.

use crate::networks::network_of;
use crate::rate_limit::RateLimit;
use api::{ApiError, FaultReport};
use domain::Millis;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Reports from one network: six at once, then one every ten minutes.
const PER_NETWORK: (u32, i64) = (6, 10 * 60_000);
/// Reports from everywhere: 120 at once, then one every half minute. A release that fails everywhere is known by then.
const FROM_EVERYWHERE: (u32, i64) = (120, 30_000);
/// At most this many builds are counted by name. The names come from outside, so the number of counters must be bounded.
const MAX_BUILDS: usize = 20;
/// The name under which all further builds are counted; no build of ours has it.
const OTHER: &str = "other";

/// Takes note of what pages tell about faults of the program: a line in the log and a counter. The sender's address is used for
/// the rate limit only.
#[derive(Debug)]
pub struct PageFaults {
    by_network: RateLimit<IpAddr>,
    everywhere: RateLimit<()>,
    by_build: Mutex<BTreeMap<String, u64>>,
}

impl Default for PageFaults {
    fn default() -> Self {
        Self {
            by_network: RateLimit::new(PER_NETWORK.0, PER_NETWORK.1),
            everywhere: RateLimit::new(FROM_EVERYWHERE.0, FROM_EVERYWHERE.1),
            by_build: Mutex::default(),
        }
    }
}

impl PageFaults {
    /// Writes the report to the log and counts it, or says why not.
    pub fn take(&self, from: IpAddr, report: &FaultReport, now: Millis) -> Result<(), ApiError> {
        let limited = |retry_after_s| ApiError::TooManyAttempts { retry_after_s };
        self.everywhere.take((), now).map_err(limited)?;
        if let Err(retry_after_s) = self.by_network.take(network_of(from), now) {
            // The limit of each network is checked first, so that one network cannot exhaust the common limit.
            self.everywhere.give_back(&());
            return Err(limited(retry_after_s));
        }
        report.check()?;
        // The log is text of our own alphabet: `check` has let nothing else through.
        tracing::warn!(
            target: "page_fault",
            build = report.build,
            page = report.page,
            code = report.code(),
            kind = report.kind,
            stack = report.stack.join(" "),
            "a page reported a fault of the program"
        );
        self.count(&report.build);
        Ok(())
    }

    fn count(&self, build: &str) {
        let mut by_build = self.by_build.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_build.contains_key(build) || by_build.len() < MAX_BUILDS;
        let name = if known { build } else { OTHER };
        *by_build.entry(name.to_owned()).or_default() += 1;
    }

    /// How many were taken since the start, by build.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.by_build
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn report(build: &str) -> FaultReport {
        FaultReport {
            build: build.to_owned(),
            page: "/".to_owned(),
            kind: "unreachable".to_owned(),
            stack: vec![],
        }
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_network_tells_six_times_and_then_has_to_wait() {
        let faults = PageFaults::default();
        let now = Millis(HOUR);
        for _ in 0..6 {
            assert_eq!(faults.take(address("192.0.2.1"), &report("a"), now), Ok(()));
        }
        let limited = Err(ApiError::TooManyAttempts { retry_after_s: 600 });
        for same in ["192.0.2.1", "::ffff:192.0.2.1"] {
            assert_eq!(
                faults.take(address(same), &report("a"), now),
                limited,
                "{same}"
            );
        }
        assert_eq!(faults.take(address("192.0.2.2"), &report("a"), now), Ok(()));
        let later = now.plus(10 * 60_000);
        assert_eq!(
            faults.take(address("192.0.2.1"), &report("a"), later),
            Ok(())
        );
        assert_eq!(faults.counts(), BTreeMap::from([("a".to_owned(), 8)]));
    }

    #[test]
    fn all_networks_together_have_a_limit_and_one_alone_does_not_use_it_up() {
        let faults = PageFaults::default();
        let now = Millis(HOUR);
        for _ in 0..1_000 {
            drop(faults.take(address("192.0.2.1"), &report("a"), now));
        }
        let taken = (0..200_u8)
            .filter(|n| {
                let from = IpAddr::from([198, 51, 100, *n]);
                faults.take(from, &report("a"), now).is_ok()
            })
            .count();
        assert_eq!(taken, 120 - 6);
    }

    #[test]
    fn what_is_refused_is_not_counted() {
        let faults = PageFaults::default();
        let refused = faults.take(address("192.0.2.1"), &report("<b>"), Millis(HOUR));
        assert!(matches!(refused, Err(ApiError::Malformed { .. })));
        assert_eq!(faults.counts(), BTreeMap::new());
    }

    #[test]
    fn twenty_builds_are_counted_by_name_and_all_others_together() {
        let faults = PageFaults::default();
        for n in 0..30 {
            faults.count(&format!("build-{n}"));
        }
        faults.count("build-3");
        let counts = faults.counts();
        assert_eq!(counts.len(), 21);
        assert_eq!((counts["other"], counts["build-3"]), (10, 2));
    }
}
