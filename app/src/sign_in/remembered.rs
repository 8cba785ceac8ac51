use crate::home::Home;
use domain::{Actor, json};
use web_sys::Storage;

const ACTOR: &str = "xiangdan-actor";
/// The part of the last person's first page: fetched early, also after signing out.
const HOME: &str = "xiangdan-home";
const LARGE_TEXT: &str = "xiangdan-large-text";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Who is signed in on this device, as far as it knows without a network.
#[must_use]
pub fn remembered() -> Option<Actor> {
    let text = storage()?.get_item(ACTOR).ok()??;
    json::from_str(&text).ok()
}

/// Remembers who is signed in.
pub fn remember(actor: &Actor) {
    if let (Some(storage), Ok(text)) = (storage(), json::to_string(actor)) {
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

/// Whether this person wants large text.
#[must_use]
pub fn large_text() -> bool {
    storage().is_some_and(|s| matches!(s.get_item(LARGE_TEXT), Ok(Some(_))))
}

/// Sets and shows the size of text.
pub fn set_large_text(large: bool) {
    if let Some(storage) = storage() {
        let _kept = if large {
            storage.set_item(LARGE_TEXT, "1")
        } else {
            storage.remove_item(LARGE_TEXT)
        };
    }
    show_text_size();
}

/// Puts the remembered size of text into effect.
pub fn show_text_size() {
    let root = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.document_element());
    if let Some(root) = root {
        let _set = if large_text() {
            root.set_attribute("data-text", "large")
        } else {
            root.remove_attribute("data-text")
        };
    }
}
