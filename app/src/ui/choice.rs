//! A select box in the form of a chip, for filters.

use leptos::prelude::*;

/// One choice of many as a chip, for filters.
#[component]
pub fn Choice(
    /// What is chosen.
    label: &'static str,
    /// Values with their names; the first one is "any".
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// The chosen value.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value that is chosen.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let names = move || {
        options
            .get()
            .into_iter()
            .map(|(option, name)| {
                let chosen = {
                    let option = option.clone();
                    move || value.get() == option
                };
                view! { <option value=option prop:selected=chosen>{name}</option> }
            })
            .collect_view()
    };
    view! {
        <select
            class="chip" aria-label=label
            on:change:target=move |event| on_choose.run(event.target().value())
        >
            {names}
        </select>
    }
}
