//! An in-memory cache with cache invalidation, over accounts and sessions, and for a sole writer also over feed versions and
//! devices.

use crate::hints::Hub;
use crate::storage::accounts::StoredSession;
use crate::storage::changes::Change;
use crate::storage::work_rows::ClientRow;
use domain::{Actor, ClientId, Feed, UserId, feeds};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// The cache, which lets an exchange without changes do without the disk. All of it is stored too, and entries may be dropped at
/// any time, except the versions, which are complete from the start.
///
/// Where other servers write to the same database, versions and devices are not kept at all: a device's new number together
/// with a feed's old version would let a device drop its own work before the rows came (promise G4). Accounts and sessions
/// are kept for a few seconds, and forgotten when another server tells that they have changed.
#[derive(Debug, Default)]
pub struct Cache {
    /// The version of every feed; none where several servers write to the same database.
    versions: Option<RwLock<HashMap<Feed, i64>>>,
    clients: RwLock<Clients>,
    accounts: RwLock<HashMap<UserId, Kept<Arc<Account>>>>,
    sessions: RwLock<HashMap<[u8; 32], Kept<StoredSession>>>,
    /// A generation counter that guards against caching a stale read: raised whenever an account or a session changes, so that what
    /// was read before is not cached after.
    generation: AtomicU64,
    /// The devices that listen for hints.
    pub hub: Arc<Hub>,
}

/// A cached value with the time at which it was read (time to live).
#[derive(Debug)]
struct Kept<T> {
    what: T,
    read_at: Instant,
}

/// The generation and time before a read from the database. The caller takes it before reading, and passes it with the value to
/// cache, which is dropped if the generation has changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    generation: u64,
    at: Instant,
}

/// The time to live of accounts and sessions where other servers may change them. It bounds how long a lost message about a
/// change matters.
const SHARED_FOR: Duration = Duration::from_secs(5);

/// The rows of recent clients; `None` (negative caching) for a client without a row, which has never sent anything.
#[derive(Debug, Default)]
struct Clients {
    known: HashMap<ClientId, Option<ClientRow>>,
    /// A generation counter that guards against caching a stale read: raised whenever all rows are dropped.
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

/// A map that grows with use is emptied when it holds this many entries.
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

    /// A feed's version, 0 for a feed without any row; none where several servers write to the same database.
    #[must_use]
    pub fn version(&self, feed: Feed) -> Option<i64> {
        let versions = read(self.versions.as_ref()?);
        Some(versions.get(&feed).copied().unwrap_or(0))
    }

    /// Updates the cache and publishes hints after a commit, on this server or another one.
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

    /// Caches devices' rows after the commit that wrote them.
    pub(crate) fn keep_clients(&self, clients: BTreeMap<ClientId, ClientRow>) {
        if !clients.is_empty() && !self.is_shared() {
            let mut known = write(&self.clients);
            known.make_room();
            let rows = clients.into_iter().map(|(client, row)| (client, Some(row)));
            known.known.extend(rows);
        }
    }

    /// Invalidates everything, since any row may have changed. Every stream ends, so that its device exchanges and listens again.
    fn everything_changed(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        write(&self.accounts).clear();
        write(&self.sessions).clear();
        self.hub.start_again();
    }

    fn is_fresh(&self, read_at: Instant) -> bool {
        !self.is_shared() || read_at.elapsed() < SHARED_FOR
    }

    /// A client's cached row, `None` if the client has no row. On a cache miss the error is the generation to pass to
    /// [`Self::keep_client`].
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
            // The writer may have cached a newer row meanwhile, which stays.
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

    /// Must be taken before an account or a session is read from the database, and passed when it is cached.
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

    /// Invalidates an account, since its rights may have changed: the next exchange reads them again, and streams start again.
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
        // A row that was read before the write is stale and must not be cached.
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
