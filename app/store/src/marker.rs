//! Detection of storage eviction: an entry in localStorage remains when the browser clears only IndexedDB. Where localStorage is
//! forbidden or cleared as well, the loss goes unnoticed.

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

/// Notes that a durable database has been made.
pub(crate) fn set(scope: &str) {
    if let Some(storage) = storage() {
        // Where localStorage is full or forbidden, only a later loss goes unnoticed.
        let _ = storage.set_item(&name(scope), "1");
    }
}

/// Removes the note, since the durable database is removed on purpose.
pub(crate) fn remove(scope: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&name(scope));
    }
}
