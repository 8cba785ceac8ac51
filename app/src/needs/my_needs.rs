//! The list of a village's own needs and unfinished forms.

use crate::desk::need_answers::Answers;
use crate::desk::{Desk, use_desk};
use crate::device::paper::printing;
use crate::needs::need_card::{Card, NeedCard};
use crate::ui::offline::first_download;
use crate::ui::place;
use crate::ui::sheet::Sheet;
use crate::ui::shell::Shell;
use crate::ui::trouble;
use crate::words;
use domain::asks::asks;
use domain::commands::WithdrawNeed;
use domain::needs::{NeedStage, WithdrawReason};
use domain::{Entity, Facts, Key, Millis, NeedId, RegionCode, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cmp::Reverse;
use sync::engine::SubmitError;

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
            // A draft that was deleted has never been anything that a list could tell about.
            NeedStage::Withdrawn if !need.was_sent() => {}
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
    let deleting = RwSignal::new(None::<Draft>);
    let on_delete = Callback::new(move |draft| deleting.set(Some(draft)));
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
            <Deleting asked=deleting />
            {notice}
            {move || shown.with(Option::is_none).then(|| view! { <Waiting /> })}
            <div class="list">
                <For each=move || forms.get() key=Clone::clone let:form>
                    <UnfinishedCard form=form on_delete=on_delete />
                </For>
                <For each=open key=Clone::clone let:card>
                    <OpenCard card=card on_delete=on_delete />
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

/// Something unfinished that can be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Draft {
    need: NeedId,
    title: String,
    /// The village has it as a draft; else it is a form on this device only.
    is_kept: bool,
    /// The county has the need; only the changes go.
    is_sent: bool,
}

#[component]
fn UnfinishedCard(form: Unfinished, on_delete: Callback<Draft>) -> impl IntoView {
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
    let draft = Draft {
        need: form.need,
        title: title.clone(),
        is_kept: false,
        is_sent,
    };
    view! {
        <article>
            <a class="card" href=format!("/needs/{}/edit", form.need) data-testid="unfinished">
                <div class="row is-top">
                    <h2>{title}</h2>
                    <span class="pill is-wait">"没写完"</span>
                </div>
                <p class="status">{status}</p>
            </a>
            <Delete draft=draft on_delete=on_delete />
        </article>
    }
}

/// A need that is not over; a draft can be deleted.
#[component]
fn OpenCard(card: Card, on_delete: Callback<Draft>) -> impl IntoView {
    let draft = card.is_draft.then(|| Draft {
        need: card.id,
        title: card.title.clone(),
        is_kept: true,
        is_sent: false,
    });
    match draft {
        None => view! { <NeedCard card=card /> }.into_any(),
        Some(draft) => view! {
            <article>
                <NeedCard card=card />
                <Delete draft=draft on_delete=on_delete />
            </article>
        }
        .into_any(),
    }
}

#[component]
fn Delete(draft: Draft, on_delete: Callback<Draft>) -> impl IntoView {
    let label = format!("删除“{}”", draft.title);
    view! {
        <button class="link" type="button" aria-label=label on:click=move |_| on_delete.run(draft.clone())>
            "删除"
        </button>
    }
}

/// The question before a draft is deleted.
#[component]
fn Deleting(asked: RwSignal<Option<Draft>>) -> impl IntoView {
    let desk = use_desk();
    let open = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    Effect::new(move || {
        trouble.set(None);
        open.set(asked.with(Option::is_some));
    });
    Effect::new(move || {
        // Setting it again would wake the effect above for nothing, and that one this.
        if !open.get() && asked.with_untracked(Option::is_some) {
            asked.set(None);
        }
    });
    let delete = move |_| {
        let Some(Draft { need, is_kept, .. }) = asked.get_untracked() else {
            return;
        };
        spawn_local(async move {
            let name = Answers::draft_name(need);
            let deleted = desk.delete_draft(&name).await;
            let done = match deleted {
                Err(error) => Err(SubmitError::Store(error)),
                Ok(()) if is_kept => {
                    let reason = WithdrawReason::Mistake;
                    desk.submit(WithdrawNeed { need, reason }).await.map(drop)
                }
                Ok(()) => Ok(()),
            };
            match done {
                Ok(()) => {
                    open.try_set(false);
                    desk.look_again();
                }
                Err(error) => {
                    trouble.try_set(Some(trouble::sentence(&error)));
                }
            }
        });
    };
    let words = move || {
        asked.get().map(|draft| {
            if draft.is_sent {
                format!(
                    "“{}”改了一半，还没有发。删掉的是这些改动，县里的那一份不变。",
                    draft.title
                )
            } else {
                format!("“{}”还没有发给县里。删掉就找不回来了。", draft.title)
            }
        })
    };
    view! {
        <Sheet open=open title="删除这条草稿？">
            <p>{words}</p>
            <div role="alert">
                {move || trouble.get().map(|words| view! { <p class="note is-alert">{words}</p> })}
            </div>
            <div class="btn-row">
                <button class="btn is-quiet is-main" type="button" on:click=move |_| open.set(false)>"留着"</button>
                <button class="btn is-alert" type="button" on:click=delete>"删除"</button>
            </div>
        </Sheet>
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
