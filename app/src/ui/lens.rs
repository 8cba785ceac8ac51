//! The choice of a list of designations: only needs of its regions are shown.

use crate::desk::use_desk;
use crate::ui::choice::{Choice, Offer};
use crate::ui::filters::any;
use leptos::prelude::*;

/// A chip with the lists that this device knows; nothing where there are none.
#[component]
pub fn LensChoice(
    /// The chosen list.
    #[prop(into)]
    chosen: Signal<Option<String>>,
    /// Called with the list that is chosen.
    #[prop(into)]
    on_choose: Callback<Option<String>>,
) -> impl IntoView {
    let desk = use_desk();
    let names = Memo::new(move |_| {
        let mut names = desk.lenses();
        names.extend(chosen.get().filter(|chosen| !names.contains(chosen)));
        names
    });
    let offers = move || {
        let mut offers = any("所有地方");
        names.with(|names| {
            let named = names
                .iter()
                .map(|name| Offer::new(name.clone(), name.clone()));
            offers.extend(named);
        });
        offers
    };
    let value = move || chosen.get().unwrap_or_default();
    let there = Memo::new(move |_| names.with(|names| !names.is_empty()));
    move || {
        there.get().then(|| {
            view! {
                <Choice
                    label="名录" options=Signal::derive(offers) value=Signal::derive(value)
                    on_choose=move |value: String| on_choose.run((!value.is_empty()).then_some(value))
                />
            }
        })
    }
}
