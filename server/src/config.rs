use std::net::SocketAddr;
use std::path::PathBuf;

/// How the server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The folder with the database.
    pub data: PathBuf,
    /// The folder with the site, for builds that do not carry it inside.
    pub site: PathBuf,
    /// Whether the outside speaks HTTPS: the session cookie is then `Secure` and browsers are told to stay with HTTPS.
    pub https: bool,
    /// Whether the last `X-Forwarded-For` address is the caller's, as set by a proxy in front.
    pub trust_proxy: bool,
    /// One transaction per job: only for the benchmark that measures what sharing them gains.
    pub one_commit_per_job: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            data: PathBuf::from("data"),
            site: PathBuf::from("target/site"),
            https: false,
            trust_proxy: false,
            one_commit_per_job: false,
        }
    }
}

impl Config {
    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.join("xiangdan.sqlite")
    }
}
