//! From when an answer of the server is.

use crate::desk::use_desk;
use crate::words;
use domain::Millis;
use leptos::prelude::*;

/// Says that what is shown is an earlier answer, since the server could not be asked: `这是昨天 15:20 的数据`.
#[component]
pub fn AsOf(
    /// When the server said so; nothing when it is of now.
    #[prop(into)]
    kept: Signal<Option<Millis>>,
    /// Asks again.
    again: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    move || {
        kept.get().map(|at| {
            let words = format!(
                "现在连不上网络，这是{}的数据。",
                words::moment(at, desk.now())
            );
            view! {
                <div class="banner" role="status" data-testid="as-of">
                    <span>{words}</span>
                    <button class="btn is-small is-quiet" on:click=move |_| again.run(())>"再试一次"</button>
                </div>
            }
        })
    }
}
