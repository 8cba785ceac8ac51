//! The wire format of `/api/v1/exchange`, version 1: cursor-based pull and idempotent push in one round trip.
//! `docs/SYNC.md` describes it for other clients; the golden files beside it are read by tests. Fields that a reader does not
//! know are ignored; fields are only ever added.

use domain::text::read_json;
use domain::{ClientId, Millis, MutationId, Rejection, UserId, Visibility};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// JSON that is carried as it is, unread: unknown fields inside survive, and reading ten thousand rows does not parse them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Takes a text that must be JSON.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn new(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// A value as JSON.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn of<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Json {}

/// The version of this format.
pub const VERSION: u32 = 2;
/// The first version whose pages know the family of feeds `board`.
pub const VERSION_WITH_BOARDS: u32 = 2;
/// A request carries at most this many mutations.
pub const MAX_MUTATIONS: usize = 400;
/// A request carries at most this many bytes of mutation arguments, unless one mutation alone is larger.
pub const MAX_MUTATION_BYTES: usize = 384 * 1024;

/// What a client sends: where it stands, and what it wants to change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExchangeRequest {
    /// [`VERSION`].
    pub v: u32,
    /// Whose work and rows this device keeps. A server that knows the session as somebody else's reads and decides nothing. Pages of the
    /// first release do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The owner of the sequence of mutations.
    pub client: ClientId,
    /// The server's epoch as the client knows it; empty at first.
    pub epoch: String,
    /// How far the client has read each feed it keeps, by the feed's name. Feeds it does not name are read from the start; names that
    /// the server does not know are passed over.
    pub cursors: BTreeMap<String, Cursor>,
    /// Mutations in ascending, gapless order of `seq`.
    #[serde(default)]
    pub mutations: Vec<Mutation>,
    /// How many bytes of bodies the answer should carry at most, as far as this device's line is known; the server has limits of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_bytes: Option<u32>,
}

/// One change that a person made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutation {
    /// Its place in the client's sequence, from 1.
    pub seq: u64,
    /// Unique over all clients: the same id never takes effect twice.
    pub id: MutationId,
    /// A command's name: `TakeOrder`.
    pub name: String,
    /// The version of the command's arguments.
    pub v: u32,
    /// The arguments, as an object.
    pub args: Json,
    /// When the person did it, by the phone's clock. Told to people, never used to decide.
    pub at: Millis,
}

/// What the server answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExchangeAnswer {
    /// [`VERSION`].
    pub v: u32,
    /// The server's epoch. When it differs from the request's, every feed starts anew.
    pub epoch: String,
    /// The server's clock.
    pub server_time: Millis,
    /// The last mutation of this client that has a verdict.
    pub last_seq: u64,
    /// The verdicts of this request's mutations, in order.
    #[serde(default)]
    pub results: Vec<MutationResult>,
    /// What is new, feed by feed.
    #[serde(default)]
    pub feeds: Vec<FeedPage>,
    /// Feeds the client named and may not read any more: their rows are removed.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Whether to ask again at once because more is waiting.
    #[serde(default)]
    pub more: bool,
    /// Set when the server stopped before the last mutation; what follows has no verdict and is sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
}

impl ExchangeAnswer {
    /// How many bytes of bodies it carries.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        let rows = self.feeds.iter().flat_map(|feed| &feed.rows);
        rows.filter_map(|row| Some(row.body.as_ref()?.get().len()))
            .sum()
    }
}

/// The verdict of one mutation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutationResult {
    /// Which mutation.
    pub seq: u64,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether it had its verdict before this request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
}

/// What became of a mutation. Final, and stored with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It took effect.
    Applied,
    /// It was rejected and changed nothing.
    Rejected(Refused),
}

/// Why a mutation was rejected, for the program and for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The [`Rejection`]; a newer server may give one that this page does not know.
    pub rejection: Json,
    /// What happened and what to do, in Chinese.
    pub message: String,
}

impl Refused {
    /// A rejection with its sentence.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(rejection: &Rejection) -> Result<Self, serde_json::Error> {
        Ok(Self {
            rejection: Json::of(rejection)?,
            message: rejection.sentence(),
        })
    }

    /// The rejection, if this version knows it.
    #[must_use]
    pub fn rejection(&self) -> Option<Rejection> {
        read_json(self.rejection.get()).ok()
    }

    /// The rejection's name on the wire, such as `taken`: its tag stands outside. Callers that only compare the name
    /// do without the reader of all rejections, which is large.
    #[must_use]
    pub fn code(&self) -> &str {
        self.rejection.get().split('"').nth(1).unwrap_or_default()
    }
}

/// The server stopped before this mutation because it is overloaded or has failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The first mutation without a verdict.
    pub seq: u64,
    /// When to try again.
    pub retry_after_ms: u64,
}

/// What is new in one feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedPage {
    /// Which feed, by its name; a client passes over one that it does not know.
    pub feed: String,
    /// Rows in ascending order of (ver, kind, id).
    pub rows: Vec<Row>,
    /// How far the feed has been read after these rows.
    pub cursor: Cursor,
    /// Whether this was all.
    pub complete: bool,
    /// Forget what was known of this feed before reading `rows`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
}

/// One row of a feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The entity's kind; one that the client does not know is kept as it came.
    pub kind: String,
    /// The entity's identifier.
    pub id: String,
    /// The feed's version in which it was written.
    pub ver: u64,
    /// How much of the entity this feed shows.
    pub view: Visibility,
    /// The entity as JSON; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Json>,
}

/// How far a feed has been read. `"17"`: all of version 17 and before. `"17/need/67e5…"`: all before version 17, and of
/// version 17 up to that row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// The version.
    pub ver: u64,
    /// The last row read inside that version (kind, id); none when the whole version was read.
    pub within: Option<(String, String)>,
}

/// Text that is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no cursor")]
pub struct CursorError(pub String);

impl Cursor {
    /// All of that version and before.
    #[must_use]
    pub fn after(ver: u64) -> Self {
        Self { ver, within: None }
    }

    /// Whether `self` has read at least as far as `other`.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        // Within a version, "none" means all of it, so it comes last.
        let rank = |c: &Self| (c.ver, c.within.is_none(), c.within.clone());
        rank(self) >= rank(other)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.within {
            None => write!(f, "{}", self.ver),
            Some((kind, id)) => write!(f, "{}/{kind}/{id}", self.ver),
        }
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(s: &str) -> Result<Self, CursorError> {
        let wrong = || CursorError(s.to_owned());
        let mut parts = s.splitn(3, '/');
        let ver = parts
            .next()
            .ok_or_else(wrong)?
            .parse()
            .map_err(|_| wrong())?;
        let within = match (parts.next(), parts.next()) {
            (None, _) => None,
            (Some(kind), Some(id)) => Some((kind.to_owned(), id.to_owned())),
            (Some(_), None) => return Err(wrong()),
        };
        Ok(Self { ver, within })
    }
}

impl TryFrom<String> for Cursor {
    type Error = CursorError;

    fn try_from(s: String) -> Result<Self, CursorError> {
        s.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::needs::NeedStage;

    #[test]
    fn the_code_of_a_refusal_is_its_tag() {
        let stage = NeedStage::Closed;
        for (rejection, code) in [
            (Rejection::Overdue, "overdue"),
            (Rejection::NeedIs { stage }, "need_is"),
        ] {
            let refused = Refused::new(&rejection).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(refused.code(), code);
            assert_eq!(refused.rejection(), Some(rejection));
        }
    }

    #[test]
    fn cursors_are_ordered_within_a_version() {
        let c = |s: &str| s.parse::<Cursor>().unwrap_or_else(|e| panic!("{e}"));
        assert!(c("17").covers(&c("17/need/ff")));
        assert!(!c("17/need/ff").covers(&c("17")));
        assert!(c("17/order/00").covers(&c("17/need/ff")));
        assert!(c("18/county/00").covers(&c("17")));
        assert!(c("17/need/a").covers(&c("17/need/a")));
        assert_eq!(c("17/need/a").to_string(), "17/need/a");
        for bad in ["", "x", "17/need", "-1"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
