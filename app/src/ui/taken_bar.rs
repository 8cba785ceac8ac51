//! The progress bar of how much of a need is taken.

use leptos::prelude::*;

/// How much of a need is taken.
#[component]
pub fn TakenBar(
    /// In percent.
    percent: u8,
    /// What an own order that the server has not confirmed would add, in percent.
    #[prop(optional)]
    waits: u8,
    /// Whether the village says that something of it was not done.
    #[prop(optional)]
    disputed: bool,
) -> impl IntoView {
    let label = match waits {
        0 => format!("已接 {percent}%"),
        _ => format!("已接 {percent}%，另有 {waits}% 等待确认"),
    };
    view! {
        <div class="bar" class:is-alert=disputed role="img" aria-label=label>
            <i style:width=format!("{percent}%")></i>
            <i class="is-wait" style:width=format!("{waits}%")></i>
        </div>
    }
}
