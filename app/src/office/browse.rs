//! The page that browses needs on the server (keyset paging), for regions too large for a replica. What is looked for stands in the
//! address, so that it survives a reload, the way back, and being sent to a colleague.

use crate::desk::{Desk, use_desk};
use crate::device::history;
use crate::device::paper::printing;
use crate::ui::choice::{Choice, Offer};
use crate::ui::filters::{any, stage_of, stages, topic_of, topics};
use crate::ui::need_row::stage_pill;
use crate::ui::not_answered::NotAnswered;
use crate::ui::place;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use crate::ui::wide::wide;
use crate::words;
use api::{ApiError, BrowseRequest, County};
use domain::money::grouped;
use domain::needs::NeedStage;
use domain::{Kind, Level, Need, RegionCode, Role, Topic};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The page size of a query.
const PAGE: u32 = 50;
/// The server gives at most so many at once.
const MOST: u32 = 100;
/// The server is asked this long after the last keystroke (debounce).
const TYPING: Duration = Duration::from_millis(350);

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    text: String,
    region: Option<RegionCode>,
    topic: Option<Topic>,
    stage: Option<NeedStage>,
}

impl Wanted {
    /// What the address says; nothing if it says nothing.
    fn read(query: &ParamsMap) -> Option<Self> {
        let of = |name: &str| query.get(name).filter(|value| !value.is_empty());
        let wanted = Self {
            text: of("q").unwrap_or_default(),
            region: of("county").and_then(|code| code.parse().ok()),
            topic: of("topic").and_then(|topic| topic_of(&topic)),
            stage: of("stage").and_then(|stage| stage_of(&stage)),
        };
        (wanted != Self::default()).then_some(wanted)
    }

    /// As the address of a page.
    fn address(&self, page: &str) -> String {
        let mut query = ParamsMap::new();
        if !self.text.trim().is_empty() {
            query.insert("q", self.text.trim().to_owned());
        }
        if let Some(region) = self.region {
            query.insert("county", region.to_string());
        }
        if let Some(topic) = self.topic {
            query.insert("topic", topic.label().to_owned());
        }
        if let Some(stage) = self.stage {
            query.insert("stage", stage.label().to_owned());
        }
        format!("{page}{}", query.to_query_string())
    }

    fn request(&self, after: Option<String>) -> BrowseRequest {
        BrowseRequest {
            region: self.region,
            topic: self.topic,
            stage: self.stage,
            text: self.text.trim().to_owned(),
            after,
            limit: Some(PAGE),
            ..BrowseRequest::default()
        }
    }
}

/// What the server has answered so far.
#[derive(Clone, Copy)]
struct Answers {
    desk: Desk,
    needs: RwSignal<Vec<Need>>,
    next: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<ApiError>>,
    /// All counties of the region, to choose from.
    counties: RwSignal<Vec<County>>,
    /// How many a newer version wrote, which this one cannot show.
    newer: RwSignal<usize>,
    /// The number of the latest query. Late answers to older ones are dropped.
    asked: StoredValue<u64>,
}

impl Answers {
    fn new(desk: Desk) -> Self {
        Self {
            desk,
            needs: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(true),
            trouble: RwSignal::new(None),
            counties: RwSignal::new(Vec::new()),
            newer: RwSignal::new(0),
            asked: StoredValue::new(0),
        }
    }

    /// Asks for as many needs as were shown, or for one page after `after`.
    fn ask(self, wanted: &Wanted, shown: usize, after: Option<String>) {
        let mut first = after.is_none();
        let mut request = wanted.request(after);
        let mut missing = u32::try_from(shown).unwrap_or(PAGE).max(PAGE);
        self.asked.update_value(|n| *n += 1);
        let question = self.asked.get_value();
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            while missing > 0 {
                request.limit = Some(missing.min(MOST));
                let answer = self.desk.browse(request.clone()).await;
                if self.asked.try_get_value() != Some(question) {
                    return;
                }
                let page = match answer {
                    Ok(page) => page,
                    Err(error) => {
                        self.trouble.try_set(Some(error));
                        break;
                    }
                };
                let (found, newer) = page.read();
                self.newer
                    .try_update(|n| *n = if first { newer } else { *n + newer });
                self.needs.try_update(|needs| {
                    if first {
                        needs.clear();
                    }
                    needs.extend(found);
                });
                missing = missing.saturating_sub(MOST);
                if page.next.is_none() {
                    missing = 0;
                }
                request.after.clone_from(&page.next);
                self.next.try_set(page.next);
                first = false;
                if self.counties.try_with(Vec::is_empty) == Some(true) {
                    self.ask_counties();
                }
            }
            self.busy.try_set(false);
        });
    }

    /// Asks which counties there are. Without an answer they are asked for again with the next question.
    fn ask_counties(self) {
        spawn_local(async move {
            let request = BrowseRequest {
                counties: true,
                ..BrowseRequest::default()
            };
            if let Ok(answer) = self.desk.browse(request).await {
                self.counties.try_set(answer.counties);
            }
        });
    }
}

/// What is looked for, kept in the address and, for whoever comes back by a tab, in the tab.
fn wanted() -> RwSignal<Wanted> {
    let asked = use_query_map().with_untracked(Wanted::read);
    let wanted = place::kept(use_desk().scope(), "browse", Wanted::default());
    if let Some(asked) = asked {
        wanted.set(asked);
    }
    let navigate = use_navigate();
    Effect::new(move || {
        let address = wanted.with(|wanted| wanted.address("/"));
        let navigate = navigate.clone();
        // The page is being put into the history while it is made.
        history::when_settled(move || {
            let here = window().location();
            let shown = here.pathname().unwrap_or_default() + &here.search().unwrap_or_default();
            if wanted.try_get_untracked().is_some()
                && here.pathname().as_deref() == Ok("/")
                && shown != address
            {
                let options = NavigateOptions {
                    replace: true,
                    scroll: false,
                    ..NavigateOptions::default()
                };
                navigate(&address, options);
            }
        });
    });
    wanted
}

/// Needs of a region that is too large to be kept on a device: asked for page by page, with a network only.
#[component]
pub fn Browse() -> impl IntoView {
    let wanted = wanted();
    let text = RwSignal::new(wanted.with_untracked(|wanted| wanted.text.clone()));
    let shown = place::kept(use_desk().scope(), "browse-shown", 0_usize);
    let answers = Answers::new(use_desk());

    let typed = StoredValue::new(0_u64);
    Effect::new(move |before: Option<()>| {
        let text = text.get();
        typed.update_value(|n| *n += 1);
        let at = typed.get_value();
        if before.is_some() {
            set_timeout(
                move || {
                    if typed.try_get_value() == Some(at) {
                        wanted.try_update(|wanted| wanted.text = text);
                    }
                },
                TYPING,
            );
        }
    });
    Effect::new(move |before: Option<()>| {
        // As many as were there when the page was left; a new question begins anew.
        let most = if before.is_none() {
            shown.get_untracked()
        } else {
            0
        };
        wanted.with(|wanted| answers.ask(wanted, most, None));
    });
    Effect::new(move |before: Option<()>| {
        let there = answers.needs.with(Vec::len);
        if before.is_some() {
            shown.set(there);
        }
    });

    let more = move || {
        answers.next.get().filter(|_| !answers.busy.get()).map(|next| view! {
            <button
                class="btn is-quiet is-wide"
                on:click=move |_| wanted.with_untracked(|w| answers.ask(w, 0, Some(next.clone())))
            >
                "再看 50 条"
            </button>
        })
    };
    let (wide, paper) = (wide(), printing());
    let as_table = Memo::new(move |_| wide.get() || paper.get());
    let list = move || {
        if as_table.get() {
            view! { <Table answers=answers /> }.into_any()
        } else {
            view! { <Cards answers=answers /> }.into_any()
        }
    };
    let nothing = move || {
        let none = answers.needs.with(Vec::is_empty) && answers.newer.get() == 0;
        (none && !answers.busy.get() && answers.trouble.with(Option::is_none)).then(|| {
            view! {
                <div class="empty">
                    <h2>"没有这样的需求"</h2>
                    <p>"换个词，或放宽筛选。"</p>
                </div>
            }
        })
    };
    let newer = move || {
        let newer = answers.newer.get();
        (newer > 0).then(|| {
            view! {
                <p class="meta">{format!("还有 {newer} 条是新版乡单写的，更新后才能看。")}</p>
            }
        })
    };
    // Paper has no button: it says that there is more.
    let rest = move || {
        (paper.get() && answers.next.with(Option::is_some)).then(|| {
            let there = answers.needs.with(Vec::len);
            view! { <p class="meta">{format!("以上是最近的 {there} 条，后面还有，没有打印。")}</p> }
        })
    };
    let again = Callback::new(move |()| wanted.with_untracked(|w| answers.ask(w, 0, None)));
    let trouble = move || {
        let error = answers.trouble.get();
        error.map(|error| view! { <NotAnswered error=error again=again /> })
    };
    let busy = move || {
        answers.busy.get().then(|| {
            view! {
                <div class="card skeleton" aria-label="正在查"><i></i><i></i><i></i></div>
            }
        })
    };
    view! {
        <Shell title="需求" wide=true>
            <Search text=text placeholder="搜：村名、要什么…" />
            <Filters wanted=wanted answers=answers />
            {list}
            {busy}
            {trouble}
            {newer}
            {nothing}
            {rest}
            {more}
        </Shell>
    }
}

/// The counties under their cities, each with the number of its needs. The chosen one is there before they are known.
fn county_offers(counties: &[County], chosen: Option<RegionCode>) -> Vec<Offer> {
    let mut offers = any("所有县");
    let unknown = chosen.filter(|chosen| counties.iter().all(|county| county.code != *chosen));
    offers.extend(unknown.map(|chosen| Offer::new(chosen.to_string(), "已选的县")));
    offers.extend(counties.iter().map(|county| Offer {
        under: Some(county.city_name.clone()),
        ..Offer::new(
            county.code.to_string(),
            format!("{}（{}）", county.name, grouped(county.needs)),
        )
    }));
    offers
}

#[component]
fn Filters(wanted: RwSignal<Wanted>, answers: Answers) -> impl IntoView {
    let counties = move || {
        let chosen = wanted.with(|w| w.region);
        answers
            .counties
            .with(|counties| county_offers(counties, chosen))
    };
    let region = move || wanted.with(|w| w.region.map_or_else(String::new, |r| r.to_string()));
    let topic = move || wanted.with(|w| w.topic.map_or("", Topic::label).to_owned());
    let stage = move || wanted.with(|w| w.stage.map_or("", NeedStage::label).to_owned());
    let set_region = move |value: String| wanted.update(|w| w.region = value.parse().ok());
    let set_topic = move |value: String| wanted.update(|w| w.topic = topic_of(&value));
    let set_stage = move |value: String| wanted.update(|w| w.stage = stage_of(&value));
    view! {
        <div class="chips is-line" role="group" aria-label="筛选">
            <Choice
                label="县" options=Signal::derive(counties) value=Signal::derive(region)
                on_choose=set_region
            />
            <Choice label="阶段" options=stages() value=Signal::derive(stage) on_choose=set_stage />
            <Choice label="类别" options=topics() value=Signal::derive(topic) on_choose=set_topic />
        </div>
    }
}

/// On a phone: each need a card that opens it.
#[component]
fn Cards(answers: Answers) -> impl IntoView {
    let today = use_desk().today();
    let card = move |need: Need| {
        let (class, word) = stage_pill(&need.summary().facts);
        let place = format!("{} · {}", need.place.city_name, need.place.line());
        let meta = words::need_meta(&need, today);
        view! {
            <li data-testid="browse-row">
                <a class="card" href=format!("/needs/{}", need.id)>
                    <div class="row is-top"><h2>{need.content.title}</h2><span class=class>{word}</span></div>
                    <p class="meta">{place}</p>
                    <p class="meta">{meta}</p>
                </a>
            </li>
        }
    };
    let key = |need: &Need| (need.id, need.updated_at);
    view! {
        <ul class="list" aria-label="需求" aria-busy=move || answers.busy.get().to_string()>
            <For each=move || answers.needs.get() key=key children=card />
        </ul>
    }
}

/// Where there is room, and on paper: one line for each need.
#[component]
fn Table(answers: Answers) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    // In one city its name would stand in every line.
    let of_province = matches!(desk.actor().role, Role::Bureau { region, .. } if region.level() == Level::Province);
    let line = move |need: Need| {
        let (class, word) = stage_pill(&need.summary().facts);
        let missing = match words::left(&need) {
            Some(left) if need.state.stage() == NeedStage::Published => left,
            _ => String::new(),
        };
        view! {
            <tr class="is-link" data-testid="browse-row">
                <td><a href=format!("/needs/{}", need.id)>{need.content.title}</a></td>
                {of_province.then(|| view! { <td class="is-short">{need.place.city_name}</td> })}
                <td>{need.place.county_name}</td>
                <td>{format!("{} {}", need.place.town_name, need.place.village_name)}</td>
                <td>{need.content.topic.label()}</td>
                <td class="is-short"><span class=class>{word}</span></td>
                <td>{missing}</td>
                <td class="is-short">{words::day(need.content.deadline, today)}</td>
            </tr>
        }
    };
    let key = |need: &Need| (need.id, need.updated_at);
    view! {
        <div class="card table-wrap">
            <table class="table" aria-label="需求" aria-busy=move || answers.busy.get().to_string()>
                <thead>
                    <tr>
                        <th scope="col">"需要什么"</th>{of_province.then(|| view! { <th scope="col">"市州"</th> })}
                        <th scope="col">"县"</th>
                        <th scope="col">"村"</th><th scope="col">"类别"</th><th scope="col">"进展"</th>
                        <th scope="col">"还差"</th><th scope="col">"最晚"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || answers.needs.get() key=key children=line />
                </tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_county_can_be_seen_before_the_counties_are_known() {
        let chosen = "431230000000".parse().ok();
        let offers = county_offers(&[], chosen);
        let values: Vec<&str> = offers.iter().map(|offer| offer.value.as_str()).collect();
        assert_eq!(values, ["", "431230000000"]);
        assert_eq!(county_offers(&[], None).len(), 1);
    }
}
