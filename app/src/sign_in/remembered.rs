//! The signed-in person, remembered in localStorage across restarts. Its other tabs hear of every change.

use crate::home::Home;
use domain::Actor;
use domain::text::read_json;
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

/// What an event of localStorage says about who is signed in: somebody, nobody, or nothing at all.
#[must_use]
pub fn told(event: &web_sys::Event) -> Option<Option<Actor>> {
    let event: &StorageEvent = event.dyn_ref()?;
    // An event without a key says that all of localStorage was cleared, which is no sign-out.
    if event.key()? != ACTOR {
        return None;
    }
    Some(event.new_value().and_then(|text| read_json(&text).ok()))
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
