//! Where an order stands, for the organization that holds it: a state, and one sentence that says who has to do what.

use crate::words;
use domain::orders::keeping::Stale;
use domain::orders::{OrderFacts, OrderStage, ReleaseReason};
use domain::{Command, Day, Millis};

/// The words about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The class of the state's meaning.
    pub class: &'static str,
    /// The state, in a word or two.
    pub state: &'static str,
    /// Who has to do what.
    pub sentence: String,
}

impl Told {
    /// The words about an order's state. `unsent` is the last own act on it that the server has not answered.
    #[must_use]
    pub fn of(order: &OrderFacts, unsent: Option<&Command>, today: Day, now: Millis) -> Self {
        match unsent {
            Some(command) => Self {
                class: "pill is-wait",
                state: match command {
                    command if command.order_made().is_some() => "等待确认",
                    Command::ReleaseOrder(c) if c.reason == ReleaseReason::ChangedMind => "不接了",
                    _ => "等待发送",
                },
                sentence: format!("{}。", words::unsent_sentence(command)),
            },
            None => Self {
                class: class(order.stage),
                state: order.stage.label(),
                sentence: sentence(order, today, now),
            },
        }
    }
}

fn class(stage: OrderStage) -> &'static str {
    match stage {
        OrderStage::Active | OrderStage::Delivered | OrderStage::Released | OrderStage::Lapsed => {
            "pill"
        }
        OrderStage::Disputed => "pill is-alert",
        OrderStage::Confirmed => "pill is-done",
    }
}

fn sentence(order: &OrderFacts, today: Day, now: Millis) -> String {
    let OrderFacts {
        stage,
        reports,
        due,
        at,
        ..
    } = *order;
    let before = words::before(due, today);
    let ago = words::ago(at, now);
    if order.hand_over {
        return "有人请你们让出这一单。做得了就答复一句，做不了就让出来。".to_owned();
    }
    match (stage, order.stale) {
        (OrderStage::Active | OrderStage::Disputed, Stale::Reminded) => {
            return "很久没有动静了。请写一句进展，或者说明还在做，不然村里可以收回。".to_owned();
        }
        (OrderStage::Active | OrderStage::Disputed, Stale::Releasable) => {
            return "一直没有动静，村里和部门现在可以收回。还在做的，请马上说明。".to_owned();
        }
        _ => {}
    }
    match stage {
        OrderStage::Active if due < today => {
            format!("说好 {before}交到村里，已经过了。请写一句进展，让村里放心。")
        }
        OrderStage::Active if reports == 0 => {
            format!("说好 {before}交到村里。做了什么，随时写一句。")
        }
        OrderStage::Active => format!("写过 {reports} 次进展，{ago}更新。说好 {before}交到。"),
        OrderStage::Delivered => format!("已报告完成，等村里看过后确认（{ago}）。"),
        OrderStage::Disputed => "村里说没做到。请看村里写的，补上后再报告完成。".to_owned(),
        OrderStage::Confirmed => format!("村里确认做到了（{ago}）。"),
        OrderStage::Released => match order.released {
            Some(ReleaseReason::NothingHeard) => format!("很久没有动静，这一单被收回了（{ago}）。"),
            Some(reason @ (ReleaseReason::NeedClosed | ReleaseReason::TakenDown)) => {
                format!("{}，这一单到此为止（{ago}）。", reason.label())
            }
            Some(reason) => format!("你们放弃了：{}（{ago}）。", reason.label()),
            None => format!("这一单已经放弃或收回（{ago}）。"),
        },
        OrderStage::Lapsed => format!("一直没有动静，这一单自动作废了（{ago}）。"),
    }
}
