//! The configuration, from flags and environment variables.

use crate::storage::Location;
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How the server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The folder with the database, unless that is elsewhere, and with the files of earlier releases.
    pub data: PathBuf,
    /// Where the database is, if not in the data folder.
    pub database: Option<Location>,
    /// The folder with the site, for builds that do not carry it inside.
    pub site: PathBuf,
    /// Whether callers use HTTPS: the session cookie is then `Secure`, and browsers stay with HTTPS (HSTS).
    pub https: bool,
    /// Whether the last `X-Forwarded-For` address is the caller's, as set by a proxy in front.
    pub trust_proxy: bool,
    /// Whoever has this token may read `/metrics` from anywhere; otherwise only this machine may.
    pub metrics_token: Option<Secret>,
    /// One transaction per job: only for the benchmark that measures what sharing them gains.
    pub one_commit_per_job: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data: PathBuf::from("data"),
            database: None,
            site: PathBuf::from("target/site"),
            https: false,
            trust_proxy: false,
            metrics_token: None,
            one_commit_per_job: false,
        }
    }
}

impl Config {
    /// Where the database is.
    #[must_use]
    pub fn database(&self) -> Location {
        let standard = || Location::File(self.data.join("xiangdan.sqlite"));
        self.database.clone().unwrap_or_else(standard)
    }
}

/// A secret token. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The token without surrounding spaces; none if it is empty, since an empty token would grant access to everybody.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Whether `told` is the token. Digests are compared, so that the time it takes reveals nothing about the token (timing attack).
    #[must_use]
    pub fn is(&self, told: &str) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(told)
    }
}

/// Shows nothing of the token.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
