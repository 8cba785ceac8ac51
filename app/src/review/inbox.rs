use crate::desk::{Desk, Known, use_desk};
use crate::review::screening::{ScreeningDetail, agree, has_agreed, own_department, publish_rule};
use crate::ui::need_row::waited;
use crate::ui::shell::Shell;
use crate::ui::wide::wide;
use domain::need::NeedStage;
use domain::{Command, Entity, HeadState, Key, Millis, Need, NeedId, PublishRule};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// So many waiting needs are in the page at first, and so many more each time.
const PICKS: usize = 100;

/// A need that waits to be screened.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pick {
    id: NeedId,
    title: String,
    meta: String,
    at: Millis,
}

/// The needs that wait, the longest wait first.
fn picks(desk: Desk) -> Vec<Pick> {
    let mut listed = desk.heads(|_, head| {
        matches!(
            head.state,
            HeadState::Need {
                stage: NeedStage::Submitted,
                ..
            }
        )
    });
    listed.sort_by_key(|l| (l.head.at, l.key));
    let pick = |l: sync::replica::Listed| match (l.key, l.head.state) {
        (Key::Need(id), HeadState::Need { topic, urgent, .. }) => {
            let urgent = if urgent { " · 急" } else { "" };
            Some(Pick {
                id,
                title: l.head.title.clone(),
                meta: format!("{} · {}{urgent}", l.head.village_name, topic.label()),
                at: l.head.at,
            })
        }
        _ => None,
    };
    listed.into_iter().filter_map(pick).collect()
}

/// The county's needs to screen: a list, and the one that is opened.
#[component]
pub fn Inbox() -> impl IntoView {
    let desk = use_desk();
    let wide = wide();
    let submitted = Memo::new(move |_| picks(desk));
    let rule = publish_rule(desk);
    let own = own_department(desk);
    // Only where both departments must agree does it matter who has.
    let screened = desk.entities(move || match rule.get() {
        PublishRule::Both => submitted.with(|all| all.iter().map(|p| Key::Need(p.id)).collect()),
        PublishRule::Either => Vec::new(),
    });
    let agreed = Memo::new(move |_| {
        screened.with(|seen| {
            let needs = seen.iter().flatten().filter_map(|seen| match &seen.entity {
                Entity::Need(need) => Some(need),
                _ => None,
            });
            let agreed = needs.filter(|need| own.is_some_and(|own| has_agreed(need, own)));
            agreed.map(|need| need.id).collect::<Vec<_>>()
        })
    });
    let part = move |has_agreed: bool| {
        let (all, agreed) = (submitted.get(), agreed.get());
        all.into_iter()
            .filter(|p| agreed.contains(&p.id) == has_agreed)
            .collect::<Vec<_>>()
    };
    let list = Memo::new(move |_| part(false));
    let with_other = Memo::new(move |_| part(true));
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = StoredValue::new_local(use_navigate());
    let asked =
        Memo::new(move |_| query.with(|q| q.get("need").and_then(|id| id.parse::<NeedId>().ok())));
    // A wide screen always shows something.
    let opened = Memo::new(move |_| {
        asked.get().or_else(|| {
            wide.get()
                .then(|| list.with(|list| list.first().map(|pick| pick.id)))
                .flatten()
        })
    });
    let known = desk.entity(move || opened.get().map(Key::Need));
    let need = Memo::new(move |_| {
        known
            .with(|known| match known {
                Known::Here(seen) => match &seen.entity {
                    Entity::Need(need) => Some((**need).clone()),
                    _ => None,
                },
                Known::Reading | Known::Absent => None,
            })
            .filter(|need: &Need| Some(need.id) == opened.get())
    });
    let remark = RwSignal::new(String::new());
    let returning = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    Effect::new(move || {
        opened.track();
        remark.set(String::new());
        trouble.set(None);
    });

    let open = move |id: Option<NeedId>, replace: bool| {
        let path = path.get_untracked();
        let to = id.map_or_else(|| path.clone(), |id| format!("{path}?need={id}"));
        let options = NavigateOptions {
            replace,
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate.with_value(|navigate| navigate(&to, options));
    };
    let step = move |by: isize| {
        let next = list.with_untracked(|list| {
            let last = list.len().checked_sub(1)?;
            let at = asked
                .get_untracked()
                .and_then(|id| list.iter().position(|p| p.id == id));
            let at = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
            list.get(at).map(|pick| pick.id)
        });
        if let Some(id) = next {
            open(Some(id), asked.get_untracked().is_some());
            show_pick(id);
        }
    };
    // Once a decision is kept, the need after the decided one is next. The list may have lost it by now, or still have it
    // when the other department is asked.
    let order = StoredValue::new(Vec::<NeedId>::new());
    Effect::new(move || {
        let ids: Vec<NeedId> = list.with(|list| list.iter().map(|pick| pick.id).collect());
        let here = opened.get();
        if here.is_none_or(|here| ids.contains(&here)) {
            order.set_value(ids);
        }
    });
    let decided = move |id: NeedId| {
        let next = order.with_value(|order| {
            let at = order.iter().position(|i| *i == id)?;
            order
                .get(at + 1)
                .or_else(|| at.checked_sub(1).and_then(|at| order.get(at)))
                .copied()
        });
        open(next, true);
    };
    let agree_now = move || {
        let free = need.with_untracked(|need| {
            need.as_ref()
                .filter(|need| {
                    need.state.stage() == NeedStage::Submitted
                        && own.is_some_and(|own| !has_agreed(need, own))
                })
                .map(|need| need.id)
        });
        if let Some(id) = free {
            let words = remark.get_untracked().trim().to_owned();
            agree(desk, id, words, trouble, Callback::new(decided));
        }
    };
    let keys = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) {
            return;
        }
        match event.key().as_str() {
            "j" | "J" => step(1),
            "k" | "K" => step(-1),
            "a" | "A" => agree_now(),
            "r" | "R" if need.with_untracked(Option::is_some) => returning.set(true),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());

    let count = move || list.with(Vec::len);
    let shows_list = move || wide.get() || opened.get().is_none();
    let shows_need = move || wide.get() || opened.get().is_some();
    let list_view = move || {
        shows_list().then(|| view! { <Picks list=list with_other=with_other opened=opened /> })
    };
    let detail_view = move || {
        shows_need().then(|| view! {
            <section class="card split-detail" aria-label="打开的需求">
                {move || (!wide.get()).then(|| view! {
                    <button class="link" type="button" on:click=move |_| open(None, false)>"‹ 回到列表"</button>
                })}
                <ScreeningDetail
                    need=need rule=rule remark=remark returning=returning trouble=trouble
                    on_decided=decided
                />
                {move || need.with(Option::is_none).then(|| view! { <NothingOpened opened=opened known=known /> })}
            </section>
        })
    };
    let page = move || {
        if count() == 0 && with_other.with(Vec::is_empty) && asked.get().is_none() {
            view! { <Nothing /> }.into_any()
        } else {
            view! { <div class="split">{list_view}{detail_view}</div> }.into_any()
        }
    };
    let help = move || {
        view! {
            <span class="keys">
                <kbd>"J"</kbd>" "<kbd>"K"</kbd>" 上下 · "<kbd>"A"</kbd>" 同意 · "<kbd>"R"</kbd>" 退回"
            </span>
        }
    };
    view! {
        <Shell title="待审核" wide=true aside=ViewFn::from(help)>
            <Unsent />
            {page}
        </Shell>
    }
}

/// Shortcuts are for hands that are not writing, nor answering a question.
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

/// The keyboard's choice stays in sight.
fn show_pick(id: NeedId) {
    request_animation_frame(move || {
        let found = document().get_element_by_id(&format!("pick-{id}"));
        if let Some(element) = found.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            let _focused = element.focus();
        }
    });
}

#[component]
fn Picks(
    list: Memo<Vec<Pick>>,
    with_other: Memo<Vec<Pick>>,
    opened: Memo<Option<NeedId>>,
) -> impl IntoView {
    let others = move || {
        with_other.with(|with_other| {
            (!with_other.is_empty()).then(|| {
                let links = with_other
                    .iter()
                    .map(|pick| view! {
                        <a href=format!("?need={}", pick.id) data-noscroll=""><span>{pick.title.clone()}</span></a>
                    })
                    .collect_view();
                view! { <h2 class="meta">"你们已同意，等另一个部门"</h2><div class="lines">{links}</div> }
            })
        })
    };
    let most = RwSignal::new(PICKS);
    // The opened one is always among them, however far the keyboard has gone.
    let shown = Memo::new(move |_| {
        list.with(|list| {
            let opened = opened.get();
            let at = list.iter().position(|pick| Some(pick.id) == opened);
            let most = most.get().max(at.map_or(0, |at| at + 1));
            list.iter().take(most).cloned().collect::<Vec<_>>()
        })
    });
    let hidden = move || list.with(Vec::len).saturating_sub(shown.with(Vec::len));
    view! {
        <nav class="card split-list picks" aria-label="等待审核的需求">
            <p class="count">{move || format!("共 {} 条，等得久的在前", list.with(Vec::len))}</p>
            <For each=move || shown.get() key=|pick| pick.id let:pick>
                <PickLink pick=pick opened=opened />
            </For>
            {move || (hidden() > 0).then(|| view! {
                <button
                    class="btn is-quiet is-wide" type="button"
                    on:click=move |_| most.set(shown.with_untracked(Vec::len) + PICKS)
                >
                    {format!("还有 {} 条，再看一些", hidden())}
                </button>
            })}
            {others}
        </nav>
    }
}

#[component]
fn PickLink(pick: Pick, opened: Memo<Option<NeedId>>) -> impl IntoView {
    let desk = use_desk();
    let id = pick.id;
    let current = move || (opened.get() == Some(id)).then_some("true");
    let wait = waited(pick.at, desk.now());
    view! {
        <a
            class="pick" id=format!("pick-{id}") href=format!("?need={id}") aria-current=current
            data-noscroll=""
        >
            <span><b>{pick.title}</b><span class="meta">{pick.meta}</span></span>
            <span class="meta">{wait}</span>
        </a>
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
        if opened.get().is_some() && absent {
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
