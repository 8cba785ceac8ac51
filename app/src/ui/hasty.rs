//! The notice to a county's officers about organizations that took, or gave back, unusually many orders today.

use crate::desk::{Desk, use_desk};
use domain::Facts;
use domain::organizations::UNUSUALLY_GIVEN_BACK;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// What is known of one organization's day on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Today {
    /// How many orders it took, where it is registered here.
    taken: Option<u32>,
    given_back: u32,
}

/// The organizations that a bureau should look at, by name. Those that are registered here tell all of their day; of others this county
/// knows what its own orders say. Tracked.
fn hasty(desk: Desk) -> Vec<(String, Today)> {
    let today = desk.today();
    let unusual = |facts: &Facts| match facts {
        Facts::Organization(org) => org.today.on(today).is_unusual(),
        Facts::Order(order) => {
            u32::from(order.given_back) >= UNUSUALLY_GIVEN_BACK && order.at.day() == today
        }
        _ => false,
    };
    let mut all: BTreeMap<String, Today> = BTreeMap::new();
    for item in desk.list(unusual) {
        match item.summary.facts() {
            Facts::Organization(org) => {
                let day = all.entry(item.summary.title().to_owned()).or_default();
                day.taken = Some(org.today.taken);
                day.given_back = day.given_back.max(org.today.given_back);
            }
            Facts::Order(order) => {
                let Some(summary) = item.summary.order() else {
                    continue;
                };
                let day = all.entry(summary.texts.holder.clone()).or_default();
                day.given_back = day.given_back.max(u32::from(order.given_back));
            }
            _ => {}
        }
    }
    all.into_iter().collect()
}

/// One line for each organization that was hasty today; nothing otherwise.
#[component]
pub fn Hasty() -> impl IntoView {
    let desk = use_desk();
    let found = Memo::new(move |_| hasty(desk));
    let lines = move || {
        found
            .get()
            .into_iter()
            .map(|(name, Today { taken, given_back })| {
                let took = taken.map_or_else(String::new, |taken| format!("接了 {taken} 单、"));
                view! {
                    <p class="note is-alert" data-testid="hasty">
                        {format!("“{name}”今天{took}退了 {given_back} 单。接单时能看到村里联系人的电话，请留意。")}
                    </p>
                }
            })
            .collect_view()
    };
    view! { <div role="status">{lines}</div> }
}
