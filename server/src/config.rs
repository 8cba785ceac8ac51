//! The configuration, from flags and environment variables.

use crate::connections::ConnectionLimits;
use crate::networks::Proxies;
use crate::security::Origin;
use crate::storage::{self, Location};
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Where people reach it, if the proxy in front does not pass that on: `https://xiangdan.example`.
    pub public_url: Option<Origin>,
    /// Which proxies are believed when they say where a request comes from.
    pub proxies: Proxies,
    /// How many connections there are, and how long they take.
    pub limits: ConnectionLimits,
    /// For how long another process on the same data is waited for at the start.
    pub patience: Duration,
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
            public_url: None,
            proxies: Proxies::None,
            limits: ConnectionLimits::default(),
            patience: storage::PATIENCE,
            metrics_token: None,
            one_commit_per_job: false,
        }
    }
}

impl Config {
    /// Whether people use HTTPS: it is said, or the public address says so.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https || self.public_url.as_ref().is_some_and(Origin::is_https)
    }

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
