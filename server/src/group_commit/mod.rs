//! Group commit: waiting jobs share one transaction and one fsync.
//!
//! Everything that changes the data is a job in one queue. A task takes all that wait, works them off one after the
//! other in memory on top of what is stored, writes the result in one transaction, and answers all of them after the
//! commit: with many clients at once they share one wait for the disk. Where other servers write to the same database, each
//! has such a queue of its own, and their transactions wait for one another at the rows they share.
//!
//! A mutation's changes reach the unit of work only when its command was accepted, so each is all or nothing without a
//! savepoint of the database; a failure of the database undoes the whole transaction, and then no mutation gets a verdict.
//!
//! Idempotency: the verdict of every mutation is kept for good. So a transaction whose commit is uncertain is simply repeated, and
//! mutations that it had applied are recognised by their verdicts.

mod deciding;
mod outage;
mod transaction;

pub use outage::Outage;

use crate::cache::{Account, Cache};
use crate::faults::Faults;
use crate::ports::Clock;
use crate::regions::Region;
use crate::settings::RegionChange;
use crate::storage::accounts::{NewAccount, StoredInvitation};
use crate::storage::audit::Told;
use crate::storage::chain::Lane;
use crate::storage::due::DueRow;
use crate::storage::state::FaultRow;
use crate::storage::unit_of_work::Stored;
use crate::storage::work_rows::AuditRow;
use crate::storage::{SharedStorage, StorageError};
use api::ApiError;
use domain::accounts::Post;
use domain::{
    Actor, ClientId, CreditCode, Entity, EntityKind, Key, Millis, RegionCode, Role, UserId,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use sync::wire;
use tokio::sync::{mpsc, oneshot};

/// The queue's capacity in jobs. Beyond it callers get `Unavailable` (back-pressure).
const QUEUE: usize = 4_096;
/// How many jobs share a transaction at most, which bounds the time that a caller waits.
const GROUP: usize = 256;
/// How many mutations share a transaction at most, unless one device alone sends more.
const GROUP_MUTATIONS: usize = 2_000;
/// How many entities are kept in memory.
const CACHED_ENTITIES: usize = 20_000;
/// How often a transaction is repeated that met another server's, before its jobs are tried one by one.
const ATTEMPTS: u32 = 5;
/// How often a transaction is repeated without a connection. An outage of the database lasts longer than callers wait, so more
/// attempts would not help them.
const ATTEMPTS_WITHOUT_CONNECTION: u32 = 2;
/// How long jobs are tried one by one before the remaining ones fail with `Unavailable`.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many seconds a caller is told to wait when the database does not answer.
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

/// The result of a batch.
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
    /// Adds the account of somebody who signs up, unless the number has one.
    SignUp(Box<NewAccount>),
    /// Starts a session.
    StartSession {
        /// SHA-256 of its secret.
        token: [u8; 32],
        /// Whose.
        user: UserId,
        /// When it ends.
        expires_at: Millis,
        /// The session that it takes the place of on the same device, which ends with it.
        replaces: Option<[u8; 32]>,
        /// What kind of device it is on, in words.
        device: String,
        /// The hash that the password was verified against: refused if the account has another one by now, or was closed.
        password: Option<String>,
    },
    /// Opens accounts, each with an invitation, all or none: refused if one of the numbers has an active account by now.
    OpenAccounts {
        /// Who does it.
        by: UserId,
        /// The accounts.
        accounts: Vec<NewAccount>,
        /// An invitation to each.
        invitations: Vec<StoredInvitation>,
    },
    /// Changes an account as it is by then: refused if it is not there, was closed, or has another post than whoever changes it has seen.
    ChangeAccount {
        /// Who does it.
        by: UserId,
        /// The name of what is done, for the trail.
        command: &'static str,
        /// Whose account.
        user: UserId,
        /// The post on which it was decided who may change it; none where anybody's may be changed.
        post: Option<Post>,
        /// What becomes of it.
        change: AccountChange,
    },
    /// Uses an invitation: refused if it is gone or has expired by now.
    AcceptInvitation {
        /// The hash of its code.
        code: [u8; 32],
        /// To whose account: refused if it was closed by now.
        user: UserId,
        /// The hash of its new password.
        password: String,
        /// SHA-256 of the secret of the session that begins.
        token: [u8; 32],
        /// When the session ends.
        expires_at: Millis,
        /// What kind of device it is on, in words.
        device: String,
    },
    /// Keeps the key of a person's data on one device, unless there is one.
    PutDataKey {
        /// Whose.
        user: UserId,
        /// The device's name.
        device: String,
        /// The key.
        key: [u8; 32],
    },
    /// Ends sessions of a person on somebody's behalf, which the trail tells.
    EndSessionsOf {
        /// Who does it.
        by: UserId,
        /// Whose sessions.
        user: UserId,
        /// Which ones, by SHA-256 of their secrets.
        tokens: Vec<[u8; 32]>,
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
    /// Says how many new orders an organization may take on one day. The rest of it stays as it is then, whoever else writes.
    SetDailyOrders {
        /// Which.
        org: CreditCode,
        /// How many; none for what holds for all.
        limit: Option<u32>,
    },
    /// Sets what a region decides for itself, without a person's device. What is not named stays as it is then.
    SetSettings(Box<RegionChange>),
    /// Adds to the audit trail what was done before there was a server to do it: the demonstration's past.
    PutTrail(Vec<Told>),
    /// Adds or replaces what somebody loaded from a table, with a trace of each change.
    Load {
        /// Who.
        user: UserId,
        /// By which command.
        command: &'static str,
        /// The entities as they are afterwards.
        entities: Vec<Entity>,
    },
    /// Adds to the audit trail whose contacts an officer was shown.
    NoteContacts {
        /// The officer.
        actor: Box<Actor>,
        /// The officer's region.
        region: RegionCode,
        /// The kind of what has these contacts.
        kind: EntityKind,
        /// The entities whose contacts were shown.
        ids: Vec<String>,
    },
    /// Replaces the table of regions.
    PutRegions(Vec<Region>),
    /// Does what is due by itself, as far as it still is.
    Due(Vec<DueRow>),
    /// Leaves a trace of what somebody did to the installation: the table of regions.
    Note(Box<AuditRow>),
    /// Keeps a fault of the page.
    PutFault(Box<FaultRow>),
    /// Removes the sessions that have ended by now.
    RemoveExpiredSessions,
    /// Removes every entity and every trace of clients; feeds start again from nothing.
    #[cfg(feature = "bench")]
    Empty,
}

/// What becomes of an account. Everything else of it stays as it is when that is written.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// It waits for its person: its password and sessions end, and if it was closed it is opened again under its number, unless somebody
    /// else has that.
    Invite(StoredInvitation),
    /// Another role, with the counties that its organization serves.
    Move(Box<Role>, Vec<RegionCode>),
    /// Another name.
    Rename(String),
    /// Another password, as its hash; all sessions end.
    Password(String),
    /// It is closed, and loses its sessions and its invitation.
    Close,
}

enum Job {
    Batch(Batch, oneshot::Sender<Result<Applied, ApiError>>),
    Write(Write, oneshot::Sender<Result<bool, StorageError>>),
    /// Take nothing more; what waits is still done.
    Stop,
}

/// A handle to the writer's queue.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    outage: Arc<Outage>,
}

impl Writer {
    /// Starts the writer. It ends when it is stopped or the last [`Writer`] is gone, and everything accepted is written;
    /// the handle then resolves.
    pub(crate) fn start(
        storage: SharedStorage,
        cache: Arc<Cache>,
        clock: Arc<dyn Clock>,
        faults: Arc<Faults>,
        one_by_one: bool,
        server: String,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let group = if one_by_one { 1 } else { GROUP };
        let outage = Arc::new(Outage::default());
        let task = Task {
            outage: Arc::clone(&outage),
            storage,
            cache,
            clock,
            faults,
            entities: HashMap::new(),
            unreadable: BTreeSet::new(),
            group,
            server,
            lanes_opened: 0,
            lane: None,
        };
        (Self { jobs, outage }, tokio::spawn(task.run(waiting)))
    }

    /// Whether writing works.
    #[must_use]
    pub fn outage(&self) -> &Outage {
        &self.outage
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
        self.write_if(write).await.map(drop)
    }

    /// Makes a change that may be refused by what is stored; returns when it is on disk, or false if nothing was changed.
    pub async fn write_if(&self, write: Write) -> Result<bool, StorageError> {
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
    storage: SharedStorage,
    cache: Arc<Cache>,
    clock: Arc<dyn Clock>,
    faults: Arc<Faults>,
    outage: Arc<Outage>,
    /// Cached entities; `None` for one that does not exist. The sole writer keeps it from one transaction to the next;
    /// otherwise it holds what the present transaction has locked.
    entities: HashMap<Key, Option<Arc<Stored>>>,
    /// What the present transaction has locked and cannot read; only where others write too.
    unreadable: BTreeSet<Key>,
    group: usize,
    /// What names this server's lanes of the audit trail.
    server: String,
    lanes_opened: u32,
    /// The lane it writes; none before the first entry, and where it is not known how a commit ended.
    lane: Option<Lane>,
}

/// The reply that a job gets once the transaction is on disk.
enum Reply {
    Batch(Result<Applied, ApiError>),
    /// Whether the change was made.
    Write(bool),
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
                let group = std::mem::replace(&mut jobs, rest);
                self.work_off(group, Instant::now() + PATIENCE).await;
            }
        }
    }

    /// Commits all jobs in one transaction. If it fails, each job gets a transaction of its own, so that a job that cannot be done
    /// does not fail the others.
    async fn work_off(&mut self, jobs: Vec<Job>, until: Instant) {
        match self.commit_repeatedly(&jobs).await {
            Ok(replies) => {
                self.outage.is_over();
                for (job, reply) in jobs.into_iter().zip(replies) {
                    job.answer(reply);
                }
            }
            // Without a connection each job alone would fail too.
            Err(error) if jobs.len() == 1 || error.is_connection_lost() => {
                tracing::error!(%error, jobs = jobs.len(), "a transaction failed");
                self.outage.note(&error);
                for job in jobs {
                    job.fail();
                }
            }
            Err(error) => {
                tracing::warn!(%error, jobs = jobs.len(), "a shared transaction failed; trying one by one");
                for job in jobs {
                    if Instant::now() < until {
                        Box::pin(self.work_off(vec![job], until)).await;
                    } else {
                        job.fail();
                    }
                }
            }
        }
    }

    /// Repeats a transaction after a conflict with another server's (optimistic concurrency control), or when it is unknown whether it
    /// was committed. Repeating is safe: deciding is pure, and mutations that were applied already have a verdict.
    async fn commit_repeatedly(&mut self, jobs: &[Job]) -> Result<Vec<Reply>, StorageError> {
        let mut attempt = 1;
        loop {
            let error = match self.commit(jobs).await {
                Ok(replies) => return Ok(replies),
                Err(error) => error,
            };
            let looks_again = error.is_phone_taken() && jobs.iter().any(Job::looks_at_phones);
            let most = if error.is_retryable() || looks_again {
                ATTEMPTS
            } else if error.is_connection_lost() && jobs.iter().all(Job::may_be_repeated) {
                ATTEMPTS_WITHOUT_CONNECTION
            } else {
                1
            };
            if attempt >= most {
                return Err(error);
            }
            tracing::debug!(%error, attempt, "a transaction is repeated");
            tokio::time::sleep(jitter(attempt)).await;
            attempt += 1;
        }
    }
}

/// Exponential backoff with full jitter, so that two servers do not collide again: 0–10 ms, 0–20 ms, 0–40 ms …
fn jitter(attempt: u32) -> Duration {
    use crate::ports::{Random, SystemRandom};
    let mut bytes = [0; 2];
    SystemRandom.fill(&mut bytes);
    let share = u64::from(u16::from_le_bytes(bytes));
    Duration::from_micros((10_000 << attempt.min(6)) / 2 * share / u64::from(u16::MAX))
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

impl Job {
    /// Whether the job sees in its transaction which phone numbers are taken.
    fn looks_at_phones(&self) -> bool {
        let Self::Write(write, _) = self else {
            return false;
        };
        matches!(
            write,
            Write::SignUp(_)
                | Write::OpenAccounts { .. }
                | Write::ChangeAccount {
                    change: AccountChange::Invite(_),
                    ..
                }
        )
    }

    /// Whether the job is idempotent.
    fn may_be_repeated(&self) -> bool {
        !matches!(
            self,
            Self::Write(
                Write::PutTrail(_)
                    | Write::OpenAccounts { .. }
                    | Write::ChangeAccount { .. }
                    | Write::AcceptInvitation { .. },
                _
            )
        )
    }

    fn batch(&self) -> Option<&Batch> {
        match self {
            Self::Batch(batch, _) => Some(batch),
            Self::Write(..) | Self::Stop => None,
        }
    }

    /// Answers the caller, if it still waits. The job is committed in any case.
    fn answer(self, reply: Reply) {
        match (self, reply) {
            (Self::Batch(_, asker), Reply::Batch(applied)) => drop(asker.send(applied)),
            (Self::Write(_, asker), Reply::Write(done)) => drop(asker.send(Ok(done))),
            (Self::Write(_, asker), Reply::Batch(_)) => drop(asker.send(Ok(false))),
            (Self::Batch(_, asker), Reply::Write(_)) => drop(asker.send(Err(ApiError::Fault))),
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

fn unavailable() -> ApiError {
    ApiError::Unavailable {
        retry_after_s: RETRY_AFTER_S,
    }
}
