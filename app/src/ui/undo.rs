//! Recalling a decision in the moment before it is sent.

use crate::desk::use_desk;
use crate::ui::steady::steady;
use domain::MutationId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often the seconds are counted.
const TICK: Duration = Duration::from_millis(250);

/// The button that recalls a decision, with the seconds that are left; nothing when it is too late.
#[component]
pub fn Undo(
    /// The decision.
    id: MutationId,
    /// Called once it was never made.
    #[prop(into)]
    on_recalled: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    let left = RwSignal::new(desk.recall_ms(id));
    let timer = set_interval_with_handle(
        move || {
            left.try_set(desk.recall_ms(id));
        },
        TICK,
    );
    on_cleanup(move || {
        if let Ok(timer) = timer {
            timer.clear();
        }
    });
    let is_left = Memo::new(move |_| left.with(Option::is_some));
    let seconds = Memo::new(move |_| left.get().map_or(0, |ms| (ms + 999) / 1000));
    // The second click of a double click must not take back what the first one decided.
    let ready = steady(|| ());
    let recall = move |_| {
        if !ready.get_untracked() {
            return;
        }
        spawn_local(async move {
            if desk.recall(id).await {
                on_recalled.try_run(());
            } else {
                left.try_set(None);
            }
        });
    };
    move || {
        is_left.get().then(|| {
            view! {
                <button
                    class="link" type="button" on:click=recall
                    aria-disabled=move || (!ready.get()).then_some("true")
                >
                    "撤销"<span aria-hidden="true">{move || format!("（{} 秒）", seconds.get())}</span>
                </button>
            }
        })
    }
}
