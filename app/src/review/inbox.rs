//! The county's inbox: the list of needs to screen beside the opened one, with keyboard shortcuts.

use crate::desk::{Desk, Known, use_desk};
use crate::review::picks::{Pick, Picks, Waiting, show_pick};
use crate::review::screening::{ScreeningDetail, agree, has_agreed, own_department, publish_rule};
use crate::ui::newer::Newer;
use crate::ui::shell::Shell;
use crate::ui::wide::wide;
use domain::needs::NeedStage;
use domain::{Command, Department, Entity, Key, Need, NeedId, PublishRule};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
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
    /// The need that the address asks for.
    asked: Memo<Option<NeedId>>,
    /// The need that is shown.
    id: Memo<Option<NeedId>>,
    known: ReadSignal<Known, LocalStorage>,
    need: Memo<Option<Need>>,
}

impl Opened {
    fn new(desk: Desk, list: Memo<Vec<Pick>>, wide: Signal<bool>) -> Self {
        let query = use_query_map();
        let asked = Memo::new(move |_| {
            query.with(|q| q.get("need").and_then(|id| id.parse::<NeedId>().ok()))
        });
        // On a wide screen a need is always open.
        let id = Memo::new(move |_| {
            asked.get().or_else(|| {
                wide.get()
                    .then(|| list.with(|list| list.first().map(|pick| pick.id)))
                    .flatten()
            })
        });
        let known = desk.entity(move || id.get().map(Key::Need));
        let need = Memo::new(move |_| {
            known
                .with(|known| match known {
                    Known::Here(seen) => match &seen.entity {
                        Entity::Need(need) => Some((**need).clone()),
                        _ => None,
                    },
                    Known::Reading | Known::Absent | Known::Newer => None,
                })
                .filter(|need: &Need| Some(need.id) == id.get())
        });
        Self {
            list,
            path: use_location().pathname,
            navigate: StoredValue::new_local(Box::new(use_navigate())),
            asked,
            id,
            known,
            need,
        }
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
}

/// The officer's decision on the opened need, as far as it has come.
#[derive(Clone, Copy)]
struct Decision {
    desk: Desk,
    own: Option<Department>,
    opened: Opened,
    /// The remark for the other department, as it is typed.
    remark: RwSignal<String>,
    /// Whether the question about returning it is open.
    returning: RwSignal<bool>,
    /// Why the last decision was not kept.
    trouble: RwSignal<Option<String>>,
    /// The list as it was when the opened need was last in it.
    order: StoredValue<Vec<NeedId>>,
}

impl Decision {
    fn new(desk: Desk, own: Option<Department>, opened: Opened) -> Self {
        let decision = Self {
            desk,
            own,
            opened,
            remark: RwSignal::new(String::new()),
            returning: RwSignal::new(false),
            trouble: RwSignal::new(None),
            order: StoredValue::new(Vec::new()),
        };
        // A remark about one need must not be sent with the next one.
        Effect::new(move || {
            opened.id.track();
            decision.remark.set(String::new());
            decision.trouble.set(None);
        });
        Effect::new(move || decision.remember_order());
        decision
    }

    fn remember_order(self) {
        let list = self.opened.list;
        let ids: Vec<NeedId> = list.with(|list| list.iter().map(|pick| pick.id).collect());
        let here = self.opened.id.get();
        if here.is_none_or(|here| ids.contains(&here)) {
            self.order.set_value(ids);
        }
    }

    /// Once a decision is kept, the need after the decided one is next. The list may have lost it by now, or still have
    /// it when the other department is asked.
    fn decided(self, id: NeedId) {
        let next = self.order.try_with_value(|order| {
            let at = order.iter().position(|i| *i == id)?;
            order
                .get(at + 1)
                .or_else(|| at.checked_sub(1).and_then(|at| order.get(at)))
                .copied()
        });
        // The officer may have left the page meanwhile.
        if let Some(next) = next {
            self.opened.open(next, true);
        }
    }

    /// Whether there is a need that could be returned.
    fn may_return(self) -> bool {
        self.opened.need.with_untracked(Option::is_some)
    }

    /// Agrees to the opened need, if it waits for this officer's department.
    fn agree(self) {
        let own = self.own;
        let free = self.opened.need.with_untracked(|need| {
            need.as_ref()
                .filter(|need| {
                    need.state.stage() == NeedStage::Submitted
                        && own.is_some_and(|own| !has_agreed(need, own))
                })
                .map(|need| need.id)
        });
        if let Some(id) = free {
            let words = self.remark.get_untracked().trim().to_owned();
            let decided = Callback::new(move |id| self.decided(id));
            agree(self.desk, id, words, self.trouble, decided);
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
    let waiting = Waiting::new(desk, rule, own);
    let opened = Opened::new(desk, waiting.list, wide);
    let decision = Decision::new(desk, own, opened);
    listen_to_keys(decision);

    let shows_list = move || wide.get() || opened.id.get().is_none();
    let shows_need = move || wide.get() || opened.id.get().is_some();
    let list = move || shows_list().then(|| view! { <Picks waiting=waiting opened=opened.id /> });
    let detail = move || {
        shows_need().then(|| view! { <OpenedNeed decision=decision rule=rule wide=wide /> })
    };
    let page = move || {
        let none_waits = waiting.list.with(Vec::is_empty) && waiting.with_other.with(Vec::is_empty);
        if none_waits && opened.asked.get().is_none() {
            view! { <Nothing /> }.into_any()
        } else {
            view! { <div class="split">{list}{detail}</div> }.into_any()
        }
    };
    view! {
        <Shell title="待审核" wide=true aside=ViewFn::from(|| view! { <KeysHelp /> })>
            <Unsent />
            {page}
        </Shell>
    }
}

/// The opened need with the decision on it, and the way back to the list where there is no room for both.
#[component]
fn OpenedNeed(decision: Decision, rule: Memo<PublishRule>, wide: Signal<bool>) -> impl IntoView {
    let Decision {
        opened,
        remark,
        returning,
        trouble,
        ..
    } = decision;
    let Opened {
        id, known, need, ..
    } = opened;
    let decided = move |id| decision.decided(id);
    view! {
        <section class="card split-detail" aria-label="打开的需求">
            {move || (!wide.get()).then(|| view! {
                <button class="link" type="button" on:click=move |_| opened.open(None, false)>"‹ 回到列表"</button>
            })}
            <ScreeningDetail
                need=need rule=rule remark=remark returning=returning trouble=trouble
                on_decided=decided
            />
            {move || need.with(Option::is_none).then(|| view! { <NothingOpened opened=id known=known /> })}
        </section>
    }
}

/// Lets an officer screen without a mouse, as long as the page is there.
fn listen_to_keys(decision: Decision) {
    let opened = decision.opened;
    let keys = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) {
            return;
        }
        match event.key().as_str() {
            "j" | "J" => opened.step(1),
            "k" | "K" => opened.step(-1),
            "a" | "A" => decision.agree(),
            "r" | "R" if decision.may_return() => decision.returning.set(true),
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

/// Decisions that the county's server does not have yet.
#[component]
fn Unsent() -> impl IntoView {
    let desk = use_desk();
    let count = Memo::new(move |_| {
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
