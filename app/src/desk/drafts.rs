//! Drafts (autosave): forms that are stored while they are being filled in.

use crate::desk::Desk;
use domain::text::read_json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync::ports::{Area, Store, StoreError, StoreKey};
use sync::wire::Json;

impl Desk {
    /// Keeps a form as it is being filled in.
    pub async fn put_draft<T: Serialize>(self, name: &str, form: &T) -> Result<(), StoreError> {
        let form = Json::of(form).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        self.engine().put_draft(name, &form).await
    }

    /// A form as it was left; nothing when there is none or this version cannot read it.
    pub async fn draft<T: DeserializeOwned>(self, name: &str) -> Option<T> {
        let form = self.engine().draft(name).await.ok()??;
        read_json(form.get()).ok()
    }

    /// The names of all forms that were left unfinished, with what this version can read of them.
    pub async fn drafts<T: DeserializeOwned>(self) -> Vec<(String, T)> {
        let stored = self.engine().store().load(Area::Drafts).await;
        let read = |(key, bytes): (StoreKey, Vec<u8>)| match key {
            StoreKey::Text(name) => Some((name, serde_json::from_slice(&bytes).ok()?)),
            StoreKey::Number(_) => None,
        };
        stored
            .unwrap_or_default()
            .into_iter()
            .filter_map(read)
            .collect()
    }

    /// The names of all forms that were left unfinished, with what lies under them; none when the device cannot be read.
    pub async fn all_drafts(self) -> Option<Vec<(String, String)>> {
        let stored = self.engine().store().load(Area::Drafts).await.ok()?;
        let read = |(key, bytes): (StoreKey, Vec<u8>)| match key {
            StoreKey::Text(name) => Some((name, String::from_utf8(bytes).unwrap_or_default())),
            StoreKey::Number(_) => None,
        };
        Some(stored.into_iter().filter_map(read).collect())
    }

    /// Forgets a form.
    pub async fn delete_draft(self, name: &str) -> Result<(), StoreError> {
        self.engine().delete_draft(name).await
    }
}
