//! The plain rows of a unit of work: what the dialects of SQL read and write, without knowing what it means.

use super::chain::ChainedRow;
use super::due::DueRow;
use super::figures::EntityFacts;
use super::projection::ProjectionRow;
use domain::{ClientId, Feed, Key, Millis, MutationId, RegionCode, UserId, Visibility};
use std::borrow::Cow;

/// An entity as a database gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityRow {
    /// Which.
    pub key: Key,
    /// How often it was written.
    pub rev: i64,
    /// Its JSON, as it was written.
    pub body: String,
}

/// How far a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientRow {
    /// Whose device.
    pub user: UserId,
    /// The last sequence number with a verdict.
    pub last_seq: u64,
}

/// A verdict as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredVerdict {
    /// The client under which the mutation came first.
    pub client: ClientId,
    /// Its number there.
    pub seq: u64,
    /// The verdict as JSON.
    pub json: String,
}

/// A unit of work as plain rows, sorted where rows are locked by being written.
#[derive(Clone, Debug, Default)]
pub struct WorkRows {
    /// When.
    pub now: Millis,
    /// Devices' rows; whether they are new.
    pub clients: Vec<(ClientId, ClientRow, bool)>,
    /// New verdicts, by mutation.
    pub verdicts: Vec<(MutationId, StoredVerdict)>,
    /// Entities.
    pub entities: Vec<ChangedEntity>,
    /// What entities are found by.
    pub projections: Vec<ProjectionRow>,
    /// What is due no more.
    pub over: Vec<DueRow>,
    /// What is due from now on.
    pub due: Vec<DueRow>,
    /// What entities count as.
    pub facts: Vec<EntityFacts>,
    /// The audit trail, in order.
    pub audit: Vec<ChainedRow>,
    /// Which feed shows what from now on; sorted by feed.
    pub placements: Vec<Placement>,
    /// By how much the rows' version stays behind the feed's: 0, except with a mistake made on purpose.
    pub stamped_early: i64,
    /// Whether a second verdict on a mutation is left out instead of being an error: only with a mistake made on purpose.
    pub first_verdict_stays: bool,
}

/// An entity to write.
#[derive(Clone, Debug)]
pub struct ChangedEntity {
    /// Its kind's name.
    pub kind: &'static str,
    /// Its identifier.
    pub id: String,
    /// How often it is written with this; 1 if it is new.
    pub rev: i64,
    /// Its JSON.
    pub body: String,
    /// Its JSON without what is private, if some feed shows that.
    pub public: Option<String>,
}

/// An entry of the audit trail.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// When.
    pub at: Millis,
    /// Who; none for what a server does by itself.
    pub user: Option<UserId>,
    /// From which device.
    pub client: Option<ClientId>,
    /// With which mutation.
    pub mutation: Option<MutationId>,
    /// By which command.
    pub command: String,
    /// The entity's kind.
    pub kind: Cow<'static, str>,
    /// The entity's identifier.
    pub id: String,
    /// Where it belongs: bureaus read the trail of their region.
    pub region: Option<RegionCode>,
    /// Why it was refused, as JSON, if it was: nothing changed then.
    pub refused: Option<String>,
    /// Its JSON after, where it is new or is kept whole.
    pub after: Option<String>,
    /// What changed of it, else.
    pub change: Option<String>,
}

/// A feed shows an entity.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Which feed.
    pub feed: Feed,
    /// The entity's kind.
    pub kind: &'static str,
    /// The entity's identifier.
    pub id: String,
    /// How much of it, as a number: see [`view_number`].
    pub view: i64,
}

impl WorkRows {
    /// The names of the feeds it touches, each once, in the order in which they are locked: that of their bytes.
    #[must_use]
    pub fn feeds(&self) -> Vec<String> {
        let mut names: Vec<String> = self.placements.iter().map(|p| p.feed.to_string()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The number a view is stored as.
#[must_use]
pub fn view_number(view: Visibility) -> i64 {
    match view {
        Visibility::Gone => 0,
        Visibility::Public => 1,
        Visibility::Full => 2,
    }
}
