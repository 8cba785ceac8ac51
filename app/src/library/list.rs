//! The list of published needs: full-text search, filters, and sorting on the device.

use crate::desk::use_desk;
use crate::ui::choice::Choice;
use crate::ui::filters::{any, topic_of, topic_value, topics};
use crate::ui::need_row::library_row;
use crate::ui::place;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use crate::ui::virtual_list::VirtualList;
use domain::library::{Query, Show, Sort};
use domain::money::grouped;
use domain::{Help, RegionCode, Topic};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The person's place in the library (scroll restoration).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    text: String,
    county: Option<RegionCode>,
    topic: Option<Topic>,
    help: Option<Help>,
    show: String,
    sort: String,
    #[serde(with = "place::whole_pixels")]
    top: f64,
}

impl Place {
    fn of(query: &Query, top: f64) -> Self {
        Self {
            text: query.text.clone(),
            county: query.county,
            topic: query.topic,
            help: query.help,
            show: show_value(query.show).to_owned(),
            sort: sort_value(query.sort).to_owned(),
            top,
        }
    }

    fn query(&self) -> Query {
        Query {
            text: self.text.clone(),
            county: self.county,
            topic: self.topic,
            help: self.help,
            show: show_of(&self.show),
            sort: sort_of(&self.sort),
        }
    }
}

/// The published needs, searched and filtered on the device itself.
#[component]
pub fn Library() -> impl IntoView {
    let desk = use_desk();
    let scope = desk.scope();
    let before: Place = place::recall(&scope, "library").unwrap_or_default();
    let query = RwSignal::new(before.query());
    let text = RwSignal::new(before.text.clone());
    Effect::new(move || {
        let text = text.get();
        if query.with_untracked(|query| query.text != text) {
            query.update(|query| query.text = text);
        }
    });
    let scrolled = StoredValue::new(before.top);
    let keep = move || {
        if let (Some(query), Some(top)) = (query.try_get_untracked(), scrolled.try_get_value()) {
            place::remember(&desk.scope(), "library", &Place::of(&query, top));
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
        let (listed, total) = query.with(|query| desk.library(query, usize::MAX));
        set_rows.set(Rc::new(listed));
        set_found.set(Some(total));
    });
    let count = move || match found.get() {
        Some(total) => format!("共 {} 条", grouped(total as u64)),
        None => "\u{a0}".to_owned(),
    };
    let empty =
        move || (found.get() == Some(0)).then(|| view! { <Nothing query=query text=text /> });
    view! {
        <Shell title="项目库">
            <Search text=text placeholder="搜：村名、要什么…" />
            <Filters query=query />
            <p class="count" role="status" data-testid="library-count">{count}</p>
            <VirtualList
                rows=rows label="需求" testid="library-row" row=library_row
                start=before.top scrolled=scrolled
            />
            {empty}
        </Shell>
    }
}

#[component]
fn Filters(query: RwSignal<Query>) -> impl IntoView {
    let desk = use_desk();
    let counties = Memo::new(move |_| {
        let known = desk.counties().into_iter();
        let named = known.map(|(code, name, open)| (code.to_string(), format!("{name}（{open}）")));
        any("所有县").into_iter().chain(named).collect::<Vec<_>>()
    });
    let county = move || query.with(|q| q.county.map_or_else(String::new, |c| c.to_string()));
    let topic = move || query.with(|q| q.topic.map_or("", topic_value).to_owned());
    let help = move |help: Help| {
        view! {
            <button
                type="button" class="chip"
                aria-pressed=move || query.with(|q| q.help == Some(help)).to_string()
                on:click=move |_| query.update(|q| q.help = (q.help != Some(help)).then_some(help))
            >
                {help.label()}
            </button>
        }
    };
    let set_county = move |value: String| query.update(|q| q.county = value.parse().ok());
    let set_topic = move |value: String| query.update(|q| q.topic = topic_of(&value));
    let set_show = move |value: String| query.update(|q| q.show = show_of(&value));
    let set_sort = move |value: String| query.update(|q| q.sort = sort_of(&value));
    // Until the first download is complete, the choices still change.
    let settled = Memo::new(move |before: Option<&bool>| {
        before == Some(&true) || desk.status().complete || desk.is_offline()
    });
    let visibility = move || if settled.get() { "visible" } else { "hidden" };
    view! {
        <div class="chips is-line" role="group" aria-label="筛选和排序" style:visibility=visibility>
            {help(Help::Capacity)}
            {help(Help::Relief)}
            {move || (counties.with(Vec::len) > 2).then(|| view! {
                <Choice label="县" options=counties value=Signal::derive(county) on_choose=set_county />
            })}
            <Choice label="类别" options=topics() value=Signal::derive(topic) on_choose=set_topic />
            <Choice
                label="接单情况" options=shows()
                value=Signal::derive(move || query.with(|q| show_value(q.show).to_owned()))
                on_choose=set_show
            />
            <Choice
                label="排序" options=sorts()
                value=Signal::derive(move || query.with(|q| sort_value(q.sort).to_owned()))
                on_choose=set_sort
            />
        </div>
    }
}

/// Nothing to show, and what to do about it.
#[component]
fn Nothing(query: RwSignal<Query>, text: RwSignal<String>) -> impl IntoView {
    let desk = use_desk();
    let state = Memo::new(move |_| {
        let everything = Query {
            show: Show::All,
            ..Query::default()
        };
        let status = desk.status();
        let any = desk.library(&everything, 0).1 > 0;
        (any, status.last_contact.is_some(), status.complete)
    });
    let words = move || match state.get() {
        (true, ..) => ("没有合适的需求", "换个词，或清除筛选。"),
        (false, false, _) => (
            "项目库还没有下载",
            "第一次要用网络下载。下载好以后，没有网络也能查。",
        ),
        (false, true, false) => ("正在下载项目库…", "下载好以后，没有网络也能查。"),
        (false, true, true) => (
            "还没有发布的需求",
            "村里的需求经县里审核发布后，会自动出现在这里。",
        ),
    };
    let clear = move |_| {
        text.set(String::new());
        query.set(Query {
            show: Show::All,
            ..Query::default()
        });
    };
    view! {
        <div class="empty">
            <h2>{move || words().0}</h2>
            <p>{move || words().1}</p>
            {move || state.get().0.then(|| view! { <button class="btn is-quiet" on:click=clear>"清除筛选"</button> })}
        </div>
    }
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter()
        .map(|(value, name)| ((*value).to_owned(), (*name).to_owned()))
        .collect()
}

fn shows() -> Vec<(String, String)> {
    pairs(&[
        ("open", "还能接的"),
        ("taken", "已接满的"),
        ("all", "全部需求"),
    ])
}

fn show_of(value: &str) -> Show {
    match value {
        "taken" => Show::Taken,
        "all" => Show::All,
        _ => Show::Open,
    }
}

fn show_value(show: Show) -> &'static str {
    match show {
        Show::Open => "open",
        Show::Taken => "taken",
        Show::All => "all",
    }
}

fn sorts() -> Vec<(String, String)> {
    pairs(&[
        ("new", "最新发布"),
        ("urgent", "急的在前"),
        ("deadline", "快到期的在前"),
    ])
}

fn sort_of(value: &str) -> Sort {
    match value {
        "urgent" => Sort::Urgent,
        "deadline" => Sort::Deadline,
        _ => Sort::New,
    }
}

fn sort_value(sort: Sort) -> &'static str {
    match sort {
        Sort::New => "new",
        Sort::Urgent => "urgent",
        Sort::Deadline => "deadline",
    }
}
