//! A line in localStorage that outlives the durable database when the browser clears only IndexedDB. Where localStorage is
//! forbidden or cleared as well there is no sign, and none is invented.

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

fn name(scope: &str) -> String {
    format!("xiangdan-durable-{scope}")
}

/// Whether a durable database was once made here.
pub(crate) fn is_set(scope: &str) -> bool {
    let found = storage().and_then(|s| s.get_item(&name(scope)).ok().flatten());
    found.is_some()
}

/// A durable database has been made.
pub(crate) fn set(scope: &str) {
    if let Some(storage) = storage() {
        // Full or forbidden: a loss will go unnoticed, nothing else.
        let _ = storage.set_item(&name(scope), "1");
    }
}

/// It is removed on purpose.
pub(crate) fn remove(scope: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&name(scope));
    }
}
