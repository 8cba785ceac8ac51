//! The sync engine, the imperative shell around the pure replica: it opens the store, keeps what people do, exchanges with the
//! server, and stores the answers. The rules are in `domain`.

use crate::held::{Released, held_ms};
use crate::knowledge::Knowledge;
use crate::outbox::{Notice, Pending};
use crate::page_size::PageSize;
use crate::ports::{Area, Clock, Op, Random, Remote, RemoteError, Store, StoreError, StoreKey};
use crate::replica::{CacheState, Replica};
use crate::sent::Sent;
use crate::server_clock::ServerClock;
use crate::together::both;
use crate::turns::Turns;
use crate::unsent_file::UnsentFile;
use crate::wire::{ExchangeAnswer, ExchangeRequest, Json, Verdict};
use domain::{Actor, ClientId, Entity, Feed, Key, Millis, MutationId, Rejection, Visibility};
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

/// How often a write is tried when another tab writes first (guard conflict).
const TRIES: u32 = 4;
/// The time of the last contact is written down at least this often, even when nothing else changes.
const CONTACT_MS: i64 = 300_000;
/// One call of [`Engine::sync`] makes at most this many round trips.
const MAX_ROUNDS: u32 = 500;

/// A mistake the engine could have. The simulation switches one on and must notice it.
#[cfg(feature = "testkit")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Cursors are written before the rows they speak of, in a transaction of their own.
    CursorTooEarly,
    /// Mutations leave the outbox when they are sent.
    TrimOnSend,
    /// Own changes stop being shown when they are acknowledged, before the pull that contains them is complete.
    CoverAtOnce,
    /// Feeds that the server took away are kept.
    IgnoreDrop,
    /// A late answer may move a feed's cursor backwards.
    CursorBackwards,
    /// Rejections leave the outbox and are not kept for the person.
    RefusalNotKept,
    /// A new identity gives unsent work new mutation ids.
    NewIdsOnRenewal,
    /// Rows that this page cannot read are skipped while the cursor moves on.
    UnreadableSkipped,
    /// What was applied is not kept, so that a server put back to a backup is never offered it again.
    SentForgotten,
    /// Requests do not say whose they are, so that the server takes them for whoever is signed in.
    UserNotNamed,
    /// After the durable database was removed under an open page, what waits in memory is not written down again.
    LossNotMended,
}

#[cfg(feature = "testkit")]
impl Sabotage {
    /// Every mistake.
    pub const ALL: [Self; 11] = [
        Self::CursorTooEarly,
        Self::TrimOnSend,
        Self::CoverAtOnce,
        Self::IgnoreDrop,
        Self::CursorBackwards,
        Self::RefusalNotKept,
        Self::NewIdsOnRenewal,
        Self::UnreadableSkipped,
        Self::SentForgotten,
        Self::UserNotNamed,
        Self::LossNotMended,
    ];
}

/// Whether a mistake is switched on; without feature `testkit` this is the constant false.
macro_rules! sabotaged {
    ($engine:expr, $mistake:ident) => {{
        #[cfg(feature = "testkit")]
        let on = $engine.sabotage.get() == Some($crate::engine::Sabotage::$mistake);
        #[cfg(not(feature = "testkit"))]
        let on = false;
        on
    }};
}

mod acts;
mod exchange;
mod load;
mod loss;
mod reading_in;

pub use reading_in::{ReadIn, ReadInError};

use acts::Done;
use load::{Kept, clear_cache, load_client, load_replica, read_next_seq, read_outbox};

/// Why something the person did was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The rules reject it on what this device knows, and so would the server.
    #[error("refused: {0:?}")]
    Rejected(Box<Rejection>),
    /// It could not be stored, so the form must stay open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is about something that only a newer page can read: this one must be updated first.
    #[error("{0} was written by a newer version")]
    Newer(Key),
}

/// Why an entity could not be read on this device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is there, and a newer version wrote it: this page shows it after its update.
    #[error("{0} was written by a newer version")]
    Newer(Key),
}

impl From<ReadError> for SubmitError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Store(error) => Self::Store(error),
            ReadError::Newer(key) => Self::Newer(key),
        }
    }
}

/// Why a sync failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The server.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a sync brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Round trips made; 0 when this tab was syncing already.
    pub rounds: u32,
    /// Rows received.
    pub rows: usize,
    /// Mutations that got their verdict.
    pub verdicts: usize,
    /// Set when the server asked to come back later.
    pub retry_after_ms: Option<u64>,
}

/// An entity as it is shown.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The entity, own pending changes included.
    pub entity: Entity,
    /// How much of it this device may see; own changes count as all.
    pub visibility: Visibility,
    /// The last own change that is not confirmed.
    pub pending: Option<u64>,
}

/// The state of syncing, for the status line under each title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Own changes without a verdict.
    pub waiting: usize,
    /// How many of them are not sent yet because a decision can still be recalled.
    pub held: usize,
    /// When the oldest of them was made.
    pub waiting_since: Option<Millis>,
    /// The number of rejections that have not been put away.
    pub refused: usize,
    /// The last answer of the server, if there ever was one.
    pub last_contact: Option<Millis>,
    /// Whether everything was complete then.
    pub complete: bool,
    /// Whether a sync is under way.
    pub syncing: bool,
    /// Rows that this sync, or the last one, has brought.
    pub received: usize,
    /// How far the server's clock is ahead of this device's, in milliseconds; negative when the device is ahead.
    pub ahead_ms: i64,
    /// What the last try failed with.
    pub last_error: Option<SyncError>,
    /// The browser has cleared what was stored here; unsent work may be lost.
    pub storage_lost: bool,
}

struct Inner {
    replica: Replica,
    pending: Vec<Pending>,
    notices: Vec<Notice>,
    client: ClientId,
    sent: Sent,
    released: Released,
    /// Which loss of the durable database was mended last, as this tab knows it.
    mended: Option<Vec<u8>>,
    /// How long a decision is held back, in milliseconds.
    hold_ms: i64,
    last_error: Option<SyncError>,
    last_contact: Millis,
    storage_lost: bool,
    server_clock: ServerClock,
    page_size: PageSize,
    received: usize,
}

impl Inner {
    /// How much longer a mutation is held back, in milliseconds; nothing when it may be sent.
    fn held_ms(&self, p: &Pending, now: Millis) -> Option<i64> {
        held_ms(p, self.hold_ms, now).filter(|_| !self.released.has(self.client, p.seq))
    }

    /// Own mutations without a verdict that may be sent: all before the first one that is held back.
    fn sendable(&self, now: Millis) -> impl Iterator<Item = &Pending> {
        let until_held = self
            .pending
            .iter()
            .take_while(move |p| self.held_ms(p, now).is_none());
        until_held.filter(|p| p.verdict.is_none())
    }

    /// Own mutations up to this number are contained in the rows or were rejected.
    fn covered(&self) -> u64 {
        let state = self.replica.state();
        if state.client == Some(self.client) {
            state.covered
        } else {
            0
        }
    }

    /// Whether the server has been put back to a backup, or replaced: an answer to this client names another epoch than the one
    /// in which its work was applied.
    fn is_restored(&self, request: &ExchangeRequest, answer: &ExchangeAnswer) -> bool {
        let known = [&self.sent.epoch, &self.replica.state().epoch];
        let known = known.into_iter().find(|epoch| !epoch.is_empty());
        self.client == request.client && known.is_some_and(|epoch| *epoch != answer.epoch)
    }

    /// Whether the rows are of the epoch in which own work was applied. If not, no mutation is sent before an answer has named the
    /// server's present epoch.
    fn knows_epoch(&self, state: &CacheState) -> bool {
        self.sent.epoch.is_empty() || self.sent.epoch == state.epoch
    }

    /// Takes a new identity, which has no verdicts: everything is offered again and recognised by its id.
    fn is_now(&mut self, client: ClientId) {
        self.client = client;
        for p in &mut self.pending {
            p.verdict = None;
        }
    }

    /// Whether a pending mutation still has to be shown over the rows.
    fn shows(&self, p: &Pending) -> bool {
        p.seq > self.covered() && !p.is_rejected()
    }
}

/// The engine of one tab for one user.
pub struct Engine<S, R, C, G> {
    store: S,
    remote: R,
    clock: C,
    random: G,
    actor: RefCell<Actor>,
    inner: RefCell<Inner>,
    syncing: Cell<bool>,
    /// Somebody else is signed in at the server: nothing is sent or read until this engine's person is back.
    other_user: Cell<bool>,
    /// Acts are decided and stored one after the other, each on top of the one before.
    turns: Turns,
    /// The acts that were stored last.
    done: RefCell<Done>,
    /// How often the cache was cleared. Decisions made on the rows before are repeated.
    cleared: Cell<u32>,
    on_change: RefCell<Option<Rc<dyn Fn()>>>,
    #[cfg(feature = "testkit")]
    sabotage: Cell<Option<Sabotage>>,
}

impl<S: Store, R: Remote, C: Clock, G: Random> Engine<S, R, C, G> {
    /// Opens the store and shows what it holds, without any network.
    ///
    /// # Errors
    /// When the store cannot be used. A cache that cannot be read is thrown away; the outbox never is.
    pub async fn open(
        store: S,
        remote: R,
        clock: C,
        random: G,
        actor: Actor,
    ) -> Result<Self, StoreError> {
        Self::open_with(store, remote, clock, random, actor, Knowledge::default()).await
    }

    /// As [`Engine::open`], for a page with this `knowledge`: tests open pages of an earlier release.
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub async fn open_with(
        store: S,
        remote: R,
        clock: C,
        random: G,
        actor: Actor,
        knowledge: Knowledge,
    ) -> Result<Self, StoreError> {
        let opened = store.open().await?;
        // The loads run concurrently: each await is a round trip to the browser's storage process.
        let identity = both(load_client(&store, &random), read_next_seq(&store));
        let rest = both(identity, read_outbox(&store));
        let (replica, ((client, next_seq), outbox)) =
            both(load_replica(&store, knowledge), rest).await;
        let (replica, (client, new_client)) = (replica?, client?);
        let Kept {
            pending,
            notices,
            sent,
            released,
            mended,
        } = outbox?;
        let known_client = replica.state().client;
        let engine = Self {
            inner: RefCell::new(Inner {
                pending,
                notices,
                client,
                sent,
                released,
                mended,
                hold_ms: 0,
                last_error: None,
                last_contact: replica.state().last_contact,
                storage_lost: opened.durable_was_lost || (new_client && known_client.is_some()),
                server_clock: ServerClock::remembered(replica.state().ahead_ms),
                page_size: PageSize::remembered(replica.state().page_bytes),
                received: 0,
                replica,
            }),
            store,
            remote,
            clock,
            random,
            actor: RefCell::new(actor),
            syncing: Cell::new(false),
            other_user: Cell::new(false),
            turns: Turns::default(),
            done: RefCell::default(),
            cleared: Cell::new(0),
            on_change: RefCell::new(None),
            #[cfg(feature = "testkit")]
            sabotage: Cell::new(None),
        };
        engine.notice_rollback(next_seq?).await?;
        engine.read_again().await?;
        engine.rebase().await?;
        Ok(engine)
    }

    /// Notices that the device was put back to a backup: the cache contains own mutations with numbers that the outbox has not
    /// given out yet. The person is told that work may be lost, and the client takes a new identity, since those numbers are used.
    async fn notice_rollback(&self, next_seq: u64) -> Result<(), StoreError> {
        if self.inner.borrow().covered() < next_seq {
            return Ok(());
        }
        self.inner.borrow_mut().storage_lost = true;
        Box::pin(self.renew_identity(None)).await
    }

    /// Sets what is called after every change that a page could show.
    pub fn on_change(&self, listener: impl Fn() + 'static) {
        *self.on_change.borrow_mut() = Some(Rc::new(listener));
    }

    /// Switches a mistake on.
    #[cfg(feature = "testkit")]
    pub fn sabotage(&self, mistake: Option<Sabotage>) {
        self.sabotage.set(mistake);
    }

    /// How often this engine has found the cache damaged and cleared it.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub fn times_cleared(&self) -> u32 {
        self.cleared.get()
    }

    fn changed(&self) {
        let listener = self.on_change.borrow().clone();
        if let Some(listener) = listener {
            listener();
        }
    }

    /// The server has said who is signed in. An engine is one person's: as long as it is somebody else, nothing is sent or read.
    pub fn set_actor(&self, actor: Actor) {
        let is_other = actor.user != self.actor.borrow().user;
        self.other_user.set(is_other);
        if !is_other {
            *self.actor.borrow_mut() = actor;
        }
    }

    /// Nothing more is sent, and no answer that is on its way is written down.
    pub fn stop(&self) {
        self.other_user.set(true);
    }

    /// Whether somebody else is signed in at the server, as far as this engine has heard.
    #[must_use]
    pub fn is_other_user(&self) -> bool {
        self.other_user.get()
    }

    /// Now, by the server's clock as far as it is known.
    #[must_use]
    pub fn now(&self) -> Millis {
        let inner = self.inner.borrow();
        inner.server_clock.now(self.clock.now(), inner.last_contact)
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.actor.borrow().clone()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The replica, to read lists from. It must not be held across an await.
    #[must_use]
    pub fn replica(&self) -> Ref<'_, Replica> {
        Ref::map(self.inner.borrow(), |inner| &inner.replica)
    }

    /// This client.
    #[must_use]
    pub fn client(&self) -> ClientId {
        self.inner.borrow().client
    }

    /// Sixteen random bytes, for a new identifier.
    #[must_use]
    pub fn random(&self) -> [u8; 16] {
        self.random.bytes()
    }

    /// The state of syncing.
    #[must_use]
    pub fn status(&self) -> Status {
        let inner = self.inner.borrow();
        let covered = inner.covered();
        let waits = |p: &&Pending| p.verdict.is_none() && p.seq > covered;
        let now = self.now();
        let may_leave = |p: &&Pending| inner.held_ms(p, now).is_none();
        let from_held = inner.pending.iter().skip_while(may_leave);
        let state = inner.replica.state();
        Status {
            waiting: inner.pending.iter().filter(waits).count(),
            held: from_held.filter(waits).count(),
            waiting_since: inner.pending.iter().find(waits).map(|p| p.entry.at),
            refused: inner.notices.len(),
            last_contact: (inner.last_contact > Millis(0)).then_some(inner.last_contact),
            complete: state.complete,
            syncing: self.syncing.get(),
            received: inner.received,
            ahead_ms: inner.server_clock.ahead_ms(),
            last_error: inner.last_error.clone(),
            storage_lost: inner.storage_lost,
        }
    }

    /// Own changes that the server has not answered yet, oldest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<Pending> {
        let inner = self.inner.borrow();
        let covered = inner.covered();
        inner
            .pending
            .iter()
            .filter(|p| p.verdict.is_none() && p.seq > covered)
            .cloned()
            .collect()
    }

    /// Whether the server has accepted the mutation of this number, as far as this tab has heard.
    #[must_use]
    pub fn is_accepted(&self, seq: u64) -> bool {
        let inner = self.inner.borrow();
        seq <= inner.covered()
            || inner
                .pending
                .iter()
                .any(|p| p.seq == seq && p.verdict == Some(Verdict::Applied))
    }

    /// Rejections that have not been put away, oldest first.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.inner.borrow().notices.clone()
    }

    /// Removes a rejection that the person has put away.
    pub async fn dismiss(&self, id: MutationId) -> Result<(), StoreError> {
        let key = StoreKey::Text(id.to_string());
        let delete = vec![Op::Delete(Area::Notices, key)];
        self.mending(async || self.store.write(None, delete.clone()).await)
            .await?;
        self.inner.borrow_mut().notices.retain(|n| n.entry.id != id);
        self.changed();
        Ok(())
    }

    /// The person has been told that the browser cleared the storage.
    pub fn storage_loss_was_told(&self) {
        self.inner.borrow_mut().storage_lost = false;
        self.changed();
    }

    /// All unsent work as JSON, for a file that can be handed to somebody.
    #[must_use]
    pub fn export(&self) -> String {
        let inner = self.inner.borrow();
        let unsent: Vec<_> = inner
            .pending
            .iter()
            .filter(|p| p.verdict.is_none())
            .map(|p| p.entry.mutation(p.seq))
            .collect();
        drop(inner);
        UnsentFile::new(
            self.actor.borrow().user,
            self.client(),
            self.now(),
            unsent,
            self.notices(),
        )
        .to_json()
    }

    /// Whether the cache is as this tab last read or wrote it.
    async fn is_current(&self) -> Result<bool, StoreError> {
        let states = self.store.get(Area::State, &[Replica::state_key()]).await?;
        let state = states.into_iter().next().flatten();
        Ok(self.replica().is_current(state.as_deref()))
    }

    /// Reads the cache again if another tab has written to it; whether it had.
    async fn reload(&self) -> Result<bool, StoreError> {
        if self.is_current().await? {
            return Ok(false);
        }
        let knowledge = self.replica().knowledge();
        let replica = load_replica(&self.store, knowledge).await?;
        {
            let mut inner = self.inner.borrow_mut();
            inner.last_contact = inner.last_contact.max(replica.state().last_contact);
            inner.replica.replace(replica);
        }
        self.read_again().await?;
        Ok(true)
    }

    /// Shows rows that this version can read after all: they came to an older one that could not, or their summaries have
    /// another layout. Nothing is fetched for it.
    async fn read_again(&self) -> Result<(), StoreError> {
        let unread = self.replica().unread();
        if unread.is_empty() {
            return Ok(());
        }
        let locations: Vec<_> = unread.iter().map(|(_, _, body)| *body).collect();
        let bodies = self.bodies(&locations).await?;
        let knowledge = self.replica().knowledge();
        let read = |((key, feed, _), body): ((Key, Feed, _), Option<String>)| {
            Some((key, feed, knowledge.read(key, &body?)?.summary()))
        };
        let summaries = unread.into_iter().zip(bodies).filter_map(read).collect();
        let plan = self.inner.borrow_mut().replica.plan_read(summaries)?;
        let Some(plan) = plan else { return Ok(()) };
        match self.store.write(Some(plan.guard), plan.ops).await {
            Ok(()) => self.inner.borrow_mut().replica.commit(plan.news),
            // Another tab wrote first (guard conflict), or there is no room: the rows are shown now, and read again at the next start.
            Err(StoreError::Conflict | StoreError::Quota) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Another tab has written: reads what is new.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.mending(async || self.refresh_once().await).await
    }

    async fn refresh_once(&self) -> Result<(), StoreError> {
        self.reload().await?;
        let (client, _) = load_client(&self.store, &self.random).await?;
        if self.client() != client {
            // Another tab has taken a new identity, under which everything is offered again. Verdicts of the old identity are
            // void: a restored server may have lost those mutations.
            self.append_what_is_missing().await?;
            let mut inner = self.inner.borrow_mut();
            inner.pending.clear();
            inner.client = client;
        }
        self.load_outbox().await?;
        self.rebase().await?;
        self.changed();
        Ok(())
    }

    async fn discard_cache(&self) -> Result<(), StoreError> {
        self.clear_cache().await?;
        self.rebase().await
    }

    async fn clear_cache(&self) -> Result<(), StoreError> {
        clear_cache(&self.store).await?;
        let knowledge = self.replica().knowledge();
        let empty = Replica::new(knowledge);
        self.inner.borrow_mut().replica.replace(empty);
        self.cleared.set(self.cleared.get() + 1);
        Ok(())
    }

    /// Removes everything this device knows from the server, and everything unsent if `unsent_too`: for signing out.
    pub async fn wipe(&self, unsent_too: bool) -> Result<(), StoreError> {
        self.discard_cache().await?;
        if unsent_too {
            let areas = [Area::Outbox, Area::Notices, Area::Drafts, Area::Identity];
            match self.store.write(None, areas.map(Op::Clear).to_vec()).await {
                // The browser has removed it all.
                Ok(()) | Err(StoreError::Lost) => {}
                Err(error) => return Err(error),
            }
            let mut inner = self.inner.borrow_mut();
            inner.pending.clear();
            inner.notices.clear();
            inner.sent = Sent::default();
            inner.released = Released::default();
        }
        self.changed();
        Ok(())
    }

    async fn load_outbox(&self) -> Result<(), StoreError> {
        let Kept {
            mut pending,
            notices,
            sent,
            released,
            mended,
        } = read_outbox(&self.store).await?;
        let mut inner = self.inner.borrow_mut();
        inner.sent = sent;
        inner.released = released;
        inner.mended = mended;
        for p in &mut pending {
            let heard = inner.pending.iter().find(|old| old.entry.id == p.entry.id);
            p.verdict = heard.and_then(|old| old.verdict.clone());
        }
        inner.pending = pending;
        inner.notices = notices;
        Ok(())
    }

    /// Keeps a form as it is being filled in.
    pub async fn put_draft(&self, name: &str, form: &Json) -> Result<(), StoreError> {
        let bytes = form.get().as_bytes().to_vec();
        let put = vec![Op::Put(Area::Drafts, name.into(), bytes)];
        self.mending(async || self.store.write(None, put.clone()).await)
            .await
    }

    /// A form as it was left.
    pub async fn draft(&self, name: &str) -> Result<Option<Json>, StoreError> {
        let found = self
            .mending(async || self.store.get(Area::Drafts, &[name.into()]).await)
            .await?;
        let text = found
            .into_iter()
            .next()
            .flatten()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.and_then(|t| Json::new(t).ok()))
    }

    /// Forgets a form.
    pub async fn delete_draft(&self, name: &str) -> Result<(), StoreError> {
        let delete = vec![Op::Delete(Area::Drafts, name.into())];
        self.mending(async || self.store.write(None, delete.clone()).await)
            .await
    }
}
