//! What is kept in memory: a cache over accounts and sessions, and for the sole writer over feed versions and devices.

use crate::hints::Hub;
use crate::storage::accounts::StoredSession;
use crate::storage::changes::Change;
use crate::storage::work_rows::ClientRow;
use domain::{Actor, ClientId, Feed, UserId, feeds};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// What is kept in memory so that an exchange without changes touches no disk. Everything here is stored as well and
/// may be forgotten at any time, but for the versions, which are complete from the start.
///
/// Where other servers write to the same database, versions and devices are not kept at all: a device's new number together
/// with a feed's old version would let a device drop its own work before the rows came (promise G4). Accounts and sessions
/// are kept for a few seconds, and forgotten when another server tells that they have changed.
#[derive(Debug, Default)]
pub struct Cache {
    /// The sole writer's: the version of every feed.
    versions: Option<RwLock<HashMap<Feed, i64>>>,
    clients: RwLock<Clients>,
    accounts: RwLock<HashMap<UserId, Kept<Arc<Account>>>>,
    sessions: RwLock<HashMap<[u8; 32], Kept<StoredSession>>>,
    /// Raised whenever an account or a session changes, so that what was read before is not kept after.
    generation: AtomicU64,
    /// Who is listening.
    pub hub: Arc<Hub>,
}

/// Something with the time at which it was read.
#[derive(Debug)]
struct Kept<T> {
    what: T,
    read_at: Instant,
}

/// When something is read from the database: asked for before reading, given back when what was read is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    generation: u64,
    at: Instant,
}

/// Where other servers may change accounts and sessions, what was read is not trusted for longer, whatever became of the
/// message that it has changed.
const SHARED_FOR: Duration = Duration::from_secs(5);

/// The clients that have asked lately: their rows, or that they have none because they have never sent anything.
#[derive(Debug, Default)]
struct Clients {
    known: HashMap<ClientId, Option<ClientRow>>,
    /// Raised whenever all are forgotten, so that what was read before is not kept after.
    generation: u64,
}

impl Clients {
    fn forget(&mut self) {
        self.known.clear();
        self.generation += 1;
    }

    fn make_room(&mut self) {
        if self.known.len() > MOST_KEPT {
            self.forget();
        }
    }
}

/// Maps that grow with use start again when they hold this many.
const MOST_KEPT: usize = 100_000;

/// Somebody who may sign in.
#[derive(Clone, Debug)]
pub struct Account {
    /// The person in their role.
    pub actor: Actor,
    /// The feeds they follow, sorted.
    pub feeds: Vec<Feed>,
}

impl Account {
    /// With the feeds the rules give this actor.
    #[must_use]
    pub fn new(actor: Actor) -> Self {
        let feeds = feeds::of(&actor);
        Self { actor, feeds }
    }
}

impl Cache {
    /// The sole writer's, with the versions that are stored.
    #[must_use]
    pub fn alone(versions: HashMap<Feed, i64>) -> Self {
        Self {
            versions: Some(RwLock::new(versions)),
            ..Self::default()
        }
    }

    /// One of several servers' on the same database.
    #[must_use]
    pub fn shared() -> Self {
        Self::default()
    }

    fn is_shared(&self) -> bool {
        self.versions.is_none()
    }

    /// A feed's version, which the sole writer knows; one that nothing was ever put into has 0.
    #[must_use]
    pub fn version(&self, feed: Feed) -> Option<i64> {
        let versions = read(self.versions.as_ref()?);
        Some(versions.get(&feed).copied().unwrap_or(0))
    }

    /// What a transaction changed is committed now, here or on another server.
    pub(crate) fn follow(&self, changes: &[Change]) {
        let mut versions = Vec::new();
        for change in changes {
            match change {
                Change::Feed(feed, ver) => versions.push((*feed, *ver)),
                Change::Account(user, active) => self.account_changed(*user, *active),
                Change::Session(token) => self.session_ended(token),
                Change::Sessions(user) => self.sessions_ended(*user),
                Change::Everything => self.everything_changed(),
            }
        }
        if !versions.is_empty() {
            if let Some(known) = &self.versions {
                write(known).extend(versions.iter().copied());
            }
            self.hub.publish(&versions);
        }
    }

    /// Devices' rows as they are stored now.
    pub(crate) fn keep_clients(&self, clients: BTreeMap<ClientId, ClientRow>) {
        if !clients.is_empty() && !self.is_shared() {
            let mut known = write(&self.clients);
            known.make_room();
            let rows = clients.into_iter().map(|(client, row)| (client, Some(row)));
            known.known.extend(rows);
        }
    }

    /// Anything may have changed: nothing that was read is kept, and every stream starts again, so that its device asks.
    fn everything_changed(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        write(&self.accounts).clear();
        write(&self.sessions).clear();
        self.hub.start_again();
    }

    fn is_fresh(&self, read_at: Instant) -> bool {
        !self.is_shared() || read_at.elapsed() < SHARED_FOR
    }

    /// A client's row, or that it has none; otherwise a generation, to be given back when what was read is kept.
    pub(crate) fn client(&self, client: ClientId) -> Result<Option<ClientRow>, u64> {
        let clients = read(&self.clients);
        clients
            .known
            .get(&client)
            .copied()
            .ok_or(clients.generation)
    }

    pub(crate) fn keep_client(&self, client: ClientId, row: Option<ClientRow>, generation: u64) {
        if self.is_shared() {
            return;
        }
        let mut clients = write(&self.clients);
        clients.make_room();
        if clients.generation == generation {
            // The writer may have been quicker: what it published is newer.
            clients.known.entry(client).or_insert(row);
        }
    }

    pub(crate) fn forget_clients(&self) {
        write(&self.clients).forget();
    }

    #[cfg(feature = "bench")]
    pub(crate) fn forget_everything_synchronised(&self) {
        self.forget_clients();
        if let Some(versions) = &self.versions {
            write(versions).clear();
        }
    }

    pub(crate) fn account(&self, user: UserId) -> Option<Arc<Account>> {
        let accounts = read(&self.accounts);
        let kept = accounts.get(&user).filter(|k| self.is_fresh(k.read_at))?;
        Some(Arc::clone(&kept.what))
    }

    /// To be asked before an account or a session is read from the database, and given back when it is kept.
    pub(crate) fn reading(&self) -> Reading {
        Reading {
            generation: self.generation.load(Ordering::SeqCst),
            at: Instant::now(),
        }
    }

    fn is_outdated(&self, reading: Reading) -> bool {
        self.generation.load(Ordering::SeqCst) != reading.generation
    }

    pub(crate) fn keep_account(&self, account: Account, reading: Reading) -> Arc<Account> {
        let account = Arc::new(account);
        let mut accounts = write(&self.accounts);
        if self.is_outdated(reading) {
            return account;
        }
        if accounts.len() > MOST_KEPT {
            accounts.clear();
        }
        let kept = Kept {
            what: Arc::clone(&account),
            read_at: reading.at,
        };
        accounts.insert(account.actor.user, kept);
        account
    }

    /// Rights may have changed: the next exchange reads them again, and streams start again.
    fn account_changed(&self, user: UserId, active: bool) {
        let mut accounts = write(&self.accounts);
        self.generation.fetch_add(1, Ordering::SeqCst);
        accounts.remove(&user);
        drop(accounts);
        if active {
            self.hub.close_user(user);
        } else {
            self.sessions_ended(user);
        }
    }

    pub(crate) fn session(&self, token: &[u8; 32]) -> Option<StoredSession> {
        let sessions = read(&self.sessions);
        let kept = sessions.get(token).filter(|k| self.is_fresh(k.read_at))?;
        Some(kept.what)
    }

    pub(crate) fn keep_session(&self, token: [u8; 32], session: StoredSession, reading: Reading) {
        let mut sessions = write(&self.sessions);
        if self.is_outdated(reading) {
            return;
        }
        if sessions.len() > MOST_KEPT {
            sessions.clear();
        }
        let kept = Kept {
            what: session,
            read_at: reading.at,
        };
        sessions.insert(token, kept);
    }

    fn session_ended(&self, token: &[u8; 32]) {
        let mut sessions = write(&self.sessions);
        self.generation.fetch_add(1, Ordering::SeqCst);
        sessions.remove(token);
        drop(sessions);
        self.hub.close_session(token);
    }

    fn sessions_ended(&self, user: UserId) {
        let mut sessions = write(&self.sessions);
        self.generation.fetch_add(1, Ordering::SeqCst);
        sessions.retain(|_, session| session.what.user != user);
        drop(sessions);
        self.hub.close_user(user);
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u8) -> ClientId {
        ClientId::from_random([n; 16])
    }

    fn row(last_seq: u64) -> ClientRow {
        ClientRow {
            user: UserId::from_random([1; 16]),
            last_seq,
        }
    }

    fn alone() -> Cache {
        Cache::alone(HashMap::new())
    }

    #[test]
    fn where_others_write_too_no_device_is_remembered() {
        let cache = Cache::shared();
        cache.keep_clients(BTreeMap::from([(client(1), row(4))]));
        assert!(cache.client(client(1)).is_err());
        let generation = cache.client(client(1)).expect_err("not kept");
        cache.keep_client(client(1), Some(row(4)), generation);
        assert!(cache.client(client(1)).is_err());
    }

    #[test]
    fn where_others_write_too_a_session_is_trusted_for_seconds_only() {
        let session = StoredSession {
            user: UserId::from_random([1; 16]),
            touched_at: domain::Millis(0),
            expires_at: domain::Millis(0),
        };
        let long_ago = |cache: &Cache| Reading {
            at: Instant::now().checked_sub(SHARED_FOR).expect("a time"),
            ..cache.reading()
        };
        for (cache, trusts_the_old) in [(alone(), true), (Cache::shared(), false)] {
            cache.keep_session([1; 32], session, cache.reading());
            assert!(cache.session(&[1; 32]).is_some());
            cache.keep_session([2; 32], session, long_ago(&cache));
            assert_eq!(cache.session(&[2; 32]).is_some(), trusts_the_old);
            cache.follow(&[Change::Everything]);
            assert!(cache.session(&[1; 32]).is_none());
        }
    }

    #[test]
    fn a_client_without_a_row_is_remembered_until_it_has_one() {
        let cache = alone();
        let generation = cache.client(client(1)).expect_err("not known yet");
        cache.keep_client(client(1), None, generation);
        assert_eq!(cache.client(client(1)).map(|r| r.is_some()), Ok(false));
        cache.keep_clients(BTreeMap::from([(client(1), row(4))]));
        // What was read before the row was written comes too late.
        cache.keep_client(client(1), None, generation);
        let known = cache.client(client(1));
        assert_eq!(known.map(|r| r.map(|r| r.last_seq)), Ok(Some(4)));
    }

    #[test]
    fn what_was_read_before_all_was_forgotten_is_not_kept() {
        let cache = alone();
        let generation = cache.client(client(1)).expect_err("not known yet");
        cache.keep_clients(BTreeMap::from([(client(1), row(4))]));
        cache.forget_clients();
        cache.keep_client(client(1), None, generation);
        assert!(cache.client(client(1)).is_err());
    }
}
