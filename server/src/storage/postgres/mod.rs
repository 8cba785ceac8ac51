//! The storage port on PostgreSQL 15 or newer: any number of servers on one database.
//!
//! READ COMMITTED with row locks in a fixed order for what is written, one REPEATABLE READ snapshot for what is read.

mod accounts;
mod audit;
mod browse;
mod check;
mod due;
mod entities;
mod feeds;
mod figures;
mod installation;
mod lead;
mod listening;
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
use super::pull::{Limits, Pulled, Wanted};
use super::recount::Recount;
use super::regions::RegionsQuery;
use super::state::StorageState;
use super::tables::{Table, Values};
use super::work_rows::ClientRow;
use super::{Lead, Location, Purpose, Storage, StorageError, Transaction, migration_error};
use crate::regions::Region;
use async_trait::async_trait;
use domain::{ClientId, Day, Feed, Level, Millis, RegionCode, UserId};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, Row};
use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Steps that bring an older database to the present form. `migrate!` holds an advisory lock meanwhile, so that several
/// servers can start at once.
static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The oldest PostgreSQL this is tested with, as `server_version_num` says it.
const OLDEST: i64 = 150_000;
/// How our connections name themselves to the database.
const APPLICATION: &str = "xiangdan";
/// How often somebody who waits for other processes to end looks again.
const AGAIN: Duration = Duration::from_millis(100);
/// How many connections one server holds at most.
const CONNECTIONS: u32 = 20;
/// How long somebody waits for a connection before they are told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections to the database.
#[derive(Clone)]
pub struct PostgresStorage {
    pool: PgPool,
    options: PgConnectOptions,
    /// Names this process in what it tells others, so that it does not listen to itself.
    server: String,
}

/// Shows nothing of the address.
impl fmt::Debug for PostgresStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStorage").finish_non_exhaustive()
    }
}

impl PostgresStorage {
    /// Copies are made with the database's own tools, which tell us nothing.
    #[expect(clippy::unused_self, reason = "the same on both databases")]
    fn last_backup(&self) -> Option<Millis> {
        None
    }

    /// Connects and brings the database to the present form. Servers that are in the way of this purpose are waited for, but not
    /// longer than `patience`.
    pub async fn open(
        url: &str,
        purpose: Purpose,
        patience: Duration,
    ) -> Result<Self, StorageError> {
        let options = options(url)?;
        refuse_old(&options).await?;
        if purpose == Purpose::Alone {
            alone(&options, url, patience).await?;
        }
        migrate(options.clone(), url).await?;
        Self::connect(options).await
    }

    /// Connects to a database of the present form.
    pub async fn open_to_read(url: &str) -> Result<Self, StorageError> {
        let options = options(url)?;
        refuse_old(&options).await?;
        let known = newest_form();
        let found = form(&options).await?;
        if found > known {
            return Err(StorageError::SchemaTooNew { found, known });
        }
        if found < known {
            return Err(StorageError::SchemaTooOld { found, known });
        }
        Self::connect(options).await
    }

    async fn connect(options: PgConnectOptions) -> Result<Self, StorageError> {
        // What takes longer is a fault, whoever waits for a lock tries again, and a server that has stopped in the middle of a
        // transaction loses its locks.
        let options = options.options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "3s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone())
            .await?;
        Ok(Self {
            pool,
            options,
            server: random_name(),
        })
    }

    async fn count(&self, sql: &'static str) -> Result<i64, StorageError> {
        Ok(sqlx::query(sql).fetch_one(&self.pool).await?.try_get(0)?)
    }
}

fn options(url: &str) -> Result<PgConnectOptions, StorageError> {
    // What the driver says of a wrong address may repeat the password in it.
    let options: PgConnectOptions = url
        .parse()
        .map_err(|_| StorageError::Location("postgres://…".to_owned()))?;
    Ok(options
        .application_name(APPLICATION)
        // Statements hold what people wrote; they never go into a log, not even slow ones.
        .disable_statement_logging())
}

/// The address as it may be shown.
fn named(url: &str) -> String {
    Location::Postgres(url.to_owned()).to_string()
}

/// Waits until no other process of ours is connected. A server always is: it listens for what others change.
async fn alone(
    options: &PgConnectOptions,
    url: &str,
    patience: Duration,
) -> Result<(), StorageError> {
    let until = Instant::now() + patience;
    let mut connection = options.connect().await?;
    loop {
        let others: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()",
        )
        .bind(APPLICATION)
        .fetch_one(&mut connection)
        .await?;
        if others == 0 {
            connection.close().await?;
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(StorageError::InUse(named(url)));
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn newest_form() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or(0)
}

/// How many steps the database has had; 0 for an empty one.
async fn form(options: &PgConnectOptions) -> Result<i64, StorageError> {
    let mut connection = options.connect().await?;
    let migrated: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut connection)
        .await?;
    let found = if migrated {
        sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")
            .fetch_one(&mut connection)
            .await?
    } else {
        0
    };
    connection.close().await?;
    Ok(found)
}

/// Refuses a database in which somebody else keeps tables. What an extension brings along does not count. One statement, since
/// another server may be migrating: whoever sees its tables sees its table of migrations too.
async fn refuse_foreign(connection: &mut PgConnection, url: &str) -> Result<(), StorageError> {
    let theirs: bool = sqlx::query_scalar(
        "SELECT to_regclass('_sqlx_migrations') IS NULL AND EXISTS (SELECT 1 FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT 1 FROM pg_depend d \
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))",
    )
    .fetch_one(connection)
    .await?;
    if theirs {
        return Err(StorageError::NotOurs(named(url)));
    }
    Ok(())
}

async fn refuse_old(options: &PgConnectOptions) -> Result<(), StorageError> {
    let mut connection = options.connect().await?;
    let row = sqlx::query(
        "SELECT current_setting('server_version_num')::bigint, current_setting('server_version')",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    if row.try_get::<i64, _>(0)? < OLDEST {
        return Err(StorageError::PostgresTooOld(row.try_get(1)?));
    }
    Ok(())
}

/// On a connection of its own, without limits of time: another server may be migrating, which takes as long as it takes.
async fn migrate(options: PgConnectOptions, url: &str) -> Result<(), StorageError> {
    let known = newest_form();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    refuse_foreign(&mut *pool.acquire().await?, url).await?;
    let migrated = MIGRATIONS.run(&pool).await;
    let migrated = match migrated.map_err(|e| migration_error(e, known)) {
        Ok(()) => projections::index(&mut *pool.acquire().await?).await,
        error => error,
    };
    pool.close().await;
    migrated
}

fn random_name() -> String {
    use crate::ports::{Random, SystemRandom};
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[async_trait]
impl Storage for PostgresStorage {
    fn shares_data(&self) -> bool {
        true
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, StorageError> {
        transaction::begin(&self.pool, &self.server).await
    }

    async fn pull(
        &self,
        client: Option<ClientId>,
        wanted: Vec<Wanted>,
        limits: Limits,
    ) -> Result<Pulled, StorageError> {
        feeds::pull(&mut *self.pool.acquire().await?, client, wanted, limits).await
    }

    async fn versions(&self, of: Option<&[Feed]>) -> Result<HashMap<Feed, i64>, StorageError> {
        feeds::versions(&mut *self.pool.acquire().await?, of).await
    }

    async fn client(&self, client: ClientId) -> Result<Option<ClientRow>, StorageError> {
        verdicts::client(&mut *self.pool.acquire().await?, client).await
    }

    async fn browse(&self, query: &BrowseQuery) -> Result<Vec<FoundNeed>, StorageError> {
        browse::browse(&mut *self.pool.acquire().await?, query).await
    }

    async fn areas(&self, today: Day) -> Result<Vec<(RegionCode, String)>, StorageError> {
        browse::areas(&mut *self.pool.acquire().await?, today).await
    }

    async fn count_by_county(
        &self,
        region: RegionCode,
        today: Day,
    ) -> Result<Vec<CountedCounty>, StorageError> {
        browse::count_by_county(&mut *self.pool.acquire().await?, region, today).await
    }

    async fn figures(&self, query: &FiguresQuery) -> Result<Vec<FoundFigure>, StorageError> {
        figures::figures(&mut *self.pool.acquire().await?, query).await
    }

    async fn regions(&self, query: &RegionsQuery) -> Result<Vec<Region>, StorageError> {
        installation::regions(&mut *self.pool.acquire().await?, query).await
    }

    async fn account_by_phone(&self, phone: &str) -> Result<Option<StoredAccount>, StorageError> {
        accounts::account_by_phone(&mut *self.pool.acquire().await?, phone).await
    }

    async fn account(&self, user: UserId) -> Result<Option<StoredAccount>, StorageError> {
        accounts::account(&mut *self.pool.acquire().await?, user).await
    }

    async fn accounts(&self, query: &AccountQuery) -> Result<Vec<ListedAccount>, StorageError> {
        accounts::accounts(&mut *self.pool.acquire().await?, query).await
    }

    async fn accounts_by_phone(
        &self,
        phones: &[String],
    ) -> Result<Vec<StoredAccount>, StorageError> {
        accounts::accounts_by_phone(&mut *self.pool.acquire().await?, phones).await
    }

    async fn invitation(&self, code: &[u8; 32]) -> Result<Option<StoredInvitation>, StorageError> {
        accounts::invitation(&mut *self.pool.acquire().await?, code).await
    }

    async fn data_key(&self, user: UserId, device: &str) -> Result<Option<[u8; 32]>, StorageError> {
        accounts::data_key(&mut *self.pool.acquire().await?, user, device).await
    }

    async fn sessions(&self, user: UserId) -> Result<Vec<ListedSession>, StorageError> {
        accounts::sessions(&mut *self.pool.acquire().await?, user).await
    }

    async fn regions_by_code(
        &self,
        codes: &[RegionCode],
        today: Day,
    ) -> Result<Vec<Region>, StorageError> {
        installation::regions_by_code(&mut *self.pool.acquire().await?, codes, today).await
    }

    async fn regions_inside(
        &self,
        region: Option<RegionCode>,
        level: Level,
        today: Day,
    ) -> Result<Vec<Region>, StorageError> {
        installation::regions_inside(&mut *self.pool.acquire().await?, region, level, today).await
    }

    async fn accounts_by_region(&self) -> Result<Vec<(RegionCode, u64)>, StorageError> {
        accounts::accounts_by_region(&mut *self.pool.acquire().await?).await
    }

    async fn count_accounts(&self) -> Result<i64, StorageError> {
        self.count("SELECT count(*) FROM \"user\"").await
    }

    async fn session(&self, token: &[u8; 32]) -> Result<Option<StoredSession>, StorageError> {
        accounts::session(&mut *self.pool.acquire().await?, token).await
    }

    async fn state(&self, now: Millis) -> Result<StorageState, StorageError> {
        let state = state::state(&mut *self.pool.acquire().await?, now).await?;
        Ok(StorageState {
            last_backup: self.last_backup(),
            ..state
        })
    }

    async fn meta(&self, key: &str) -> Result<Option<String>, StorageError> {
        installation::meta(&mut *self.pool.acquire().await?, key).await
    }

    async fn set_meta(&self, key: &str, value: &str) -> Result<(), StorageError> {
        installation::set_meta(&mut *self.pool.acquire().await?, key, value).await
    }

    async fn meta_or_set(&self, key: &str, value: &str) -> Result<String, StorageError> {
        installation::meta_or_set(&mut *self.pool.acquire().await?, key, value).await
    }

    async fn count_regions(&self) -> Result<i64, StorageError> {
        self.count("SELECT count(*) FROM region").await
    }

    async fn count_needs(&self) -> Result<i64, StorageError> {
        self.count("SELECT count(*) FROM projection WHERE kind = 'need'")
            .await
    }

    async fn kept_trail(&self, kind: &str, id: &str) -> Result<KeptTrail, StorageError> {
        audit::trail(&mut *self.pool.acquire().await?, kind, id).await
    }

    async fn trail_page(&self, query: &TrailQuery) -> Result<Vec<TrailRow>, StorageError> {
        audit::page(&mut *self.pool.acquire().await?, query).await
    }

    async fn lanes(&self) -> Result<Lanes, StorageError> {
        audit::lanes(&mut *self.pool.acquire().await?).await
    }

    async fn recount(&self) -> Result<Recount, StorageError> {
        check::recount(&mut *self.pool.acquire().await?).await
    }

    async fn inspect(&self) -> Result<Inspection, StorageError> {
        check::inspect(&mut *self.pool.acquire().await?).await
    }

    async fn due(
        &self,
        until: Millis,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StorageError> {
        due::read(&mut *self.pool.acquire().await?, until, after, limit).await
    }

    async fn read_rows(
        &self,
        table: &'static Table,
        after: Option<&Values>,
        limit: usize,
    ) -> Result<Vec<Values>, StorageError> {
        rows::read(&mut *self.pool.acquire().await?, table, after, limit).await
    }

    async fn changes(&self) -> Result<Option<mpsc::Receiver<Change>>, StorageError> {
        Ok(Some(
            listening::start(self.options.clone(), self.server.clone()).await?,
        ))
    }

    async fn try_lead(&self, job: &'static str) -> Result<Option<Box<dyn Lead>>, StorageError> {
        lead::try_lead(&self.options, job).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
