//! The search box.

use leptos::html::Input;
use leptos::prelude::*;

/// A search box that keeps its own text: nothing is written back while somebody types, least of all while a word is
/// being composed.
#[component]
pub fn Search(
    /// What is looked for.
    text: RwSignal<String>,
    /// An example.
    placeholder: &'static str,
) -> impl IntoView {
    let composing = StoredValue::new(false);
    let input = NodeRef::<Input>::new();
    let look = move || {
        if let Some(input) = input.get_untracked() {
            let now = input.value();
            if text.with_untracked(|text| *text != now) {
                text.set(now);
            }
        }
    };
    Effect::new(move || {
        // Only changes from outside are written into the box: clearing the filters, or restoring the list.
        let text = text.get();
        if let Some(input) = input.get()
            && !composing.get_value()
            && input.value() != text
        {
            input.set_value(&text);
        }
    });
    let on_input = move |_| {
        if !composing.get_value() {
            look();
        }
    };
    let on_composed = move |_| {
        composing.set_value(false);
        look();
    };
    view! {
        <div class="field search" role="search">
            <input
                class="input" type="search" enterkeyhint="search" autocomplete="off"
                aria-label="搜索" placeholder=placeholder node_ref=input
                on:input=on_input
                on:compositionstart=move |_| composing.set_value(true)
                on:compositionend=on_composed
            />
        </div>
    }
}
