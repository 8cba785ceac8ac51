//! Where somebody was in a list, as long as the tab lives: coming back leads to the same words, filters and line.

use leptos::prelude::window;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::Storage;

fn storage() -> Option<Storage> {
    window().session_storage().ok()?
}

fn key(scope: &str, list: &str) -> String {
    format!("xiangdan-place-{scope}-{list}")
}

/// Remembers the place in a list.
pub fn remember<T: Serialize>(scope: &str, list: &str, place: &T) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(place)) {
        // Without room the list starts at its top.
        let _kept = storage.set_item(&key(scope, list), &text);
    }
}

/// The place in a list, if there was one.
#[must_use]
pub fn recall<T: DeserializeOwned>(scope: &str, list: &str) -> Option<T> {
    let text = storage()?.get_item(&key(scope, list)).ok()??;
    serde_json::from_str(&text).ok()
}
