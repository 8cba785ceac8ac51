use crate::hints::Hub;
use crate::storage::ClientRow;
use crate::storage::accounts::StoredSession;
use domain::{Actor, ClientId, Feed, UserId, feeds};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What is kept in memory so that an exchange without changes touches no disk. Everything here is on disk as well and
/// may be forgotten at any time, but for the versions, which are complete from the start.
#[derive(Debug, Default)]
pub struct Shared {
    versions: RwLock<HashMap<Feed, i64>>,
    clients: RwLock<Clients>,
    accounts: RwLock<HashMap<UserId, Arc<Account>>>,
    sessions: RwLock<HashMap<[u8; 32], StoredSession>>,
    /// Raised whenever an account or a session changes, so that what was read before is not kept after.
    generation: AtomicU64,
    /// Who is listening.
    pub hub: Arc<Hub>,
}

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

impl Shared {
    /// With the versions that are on disk.
    #[must_use]
    pub fn new(versions: HashMap<Feed, i64>) -> Self {
        Self {
            versions: RwLock::new(versions),
            ..Self::default()
        }
    }

    /// A feed's version; one that nothing was ever put into has 0.
    #[must_use]
    pub fn version(&self, feed: Feed) -> i64 {
        read(&self.versions).get(&feed).copied().unwrap_or(0)
    }

    /// The versions of these feeds, all at the same moment.
    #[must_use]
    pub fn versions(&self, feeds: &[Feed]) -> BTreeMap<Feed, i64> {
        let versions = read(&self.versions);
        feeds
            .iter()
            .map(|f| (*f, versions.get(f).copied().unwrap_or(0)))
            .collect()
    }

    /// What a transaction changed is on disk now.
    pub(crate) fn publish(&self, clients: BTreeMap<ClientId, ClientRow>, versions: &[(Feed, i64)]) {
        if !clients.is_empty() {
            let mut known = write(&self.clients);
            known.make_room();
            let rows = clients.into_iter().map(|(client, row)| (client, Some(row)));
            known.known.extend(rows);
        }
        if !versions.is_empty() {
            write(&self.versions).extend(versions.iter().copied());
            self.hub.publish(versions);
        }
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
        write(&self.versions).clear();
    }

    pub(crate) fn account(&self, user: UserId) -> Option<Arc<Account>> {
        read(&self.accounts).get(&user).cloned()
    }

    /// To be asked before an account or a session is read from disk, and given back when it is kept.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    pub(crate) fn keep_account(&self, account: Account, generation: u64) -> Arc<Account> {
        let account = Arc::new(account);
        let mut accounts = write(&self.accounts);
        if self.generation() != generation {
            return account;
        }
        if accounts.len() > MOST_KEPT {
            accounts.clear();
        }
        accounts.insert(account.actor.user, Arc::clone(&account));
        account
    }

    /// Rights may have changed: the next exchange reads them again, and streams start again.
    pub(crate) fn account_changed(&self, user: UserId, active: bool) {
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
        read(&self.sessions).get(token).copied()
    }

    pub(crate) fn keep_session(&self, token: [u8; 32], session: StoredSession, generation: u64) {
        let mut sessions = write(&self.sessions);
        if self.generation() != generation {
            return;
        }
        if sessions.len() > MOST_KEPT {
            sessions.clear();
        }
        sessions.insert(token, session);
    }

    pub(crate) fn session_ended(&self, token: &[u8; 32]) {
        let mut sessions = write(&self.sessions);
        self.generation.fetch_add(1, Ordering::SeqCst);
        sessions.remove(token);
        drop(sessions);
        self.hub.close_session(token);
    }

    pub(crate) fn sessions_ended(&self, user: UserId) {
        let mut sessions = write(&self.sessions);
        self.generation.fetch_add(1, Ordering::SeqCst);
        sessions.retain(|_, session| session.user != user);
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

    #[test]
    fn a_client_without_a_row_is_remembered_until_it_has_one() {
        let shared = Shared::default();
        let generation = shared.client(client(1)).expect_err("not known yet");
        shared.keep_client(client(1), None, generation);
        assert_eq!(shared.client(client(1)).map(|r| r.is_some()), Ok(false));
        shared.publish(BTreeMap::from([(client(1), row(4))]), &[]);
        // What was read before the row was written comes too late.
        shared.keep_client(client(1), None, generation);
        let known = shared.client(client(1));
        assert_eq!(known.map(|r| r.map(|r| r.last_seq)), Ok(Some(4)));
    }

    #[test]
    fn what_was_read_before_all_was_forgotten_is_not_kept() {
        let shared = Shared::default();
        let generation = shared.client(client(1)).expect_err("not known yet");
        shared.publish(BTreeMap::from([(client(1), row(4))]), &[]);
        shared.forget_clients();
        shared.keep_client(client(1), None, generation);
        assert!(shared.client(client(1)).is_err());
    }
}
