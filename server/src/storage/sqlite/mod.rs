//! The storage port on SQLite: one file, one writing connection, several that read.

mod accounts;
mod audit;
mod browse;
mod check;
mod due;
mod entities;
mod feeds;
mod figures;
mod installation;
mod projections;
mod rows;
mod state;
mod transaction;
mod verdicts;

use super::accounts::{
    AccountQuery, ListedAccount, ListedSession, StoredAccount, StoredInvitation, StoredSession,
};
use super::audit::{KeptTrail, TrailQuery, TrailRow};
use super::browse::{BrowseQuery, CountedCounty, FoundNeed};
use super::chain::Lanes;
use super::changes::Change;
use super::check::Inspection;
use super::due::DueRow;
use super::figures::{FiguresQuery, FoundFigure};
use super::lock::FileLock;
use super::pull::{Limits, Pulled, Wanted};
use super::recount::Recount;
use super::regions::RegionsQuery;
use super::state::StorageState;
use super::tables::{Table, Values};
use super::work_rows::ClientRow;
use super::{Lead, Storage, StorageError, Transaction, migration_error};
use crate::regions::Region;
use async_trait::async_trait;
use domain::{ClientId, Day, Feed, Level, Millis, RegionCode, UserId};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, QueryBuilder, Row, Sqlite, SqliteConnection,
    SqlitePool,
};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Steps that bring an older file to the present form.
static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many answers are read at the same time.
const READERS: u32 = 4;
/// How many rows one statement writes; SQLite takes 32,766 values at most.
const ROWS: usize = 400;

/// What SQLite's header says whose file it is (`PRAGMA application_id`): "XDAN".
const APPLICATION_ID: i64 = 0x5844_414E;
/// Tables that every file of ours has, also those of releases that did not write [`APPLICATION_ID`] yet.
const OUR_TABLES: [&str; 6] = ["meta", "feed", "entity", "placement", "verdict", "user"];

/// The open file.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    writing: SqlitePool,
    reading: SqlitePool,
    /// Held until the last write is done; none in memory, or to read only.
    lock: Arc<Mutex<Option<FileLock>>>,
}

impl SqliteStorage {
    /// Opens the file, makes it if need be, and brings it to the present form. Another process that has it open is waited for, but
    /// not longer than `patience`.
    pub async fn open(file: &Path, patience: Duration) -> Result<Self, StorageError> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let lock = FileLock::take(file, patience).await?;
        let is_new = !file.exists();
        if !is_new {
            refuse_foreign(file).await?;
        }
        let options = options(file)
            .create_if_missing(true)
            // An acknowledged change survives the power going out: every commit is on disk before it is answered.
            .synchronous(SqliteSynchronous::Full);
        let writing = writer().connect_with(options.clone()).await?;
        if is_new {
            claim(&writing).await?;
        }
        migrate(&writing).await?;
        if !is_new && !is_claimed(&mut *writing.acquire().await?).await? {
            claim(&writing).await?;
        }
        projections::index(&writing).await?;
        let reading = pool(READERS)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self {
            writing,
            reading,
            lock: Arc::new(Mutex::new(Some(lock))),
        })
    }

    /// Opens a file that is there, to look at it and not to change it; whoever works on it is not disturbed.
    pub async fn open_to_read(file: &Path) -> Result<Self, StorageError> {
        if !file.exists() {
            return Err(StorageError::NotThere(file.display().to_string()));
        }
        refuse_foreign(file).await?;
        let reading = pool(1)
            .connect_with(options(file).read_only(true).create_if_missing(false))
            .await?;
        let (found, known) = (form(&reading).await?, newest_form());
        if found > known {
            return Err(StorageError::SchemaTooNew { found, known });
        }
        if found < known {
            return Err(StorageError::SchemaTooOld { found, known });
        }
        Ok(Self {
            writing: reading.clone(),
            reading,
            lock: Arc::default(),
        })
    }

    /// A database in memory, for tests: one connection that writes and reads in turn.
    pub async fn in_memory() -> Result<Self, StorageError> {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .synchronous(SqliteSynchronous::Off)
            .disable_statement_logging();
        let writing = pool(1).connect_with(options).await?;
        migrate(&writing).await?;
        projections::index(&writing).await?;
        Ok(Self {
            reading: writing.clone(),
            writing,
            lock: Arc::default(),
        })
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    fn shares_data(&self) -> bool {
        false
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, StorageError> {
        transaction::begin(&self.writing).await
    }

    async fn pull(
        &self,
        client: Option<ClientId>,
        wanted: Vec<Wanted>,
        limits: Limits,
    ) -> Result<Pulled, StorageError> {
        feeds::pull(&mut *self.reading.acquire().await?, client, wanted, limits).await
    }

    async fn versions(&self, of: Option<&[Feed]>) -> Result<HashMap<Feed, i64>, StorageError> {
        feeds::versions(&mut *self.reading.acquire().await?, of).await
    }

    async fn client(&self, client: ClientId) -> Result<Option<ClientRow>, StorageError> {
        verdicts::client(&mut *self.reading.acquire().await?, client).await
    }

    async fn browse(&self, query: &BrowseQuery) -> Result<Vec<FoundNeed>, StorageError> {
        browse::browse(&mut *self.reading.acquire().await?, query).await
    }

    async fn areas(&self, today: Day) -> Result<Vec<(RegionCode, String)>, StorageError> {
        browse::areas(&mut *self.reading.acquire().await?, today).await
    }

    async fn count_by_county(
        &self,
        region: RegionCode,
        today: Day,
    ) -> Result<Vec<CountedCounty>, StorageError> {
        browse::count_by_county(&mut *self.reading.acquire().await?, region, today).await
    }

    async fn figures(&self, query: &FiguresQuery) -> Result<Vec<FoundFigure>, StorageError> {
        figures::figures(&mut *self.reading.acquire().await?, query).await
    }

    async fn regions(&self, query: &RegionsQuery) -> Result<Vec<Region>, StorageError> {
        installation::regions(&mut *self.reading.acquire().await?, query).await
    }

    async fn account_by_phone(&self, phone: &str) -> Result<Option<StoredAccount>, StorageError> {
        accounts::account_by_phone(&mut *self.reading.acquire().await?, phone).await
    }

    async fn account(&self, user: UserId) -> Result<Option<StoredAccount>, StorageError> {
        accounts::account(&mut *self.reading.acquire().await?, user).await
    }

    async fn accounts(&self, query: &AccountQuery) -> Result<Vec<ListedAccount>, StorageError> {
        accounts::accounts(&mut *self.reading.acquire().await?, query).await
    }

    async fn accounts_by_phone(
        &self,
        phones: &[String],
    ) -> Result<Vec<StoredAccount>, StorageError> {
        accounts::accounts_by_phone(&mut *self.reading.acquire().await?, phones).await
    }

    async fn invitation(&self, code: &[u8; 32]) -> Result<Option<StoredInvitation>, StorageError> {
        accounts::invitation(&mut *self.reading.acquire().await?, code).await
    }

    async fn data_key(&self, user: UserId, device: &str) -> Result<Option<[u8; 32]>, StorageError> {
        accounts::data_key(&mut *self.reading.acquire().await?, user, device).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<ListedSession>, StorageError> {
        accounts::sessions(&mut *self.reading.acquire().await?, user).await
    }

    async fn regions_by_code(
        &self,
        codes: &[RegionCode],
        today: Day,
    ) -> Result<Vec<Region>, StorageError> {
        installation::regions_by_code(&mut *self.reading.acquire().await?, codes, today).await
    }

    async fn regions_inside(
        &self,
        region: Option<RegionCode>,
        level: Level,
        today: Day,
    ) -> Result<Vec<Region>, StorageError> {
        installation::regions_inside(&mut *self.reading.acquire().await?, region, level, today)
            .await
    }

    async fn accounts_by_region(&self) -> Result<Vec<(RegionCode, u64)>, StorageError> {
        accounts::accounts_by_region(&mut *self.reading.acquire().await?).await
    }

    async fn count_accounts(&self) -> Result<i64, StorageError> {
        self.count("SELECT count(*) FROM user").await
    }

    async fn session(&self, token: &[u8; 32]) -> Result<Option<StoredSession>, StorageError> {
        accounts::session(&mut *self.reading.acquire().await?, token).await
    }

    async fn state(&self, now: Millis) -> Result<StorageState, StorageError> {
        let state = state::state(&mut *self.reading.acquire().await?, now).await?;
        Ok(StorageState {
            last_backup: self.last_backup(),
            ..state
        })
    }

    async fn meta(&self, key: &str) -> Result<Option<String>, StorageError> {
        installation::meta(&mut *self.reading.acquire().await?, key).await
    }

    async fn set_meta(&self, key: &str, value: &str) -> Result<(), StorageError> {
        installation::set_meta(&mut *self.writing.acquire().await?, key, value).await
    }

    async fn meta_or_set(&self, key: &str, value: &str) -> Result<String, StorageError> {
        installation::meta_or_set(&mut *self.writing.acquire().await?, key, value).await
    }

    async fn count_regions(&self) -> Result<i64, StorageError> {
        self.count("SELECT count(*) FROM region").await
    }

    async fn count_needs(&self) -> Result<i64, StorageError> {
        self.count("SELECT count(*) FROM projection WHERE kind = 'need'")
            .await
    }

    async fn kept_trail(&self, kind: &str, id: &str) -> Result<KeptTrail, StorageError> {
        audit::trail(&mut *self.reading.acquire().await?, kind, id).await
    }

    async fn trail_page(&self, query: &TrailQuery) -> Result<Vec<TrailRow>, StorageError> {
        audit::page(&mut *self.reading.acquire().await?, query).await
    }

    async fn lanes(&self) -> Result<Lanes, StorageError> {
        audit::lanes(&mut *self.reading.acquire().await?).await
    }

    async fn recount(&self) -> Result<Recount, StorageError> {
        check::recount(&mut *self.reading.acquire().await?).await
    }

    async fn inspect(&self) -> Result<Inspection, StorageError> {
        check::inspect(&mut *self.reading.acquire().await?).await
    }

    async fn due(
        &self,
        until: Millis,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StorageError> {
        due::read(&mut *self.reading.acquire().await?, until, after, limit).await
    }

    async fn read_rows(
        &self,
        table: &'static Table,
        after: Option<&Values>,
        limit: usize,
    ) -> Result<Vec<Values>, StorageError> {
        rows::read(&mut *self.reading.acquire().await?, table, after, limit).await
    }

    /// There is nobody else.
    async fn changes(&self) -> Result<Option<mpsc::Receiver<Change>>, StorageError> {
        Ok(None)
    }

    /// The sole writer leads in everything.
    async fn try_lead(&self, _job: &'static str) -> Result<Option<Box<dyn Lead>>, StorageError> {
        Ok(Some(Box::new(Sole)))
    }

    /// SQLite then folds its log into the file, and after that somebody else may have it.
    async fn close(&self) {
        self.reading.close().await;
        self.writing.close().await;
        let lock = self
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(lock);
    }
}

impl SqliteStorage {
    /// When `xiangdan backup` made a copy last: it leaves a mark beside the file.
    fn last_backup(&self) -> Option<Millis> {
        let options = self.reading.connect_options();
        backed_up(options.get_filename())
    }

    /// Copies the file as it is now into a new one, while others go on working, and notes when beside it.
    pub async fn back_up(&self, to: &Path, now: Millis) -> Result<(), StorageError> {
        if to.exists() {
            return Err(StorageError::InTheWay(to.display().to_string()));
        }
        sqlx::query("VACUUM INTO ?")
            .bind(to.display().to_string())
            .execute(&self.reading)
            .await?;
        let options = self.reading.connect_options();
        std::fs::write(mark(options.get_filename()), now.0.to_string())?;
        Ok(())
    }

    async fn count(&self, sql: &'static str) -> Result<i64, StorageError> {
        Ok(sqlx::query(sql)
            .fetch_one(&self.reading)
            .await?
            .try_get(0)?)
    }
}

/// Where it is noted when a copy of a file was made last.
fn mark(file: &Path) -> std::path::PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".backed-up");
    file.with_file_name(name)
}

fn backed_up(file: &Path) -> Option<Millis> {
    let text = std::fs::read_to_string(mark(file)).ok()?;
    text.trim().parse().ok().map(Millis)
}

struct Sole;

#[async_trait]
impl Lead for Sole {
    async fn is_held(&mut self) -> bool {
        true
    }
}

fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "268435456")
        // SQLite keeps its undo data and what it sorts in memory, so a statement needs no temporary file.
        .pragma("temp_store", "memory")
        // Statements hold what people wrote; they never go into a log, not even slow ones.
        .disable_statement_logging()
}

/// The one writing connection. After some errors, a full disk among them, SQLite has undone the transaction on its own, and
/// sqlx, which does not know, would refuse every transaction after it: such a connection is replaced.
fn writer() -> SqlitePoolOptions {
    pool(1).after_release(|connection, _| {
        Box::pin(async move {
            // What was still to be rolled back is, before this is answered.
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

/// Refuses a file that is empty or somebody else's, without changing it.
async fn refuse_foreign(file: &Path) -> Result<(), StorageError> {
    let named = || file.display().to_string();
    if std::fs::metadata(file)?.len() == 0 {
        return Err(StorageError::EmptyFile(named()));
    }
    let looking = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    let ours = async {
        let mut connection = looking.connect().await?;
        let ours = is_claimed(&mut connection).await? || has_our_tables(&mut connection).await?;
        connection.close().await?;
        Ok::<bool, StorageError>(ours)
    };
    match ours.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(StorageError::NotOurs(named())),
        // SQLITE_NOTADB: no database at all.
        Err(error) if error.code().as_deref() == Some("26") => Err(StorageError::NotOurs(named())),
        Err(error) => Err(error),
    }
}

/// Whether the file says that it is ours.
async fn is_claimed(connection: &mut SqliteConnection) -> Result<bool, StorageError> {
    let id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(connection)
        .await?;
    Ok(id == APPLICATION_ID)
}

async fn has_our_tables(connection: &mut SqliteConnection) -> Result<bool, StorageError> {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
            .fetch_all(connection)
            .await?;
    Ok(OUR_TABLES
        .iter()
        .all(|ours| tables.iter().any(|table| table == ours)))
}

/// Writes into the file whose it is.
async fn claim(pool: &SqlitePool) -> Result<(), StorageError> {
    let sql = format!("PRAGMA application_id = {APPLICATION_ID}");
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await?;
    Ok(())
}

fn newest_form() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

/// How many steps the file has had.
async fn form(pool: &SqlitePool) -> Result<i64, StorageError> {
    Ok(sqlx::query("PRAGMA user_version")
        .fetch_one(pool)
        .await?
        .try_get(0)?)
}

/// Runs the steps a file does not have yet. The number of steps stands in `user_version` too, as it did before there was a
/// table of migrations, so that every release recognises a file that is newer than itself.
async fn migrate(pool: &SqlitePool) -> Result<(), StorageError> {
    let (found, known) = (form(pool).await?, newest_form());
    if found > known {
        return Err(StorageError::SchemaTooNew { found, known });
    }
    let table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
    if found > 0 && sqlx::query(table).fetch_optional(pool).await?.is_none() {
        // The first release counted its steps in `user_version` alone: what it has done is noted as done.
        MIGRATIONS
            .skip(pool, Some(found))
            .await
            .map_err(|e| migration_error(e, known))?;
    }
    MIGRATIONS
        .run(pool)
        .await
        .map_err(|e| migration_error(e, known))?;
    if found < known {
        sqlx::query(AssertSqlSafe(format!("PRAGMA user_version = {known}")))
            .execute(pool)
            .await?;
    }
    Ok(())
}

/// Runs a statement of many rows. Only short ones are worth keeping prepared.
async fn run(
    mut sql: QueryBuilder<Sqlite>,
    conn: &mut SqliteConnection,
    rows: usize,
) -> Result<(), StorageError> {
    sql.build().persistent(rows <= 8).execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_from_the_future_is_left_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let db = SqliteStorage::open(&file, Duration::ZERO)
            .await
            .expect("open");
        sqlx::raw_sql("PRAGMA user_version = 99")
            .execute(&db.writing)
            .await
            .expect("set");
        db.close().await;
        assert!(matches!(
            SqliteStorage::open(&file, Duration::ZERO).await,
            Err(StorageError::SchemaTooNew { found: 99, .. })
        ));
    }

    #[tokio::test]
    async fn a_file_with_a_step_nobody_here_knows_is_left_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let db = SqliteStorage::open(&file, Duration::ZERO)
            .await
            .expect("open");
        sqlx::raw_sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (99, 'later', TRUE, x'00', 0)",
        )
        .execute(&db.writing)
        .await
        .expect("set");
        db.close().await;
        assert!(matches!(
            SqliteStorage::open(&file, Duration::ZERO).await,
            Err(StorageError::SchemaTooNew { found: 99, .. })
        ));
    }

    #[tokio::test]
    async fn opening_twice_migrates_once() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("deep/x.sqlite");
        SqliteStorage::open(&file, Duration::ZERO)
            .await
            .expect("first")
            .close()
            .await;
        SqliteStorage::open(&file, Duration::ZERO)
            .await
            .expect("second")
            .close()
            .await;
    }

    /// Inserts rows until the file may not grow any more.
    async fn fill(db: &SqliteStorage) -> StorageError {
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
            .fetch_one(&db.writing)
            .await
            .expect("a number");
        sqlx::query(AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
            .fetch_all(&db.writing)
            .await
            .expect("a limit");
        let mut transaction = db.begin().await.expect("begins");
        let meta = &super::super::tables::TABLES[0];
        assert_eq!(meta.name, "meta");
        let text = |text: String| super::super::tables::Value::Text(text);
        for n in 0..1_000 {
            let row = vec![text(format!("key {n}")), text("x".repeat(1_000))];
            if let Err(error) = transaction.insert_rows(meta, vec![row]).await {
                return error;
            }
        }
        panic!("the file has grown")
    }

    #[tokio::test]
    async fn a_disk_that_was_full_once_is_written_to_again() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let db = SqliteStorage::open(&file, Duration::ZERO)
            .await
            .expect("open");
        for _ in 0..2 {
            let error = fill(&db).await;
            assert_eq!(error.code().as_deref(), Some("13"), "SQLITE_FULL: {error}");
            assert!(error.is_outage());
            let transaction = db.begin().await.expect("begins again");
            transaction.commit().await.expect("commits");
            db.set_meta("after", "written").await.expect("writes");
        }
        let kept = db.meta("key 0").await.expect("reads");
        assert_eq!(kept, None, "a transaction is all or nothing");
        db.close().await;
    }

    #[tokio::test]
    async fn a_file_that_is_empty_or_somebody_elses_is_left_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("empty"), "").expect("a file");
        std::fs::write(at("text"), "a letter to the village\n".repeat(200)).expect("a file");
        for (name, sql) in [
            (
                "theirs",
                "CREATE TABLE user (id TEXT, phone TEXT); INSERT INTO user VALUES ('a', 'b')",
            ),
            ("bare", "PRAGMA user_version = 3"),
            ("named", "PRAGMA application_id = 7; CREATE TABLE x (y)"),
        ] {
            let options = SqliteConnectOptions::new()
                .filename(at(name))
                .create_if_missing(true);
            let mut theirs = options.connect().await.expect("a file");
            sqlx::raw_sql(sql).execute(&mut theirs).await.expect("runs");
            theirs.close().await.expect("closed");
        }
        for name in ["empty", "text", "theirs", "bare", "named"] {
            let before = std::fs::read(at(name)).expect("a file");
            for error in [
                SqliteStorage::open(&at(name), Duration::ZERO)
                    .await
                    .map(drop),
                SqliteStorage::open_to_read(&at(name)).await.map(drop),
            ] {
                let error = error.expect_err(name);
                let expected = match &error {
                    StorageError::EmptyFile(_) => "empty",
                    StorageError::NotOurs(_) => "others",
                    _ => "",
                };
                let should = if name == "empty" { "empty" } else { "others" };
                assert_eq!(expected, should, "{name}: {error}");
            }
            assert_eq!(std::fs::read(at(name)).expect("a file"), before, "{name}");
        }
        let missing = SqliteStorage::open_to_read(&at("missing")).await;
        assert!(matches!(missing, Err(StorageError::NotThere(_))));
        assert!(!at("missing").exists());
    }

    #[tokio::test]
    async fn who_only_looks_changes_nothing_and_disturbs_nobody() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let db = SqliteStorage::open(&file, Duration::ZERO)
            .await
            .expect("open");
        db.set_meta("a", "1").await.expect("writes");
        let looking = SqliteStorage::open_to_read(&file).await.expect("beside it");
        assert_eq!(
            looking.meta("a").await.expect("reads").as_deref(),
            Some("1")
        );
        assert!(looking.set_meta("a", "2").await.is_err());
        assert!(looking.check().await.expect("looks").wrong.is_empty());
        db.set_meta("a", "3").await.expect("writes");
        looking.close().await;
        db.close().await;
        let looking = SqliteStorage::open_to_read(&file).await.expect("alone");
        assert_eq!(
            looking.meta("a").await.expect("reads").as_deref(),
            Some("3")
        );
        looking.close().await;
    }

    #[tokio::test]
    async fn a_file_of_ours_says_so() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let db = SqliteStorage::open(&file, Duration::ZERO)
            .await
            .expect("open");
        db.close().await;
        let header = std::fs::read(&file).expect("a file");
        assert_eq!(&header[68..72], b"XDAN");
    }

    /// As the first release left it: the tables, `user_version` 1, and no table of migrations.
    #[tokio::test]
    async fn a_file_of_the_first_release_is_recognised() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let first = pool(1).connect_with(options).await.expect("a file");
        for sql in [
            include_str!("../../../migrations/sqlite/0001_base.sql"),
            "INSERT INTO meta VALUES ('epoch', 'kept'); \
             INSERT INTO entity VALUES ('need', 'a', 1, '{}', NULL); \
             INSERT INTO need_index VALUES ('a', 431230104201, 'care', 'published', 5, '路灯 a4'); \
             PRAGMA user_version = 1",
        ] {
            sqlx::raw_sql(sql).execute(&first).await.expect("runs");
        }
        first.close().await;
        for _ in 0..2 {
            let db = SqliteStorage::open(&file, Duration::ZERO)
                .await
                .expect("opens");
            assert_eq!(
                db.meta("epoch").await.expect("reads").as_deref(),
                Some("kept")
            );
            // What could be found before is found by the terms that were made of it.
            let region = RegionCode::try_from(431_230_000_000).expect("a code");
            let mut query = BrowseQuery::of(region, 10);
            query.words = vec!["路灯".to_owned(), "a4".to_owned()];
            query.budget = 0;
            assert_eq!(db.browse(&query).await.expect("browses").len(), 1);
            db.close().await;
        }
    }
}
