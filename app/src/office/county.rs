//! The list of all needs of the county.

use crate::desk::use_desk;
use crate::ui::choice::Choice;
use crate::ui::filters::{stage_of, stages};
use crate::ui::hasty::Hasty;
use crate::ui::lens::LensChoice;
use crate::ui::need_row::county_row;
use crate::ui::offline::first_download;
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

/// What an officer looks for in the county's list, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    text: String,
    stage: Option<NeedStage>,
    /// Only where this designation holds.
    lens: Option<String>,
}

/// All needs of the county, whatever their stage.
#[component]
pub fn County() -> impl IntoView {
    let desk = use_desk();
    let kept = place::kept(desk.scope(), "county", Wanted::default());
    let text = RwSignal::new(kept.with_untracked(|kept| kept.text.clone()));
    Effect::new(move || {
        let text = text.get();
        if kept.with_untracked(|kept| kept.text != text) {
            kept.update(|kept| kept.text = text);
        }
    });
    let stage = Memo::new(move |_| kept.with(|kept| kept.stage));
    let (rows, set_rows) = signal_local(Rc::new(Vec::new()));
    let (found, set_found) = signal(None::<usize>);
    Effect::new(move || {
        let wanted = search_words(&text.get());
        let only = stage.get();
        let lens = kept
            .with(|kept| kept.lens.clone())
            .map(|name| desk.lens(&name));
        let seen = |village| lens.as_ref().is_none_or(|lens| lens.shows(village));
        let fits = |facts: &Facts| matches!(facts, Facts::Need(need) if only.is_none_or(|only| only == need.stage) && seen(need.village));
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
    let downloading = first_download(desk);
    let words = move || match (downloading.get(), desk.status().last_contact) {
        (true, _) => ("正在下载…", "下载好以后，没有网络也能看。"),
        (false, None) => ("还没有下载", "第一次要用网络下载。"),
        (false, Some(_)) => ("没有这样的需求", "换个词，或选“所有阶段”。"),
    };
    let empty = move || {
        (found.get() == Some(0)).then(|| {
            view! {
                <div class="empty">
                    <h2>{move || words().0}</h2>
                    <p>{move || words().1}</p>
                </div>
            }
        })
    };
    let lens = move || kept.with(|kept| kept.lens.clone());
    let set_stage = move |value: String| kept.update(|kept| kept.stage = stage_of(&value));
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
                <LensChoice chosen=Signal::derive(lens) on_choose=move |name| kept.update(|kept| kept.lens = name) />
            </div>
            <p class="count" role="status" data-testid="county-count">{count}</p>
            <p class="links"><a class="link" href="/meeting">"对接会清单"</a></p>
            <VirtualList rows=rows label="全县需求" testid="county-row" row=county_row />
            {empty}
        </Shell>
    }
}
