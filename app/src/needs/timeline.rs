//! The timeline of a need: its events, its orders' events, and what comes next.

use crate::ui::story::beyond;
use crate::ui::timeline::Step;
use crate::words;
use domain::needs::NeedHappened;
use domain::{Millis, Need, Order};

/// What happened to a need and to the orders on it, oldest first, and what comes next. `unsent` are the times of own acts
/// that the server has not answered: what they caused is only on this device.
#[must_use]
pub fn steps(need: &Need, orders: &[Order], unsent: &[Millis], now: Millis) -> Vec<Step> {
    let today = now.day();
    let mut dated: Vec<(Millis, Step)> = Vec::new();
    let mut add = |at: Millis, class, words, more: String| {
        let waits = unsent.contains(&at);
        let mut meta = words::day(at.day(), today);
        if waits {
            meta = "只在这部手机上，还没有发到县里".to_owned();
        }
        if !more.is_empty() {
            meta = format!("{meta} · {more}");
        }
        let class = if waits { "is-wait" } else { class };
        dated.push((at, Step { class, words, meta }));
    };
    // An order that is here tells this itself, with the village's words.
    let told_by_orders = |what: &NeedHappened| match what {
        NeedHappened::ReviewsOpened { org_name }
        | NeedHappened::UseAsked { org_name, .. }
        | NeedHappened::StillInUse { org_name, .. } => {
            orders.iter().any(|order| order.org_name == *org_name)
        }
        _ => false,
    };
    for event in need.history.iter().filter(|e| !told_by_orders(&e.what)) {
        let (class, mut words) = words::happened(&event.what);
        if let NeedHappened::Taken { org_name, lines } = &event.what
            && unsent.contains(&event.at)
        {
            words = format!("{org_name}想接 {lines}，等待确认");
        }
        add(event.at, class, words, String::new());
    }
    for told in orders.iter().flat_map(beyond) {
        add(told.at, told.class, told.words, told.more);
    }
    dated.sort_by_key(|(at, _)| *at);
    let next = words::next_steps(need).into_iter().map(|words| Step {
        class: "is-next",
        words,
        meta: String::new(),
    });
    dated
        .into_iter()
        .map(|(_, step)| step)
        .chain(next)
        .collect()
}
