//! The storage port, at the height of units of work: what the program asks of a database, in its own words.
//!
//! [`sqlite`] and [`postgres`] implement it with plain SQL, one file for one concern in each. Nothing here decides
//! anything: group commit, deciding, verdicts and idempotence stand above, in `group_commit`, once for both.

/// Accounts and sessions, as they are stored.
pub mod accounts;
/// Who changed what.
pub mod audit;
/// Needs page by page.
pub mod browse;
/// The audit trail as a hash chain.
pub mod chain;
/// What a transaction changed, told to the other servers on the same database.
pub mod changes;
/// Whether what is stored agrees with itself.
pub mod check;
/// A whole installation moved from one database to another.
pub mod copy;
/// What a change changed.
pub mod difference;
/// What happens by itself, and when.
pub mod due;
/// How many there are of what, by region.
pub mod figures;
/// Where the database is.
pub mod location;
mod lock;
/// PostgreSQL: any number of servers on one database.
pub mod postgres;
/// What entities are found by: a read model beside them.
pub mod projection;
/// What a device has not seen yet.
pub mod pull;
/// Counting everything again.
pub mod recount;
/// The table of regions.
pub mod regions;
/// SQLite: one file, one writer, many readers.
pub mod sqlite;
/// The state of a database.
pub mod state;
/// The tables by name, for copies.
pub mod tables;
/// What one transaction changes, gathered in memory and turned into plain rows.
pub(crate) mod unit_of_work;
/// The plain rows of a unit of work.
pub mod work_rows;

pub use location::Location;

use crate::faults::Faults;
use crate::regions::Region;
use accounts::{
    AccountQuery, ListedAccount, ListedSession, NewAccount, StoredAccount, StoredInvitation,
    StoredSession,
};
use async_trait::async_trait;
use audit::{AuditEntry, KeptTrail, TrailQuery, TrailRow};
use browse::{BrowseQuery, CountedCounty, FoundNeed};
use chain::Lanes;
use changes::Change;
use check::{Findings, Inspection};
use domain::{
    ClientId, CreditCode, Day, Entity, Feed, Key, Level, Millis, MutationId, RegionCode, UserId,
};
use due::DueRow;
use figures::{EntityFacts, FiguresQuery, FoundFigure, PROJECTION_KEY, PROJECTION_LAYOUT};
use projection::ProjectionRow;
use pull::{Limits, Pulled, Wanted};
use recount::Recount;
use regions::RegionsQuery;
use state::{FaultRow, StorageState};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tables::{Table, Values};
use tokio::sync::mpsc;
use unit_of_work::{Stored, UnitOfWork};
use work_rows::{ClientRow, EntityRow, StoredVerdict, WorkRows};

/// How many entries of the trail are looked at at once.
const TRAIL_ROWS: usize = 5_000;

/// A database, open for as long as the process runs.
pub type SharedStorage = Arc<dyn Storage>;

/// What a database does for the program. Reading is done in one snapshot per call; everything that changes goes through
/// [`Storage::begin`].
#[async_trait]
pub trait Storage: Send + Sync + fmt::Debug + 'static {
    /// Whether other servers may write to the same data. If not, this process is the sole writer, and what it keeps in
    /// memory is true until it changes it itself.
    fn shares_data(&self) -> bool;

    /// Begins a transaction: one unit of work.
    async fn begin(&self) -> Result<Box<dyn Transaction>, StorageError>;

    /// What the wanted feeds hold beyond the cursors, with the row of `client` from the very same snapshot, if one is
    /// asked for.
    async fn pull(
        &self,
        client: Option<ClientId>,
        wanted: Vec<Wanted>,
        limits: Limits,
    ) -> Result<Pulled, StorageError>;
    /// The versions of these feeds, or of all; a feed that nothing was ever put into is left out.
    async fn versions(&self, of: Option<&[Feed]>) -> Result<HashMap<Feed, i64>, StorageError>;
    /// How far a device is.
    async fn client(&self, client: ClientId) -> Result<Option<ClientRow>, StorageError>;
    /// One page of needs, newest first.
    async fn browse(&self, query: &BrowseQuery) -> Result<Vec<FoundNeed>, StorageError>;

    /// The cities and counties of a region by code, with the number of needs in each county, drafts left out.
    async fn count_by_county(
        &self,
        region: RegionCode,
        today: Day,
    ) -> Result<Vec<CountedCounty>, StorageError>;

    /// The province, its cities and its counties that are in use, by code: codes and names.
    async fn areas(&self, today: Day) -> Result<Vec<(RegionCode, String)>, StorageError>;
    /// How many there are of what in a region, added up by the regions of a level.
    async fn figures(&self, query: &FiguresQuery) -> Result<Vec<FoundFigure>, StorageError>;
    /// Rows of the table of regions.
    async fn regions(&self, query: &RegionsQuery) -> Result<Vec<Region>, StorageError>;

    /// The account of a phone number.
    async fn account_by_phone(&self, phone: &str) -> Result<Option<StoredAccount>, StorageError>;
    /// The account of a person.
    async fn account(&self, user: UserId) -> Result<Option<StoredAccount>, StorageError>;
    /// One page of accounts, by region and person.
    async fn accounts(&self, query: &AccountQuery) -> Result<Vec<ListedAccount>, StorageError>;
    /// The accounts of these phone numbers, in any order.
    async fn accounts_by_phone(
        &self,
        phones: &[String],
    ) -> Result<Vec<StoredAccount>, StorageError>;
    /// The invitation whose code has this hash, expired or not.
    async fn invitation(&self, code: &[u8; 32]) -> Result<Option<StoredInvitation>, StorageError>;
    /// The key of somebody's data on one device.
    async fn data_key(&self, user: UserId, device: &str) -> Result<Option<[u8; 32]>, StorageError>;
    /// The sessions of a person, the one that was used last first.
    async fn sessions(&self, user: UserId) -> Result<Vec<ListedSession>, StorageError>;
    /// The rows of these regions that are in use, by code; those that are not there are left out.
    async fn regions_by_code(
        &self,
        codes: &[RegionCode],
        today: Day,
    ) -> Result<Vec<Region>, StorageError>;
    /// The regions of one level inside a region, or everywhere, that are in use, by code.
    async fn regions_inside(
        &self,
        region: Option<RegionCode>,
        level: Level,
        today: Day,
    ) -> Result<Vec<Region>, StorageError>;
    /// How many active accounts stand for each region: villages and bureaus.
    async fn accounts_by_region(&self) -> Result<Vec<(RegionCode, u64)>, StorageError>;
    /// How many accounts there are.
    async fn count_accounts(&self) -> Result<i64, StorageError>;
    /// The session whose secret has this SHA-256.
    async fn session(&self, token: &[u8; 32]) -> Result<Option<StoredSession>, StorageError>;

    /// What the database says of itself, for administrators.
    async fn state(&self, now: Millis) -> Result<StorageState, StorageError>;
    /// A value of the `meta` table.
    async fn meta(&self, key: &str) -> Result<Option<String>, StorageError>;
    /// Sets a value of the `meta` table: the epoch only while no server runs on the data.
    async fn set_meta(&self, key: &str, value: &str) -> Result<(), StorageError>;
    /// Sets a value of the `meta` table unless there is one, and gives what is there then: of several servers that start
    /// at the same time on a new database, all get the same.
    async fn meta_or_set(&self, key: &str, value: &str) -> Result<String, StorageError>;
    /// How many regions there are.
    async fn count_regions(&self) -> Result<i64, StorageError>;
    /// How many needs there are.
    async fn count_needs(&self) -> Result<i64, StorageError>;
    /// What is kept of what happened to an entity, oldest first, and its body as it is now, from one snapshot.
    async fn kept_trail(&self, kind: &str, id: &str) -> Result<KeptTrail, StorageError>;
    /// One page of the trail of all that a query asks for, newest first.
    async fn trail_page(&self, query: &TrailQuery) -> Result<Vec<TrailRow>, StorageError>;
    /// The lanes of the audit trail.
    async fn lanes(&self) -> Result<Lanes, StorageError>;
    /// Counts everything again and follows the trail, in one snapshot.
    async fn recount(&self) -> Result<Recount, StorageError>;
    /// Everything that [`check::examine`] looks at, in one snapshot.
    async fn inspect(&self) -> Result<Inspection, StorageError>;
    /// Rows of a table in the order of its key, beyond `after` (keyset paging), for a copy of everything.
    async fn read_rows(
        &self,
        table: &'static Table,
        after: Option<&Values>,
        limit: usize,
    ) -> Result<Vec<Values>, StorageError>;

    /// What is due by then, what waits longest first.
    async fn due(
        &self,
        until: Millis,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StorageError>;

    /// What other servers change from now on; none where there are no other servers.
    async fn changes(&self) -> Result<Option<mpsc::Receiver<Change>>, StorageError>;
    /// Takes the lead in a background job unless another server has it. Whoever has it keeps it until the [`Lead`] is
    /// dropped or its connection is lost.
    async fn try_lead(&self, job: &'static str) -> Result<Option<Box<dyn Lead>>, StorageError>;

    /// Closes every connection.
    async fn close(&self);

    /// What happened to an entity, oldest first.
    async fn trail(&self, kind: &str, id: &str) -> Result<Vec<AuditEntry>, StorageError> {
        self.kept_trail(kind, id).await?.entries()
    }

    /// Looks whether everything stored agrees with itself: every entity's placements, every feed's version, every need's
    /// pledges, every client's sequence.
    async fn check(&self) -> Result<Findings, StorageError> {
        Ok(check::examine(self.inspect().await?))
    }
}

/// One unit of work. Dropped without [`Transaction::commit`], nothing has happened.
///
/// Locks are taken in a fixed order, so that transactions of several servers wait for one another and never in a
/// circle: clients, then entities, each sorted, then what [`Transaction::write`] inserts, and feeds last.
#[async_trait]
pub trait Transaction: Send {
    /// The rows of these devices, locked until the end.
    async fn lock_clients(
        &mut self,
        clients: &[ClientId],
    ) -> Result<HashMap<ClientId, ClientRow>, StorageError>;
    /// Which of these mutations have a verdict already.
    async fn verdicts(
        &mut self,
        mutations: &[MutationId],
    ) -> Result<HashMap<MutationId, StoredVerdict>, StorageError>;
    /// Entities as they are now, without a lock: to find out which ones a batch reads.
    async fn read_entities(&mut self, keys: &[Key]) -> Result<Vec<EntityRow>, StorageError>;
    /// Entities as they are, locked until the end.
    async fn lock_entities(&mut self, keys: &[Key]) -> Result<Vec<EntityRow>, StorageError>;
    /// Writes a unit of work, raises the version of every feed it touches, and says which version each has now.
    ///
    /// Where others write too, a row that was new to the unit of work and is there by now is an error that
    /// [`StorageError::is_retryable`] (optimistic concurrency).
    async fn write(&mut self, work: &WorkRows) -> Result<Vec<(Feed, i64)>, StorageError>;

    /// Removes rows of what is due, and adds or replaces others.
    async fn write_due(&mut self, over: &[DueRow], due: &[DueRow]) -> Result<(), StorageError>;
    /// Puts these rows in the place of all that belong to these entities, which are locked.
    async fn replace_due(&mut self, of: &[Key], due: &[DueRow]) -> Result<(), StorageError>;

    /// Adds or replaces an account; one that is not active any more loses its sessions.
    async fn put_account(&mut self, account: &NewAccount, now: Millis) -> Result<(), StorageError>;
    /// An account as it is, locked until the end.
    async fn lock_account(&mut self, user: UserId) -> Result<Option<StoredAccount>, StorageError>;
    /// Whether somebody has applied for an organization.
    async fn has_applied(&mut self, user: UserId) -> Result<bool, StorageError>;
    /// The codes of the organizations for which somebody has applied.
    async fn applications(&mut self, user: UserId) -> Result<Vec<CreditCode>, StorageError>;
    /// Whether a region is in use; as long as no table of regions was loaded, every one is.
    async fn is_in_use(&mut self, region: RegionCode, today: Day) -> Result<bool, StorageError>;
    /// The active members of an organization, and who applied for it, in the order of their identifiers; locked until the end.
    async fn people_of(
        &mut self,
        org: CreditCode,
        applicant: Option<UserId>,
    ) -> Result<Vec<NewAccount>, StorageError>;
    /// The accounts of these phone numbers, in any order.
    async fn accounts_by_phone(
        &mut self,
        phones: &[String],
    ) -> Result<Vec<StoredAccount>, StorageError>;
    /// Makes the numbers of closed accounts free for others.
    async fn free_closed_phones(&mut self, phones: &[String]) -> Result<(), StorageError>;
    /// Adds an invitation; the one before to the same account ends.
    async fn put_invitation(&mut self, invitation: &StoredInvitation) -> Result<(), StorageError>;
    /// Uses an invitation up; whether there was one that had not expired. Of two who use the same one, one succeeds.
    async fn take_invitation(&mut self, code: &[u8; 32], now: Millis)
    -> Result<bool, StorageError>;
    /// Keeps the key of somebody's data on one device, unless there is one.
    async fn put_data_key(
        &mut self,
        user: UserId,
        device: &str,
        key: &[u8; 32],
        now: Millis,
    ) -> Result<(), StorageError>;
    /// Ends the invitation to an account, if there is one.
    async fn end_invitation(&mut self, user: UserId) -> Result<(), StorageError>;
    /// Starts a session and removes the person's expired ones.
    async fn start_session(
        &mut self,
        token: &[u8; 32],
        session: StoredSession,
        device: &str,
    ) -> Result<(), StorageError>;
    /// Moves a session's end.
    async fn touch_session(
        &mut self,
        token: &[u8; 32],
        now: Millis,
        expires_at: Millis,
    ) -> Result<(), StorageError>;
    /// Ends a session.
    async fn end_session(&mut self, token: &[u8; 32]) -> Result<(), StorageError>;
    /// Ends all sessions of a person.
    async fn end_sessions(&mut self, user: UserId) -> Result<(), StorageError>;
    /// Removes every session that ended before this time.
    async fn remove_expired_sessions(&mut self, before: Millis) -> Result<(), StorageError>;
    /// Replaces the table of regions.
    async fn put_regions(&mut self, regions: &[Region]) -> Result<(), StorageError>;

    /// Keeps a fault of the page, and not too many of them.
    async fn put_fault(&mut self, fault: &FaultRow, now: Millis) -> Result<(), StorageError>;
    /// The lanes of the audit trail as they are now.
    async fn lanes(&mut self) -> Result<Lanes, StorageError>;

    /// Removes all rows of a table.
    async fn empty(&mut self, table: &'static Table) -> Result<(), StorageError>;
    /// Adds rows to a table as they are.
    async fn insert_rows(
        &mut self,
        table: &'static Table,
        rows: Vec<Values>,
    ) -> Result<(), StorageError>;

    /// Tells the other servers what this transaction changed, when it is committed. The last thing in a transaction.
    async fn tell(&mut self, changes: &[Change]) -> Result<(), StorageError>;
    /// Makes it durable. If this fails because the connection is lost, nobody knows whether it happened
    /// ([`StorageError::is_connection_lost`]).
    async fn commit(self: Box<Self>) -> Result<(), StorageError>;
    /// Undoes it.
    async fn roll_back(self: Box<Self>) -> Result<(), StorageError>;
}

/// The lead in a background job.
#[async_trait]
pub trait Lead: Send {
    /// Whether it is still held: a database that was started again has given it away.
    async fn is_held(&mut self) -> bool;
}

/// For how long another process that works on the same data is waited for, unless somebody says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What a database is opened for, which decides who may work on it at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To work on it as servers do: alone on SQLite, beside others on PostgreSQL.
    Work,
    /// To change what servers take for granted: alone on both.
    Alone,
}

/// Opens the database to work on it, makes it if need be, and brings it to the present form.
pub async fn open(location: &Location) -> Result<SharedStorage, StorageError> {
    open_for(Purpose::Work, location, PATIENCE).await
}

/// The same for this purpose; others that are in the way are waited for, but not longer than `patience`.
pub async fn open_for(
    purpose: Purpose,
    location: &Location,
    patience: Duration,
) -> Result<SharedStorage, StorageError> {
    let storage: SharedStorage = match location {
        Location::File(file) => Arc::new(sqlite::SqliteStorage::open(file, patience).await?),
        Location::Postgres(url) => {
            Arc::new(postgres::PostgresStorage::open(url, purpose, patience).await?)
        }
    };
    project_anew(&*storage).await?;
    Ok(storage)
}

/// How many entities one transaction projects anew.
const AT_ONCE: usize = 500;

/// Writes what every entity is found by and counts as, if the database has it in another layout: after the migration that brought it, and
/// after a change of a kind's `projection`. Organizations are also placed into their feeds once more, since before there were boards they
/// were in none but their own. Begun anew if it is interrupted; of several servers each may do it.
async fn project_anew(storage: &dyn Storage) -> Result<(), StorageError> {
    let layout = storage.meta(PROJECTION_KEY).await?;
    if layout.as_deref() == Some(PROJECTION_LAYOUT) {
        return Ok(());
    }
    let entities = tables::TABLES.iter().find(|table| table.name == "entity");
    let entities = entities.ok_or_else(|| StorageError::Data("no table of entities".to_owned()))?;
    let mut after = None;
    loop {
        let page = storage.read_rows(entities, after.as_ref(), AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last[..entities.key].to_vec());
        let key = |row: &Values| match row.as_slice() {
            [tables::Value::Text(kind), tables::Value::Text(id), ..] => Key::parse(kind, id).ok(),
            _ => None,
        };
        let mut keys: Vec<Key> = page.iter().filter_map(key).collect();
        keys.sort_unstable();
        let mut transaction = storage.begin().await?;
        let mut placed = UnitOfWork::default();
        let mut projections = Vec::new();
        let mut facts = Vec::new();
        for row in transaction.lock_entities(&keys).await? {
            // What cannot be read is named by the consistency check.
            let Ok(stored) = Stored::try_from(row) else {
                continue;
            };
            if matches!(stored.entity, Entity::Organization(_)) {
                let entity = stored.entity.clone();
                placed.put(entity, Some(Arc::new(stored)), None)?;
            } else {
                projections.extend(ProjectionRow::of(&stored.entity));
                facts.extend(EntityFacts::of(&stored.entity));
            }
        }
        let mut work = placed.rows(&Faults::default(), Millis::default())?;
        work.projections.extend(projections);
        work.facts.extend(facts);
        transaction.write(&work).await?;
        transaction.commit().await?;
    }
    storage.set_meta(PROJECTION_KEY, PROJECTION_LAYOUT).await
}

/// Opens a database that is there, beside whoever works on it, to look and not to change anything.
pub async fn open_to_read(location: &Location) -> Result<SharedStorage, StorageError> {
    Ok(match location {
        Location::File(file) => Arc::new(sqlite::SqliteStorage::open_to_read(file).await?),
        Location::Postgres(url) => Arc::new(postgres::PostgresStorage::open_to_read(url).await?),
    })
}

/// The database, or what is in it, does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The database says no.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The form of the database cannot be brought up to date.
    #[error("bringing the database to the present form: {0}")]
    Migration(sqlx::migrate::MigrateError),
    /// A stored value cannot be read or written. What stands in it may be private, and is not told.
    #[error("stored data: {}", api::error::without_values(&.0.to_string()))]
    Json(#[from] serde_json::Error),
    /// A stored identifier cannot be read.
    #[error("stored data: {0}")]
    Data(String),
    /// The database was written by a later version of this program.
    #[error("the database has form {found}, this program knows {known}: start a newer xiangdan")]
    SchemaTooNew {
        /// What the database says.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The database was written by an earlier version of this program, and may only be read now.
    #[error(
        "the database has form {found}, this program has {known}: run `xiangdan migrate` first"
    )]
    SchemaTooOld {
        /// What the database says.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// Another process works on the same data.
    #[error("{0} is in use by another xiangdan: stop it first")]
    InUse(String),
    /// A copy overwrites nothing.
    #[error("{0} is there already")]
    InTheWay(String),
    /// There is no such file.
    #[error("{0} is not there")]
    NotThere(String),
    /// What an interrupted copy leaves behind, for example.
    #[error(
        "{0} is an empty file: put the database in its place, or remove the file to start with a new one"
    )]
    EmptyFile(String),
    /// Another program's data.
    #[error("{0} is not a database of xiangdan; it was left as it is")]
    NotOurs(String),
    /// PostgreSQL is too old.
    #[error("PostgreSQL 15 or newer is needed, this one says {0}")]
    PostgresTooOld(String),
    /// What does not look like the address of a database.
    #[error("not the address of a database: {0}")]
    Location(String),
    /// A copy goes into an empty database only.
    #[error("the database to copy into is not empty: {0} rows in {1}")]
    NotEmpty(i64, &'static str),
    /// A copy does not hold what it was made from.
    #[error("the copy differs from what it was made from in {0}; nothing was kept")]
    CopyDiffers(&'static str),
    /// The folder cannot be made.
    #[error("the data folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The writer has stopped.
    #[error("the server is shutting down")]
    Stopped,
}

impl StorageError {
    /// Whether the same unit of work may succeed if it is begun anew: another server was faster, or held a lock for long.
    /// Serialization failure, deadlock, unique violation (somebody inserted the same verdict, client or entity first), lock
    /// not available.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        match error.code().as_deref() {
            Some("40001" | "40P01" | "55P03") => true,
            Some("23505") => error.constraint().is_some_and(|c| OPTIMISTIC.contains(&c)),
            _ => false,
        }
    }

    /// Whether somebody has the phone number of a new account. Who looks at the numbers first can look again: another server was faster.
    #[must_use]
    pub fn is_phone_taken(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.constraint() == Some("user_phone_key"))
    }

    /// Whether the connection is lost: what was being committed may have happened or not, and is looked up in the verdicts.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        match self {
            Self::Database(
                sqlx::Error::Io(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::PoolTimedOut,
            ) => true,
            // Connection exceptions, and a server that is shutting down, crashed or starting.
            _ => self
                .code()
                .is_some_and(|code| code.starts_with("08") || code.starts_with("57P0")),
        }
    }

    /// Whether the database could not do what it was asked, for a reason that lies outside of the request: a full disk, a
    /// lost connection. Not where it says that something of the kind is there already.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        let refused = error
            .as_database_error()
            .map(sqlx::error::DatabaseError::kind);
        !self.is_retryable() && matches!(refused, None | Some(sqlx::error::ErrorKind::Other))
    }

    /// Whether there is no room left.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        // SQLITE_FULL, and PostgreSQL's disk_full.
        matches!(self.code().as_deref(), Some("13" | "53100"))
    }

    fn code(&self) -> Option<String> {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return None;
        };
        error.code().map(std::borrow::Cow::into_owned)
    }
}

/// Where a unique violation says that another server was faster, and not that somebody asked for the impossible.
const OPTIMISTIC: [&str; 3] = ["client_pkey", "verdict_pkey", "entity_pkey"];

/// What `migrate!` says, in our words.
fn migration_error(error: sqlx::migrate::MigrateError, known: i64) -> StorageError {
    match error {
        sqlx::migrate::MigrateError::VersionMissing(found) if found > known => {
            StorageError::SchemaTooNew { found, known }
        }
        sqlx::migrate::MigrateError::Execute(error) => StorageError::Database(error),
        error => StorageError::Migration(error),
    }
}
