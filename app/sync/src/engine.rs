//! Carries out what the replica plans: opens the store, keeps what people do, exchanges with the server, and remembers
//! what it answers. Nothing here decides a rule; `domain` does.

use crate::outbox::{self, Entry, Notice, Pending};
use crate::ports::{
    Area, CLIENT, Clock, Guard, NEXT_SEQ, Op, Random, Remote, RemoteError, Store, StoreError,
    StoreKey,
};
use crate::replica::{CacheState, Overlaid, Plan, Replica};
use crate::sent::{self, Sent};
use crate::together::both;
use crate::wire::{self, ExchangeAnswer, ExchangeRequest, Json, Mutation, Verdict};
use domain::{
    Actor, ClientId, Command, Entity, Head, Key, Millis, MutationId, Rejection, Snapshot, Table,
    UserId, View, decide, json,
};
use serde::Serialize;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

/// How often a write is tried again after another tab was faster.
const TRIES: u32 = 4;
/// The time of the last contact is written down at least this often, even when nothing else changes.
const CONTACT_MS: i64 = 300_000;
/// One call of [`Engine::sync`] makes at most this many round trips.
const MAX_ROUNDS: u32 = 500;

/// Unsent work, as it is written into a file.
#[derive(Serialize)]
struct Export<'a> {
    format: &'static str,
    client: ClientId,
    user: UserId,
    saved_at: Millis,
    mutations: Vec<Mutation>,
    refused: &'a [Notice],
}

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
    /// Refusals leave the outbox and are not kept for the person.
    RefusalNotKept,
    /// A new identity gives unsent work new mutation ids.
    NewIdsOnRenewal,
    /// What was applied is not kept, so that a server put back to a backup is never offered it again.
    SentForgotten,
}

#[cfg(feature = "testkit")]
impl Sabotage {
    /// Every mistake.
    pub const ALL: [Self; 8] = [
        Self::CursorTooEarly,
        Self::TrimOnSend,
        Self::CoverAtOnce,
        Self::IgnoreDrop,
        Self::CursorBackwards,
        Self::RefusalNotKept,
        Self::NewIdsOnRenewal,
        Self::SentForgotten,
    ];
}

/// Whether a mistake is switched on; without feature `testkit` the question does not exist.
macro_rules! sabotaged {
    ($engine:expr, $mistake:ident) => {{
        #[cfg(feature = "testkit")]
        let on = $engine.sabotage.get() == Some(Sabotage::$mistake);
        #[cfg(not(feature = "testkit"))]
        let on = false;
        on
    }};
}

/// Why something the person did was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// By everything this device knows the server would refuse it.
    #[error("refused: {0:?}")]
    Rejected(Box<Rejection>),
    /// It could not be stored; the form must stay open.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a sync came to no end.
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
    pub view: View,
    /// The last own change that is not confirmed.
    pub pending: Option<u64>,
}

/// How things stand, for the line under each title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Own changes without a verdict.
    pub waiting: usize,
    /// When the oldest of them was made.
    pub waiting_since: Option<Millis>,
    /// Refusals that have not been put away.
    pub refused: usize,
    /// The last answer of the server, if there ever was one.
    pub last_contact: Option<Millis>,
    /// Whether everything was complete then.
    pub complete: bool,
    /// Whether a sync is under way.
    pub syncing: bool,
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
    last_error: Option<SyncError>,
    last_contact: Millis,
    storage_lost: bool,
}

impl Inner {
    /// Own mutations up to this number are contained in the rows or were refused.
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

    /// Whether the rows are of the epoch in which own work was applied. If not, nothing is sent before the answer has said
    /// which one holds.
    fn knows_epoch(&self, state: &CacheState) -> bool {
        self.sent.epoch.is_empty() || self.sent.epoch == state.epoch
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
        let opened = store.open().await?;
        // Nothing here waits for anything else: on a cold start every wait is a way to another process and back.
        let identity = both(load_client(&store, &random), read_next_seq(&store));
        let rest = both(identity, read_outbox(&store));
        let (replica, ((client, next_seq), outbox)) = both(load_replica(&store), rest).await;
        let (replica, (client, new_client)) = (replica?, client?);
        let (pending, notices, sent) = outbox?;
        let known_client = replica.state().client;
        let engine = Self {
            inner: RefCell::new(Inner {
                pending,
                notices,
                client,
                sent,
                last_error: None,
                last_contact: replica.state().last_contact,
                storage_lost: opened.durable_was_lost || (new_client && known_client.is_some()),
                replica,
            }),
            store,
            remote,
            clock,
            random,
            actor: RefCell::new(actor),
            syncing: Cell::new(false),
            on_change: RefCell::new(None),
            #[cfg(feature = "testkit")]
            sabotage: Cell::new(None),
        };
        engine.notice_rollback(next_seq?).await?;
        engine.rebase().await?;
        Ok(engine)
    }

    /// The cache knows of own mutations that the outbox has not numbered yet: the device was put back to an earlier time.
    /// Work may be lost, which is said, and the numbers are used up, so the client takes a new identity.
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

    fn changed(&self) {
        let listener = self.on_change.borrow().clone();
        if let Some(listener) = listener {
            listener();
        }
    }

    /// Who acts. Changes when the server says so.
    pub fn set_actor(&self, actor: Actor) {
        *self.actor.borrow_mut() = actor;
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

    /// What is known, to read lists from. Not to be held across an await.
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

    /// How things stand.
    #[must_use]
    pub fn status(&self) -> Status {
        let inner = self.inner.borrow();
        let covered = inner.covered();
        let waits = |p: &&Pending| p.verdict.is_none() && p.seq > covered;
        let state = inner.replica.state();
        Status {
            waiting: inner.pending.iter().filter(waits).count(),
            waiting_since: inner.pending.iter().find(waits).map(|p| p.entry.at),
            refused: inner.notices.len(),
            last_contact: (inner.last_contact > Millis(0)).then_some(inner.last_contact),
            complete: state.complete,
            syncing: self.syncing.get(),
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

    /// Refusals that have not been put away, oldest first.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.inner.borrow().notices.clone()
    }

    /// The person has read a refusal.
    pub async fn dismiss(&self, id: MutationId) -> Result<(), StoreError> {
        let key = StoreKey::Text(id.to_string());
        self.store
            .write(None, vec![Op::Delete(Area::Notices, key)])
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
        let actor = self.actor.borrow();
        let file = Export {
            format: "xiangdan-unsent-1",
            client: inner.client,
            user: actor.user,
            saved_at: self.clock.now(),
            mutations: unsent,
            refused: &inner.notices,
        };
        // Texts and whole numbers can always be written.
        json::to_string(&file).unwrap_or_default()
    }

    /// Keeps what a person did, so that a killed tab cannot lose it, and shows it at once.
    ///
    /// # Errors
    /// [`SubmitError::Rejected`] when this device knows already that it will be refused: nothing is kept then, the form
    /// stays open. [`SubmitError::Store`] when it could not be stored.
    pub async fn submit(&self, command: impl Into<Command>) -> Result<u64, SubmitError> {
        self.submit_all(vec![command.into()]).await
    }

    /// Keeps several acts in their order, all or none. Returns the number of the first.
    ///
    /// # Errors
    /// As [`Engine::submit`]; the first refusal counts.
    pub async fn submit_all(&self, commands: Vec<Command>) -> Result<u64, SubmitError> {
        let now = self.clock.now();
        let mut overlaid = Table::new();
        let mut entries = Vec::with_capacity(commands.len());
        let mut bytes = Vec::with_capacity(commands.len());
        for (n, command) in commands.iter().enumerate() {
            let changes = self.decide_here(command, now, &overlaid).await?;
            let changes = changes.map_err(|r| SubmitError::Rejected(Box::new(r)))?;
            for entity in changes.puts {
                overlaid.insert(entity.key(), (n as u64, entity));
            }
            let id = MutationId::from_random(self.random.bytes());
            let unreadable = |e: json::Error| StoreError::Corrupt(e.to_string());
            let entry = Entry::new(id, command, now).map_err(unreadable)?;
            bytes.push(entry.to_bytes().map_err(unreadable)?);
            entries.push(entry);
        }
        let first = self.store.append(bytes).await?;
        let mut inner = self.inner.borrow_mut();
        for (n, (entry, command)) in entries.into_iter().zip(commands).enumerate() {
            inner.pending.push(Pending {
                seq: first + n as u64,
                entry,
                command: Ok(command),
                verdict: None,
            });
        }
        inner.pending.sort_by_key(|p| p.seq);
        for (key, (n, entity)) in overlaid {
            let over = overlay_of(entity, first + n);
            inner.replica.overlay_with(key, over);
        }
        drop(inner);
        self.changed();
        Ok(first)
    }

    /// Decides a command on what this device knows, with `over` on top.
    async fn decide_here(
        &self,
        command: &Command,
        now: Millis,
        over: &Table<Key, (u64, Entity)>,
    ) -> Result<Result<domain::Changes, Rejection>, StoreError> {
        let actor = self.actor();
        let mut known = Snapshot::default();
        loop {
            let keys = command.reads(&actor, &known);
            if keys.is_empty() {
                return Ok(decide(command, &actor, &known, now));
            }
            let missing: Vec<Key> = keys
                .iter()
                .filter(|k| !over.contains_key(k))
                .copied()
                .collect();
            let found = self.shown(&missing).await?;
            for (key, entity) in missing.into_iter().zip(found) {
                known.insert(key, entity.map(|s| s.entity));
            }
            for key in keys {
                if let Some((_, entity)) = over.get(&key) {
                    known.insert(key, Some(entity.clone()));
                }
            }
        }
    }

    /// An entity as it is shown: own pending changes over what the server said.
    pub async fn entity(&self, key: Key) -> Result<Option<Seen>, StoreError> {
        Ok(self.shown(&[key]).await?.pop().flatten())
    }

    /// Several entities as they are shown.
    pub async fn shown(&self, keys: &[Key]) -> Result<Vec<Option<Seen>>, StoreError> {
        let mut base: Vec<Key> = Vec::new();
        let mut out: Vec<Option<Seen>> = Vec::with_capacity(keys.len());
        {
            let inner = self.inner.borrow();
            for key in keys {
                let over = inner.replica.overlaid(key);
                out.push(over.map(|o| Seen {
                    entity: o.entity.clone(),
                    view: View::Full,
                    pending: Some(o.seq),
                }));
                if over.is_none() {
                    base.push(*key);
                }
            }
        }
        let mut stored = self.stored(&base).await?.into_iter();
        for seen in out.iter_mut().filter(|s| s.is_none()) {
            *seen = stored.next().flatten().map(|(entity, view)| Seen {
                entity,
                view,
                pending: None,
            });
        }
        Ok(out)
    }

    /// What the server said, without own changes.
    pub async fn stored(&self, keys: &[Key]) -> Result<Vec<Option<(Entity, View)>>, StoreError> {
        let mut tries = 0;
        loop {
            let locations: Vec<_> = {
                let inner = self.inner.borrow();
                keys.iter().map(|k| inner.replica.location(k)).collect()
            };
            let mut wanted: Vec<u64> = locations.iter().flatten().map(|(l, _)| l.chunk).collect();
            wanted.sort_unstable();
            wanted.dedup();
            if wanted.is_empty() {
                return Ok(vec![None; keys.len()]);
            }
            let numbers: Vec<StoreKey> = wanted.iter().map(|n| StoreKey::Number(*n)).collect();
            let found = self.store.get(Area::Chunks, &numbers).await?;
            let chunks: Table<u64, Vec<u8>> = wanted
                .into_iter()
                .zip(found)
                .filter_map(|(n, bytes)| Some((n, bytes?)))
                .collect();
            let mut out = Vec::with_capacity(keys.len());
            let mut torn = false;
            for (key, location) in keys.iter().zip(&locations) {
                let Some((at, view)) = location else {
                    out.push(None);
                    continue;
                };
                let entity = chunks
                    .get(&at.chunk)
                    .and_then(|bytes| crate::log::slice(bytes, *at))
                    .and_then(|body| Entity::from_json(key.kind(), body).ok());
                torn |= entity.is_none();
                out.push(entity.map(|e| (e, *view)));
            }
            if !torn {
                return Ok(out);
            }
            // Another tab has compacted the cache, or the cache is damaged: read it again, at last start it anew.
            tries += 1;
            match tries {
                // Boxed: reading anew may ask for bodies again.
                1 => Box::pin(self.refresh()).await?,
                2 => Box::pin(self.discard_cache()).await?,
                _ => return Err(StoreError::Corrupt("bodies are missing".to_owned())),
            }
        }
    }

    /// Whether the cache is as this tab last read or wrote it.
    async fn is_current(&self) -> Result<bool, StoreError> {
        let states = self.store.get(Area::State, &[Replica::state_key()]).await?;
        let state = states.into_iter().next().flatten();
        Ok(self.replica().is_current(state.as_deref()))
    }

    /// Another tab has written: reads what is new.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        if !self.is_current().await? {
            let replica = load_replica(&self.store).await?;
            let mut inner = self.inner.borrow_mut();
            inner.last_contact = inner.last_contact.max(replica.state().last_contact);
            inner.replica = replica;
        }
        let (client, _) = load_client(&self.store, &self.random).await?;
        self.inner.borrow_mut().client = client;
        self.load_outbox().await?;
        self.rebase().await?;
        self.changed();
        Ok(())
    }

    async fn discard_cache(&self) -> Result<(), StoreError> {
        clear_cache(&self.store).await?;
        self.inner.borrow_mut().replica = Replica::default();
        self.rebase().await
    }

    /// Removes everything this device knows from the server, and everything unsent if `unsent_too`: for signing out.
    pub async fn wipe(&self, unsent_too: bool) -> Result<(), StoreError> {
        self.discard_cache().await?;
        if unsent_too {
            let areas = [Area::Outbox, Area::Notices, Area::Drafts, Area::Identity];
            self.store
                .write(None, areas.map(Op::Clear).to_vec())
                .await?;
            let mut inner = self.inner.borrow_mut();
            inner.pending.clear();
            inner.notices.clear();
            inner.sent = Sent::default();
        }
        self.changed();
        Ok(())
    }

    async fn load_outbox(&self) -> Result<(), StoreError> {
        let (mut pending, notices, sent) = read_outbox(&self.store).await?;
        let mut inner = self.inner.borrow_mut();
        inner.sent = sent;
        for p in &mut pending {
            let heard = inner.pending.iter().find(|old| old.entry.id == p.entry.id);
            p.verdict = heard.and_then(|old| old.verdict.clone());
        }
        inner.pending = pending;
        inner.notices = notices;
        Ok(())
    }

    /// Decides all pending mutations again on what the server said.
    async fn rebase(&self) -> Result<(), StoreError> {
        let pending: Vec<(u64, Command, Millis)> = {
            let inner = self.inner.borrow();
            inner
                .pending
                .iter()
                .filter(|p| inner.shows(p))
                .filter_map(|p| Some((p.seq, p.command.clone().ok()?, p.entry.at)))
                .collect()
        };
        let actor = self.actor();
        let mut known = Snapshot::default();
        let mut overlay: Table<Key, Overlaid> = Table::new();
        for (seq, command, at) in pending {
            loop {
                let keys = command.reads(&actor, &known);
                if keys.is_empty() {
                    break;
                }
                let found = self.stored(&keys).await?;
                for (key, entity) in keys.into_iter().zip(found) {
                    known.insert(key, entity.map(|(e, _)| e));
                }
            }
            // A refusal shows nothing; the server's word on it is awaited.
            if let Ok(changes) = decide(&command, &actor, &known, at) {
                for entity in changes.puts {
                    known.insert(entity.key(), Some(entity.clone()));
                    overlay.insert(entity.key(), overlay_of(entity, seq));
                }
            }
        }
        self.inner.borrow_mut().replica.set_overlay(overlay);
        Ok(())
    }

    /// Exchanges with the server until nothing is waiting on either side.
    ///
    /// # Errors
    /// What stopped it; everything is kept and the next call goes on.
    pub async fn sync(&self) -> Result<Synced, SyncError> {
        if self.syncing.replace(true) {
            return Ok(Synced::default());
        }
        self.changed();
        let result = self.sync_rounds().await;
        self.syncing.set(false);
        self.inner.borrow_mut().last_error = result.as_ref().err().cloned();
        self.changed();
        result
    }

    async fn sync_rounds(&self) -> Result<Synced, SyncError> {
        self.trim().await?;
        let mut synced = Synced::default();
        let mut renewed = false;
        let mut ahead = None;
        // Requests with mutations that were answered: the line bears more.
        let mut answered_batches = 0;
        while synced.rounds < MAX_ROUNDS {
            let (request, answered) = match ahead.take() {
                Some(asked) => asked,
                None => {
                    let request = self.request(answered_batches);
                    let answered = self.send(&request).await;
                    (request, answered)
                }
            };
            let answer = match answered {
                Ok(answer) => answer,
                Err(SyncError::Remote(RemoteError::Identity)) if !renewed => {
                    renewed = true;
                    self.renew_identity(None).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            synced.rounds += 1;
            synced.rows += answer.feeds.iter().map(|f| f.rows.len()).sum::<usize>();
            synced.verdicts += answer.results.len();
            answered_batches += u32::from(!answer.results.is_empty());
            let mut more = answer.more || answer.feeds.iter().any(|f| !f.complete);
            if let Some(stop) = &answer.stop {
                synced.retry_after_ms = Some(stop.retry_after_ms);
            }
            self.note_verdicts(&request, &answer);
            let go_on = answer.stop.is_none() && (more || self.has_unsent());
            let next = go_on.then(|| self.request_after(&request, &answer, answered_batches));
            more |= !match next.flatten() {
                None => self.absorb(&request, answer).await?,
                // The server works on the next round while this one is written down.
                Some(next) => {
                    let absorb = self.absorb(&request, answer);
                    let (answered, absorbed) = both(self.send(&next), absorb).await;
                    ahead = Some((next, answered));
                    absorbed?
                }
            };
            let done = !more && (!self.has_unsent() || synced.retry_after_ms.is_some());
            if done && ahead.is_none() {
                break;
            }
        }
        Ok(synced)
    }

    async fn send(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, SyncError> {
        if sabotaged!(self, TrimOnSend) {
            let sent = request.mutations.iter();
            let ops = sent
                .map(|m| Op::Delete(Area::Outbox, m.seq.into()))
                .collect();
            self.store.write(None, ops).await?;
        }
        Ok(self.remote.exchange(request).await?)
    }

    fn has_unsent(&self) -> bool {
        let inner = self.inner.borrow();
        inner.pending.iter().any(|p| p.verdict.is_none())
    }

    fn request(&self, answered_batches: u32) -> ExchangeRequest {
        let inner = self.inner.borrow();
        request_from(&inner, inner.replica.state(), answered_batches)
    }

    /// The request that follows this one's answer, before that is written down; none when another tab has moved the cache
    /// on meanwhile, or the answer comes from another epoch. Should writing fail, what comes back does not fit and is asked
    /// for again.
    fn request_after(
        &self,
        request: &ExchangeRequest,
        answer: &ExchangeAnswer,
        answered_batches: u32,
    ) -> Option<ExchangeRequest> {
        if !self.is_basis(request) || request.epoch != answer.epoch {
            return None;
        }
        let inner = self.inner.borrow();
        let state = inner.replica.state_after(request.client, answer);
        Some(request_from(&inner, &state, answered_batches))
    }

    /// Writes an answer down, whose verdicts are noted already: first the rows, the cursors and what they cover in one
    /// transaction, then the refusals. A crash in between loses nothing: what has no verdict here is sent again and gets the same one. False when another
    /// tab has moved the cache on since the request: then its rows are left alone and asked for again.
    async fn absorb(
        &self,
        request: &ExchangeRequest,
        mut answer: ExchangeAnswer,
    ) -> Result<bool, StoreError> {
        if sabotaged!(self, IgnoreDrop) {
            answer.drop.clear();
        }
        if sabotaged!(self, CoverAtOnce) {
            answer.more = false;
            answer.feeds.iter_mut().for_each(|f| f.complete = true);
        }
        if sabotaged!(self, CursorBackwards) {
            answer.feeds.iter_mut().for_each(|f| f.reset = true);
        }
        if self.inner.borrow().is_restored(request, &answer) {
            self.renew_identity(Some(&answer.epoch)).await?;
        }
        let fits = self.write_rows(request, &answer).await?;
        self.rebase().await?;
        self.keep_refusals().await?;
        self.compact_if_worth().await?;
        self.changed();
        Ok(fits)
    }

    /// Whether a request was made by this client and from where the cache now stands.
    fn is_basis(&self, request: &ExchangeRequest) -> bool {
        let inner = self.inner.borrow();
        let state = inner.replica.state();
        inner.client == request.client
            && state.epoch == request.epoch
            && state.cursors == request.cursors
    }

    /// Writes the rows of an answer, unless another tab was faster.
    async fn write_rows(
        &self,
        request: &ExchangeRequest,
        answer: &ExchangeAnswer,
    ) -> Result<bool, StoreError> {
        if !self.is_basis(request) {
            return Ok(false);
        }
        let plan = {
            let inner = self.inner.borrow();
            let plan = inner.replica.plan(request.client, answer)?;
            if inner.replica.is_only_contact(&plan, CONTACT_MS) {
                return Ok(true);
            }
            plan
        };
        let Plan {
            mut guard,
            mut ops,
            news,
        } = plan;
        if sabotaged!(self, CursorTooEarly)
            && let Some(state @ Op::Put(_, _, bytes)) = ops.last().cloned().as_ref()
        {
            self.store
                .write(Some(guard.clone()), vec![state.clone()])
                .await?;
            guard.value = Some(bytes.clone());
            ops.pop();
        }
        match self.store.write(Some(guard), ops).await {
            Ok(()) => {
                self.inner.borrow_mut().replica.commit(news);
                Ok(true)
            }
            Err(StoreError::Conflict) => {
                self.refresh().await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Verdicts go by the mutation's id: another tab may have numbered the outbox anew meanwhile.
    fn note_verdicts(&self, request: &ExchangeRequest, answer: &ExchangeAnswer) {
        let mut inner = self.inner.borrow_mut();
        inner.last_contact = inner.last_contact.max(answer.server_time);
        if inner.client != request.client {
            return;
        }
        for result in &answer.results {
            let sent = request.mutations.iter().find(|m| m.seq == result.seq);
            let Some(id) = sent.map(|m| m.id) else {
                continue;
            };
            if let Some(p) = inner.pending.iter_mut().find(|p| p.entry.id == id) {
                p.verdict = Some(result.verdict.clone());
            }
        }
    }

    /// Moves refused mutations from the outbox to the notices, in one strict transaction.
    async fn keep_refusals(&self) -> Result<(), StoreError> {
        let mut ops = Vec::new();
        let mut notices = Vec::new();
        for p in &self.inner.borrow().pending {
            if let Some(Verdict::Rejected { rejection }) = &p.verdict {
                let notice = Notice {
                    entry: p.entry.clone(),
                    rejection: rejection.clone(),
                };
                let text =
                    json::to_string(&notice).map_err(|e| StoreError::Corrupt(e.to_string()))?;
                let bytes = text.into_bytes();
                let key = StoreKey::Text(p.entry.id.to_string());
                if !sabotaged!(self, RefusalNotKept) {
                    ops.push(Op::Put(Area::Notices, key, bytes));
                    notices.push(notice);
                }
                ops.push(Op::Delete(Area::Outbox, p.seq.into()));
            }
        }
        if ops.is_empty() {
            return Ok(());
        }
        self.store.write(None, ops).await?;
        let mut inner = self.inner.borrow_mut();
        let told: Vec<MutationId> = notices.iter().map(|n| n.entry.id).collect();
        inner.pending.retain(|p| !told.contains(&p.entry.id));
        inner.notices.retain(|n| !told.contains(&n.entry.id));
        inner.notices.extend(notices);
        Ok(())
    }

    /// Moves what an earlier sync has seen applied and contained in the rows from the outbox to the history. One sync late on
    /// purpose: the cache is written with relaxed durability, and until it has reached the disk the outbox can still show the
    /// work.
    async fn trim(&self) -> Result<(), StoreError> {
        let (done, ops, guard, sent) = {
            let inner = self.inner.borrow();
            let covered = inner.covered();
            let is_done = |p: &&Pending| p.seq <= covered && p.verdict == Some(Verdict::Applied);
            let done: Vec<u64> = inner
                .pending
                .iter()
                .filter(is_done)
                .map(|p| p.seq)
                .collect();
            if done.is_empty() || !inner.knows_epoch(inner.replica.state()) {
                return Ok(());
            }
            let mut sent = inner.sent.clone();
            let entries = inner.pending.iter().filter(is_done).map(|p| &p.entry);
            let ops = sent.keep(&inner.replica.state().epoch, entries)?;
            (done, ops, inner.sent.guard(), sent)
        };
        let deletes = done
            .iter()
            .map(|seq| Op::Delete(Area::Outbox, (*seq).into()));
        let deletes: Vec<Op> = deletes.collect();
        let kept = if sabotaged!(self, SentForgotten) {
            Err(StoreError::Quota)
        } else {
            let ops = deletes.iter().cloned().chain(ops).collect();
            self.store.write(Some(guard), ops).await
        };
        match kept {
            Ok(()) => self.inner.borrow_mut().sent = sent,
            // Another tab was faster: next time.
            Err(StoreError::Conflict) => return self.refresh().await,
            // There is no room for a history.
            Err(StoreError::Quota) => self.store.write(None, deletes).await?,
            Err(error) => return Err(error),
        }
        self.inner
            .borrow_mut()
            .pending
            .retain(|p| done.binary_search(&p.seq).is_err());
        Ok(())
    }

    /// Takes a new identity and numbers the unsent work from 1 again. Mutation ids stay, so that what the server has
    /// applied under the old identity is recognised and not applied twice. With the epoch of a server that was `restored`, what an
    /// earlier epoch had applied comes first.
    async fn renew_identity(&self, restored: Option<&str>) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            self.refresh().await?;
            if restored.is_some_and(|epoch| self.inner.borrow().sent.epoch == epoch) {
                // Another tab was faster.
                return Ok(());
            }
            if restored.is_none() {
                self.trim().await?;
            }
            let client = ClientId::from_random(self.random.bytes());
            let next = self.store.get(Area::Identity, &[NEXT_SEQ.into()]).await?;
            let next = next.into_iter().next().flatten();
            let guard = Guard {
                area: Area::Identity,
                key: NEXT_SEQ.into(),
                value: next,
            };
            let mut sent = self.inner.borrow().sent.clone();
            let mut ops = vec![Op::Clear(Area::Outbox), sent.renumber(restored)?];
            let mut entries = Vec::new();
            if restored.is_some() {
                let identity = self.store.load(Area::Identity).await?;
                let (again, deletes) = sent::take_back(&identity);
                entries = again;
                ops.extend(deletes);
            }
            let known: Vec<MutationId> = entries.iter().map(|e| e.id).collect();
            // What was applied but is not in the rows yet goes along, to be shown until it is.
            for p in &self.inner.borrow().pending {
                if !known.contains(&p.entry.id) {
                    entries.push(p.entry.clone());
                }
            }
            let mut seq = 1;
            for mut entry in entries {
                if sabotaged!(self, NewIdsOnRenewal) {
                    entry.id = MutationId::from_random(self.random.bytes());
                }
                let bytes = entry
                    .to_bytes()
                    .map_err(|e| StoreError::Corrupt(e.to_string()))?;
                ops.push(Op::Put(Area::Outbox, seq.into(), bytes));
                seq += 1;
            }
            let digits = seq.to_string().into_bytes();
            ops.push(Op::Put(Area::Identity, NEXT_SEQ.into(), digits));
            let id = client.to_string().into_bytes();
            ops.push(Op::Put(Area::Identity, CLIENT.into(), id));
            match self.store.write(Some(guard), ops).await {
                Ok(()) => {
                    // The new identity has no verdicts: everything is offered again and recognised by its id.
                    for p in &mut self.inner.borrow_mut().pending {
                        p.verdict = None;
                    }
                    return self.refresh().await;
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    async fn compact_if_worth(&self) -> Result<(), StoreError> {
        if !self.replica().wants_compaction() {
            return Ok(());
        }
        let chunks = self.store.load(Area::Chunks).await?;
        let plan = self.replica().plan_compaction(&chunks);
        let plan = match plan {
            Ok(plan) => plan,
            // A body is missing: another tab has compacted meanwhile, or the cache is damaged.
            Err(StoreError::Corrupt(_)) if self.is_current().await? => {
                return self.discard_cache().await;
            }
            Err(StoreError::Corrupt(_)) => return self.refresh().await,
            Err(error) => return Err(error),
        };
        match self.store.write(Some(plan.guard), plan.ops).await {
            Ok(()) => {
                self.inner.borrow_mut().replica.commit(plan.news);
                Ok(())
            }
            // Another tab was faster, or there is no room for a second copy: it will be tried again.
            Err(StoreError::Conflict | StoreError::Quota) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Keeps a form as it is being filled in.
    pub async fn put_draft(&self, name: &str, form: &Json) -> Result<(), StoreError> {
        let bytes = form.get().as_bytes().to_vec();
        self.store
            .write(None, vec![Op::Put(Area::Drafts, name.into(), bytes)])
            .await
    }

    /// A form as it was left.
    pub async fn draft(&self, name: &str) -> Result<Option<Json>, StoreError> {
        let found = self.store.get(Area::Drafts, &[name.into()]).await?;
        let text = found
            .into_iter()
            .next()
            .flatten()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.and_then(|t| Json::new(t).ok()))
    }

    /// Forgets a form.
    pub async fn delete_draft(&self, name: &str) -> Result<(), StoreError> {
        self.store
            .write(None, vec![Op::Delete(Area::Drafts, name.into())])
            .await
    }
}

fn request_from(inner: &Inner, state: &CacheState, answered_batches: u32) -> ExchangeRequest {
    ExchangeRequest {
        v: wire::VERSION,
        client: inner.client,
        epoch: state.epoch.clone(),
        cursors: state.cursors.clone(),
        mutations: if inner.knows_epoch(state) {
            outbox::batch(&inner.pending, answered_batches)
        } else {
            Vec::new()
        },
    }
}

fn overlay_of(entity: Entity, seq: u64) -> Overlaid {
    Overlaid {
        head: Head::of(&entity).map(Rc::new),
        entity,
        seq,
    }
}

/// What waits, by its number, what was refused, by its time, and the head of what the server has applied.
async fn read_outbox<S: Store>(store: &S) -> Result<(Vec<Pending>, Vec<Notice>, Sent), StoreError> {
    let head = [sent::HEAD.into()];
    let told = both(store.load(Area::Notices), store.get(Area::Identity, &head));
    let (stored, (refused, head)) = both(store.load(Area::Outbox), told).await;
    let (stored, refused) = (stored?, refused?);
    let sent = Sent::read(head?.into_iter().next().flatten());
    let mut pending = Vec::with_capacity(stored.len());
    for (key, bytes) in &stored {
        pending.push(Pending::read(key, bytes)?);
    }
    let mut notices: Vec<Notice> = Vec::new();
    for (_, bytes) in refused {
        let notice =
            json::from_slice(&bytes).map_err(|e| StoreError::Corrupt(format!("notice: {e}")))?;
        notices.push(notice);
    }
    notices.sort_by_key(|n| n.entry.at);
    Ok((pending, notices, sent))
}

/// The number that the next own mutation gets.
async fn read_next_seq<S: Store>(store: &S) -> Result<u64, StoreError> {
    let next = store.get(Area::Identity, &[NEXT_SEQ.into()]).await?;
    let next = next.into_iter().next().flatten();
    let next = next.and_then(|digits| std::str::from_utf8(&digits).ok()?.parse().ok());
    Ok(next.unwrap_or(1))
}

async fn load_replica<S: Store>(store: &S) -> Result<Replica, StoreError> {
    let key = [Replica::state_key()];
    let (state, segments) = both(store.get(Area::State, &key), store.load(Area::Segments)).await;
    match Replica::read(state?.into_iter().next().flatten(), &segments?) {
        Ok(replica) => Ok(replica),
        // The cache is a copy: what cannot be read is fetched again.
        Err(StoreError::Corrupt(_)) => {
            clear_cache(store).await?;
            Ok(Replica::default())
        }
        Err(error) => Err(error),
    }
}

async fn clear_cache<S: Store>(store: &S) -> Result<(), StoreError> {
    let areas = [Area::Chunks, Area::Segments, Area::State];
    store.write(None, areas.map(Op::Clear).to_vec()).await
}

/// This client's id, made and stored when there is none; and whether it was.
async fn load_client<S: Store, G: Random>(
    store: &S,
    random: &G,
) -> Result<(ClientId, bool), StoreError> {
    for _ in 0..TRIES {
        let found = store.get(Area::Identity, &[CLIENT.into()]).await?;
        if let Some(bytes) = found.into_iter().next().flatten() {
            let id = std::str::from_utf8(&bytes)
                .ok()
                .and_then(|s| s.parse().ok());
            return id
                .map(|id| (id, false))
                .ok_or_else(|| StoreError::Corrupt("client id".to_owned()));
        }
        let client = ClientId::from_random(random.bytes());
        let guard = Guard {
            area: Area::Identity,
            key: CLIENT.into(),
            value: None,
        };
        let bytes = client.to_string().into_bytes();
        match store
            .write(
                Some(guard),
                vec![Op::Put(Area::Identity, CLIENT.into(), bytes)],
            )
            .await
        {
            Ok(()) => return Ok((client, true)),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Conflict)
}
