//! Ports (hexagonal architecture): the traits through which the engine reaches a store, the server, a clock and randomness.
//! No implementation of them holds a rule of the domain.

use crate::wire::{ExchangeAnswer, ExchangeRequest};
use domain::Millis;

/// The two databases of a device. They are separate so that they can fail separately: losing the cache costs a download, losing
/// the durable one costs unsent work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Database {
    /// Unsent work, verdicts, drafts, identity. Strict durability; its format is frozen.
    Durable,
    /// What the server said. Relaxed durability; may be thrown away at any time.
    Cache,
}

/// The parts of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Durable. Unsent mutations by sequence number.
    Outbox,
    /// Durable. Rejections that the person has not put away, by mutation id.
    Notices,
    /// Durable. Forms being filled in, by name.
    Drafts,
    /// Durable. Who this client is: [`CLIENT`] and [`NEXT_SEQ`].
    Identity,
    /// Cache. Bodies of rows, packed, by number; 48 KiB at most, since Chromium writes larger values as files of their own.
    Chunks,
    /// Cache. Records that say which row lies where, with its summary, by number; 48 KiB at most.
    Segments,
    /// Cache. Cursors and counters under one key, and what a page keeps of the server's answers under keys of its own.
    State,
}

impl Area {
    /// All areas.
    pub const ALL: [Self; 7] = [
        Self::Outbox,
        Self::Notices,
        Self::Drafts,
        Self::Identity,
        Self::Chunks,
        Self::Segments,
        Self::State,
    ];

    /// The database it lies in.
    #[must_use]
    pub fn database(self) -> Database {
        match self {
            Self::Outbox | Self::Notices | Self::Drafts | Self::Identity => Database::Durable,
            Self::Chunks | Self::Segments | Self::State => Database::Cache,
        }
    }

    /// The name of its object store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Notices => "notices",
            Self::Drafts => "drafts",
            Self::Identity => "identity",
            Self::Chunks => "chunks",
            Self::Segments => "segments",
            Self::State => "state",
        }
    }
}

/// The key in [`Area::Identity`] of the client's id.
pub const CLIENT: &str = "client";
/// The key in [`Area::Identity`] of the next sequence number, in decimal digits.
pub const NEXT_SEQ: &str = "next_seq";
/// The format of the cache. A store names its cache database by it, and removes databases of other formats.
pub const CACHE_FORMAT: u32 = 1;

/// A key inside an area. Numbers come in ascending order and before texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreKey {
    /// A number below 2^53.
    Number(u64),
    /// A text.
    Text(String),
}

impl From<u64> for StoreKey {
    fn from(n: u64) -> Self {
        Self::Number(n)
    }
}

impl From<&str> for StoreKey {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Sets a value.
    Put(Area, StoreKey, Vec<u8>),
    /// Removes a value; no error if there is none.
    Delete(Area, StoreKey),
    /// Removes all values of an area.
    Clear(Area),
}

impl Op {
    /// The area it writes to.
    #[must_use]
    pub fn area(&self) -> Area {
        match self {
            Self::Put(area, ..) | Self::Delete(area, _) | Self::Clear(area) => *area,
        }
    }
}

/// Compare-and-set: nothing is written unless this value still stands there inside the transaction. Another tab may have
/// written in the meantime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Where to look.
    pub area: Area,
    /// Under which key.
    pub key: StoreKey,
    /// What must stand there.
    pub value: Option<Vec<u8>>,
}

/// What a store found when it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The durable database did not exist before.
    pub durable_is_new: bool,
    /// The cache did not exist before, or was of another format.
    pub cache_is_new: bool,
    /// There are signs that a durable database did exist and is gone: the browser has cleared it.
    pub durable_was_lost: bool,
}

/// Why an operation of a store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The guard did not hold, since another tab wrote first. The caller loads again, then tries again.
    #[error("another tab wrote first")]
    Conflict,
    /// A newer version of the page has written the database. This page must be updated.
    #[error("the database has format {found}, this page knows {known}")]
    SchemaTooNew {
        /// The format found.
        found: u32,
        /// The newest format this page knows.
        known: u32,
    },
    /// The device has no room left.
    #[error("no room left on the device")]
    Quota,
    /// The browser has removed the durable database while it was in use. Opening the store again makes a new one.
    #[error("the database has been removed")]
    Lost,
    /// The database cannot be used now: closed, blocked, or forbidden by the browser.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
    /// What is stored cannot be read.
    #[error("the store holds what cannot be read: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// Whether trying again later cannot help by itself.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::SchemaTooNew { .. } | Self::Corrupt(_))
    }
}

/// Persistent storage on the device. Every store passes the suite in `testkit::conformance`.
#[expect(
    async_fn_in_trait,
    reason = "the page has one thread; nothing here is Send"
)]
pub trait Store {
    /// Opens both databases, creating what is missing. May be called again after an error.
    async fn open(&self) -> Result<Opened, StoreError>;

    /// All values of an area in ascending order of keys.
    async fn load(&self, area: Area) -> Result<Vec<(StoreKey, Vec<u8>)>, StoreError>;

    /// The values under these keys, in their order.
    async fn get(&self, area: Area, keys: &[StoreKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// Writes all of `ops` or nothing, in one transaction; all areas must lie in one database. Returns when that is as
    /// durable as the database promises.
    async fn write(&self, guard: Option<Guard>, ops: Vec<Op>) -> Result<(), StoreError>;

    /// Appends to [`Area::Outbox`] under the numbers that follow [`NEXT_SEQ`] (1 where it is missing) and advances it, in
    /// one strict transaction, so that any tab may append. Returns the first number.
    async fn append(&self, entries: Vec<Vec<u8>>) -> Result<u64, StoreError>;
}

/// Why an exchange brought no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// There is no network or no server, the answer broke off, or a captive portal or proxy answered with a page of its own. Trying
    /// again later may help.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The server is there and asks to come back later.
    #[error("the server is busy")]
    Busy {
        /// How long to wait, in milliseconds.
        retry_after_ms: u64,
    },
    /// 401: the session has ended. Nothing is lost; sign in again.
    #[error("the session has ended")]
    SignIn,
    /// 409: the session is somebody else's. Nothing was read or decided; the work waits until its person signs in again.
    #[error("somebody else is signed in")]
    OtherUser,
    /// 426: this page is too old for the server.
    #[error("the page is too old")]
    Update,
    /// 409: the server does not know this client's earlier mutations, or knows others under their numbers, or knows the
    /// client as somebody else's. The client takes a new identity and offers its unsent work again.
    #[error("the server does not know this client's past")]
    Identity,
    /// Any other error status: a fault in this program.
    #[error("refused: {0}")]
    Refused(String),
}

impl RemoteError {
    /// Whether trying again later cannot help by itself.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(
            self,
            Self::SignIn | Self::OtherUser | Self::Update | Self::Refused(_)
        )
    }
}

/// The server.
#[expect(
    async_fn_in_trait,
    reason = "the page has one thread; nothing here is Send"
)]
pub trait Remote {
    /// One round trip.
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError>;
}

/// The device's clock, which may be wrong: its time is shown to people and used for pauses, but never decides an order.
pub trait Clock {
    /// Now.
    fn now(&self) -> Millis;
}

/// A source of randomness.
pub trait Random {
    /// Sixteen random bytes.
    fn bytes(&self) -> [u8; 16];
}
