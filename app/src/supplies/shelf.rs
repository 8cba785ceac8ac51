//! The supplies that may be picked: full-text search, filters and sorting on the device, as in the library of needs.

use crate::desk::use_desk;
use crate::supplies::cards::{OwnPick, picks, supplies, supply_row};
use crate::ui::filters::{chip, group, topic_value};
use crate::ui::need_row::waited;
use crate::ui::offline::first_download;
use crate::ui::place;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use crate::ui::sifting::{Empty, Nothing, Sifting, sort_of, sort_value};
use crate::ui::virtual_list::VirtualList;
use domain::library::{Query, Show, Sort};
use domain::money::grouped;
use domain::orders::OrderStage;
use domain::picks::PickStage;
use domain::{Department, Help, Level, Role, Topic};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// How many picks that are over are shown at first.
const OVER_SHOWN: usize = 3;

/// What is looked for, as it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    text: String,
    topic: Option<Topic>,
    help: Option<Help>,
    all: bool,
    sort: String,
}

impl Wanted {
    fn query(&self) -> Query {
        Query {
            text: self.text.clone(),
            county: None,
            lens: None,
            topic: self.topic,
            help: self.help,
            show: if self.all { Show::All } else { Show::Open },
            sort: sort_of(&self.sort),
        }
    }

    fn filters(&self) -> usize {
        let held = [self.topic.is_some(), self.help.is_some(), self.all];
        held.into_iter().filter(|is| *is).count()
    }
}

/// A village's supplies: its own picks first, then what may be picked.
#[component]
pub fn VillageShelf() -> impl IntoView {
    view! { <Shell title="供给库"><OwnPicks /><Shelf /></Shell> }
}

/// The supplies in a county: those that wait for its civil affairs bureau, then what its villages may pick.
#[component]
pub fn CountyShelf() -> impl IntoView {
    view! { <Shell title="供给项目"><ToScreen /><Shelf /></Shell> }
}

/// The supplies of a city's or the province's bureau: those that wait for it, those of the organizations that it registered, and the way to
/// all others, for which the server is asked.
#[component]
pub fn OwnLevelShelf() -> impl IntoView {
    view! {
        <Shell title="供给项目">
            <ToScreen />
            <section class="card" aria-label="全部供给项目">
                <div class="lines">
                    <a href="/office/supplies"><span>"全辖区的供给项目"</span><span class="meta">"各级登记的都在，要联网查"</span></a>
                </div>
            </section>
            <Shelf />
        </Shell>
    }
}

#[component]
fn OwnPicks() -> impl IntoView {
    let desk = use_desk();
    let all = Memo::new(move |_| {
        let Role::Village { place } = desk.actor().role else {
            return Vec::new();
        };
        picks(desk, |pick| pick.village == place.village)
    });
    let more = RwSignal::new(false);
    // What the village has to do or waits for; what is over comes after it, a few of them.
    let is_live = |card: &crate::supplies::cards::PickCard| match card.facts.stage {
        PickStage::Proposed => true,
        PickStage::Accepted => !matches!(
            card.order,
            Some(OrderStage::Confirmed | OrderStage::Released)
        ),
        PickStage::Declined | PickStage::Withdrawn => false,
    };
    let shown = move || {
        let (live, over): (Vec<_>, Vec<_>) = all.get().into_iter().partition(is_live);
        let most = if more.get() { usize::MAX } else { OVER_SHOWN };
        let over = over.into_iter().take(most);
        live.into_iter().chain(over).collect::<Vec<_>>()
    };
    let hidden = move || all.with(Vec::len).saturating_sub(shown().len());
    move || {
        (!all.with(Vec::is_empty)).then(|| view! {
            <section class="stack" aria-labelledby="own-picks">
                <h2 id="own-picks">"我们点的"</h2>
                <div class="list">
                    {move || shown().into_iter().map(|card| view! { <OwnPick card=card /> }).collect_view()}
                </div>
                {move || (hidden() > 0).then(|| view! {
                    <button class="btn is-quiet is-wide" on:click=move |_| more.set(true)>
                        {format!("再看 {} 份", hidden())}
                    </button>
                })}
            </section>
        })
    }
}

#[component]
fn ToScreen() -> impl IntoView {
    let desk = use_desk();
    let Role::Bureau {
        region, department, ..
    } = desk.actor().role
    else {
        return ().into_any();
    };
    let waiting = Memo::new(move |_| {
        let mut waiting = supplies(desk, |supply| {
            supply.asks_registrar() && supply.registered_in == region
        });
        waiting.reverse();
        waiting
    });
    let title = match department {
        Department::CivilAffairs => "等你审核",
        Department::RuralRevitalization => "等民政部门审核",
    };
    let cards = move || {
        let card = |(id, supply, unsent): (
            domain::SupplyId,
            domain::supplies::SupplySummary,
            bool,
        )| {
            let meta = format!(
                "{} · {} · {}",
                supply.texts.org_name,
                supply.facts.action.label(),
                supply.facts.topic.label()
            );
            let (class, pill) = match unsent {
                true => ("pill is-wait", "等待发送".to_owned()),
                false => ("pill is-you", waited(supply.facts.at, desk.now())),
            };
            view! {
                <a class="card" href=format!("/supplies/{id}") data-testid="supply-to-screen">
                    <div class="row is-top"><h3>{supply.texts.title.clone()}</h3><span class=class>{pill}</span></div>
                    <p class="meta">{meta}</p>
                    <p class="one-line">{format!("每村 {}，{} 个名额", supply.texts.per_place, supply.facts.places)}</p>
                </a>
            }
        };
        waiting.get().into_iter().map(card).collect_view()
    };
    view! {
        <section class="stack" aria-labelledby="to-screen">
            <h2 id="to-screen">{title}" "<span class="meta">{move || waiting.with(Vec::len)}</span></h2>
            <div class="list">{cards}</div>
            {move || waiting.with(Vec::is_empty).then(|| view! {
                <p class="meta">"没有等审核的。在这里登记的组织发来供给项目，会出现在这里。"</p>
            })}
        </section>
    }
    .into_any()
}

const EMPTY: Empty = Empty {
    downloading: ("正在下载供给项目…", "下载好以后，没有网络也能查。"),
    not_downloaded: (
        "供给项目还没有下载",
        "第一次要用网络下载。下载好以后，没有网络也能查。",
    ),
    not_found: ("没有合适的项目", "换个词，或清除筛选。"),
    none_yet: (
        "还没有能到这里的项目",
        "社会组织写的供给项目经民政部门审核后，会自动出现在这里。",
    ),
};

/// The list with its search box and filters.
#[component]
fn Shelf() -> impl IntoView {
    let desk = use_desk();
    let wanted = place::kept(desk.scope(), "supplies", Wanted::default());
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
        let query = wanted.with(Wanted::query);
        let (listed, total) = desk.supplies(&query, usize::MAX);
        set_rows.set(Rc::new(listed));
        set_found.set(Some(total));
    });
    let downloading = first_download(desk);
    let count = move || match (found.get(), downloading.get()) {
        (Some(total), true) => format!("已下载 {} 个，还在下载…", grouped(total as u64)),
        (Some(total), false) => format!("共 {} 个项目", grouped(total as u64)),
        (None, _) => "\u{a0}".to_owned(),
    };
    let clear = Callback::new(move |()| {
        text.set(String::new());
        wanted.update(|wanted| {
            *wanted = Wanted {
                all: true,
                sort: std::mem::take(&mut wanted.sort),
                ..Wanted::default()
            };
        });
    });
    let any = move || {
        let everything = Query {
            show: Show::All,
            ..Query::default()
        };
        desk.supplies(&everything, 0).1 > 0
    };
    let empty = move || {
        (found.get() == Some(0))
            .then(|| view! { <Nothing any=Signal::derive(any) says=EMPTY on_clear=clear /> })
    };
    let filters = Memo::new(move |_| wanted.with(Wanted::filters));
    let sort = move || wanted.with(|w| sort_of(&w.sort));
    let set_sort = move |sort| wanted.update(|w| w.sort = sort_value(sort).to_owned());
    let is_village = matches!(desk.actor().role, Role::Village { .. });
    let title = match desk.actor().role {
        _ if is_village => "可以点的项目",
        Role::Bureau { region, .. } if region.level() < Level::County => "本级登记、面向全境的项目",
        _ => "各村能点的项目",
    };
    view! {
        <h2>{title}</h2>
        <Search text=text placeholder="搜：要什么、哪家组织…" />
        <Sifting
            filters=filters found=found counted="个项目" sorts=vec![Sort::New, Sort::Deadline]
            sort=Signal::derive(sort) on_sort=set_sort on_clear=clear
        >
            <Choices wanted=wanted />
        </Sifting>
        <p class="count" role="status" data-testid="supplies-count">{count}</p>
        <VirtualList rows=rows label="供给项目" testid="supply-row" row=supply_row />
        {empty}
    }
}

#[component]
fn Choices(wanted: RwSignal<Wanted>) -> impl IntoView {
    let help = [
        (Help::Relief, "给钱给物（输血）"),
        (Help::Capacity, "教技术、帮销路（造血）"),
    ]
    .map(|(help, name)| {
        chip(
            name,
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
    let shows = [(false, "还有名额的"), (true, "全部项目")].map(|(all, name)| {
        chip(
            name,
            move || wanted.with(|w| w.all == all),
            move || wanted.update(|w| w.all = all),
        )
    });
    view! {
        {group("怎么帮", help)}
        {group("属于哪一类", topics)}
        {group("名额", shows)}
    }
}
