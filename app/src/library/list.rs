//! The list of published needs: full-text search, filters, and sorting on the device.

use crate::desk::{Desk, Known, use_desk};
use crate::ui::choice::{Choice, Offer};
use crate::ui::filters::{any, chip, group, topic_value};
use crate::ui::lens::LensChoice;
use crate::ui::need_row::library_row;
use crate::ui::offline::first_download;
use crate::ui::place;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use crate::ui::sifting::{Empty, Nothing, Sifting, sort_of, sort_value};
use crate::ui::virtual_list::VirtualList;
use domain::library::{Query, Show, Sort};
use domain::money::grouped;
use domain::organizations::offers::may_take_part;
use domain::{Entity, Help, Key, RegionCode, Role, Topic};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What is looked for in the library, as it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    text: String,
    county: Option<RegionCode>,
    topic: Option<Topic>,
    help: Option<Help>,
    show: String,
    sort: String,
    /// Only where this designation holds.
    lens: Option<String>,
}

impl Wanted {
    fn query(&self, desk: Desk) -> Query {
        Query {
            text: self.text.clone(),
            county: self.county,
            topic: self.topic,
            help: self.help,
            lens: self.lens.as_deref().map(|name| desk.lens(name)),
            show: show_of(&self.show),
            sort: sort_of(&self.sort),
        }
    }

    /// How many filters hold something back, beyond what the library shows at first.
    fn filters(&self) -> usize {
        [
            self.county.is_some(),
            self.topic.is_some(),
            self.help.is_some(),
            self.lens.is_some(),
            show_of(&self.show) != Show::Open,
        ]
        .into_iter()
        .filter(|is| *is)
        .count()
    }

    /// Without any filter; the order stays.
    fn clear(&mut self) {
        *self = Self {
            show: show_value(Show::All).to_owned(),
            sort: std::mem::take(&mut self.sort),
            ..Self::default()
        };
    }
}

const EMPTY: Empty = Empty {
    downloading: ("正在下载项目库…", "下载好以后，没有网络也能查。"),
    not_downloaded: (
        "项目库还没有下载",
        "第一次要用网络下载。下载好以后，没有网络也能查。",
    ),
    not_found: ("没有合适的需求", "换个词，或清除筛选。"),
    none_yet: (
        "还没有发布的需求",
        "村里的需求经县里审核发布后，会自动出现在这里。",
    ),
};

/// The published needs, searched and filtered on the device itself.
#[component]
pub fn Library() -> impl IntoView {
    let desk = use_desk();
    let wanted = place::kept(desk.scope(), "library", Wanted::default());
    let text = RwSignal::new(wanted.with_untracked(|wanted| wanted.text.clone()));
    Effect::new(move || {
        let text = text.get();
        if wanted.with_untracked(|wanted| wanted.text != text) {
            wanted.update(|wanted| wanted.text = text);
        }
    });

    let (rows, set_rows) = signal_local(Rc::new(Vec::new()));
    let (found, set_found) = signal(None::<usize>);
    Effect::new(move || {
        let query = wanted.with(|wanted| wanted.query(desk));
        let (listed, total) = desk.library(&query, usize::MAX);
        set_rows.set(Rc::new(listed));
        set_found.set(Some(total));
    });
    let downloading = first_download(desk);
    let count = move || match (found.get(), downloading.get()) {
        (Some(total), true) => format!("已下载 {} 条，还在下载…", grouped(total as u64)),
        (Some(total), false) => format!("共 {} 条", grouped(total as u64)),
        (None, _) => "\u{a0}".to_owned(),
    };
    let clear = Callback::new(move |()| {
        text.set(String::new());
        wanted.update(Wanted::clear);
    });
    let any = move || {
        let everything = Query {
            show: Show::All,
            ..Query::default()
        };
        desk.library(&everything, 0).1 > 0
    };
    let stopped = stopped(desk);
    let instead = move || Some(("现在不能接新的单".to_owned(), stopped.get()?));
    let empty = move || {
        (found.get() == Some(0)).then(|| view! {
            <Nothing any=Signal::derive(any) says=EMPTY instead=Signal::derive(instead) on_clear=clear />
        })
    };
    let filters = Memo::new(move |_| wanted.with(Wanted::filters));
    let sort = move || wanted.with(|w| sort_of(&w.sort));
    let set_sort = move |sort| wanted.update(|w| w.sort = sort_value(sort).to_owned());
    view! {
        <Shell title="项目库">
            <Search text=text placeholder="搜：村名、要什么…" />
            <Sifting
                filters=filters found=found counted="条" sorts=vec![Sort::New, Sort::Urgent, Sort::Deadline]
                sort=Signal::derive(sort) on_sort=set_sort on_clear=clear
            >
                <Choices wanted=wanted />
            </Sifting>
            <p class="count" role="status" data-testid="library-count">{count}</p>
            <VirtualList rows=rows label="需求" testid="library-row" row=library_row />
            {empty}
        </Shell>
    }
}

/// What the library can be filtered by.
#[component]
fn Choices(wanted: RwSignal<Wanted>) -> impl IntoView {
    let desk = use_desk();
    let counties =
        Memo::new(move |_| {
            let mut offers = any("所有县");
            let known = desk.counties().into_iter();
            offers.extend(known.map(|(code, name, open)| {
                Offer::new(code.to_string(), format!("{name}（{open}）"))
            }));
            offers
        });
    let lens = move || wanted.with(|w| w.lens.clone());
    let has_lenses = Memo::new(move |_| !desk.lenses().is_empty() || lens().is_some());
    let several = Memo::new(move |_| counties.with(Vec::len) > 2);
    let county = move || wanted.with(|w| w.county.map_or_else(String::new, |c| c.to_string()));
    let set_county = move |value: String| wanted.update(|w| w.county = value.parse().ok());
    let help = [Help::Capacity, Help::Relief].map(|help| {
        chip(
            help.choice(),
            move || wanted.with(|w| w.help == Some(help)),
            move || wanted.update(|w| w.help = (w.help != Some(help)).then_some(help)),
        )
    });
    let topics = Topic::ALL.map(|topic| {
        chip(
            topic_value(topic),
            move || wanted.with(|w| w.topic == Some(topic)),
            move || wanted.update(|w| w.topic = (w.topic != Some(topic)).then_some(topic)),
        )
    });
    let shows = [Show::Open, Show::Taken, Show::All].map(|show| {
        chip(
            show_name(show),
            move || wanted.with(|w| show_of(&w.show) == show),
            move || wanted.update(|w| w.show = show_value(show).to_owned()),
        )
    });
    view! {
        {group("需要哪种帮助", help)}
        {group("属于哪一类", topics)}
        {move || several.get().then(|| view! {
            <div class="chips" role="group" aria-label="哪个县">
                <Choice label="县" options=counties value=Signal::derive(county) on_choose=set_county />
            </div>
        })}
        {move || has_lenses.get().then(|| view! {
            <div class="chips" role="group" aria-label="哪份名录">
                <LensChoice chosen=Signal::derive(lens) on_choose=move |name| wanted.update(|w| w.lens = name) />
            </div>
        })}
        {group("接单情况", shows)}
    }
}

/// Why a member's organization takes no part now: then there is no library on its devices.
fn stopped(desk: Desk) -> Memo<Option<String>> {
    let org = match desk.actor().role {
        Role::Member { org, .. } => Some(Key::Organization(org)),
        _ => None,
    };
    let known = desk.entity(move || org);
    Memo::new(move |_| {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Organization(org) => {
                    may_take_part(Some(org)).err().map(|why| why.sentence())
                }
                _ => None,
            },
            Known::Reading | Known::Absent | Known::Newer => None,
        })
    })
}

fn show_name(show: Show) -> &'static str {
    match show {
        Show::Open => "还能接的",
        Show::Taken => "已接满的",
        Show::All => "全部需求",
    }
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
