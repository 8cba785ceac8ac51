//! The pages that browse needs, orders and organizations on the server (keyset paging), for regions too large for a replica. What is looked
//! for stands in the address, so that it survives a reload, the way back, and being sent to a colleague. The last answers can be read
//! without a network.

use crate::desk::{Desk, use_desk};
use crate::device::history;
use crate::device::paper::printing;
use crate::office::found::{Found, card, head, line};
use crate::ui::as_of::AsOf;
use crate::ui::choice::{Choice, Offer};
use crate::ui::filters::{any, topic_of, topics};
use crate::ui::not_answered::NotAnswered;
use crate::ui::place;
use crate::ui::search::Search;
use crate::ui::shell::Shell;
use crate::ui::wide::wide;
use api::{ApiError, BrowseRequest, County, DesignationsAnswer, DesignationsRequest};
use domain::figures::{ALL, Figure, figures};
use domain::money::grouped;
use domain::{EntityKind, Level, Millis, RegionCode, Role, Topic};
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

/// What a page finds.
pub struct Finds {
    kind: EntityKind,
    /// Its address.
    page: &'static str,
    title: &'static str,
    /// Under which name the tab keeps what is looked for.
    place: &'static str,
    placeholder: &'static str,
    none: &'static str,
}

/// The home of a city's and the province's officers.
static HOME: Finds = Finds {
    kind: EntityKind::Need,
    page: "/",
    title: "需求",
    place: "browse",
    placeholder: "搜：村名、要什么…",
    none: "没有这样的需求",
};
static NEEDS: Finds = Finds {
    page: "/office/needs",
    place: "found-needs",
    ..HOME
};
static ORDERS: Finds = Finds {
    kind: EntityKind::Order,
    page: "/office/orders",
    title: "接单",
    place: "found-orders",
    placeholder: "搜：村名、要什么、谁接的…",
    none: "没有这样的接单",
};
static SUPPLIES: Finds = Finds {
    kind: EntityKind::Supply,
    page: "/office/supplies",
    title: "供给项目",
    place: "found-supplies",
    placeholder: "搜：项目、哪家组织…",
    none: "没有这样的供给项目",
};
static ORGANIZATIONS: Finds = Finds {
    kind: EntityKind::Organization,
    page: "/office/organizations",
    title: "社会组织",
    place: "found-organizations",
    placeholder: "搜：名称、信用代码…",
    none: "没有这样的组织",
};

/// The needs of a region too large for a replica: its officers' home.
#[component]
pub fn Browse() -> impl IntoView {
    view! { <Find finds=&HOME /> }
}

/// Needs behind a number of a region.
#[component]
pub fn FoundNeeds() -> impl IntoView {
    view! { <Find finds=&NEEDS /> }
}

/// Orders behind a number of a region.
#[component]
pub fn FoundOrders() -> impl IntoView {
    view! { <Find finds=&ORDERS /> }
}

/// Supplies behind a number of a region.
#[component]
pub fn FoundSupplies() -> impl IntoView {
    view! { <Find finds=&SUPPLIES /> }
}

/// Organizations behind a number of a region.
#[component]
pub fn FoundOrganizations() -> impl IntoView {
    view! { <Find finds=&ORGANIZATIONS /> }
}

/// The address of the list behind a number: the same question, so the same number.
#[must_use]
pub fn list_of(kind: EntityKind, region: RegionCode, figure: &str) -> Option<String> {
    let (page, query) = question_of(kind, region, figure, false)?;
    Some(address(page, &query))
}

/// The same of what belongs to the region as a whole, nothing that lies below it.
#[must_use]
pub fn own_list_of(kind: EntityKind, region: RegionCode, figure: &str) -> Option<String> {
    let (page, query) = question_of(kind, region, figure, true)?;
    Some(address(page, &query))
}

/// What stands behind the question mark, in order.
type Query = Vec<(&'static str, String)>;

/// Whatever a value holds, the address gives it back (percent-encoding).
fn address(page: &str, query: &[(&'static str, String)]) -> String {
    let encoded = |(name, value): &(&str, String)| {
        format!(
            "{name}={}",
            String::from(js_sys::encode_uri_component(value))
        )
    };
    let query: Vec<String> = query.iter().map(encoded).collect();
    match query.is_empty() {
        true => page.to_owned(),
        false => format!("{page}?{}", query.join("&")),
    }
}

/// The page and the question behind a number.
pub(super) fn question_of(
    kind: EntityKind,
    region: RegionCode,
    figure: &str,
    own: bool,
) -> Option<(&'static str, Query)> {
    let finds = [&NEEDS, &ORDERS, &SUPPLIES, &ORGANIZATIONS];
    let finds = finds.into_iter().find(|finds| finds.kind == kind)?;
    let wanted = Wanted {
        region: Some(region),
        own,
        stage: (figure != ALL).then(|| figure.to_owned()),
        ..Wanted::default()
    };
    Some((finds.page, wanted.query(finds.kind)))
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Wanted {
    text: String,
    region: Option<RegionCode>,
    /// Only what belongs to the region as a whole.
    own: bool,
    topic: Option<Topic>,
    /// The figure: a stage, or what else is counted.
    stage: Option<String>,
    /// Only where this designation holds.
    lens: Option<String>,
}

/// The figures of a kind that are chosen from; everything is the first choice by itself.
fn choices(kind: EntityKind) -> impl Iterator<Item = Figure> {
    figures(kind)
        .into_iter()
        .filter(|figure| figure.name != ALL)
}

impl Wanted {
    /// What the address says; nothing if it says nothing.
    fn read(query: &ParamsMap, kind: EntityKind) -> Option<Self> {
        let of = |name: &str| query.get(name).filter(|value| !value.is_empty());
        let wanted = Self {
            text: of("q").unwrap_or_default(),
            region: of("county").and_then(|code| code.parse().ok()),
            own: of("own").is_some(),
            topic: of("topic").and_then(|topic| topic_of(&topic)),
            stage: of("stage").and_then(|label| {
                let mut choices = choices(kind);
                choices
                    .find(|c| c.label == label)
                    .map(|c| c.name.to_owned())
            }),
            lens: of("list"),
        };
        (wanted != Self::default()).then_some(wanted)
    }

    /// As the address of a page.
    fn address(&self, finds: &Finds) -> String {
        address(finds.page, &self.query(finds.kind))
    }

    fn query(&self, kind: EntityKind) -> Query {
        let mut query = Query::new();
        if !self.text.trim().is_empty() {
            query.push(("q", self.text.trim().to_owned()));
        }
        if let Some(region) = self.region {
            query.push(("county", region.to_string()));
        }
        if self.own {
            query.push(("own", "1".to_owned()));
        }
        if let Some(topic) = self.topic {
            query.push(("topic", topic.label().to_owned()));
        }
        let figure = choices(kind).find(|c| Some(c.name) == self.stage.as_deref());
        if let Some(figure) = figure {
            query.push(("stage", figure.label.to_owned()));
        }
        if let Some(lens) = &self.lens {
            query.push(("list", lens.clone()));
        }
        query
    }

    fn request(&self, kind: EntityKind, after: Option<String>) -> BrowseRequest {
        BrowseRequest {
            kind: (kind != EntityKind::Need).then_some(kind),
            region: self.region,
            own: self.own,
            topic: self.topic,
            figure: self.stage.clone(),
            designation: self.lens.clone(),
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
    finds: &'static Finds,
    needs: RwSignal<Vec<Found>>,
    /// How many there are in all, if the region's number says so.
    count: RwSignal<Option<u64>>,
    /// The name of the region that was asked for.
    region_name: RwSignal<String>,
    /// When the server said what is shown, if it cannot be asked now.
    kept: RwSignal<Option<Millis>>,
    /// The names of the lists of designations.
    lenses: RwSignal<Vec<String>>,
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
    fn new(desk: Desk, finds: &'static Finds) -> Self {
        Self {
            desk,
            finds,
            count: RwSignal::new(None),
            region_name: RwSignal::new(String::new()),
            kept: RwSignal::new(None),
            lenses: RwSignal::new(Vec::new()),
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
        let mut request = wanted.request(self.finds.kind, after);
        let mut missing = u32::try_from(shown).unwrap_or(PAGE).max(PAGE);
        self.asked.update_value(|n| *n += 1);
        let question = self.asked.get_value();
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            while missing > 0 {
                request.limit = Some(missing.min(MOST));
                let answer = self.desk.look_up(request.clone()).await;
                if self.asked.try_get_value() != Some(question) {
                    return;
                }
                let page = match answer {
                    Ok(told) => {
                        self.kept.try_set(told.kept);
                        told.answer
                    }
                    Err(error) => {
                        self.trouble.try_set(Some(error));
                        break;
                    }
                };
                let (found, newer) = Found::read(self.finds.kind, &page);
                if first {
                    self.count.try_set(page.count);
                    self.region_name.try_set(page.region_name.clone());
                }
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
                    self.ask_lenses();
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
            if let Ok(told) = self.desk.look_up(request).await {
                self.counties.try_set(told.answer.counties);
            }
        });
    }

    /// Asks which lists of designations there are, to look through them. Only needs lie in villages that bear one.
    fn ask_lenses(self) {
        if !matches!(self.finds.kind, EntityKind::Need | EntityKind::Order) {
            return;
        }
        let question = DesignationsRequest {
            user: Some(self.desk.actor().user),
            region: None,
        };
        spawn_local(async move {
            let told = self.desk.ask(api::DESIGNATIONS_PATH, &question);
            if let Ok(told) = told.await {
                let DesignationsAnswer { lists, .. } = told.answer;
                let names = lists.into_iter().map(|list| list.name).collect();
                self.lenses.try_set(names);
            }
        });
    }
}

/// What is looked for, kept in the address and, for whoever comes back by a tab, in the tab.
fn wanted(finds: &'static Finds) -> RwSignal<Wanted> {
    let asked = use_query_map().with_untracked(|query| Wanted::read(query, finds.kind));
    let wanted = place::kept(use_desk().scope(), finds.place, Wanted::default());
    if let Some(asked) = asked {
        wanted.set(asked);
    }
    let navigate = use_navigate();
    Effect::new(move || {
        let address = wanted.with(|wanted| wanted.address(finds));
        let navigate = navigate.clone();
        // The page is being put into the history while it is made.
        history::when_settled(move || {
            let here = window().location();
            let shown = here.pathname().unwrap_or_default() + &here.search().unwrap_or_default();
            if wanted.try_get_untracked().is_some()
                && here.pathname().as_deref() == Ok(finds.page)
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

/// What lies in a region that is too large to be kept on a device: asked for page by page.
#[component]
fn Find(finds: &'static Finds) -> impl IntoView {
    let wanted = wanted(finds);
    let text = RwSignal::new(wanted.with_untracked(|wanted| wanted.text.clone()));
    let shown = place::kept(use_desk().scope(), shown_place(finds), 0_usize);
    let answers = Answers::new(use_desk(), finds);

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
    // The number that led here, and what the list has of it: they are one question, and a difference is said.
    let counted = move |count: u64| {
        let there = answers.needs.with(Vec::len) + answers.newer.get();
        let all_here = answers.next.with(Option::is_none) && !answers.busy.get();
        if all_here && there as u64 != count {
            format!(
                "数字是 {} 条，列出来 {} 条：刚刚有变动，请再看一次。",
                grouped(count),
                grouped(there as u64)
            )
        } else {
            format!("共 {} 条", grouped(count))
        }
    };
    // The line is there before its number, so that nothing moves (layout shift).
    let count = move || {
        let count = answers.count.get();
        let words = count.map_or_else(|| "\u{a0}".to_owned(), counted);
        view! { <p class="count" role="status" data-testid="found-count" data-n=count.map(|n| n.to_string())>{words}</p> }
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
                    <h2>{finds.none}</h2>
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
        <Shell title=finds.title wide=true>
            <Search text=text placeholder=finds.placeholder />
            <Filters wanted=wanted answers=answers />
            <AsOf kept=answers.kept again=again />
            {count}
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
fn county_offers(counties: &[County], chosen: Option<RegionCode>, name: &str) -> Vec<Offer> {
    let mut offers = any("所有县");
    let unknown = chosen.filter(|chosen| counties.iter().all(|county| county.code != *chosen));
    let name = if name.is_empty() {
        "已选的县"
    } else {
        name
    };
    offers.extend(unknown.map(|chosen| Offer::new(chosen.to_string(), name)));
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
        let name = answers.region_name.get();
        answers
            .counties
            .with(|counties| county_offers(counties, chosen, &name))
    };
    let region = move || wanted.with(|w| w.region.map_or_else(String::new, |r| r.to_string()));
    let topic = move || wanted.with(|w| w.topic.map_or("", Topic::label).to_owned());
    let kind = answers.finds.kind;
    let named = move |name: Option<&str>| choices(kind).find(|c| Some(c.name) == name);
    let stage = move || {
        let chosen = wanted.with(|w| named(w.stage.as_deref()));
        chosen.map_or_else(String::new, |c| c.label.to_owned())
    };
    let stages = {
        let mut offers = any("所有阶段");
        offers.extend(choices(kind).map(|c| Offer::new(c.label, c.label)));
        offers
    };
    let lens = move || wanted.with(|w| w.lens.clone().unwrap_or_default());
    let lenses = move || {
        let mut offers = any("所有地方");
        let chosen = wanted.with(|w| w.lens.clone());
        let mut names = answers.lenses.get();
        names.extend(chosen.filter(|chosen| answers.lenses.with(|all| !all.contains(chosen))));
        offers.extend(names.into_iter().map(|name| Offer::new(name.clone(), name)));
        offers
    };
    let has_lenses =
        move || answers.lenses.with(|all| !all.is_empty()) || wanted.with(|w| w.lens.is_some());
    let set_lens = move |value: String| {
        wanted.update(|w| w.lens = (!value.is_empty()).then_some(value));
    };
    let set_region = move |value: String| {
        wanted.update(|w| {
            w.region = value.parse().ok();
            w.own = false;
        });
    };
    let own = move || {
        wanted.with(|w| w.own).then(|| view! {
            <button type="button" class="chip" aria-pressed="true" on:click=move |_| wanted.update(|w| w.own = false)>
                "只看本级的 ×"
            </button>
        })
    };
    let set_topic = move |value: String| wanted.update(|w| w.topic = topic_of(&value));
    let set_stage = move |value: String| {
        let chosen = choices(kind).find(|c| c.label == value);
        wanted.update(|w| w.stage = chosen.map(|c| c.name.to_owned()));
    };
    view! {
        <div class="chips is-line" role="group" aria-label="筛选">
            <Choice
                label="县" options=Signal::derive(counties) value=Signal::derive(region)
                on_choose=set_region
            />
            {own}
            <Choice label="阶段" options=stages value=Signal::derive(stage) on_choose=set_stage />
            {matches!(kind, EntityKind::Need | EntityKind::Supply).then(|| view! {
                <Choice label="类别" options=topics() value=Signal::derive(topic) on_choose=set_topic />
            })}
            {move || has_lenses().then(|| view! {
                <Choice label="名录" options=Signal::derive(lenses) value=Signal::derive(lens) on_choose=set_lens />
            })}
        </div>
    }
}

/// How the tab keeps how much of a list was shown.
fn shown_place(finds: &Finds) -> &'static str {
    match finds.page {
        "/" => "browse-shown",
        "/office/needs" => "found-needs-shown",
        "/office/orders" => "found-orders-shown",
        "/office/supplies" => "found-supplies-shown",
        _ => "found-organizations-shown",
    }
}

/// On a phone: each one a card that opens it.
#[component]
fn Cards(answers: Answers) -> impl IntoView {
    let desk = use_desk();
    let key = |found: &Found| found.key();
    view! {
        <ul class="list" aria-label=answers.finds.title aria-busy=move || answers.busy.get().to_string()>
            <For each=move || answers.needs.get() key=key children=move |found| card(&found, desk) />
        </ul>
    }
}

/// Where there is room, and on paper: one line for each.
#[component]
fn Table(answers: Answers) -> impl IntoView {
    let desk = use_desk();
    // In one city its name would stand in every line.
    let of_province = matches!(desk.actor().role, Role::Bureau { region, .. } if region.level() == Level::Province);
    let key = |found: &Found| found.key();
    view! {
        <div class="card table-wrap">
            <table class="table" aria-label=answers.finds.title aria-busy=move || answers.busy.get().to_string()>
                <thead>{head(answers.finds.kind, of_province)}</thead>
                <tbody>
                    <For each=move || answers.needs.get() key=key children=move |found| line(&found, desk, of_province) />
                </tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure_label(kind: EntityKind, name: &str) -> Option<String> {
        let figure = choices(kind).find(|figure| figure.name == name)?;
        Some(figure.label.to_owned())
    }

    #[test]
    fn a_number_leads_to_the_list_of_the_same_question() {
        let region: RegionCode = "431230000000".parse().expect("a code");
        let asked = |kind, figure| {
            let (page, query) = question_of(kind, region, figure, false)?;
            let of = |name| {
                let mut query = query.iter();
                query
                    .find(|(n, _)| *n == name)
                    .map(|(_, value)| value.clone())
            };
            Some((page, of("county"), of("stage")))
        };
        let county = Some("431230000000".to_owned());
        let unmatched = figure_label(EntityKind::Need, "unmatched");
        assert!(unmatched.is_some());
        assert_eq!(
            asked(EntityKind::Need, "unmatched"),
            Some(("/office/needs", county.clone(), unmatched))
        );
        assert_eq!(
            asked(EntityKind::Order, ALL),
            Some(("/office/orders", county, None))
        );
        assert_eq!(asked(EntityKind::Settings, ALL), None);
    }

    #[test]
    fn the_chosen_county_can_be_seen_before_the_counties_are_known() {
        let chosen = "431230000000".parse().ok();
        let offers = county_offers(&[], chosen, "");
        let values: Vec<&str> = offers.iter().map(|offer| offer.value.as_str()).collect();
        assert_eq!(values, ["", "431230000000"]);
        let named = county_offers(&[], chosen, "坪坦乡");
        assert_eq!(named[1].name, "坪坦乡");
        assert_eq!(county_offers(&[], None, "").len(), 1);
    }
}
