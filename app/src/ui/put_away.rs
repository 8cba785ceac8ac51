//! Putting away a refusal that was read.

use crate::desk::use_desk;
use crate::ui::steady::{Act, steady};
use domain::MutationId;
use leptos::prelude::*;

/// The button that puts a refusal away. It answers only once the refusals on the screen have stood still for a moment, so that nobody
/// puts away one that slid under the finger unread.
#[component]
pub fn PutAway(
    /// The refused mutation.
    id: MutationId,
    /// Its class.
    #[prop(optional)]
    class: Option<&'static str>,
) -> impl IntoView {
    let desk = use_desk();
    let shown = Memo::new(move |_| {
        let ids = desk.notices().into_iter().map(|n| n.entry.id);
        ids.collect::<Vec<_>>()
    });
    let ready = steady(move || shown.track());
    view! {
        <Act
            class=class.unwrap_or("btn is-quiet is-small") ready=ready
            on_press=move |()| desk.dismiss(id)
        >
            "知道了"
        </Act>
    }
}
