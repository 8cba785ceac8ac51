//! What happened to an order, in words, for the timelines of orders, needs and supplies.

use crate::words;
use domain::orders::{OrderHappened, Origin, ReleaseReason};
use domain::{Millis, Order};

/// Only this many of an order's last reports are told one by one where it is told beside others.
const REPORTS_SHOWN: usize = 3;

/// Something that happened, before it is a line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When, by the server.
    pub at: Millis,
    /// The class of its meaning.
    pub class: &'static str,
    /// What.
    pub words: String,
    /// What else there is to say.
    pub more: String,
}

/// What happened to an order: the class of its meaning, and its words.
#[must_use]
pub fn happened(what: &OrderHappened, order: &Order) -> (&'static str, String) {
    let with = |start: &str, words: &str| match words.trim() {
        "" => start.to_owned(),
        words => format!("{start}：{words}"),
    };
    match what {
        OrderHappened::Taken => (
            "is-done",
            match order.origin {
                Origin::Picked => format!("{}答应了：{}", order.org_name, order.lines_words),
                Origin::Taken | Origin::Dispatched => {
                    format!("{}接单：{}", order.org_name, order.lines_words)
                }
            },
        ),
        // Green only once the village agrees.
        OrderHappened::Delivered { note } => ("is-fact", with("对村里报告已完成", note)),
        OrderHappened::Disputed { reason } => ("is-alert", with("村里说没有做到", reason)),
        OrderHappened::Confirmed => ("is-done", "村里确认做到了".to_owned()),
        OrderHappened::Released { reason, words } => {
            let how = match reason {
                ReleaseReason::TakenDown => "县里下架了这条需求，这一单到此为止",
                _ => "放弃了这一单",
            };
            ("is-alert", with(how, &reason.told(words)))
        }
        OrderHappened::RenewalAsked => ("is-fact", "很久没有动静，系统已经提醒".to_owned()),
        OrderHappened::Releasable => ("is-alert", "一直没有动静，村里和部门可以收回".to_owned()),
        OrderHappened::Lapsed => ("is-alert", "一直没有动静，自动作废".to_owned()),
        OrderHappened::Renewed { words } => ("is-done", with("说还在做", words)),
        OrderHappened::DueMoved { after, words, .. } => {
            let (_, month, date) = after.ymd();
            (
                "is-fact",
                with(&format!("改到 {month} 月 {date} 日前交付"), words),
            )
        }
        OrderHappened::HandOverAsked { by, reason, words } => (
            "is-fact",
            with(
                &format!("{}请对方让出来（{}）", by.words(), reason.label()),
                words,
            ),
        ),
        OrderHappened::HandOverAnswered { words } => ("is-fact", with("答复还由自己做", words)),
        OrderHappened::Freed { by, words } => (
            "is-alert",
            with(&format!("{}收回了这一单", by.words()), words),
        ),
        OrderHappened::Reviewed { by } => ("", format!("{}评了单", by.label())),
        OrderHappened::ReviewsOpened => ("", "双方的评价可以看了".to_owned()),
        OrderHappened::UseAsked { month } => ("", words::use_asked(*month)),
        OrderHappened::StillInUse {
            month,
            answer,
            words,
        } => words::still_in_use(*month, *answer, words),
        OrderHappened::Moved { title } => (
            "is-fact",
            format!("县里合并了需求，这一单现在在“{title}”上"),
        ),
        OrderHappened::Reminded { by, village: true } => {
            ("is-fact", format!("{}提醒村里来确认", by.label()))
        }
        OrderHappened::Reminded { by, .. } => (
            "is-fact",
            format!("{}提醒：请写一写进展，做不了也请说明", by.label()),
        ),
    }
}

/// What an order tells beyond what its need or its supply tells of it: its reports, and what was said. Whoever sees the order alone reads it.
#[must_use]
pub fn beyond(order: &Order) -> Vec<Told> {
    let hidden = order.progress.len().saturating_sub(REPORTS_SHOWN);
    let reports = order.progress.iter().enumerate().skip(hidden);
    let reports = reports.map(|(n, report)| Told {
        at: report.at,
        class: "",
        words: match (n, hidden) {
            (n, 1..) if n == hidden => format!(
                "进展 {} 次，最近几次：{}",
                order.progress.len(),
                report.text
            ),
            _ => format!("进展：{}", report.text),
        },
        more: words::reported(report),
    });
    let events = order.history.iter().filter_map(|event| {
        let (class, words) = match &event.what {
            OrderHappened::Delivered { note } if !note.trim().is_empty() => {
                ("is-fact", format!("对方说：{}", note.trim()))
            }
            OrderHappened::Disputed { reason } => {
                ("is-alert", format!("没有做到的地方：{}", reason.trim()))
            }
            OrderHappened::Released { reason, words } => {
                ("is-alert", format!("放弃的原因：{}", reason.told(words)))
            }
            OrderHappened::Freed { by, words } => (
                "is-alert",
                format!("{}收回了这一单：{}", by.words(), words.trim()),
            ),
            OrderHappened::Renewed { words } => ("", format!("对方说：{}", words.trim())),
            OrderHappened::DueMoved { words, .. } => {
                ("is-fact", format!("改日子的原因：{}", words.trim()))
            }
            OrderHappened::Reviewed { .. }
            | OrderHappened::ReviewsOpened
            | OrderHappened::UseAsked { .. }
            | OrderHappened::StillInUse { .. } => happened(&event.what, order),
            _ => return None,
        };
        Some(Told {
            at: event.at,
            class,
            words,
            more: String::new(),
        })
    });
    reports.chain(events).collect()
}
