//! One need, order or organization in a list that the server has found: a card on a phone, a line of a table where there is room.

use crate::desk::Desk;
use crate::ui::need_row::stage_pill;
use crate::words;
use api::BrowseAnswer;
use domain::needs::NeedStage;
use domain::orders::OrderStage;
use domain::supplies::{Supply, SupplyStage};
use domain::{EntityKind, Kind, Need, Order, Organization};
use leptos::prelude::*;

/// What was found.
#[derive(Clone)]
pub enum Found {
    /// A need.
    Need(Box<Need>),
    /// An order.
    Order(Box<Order>),
    /// A supply.
    Supply(Box<Supply>),
    /// An organization.
    Organization(Box<Organization>),
}

impl Found {
    /// What this version can read of an answer, and how many a newer one wrote.
    #[must_use]
    pub fn read(kind: EntityKind, answer: &BrowseAnswer) -> (Vec<Self>, usize) {
        fn all<T>((found, newer): (Vec<T>, usize), of: fn(Box<T>) -> Found) -> (Vec<Found>, usize) {
            (
                found.into_iter().map(|one| of(Box::new(one))).collect(),
                newer,
            )
        }
        match kind {
            EntityKind::Order => all(answer.read_as(), Self::Order),
            EntityKind::Supply => all(answer.read_as(), Self::Supply),
            EntityKind::Organization => all(answer.read_as(), Self::Organization),
            _ => all(answer.read(), Self::Need),
        }
    }

    /// Tells it and its present state from all others.
    #[must_use]
    pub fn key(&self) -> (String, i64) {
        match self {
            Self::Need(need) => (need.id.to_string(), need.updated_at.0),
            Self::Order(order) => (order.id.to_string(), order.updated_at.0),
            Self::Supply(supply) => (supply.id.to_string(), supply.updated_at.0),
            Self::Organization(org) => {
                let state = org.open_orders + org.confirmed_orders + u32::from(org.approved);
                (org.code.to_string(), i64::from(state))
            }
        }
    }
}

/// The class of an order's pill.
fn order_pill(order: &Order, desk: Desk) -> (&'static str, &'static str) {
    let stage = order.state.stage();
    let late =
        matches!(stage, OrderStage::Active | OrderStage::Disputed) && order.due < desk.today();
    match stage {
        _ if late => ("pill is-alert", "过了日子"),
        OrderStage::Disputed => ("pill is-alert", stage.label()),
        OrderStage::Delivered => ("pill is-wait", stage.label()),
        OrderStage::Confirmed => ("pill is-done", stage.label()),
        _ => ("pill", stage.label()),
    }
}

fn supply_pill(supply: &Supply) -> (&'static str, &'static str) {
    let stage = supply.state.stage();
    let class = match stage {
        SupplyStage::Submitted => "pill is-wait",
        SupplyStage::Returned => "pill is-alert",
        SupplyStage::Published => "pill is-done",
        _ => "pill",
    };
    (class, stage.label())
}

fn org_pill(org: &Organization) -> (&'static str, &'static str) {
    if org.approved {
        ("pill is-done", "已审核")
    } else {
        ("pill is-wait", "等审核")
    }
}

fn rating(org: &Organization) -> String {
    org.rating.map_or_else(
        || "没有评级".to_owned(),
        |rating| format!("{}A", rating.grade),
    )
}

/// On a phone: a card that opens it.
pub fn card(found: &Found, desk: Desk) -> AnyView {
    let today = desk.today();
    let (href, title, (class, word), lines) = match found {
        Found::Need(need) => (
            format!("/needs/{}", need.id),
            need.content.title.clone(),
            stage_pill(&need.summary().facts),
            vec![
                format!("{} · {}", need.place.city_name, need.place.line()),
                words::need_meta(need, today),
            ],
        ),
        Found::Order(order) => (
            format!("/orders/{}", order.id),
            order.title.clone(),
            order_pill(order, desk),
            vec![
                format!("{} · {}", order.place.city_name, order.place.line()),
                format!("{} · {}", order.org_name, order.lines_words),
                format!("约定 {}前交付", words::day(order.due, today)),
            ],
        ),
        Found::Supply(supply) => (
            format!("/supplies/{}", supply.id),
            supply.content.title.clone(),
            supply_pill(supply),
            vec![
                format!("{} · {}", supply.org_name, supply.content.topic.label()),
                supply.content.offer.clone(),
            ],
        ),
        Found::Organization(org) => (
            format!("/organizations/{}", org.code),
            org.name.clone(),
            org_pill(org),
            vec![
                format!("{} · {}", org.code, rating(org)),
                format!(
                    "手上 {} 单，村里已确认 {} 单，放弃过 {} 单",
                    org.open_orders, org.confirmed_orders, org.released_orders
                ),
            ],
        ),
    };
    let inside = view! {
        <div class="row is-top"><h2>{title}</h2><span class=class>{word}</span></div>
        {lines.into_iter().map(|line| view! { <p class="meta">{line}</p> }).collect_view()}
    };
    view! { <li data-testid="browse-row"><a class="card" href=href>{inside}</a></li> }.into_any()
}

/// The head of the table.
pub fn head(kind: EntityKind, of_province: bool) -> AnyView {
    let columns: &[&str] = match kind {
        EntityKind::Order => &["接的什么", "县", "村", "谁接的", "接了多少", "进展", "约定"],
        EntityKind::Supply => &["供给什么", "哪家组织", "类别", "进展"],
        EntityKind::Organization => &[
            "名称",
            "信用代码",
            "等级",
            "手上",
            "已确认",
            "放弃过",
            "审核",
        ],
        _ => &["需要什么", "县", "村", "类别", "进展", "还差", "最晚"],
    };
    let with_city = of_province && matches!(kind, EntityKind::Need | EntityKind::Order);
    let heads = columns.iter().enumerate().map(|(n, name)| {
        view! {
            {(n == 1 && with_city).then(|| view! { <th scope="col">"市州"</th> })}
            <th scope="col">{*name}</th>
        }
    });
    view! { <tr>{heads.collect_view()}</tr> }.into_any()
}

/// Where there is room: a line of the table, which opens it.
pub fn line(found: &Found, desk: Desk, of_province: bool) -> AnyView {
    let today = desk.today();
    let city = |name: &str| {
        let name = name.to_owned();
        of_province.then(|| view! { <td class="is-short">{name}</td> })
    };
    match found {
        Found::Need(need) => {
            let (class, word) = stage_pill(&need.summary().facts);
            let missing = match words::left(need) {
                Some(left) if need.state.stage() == NeedStage::Published => left,
                _ => String::new(),
            };
            view! {
                <tr class="is-link" data-testid="browse-row">
                    <td><a href=format!("/needs/{}", need.id)>{need.content.title.clone()}</a></td>
                    {city(&need.place.city_name)}
                    <td>{need.place.county_name.clone()}</td>
                    <td>{format!("{} {}", need.place.town_name, need.place.village_name)}</td>
                    <td>{need.content.topic.label()}</td>
                    <td class="is-short"><span class=class>{word}</span></td>
                    <td>{missing}</td>
                    <td class="is-short">{words::day(need.content.deadline, today)}</td>
                </tr>
            }
            .into_any()
        }
        Found::Order(order) => {
            let (class, word) = order_pill(order, desk);
            view! {
                <tr class="is-link" data-testid="browse-row">
                    <td><a href=format!("/orders/{}", order.id)>{order.title.clone()}</a></td>
                    {city(&order.place.city_name)}
                    <td>{order.place.county_name.clone()}</td>
                    <td>{format!("{} {}", order.place.town_name, order.place.village_name)}</td>
                    <td>{order.org_name.clone()}</td>
                    <td>{order.lines_words.clone()}</td>
                    <td class="is-short"><span class=class>{word}</span></td>
                    <td class="is-short">{words::day(order.due, today)}</td>
                </tr>
            }
            .into_any()
        }
        Found::Supply(supply) => {
            let (class, word) = supply_pill(supply);
            view! {
                <tr class="is-link" data-testid="browse-row">
                    <td><a href=format!("/supplies/{}", supply.id)>{supply.content.title.clone()}</a></td>
                    <td>{supply.org_name.clone()}</td>
                    <td>{supply.content.topic.label()}</td>
                    <td class="is-short"><span class=class>{word}</span></td>
                </tr>
            }
            .into_any()
        }
        Found::Organization(org) => {
            let (class, word) = org_pill(org);
            view! {
                <tr class="is-link" data-testid="browse-row">
                    <td><a href=format!("/organizations/{}", org.code)>{org.name.clone()}</a></td>
                    <td class="is-short">{org.code.to_string()}</td>
                    <td class="is-short">{rating(org)}</td>
                    <td class="number">{org.open_orders}</td>
                    <td class="number">{org.confirmed_orders}</td>
                    <td class="number">{org.released_orders}</td>
                    <td class="is-short"><span class=class>{word}</span></td>
                </tr>
            }
            .into_any()
        }
    }
}
