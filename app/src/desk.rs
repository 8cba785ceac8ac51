//! What a page works with: lists and entities as they are shown, and acts that are kept at once.

use crate::device::bell::Bell;
use crate::device::clock::{DeviceClock, DeviceRandom, now, random_bytes};
use crate::device::remote::HttpRemote;
use crate::device::tabs::{Tabs, lead};
use crate::device::timer::pause;
use crate::device::{hints, worker};
use domain::library::{Query, alike};
use domain::{Actor, Command, Day, Head, Key, Millis, MutationId, json};
use futures_util::future::select;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use store::IndexedDbStore;
use sync::backoff::Backoff;
use sync::engine::{Engine, Seen, Status, SubmitError};
use sync::outbox::{Notice, Pending};
use sync::ports::{Area, RemoteError, Store, StoreError, StoreKey};
use sync::replica::Listed;
use sync::wire::Json;

type DeskEngine = Engine<IndexedDbStore, HttpRemote, DeviceClock, DeviceRandom>;

/// When nothing calls for it, a tab that is seen syncs this often.
const IDLE_MS: u64 = 60_000;
/// Acts that follow one another within this time go in one request.
const GATHER_MS: u64 = 50;

/// Everything a page needs once somebody is signed in. Cheap to copy; lives as long as the sign-in.
#[derive(Clone, Copy)]
pub struct Desk {
    engine: StoredValue<Rc<DeskEngine>, LocalStorage>,
    tabs: StoredValue<Rc<Tabs>, LocalStorage>,
    scope: StoredValue<String>,
    leads: RwSignal<bool>,
    bell: StoredValue<Rc<Bell>, LocalStorage>,
    changed: RwSignal<u64>,
    offline: RwSignal<bool>,
    over: StoredValue<Rc<Cell<bool>>, LocalStorage>,
}

/// What is known of an entity at the moment.
#[derive(Clone, Debug)]
pub enum Known {
    /// It is being read; show a skeleton of the same height.
    Reading,
    /// It is not on this device.
    Absent,
    /// Here it is.
    Here(Box<Seen>),
}

impl Desk {
    /// Opens the store of a person and starts syncing.
    pub async fn open(actor: Actor) -> Result<Self, StoreError> {
        let scope = actor.user.to_string();
        let store = IndexedDbStore::new(&scope);
        let engine = Engine::open(store, HttpRemote, DeviceClock, DeviceRandom, actor).await?;
        let engine = Rc::new(engine);
        let changed = RwSignal::new(0_u64);
        let bell = Rc::new(Bell::default());
        let over = Rc::new(Cell::new(false));
        engine.on_change(move || {
            changed.try_update(|n| *n += 1);
        });
        let heard = {
            let engine = Rc::clone(&engine);
            let over = Rc::clone(&over);
            let bell = Rc::clone(&bell);
            move || {
                if over.get() {
                    return;
                }
                let engine = Rc::clone(&engine);
                let bell = Rc::clone(&bell);
                spawn_local(async move {
                    // What cannot be read now is read at the next word or the next start.
                    let _read = engine.refresh().await;
                    if !engine.waiting().is_empty() {
                        bell.ring();
                    }
                });
            }
        };
        let desk = Self {
            engine: StoredValue::new_local(engine),
            tabs: StoredValue::new_local(Rc::new(Tabs::join(&scope, heard))),
            scope: StoredValue::new(scope.clone()),
            leads: RwSignal::new(false),
            bell: StoredValue::new_local(bell),
            changed,
            offline: RwSignal::new(false),
            over: StoredValue::new_local(over),
        };
        lead(&scope, move || {
            desk.leads.try_set(true);
            spawn_local(desk.keep_syncing());
            spawn_local(desk.keep_listening());
        });
        Ok(desk)
    }

    fn engine(&self) -> Rc<DeskEngine> {
        self.engine.get_value()
    }

    fn is_over(&self) -> bool {
        self.over.try_get_value().is_none_or(|over| over.get())
    }

    /// Syncs now, then whenever something calls for it, at the latest after [`IDLE_MS`].
    async fn keep_syncing(self) {
        let mut backoff = Backoff::default();
        while !self.is_over() {
            let bell = self.bell.get_value();
            let rung = bell.rung();
            let engine = self.engine();
            let before = engine.replica().version();
            let wait = match engine.sync().await {
                Ok(synced) => {
                    backoff.succeeded();
                    self.offline.try_set(false);
                    if synced.verdicts > 0 || engine.replica().version() != before {
                        self.tell_tabs();
                    }
                    synced.retry_after_ms.unwrap_or(IDLE_MS)
                }
                Err(error) => {
                    self.offline.try_set(true);
                    let random = u64::from_le_bytes(
                        random_bytes().first_chunk().copied().unwrap_or_default(),
                    );
                    match error {
                        sync::engine::SyncError::Remote(RemoteError::Busy { retry_after_ms }) => {
                            retry_after_ms
                        }
                        _ => backoff.failed(random),
                    }
                }
            };
            select(pin!(pause(wait)), pin!(bell.after(rung))).await;
            // Acts that follow one another go in one request.
            pause(GATHER_MS).await;
        }
    }

    /// Keeps a stream of hints open while the server can be reached.
    async fn keep_listening(self) {
        while !self.is_over() {
            hints::listen(move || self.sync_now()).await;
            pause(5_000).await;
            while !self.is_over() && self.offline.try_get_untracked() == Some(true) {
                pause(1_000).await;
            }
        }
    }

    /// Asks for a sync soon: in this tab, or in the one that leads.
    pub fn sync_now(self) {
        if let Some(bell) = self.bell.try_get_value() {
            bell.ring();
        }
        if self.leads.try_get_untracked() == Some(false) {
            self.tell_tabs();
        }
    }

    fn tell_tabs(&self) {
        if let Some(tabs) = self.tabs.try_get_value() {
            tabs.tell();
        }
    }

    /// Ends this sign-in's work. `wipe_unsent` also removes what was never sent.
    pub async fn close(self, wipe_unsent: bool) -> Result<(), StoreError> {
        self.over.get_value().set(true);
        self.engine().wipe(wipe_unsent).await?;
        self.tabs.get_value().leave();
        Ok(())
    }

    /// The name of this person's part of the device's storage.
    #[must_use]
    pub fn scope(self) -> String {
        self.scope.get_value()
    }

    /// Who is signed in.
    #[must_use]
    pub fn actor(self) -> Actor {
        self.engine().actor()
    }

    /// The server says who this is now.
    pub fn set_actor(self, actor: Actor) {
        self.engine().set_actor(actor);
        self.changed.try_update(|n| *n += 1);
    }

    /// Today, in Asia/Shanghai by the device's clock.
    #[must_use]
    pub fn today(self) -> Day {
        now().day()
    }

    /// Now, by the device's clock.
    #[must_use]
    pub fn now(self) -> Millis {
        now()
    }

    /// Makes whoever reads it run again after every change that a page could show.
    pub fn track(self) {
        self.changed.track();
    }

    /// How things stand. Tracked.
    #[must_use]
    pub fn status(self) -> Status {
        self.track();
        self.engine().status()
    }

    /// Whether the last try to reach the server failed. Tracked.
    #[must_use]
    pub fn is_offline(self) -> bool {
        self.offline.get()
    }

    /// Own acts the server has not answered, oldest first. Tracked.
    #[must_use]
    pub fn waiting(self) -> Vec<Pending> {
        self.track();
        self.engine().waiting()
    }

    /// Whether the server has accepted the own act of that number. Tracked.
    #[must_use]
    pub fn is_accepted(self, seq: u64) -> bool {
        self.track();
        self.engine().is_accepted(seq)
    }

    /// Refusals that were not put away, oldest first. Tracked.
    #[must_use]
    pub fn notices(self) -> Vec<Notice> {
        self.track();
        self.engine().notices()
    }

    /// The person has read a refusal.
    pub fn dismiss(self, id: MutationId) {
        let engine = self.engine();
        spawn_local(async move {
            // What could not be put away is still there to be put away again.
            let _gone = engine.dismiss(id).await;
        });
    }

    /// The person has been told that the browser cleared the storage.
    pub fn storage_loss_was_told(self) {
        self.engine().storage_loss_was_told();
    }

    /// All unsent work as JSON.
    #[must_use]
    pub fn export(self) -> String {
        self.engine().export()
    }

    /// The summaries of all needs and orders that fit, in no order. Tracked.
    #[must_use]
    pub fn heads(self, fits: impl Fn(&Key, &Head) -> bool) -> Vec<Listed> {
        self.track();
        self.engine().replica().heads(fits)
    }

    /// The summary of one need or order. Tracked.
    #[must_use]
    pub fn head(self, key: &Key) -> Option<Listed> {
        self.track();
        self.engine().replica().listed(key)
    }

    /// The published needs that fit, in the query's order, and how many there are. Tracked.
    #[must_use]
    pub fn library(self, query: &Query, most: usize) -> (Vec<Listed>, usize) {
        self.track();
        self.engine().replica().library(query, self.today(), most)
    }

    /// The counties of the library: code, name, open needs. Tracked.
    #[must_use]
    pub fn counties(self) -> Vec<(domain::RegionCode, String, usize)> {
        self.track();
        self.engine().replica().counties()
    }

    /// Open needs like this one, best first. Tracked.
    #[must_use]
    pub fn alike(self, key: &Key, most: usize) -> Vec<Listed> {
        self.track();
        let engine = self.engine();
        let replica = engine.replica();
        let Some(like) = replica.listed(key) else {
            return Vec::new();
        };
        let all = replica.heads(|_, h| h.is_open());
        let keys = alike(
            &like.head,
            all.iter().map(|l| (l.key, &*l.head)),
            *key,
            most,
        );
        keys.iter().filter_map(|k| replica.listed(k)).collect()
    }

    /// An entity as it is shown, kept up to date.
    #[must_use]
    pub fn entity(
        self,
        key: impl Fn() -> Option<Key> + 'static,
    ) -> ReadSignal<Known, LocalStorage> {
        let (known, set_known) = signal_local(Known::Reading);
        Effect::new(move || {
            self.track();
            let Some(key) = key() else {
                set_known.set(Known::Absent);
                return;
            };
            let engine = self.engine();
            spawn_local(async move {
                let found = match engine.entity(key).await {
                    Ok(Some(seen)) => Known::Here(Box::new(seen)),
                    Ok(None) | Err(_) => Known::Absent,
                };
                // The page may be gone by now.
                set_known.try_set(found);
            });
        });
        known
    }

    /// Several entities as they are shown, kept up to date; those that are not on this device are left out. Nothing while
    /// they are read for the first time.
    #[must_use]
    pub fn entities(
        self,
        keys: impl Fn() -> Vec<Key> + 'static,
    ) -> ReadSignal<Option<Vec<Seen>>, LocalStorage> {
        let (found, set_found) = signal_local(None);
        Effect::new(move || {
            self.track();
            let keys = keys();
            let engine = self.engine();
            spawn_local(async move {
                // What cannot be read now is read at the next change.
                if let Ok(seen) = engine.shown(&keys).await {
                    // The page may be gone by now.
                    set_found.try_set(Some(seen.into_iter().flatten().collect()));
                }
            });
        });
        found
    }

    /// An entity as it is shown at this moment; nothing when it is not on this device.
    pub async fn read(self, key: Key) -> Option<Seen> {
        self.engine().entity(key).await.ok().flatten()
    }

    /// Keeps what a person did and shows it at once; tells the other tabs and asks for a sync.
    ///
    /// # Errors
    /// See [`Engine::submit`]: after an error nothing is kept and the form must stay open.
    pub async fn submit(self, command: impl Into<Command>) -> Result<u64, SubmitError> {
        let seq = self.engine().submit(command).await?;
        worker::ask_for_persistence();
        self.tell_tabs();
        self.sync_now();
        Ok(seq)
    }

    /// Keeps a form as it is being filled in.
    pub async fn put_draft<T: Serialize>(self, name: &str, form: &T) -> Result<(), StoreError> {
        let text = json::to_string(form).and_then(Json::new);
        let form = text.map_err(|e| StoreError::Corrupt(e.to_string()))?;
        self.engine().put_draft(name, &form).await
    }

    /// A form as it was left; nothing when there is none or this version cannot read it.
    pub async fn draft<T: DeserializeOwned>(self, name: &str) -> Option<T> {
        let form = self.engine().draft(name).await.ok()??;
        json::from_str(form.get()).ok()
    }

    /// The names of all forms that were left unfinished, with what this version can read of them.
    pub async fn drafts<T: DeserializeOwned>(self) -> Vec<(String, T)> {
        let stored = self.engine().store().load(Area::Drafts).await;
        let read = |(key, bytes): (StoreKey, Vec<u8>)| match key {
            StoreKey::Text(name) => Some((name, json::from_slice(&bytes).ok()?)),
            StoreKey::Number(_) => None,
        };
        stored
            .unwrap_or_default()
            .into_iter()
            .filter_map(read)
            .collect()
    }

    /// Something was written that the engine does not tell of: unfinished forms, settings. Pages read it again.
    pub fn look_again(self) {
        self.changed.try_update(|n| *n += 1);
    }

    /// Forgets a form.
    pub async fn delete_draft(self, name: &str) -> Result<(), StoreError> {
        self.engine().delete_draft(name).await
    }

    /// Sixteen random bytes, for a new identifier.
    #[must_use]
    pub fn random(self) -> [u8; 16] {
        random_bytes()
    }
}

/// The desk of the signed-in person. Every page but the sign-in page has one.
///
/// # Panics
/// Outside of a page for signed-in people.
#[must_use]
pub fn use_desk() -> Desk {
    expect_context::<Desk>()
}
