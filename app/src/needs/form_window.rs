//! Which tab writes a form. A form that another tab has open says so; it can be taken over, and nothing that was typed is lost.

use crate::desk::Desk;
use crate::device::claim::Channel;
use crate::needs::draft_keeper::DraftKeeper;
use crate::needs::need_start::{Way, asks_for, has_sent};
use crate::ui::shell::Shell;
use domain::NeedId;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What became of a form in another tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is being written there.
    Elsewhere,
    /// It was sent from there, or kept as the village's draft.
    Sent,
}

/// A form's place among the tabs.
#[derive(Clone, Copy)]
pub struct Window {
    /// What became of it in another tab.
    pub moved: RwSignal<Option<Moved>>,
    /// The other tabs.
    pub tabs: StoredValue<Channel, LocalStorage>,
    /// What keeps the form of this tab.
    pub keeper: StoredValue<Option<DraftKeeper>>,
}

impl Window {
    /// Tells the other tabs.
    pub fn tell(self, words: &str) {
        self.tabs.try_with_value(|tabs| tabs.tell(words));
    }

    /// Follows whether another tab takes the form away without waiting for this one.
    pub fn follow(self, lost: ArcRwSignal<bool>) {
        Effect::new(move || {
            if lost.get() {
                if let Some(keeper) = self.keeper.get_value() {
                    keeper.give_up();
                }
                self.moved.set(Some(Moved::Elsewhere));
            }
        });
    }
}

/// Joins the tabs of a person that write forms.
pub fn join(
    desk: Desk,
    moved: RwSignal<Option<Moved>>,
    keeper: StoredValue<Option<DraftKeeper>>,
) -> StoredValue<Channel, LocalStorage> {
    let heard = move |words: String| {
        // The page may be gone by now.
        let Some(Some(keeper)) = keeper.try_get_value() else {
            return;
        };
        let Some(need) = keeper.need() else { return };
        if words == asks_for(need) {
            moved.try_set(Some(Moved::Elsewhere));
            spawn_local(keeper.hand_over());
        } else if words == has_sent(need) {
            keeper.give_up();
            moved.try_set(Some(Moved::Sent));
        }
    };
    let channel = Channel::join(&format!("xiangdan-forms-{}", desk.scope()), heard);
    let tabs = StoredValue::new_local(channel);
    on_cleanup(move || {
        tabs.try_with_value(Channel::leave);
    });
    tabs
}

/// Instead of a form that another tab has open.
#[component]
pub fn Elsewhere(title: &'static str, need: NeedId, on_open: Callback<Way>) -> impl IntoView {
    view! {
        <Shell title=title back="/">
            <div class="empty" data-testid="form-elsewhere">
                <h2>"这条需求正在另一个窗口里写"</h2>
                <p>"请到那个窗口接着写。也可以在这里接着写：写过的都在，那边会停下来。"</p>
                <button class="btn" on:click=move |_| on_open.run(Way::TakeOver(need))>"在这里接着写"</button>
                <a class="btn is-quiet" href="/">"回到首页"</a>
            </div>
        </Shell>
    }
}

/// Over a form that another tab goes on with.
#[component]
pub fn WrittenElsewhere(window: Window, need: NeedId, on_open: Callback<Way>) -> impl IntoView {
    let note = move || {
        window.moved.get().map(|moved| match moved {
            Moved::Elsewhere => view! {
                <div class="note is-alert" data-testid="form-moved">
                    <p>"这条需求已经在另一个窗口接着写，这里只能看。写过的都在。"</p>
                    <button class="link" type="button" on:click=move |_| on_open.run(Way::TakeOver(need))>
                        "回到这里写"
                    </button>
                </div>
            }
            .into_any(),
            Moved::Sent => view! {
                <div class="note is-alert" data-testid="form-moved">
                    <p>"这条需求已经在另一个窗口里发出去了，或者存好了。"</p>
                    <a class="link" href=format!("/needs/{need}")>"打开它"</a>
                </div>
            }
            .into_any(),
        })
    };
    view! { <div role="alert">{note}</div> }
}

/// Over a new form, while another tab writes another new need.
#[component]
pub fn Another(id: NeedId, title: String) -> impl IntoView {
    let which = Some(title).filter(|title| !title.trim().is_empty());
    let which = which.map_or_else(
        || "一条还没有写标题的需求".to_owned(),
        |title| format!("“{}”", title.trim()),
    );
    view! {
        <p class="note is-you" data-testid="form-another">
            {format!("另一个窗口里正在写{which}。这里是新的一条。")}
            <a class="link" href=format!("/needs/{id}/edit")>"到这里写那一条"</a>
        </p>
    }
}
