//! The list of all needs of the county.

use crate::desk::use_desk;
use crate::ui::choice::Choice;
use crate::ui::filters::{stage_of, stages};
use crate::ui::hasty::Hasty;
use crate::ui::need_row::county_row;
use crate::ui::place;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use crate::ui::virtual_list::VirtualList;
use domain::Facts;
use domain::money::grouped;
use domain::needs::NeedStage;
use domain::text::words as search_words;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::rc::Rc;

/// Where an officer was in the county's list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    text: String,
    stage: Option<NeedStage>,
    #[serde(with = "place::whole_pixels")]
    top: f64,
}

/// All needs of the county, whatever their stage.
#[component]
pub fn County() -> impl IntoView {
    let desk = use_desk();
    let before: Place = place::recall(&desk.scope(), "county").unwrap_or_default();
    let top = before.top;
    let text = RwSignal::new(before.text.clone());
    let stage = RwSignal::new(before.stage);
    let scrolled = StoredValue::new(top);
    let keep = move || {
        if let (Some(text), Some(stage), Some(top)) = (
            text.try_get_untracked(),
            stage.try_get_untracked(),
            scrolled.try_get_value(),
        ) {
            place::remember(&desk.scope(), "county", &Place { text, stage, top });
        }
    };
    let leaving = window_event_listener_untyped("pagehide", move |_| keep());
    on_cleanup(move || {
        keep();
        leaving.remove();
    });
    let (rows, set_rows) = signal_local(Rc::new(Vec::new()));
    let (found, set_found) = signal(None::<usize>);
    Effect::new(move || {
        let wanted = search_words(&text.get());
        let only = stage.get();
        let fits = |facts: &Facts| matches!(facts, Facts::Need(need) if only.is_none_or(|only| only == need.stage));
        let mut listed = desk.list(fits);
        listed.retain(|item| {
            wanted.is_empty() || {
                let text = item.summary.searched();
                wanted.iter().all(|w| text.contains(w.as_str()))
            }
        });
        listed.sort_by_key(|item| (Reverse(item.summary.need().map(|n| n.facts.at)), item.key));
        set_found.set(Some(listed.len()));
        set_rows.set(Rc::new(listed));
    });
    let count = move || match found.get() {
        Some(found) => format!("共 {} 条", grouped(found as u64)),
        None => "\u{a0}".to_owned(),
    };
    let synced = move || desk.status().last_contact.is_some();
    let empty = move || {
        (found.get() == Some(0)).then(|| view! {
            <div class="empty">
                <h2>{move || if synced() { "没有这样的需求" } else { "还没有下载" }}</h2>
                <p>{move || if synced() { "换个词，或选“所有阶段”。" } else { "第一次要用网络下载。" }}</p>
            </div>
        })
    };
    let set_stage = move |value: String| stage.set(stage_of(&value));
    let value = move || {
        stage
            .get()
            .map_or_else(String::new, |s| s.label().to_owned())
    };
    view! {
        <Shell title="全县需求">
            <Hasty />
            <Search text=text placeholder="搜：村名、要什么、谁接的…" />
            <div class="chips is-line" role="group" aria-label="筛选">
                <Choice label="阶段" options=stages() value=Signal::derive(value) on_choose=set_stage />
            </div>
            <p class="count" role="status" data-testid="county-count">{count}</p>
            <VirtualList
                rows=rows label="全县需求" testid="county-row" row=county_row start=top scrolled=scrolled
            />
            {empty}
        </Shell>
    }
}
