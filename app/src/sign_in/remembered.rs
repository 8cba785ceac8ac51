//! The signed-in person, remembered in localStorage across restarts. Its other tabs hear of every change.

use crate::home::Home;
use domain::text::read_json;
use domain::{Actor, UserId};
use wasm_bindgen::JsCast;
use web_sys::{Storage, StorageEvent};

const ACTOR: &str = "xiangdan-actor";
/// The part of the last person's first page: fetched early, also after signing out.
const HOME: &str = "xiangdan-home";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Who is signed in on this device, as far as it knows without a network.
#[must_use]
pub fn remembered() -> Option<Actor> {
    let text = storage()?.get_item(ACTOR).ok()??;
    read_json(&text).ok()
}

/// What stands there while nobody is signed in, and whoever was keeps what is theirs on this device.
const LEFT: &str = "-";
/// What tabs say to each other when a PIN was set or taken off.
const PIN_CHANGED: &str = "pin";

/// Who is signed in, as another tab says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Somebody.
    Somebody(UserId),
    /// Nobody: they have signed out.
    SignedOut,
    /// Nobody for the moment: the device is handed to somebody else.
    HandedOver,
    /// The same person, and what is stored of theirs is sealed in another way.
    PinChanged,
}

impl Told {
    /// As tabs say it to each other.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text.parse() {
            Ok(user) => Self::Somebody(user),
            Err(_) if text == LEFT => Self::HandedOver,
            Err(_) if text == PIN_CHANGED => Self::PinChanged,
            Err(_) => Self::SignedOut,
        }
    }

    /// The same, to be said.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Somebody(user) => user.to_string(),
            Self::SignedOut => String::new(),
            Self::HandedOver => LEFT.to_owned(),
            Self::PinChanged => PIN_CHANGED.to_owned(),
        }
    }
}

/// What an event of localStorage says about who is signed in: somebody, nobody, or nothing at all.
#[must_use]
pub fn told(event: &web_sys::Event) -> Option<Told> {
    let event: &StorageEvent = event.dyn_ref()?;
    // An event without a key says that all of localStorage was cleared, which is no sign-out.
    if event.key()? != ACTOR {
        return None;
    }
    let text = event.new_value().unwrap_or_default();
    Some(match read_json::<Actor>(&text) {
        Ok(actor) => Told::Somebody(actor.user),
        Err(_) => Told::read(&text),
    })
}

/// Nobody is signed in, and the other tabs are told that nothing is to be cleared.
pub fn hand_over() {
    if let Some(storage) = storage() {
        let _kept = storage.set_item(ACTOR, LEFT);
    }
}

/// Remembers who is signed in.
pub fn remember(actor: &Actor) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(actor)) {
        // A full storage only costs signing in again.
        let _kept = storage.set_item(ACTOR, &text);
        let _kept = storage.set_item(HOME, Home::of(actor).part());
    }
}

/// The first page of whoever was signed in last on this device.
#[must_use]
pub fn last_home() -> Option<Home> {
    Home::of_part(&storage()?.get_item(HOME).ok()??)
}

/// Forgets who was signed in.
pub fn forget() {
    if let Some(storage) = storage() {
        let _gone = storage.remove_item(ACTOR);
    }
}
