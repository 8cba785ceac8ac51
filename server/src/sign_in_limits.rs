//! Limits on signing in: for an account, for a network, and for many accounts tried from one network.
//!
//! In memory of this process: several servers on one database count each for itself, and a restart forgets. An account is never
//! locked: who tries wrong passwords for somebody else's number uses up what strangers may try, while a device on which that
//! person has signed in before keeps its own count (device cookies, as OWASP describes them).

use crate::devices::KnownDevice;
use crate::networks::network_of;
use crate::rate_limit::RateLimit;
use domain::Millis;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Attempts for one number from devices nobody knows: ten at once, then one every half minute. Successful ones are not counted.
const PER_ACCOUNT: (u32, i64) = (10, 30_000);
/// Attempts from one known device.
const PER_DEVICE: (u32, i64) = (10, 30_000);
/// Attempts from one network. A whole township office may share one address, so the limit is generous.
const PER_NETWORK: (u32, i64) = (200, 1_000);
/// Different numbers that were tried in vain from one network: thirty, then one every two minutes.
const NUMBERS_PER_NETWORK: (u32, i64) = (30, 120_000);
/// A number that was tried in vain from a network counts once in this time.
const SAME_NUMBER_MS: i64 = 3_600_000;
/// A network that tries many numbers is told of in the log once in this time.
const NOTICE_EVERY_MS: i64 = 3_600_000;

/// Who wants to sign in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    /// The number, normalised.
    pub(crate) phone: &'a str,
    /// From where.
    pub(crate) from: IpAddr,
    /// The device, if this person has signed in on it before.
    pub(crate) device: Option<KnownDevice>,
}

/// What an attempt has used up, which a successful one gets back.
#[derive(Debug)]
pub(crate) struct Admitted {
    is_new_number: bool,
}

/// The counts.
#[derive(Debug)]
pub(crate) struct SignInLimits {
    by_account: RateLimit<String>,
    by_device: RateLimit<KnownDevice>,
    by_network: RateLimit<IpAddr>,
    numbers: RateLimit<IpAddr>,
    tried: RateLimit<(IpAddr, String)>,
    noticed: RateLimit<IpAddr>,
    refused: [AtomicU64; 4],
}

/// Why an attempt was refused, for the numbers about the server.
#[derive(Clone, Copy)]
enum Why {
    Account,
    Device,
    Network,
    Numbers,
}

/// The names of [`Why`], in its order.
const REASONS: [&str; 4] = ["account", "device", "network", "numbers"];

impl Default for SignInLimits {
    fn default() -> Self {
        let limit = |(burst, refill_ms)| RateLimit::new(burst, refill_ms);
        Self {
            by_account: RateLimit::new(PER_ACCOUNT.0, PER_ACCOUNT.1),
            by_device: RateLimit::new(PER_DEVICE.0, PER_DEVICE.1),
            by_network: limit(PER_NETWORK),
            numbers: limit(NUMBERS_PER_NETWORK),
            tried: RateLimit::new(1, SAME_NUMBER_MS),
            noticed: limit((1, NOTICE_EVERY_MS)),
            refused: Default::default(),
        }
    }
}

impl SignInLimits {
    /// Whether somebody may try, or how many seconds they have to wait.
    pub(crate) fn admit(&self, attempt: Attempt<'_>, now: Millis) -> Result<Admitted, u64> {
        if let Some(device) = attempt.device {
            return self
                .by_device
                .take(device, now)
                .map(|()| Admitted {
                    is_new_number: false,
                })
                .map_err(|wait| self.refuse(Why::Device, wait));
        }
        let network = network_of(attempt.from);
        self.by_network
            .take(network, now)
            .map_err(|wait| self.refuse(Why::Network, wait))?;
        let pair = (network, attempt.phone.to_owned());
        let is_new_number = self.tried.take(pair.clone(), now).is_ok();
        if is_new_number && let Err(wait) = self.numbers.take(network, now) {
            self.tried.give_back(&pair);
            if self.noticed.take(network, now).is_ok() {
                tracing::warn!(%network, "many numbers are tried from one network; more have to wait");
            }
            return Err(self.refuse(Why::Numbers, wait));
        }
        self.by_account
            .take(attempt.phone.to_owned(), now)
            .map_err(|wait| self.refuse(Why::Account, wait))?;
        Ok(Admitted { is_new_number })
    }

    /// The attempt was successful, and costs nothing.
    pub(crate) fn give_back(&self, attempt: Attempt<'_>, admitted: &Admitted) {
        if let Some(device) = &attempt.device {
            self.by_device.give_back(device);
            return;
        }
        let network = network_of(attempt.from);
        self.by_network.give_back(&network);
        self.by_account.give_back(&attempt.phone.to_owned());
        if admitted.is_new_number {
            self.tried.give_back(&(network, attempt.phone.to_owned()));
            self.numbers.give_back(&network);
        }
    }

    /// How many attempts were refused since the start, by reason.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let counts = self.refused.iter().map(|n| n.load(Ordering::Relaxed));
        REASONS.into_iter().zip(counts)
    }

    fn refuse(&self, why: Why, wait: u64) -> u64 {
        self.refused[why as usize].fetch_add(1, Ordering::Relaxed);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_500_000_000);

    fn attempt<'a>(phone: &'a str, from: &str) -> Attempt<'a> {
        Attempt {
            phone,
            from: from.parse().expect("an address"),
            device: None,
        }
    }

    fn known<'a>(phone: &'a str, from: &str, device: u8) -> Attempt<'a> {
        Attempt {
            device: Some(KnownDevice([device; 16])),
            ..attempt(phone, from)
        }
    }

    #[test]
    fn who_tries_somebody_elses_number_does_not_lock_out_its_owner() {
        let limits = SignInLimits::default();
        for n in 0..10 {
            let from = format!("192.0.2.{n}");
            assert!(limits.admit(attempt("13800000001", &from), NOW).is_ok());
        }
        let stranger = attempt("13800000001", "198.51.100.1");
        assert_eq!(limits.admit(stranger, NOW).err(), Some(30));
        let owner = known("13800000001", "198.51.100.1", 1);
        assert!(limits.admit(owner, NOW).is_ok());
        assert_eq!(
            limits.refused().collect::<Vec<_>>(),
            [
                ("account", 1),
                ("device", 0),
                ("network", 0),
                ("numbers", 0)
            ]
        );
    }

    #[test]
    fn a_known_device_has_a_limit_of_its_own() {
        let limits = SignInLimits::default();
        for _ in 0..10 {
            let stolen = known("13800000001", "192.0.2.1", 1);
            assert!(limits.admit(stolen, NOW).is_ok());
        }
        assert!(
            limits
                .admit(known("13800000001", "192.0.2.1", 1), NOW)
                .is_err()
        );
        assert!(
            limits
                .admit(known("13800000001", "192.0.2.1", 2), NOW)
                .is_ok()
        );
    }

    #[test]
    fn the_addresses_of_one_network_of_ipv6_count_together() {
        let limits = SignInLimits::default();
        for n in 0..PER_NETWORK.0 {
            // The same twenty numbers again and again, each within its own limit.
            let phone = format!("138000000{:02}", n % 20);
            let from = format!("2001:db8:0:1::{n:x}");
            assert!(limits.admit(attempt(&phone, &from), NOW).is_ok(), "{n}");
        }
        assert!(
            limits
                .admit(attempt("13800000099", "2001:db8:0:1:ffff::1"), NOW)
                .is_err()
        );
        assert!(
            limits
                .admit(attempt("13800000099", "2001:db8:0:2::1"), NOW)
                .is_ok()
        );
    }

    #[test]
    fn one_network_that_tries_many_numbers_is_stopped_and_others_are_not() {
        let limits = SignInLimits::default();
        let phones: Vec<String> = (0..40).map(|n| format!("138000001{n:02}")).collect();
        let admitted = phones
            .iter()
            .filter(|phone| limits.admit(attempt(phone, "192.0.2.1"), NOW).is_ok())
            .count();
        assert_eq!(admitted, 30);
        assert!(
            limits.admit(attempt(&phones[3], "192.0.2.1"), NOW).is_ok(),
            "no new number"
        );
        assert!(
            limits
                .admit(attempt("13800000999", "192.0.2.2"), NOW)
                .is_ok()
        );
        assert!(
            limits
                .admit(known("13800000999", "192.0.2.1", 1), NOW)
                .is_ok()
        );
        let later = NOW.plus(120_000);
        assert!(
            limits
                .admit(attempt("13800000999", "192.0.2.1"), later)
                .is_ok()
        );
    }

    #[test]
    fn a_whole_office_signs_in_from_one_address() {
        let limits = SignInLimits::default();
        for n in 0..500 {
            let phone = format!("13800001{n:03}");
            let attempt = attempt(&phone, "192.0.2.1");
            let admitted = limits.admit(attempt, NOW).expect("admitted");
            limits.give_back(attempt, &admitted);
        }
    }
}
