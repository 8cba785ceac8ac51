//! Removing everything of a person from this device, for signing out on a phone that is handed on.

use crate::blocked::unless_blocked;
use crate::error::{Failure, not_opened};
use crate::{cache, durable, marker};
use indexed_db_futures::factory::DBFactory;
use indexed_db_futures::internals::SystemRepr;
use sync::ports::StoreError;
use wasm_bindgen::JsCast;

/// Removes both databases of a person, unsent work included. Stores that are open for them, here or in other tabs, close on
/// `versionchange`.
///
/// # Errors
/// [`StoreError::Unavailable`] when another tab does not close its database; the rest is removed as soon as that tab is closed.
pub async fn forget(scope: &str) -> Result<(), StoreError> {
    let factory = DBFactory::new().map_err(not_opened)?;
    marker::remove(scope);
    let names = cache::listed(&factory).await;
    let mut doomed = cache::all_of(names.as_deref(), scope);
    doomed.push(durable::name(scope));
    let mut blocked = Vec::new();
    for name in doomed {
        let mut request = factory.delete_db(&name).map_err(told)?;
        let raw = request.as_sys().clone().unchecked_into();
        match unless_blocked(&mut request, &raw).await {
            Some(deleted) => deleted.map_err(told)?,
            None => blocked.push(name),
        }
    }
    if blocked.is_empty() {
        return Ok(());
    }
    let blocked = blocked.join(", ");
    Err(StoreError::Unavailable(format!(
        "held by another tab: {blocked}"
    )))
}

fn told(error: indexed_db_futures::error::Error) -> StoreError {
    match error.into() {
        Failure::Dead(said) => StoreError::Unavailable(said),
        Failure::Told(error) => error,
    }
}
