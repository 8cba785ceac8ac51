//! The county's inbox: the list of needs to screen beside the opened one, with keyboard shortcuts.

use crate::desk::{Desk, Known, use_desk};
use crate::review::decision::{
    Decided, Decision, Turn, decided_words, own_department, publish_rule,
};
use crate::review::opinion::restore;
use crate::review::picks::{Pick, Picks, Waiting, show_pick};
use crate::review::screening::ScreeningDetail;
use crate::ui::hasty::Hasty;
use crate::ui::newer::Newer;
use crate::ui::place::keep_list_top;
use crate::ui::shell::Shell;
use crate::ui::undo::Undo;
use crate::ui::wide::wide;
use domain::{Command, Key, NeedId};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Leads to another address.
type Navigate = Box<dyn Fn(&str, NavigateOptions)>;

/// Which need is opened. The address says it, so that the browser's arrow leads back to the list.
#[derive(Clone, Copy)]
struct Opened {
    list: Memo<Vec<Pick>>,
    path: Memo<String>,
    navigate: StoredValue<Navigate, LocalStorage>,
    wide: Signal<bool>,
    /// The need that the address asks for.
    asked: Memo<Option<NeedId>>,
    /// The need that stays open on a wide screen, whatever becomes of the list.
    stays: RwSignal<Option<NeedId>>,
    /// The need that is shown.
    id: Memo<Option<NeedId>>,
    known: ReadSignal<Known, LocalStorage>,
    /// The list as it was when the opened need was last in it.
    order: StoredValue<Vec<NeedId>>,
}

impl Opened {
    fn new(desk: Desk, list: Memo<Vec<Pick>>, wide: Signal<bool>) -> Self {
        let query = use_query_map();
        let asked = Memo::new(move |_| {
            query.with(|q| q.get("need").and_then(|id| id.parse::<NeedId>().ok()))
        });
        let stays = RwSignal::new(None);
        // On a wide screen a need is always open.
        Effect::new(move || {
            let first = list.with(|list| list.first().map(|pick| pick.id));
            let next = asked.get().or(stays.get_untracked()).or(first);
            if stays.get_untracked() != next {
                stays.set(next);
            }
        });
        let id = Memo::new(move |_| {
            asked
                .get()
                .or_else(|| wide.get().then(|| stays.get()).flatten())
        });
        let opened = Self {
            list,
            path: use_location().pathname,
            navigate: StoredValue::new_local(Box::new(use_navigate())),
            wide,
            asked,
            stays,
            id,
            known: desk.entity(move || id.get().map(Key::Need)),
            order: StoredValue::new(Vec::new()),
        };
        Effect::new(move || opened.remember_order());
        opened
    }

    fn remember_order(self) {
        let ids: Vec<NeedId> = self
            .list
            .with(|list| list.iter().map(|pick| pick.id).collect());
        let here = self.id.get();
        if here.is_none_or(|here| ids.contains(&here)) {
            self.order.set_value(ids);
        }
    }

    /// What opened by itself and turns out to have been decided by this department before is not what the officer came for: the first
    /// one that waits is.
    fn skip_what_was_decided(self, decision: Decision) {
        Effect::new(move || {
            let is_idle = decision.turn.get() == Turn::Other
                && decision.news.with(Option::is_none)
                && decision.remark.words().is_empty();
            let first = self.list.with(|list| list.first().map(|pick| pick.id));
            if is_idle && self.asked.get().is_none() && self.stays.get_untracked() != first {
                self.stays.set(first);
            }
        });
    }

    /// Opens a need, or none; `replace` leaves no step for the browser's arrow.
    fn open(self, id: Option<NeedId>, replace: bool) {
        let path = self.path.get_untracked();
        let to = id.map_or_else(|| path.clone(), |id| format!("{path}?need={id}"));
        let options = NavigateOptions {
            replace,
            scroll: false,
            ..NavigateOptions::default()
        };
        self.navigate.with_value(|navigate| navigate(&to, options));
    }

    /// Opens the need so many further down the list.
    fn step(self, by: isize) {
        let next = self.list.with_untracked(|list| {
            let last = list.len().checked_sub(1)?;
            let at = self
                .asked
                .get_untracked()
                .and_then(|id| list.iter().position(|p| p.id == id));
            let at = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
            list.get(at).map(|pick| pick.id)
        });
        if let Some(id) = next {
            self.open(Some(id), self.asked.get_untracked().is_some());
            show_pick(id);
        }
    }

    /// The need that comes after this one and still waits: as the list was, since it may have lost this one by now.
    fn after(self, id: NeedId) -> Option<NeedId> {
        let order = self.order.get_value();
        let waits: Vec<NeedId> = self
            .list
            .with_untracked(|list| list.iter().map(|pick| pick.id).collect());
        let at = order.iter().position(|i| *i == id);
        let (before, from) = order.split_at(at.unwrap_or(0));
        let mut rest = from.iter().chain(before.iter().rev()).chain(&waits);
        rest.find(|next| **next != id && waits.contains(next))
            .copied()
    }

    /// Goes on to the need after this one, or back to the list when none waits any more.
    fn go_on(self, id: NeedId) {
        let next = self.after(id);
        self.stays.set(next);
        self.open(next, true);
        match (next, self.wide.get_untracked()) {
            (Some(next), true) => show_pick(next),
            _ => window().scroll_to_with_x_and_y(0.0, 0.0),
        }
    }
}

/// The county's needs to screen: a list, and the one that is opened.
#[component]
pub fn Inbox() -> impl IntoView {
    let desk = use_desk();
    let wide = wide();
    let rule = publish_rule(desk);
    let own = own_department(desk);
    let waiting = Waiting::new(desk);
    let opened = Opened::new(desk, waiting.list, wide);
    let decision = Decision::new(desk, own, rule, opened.id, opened.known);
    opened.skip_what_was_decided(decision);
    let said = RwSignal::new(just_said(desk));
    let decided = Callback::new(move |decided: Decided| {
        let need = decided.need;
        said.set(Some(decided));
        opened.go_on(need);
    });
    listen_to_keys(opened, decision, decided);

    // There is room for one of both on a phone.
    let list_alone = Memo::new(move |_| !wide.get() && opened.id.get().is_none());
    keep_list_top(desk.scope(), "inbox-top", list_alone);
    let shows_list = Memo::new(move |_| wide.get() || opened.id.get().is_none());
    let shows_need = move || wide.get() || opened.id.get().is_some();
    let list = move || {
        shows_list
            .get()
            .then(|| view! { <Picks waiting=waiting opened=opened.id /> })
    };
    let detail = move || {
        shows_need().then(|| {
            view! { <OpenedNeed opened=opened decision=decision said=said on_decided=decided /> }
        })
    };
    let none_waits = Memo::new(move |_| {
        let none = waiting.all.with(Vec::is_empty) && waiting.with_other.with(Vec::is_empty);
        none && opened.id.get().is_none()
    });
    let page = move || {
        if none_waits.get() {
            view! { <Nothing /> }.into_any()
        } else {
            view! { <div class="split">{list}{detail}</div> }.into_any()
        }
    };
    // What was decided stands at the top of what is read, which scrolls by itself on a wide screen.
    let alone = Memo::new(move |_| none_waits.get() || !shows_need());
    view! {
        <Shell title="待审核" wide=true aside=ViewFn::from(|| view! { <KeysHelp /> })>
            <Unsent />
            {move || alone.get().then(|| view! { <Said said=said opened=opened /> })}
            {page}
            <Hasty />
        </Shell>
    }
}

/// What this officer decided a moment ago, before the page was opened again.
fn just_said(desk: Desk) -> Option<Decided> {
    let last = untrack(|| desk.recallable()).pop()?;
    let Command::ScreenNeed(screen) = &last.command else {
        return None;
    };
    let title = untrack(|| desk.list_item(&Key::Need(screen.need)));
    let title = title.map(|item| item.summary.title().to_owned());
    Some(Decided {
        id: Some(last.id),
        need: screen.need,
        words: decided_words(&screen.opinion, &title.unwrap_or_default()),
    })
}

/// Says what was decided last, and takes it back as long as it is not sent.
#[component]
fn Said(said: RwSignal<Option<Decided>>, opened: Opened) -> impl IntoView {
    let desk = use_desk();
    let line = move || {
        said.get().map(|Decided { id, need, words }| {
            let recalled = move |screen: Option<Command>| {
                said.try_set(None);
                spawn_local(async move {
                    if let Some(Command::ScreenNeed(screen)) = screen {
                        restore(desk, &screen).await;
                    }
                    opened.open(Some(need), true);
                });
            };
            let undo = id.map(|id| {
                let all = untrack(|| desk.recallable());
                let command = all.into_iter().find(|r| r.id == id).map(|r| r.command);
                view! { <Undo id=id on_recalled=move |()| recalled(command.clone()) /> }
            });
            view! { <div class="note is-done row said"><span class="one-line">{words}</span>{undo}</div> }
        })
    };
    view! { <div role="status">{line}</div> }
}

/// The opened need with the decision on it, and the way back to the list where there is no room for both.
#[component]
fn OpenedNeed(
    opened: Opened,
    decision: Decision,
    said: RwSignal<Option<Decided>>,
    on_decided: Callback<Decided>,
) -> impl IntoView {
    let Opened {
        id, known, wide, ..
    } = opened;
    let need = decision.need;
    let next = move |()| {
        if let Some(id) = id.get_untracked() {
            opened.go_on(id);
        }
    };
    // Each need is read from its beginning.
    let box_of_it = NodeRef::<leptos::html::Section>::new();
    Effect::new(move || {
        id.track();
        if let Some(section) = box_of_it.get_untracked() {
            section.set_scroll_top(0);
        }
    });
    view! {
        <section class="card split-detail" aria-label="打开的需求" node_ref=box_of_it>
            <Said said=said opened=opened />
            {move || (!wide.get()).then(|| view! {
                <button class="link" type="button" on:click=move |_| opened.open(None, false)>"‹ 回到列表"</button>
            })}
            <ScreeningDetail decision=decision on_decided=on_decided on_next=next />
            {move || need.with(Option::is_none).then(|| view! { <NothingOpened opened=id known=known /> })}
        </section>
    }
}

/// Lets an officer screen without a mouse, as long as the page is there. A key that is held down counts once.
fn listen_to_keys(opened: Opened, decision: Decision, decided: Callback<Decided>) {
    let keys = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let is_chord = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.repeat() || is_chord || is_typing(&event) {
            return;
        }
        match event.key().as_str() {
            "j" | "J" => opened.step(1),
            "k" | "K" => opened.step(-1),
            "a" | "A" => decision.agree(decided),
            "r" | "R" => decision.ask_to_return(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());
}

/// Whether shortcuts are switched off: while the person types or a dialog is open.
fn is_typing(event: &KeyboardEvent) -> bool {
    let element = event
        .target()
        .and_then(|t| t.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element
                .closest("[role=dialog]")
                .is_ok_and(|found| found.is_some())
    }) || document()
        .query_selector("[role=dialog]")
        .is_ok_and(|found| found.is_some())
}

#[component]
fn KeysHelp() -> impl IntoView {
    view! {
        <span class="keys">
            <kbd>"J"</kbd>" "<kbd>"K"</kbd>" 上下 · "<kbd>"A"</kbd>" 同意 · "<kbd>"R"</kbd>" 退回"
        </span>
    }
}

/// Decisions that the county's server does not have yet, while it cannot be reached.
#[component]
fn Unsent() -> impl IntoView {
    let desk = use_desk();
    let count = Memo::new(move |_| {
        if !desk.is_offline() {
            return 0;
        }
        let waiting = desk.own_commands();
        waiting
            .iter()
            .filter(|c| matches!(c, Command::ScreenNeed(_)))
            .count()
    });
    let note = move || {
        (count.get() > 0).then(|| {
            view! {
                <p class="note is-wait">
                    {format!("{} 条审核意见等待发送，保存在本机，村里还看不到。", count.get())}
                </p>
            }
        })
    };
    view! { <div role="status">{note}</div> }
}

#[component]
fn NothingOpened(
    opened: Memo<Option<NeedId>>,
    known: ReadSignal<Known, LocalStorage>,
) -> impl IntoView {
    move || {
        let absent = known.with(|known| matches!(known, Known::Absent));
        if known.with(|known| matches!(known, Known::Newer)) {
            view! { <Newer /> }.into_any()
        } else if opened.get().is_some() && absent {
            view! { <p class="empty">"这条需求已经不在这里了，可能已由另一个部门处理。"</p> }
                .into_any()
        } else if opened.get().is_some() {
            view! { <div class="skeleton"><i></i><i></i><i></i></div> }.into_any()
        } else {
            view! { <p class="empty">"从列表里选一条。"</p> }.into_any()
        }
    }
}

#[component]
fn Nothing() -> impl IntoView {
    let desk = use_desk();
    let words = move || match desk.status().last_contact {
        Some(_) => ("都审完了", "村里发来新的需求，会自动出现在这里。"),
        None => (
            "还没有下载",
            "第一次要用网络下载。下载好以后，没有网络也能审。",
        ),
    };
    view! {
        <div class="empty">
            <h2>{move || words().0}</h2>
            <p>{move || words().1}</p>
        </div>
    }
}
