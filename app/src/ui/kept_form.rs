//! Forms over the page: what is typed is a draft under a name of its own, until it is sent or nothing of it is left.

use crate::desk::Desk;
use crate::ui::fields::Bound;
use crate::ui::one_tab::OneTab;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A form, stored at every change by the tab that writes it.
pub struct KeptForm<T: Send + Sync + 'static> {
    /// Which tab writes it.
    pub tab: OneTab,
    /// What is on it.
    pub form: RwSignal<T>,
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
    /// The form as it was left under that name, as soon as this tab writes it; `empty` until then, and where nothing was left.
    #[must_use]
    pub fn new(desk: Desk, name: String, empty: T) -> Self {
        let form = RwSignal::new(empty.clone());
        let tab = OneTab::new(desk, name.clone());
        tab.open(move || {
            let (name, empty) = (name.clone(), empty.clone());
            async move {
                let left = desk.draft::<T>(&name).await.unwrap_or(empty);
                form.try_set(left);
            }
        });
        Self { tab, form }
    }

    /// Changes the form and stores it; a form that equals `empty` is forgotten.
    pub fn change(self, empty: &T, change: impl FnOnce(&mut T)) {
        if !untrack(|| self.tab.is_here()) {
            return;
        }
        self.form.update(change);
        self.form
            .with_untracked(|now| self.tab.put(Some(now).filter(|now| *now != empty)));
    }

    /// A text of the form as a field holds it.
    #[must_use]
    pub fn field(
        self,
        empty: StoredValue<T>,
        get: fn(&T) -> &String,
        set: fn(&mut T) -> &mut String,
    ) -> Bound {
        let value = Memo::new(move |_| self.form.with(|form| get(form).clone()));
        Bound {
            value: value.into(),
            on_input: Callback::new(move |words: String| {
                empty.with_value(|empty| self.change(empty, |form| *set(form) = words));
            }),
            on_leave: Callback::new(|()| ()),
            fault: Signal::derive(|| None),
            understood: Signal::derive(|| None),
        }
    }
}
