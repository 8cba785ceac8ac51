//! The notice to an organization that came too late: who took the need, what is left of it, and similar needs.

use crate::desk::{Desk, use_desk};
use crate::ui::put_away::PutAway;
use crate::words;
use domain::{Key, MutationId, NeedId};
use leptos::prelude::*;

/// How many similar needs are offered.
const ALIKE: usize = 3;

/// A rejected order on this need that was not put away.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The mutation's id.
    pub notice: MutationId,
    /// Why, in words.
    pub message: String,
    /// Whether the village has changed the need since it was read: it may be taken as it is now.
    pub changed: bool,
}

/// The rejected orders on a need that were not put away. Tracked.
#[must_use]
pub fn refusals(desk: Desk, need: NeedId) -> Vec<Refused> {
    desk.notices()
        .into_iter()
        .filter(|n| {
            let command = n.entry.command().ok();
            let taken = command.and_then(|command| desk.taking(&command));
            taken.is_some_and(|(_, on)| on == need)
        })
        .map(|n| Refused {
            notice: n.entry.id,
            changed: n.refused.code() == "changed_since",
            message: n.refused.message,
        })
        .collect()
}

/// Somebody else was first: who, what is left, and what to do.
#[component]
pub fn TooLate(
    /// The rejected order.
    refused: Refused,
    /// Opens the sheet that takes what is left.
    taking: RwSignal<bool>,
    /// Whether it may still be taken.
    #[prop(into)]
    may_take: Signal<bool>,
) -> impl IntoView {
    let Refused {
        notice,
        message,
        changed,
    } = refused;
    let again = if changed {
        "看过了，再接"
    } else {
        "接还剩的"
    };
    view! {
        <div class="note is-alert" role="alert" data-testid="rejection">
            <p><b>"没有接到。"</b>{message}</p>
            <div class="btn-row">
                <PutAway id=notice />
                {move || may_take.get().then(|| view! {
                    <button class="btn is-small is-main" on:click=move |_| taking.set(true)>{again}</button>
                })}
            </div>
        </div>
    }
}

/// Other needs like this one.
#[component]
pub fn Alike(
    /// The need.
    id: Memo<Option<NeedId>>,
) -> impl IntoView {
    let desk = use_desk();
    let found = move || {
        let Some(id) = id.get() else {
            return Vec::new();
        };
        desk.alike(&Key::Need(id), ALIKE)
    };
    let list = move || {
        let found = found();
        let today = desk.today();
        (!found.is_empty()).then(|| {
            let lines = found
                .into_iter()
                .filter_map(|item| Some((item.key, item.summary.need()?.clone())))
                .map(|(key, need)| view! {
                    <li>
                        <a class="card" href=format!("/needs/{}", key.id())>
                            <h3>{need.texts.title.clone()}</h3>
                            <p class="meta">{need.texts.place()}</p>
                            <p class="row">
                                <span>{need.texts.items.clone()}</span>
                                <span class="meta">{words::time_left(need.facts.deadline, today)}</span>
                            </p>
                        </a>
                    </li>
                })
                .collect_view();
            view! {
                <section class="stack" aria-labelledby="alike">
                    <h2 id="alike">"类似的需求"</h2>
                    <ul class="list">{lines}</ul>
                </section>
            }
        })
    };
    view! { {list} }
}
