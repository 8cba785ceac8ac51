//! The inbox (待办): everything that waits for this person, by what they are asked to do. It asks the question that the badges count,
//! so the numbers are the same, with and without a network.

use crate::desk::{Desk, Known, use_desk};
use crate::ui::offline::first_download;
use crate::ui::shell::Shell;
use crate::words;
use domain::asks::{Asked, asked};
use domain::suggestions::{ListedNeed, needs_for};
use domain::terms::Terms;
use domain::{Day, Entity, Facts, Key, Millis, RegionCode, Role};
use leptos::prelude::*;
use sync::replica::ListItem;

/// So many entries of one group are shown at first.
const SHOWN: usize = 30;

/// One thing that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    key: Key,
    asked: Asked,
    title: String,
    meta: String,
    at: Millis,
}

/// Where one can do it. What a village picks is answered on the supply, what a bureau dispatches on the need.
fn href(item: &ListItem, asked: Asked) -> String {
    if let Some(pick) = item.summary.pick() {
        return format!("/supplies/{}", pick.facts.supply);
    }
    if let Some(dispatch) = item.summary.dispatch() {
        return format!("/needs/{}", dispatch.facts.need);
    }
    let id = item.key.id();
    match (asked, item.key) {
        (Asked::Repair, _) => format!("/needs/{id}/edit"),
        (Asked::Screen, _) => format!("/inbox?need={id}"),
        (Asked::RepairSupply, _) => format!("/supplies/{id}/edit"),
        (_, Key::Supply(_)) => format!("/supplies/{id}"),
        (Asked::Review, Key::Order(_)) => format!("/orders/{id}/review"),
        (Asked::StillInUse, Key::Order(_)) => format!("/orders/{id}/use"),
        (_, Key::Need(_)) => format!("/needs/{id}"),
        (_, Key::Order(_)) => format!("/orders/{id}"),
        (_, Key::Organization(_)) => format!("/organizations/{id}"),
        _ => "/".to_owned(),
    }
}

/// When it began to wait, and what there is to say of it beside its title: not what the person is themselves.
fn facts(item: &ListItem, role: &Role, today: Day) -> (Millis, String) {
    let is_village = matches!(role, Role::Village { .. });
    let is_member = matches!(role, Role::Member { .. });
    let summary = &item.summary;
    if let Some(supply) = summary.supply() {
        let org = (!is_member).then(|| supply.texts.org_name.clone());
        return (supply.facts.at, org.unwrap_or_default());
    }
    if let Some(pick) = summary.pick() {
        return (pick.facts.picked_at, pick.texts.place());
    }
    if let Some(dispatch) = summary.dispatch() {
        let (facts, texts) = (dispatch.facts, &dispatch.texts);
        let by = words::day(facts.answer_by, today);
        return (facts.at, format!("{}，请在 {by}前答复", texts.from));
    }
    if let Some(need) = summary.need() {
        let place = (!is_village).then(|| need.texts.place());
        return (need.facts.at, place.unwrap_or_default());
    }
    if let Some(order) = summary.order() {
        let texts = &order.texts;
        let about = match role {
            Role::Village { .. } => texts.holder.clone(),
            Role::Member { .. } => texts.place(),
            _ => format!("{} · {}", texts.place(), texts.holder),
        };
        return (order.facts.at, about);
    }
    if let Some(org) = summary.organization() {
        return (org.facts.at, org.facts.stage.label().to_owned());
    }
    (Millis(0), String::new())
}

/// Everything that waits, the longest wait first.
fn entries(desk: Desk) -> Vec<(Entry, String)> {
    let actor = desk.actor();
    let is_asked = |facts: &Facts| asked(facts, &actor);
    let mut found: Vec<(Entry, String)> = desk
        .list(|facts| is_asked(facts).is_some())
        .into_iter()
        .filter_map(|item| {
            let asked = is_asked(&item.summary.facts())?;
            let (at, meta) = facts(&item, &actor.role, desk.today());
            let href = href(&item, asked);
            let entry = Entry {
                key: item.key,
                asked,
                title: item.summary.title().to_owned(),
                meta,
                at,
            };
            Some((entry, href))
        })
        .collect();
    found.sort_by_key(|(entry, _)| (entry.asked, entry.at, entry.key));
    found
}

/// What waits for this person.
#[component]
pub fn Todo() -> impl IntoView {
    let desk = use_desk();
    let all = Memo::new(move |_| entries(desk));
    let downloading = first_download(desk);
    let groups = move || {
        Asked::ALL
            .iter()
            .copied()
            .filter_map(|asked| {
                let of: Vec<(Entry, String)> = all.with(|all| {
                    let of = all.iter().filter(|(entry, _)| entry.asked == asked);
                    of.cloned().collect()
                });
                (!of.is_empty()).then(|| view! { <Group asked=asked entries=of /> })
            })
            .collect_view()
    };
    let end = move || {
        let n = all.with(Vec::len);
        if n > 0 {
            let words = format!("一共 {n} 件。办过的不会再问。");
            return view! { <p class="meta" data-testid="todo-count">{words}</p> }.into_any();
        }
        if downloading.get() {
            return view! {
                <div class="empty" aria-busy="true"><h2>"正在下载…"</h2><p>"下载好以后，没有网络也能看。"</p></div>
            }
            .into_any();
        }
        let at = desk.status().last_contact;
        let says = match at {
            Some(at) => format!(
                "按{}的数据，没有等你办的事。",
                words::moment(at, desk.now())
            ),
            None => "还没有联系过县里，连上网络后再看。".to_owned(),
        };
        view! {
            <div class="empty" data-testid="todo-empty">
                <h2>"都办完了"</h2>
                <p>{says}</p>
                <p class="meta">"有新的事，会出现在这里，下面的“待办”旁边也会有数字。"</p>
            </div>
        }
        .into_any()
    };
    view! { <Shell title="待办">{groups}{end}<Fitting /></Shell> }
}

/// So many needs are suggested.
const FITTING: usize = 3;

/// Needs that fit an organization, with the reasons: nothing that has to be done.
#[component]
fn Fitting() -> impl IntoView {
    let desk = use_desk();
    let own = match desk.actor().role {
        Role::Member { org, .. } => Some(org),
        _ => None,
    };
    let known = desk.entity(move || own.map(Key::Organization));
    let terms = desk.in_force(move || {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Organization(org) => org.serves.first().copied(),
                _ => None,
            },
            _ => None,
        })
    });
    let found = Memo::new(move |_| {
        known.with(|known| {
            let Known::Here(seen) = known else {
                return Vec::new();
            };
            let Entity::Organization(org) = &seen.entity else {
                return Vec::new();
            };
            let items = desk.list(|facts| matches!(facts, Facts::Need(need) if need.is_open()));
            // What it holds or was asked for stands elsewhere.
            let orders = desk.list(|facts| matches!(facts, Facts::Order(_) | Facts::Dispatch(_)));
            let has = |key: Key| {
                orders.iter().any(|item| {
                    let order = item.summary.order().and_then(|order| order.facts.need);
                    let asked = item.summary.dispatch().map(|asked| asked.facts.need);
                    order.or(asked).map(Key::Need) == Some(key)
                })
            };
            let needs: Vec<ListedNeed<'_>> = items
                .iter()
                .filter(|item| !has(item.key))
                .filter_map(|item| {
                    let need = item.summary.need()?;
                    Some((item.key, &need.facts, &need.texts))
                })
                .collect();
            let called = called(desk);
            let called = |village: RegionCode| {
                let mut all = called.iter();
                let found = all.find(|(region, _)| region.contains(village));
                found.map(|(_, name)| name.clone())
            };
            let terms = terms.with(Terms::in_force);
            let fitting = needs_for(org, &needs, called, &terms, desk.now());
            let row = |key: Key, why: Vec<String>| {
                let item = desk.list_item(&key)?;
                let place = item.summary.need()?.texts.place();
                Some((key, item.summary.title().to_owned(), place, why.join("；")))
            };
            fitting
                .into_iter()
                .take(FITTING)
                .filter_map(|s| row(s.what, s.reasons.iter().map(|r| r.words(true)).collect()))
                .collect()
        })
    });
    move || {
        let found = found.get();
        (!found.is_empty()).then(|| {
            let rows = found
                .into_iter()
                .map(|(key, title, place, why)| view! {
                    <a href=format!("/needs/{}", key.id()) data-testid="fitting">
                        <span><b>{title}</b><span class="meta">{place}</span><span class="meta">{why}</span></span>
                    </a>
                })
                .collect_view();
            view! {
                <section class="card" aria-label="适合你们的需求">
                    <h2>"适合你们的需求"</h2>
                    <p class="meta">"按你们登记的方向和做成过的单推荐，接不接由你们定。"</p>
                    <div class="lines todo">{rows}</div>
                </section>
            }
        })
    }
}

/// What regions are called in the lists that hold today, the smallest regions first.
fn called(desk: Desk) -> Vec<(RegionCode, String)> {
    let today = desk.today();
    let held = desk.list(|facts| matches!(facts, Facts::Designation(one) if one.holds(today)));
    let mut all: Vec<(RegionCode, String)> = held
        .into_iter()
        .filter_map(|item| {
            let one = item.summary.designation()?;
            Some((one.facts.region, one.texts.name.clone()))
        })
        .collect();
    all.sort_by_key(|(region, _)| std::cmp::Reverse(region.level()));
    all
}

#[component]
fn Group(asked: Asked, entries: Vec<(Entry, String)>) -> impl IntoView {
    let desk = use_desk();
    let n = entries.len();
    let all = RwSignal::new(n <= SHOWN);
    let entries = StoredValue::new(entries);
    let rows = move || {
        let most = if all.get() { usize::MAX } else { SHOWN };
        entries.with_value(|entries| {
            entries
                .iter()
                .take(most)
                .map(|(entry, href)| {
                    let now = desk.now();
                    let waited = match asked {
                        // What is asked for after an order is over is told by when that was.
                        Asked::Review | Asked::StillInUse => {
                            format!("{}办完", words::day(entry.at.day(), now.day()))
                        }
                        _ => crate::ui::need_row::waited(entry.at, now),
                    };
                    let meta = match entry.meta.as_str() {
                        "" => waited,
                        meta => format!("{meta} · {waited}"),
                    };
                    view! {
                        <a href=href.clone() data-testid="todo">
                            <span>
                                <b>{entry.title.clone()}</b>
                                <span class="meta is-line">{meta}</span>
                            </span>
                            <span class="btn is-quiet is-small">{asked.button()}</span>
                        </a>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <section class="card" aria-label=asked.label()>
            <h2>{asked.label()}" "<span class="meta">{n}</span></h2>
            <div class="lines todo">{rows}</div>
            {move || (!all.get()).then(|| view! {
                <button class="btn is-quiet is-wide" on:click=move |_| all.set(true)>{format!("再看 {} 件", n - SHOWN)}</button>
            })}
        </section>
    }
}
