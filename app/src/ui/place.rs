//! Scroll restoration in sessionStorage: returning to a list restores its search words, filters and position.

use domain::text::read_json;
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
        // If storing fails, the list starts at its top next time.
        let _kept = storage.set_item(&key(scope, list), &text);
    }
}

/// The place in a list, if there was one.
#[must_use]
pub fn recall<T: DeserializeOwned>(scope: &str, list: &str) -> Option<T> {
    let text = storage()?.get_item(&key(scope, list)).ok()??;
    read_json(&text).ok()
}

/// How far a list was scrolled, in whole pixels: for `#[serde(with = "whole_pixels")]`.
pub mod whole_pixels {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the nearest whole number.
    pub fn serialize<S: Serializer>(top: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(*top as i32)
    }

    /// Reads a whole number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        i32::deserialize(deserializer).map(f64::from)
    }
}
