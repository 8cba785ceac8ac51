//! What is on disk: one SQLite file, one writer, many readers.
//!
//! Writing goes through `writer` alone, which commits what many callers brought in one transaction. Reading is done
//! on connections of its own, each answer in one snapshot.

/// Accounts and sessions, as they are read.
pub mod accounts;
/// Who changed what.
pub mod audit;
/// A copy of everything in memory, for the simulation.
#[cfg(feature = "faults")]
mod backup;
/// Needs page by page.
pub mod browse;
/// Whether what is stored agrees with itself.
pub mod check;
/// What a device has not seen yet.
pub mod pull;
/// What one transaction changes, gathered in memory.
mod unit;
/// The one writer: group commit.
pub mod writer;

pub(crate) use unit::ClientRow;

use domain::{ClientId, Feed};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlitePool};
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// Steps that bring an older file to the present form; a file knows how many it has (`user_version`).
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_base.sql")];

/// How many answers are read at the same time.
const READERS: u32 = 4;

/// The disk, or what is on it, does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// SQLite says no.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value cannot be read or written.
    #[error("stored data: {0}")]
    Json(#[from] serde_json::Error),
    /// A stored identifier cannot be read.
    #[error("stored data: {0}")]
    Data(String),
    /// The file was written by a later version of this program.
    #[error("the database has form {found}, this program knows {known}: start a newer xiangdan")]
    SchemaTooNew {
        /// What the file says.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// The folder cannot be made.
    #[error("the data folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The writer has stopped.
    #[error("the server is shutting down")]
    Stopped,
}

/// The open database.
#[derive(Clone, Debug)]
pub struct Database {
    pub(crate) writing: SqlitePool,
    pub(crate) reading: SqlitePool,
}

impl Database {
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
            // What one statement may have to undo, or sorts, needs no file of its own.
            .pragma("temp_store", "memory")
            // Statements hold what people wrote; they never go into a log, not even slow ones.
            .disable_statement_logging();
        let writing = pool(1).connect_with(options.clone()).await?;
        migrate(&writing).await?;
        let reading = pool(READERS)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self { writing, reading })
    }

    /// A database in memory, for tests: one connection that writes and reads in turn.
    pub async fn in_memory() -> Result<Self, StorageError> {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .synchronous(SqliteSynchronous::Off);
        let writing = pool(1).connect_with(options).await?;
        migrate(&writing).await?;
        Ok(Self {
            reading: writing.clone(),
            writing,
        })
    }

    /// A value of the `meta` table.
    pub async fn meta(&self, key: &str) -> Result<Option<String>, StorageError> {
        let row = sqlx::query("SELECT value FROM meta WHERE key = ?")
            .bind(key)
            .fetch_optional(&self.reading)
            .await?;
        Ok(row.map(|r| r.try_get(0)).transpose()?)
    }

    /// Sets a value of the `meta` table and gives it back. Only while nothing else writes.
    pub async fn set_meta(&self, key: &str, value: &str) -> Result<String, StorageError> {
        sqlx::query(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(value)
        .execute(&self.writing)
        .await?;
        Ok(value.to_owned())
    }

    /// How many regions there are.
    pub async fn count_regions(&self) -> Result<i64, StorageError> {
        Ok(sqlx::query("SELECT count(*) FROM region")
            .fetch_one(&self.reading)
            .await?
            .try_get(0)?)
    }

    /// How many needs there are.
    pub async fn count_needs(&self) -> Result<i64, StorageError> {
        Ok(sqlx::query("SELECT count(*) FROM need_index")
            .fetch_one(&self.reading)
            .await?
            .try_get(0)?)
    }

    /// The version of every feed.
    pub async fn versions(&self) -> Result<HashMap<Feed, i64>, StorageError> {
        let rows = sqlx::query("SELECT name, ver FROM feed")
            .fetch_all(&self.reading)
            .await?;
        rows.iter()
            .map(|row| {
                let name: String = row.try_get(0)?;
                let feed = name
                    .parse()
                    .map_err(|_| StorageError::Data(format!("feed {name}")))?;
                Ok((feed, row.try_get(1)?))
            })
            .collect()
    }

    /// How far a device is.
    pub(crate) async fn client(&self, client: ClientId) -> Result<Option<ClientRow>, StorageError> {
        let mut conn = self.reading.acquire().await?;
        unit::Unit::load_client(&mut conn, client).await
    }

    /// Closes every connection; SQLite then folds its log into the file.
    pub async fn close(&self) {
        self.reading.close().await;
        self.writing.close().await;
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

/// Runs the steps a file does not have yet, each in a transaction with its number.
async fn migrate(pool: &SqlitePool) -> Result<(), StorageError> {
    let found: i64 = sqlx::query("PRAGMA user_version")
        .fetch_one(pool)
        .await?
        .try_get(0)?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(StorageError::SchemaTooNew { found, known });
    }
    for (done, step) in MIGRATIONS
        .iter()
        .enumerate()
        .skip(usize::try_from(found).unwrap_or(0))
    {
        let sql = format!(
            "BEGIN IMMEDIATE; {step} PRAGMA user_version = {}; COMMIT;",
            done + 1
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(pool)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_from_the_future_is_left_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("x.sqlite");
        let db = Database::open(&file).await.expect("open");
        sqlx::raw_sql("PRAGMA user_version = 99")
            .execute(&db.writing)
            .await
            .expect("set");
        db.close().await;
        assert!(matches!(
            Database::open(&file).await,
            Err(StorageError::SchemaTooNew { found: 99, .. })
        ));
    }

    #[tokio::test]
    async fn opening_twice_migrates_once() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("deep/x.sqlite");
        Database::open(&file).await.expect("first").close().await;
        Database::open(&file).await.expect("second").close().await;
    }
}
