//! Forms over the page: what is typed is a draft under a name of its own, until it is sent or nothing of it is left.

use crate::desk::Desk;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A form, stored at every change.
pub struct KeptForm<T: Send + Sync + 'static> {
    desk: Desk,
    name: StoredValue<String>,
    /// What is on it.
    pub form: RwSignal<T>,
    /// Something was typed, so what was stored before comes too late.
    touched: StoredValue<bool>,
    /// It was sent.
    over: StoredValue<bool>,
}

impl<T: Send + Sync + 'static> Copy for KeptForm<T> {}

impl<T: Send + Sync + 'static> Clone for KeptForm<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> KeptForm<T>
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    /// The form as it was left under that name, as soon as that is read; `empty` until then, and where nothing was left.
    #[must_use]
    pub fn new(desk: Desk, name: String, empty: T) -> Self {
        let kept = Self {
            desk,
            name: StoredValue::new(name.clone()),
            form: RwSignal::new(empty),
            touched: StoredValue::new(false),
            over: StoredValue::new(false),
        };
        spawn_local(async move {
            if let Some(left) = desk.draft::<T>(&name).await
                && kept.touched.try_get_value() == Some(false)
            {
                kept.form.try_set(left);
            }
        });
        kept
    }

    /// Changes the form and stores it; a form that equals `empty` is forgotten.
    pub fn change(self, empty: &T, change: impl FnOnce(&mut T)) {
        self.touched.set_value(true);
        self.form.update(change);
        if self.over.get_value() {
            return;
        }
        let (desk, name) = (self.desk, self.name.get_value());
        let now = self.form.get_untracked();
        let is_empty = now == *empty;
        spawn_local(async move {
            // If storing fails, the text is still in the form.
            let _kept = if is_empty {
                desk.delete_draft(&name).await
            } else {
                desk.put_draft(&name, &now).await
            };
        });
    }

    /// The name of its draft.
    #[must_use]
    pub fn name(self) -> String {
        self.name.get_value()
    }

    /// It was sent: the draft of that name is not needed any more. The form itself may be gone by now.
    pub async fn sent(self, name: &str) {
        self.over.try_set_value(true);
        // If the draft cannot be deleted, the form only offers it again.
        let _gone = self.desk.delete_draft(name).await;
    }
}
