//! Two needs side by side: which one goes on, what moves, and that it can be undone.

use crate::desk::{Desk, Known, use_desk};
use crate::ui::shell::Shell;
use crate::ui::steady::{Act, steady};
use crate::ui::trouble;
use crate::ui::undo::Undo;
use crate::words;
use domain::commands::{MergeNeeds, TellApart, UndoMerge};
use domain::money::grouped;
use domain::needs::merging::{may_merge, may_part};
use domain::{Entity, Key, MutationId, Need, NeedId, NeedState};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

fn need_of(desk: Desk, id: Memo<Option<NeedId>>) -> (Memo<Option<Need>>, Memo<bool>) {
    let known = desk.entity(move || id.get().map(Key::Need));
    let need = Memo::new(move |_| {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Need(need) => Some((**need).clone()),
                _ => None,
            },
            _ => None,
        })
    });
    let reading = Memo::new(move |_| known.with(|known| matches!(known, Known::Reading)));
    (need, reading)
}

/// The better one to go on: what is published, then what has more orders, then what was first.
fn first_goes_on(a: &Need, b: &Need) -> bool {
    let rank = |need: &Need| {
        let published = matches!(need.state, NeedState::Published { .. });
        (
            !published,
            std::cmp::Reverse(need.pledges.len()),
            need.created_at,
        )
    };
    rank(a) <= rank(b)
}

/// The page for merging two needs, or for parting what was merged.
#[component]
pub fn Merge() -> impl IntoView {
    let desk = use_desk();
    let query = use_query_map();
    let asked = move |name: &'static str| {
        Memo::new(move |_| query.with(|q| q.get(name).and_then(|id| id.parse::<NeedId>().ok())))
    };
    let (a, a_reading) = need_of(desk, asked("a"));
    let (b, b_reading) = need_of(desk, asked("b"));
    let swapped = RwSignal::new(None::<bool>);
    // Which goes on, which ends in it. Decided once, unless the officer changes it.
    let both = Memo::new(move |_| {
        let (a, b) = (a.get()?, b.get()?);
        let merged_into = |x: &Need, y: &Need| matches!(&x.state, NeedState::Merged { into, .. } if *into == y.id);
        if merged_into(&a, &b) {
            return Some((b, a));
        }
        if merged_into(&b, &a) {
            return Some((a, b));
        }
        let keep_a = swapped.get().unwrap_or_else(|| first_goes_on(&a, &b));
        Some(if keep_a { (a, b) } else { (b, a) })
    });
    let swap = move |_| {
        let keeps_a = both.with_untracked(|both| {
            both.as_ref().is_some_and(|(keep, _)| {
                a.with_untracked(|a| a.as_ref().is_some_and(|a| a.id == keep.id))
            })
        });
        swapped.set(Some(!keeps_a));
    };
    let done = RwSignal::new(None::<MutationId>);
    let failed = RwSignal::new(None::<String>);
    let body = move || match both.get() {
        Some((keep, from)) => {
            let is_merged = matches!(from.state, NeedState::Merged { .. });
            view! {
                <Side keep=keep.clone() from=from.clone() />
                {if is_merged {
                    view! { <Merged keep=keep from=from done=done failed=failed /> }.into_any()
                } else {
                    view! {
                        <button class="btn is-quiet is-wide" type="button" on:click=swap>"对换：留另一条"</button>
                        <Deciding keep=keep from=from done=done failed=failed />
                    }
                    .into_any()
                }}
            }
            .into_any()
        }
        None if a_reading.get() || b_reading.get() => view! {
            <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div>
        }
        .into_any(),
        None => view! {
            <div class="empty">
                <h2>"这两条不都在这台设备上"</h2>
                <p>"可能有一条已经撤回，也可能还没有同步到。有网时再看一次。"</p>
                <a class="btn" href="/follow">"回到需要跟进"</a>
            </div>
        }
        .into_any(),
    };
    view! {
        <Shell title="像是同一件事" back="/follow" wide=true>
            <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
            {body}
        </Shell>
    }
}

fn orders(need: &Need) -> String {
    match need.pledges.len() {
        0 => "还没有人接".to_owned(),
        _ => {
            let one =
                |p: &domain::needs::Pledge| format!("{}：{}", p.org_name, need.words_of(&p.lines));
            need.pledges.iter().map(one).collect::<Vec<_>>().join("；")
        }
    }
}

fn items(need: &Need) -> String {
    let all: Vec<_> = need
        .content
        .items
        .iter()
        .map(|i| domain::OrderLine {
            item: i.no,
            quantity: i.quantity,
        })
        .collect();
    need.words_of(&all)
}

#[component]
fn Side(keep: Need, from: Need) -> impl IntoView {
    let today = use_desk().today();
    let row = |name: &'static str, of: &dyn Fn(&Need) -> String| {
        view! {
            <tr><th scope="row">{name}</th><td>{of(&keep)}</td><td>{of(&from)}</td></tr>
        }
    };
    let titled = |need: &Need| {
        let href = format!("/needs/{}", need.id);
        view! { <a class="link" href=href>{need.content.title.clone()}</a> }
    };
    view! {
        <section class="card">
            <table class="table compare">
                <thead>
                    <tr><th></th><th scope="col">"留下"</th><th scope="col">"并进去"</th></tr>
                </thead>
                <tbody>
                    <tr><th scope="row">"标题"</th><td>{titled(&keep)}</td><td>{titled(&from)}</td></tr>
                    {row("哪个村", &|n| format!("{} {}", n.place.town_name, n.place.village_name))}
                    {row("要什么", &items)}
                    {row("情况", &|n| words::short(&n.content.details, 80))}
                    {row("最晚", &|n| words::day(n.content.deadline, today))}
                    {row("受益", &|n| format!("{} 人", grouped(n.content.persons.into())))}
                    {row("到哪一步", &|n| n.state.stage().label().to_owned())}
                    {row("接的单", &orders)}
                    {row("写于", &|n| words::day(n.created_at.day(), today))}
                </tbody>
            </table>
        </section>
    }
}

/// What will happen, in words, and the buttons.
#[component]
fn Deciding(
    keep: Need,
    from: Need,
    done: RwSignal<Option<MutationId>>,
    failed: RwSignal<Option<String>>,
) -> impl IntoView {
    let desk = use_desk();
    let busy = RwSignal::new(false);
    let may = may_merge(&from, &keep, &desk.actor()).map(|_| ());
    let told = keep.is_told_apart_from(from.id) || from.is_told_apart_from(keep.id);
    let what = {
        let moves = match from.pledges.len() {
            0 => "没有接的单要搬。".to_owned(),
            n => format!("{n} 张接的单搬到“{}”上，数量照旧。", keep.content.title),
        };
        let sees = if keep.place.village == from.place.village {
            "村里两条都看得到。".to_owned()
        } else {
            format!(
                "{}看得到留下的这条，交付由{}确认。",
                from.place.village_name, keep.place.village_name
            )
        };
        format!(
            "合并以后：“{}”接着办，“{}”标成已合并。{moves}{sees}两条的经过都留着；接的单没有新动静以前，可以拆开。",
            keep.content.title, from.content.title
        )
    };
    let command = MergeNeeds {
        from: from.id,
        into: keep.id,
        seen_from: Some(from.revision),
        seen_into: Some(keep.revision),
    };
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get());
    let merge = move |()| {
        let command = command.clone();
        busy.set(true);
        spawn_local(async move {
            match desk.submit(command).await {
                Ok(seq) => {
                    failed.try_set(None);
                    done.try_set(desk.mutation(seq));
                }
                Err(error) => {
                    failed.try_set(Some(trouble::sentence(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let (one, other) = (keep.id, from.id);
    let apart = move |()| {
        busy.set(true);
        spawn_local(async move {
            let told = desk.submit(TellApart { need: one, other }).await;
            failed.try_set(told.err().map(|error| trouble::sentence(&error)));
            busy.try_set(false);
        });
    };
    let refused = may
        .clone()
        .err()
        .map(|why| view! { <p class="note is-alert">{why.sentence()}</p> });
    view! {
        <p class="note is-fact">{what}</p>
        {refused}
        {told.then(|| view! { <p class="note is-done">"已经记下：不是同一件事。"</p> })}
        <div class="btn-row">
            {(!told).then(|| view! { <Act class="btn is-quiet" ready=ready on_press=apart>"不是同一件事，记住"</Act> })}
            {may.is_ok().then(|| view! { <Act class="btn is-main" ready=ready on_press=merge>"合并"</Act> })}
        </div>
    }
}

/// It is merged: it can be taken back for five seconds, and parted as long as nothing new stands on it.
#[component]
fn Merged(
    keep: Need,
    from: Need,
    done: RwSignal<Option<MutationId>>,
    failed: RwSignal<Option<String>>,
) -> impl IntoView {
    let desk = use_desk();
    let busy = RwSignal::new(false);
    let still = steady(|| ());
    let ready = Signal::derive(move || still.get() && !busy.get());
    let id = from.id;
    let (seen, seen_into) = (Some(from.revision), Some(keep.revision));
    let part = move |()| {
        busy.set(true);
        spawn_local(async move {
            let undo = UndoMerge {
                need: id,
                seen,
                seen_into,
            };
            let parted = desk.submit(undo).await;
            failed.try_set(parted.err().map(|error| trouble::sentence(&error)));
            busy.try_set(false);
        });
    };
    let waits = !desk.own_commands_on(Key::Need(id)).is_empty();
    let may = may_part(&from, &keep, &desk.actor());
    let undo = done
        .get_untracked()
        .map(|mutation| view! { <Undo id=mutation on_recalled=move |()| done.set(None) /> });
    view! {
        <div class="note is-done row" role="status">
            <span>{format!("已合并到“{}”{}", keep.content.title, if waits { "（等待发送）" } else { "" })}</span>
            {undo}
        </div>
        {match may {
            Ok(_) => view! {
                <div class="btn-row"><Act class="btn is-alert" ready=ready on_press=part>"拆开，恢复成两条"</Act></div>
            }
            .into_any(),
            Err(why) => view! { <p class="hint">{why.sentence()}</p> }.into_any(),
        }}
        <p><a class="link" href="/follow">"回到需要跟进"</a></p>
    }
}
