//! The timeline of a need: its events, its orders' events, and what comes next.

use crate::ui::timeline::Step;
use crate::words;
use domain::needs::NeedHappened;
use domain::{Millis, Need, Order};

/// Only this many of an order's last reports are shown one by one.
const REPORTS_SHOWN: usize = 3;

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
    for event in &need.history {
        let (class, mut words) = words::happened(&event.what);
        if let NeedHappened::Taken { org_name, lines } = &event.what
            && unsent.contains(&event.at)
        {
            words = format!("{org_name}想接 {lines}，等待确认");
        }
        add(event.at, class, words, String::new());
    }
    for order in orders {
        let hidden = order.progress.len().saturating_sub(REPORTS_SHOWN);
        for (n, report) in order.progress.iter().enumerate().skip(hidden) {
            let words = match (n, hidden) {
                (n, 1..) if n == hidden => {
                    format!(
                        "进展 {} 次，最近几次：{}",
                        order.progress.len(),
                        report.text
                    )
                }
                _ => format!("进展：{}", report.text),
            };
            add(report.at, "", words, words::reported(report));
        }
        for event in &order.history {
            let (class, words) = match &event.what {
                domain::orders::OrderHappened::Delivered { note } if !note.trim().is_empty() => {
                    ("is-fact", format!("对方说：{}", note.trim()))
                }
                domain::orders::OrderHappened::Disputed { reason } => {
                    ("is-alert", format!("没有做到的地方：{}", reason.trim()))
                }
                domain::orders::OrderHappened::Released { reason, words } => {
                    ("is-alert", format!("放弃的原因：{}", reason.told(words)))
                }
                domain::orders::OrderHappened::Reviewed { by } => {
                    ("", format!("{}评了单", by.label()))
                }
                domain::orders::OrderHappened::StillInUse {
                    month,
                    answer,
                    words,
                } => words::still_in_use(*month, *answer, words),
                _ => continue,
            };
            add(event.at, class, words, String::new());
        }
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
