//! A timeline of past and coming events.

use leptos::prelude::*;

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The class of its meaning.
    pub class: &'static str,
    /// What happened.
    pub words: String,
    /// When, and what else there is to say.
    pub meta: String,
}

/// What happened and what comes next.
#[component]
pub fn Timeline(
    /// Its lines.
    steps: Vec<Step>,
) -> impl IntoView {
    let lines = steps
        .into_iter()
        .map(|Step { class, words, meta }| {
            view! {
                <li class=class>
                    <span class="words">{words}</span>
                    {(!meta.is_empty()).then(|| view! { <span class="meta">{meta}</span> })}
                </li>
            }
        })
        .collect_view();
    view! { <ol class="timeline">{lines}</ol> }
}
