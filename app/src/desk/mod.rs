//! The pages' facade over the engine: lists and entities as they are shown, and submitting commands (optimistic update).

/// What a person did.
pub mod acts;
/// Forms that are kept while they are being filled in.
pub mod drafts;
/// Whole entities as they are shown.
pub mod entities;
/// Lists and searches.
pub mod lists;
/// The answers of the need form as they are typed.
pub mod need_answers;
/// When a device talks with the server.
pub mod syncing;
/// What was begun and not sent.
pub mod unfinished;

use crate::device::bell::Bell;
use crate::device::clock::{DeviceClock, DeviceRandom, now, random_bytes};
use crate::device::remote::HttpRemote;
use crate::device::tabs::{Tabs, lead};
use domain::{Actor, Day, Millis};
pub use entities::Known;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;
use std::rc::Rc;
use store::IndexedDbStore;
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
    bell: StoredValue<Rc<Bell>, LocalStorage>,
    changed: RwSignal<u64>,
    offline: RwSignal<bool>,
    over: StoredValue<Rc<Cell<bool>>, LocalStorage>,
}

impl Desk {
    /// Opens the store of a person and starts syncing.
    pub async fn open(actor: Actor) -> Result<Self, StoreError> {
        let scope = actor.user.to_string();
        let store = IndexedDbStore::new(&scope);
        let engine = Engine::open(store, HttpRemote, DeviceClock, DeviceRandom, actor).await?;
        engine.hold_decisions(acts::HOLD_MS);
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
                    // After a failure the next change or the next start reads it again.
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

    /// Takes over the server's present answer about who is signed in.
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
