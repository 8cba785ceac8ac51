//! The one writer.
//!
//! Everything that changes the file is a job in one queue. A task takes all that wait, works them off one after the
//! other in memory on top of what is stored, writes the result in one transaction, and answers all of them after the
//! commit: with many clients at once they share one wait for the disk.
//!
//! A mutation's changes reach the unit of work only when its command was accepted, so each is all or nothing without a
//! savepoint of the database; a failure of the database undoes the whole transaction, and then nobody gets a verdict.

use super::accounts::NewAccount;
use super::audit::Told;
use super::unit::{ClientRow, Stored, StoredVerdict, Unit};
use super::{Database, StorageError};
use crate::faults::{Fault, Faults};
use crate::ports::Clock;
use crate::regions::Region;
use crate::shared::{Account, Shared};
use api::ApiError;
use domain::{ClientId, Command, Entity, Key, Known, Millis, Rejection, Undecided, UserId, decide};
use sqlx::{Connection, SqliteConnection};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use sync::wire;
use tokio::sync::{mpsc, oneshot};

/// How many jobs wait at most; beyond that callers are told to come back.
const QUEUE: usize = 4_096;
/// How many jobs share a transaction at most, so that nobody waits for a transaction without end.
const GROUP: usize = 256;
/// How many mutations share a transaction at most, unless one device alone sends more.
const GROUP_MUTATIONS: usize = 2_000;
/// How many entities are kept in memory.
const CACHED_ENTITIES: usize = 20_000;
/// What a caller is told to wait when the database does not answer.
const RETRY_AFTER_S: u64 = 5;

/// What one device sends, in its order.
#[derive(Debug)]
pub struct Batch {
    /// The device.
    pub client: ClientId,
    /// Who sends it.
    pub account: Arc<Account>,
    /// What they did, oldest first.
    pub mutations: Vec<wire::Mutation>,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Applied {
    /// The last sequence number with a verdict.
    pub last_seq: u64,
    /// A verdict for each mutation, up to where the work stopped.
    pub results: Vec<wire::MutationResult>,
    /// Where and why the work stopped, if it did.
    pub stop: Option<wire::Stop>,
}

/// A change that is not a person's mutation.
#[derive(Clone)]
pub enum Write {
    /// Adds or replaces an account.
    PutAccount(Box<NewAccount>),
    /// Starts a session.
    StartSession {
        /// SHA-256 of its secret.
        token: [u8; 32],
        /// Whose.
        user: UserId,
        /// When it ends.
        expires_at: Millis,
    },
    /// Moves a session's end.
    TouchSession {
        /// SHA-256 of its secret.
        token: [u8; 32],
        /// When it ends now.
        expires_at: Millis,
    },
    /// Ends a session.
    EndSession {
        /// SHA-256 of its secret.
        token: [u8; 32],
    },
    /// Ends all sessions of a person.
    EndSessions(UserId),
    /// Adds or replaces entities as they are, without a person's command: demonstration and imported data.
    PutEntities(Vec<Entity>),
    /// Adds to the audit trail what was done before there was a server to do it: the demonstration's past.
    PutTrail(Vec<Told>),
    /// Replaces the table of regions.
    PutRegions(Vec<Region>),
    /// Removes every entity and every trace of clients; feeds start again from nothing.
    #[cfg(feature = "bench")]
    Empty,
}

enum Job {
    Batch(Batch, oneshot::Sender<Result<Applied, ApiError>>),
    Write(Write, oneshot::Sender<Result<(), StorageError>>),
    /// Take nothing more; what waits is still done.
    Stop,
}

/// The way to the writer.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the writer. It ends when it is stopped or the last [`Writer`] is gone, and everything accepted is written;
    /// the handle then resolves.
    pub(crate) fn start(
        db: Database,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        faults: Arc<Faults>,
        one_by_one: bool,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let group = if one_by_one { 1 } else { GROUP };
        let task = Task {
            db,
            shared,
            clock,
            faults,
            entities: HashMap::new(),
            group,
        };
        (Self { jobs }, tokio::spawn(task.run(waiting)))
    }

    /// Applies a batch and answers when it is on disk.
    pub async fn apply(&self, batch: Batch) -> Result<Applied, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.jobs
            .try_send(Job::Batch(batch, reply))
            .map_err(|_| unavailable())?;
        answer.await.map_err(|_| unavailable())?
    }

    /// Makes a change and returns when it is on disk.
    pub async fn write(&self, write: Write) -> Result<(), StorageError> {
        let (reply, answer) = oneshot::channel();
        self.jobs
            .send(Job::Write(write, reply))
            .await
            .map_err(|_| StorageError::Stopped)?;
        answer.await.map_err(|_| StorageError::Stopped)?
    }

    /// Takes nothing more. What was accepted before is still written and answered.
    pub(crate) async fn stop(&self) {
        // An error means that it has stopped already.
        drop(self.jobs.send(Job::Stop).await);
    }
}

struct Task {
    db: Database,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    faults: Arc<Faults>,
    entities: HashMap<Key, Option<Arc<Stored>>>,
    group: usize,
}

/// What a job will be told once the transaction is on disk.
enum Reply {
    Batch(Result<Applied, ApiError>),
    Write,
}

impl Task {
    async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        while waiting.recv_many(&mut jobs, self.group).await > 0 {
            if jobs.iter().any(|job| matches!(job, Job::Stop)) {
                waiting.close();
                jobs.retain(|job| !matches!(job, Job::Stop));
            }
            while !jobs.is_empty() {
                let rest = jobs.split_off(group_of(&jobs));
                self.work_off(std::mem::replace(&mut jobs, rest)).await;
            }
        }
    }

    /// One transaction for all; if it fails, one for each, so that a job that cannot be done spoils no other.
    async fn work_off(&mut self, jobs: Vec<Job>) {
        match self.commit(&jobs).await {
            Ok(replies) => {
                for (job, reply) in jobs.into_iter().zip(replies) {
                    job.answer(reply);
                }
            }
            Err(error) if jobs.len() == 1 => {
                tracing::error!(%error, "a transaction failed");
                for job in jobs {
                    job.fail();
                }
            }
            Err(error) => {
                tracing::warn!(%error, jobs = jobs.len(), "a shared transaction failed; trying one by one");
                for job in jobs {
                    Box::pin(self.work_off(vec![job])).await;
                }
            }
        }
    }

    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Reply>, StorageError> {
        let mut conn = self.db.writing.acquire().await?;
        let mut unit = Unit::default();
        let mut replies = Vec::with_capacity(jobs.len());
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
        let mutations = jobs
            .iter()
            .filter_map(Job::batch)
            .flat_map(|b| &b.mutations);
        unit.load_verdicts(&mut tx, mutations.map(|m| m.id)).await?;
        for job in jobs {
            replies.push(match job {
                Job::Batch(batch, _) => Reply::Batch(self.apply(batch, &mut unit, &mut tx).await?),
                Job::Write(write, _) => {
                    self.write(write, &mut unit, &mut tx).await?;
                    Reply::Write
                }
                Job::Stop => Reply::Write,
            });
        }
        if self.faults.has(Fault::SequenceOutsideTransaction) {
            // Wrong on purpose: what follows may still fail.
            unit.store_clients(&mut tx, self.clock.now()).await?;
            tx.commit().await?;
            tx = conn.begin_with("BEGIN IMMEDIATE").await?;
        }
        let versions = unit
            .store(&mut tx, &self.shared, &self.faults, self.clock.now())
            .await?;
        if self.faults.commit_fails() {
            tx.rollback().await?;
            if self.faults.has(Fault::SequenceOutsideTransaction) {
                self.shared.forget_clients();
            }
            return Err(StorageError::Data(
                "a commit that fails on purpose".to_owned(),
            ));
        }
        tx.commit().await?;
        drop(conn);
        // Only now is any of it true for the rest of the program.
        if self.entities.len() > CACHED_ENTITIES {
            self.entities.clear();
        }
        for (key, stored) in unit.changed() {
            self.entities.insert(key, Some(stored));
        }
        for job in jobs {
            if let Job::Write(write, _) = job {
                self.publish(write);
            }
        }
        self.shared.publish(unit.into_clients(), &versions);
        Ok(replies)
    }

    /// Works off one device's mutations in order. An `Err` inside means the batch as a whole is refused.
    async fn apply(
        &mut self,
        batch: &Batch,
        unit: &mut Unit,
        conn: &mut SqliteConnection,
    ) -> Result<Result<Applied, ApiError>, StorageError> {
        let mut client = match unit
            .client(batch.client)
            .or_else(|| self.shared.client(batch.client).ok().flatten())
        {
            Some(row) => row,
            None => Unit::load_client(conn, batch.client)
                .await?
                .unwrap_or(ClientRow {
                    user: batch.account.actor.user,
                    last_seq: 0,
                }),
        };
        if client.user != batch.account.actor.user {
            return Ok(Err(ApiError::ClientConflict));
        }
        if let Some(refused) = out_of_order(batch, client.last_seq) {
            return Ok(Err(refused));
        }
        let mut results = Vec::with_capacity(batch.mutations.len());
        let mut stop = None;
        for mutation in &batch.mutations {
            let known = unit.verdict(mutation.id);
            if mutation.seq <= client.last_seq {
                // Answered before; the answer was lost on the way.
                let Some(known) = known else {
                    return Ok(Err(ApiError::ClientConflict));
                };
                results.push(known.again(mutation.seq)?);
                continue;
            }
            if let Some(known) = known.filter(|_| !self.faults.has(Fault::DuplicateNotRecognised)) {
                client.last_seq = mutation.seq;
                unit.put_client(batch.client, client);
                results.push(known.again(mutation.seq)?);
                continue;
            }
            let verdict = match self.decide(batch, mutation, unit, conn).await {
                Ok(verdict) => verdict,
                Err(error) => {
                    tracing::error!(%error, mutation = %mutation.id, name = %mutation.name, "no verdict");
                    stop = Some(wire::Stop {
                        seq: mutation.seq,
                        retry_after_ms: RETRY_AFTER_S * 1000,
                    });
                    break;
                }
            };
            let rejected = matches!(verdict, wire::Verdict::Rejected(_));
            if !(rejected && self.faults.has(Fault::RejectionDoesNotAdvance)) {
                client.last_seq = mutation.seq;
                unit.put_client(batch.client, client);
            }
            if !self.faults.has(Fault::VerdictNotStored) {
                unit.put_verdict(
                    mutation.id,
                    StoredVerdict::new(batch.client, mutation.seq, &verdict)?,
                );
            }
            results.push(wire::MutationResult {
                seq: mutation.seq,
                verdict,
                duplicate: false,
            });
        }
        Ok(Ok(Applied {
            last_seq: client.last_seq,
            results,
            stop,
        }))
    }

    /// Asks the rules. Accepted changes go into the unit of work; an error means there is no verdict.
    async fn decide(
        &mut self,
        batch: &Batch,
        mutation: &wire::Mutation,
        unit: &mut Unit,
        conn: &mut SqliteConnection,
    ) -> Result<wire::Verdict, StorageError> {
        let command = match Command::read(&mutation.name, mutation.v, mutation.args.get()) {
            Ok(command) => command,
            Err(error) => return rejected(&Rejection::from(error)),
        };
        let actor = &batch.account.actor;
        let now = self.clock.now();
        let mut known = Known::default();
        let changes = loop {
            let decided = catch_unwind(AssertUnwindSafe(|| decide(&command, actor, &known, now)))
                .map_err(|_| {
                StorageError::Data(format!("deciding {} panicked", command.name()))
            })?;
            match decided {
                Ok(changes) => break changes,
                Err(Undecided::Rejected(rejection)) => return rejected(&rejection),
                Err(Undecided::NotLoaded(key)) => {
                    let stored = self.read(key, unit, conn).await?;
                    known.insert(key, stored.map(|s| s.entity.clone()));
                }
            }
        };
        for entity in changes.puts {
            let key = entity.key();
            let before = self.read(key, unit, conn).await?;
            unit.put(entity, before, Some((batch, mutation, now)))?;
        }
        Ok(wire::Verdict::Applied)
    }

    /// An entity as it is now: changed in this transaction, kept in memory, or on disk.
    async fn read(
        &mut self,
        key: Key,
        unit: &Unit,
        conn: &mut SqliteConnection,
    ) -> Result<Option<Arc<Stored>>, StorageError> {
        if let Some(stored) = unit.get(&key) {
            return Ok(Some(stored));
        }
        if let Some(stored) = self.entities.get(&key) {
            return Ok(stored.clone());
        }
        let stored = Stored::load(conn, key).await?.map(Arc::new);
        self.entities.insert(key, stored.clone());
        Ok(stored)
    }

    async fn write(
        &mut self,
        write: &Write,
        unit: &mut Unit,
        conn: &mut SqliteConnection,
    ) -> Result<(), StorageError> {
        let now = self.clock.now();
        match write {
            Write::PutAccount(account) => {
                sqlx::query(
                    "INSERT INTO user (id, phone, password, actor, active, created_at, updated_at) \
                     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, \
                     password = excluded.password, actor = excluded.actor, active = excluded.active, \
                     updated_at = excluded.updated_at",
                )
                .bind(account.actor.user.to_string())
                .bind(&account.phone)
                .bind(&account.password)
                .bind(serde_json::to_string(&account.actor)?)
                .bind(i64::from(account.active))
                .bind(now.0)
                .bind(now.0)
                .execute(&mut *conn)
                .await?;
                unit.note_account(&account.actor, account.active, now)?;
                if !account.active {
                    sqlx::query("DELETE FROM session WHERE user = ?")
                        .bind(account.actor.user.to_string())
                        .execute(conn)
                        .await?;
                }
            }
            Write::StartSession {
                token,
                user,
                expires_at,
            } => {
                sqlx::query(
                    "INSERT INTO session (token, user, created_at, touched_at, expires_at) VALUES (?, ?, ?, ?, ?)",
                )
                .bind(token.as_slice())
                .bind(user.to_string())
                .bind(now.0)
                .bind(now.0)
                .bind(expires_at.0)
                .execute(&mut *conn)
                .await?;
                sqlx::query("DELETE FROM session WHERE user = ? AND expires_at < ?")
                    .bind(user.to_string())
                    .bind(now.0)
                    .execute(conn)
                    .await?;
            }
            Write::TouchSession { token, expires_at } => {
                sqlx::query("UPDATE session SET touched_at = ?, expires_at = ? WHERE token = ?")
                    .bind(now.0)
                    .bind(expires_at.0)
                    .bind(token.as_slice())
                    .execute(conn)
                    .await?;
            }
            Write::EndSession { token } => {
                sqlx::query("DELETE FROM session WHERE token = ?")
                    .bind(token.as_slice())
                    .execute(conn)
                    .await?;
            }
            Write::EndSessions(user) => {
                sqlx::query("DELETE FROM session WHERE user = ?")
                    .bind(user.to_string())
                    .execute(conn)
                    .await?;
            }
            Write::PutEntities(entities) => {
                for entity in entities {
                    let before = self.read(entity.key(), unit, conn).await?;
                    unit.put(entity.clone(), before, None)?;
                }
            }
            Write::PutTrail(trail) => trail.iter().try_for_each(|told| unit.note(told))?,
            Write::PutRegions(regions) => super::unit::store_regions(conn, regions).await?,
            #[cfg(feature = "bench")]
            Write::Empty => {
                self.entities.clear();
                self.shared.forget_everything_synchronised();
                for table in [
                    "entity",
                    "placement",
                    "feed",
                    "need_index",
                    "client",
                    "verdict",
                    "audit",
                ] {
                    sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}")))
                        .execute(&mut *conn)
                        .await?;
                }
            }
        }
        Ok(())
    }

    /// Lets the caches follow a change that is on disk now.
    fn publish(&self, write: &Write) {
        match write {
            Write::PutAccount(account) => self
                .shared
                .account_changed(account.actor.user, account.active),
            Write::EndSessions(user) => self.shared.sessions_ended(*user),
            Write::EndSession { token } => self.shared.session_ended(token),
            _ => {}
        }
    }
}

/// How many of these jobs, at least one, share a transaction.
fn group_of(jobs: &[Job]) -> usize {
    let mut mutations = 0;
    let fits = jobs.iter().take_while(|job| {
        mutations += job.batch().map_or(0, |batch| batch.mutations.len());
        mutations <= GROUP_MUTATIONS
    });
    fits.count().max(1)
}

/// Numbers must rise by one from one mutation to the next, and none may be missing before the first.
fn out_of_order(batch: &Batch, last_seq: u64) -> Option<ApiError> {
    let first = batch.mutations.first()?.seq;
    if first > last_seq + 1 {
        return Some(ApiError::SequenceGap {
            expected: last_seq + 1,
        });
    }
    let rising = batch
        .mutations
        .windows(2)
        .all(|pair| pair[0].seq.checked_add(1) == Some(pair[1].seq));
    (!rising || first == 0).then(|| ApiError::Malformed {
        detail: "mutations must be numbered without gaps, from 1".to_owned(),
    })
}

impl Job {
    fn batch(&self) -> Option<&Batch> {
        match self {
            Self::Batch(batch, _) => Some(batch),
            Self::Write(..) | Self::Stop => None,
        }
    }

    /// Whoever asked may be gone; what was done stays done.
    fn answer(self, reply: Reply) {
        match (self, reply) {
            (Self::Batch(_, asker), Reply::Batch(applied)) => drop(asker.send(applied)),
            (Self::Write(_, asker), _) => drop(asker.send(Ok(()))),
            (Self::Batch(_, asker), Reply::Write) => drop(asker.send(Err(ApiError::Fault))),
            (Self::Stop, _) => {}
        }
    }

    fn fail(self) {
        match self {
            Self::Batch(_, asker) => drop(asker.send(Err(unavailable()))),
            Self::Write(_, asker) => {
                drop(asker.send(Err(StorageError::Data(
                    "the transaction failed; see the log".to_owned(),
                ))));
            }
            Self::Stop => {}
        }
    }
}

fn rejected(rejection: &Rejection) -> Result<wire::Verdict, StorageError> {
    Ok(wire::Verdict::Rejected(wire::Refused::new(rejection)?))
}

fn unavailable() -> ApiError {
    ApiError::Unavailable {
        retry_after_s: RETRY_AFTER_S,
    }
}
