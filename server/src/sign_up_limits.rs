//! Limits on signing up: for a network, and for all of them together. In memory of this process, as those on signing in.

use crate::networks::network_of;
use crate::rate_limit::RateLimit;
use domain::Millis;
use std::net::IpAddr;

/// New accounts from one network: ten at once, for a training in one hall, then one every ten minutes.
const PER_NETWORK: (u32, i64) = (10, 600_000);
/// New accounts from everywhere: a hundred at once, then one a minute. The province has some ten thousand organizations.
const ALL: (u32, i64) = (100, 60_000);

/// The counts.
#[derive(Debug)]
pub(crate) struct SignUpLimits {
    by_network: RateLimit<IpAddr>,
    all: RateLimit<()>,
}

impl Default for SignUpLimits {
    fn default() -> Self {
        Self {
            by_network: RateLimit::new(PER_NETWORK.0, PER_NETWORK.1),
            all: RateLimit::new(ALL.0, ALL.1),
        }
    }
}

impl SignUpLimits {
    /// Whether one more account may be opened, or how many seconds to wait.
    pub(crate) fn admit(&self, from: IpAddr, now: Millis) -> Result<(), u64> {
        let network = network_of(from);
        self.by_network.take(network, now)?;
        self.all
            .take((), now)
            .inspect_err(|_| self.by_network.give_back(&network))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_opens_ten_accounts_and_another_one_its_own() {
        let limits = SignUpLimits::default();
        let now = Millis(1_795_500_000_000);
        let from = |text: &str| text.parse::<IpAddr>().expect("an address");
        for _ in 0..10 {
            assert_eq!(limits.admit(from("192.0.2.1"), now), Ok(()));
        }
        assert_eq!(limits.admit(from("192.0.2.1"), now), Err(600));
        assert_eq!(limits.admit(from("192.0.2.2"), now), Ok(()));
    }
}
