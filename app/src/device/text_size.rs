//! The text size that the person has chosen on this device.

use web_sys::Storage;

const LARGE_TEXT: &str = "xiangdan-large-text";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Whether this person wants large text.
#[must_use]
pub fn is_large() -> bool {
    storage().is_some_and(|s| matches!(s.get_item(LARGE_TEXT), Ok(Some(_))))
}

/// Sets and shows the size of text.
pub fn set_large(large: bool) {
    if let Some(storage) = storage() {
        let _kept = if large {
            storage.set_item(LARGE_TEXT, "1")
        } else {
            storage.remove_item(LARGE_TEXT)
        };
    }
    show();
}

/// Puts the remembered size of text into effect.
pub fn show() {
    let root = web_sys::window()
        .and_then(|w| w.document())
        .and_then(|d| d.document_element());
    if let Some(root) = root {
        let _set = if is_large() {
            root.set_attribute("data-text", "large")
        } else {
            root.remove_attribute("data-text")
        };
    }
}
