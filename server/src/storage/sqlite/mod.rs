//! The storage port on SQLite: one file, one writing connection, several that read.

mod accounts;
mod audit;
mod browse;
mod check;
mod entities;
mod feeds;
mod installation;
mod projections;
mod rows;
mod transaction;
mod verdicts;

use super::accounts::{StoredAccount, StoredSession};
use super::audit::KeptTrail;
use super::browse::{BrowseQuery, CountedCounty, FoundNeed};
use super::changes::Change;
use super::check::Inspection;
use super::pull::{Limits, Pulled, Wanted};
use super::tables::{Table, Values};
use super::work_rows::ClientRow;
use super::{Lead, Storage, StorageError, Transaction, migration_error};
use async_trait::async_trait;
use domain::{ClientId, Feed, RegionCode, UserId};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, ConnectOptions, QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool,
};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;

/// Steps that bring an older file to the present form.
static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many answers are read at the same time.
const READERS: u32 = 4;
/// How many rows one statement writes; SQLite takes 32,766 values at most.
const ROWS: usize = 400;

/// The open file.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    writing: SqlitePool,
    reading: SqlitePool,
}

impl SqliteStorage {
    /// Opens the file, makes it if need be, and brings it to the present form.
    pub async fn open(file: &Path) -> Result<Self, StorageError> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged change survives the power going out: every commit is on disk before it is answered.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "268435456")
            // SQLite keeps its undo data and what it sorts in memory, so a statement needs no temporary file.
            .pragma("temp_store", "memory")
            // Statements hold what people wrote; they never go into a log, not even slow ones.
            .disable_statement_logging();
        let writing = pool(1).connect_with(options.clone()).await?;
        migrate(&writing).await?;
        projections::index(&writing).await?;
        let reading = pool(READERS)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self { writing, reading })
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

    async fn count_by_county(
        &self,
        region: RegionCode,
    ) -> Result<Vec<CountedCounty>, StorageError> {
        browse::count_by_county(&mut *self.reading.acquire().await?, region).await
    }

    async fn account_by_phone(&self, phone: &str) -> Result<Option<StoredAccount>, StorageError> {
        accounts::account_by_phone(&mut *self.reading.acquire().await?, phone).await
    }

    async fn account(&self, user: UserId) -> Result<Option<StoredAccount>, StorageError> {
        accounts::account(&mut *self.reading.acquire().await?, user).await
    }

    async fn count_accounts(&self) -> Result<i64, StorageError> {
        self.count("SELECT count(*) FROM user").await
    }

    async fn session(&self, token: &[u8; 32]) -> Result<Option<StoredSession>, StorageError> {
        accounts::session(&mut *self.reading.acquire().await?, token).await
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

    async fn inspect(&self) -> Result<Inspection, StorageError> {
        check::inspect(&mut *self.reading.acquire().await?).await
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

    /// SQLite then folds its log into the file.
    async fn close(&self) {
        self.reading.close().await;
        self.writing.close().await;
    }
}

impl SqliteStorage {
    async fn count(&self, sql: &'static str) -> Result<i64, StorageError> {
        Ok(sqlx::query(sql)
            .fetch_one(&self.reading)
            .await?
            .try_get(0)?)
    }
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

/// Runs the steps a file does not have yet. The number of steps stands in `user_version` too, as it did before there was a
/// table of migrations, so that every release recognises a file that is newer than itself.
async fn migrate(pool: &SqlitePool) -> Result<(), StorageError> {
    let known = MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0);
    let found: i64 = sqlx::query("PRAGMA user_version")
        .fetch_one(pool)
        .await?
        .try_get(0)?;
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
        let db = SqliteStorage::open(&file).await.expect("open");
        sqlx::raw_sql("PRAGMA user_version = 99")
            .execute(&db.writing)
            .await
            .expect("set");
        db.close().await;
        assert!(matches!(
            SqliteStorage::open(&file).await,
            Err(StorageError::SchemaTooNew { found: 99, .. })
        ));
    }

    #[tokio::test]
    async fn a_file_with_a_step_nobody_here_knows_is_left_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let db = SqliteStorage::open(&file).await.expect("open");
        sqlx::raw_sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (99, 'later', TRUE, x'00', 0)",
        )
        .execute(&db.writing)
        .await
        .expect("set");
        db.close().await;
        assert!(matches!(
            SqliteStorage::open(&file).await,
            Err(StorageError::SchemaTooNew { found: 99, .. })
        ));
    }

    #[tokio::test]
    async fn opening_twice_migrates_once() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("deep/x.sqlite");
        SqliteStorage::open(&file)
            .await
            .expect("first")
            .close()
            .await;
        SqliteStorage::open(&file)
            .await
            .expect("second")
            .close()
            .await;
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
            let db = SqliteStorage::open(&file).await.expect("opens");
            assert_eq!(
                db.meta("epoch").await.expect("reads").as_deref(),
                Some("kept")
            );
            // What could be found before is found by the terms that were made of it.
            let region = domain::RegionCode::try_from(431_230_000_000).expect("a code");
            let mut query = BrowseQuery::of(region, 10);
            query.words = vec!["路灯".to_owned(), "a4".to_owned()];
            query.budget = 0;
            assert_eq!(db.browse(&query).await.expect("browses").len(), 1);
            db.close().await;
        }
    }
}
