//! Addresses and the networks they lie in.

use std::net::IpAddr;
use std::str::FromStr;

/// One household or office: an address of IPv4, or the 64 bits of IPv6 that a provider gives to one customer.
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let kept = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(kept.into())
        }
    }
}

/// A range of addresses: `192.0.2.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    first: IpAddr,
    bits: u32,
}

impl Range {
    /// Whether the address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                let beyond = u32::from(first) ^ u32::from(address);
                beyond.checked_shr(32 - self.bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let beyond = u128::from(first) ^ u128::from(address);
                beyond.checked_shr(128 - self.bits).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// What is no address and no range.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address or a range of addresses, such as 192.0.2.1 or 10.0.0.0/8")]
pub struct NotARange(String);

impl FromStr for Range {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Self, NotARange> {
        let wrong = || NotARange(text.to_owned());
        let (first, bits) = text
            .split_once('/')
            .map_or((text, None), |(f, b)| (f, Some(b)));
        let first: IpAddr = first.trim().parse().map_err(|_| wrong())?;
        let first = first.to_canonical();
        let all = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(all), |bits| bits.trim().parse().map_err(|_| wrong()))?;
        if bits > all {
            return Err(wrong());
        }
        Ok(Self { first, bits })
    }
}

/// Whose words about where a request comes from are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxies {
    /// Nobody's: callers connect themselves.
    #[default]
    None,
    /// Whoever connects: nobody can but through the proxy.
    Everybody,
    /// Those with these addresses.
    At(Vec<Range>),
}

impl Proxies {
    /// Whether this one is believed.
    #[must_use]
    pub fn include(&self, peer: IpAddr) -> bool {
        match self {
            Self::None => false,
            Self::Everybody => true,
            Self::At(ranges) => ranges.iter().any(|range| range.contains(peer)),
        }
    }

    /// The caller's address behind the proxies: the last entry of `X-Forwarded-For` that is not a proxy of ours, since what
    /// stands before it is the caller's own word.
    pub fn caller<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        if !self.include(peer) {
            return peer;
        }
        let mut nearest = peer;
        for entry in forwarded.rev() {
            let Some(address) = address_of(entry) else {
                break;
            };
            nearest = address;
            // Where everybody may be a proxy, one of them is: the one that connected.
            if !matches!(self, Self::At(_)) || !self.include(address) {
                break;
            }
        }
        nearest
    }
}

impl FromStr for Proxies {
    type Err = NotARange;

    fn from_str(text: &str) -> Result<Self, NotARange> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "false" | "0" | "no" | "off" => Ok(Self::None),
            "true" | "1" | "yes" | "on" => Ok(Self::Everybody),
            list => {
                let ranges = list
                    .split(',')
                    .map(str::trim)
                    .filter(|range| !range.is_empty());
                Ok(Self::At(ranges.map(str::parse).collect::<Result<_, _>>()?))
            }
        }
    }
}

/// An entry of `X-Forwarded-For`, with which some proxies write a port: `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`.
fn address_of(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    let with_port = || {
        entry
            .parse()
            .map(|address: std::net::SocketAddr| address.ip())
    };
    let address: IpAddr = bare.parse().or_else(|_| with_port()).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_customers_addresses_of_ipv6_are_one_network() {
        let same = network_of(address("2001:db8:1:2::2"));
        assert_eq!(network_of(address("2001:db8:1:2:aaaa::1")), same);
        assert_ne!(network_of(address("2001:db8:1:3::1")), same);
        assert_eq!(
            network_of(address("::ffff:192.0.2.1")),
            address("192.0.2.1")
        );
    }

    #[test]
    fn a_range_has_a_first_address_and_a_length() {
        let in_range = |range: &str, text: &str| {
            let range: Range = range.parse().expect("a range");
            range.contains(address(text))
        };
        assert!(in_range("10.0.0.0/8", "10.255.0.1") && !in_range("10.0.0.0/8", "11.0.0.1"));
        assert!(in_range("192.0.2.1", "::ffff:192.0.2.1") && !in_range("192.0.2.1", "192.0.2.2"));
        assert!(in_range("fd00::/8", "fd12::1") && !in_range("fd00::/8", "fe80::1"));
        assert!(in_range("0.0.0.0/0", "203.0.113.7") && !in_range("0.0.0.0/0", "::1"));
        assert!(in_range("::/0", "2001:db8::1"));
        for wrong in [
            "",
            "10",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/-1",
            "example.org",
        ] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_entry_of_a_proxy_of_ours_is_believed() {
        let behind = |proxies: &str, peer: &str, forwarded: &[&str]| {
            let proxies: Proxies = proxies.parse().expect("proxies");
            let caller = proxies.caller(address(peer), forwarded.iter().copied());
            caller.to_string()
        };
        let (proxy, stranger) = ("10.0.0.1", "203.0.113.9");
        assert_eq!(behind("false", proxy, &["192.0.2.1"]), proxy);
        assert_eq!(behind("10.0.0.0/8", stranger, &["192.0.2.1"]), stranger);
        assert_eq!(behind("10.0.0.0/8", proxy, &["192.0.2.1"]), "192.0.2.1");
        let two = ["198.51.100.7", "192.0.2.1", "10.0.0.2"];
        assert_eq!(
            behind("10.0.0.0/8", proxy, &two),
            "192.0.2.1",
            "two proxies"
        );
        assert_eq!(
            behind("true", proxy, &["198.51.100.7", "192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(behind("true", proxy, &["192.0.2.1", "unknown"]), proxy);
        assert_eq!(behind("true", proxy, &[]), proxy);
        assert_eq!(behind("true", proxy, &["192.0.2.1:4711"]), "192.0.2.1");
        assert_eq!(
            behind("true", proxy, &["[2001:db8::1]:4711"]),
            "2001:db8::1"
        );
        assert_eq!(behind("true", proxy, &["2001:db8::1"]), "2001:db8::1");
    }
}
