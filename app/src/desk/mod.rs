//! The pages' facade over the engine: lists and entities as they are shown, and submitting commands (optimistic update).

/// What a person did.
pub mod acts;
/// Questions about what no device keeps.
pub mod asking;
/// Forms that are kept while they are being filled in.
pub mod drafts;
/// Needs that are probably the same matter.
pub mod duplicates;
/// Whole entities as they are shown.
pub mod entities;
/// Designations that this device knows.
pub mod lenses;
/// Lists and searches.
pub mod lists;
/// The answers of the need form as they are typed.
pub mod need_answers;
/// When a device talks with the server.
pub mod syncing;
/// What was begun and not sent.
pub mod unfinished;

use crate::device::bell::Bell;
use crate::device::clock::{DeviceClock, DeviceRandom, random_bytes};
use crate::device::remote::HttpRemote;
use crate::device::tabs::{Lead, Tabs};
use domain::{Actor, Day, Millis};
pub use entities::Known;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;
use store::{Cipher, IndexedDbStore};
use sync::engine::Engine;
use sync::ports::StoreError;

type DeskEngine = Engine<IndexedDbStore, HttpRemote, DeviceClock, DeviceRandom>;

/// Everything a page needs once somebody is signed in. Cheap to copy; lives as long as the sign-in.
#[derive(Clone, Copy)]
pub struct Desk {
    engine: StoredValue<Rc<DeskEngine>, LocalStorage>,
    tabs: StoredValue<Rc<Tabs>, LocalStorage>,
    scope: StoredValue<String>,
    leads: RwSignal<bool>,
    lead: StoredValue<Lead, LocalStorage>,
    bell: StoredValue<Rc<Bell>, LocalStorage>,
    changed: RwSignal<u64>,
    offline: RwSignal<bool>,
    /// The day that the pages show.
    day: RwSignal<Day>,
    /// Rung once, when this sign-in's work is over.
    over: StoredValue<Rc<Bell>, LocalStorage>,
}

impl Desk {
    /// Opens the store of a person and starts syncing.
    pub async fn open(actor: Actor, store: IndexedDbStore) -> Result<Self, StoreError> {
        let scope = actor.user.to_string();
        let engine = Engine::open(store, HttpRemote, DeviceClock, DeviceRandom, actor).await?;
        engine.hold_decisions(acts::HOLD_MS);
        let engine = Rc::new(engine);
        let changed = RwSignal::new(0_u64);
        let bell = Rc::new(Bell::default());
        let over = Rc::new(Bell::default());
        engine.on_change(move || {
            changed.try_update(|n| *n += 1);
        });
        let heard = {
            let engine = Rc::clone(&engine);
            let over = Rc::clone(&over);
            let bell = Rc::clone(&bell);
            move || {
                if over.rung() > 0 {
                    return;
                }
                let engine = Rc::clone(&engine);
                let bell = Rc::clone(&bell);
                spawn_local(async move {
                    // After a failure the next change or the next start reads it again.
                    let _read = engine.refresh().await;
                    if !engine.waiting().is_empty() {
                        bell.ring();
                    }
                });
            }
        };
        let day = RwSignal::new(engine.now().day());
        let desk = Self {
            engine: StoredValue::new_local(engine),
            tabs: StoredValue::new_local(Rc::new(Tabs::join(&scope, heard))),
            scope: StoredValue::new(scope.clone()),
            leads: RwSignal::new(false),
            lead: StoredValue::new_local(Lead::default()),
            bell: StoredValue::new_local(bell),
            changed,
            offline: RwSignal::new(false),
            day,
            over: StoredValue::new_local(over),
        };
        let lead = Lead::wait(&scope, move || {
            desk.leads.try_set(true);
            spawn_local(desk.keep_syncing());
            spawn_local(desk.keep_listening());
        });
        desk.lead.set_value(lead);
        spawn_local(desk.keep_the_day());
        if desk.seals() {
            // What a browser that ended in the middle has left unsealed.
            spawn_local(async move {
                let _gone_on = desk.engine().store().go_on_sealing().await;
            });
        }
        Ok(desk)
    }

    /// Whether what is stored on this device is sealed by a PIN.
    #[must_use]
    pub fn seals(self) -> bool {
        self.engine().store().seals()
    }

    /// Seals everything that is stored on this device, from now on.
    ///
    /// # Errors
    /// What the browser says; the next start goes on.
    pub async fn seal(self, cipher: Cipher) -> Result<(), StoreError> {
        self.engine().store().seal_everything(cipher).await
    }

    /// Writes everything back as it is, and takes the PIN off.
    ///
    /// # Errors
    /// What the browser says; the next start goes on.
    pub async fn unseal(self) -> Result<(), StoreError> {
        self.engine().store().unseal_everything().await
    }

    /// Ends what was broken off while a PIN was being taken off.
    ///
    /// # Errors
    /// What the browser says; the next start goes on.
    pub async fn finish_unsealing(self) -> Result<(), StoreError> {
        self.engine().store().finish_unsealing().await
    }

    fn engine(&self) -> Rc<DeskEngine> {
        self.engine.get_value()
    }

    fn is_over(&self) -> bool {
        self.over.try_get_value().is_none_or(|over| over.rung() > 0)
    }

    /// Ends this sign-in's work in this tab: nothing more is sent or read, and another tab may lead.
    pub fn stop(self) {
        self.over.get_value().ring();
        self.engine().stop();
        self.bell.get_value().ring();
        self.tabs.get_value().leave();
        self.lead.get_value().release();
    }

    /// Forgets what the server said, after another tab has signed out: this one may have written some of it in the meantime.
    pub fn forget(self) {
        let engine = self.engine();
        spawn_local(async move {
            // If it fails, the other tab's own has not.
            let _gone = engine.wipe(false).await;
        });
    }

    /// Ends this sign-in's work and forgets what the server said. `wipe_unsent` also removes what was never sent.
    pub async fn close(self, wipe_unsent: bool) -> Result<(), StoreError> {
        self.over.get_value().ring();
        self.engine().wipe(wipe_unsent).await?;
        self.stop();
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

    /// Takes over the server's present answer about who is signed in.
    pub fn set_actor(self, actor: Actor) {
        self.engine().set_actor(actor);
        self.changed.try_update(|n| *n += 1);
    }

    /// Today, in Asia/Shanghai by the server's clock as far as it is known. Tracked: pages move on at midnight.
    #[must_use]
    pub fn today(self) -> Day {
        self.day.track();
        self.now().day()
    }

    /// Now, by the server's clock as far as it is known.
    #[must_use]
    pub fn now(self) -> Millis {
        self.engine().now()
    }

    /// Moves the pages on if another day has begun, or the server has said so.
    pub fn look_at_the_day(self) {
        let today = self.now().day();
        if self
            .day
            .try_get_untracked()
            .is_some_and(|shown| shown != today)
        {
            self.day.try_set(today);
            self.look_again();
        }
    }

    /// Subscribes the caller: effects and memos that call this run again after every change that a page could show.
    pub fn track(self) {
        self.changed.track();
    }

    /// Notifies subscribers of writes that the engine does not report: drafts and settings.
    pub fn look_again(self) {
        self.changed.try_update(|n| *n += 1);
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
