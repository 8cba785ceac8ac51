//! The needs that wait to be screened, and the list of them.

use crate::desk::{Desk, use_desk};
use crate::device::paper::printing;
use crate::review::decision::{other_department, own_department};
use crate::review::many::{Many, Several};
use crate::ui::choice::{Choice, Offer};
use crate::ui::filters::{any, topic_of, topic_value, topics};
use crate::ui::lens::LensChoice;
use crate::ui::need_row::waited;
use crate::ui::place::kept;
use domain::asks::asks;
use domain::designations::Lens;
use domain::needs::NeedStage;
use domain::{Facts, Key, Level, Millis, NeedId, RegionCode, Topic};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use sync::replica::ListItem;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// How many waiting needs are rendered at first, and how many more each time.
const PICKS: usize = 100;

/// A need that waits to be screened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The need.
    pub id: NeedId,
    title: String,
    meta: String,
    urgent: bool,
    at: Millis,
    topic: Topic,
    village: RegionCode,
    town_name: String,
}

impl Pick {
    fn town(&self) -> RegionCode {
        self.village.at(Level::Town)
    }
}

/// What an officer looks for among the needs that wait, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    town: Option<RegionCode>,
    topic: Option<Topic>,
    urgent: bool,
    /// Only where this designation holds.
    lens: Option<String>,
}

impl Wanted {
    fn fits(&self, pick: &Pick, lens: Option<&Lens>) -> bool {
        self.town.is_none_or(|town| town == pick.town())
            && lens.is_none_or(|lens| lens.shows(pick.village))
            && self.topic.is_none_or(|topic| topic == pick.topic)
            && (!self.urgent || pick.urgent)
    }

    fn is_any(&self) -> bool {
        *self == Self::default()
    }
}

/// The needs that wait: urgent ones first, then the longest wait.
fn picks(desk: Desk, waits: impl Fn(&Facts) -> bool) -> Vec<Pick> {
    let pick = |item: ListItem| {
        let (Key::Need(id), Some(need)) = (item.key, item.summary.need()) else {
            return None;
        };
        Some(Pick {
            id,
            title: need.texts.title.clone(),
            meta: format!("{} · {}", need.texts.village_name, need.facts.topic.label()),
            urgent: need.facts.urgent,
            at: need.facts.at,
            topic: need.facts.topic,
            village: need.facts.village,
            town_name: need.texts.town_name.clone(),
        })
    };
    let mut picks: Vec<Pick> = desk.list(waits).into_iter().filter_map(pick).collect();
    picks.sort_by_key(|p| (!p.urgent, p.at, p.id));
    picks
}

/// The needs that wait, by whose word they wait for.
#[derive(Clone, Copy)]
pub struct Waiting {
    /// Those that wait for this officer's department, whatever is looked for.
    pub all: Memo<Vec<Pick>>,
    /// What is looked for among them.
    pub wanted: RwSignal<Wanted>,
    /// Those of them that are looked for: urgent ones first, then the longest wait.
    pub list: Memo<Vec<Pick>>,
    /// Those to which this department has agreed, and the other one not yet.
    pub with_other: Memo<Vec<Pick>>,
}

impl Waiting {
    /// What waits for this officer: the question that the badge counts.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let own = own_department(desk);
        let agreed = move |facts: &Facts| {
            matches!(facts, Facts::Need(need) if need.stage == NeedStage::Submitted
                && own.is_some_and(|own| need.agreed.has(own)))
        };
        let all = Memo::new(move |_| {
            let actor = desk.actor();
            picks(desk, |facts| asks(facts, &actor))
        });
        let wanted = kept(desk.scope(), "inbox", Wanted::default());
        Self {
            all,
            wanted,
            list: Memo::new(move |_| {
                let wanted = wanted.get();
                let lens = wanted.lens.as_deref().map(|name| desk.lens(name));
                let fits = |pick: &&Pick| wanted.fits(pick, lens.as_ref());
                all.with(|all| all.iter().filter(fits).cloned().collect())
            }),
            with_other: Memo::new(move |_| picks(desk, agreed)),
        }
    }
}

/// The list of the needs that wait.
#[component]
pub fn Picks(
    /// The needs.
    waiting: Waiting,
    /// The one that is opened.
    opened: Memo<Option<NeedId>>,
) -> impl IntoView {
    let Waiting {
        list, with_other, ..
    } = waiting;
    let many = Many::new(list);
    let desk = use_desk();
    let other = other_department(own_department(desk));
    let others = move || {
        with_other.with(|with_other| {
            (!with_other.is_empty()).then(|| {
                let links = with_other
                    .iter()
                    .map(|pick| view! {
                        <a href=format!("?need={}", pick.id) data-noscroll=""><span>{pick.title.clone()}</span></a>
                    })
                    .collect_view();
                view! { <h2 class="meta">{format!("已同意，等{other}")}</h2><div class="lines">{links}</div> }
            })
        })
    };
    let (most, paper) = (kept(desk.scope(), "inbox-shown", PICKS), printing());
    // The opened one is always among them, however far the keyboard has gone.
    let shown = Memo::new(move |_| {
        list.with(|list| {
            let opened = opened.get();
            let at = list.iter().position(|pick| Some(pick.id) == opened);
            let most = if paper.get() { usize::MAX } else { most.get() };
            let most = most.max(at.map_or(0, |at| at + 1));
            list.iter().take(most).cloned().collect::<Vec<_>>()
        })
    });
    let hidden = move || list.with(Vec::len).saturating_sub(shown.with(Vec::len));
    view! {
        <nav class="card split-list picks" aria-label="等待审核的需求">
            <Filters waiting=waiting />
            <p class="count">{move || format!("共 {} 条，急的在前，再按等得久的", list.with(Vec::len))}</p>
            <Several many=many />
            <For each=move || shown.get() key=|pick| pick.id let:pick>
                <PickLink pick=pick opened=opened many=many />
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
fn PickLink(pick: Pick, opened: Memo<Option<NeedId>>, many: Many) -> impl IntoView {
    let desk = use_desk();
    let id = pick.id;
    let label = format!("选 {}", pick.title);
    let choice = move || {
        many.on.get().then(|| {
            let chosen = Memo::new(move |_| many.chosen.with(|chosen| chosen.contains(&id)));
            view! {
                <label class="check pick-check">
                    <input
                        type="checkbox" aria-label=label.clone() prop:checked=move || chosen.get()
                        on:change=move |_| many.toggle(id)
                    />
                </label>
            }
        })
    };
    let current = move || (opened.get() == Some(id)).then_some("true");
    let wait = waited(pick.at, desk.now());
    view! {
        {choice}
        <a
            class="pick" id=format!("pick-{id}") href=format!("?need={id}") aria-current=current
            data-noscroll=""
        >
            <span><b>{pick.title}</b><span class="meta">{pick.meta}</span></span>
            <span class="meta">
                {pick.urgent.then(|| view! { <span class="pill is-alert">"急"</span>" " })}
                {wait}
            </span>
        </a>
    }
}

/// What is looked for: a town, a topic, only what is urgent.
#[component]
fn Filters(waiting: Waiting) -> impl IntoView {
    let Waiting { all, wanted, .. } = waiting;
    let towns = Signal::derive(move || {
        let mut towns: Vec<(RegionCode, String)> = all.with(|all| {
            all.iter()
                .map(|p| (p.town(), p.town_name.clone()))
                .collect()
        });
        towns.sort();
        towns.dedup_by_key(|(town, _)| *town);
        let mut offers = any("所有乡镇");
        offers.extend(
            towns
                .into_iter()
                .map(|(town, name)| Offer::new(town.to_string(), name)),
        );
        offers
    });
    let town = Signal::derive(move || {
        wanted.with(|w| w.town.map_or_else(String::new, |town| town.to_string()))
    });
    let topic = Signal::derive(move || {
        wanted.with(|w| {
            w.topic
                .map_or_else(String::new, |t| topic_value(t).to_owned())
        })
    });
    let lens = move || wanted.with(|w| w.lens.clone());
    let choose_town = move |value: String| wanted.update(|w| w.town = value.parse().ok());
    let choose_topic = move |value: String| wanted.update(|w| w.topic = topic_of(&value));
    let hides =
        move || {
            let hidden = all
                .with(Vec::len)
                .saturating_sub(waiting.list.with(Vec::len));
            (hidden > 0 && wanted.with(|w| !w.is_any())).then(|| view! {
            <button class="link" type="button" on:click=move |_| wanted.set(Wanted::default())>
                {format!("另有 {hidden} 条没显示，看全部")}
            </button>
        })
        };
    view! {
        <div class="chips is-line" role="group" aria-label="筛选">
            <Choice label="乡镇" options=towns value=town on_choose=choose_town />
            <Choice label="类别" options=topics() value=topic on_choose=choose_topic />
            <LensChoice chosen=Signal::derive(lens) on_choose=move |name| wanted.update(|w| w.lens = name) />
            <label class="chip">
                <input
                    type="checkbox" prop:checked=move || wanted.with(|w| w.urgent)
                    on:change:target=move |event| {
                        let urgent = event.target().checked();
                        wanted.update(|w| w.urgent = urgent);
                    }
                />
                <span>"只看急的"</span>
            </label>
        </div>
        {hides}
    }
}

/// Scrolls the need chosen by keyboard into view.
pub fn show_pick(id: NeedId) {
    request_animation_frame(move || {
        let found = document().get_element_by_id(&format!("pick-{id}"));
        if let Some(element) = found.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            let _focused = element.focus();
        }
    });
}
