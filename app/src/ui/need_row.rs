//! Rows of needs in lists.

use crate::desk::{Desk, use_desk};
use crate::ui::taken_bar::TakenBar;
use crate::ui::virtual_list::Line;
use crate::words;
use domain::needs::{NeedFacts, NeedStage, NeedSummary};
use domain::orders::OrderStage;
use domain::{Command, Help, Key, Millis, NeedId};
use leptos::prelude::*;

/// Whether an own order on this need has no verdict yet (an intent), and was not released.
#[must_use]
pub fn waits_for_order(desk: Desk, need: NeedId) -> bool {
    let given_back = |order| {
        let item = desk.list_item(&Key::Order(order));
        let stage = item.and_then(|item| Some(item.summary.order()?.facts.stage));
        stage == Some(OrderStage::Released)
    };
    let takes = |command: &Command| {
        let taken = desk.taking(command);
        taken.is_some_and(|(order, on)| on == need && !given_back(order))
    };
    desk.waiting()
        .iter()
        .any(|p| p.command.as_ref().is_ok_and(takes))
}

/// Whether an own mutation on this entity has no verdict yet.
#[must_use]
pub fn waits(desk: Desk, key: Key) -> bool {
    desk.waiting().iter().any(|p| p.subject() == Some(key))
}

/// A line of the library: what is asked for, where, how much of it is taken, and how long it can wait.
#[must_use]
pub fn library_row(key: Key, line: Line) -> AnyView {
    row(key, line, library_card)
}

/// A line of the county's list: as in the library, with the stage.
#[must_use]
pub fn county_row(key: Key, line: Line) -> AnyView {
    row(key, line, county_card)
}

fn row(key: Key, line: Line, card: fn(Key, &NeedSummary) -> AnyView) -> AnyView {
    let card = move || {
        line.get()
            .and_then(|item| Some(card(key, item.summary.need()?)))
    };
    view! { <a class="card" href=format!("/needs/{}", key.id())>{card}</a> }.into_any()
}

fn library_card(key: Key, need: &NeedSummary) -> AnyView {
    let desk = use_desk();
    let facts = need.facts;
    let NeedFacts {
        topic,
        help,
        urgent,
        deadline,
        ..
    } = facts;
    let waiting = Memo::new(move |_| matches!(key, Key::Need(id) if waits_for_order(desk, id)));
    let pill = move || match (waiting.get(), urgent) {
        (true, _) => view! { <span class="pill is-wait">"等待确认"</span> },
        (false, true) => view! { <span class="pill is-alert">"急"</span> },
        (false, false) => view! { <span class="pill">{help_word(help)}</span> },
    };
    let place = format!("{} · {}", need.texts.place(), topic.label());
    let time = move || words::time_left(deadline, desk.today());
    let left = need.texts.left.clone();
    let end = move || {
        if waiting.get() {
            view! { <p class="meta">"你接的还在等待确认，还不是你的"</p> }.into_any()
        } else {
            taken(&facts, &left)
        }
    };
    view! {
        <div class="row is-top"><h2>{need.texts.title.clone()}</h2>{pill}</div>
        <p class="meta">{place}</p>
        <div class="row"><span class="one-line">{need.texts.items.clone()}</span><span class="meta">{time}</span></div>
        {end}
    }
    .into_any()
}

fn county_card(key: Key, need: &NeedSummary) -> AnyView {
    let desk = use_desk();
    let facts = need.facts;
    let NeedFacts {
        stage,
        topic,
        urgent,
        deadline,
        at,
        ..
    } = facts;
    let waiting = Memo::new(move |_| waits(desk, key));
    let pill = move || {
        if waiting.get() {
            return view! { <span class="pill is-wait">"等待发送"</span> };
        }
        let (class, word) = stage_pill(&facts);
        view! { <span class=class>{word}</span> }
    };
    let urgent = if urgent { "急 · " } else { "" };
    let place = format!(
        "{urgent}{} · {} · {}",
        need.texts.town_name,
        need.texts.village_name,
        topic.label()
    );
    let left = move || match stage {
        NeedStage::Submitted => waited(at, desk.now()),
        NeedStage::Published => words::time_left(deadline, desk.today()),
        _ => words::ago(at, desk.now()),
    };
    let bar = (stage == NeedStage::Published).then(|| taken(&facts, &need.texts.left));
    view! {
        <div class="row is-top"><h2>{need.texts.title.clone()}</h2>{pill}</div>
        <p class="meta">{place}</p>
        <div class="row"><span class="one-line">{need.texts.items.clone()}</span><span class="meta">{left}</span></div>
        {bar}
    }
    .into_any()
}

/// How long somebody has waited: `等了 3 天`, `等了 5 小时`, `等了 20 分钟`.
#[must_use]
pub fn waited(since: Millis, now: Millis) -> String {
    let minutes = now.since(since) / 60_000;
    match minutes {
        ..=0 => "等了不到 1 分钟".to_owned(),
        1..60 => format!("等了 {minutes} 分钟"),
        60..1440 => format!("等了 {} 小时", minutes / 60),
        _ => format!("等了 {} 天", minutes / 1440),
    }
}

/// What kind of help, as short as a pill must be.
fn help_word(help: Help) -> &'static str {
    match help {
        Help::Relief => "输血",
        Help::Capacity => "造血",
        Help::Both => "输血＋造血",
    }
}

/// A need's stage as bureaus see it. Nothing that the village disputes is green.
#[must_use]
pub fn stage_pill(need: &NeedFacts) -> (&'static str, &'static str) {
    match need.stage {
        NeedStage::Submitted => ("pill is-you", need.stage.label()),
        NeedStage::Returned => ("pill is-alert", need.stage.label()),
        NeedStage::Published if need.disputed => ("pill is-alert", "村里说没做到"),
        NeedStage::Published if need.to_confirm > 0 => ("pill is-done", "等村里确认"),
        NeedStage::Published if need.holders > 0 => ("pill is-done", "已接单"),
        NeedStage::Closed => ("pill is-done", need.stage.label()),
        _ => ("pill", need.stage.label()),
    }
}

/// How much is taken, and what is still missing; or that nobody has taken anything yet.
fn taken(need: &NeedFacts, left: &str) -> AnyView {
    let NeedFacts {
        taken_percent,
        disputed,
        ..
    } = *need;
    if taken_percent == 0 && left.is_empty() {
        return view! { <p class="meta">"还没有人接"</p> }.into_any();
    }
    let left = match left {
        "" => "都有人接了".to_owned(),
        left => format!("还差 {left}"),
    };
    view! {
        <div class="row">
            <TakenBar percent=taken_percent disputed=disputed />
            <span class="meta">{left}</span>
        </div>
    }
    .into_any()
}
