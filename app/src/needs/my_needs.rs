//! The list of a village's own needs and unfinished forms.

use crate::desk::need_answers::Answers;
use crate::desk::{Desk, use_desk};
use crate::device::paper::printing;
use crate::needs::need_card::{Card, NeedCard};
use crate::ui::offline::first_download;
use crate::ui::place;
use crate::ui::shell::Shell;
use crate::words;
use domain::asks::asks;
use domain::needs::NeedStage;
use domain::{Entity, Facts, Key, Millis, NeedId, RegionCode, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cmp::Reverse;

/// A form that was left unfinished.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Unfinished {
    need: NeedId,
    title: String,
    kept_at: Millis,
}

/// The village's cards: what is open, and what is over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cards {
    open: Vec<Card>,
    over: Vec<Card>,
}

/// Own needs: first what asks the village to do something, then the newest.
fn keys(desk: Desk, village: RegionCode) -> Vec<Key> {
    let actor = desk.actor();
    let mut own: Vec<(bool, Reverse<Millis>, Key)> = desk
        .list(|facts| matches!(facts, Facts::Need(need) if need.village == village))
        .into_iter()
        .filter_map(|item| {
            let waits = asks(&item.summary.facts(), &actor);
            let need = item.summary.need()?.facts;
            Some((!waits, Reverse(need.at), item.key))
        })
        .collect();
    own.sort();
    own.into_iter().map(|(_, _, key)| key).collect()
}

fn cards(desk: Desk, found: &[sync::engine::Seen]) -> Cards {
    let mut cards = Cards::default();
    for seen in found {
        let Entity::Need(need) = &seen.entity else {
            continue;
        };
        let card = Card::own(desk, need);
        match need.state.stage() {
            // A need that the county does not have yet still counts as open.
            NeedStage::Withdrawn | NeedStage::Closed if !card.unsent => cards.over.push(card),
            _ => cards.open.push(card),
        }
    }
    cards
}

/// Forms that were left, those kept last first.
fn unfinished(desk: Desk) -> ReadSignal<Vec<Unfinished>> {
    let (forms, set_forms) = signal(Vec::new());
    Effect::new(move || {
        desk.track();
        spawn_local(async move {
            let mut found: Vec<Unfinished> = desk
                .drafts::<Answers>()
                .await
                .into_iter()
                .filter(|(name, form)| *name == Answers::draft_name(form.need))
                .map(|(_, form)| Unfinished {
                    need: form.need,
                    title: form.title.trim().to_owned(),
                    kept_at: form.kept_at,
                })
                .collect();
            found.sort_by_key(|f| Reverse(f.kept_at));
            // The signals are disposed of if the page was left meanwhile.
            if forms.try_with_untracked(|now| *now != found) == Some(true) {
                set_forms.try_set(found);
            }
        });
    });
    forms
}

/// A village's own needs, each with one sentence that says where it really is.
#[component]
pub fn MyNeeds() -> impl IntoView {
    let desk = use_desk();
    let (title, village) = match desk.actor().role {
        Role::Village { place } => (place.village_name, Some(place.village)),
        _ => ("我的需求".to_owned(), None),
    };
    let found = desk.entities(move || village.map(|v| keys(desk, v)).unwrap_or_default());
    let shown =
        Memo::new(move |_| found.with(|found| found.as_ref().map(|found| cards(desk, found))));
    let forms = unfinished(desk);
    let folded = place::kept(desk.scope(), "needs-folded", true);
    let paper = printing();
    let hidden = Memo::new(move |_| folded.get() && !paper.get());
    let downloading = first_download(desk);
    let refused = Memo::new(move |_| desk.notices().len());
    let notice = move || {
        (refused.get() > 0).then(|| {
            view! {
                <p class="note is-alert">
                    {format!("有 {} 条没有成功，写过的内容都还在。", refused.get())}
                    <a class="link" href="/sync">"查看"</a>
                </p>
            }
        })
    };
    let open = move || shown.get().map(|s| s.open).unwrap_or_default();
    let over = move || shown.get().map(|s| s.over).unwrap_or_default();
    let is_empty = move || {
        shown.with(|s| {
            s.as_ref()
                .is_some_and(|s| s.open.is_empty() && s.over.is_empty())
        }) && forms.with(Vec::is_empty)
    };
    let actions = || view! { <a class="btn is-main" href="/needs/new">"发一条需求"</a> };
    view! {
        <Shell title=title actions=actions>
            {notice}
            {move || shown.with(Option::is_none).then(|| view! { <Waiting /> })}
            <div class="list">
                <For each=move || forms.get() key=Clone::clone let:form>
                    <UnfinishedCard form=form />
                </For>
                <For each=open key=Clone::clone let:card>
                    <NeedCard card=card />
                </For>
            </div>
            {move || is_empty().then(|| view! {
                <div class="empty">
                    <h2>{move || if downloading.get() { "正在下载村里的需求…" } else { "还没有需求" }}</h2>
                    <p>"村里缺什么，写一条发给县里。没有网络也能写，有网后自动发送。"</p>
                </div>
            })}
            {move || {
                let count = over().len();
                (count > 0).then(|| view! {
                    <button
                        class="link" aria-expanded=move || (!folded.get()).to_string()
                        on:click=move |_| folded.update(|f| *f = !*f)
                    >
                        {move || if folded.get() {
                            format!("看已办结和已撤回的（{count}）")
                        } else {
                            "收起已办结和已撤回的".to_owned()
                        }}
                    </button>
                })
            }}
            <div class="list">
                <For each=move || if hidden.get() { Vec::new() } else { over() } key=Clone::clone let:card>
                    <NeedCard card=card />
                </For>
            </div>
        </Shell>
    }
}

#[component]
fn UnfinishedCard(form: Unfinished) -> impl IntoView {
    let desk = use_desk();
    let title = match form.title.as_str() {
        "" => "还没有写标题的需求".to_owned(),
        title => title.to_owned(),
    };
    let when = words::ago(form.kept_at, desk.now());
    let is_sent = desk.list_item(&Key::Need(form.need)).is_some();
    let status = if is_sent {
        format!("{when}改了一半，还没发；原来的需求仍有效")
    } else {
        format!("{when}写到一半，只在这部手机上，点开接着写")
    };
    view! {
        <a class="card" href=format!("/needs/{}/edit", form.need) data-testid="unfinished">
            <div class="row is-top">
                <h2>{title}</h2>
                <span class="pill is-wait">"没写完"</span>
            </div>
            <p class="status">{status}</p>
        </a>
    }
}

#[component]
fn Waiting() -> impl IntoView {
    view! {
        <div class="list" aria-busy="true">
            <div class="card skeleton"><i></i><i></i><i></i></div>
            <div class="card skeleton"><i></i><i></i><i></i></div>
        </div>
    }
}
