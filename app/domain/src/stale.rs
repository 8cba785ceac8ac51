//! What has not moved for too long (需要跟进): for a county, so that nothing is forgotten. Each thing stands in one list only.

use crate::kinds::Facts;
use crate::needs::{NeedFacts, NeedStage};
use crate::orders::{OrderFacts, OrderStage};
use crate::settings::{InForce, Setting};
use crate::time::{Day, Millis};

/// After how many days something is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleDays {
    /// A published need that nobody has taken anything of.
    pub unmatched: i32,
    /// An order of which nothing was heard.
    pub quiet: i32,
    /// A delivery that the village has not answered.
    pub unconfirmed: i32,
}

impl StaleDays {
    /// As a region has set them.
    #[must_use]
    pub fn of(settings: &InForce) -> Self {
        let days = |setting| i32::try_from(settings.number(setting)).unwrap_or(i32::MAX);
        Self {
            unmatched: days(Setting::Unmatched),
            quiet: days(Setting::Idle),
            unconfirmed: days(Setting::Unconfirmed),
        }
    }
}

/// Why something is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stale {
    /// Nobody has taken anything of a published need.
    Unmatched,
    /// The day on which an order was to be delivered has passed.
    Overdue,
    /// Nothing was heard of an order.
    Quiet,
    /// The village has not answered a delivery.
    Unconfirmed,
}

impl Stale {
    /// All reasons, in the order of the page.
    pub const ALL: [Self; 4] = [
        Self::Unmatched,
        Self::Overdue,
        Self::Quiet,
        Self::Unconfirmed,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Unmatched => "一直没人接",
            Self::Overdue => "过了交付日",
            Self::Quiet => "接了没动静",
            Self::Unconfirmed => "做完没确认",
        }
    }
}

fn days(since: Millis, today: Day) -> i32 {
    today.0 - since.day().0
}

fn of_need(need: &NeedFacts, limits: &StaleDays, today: Day) -> Option<(Stale, i32)> {
    let waits = days(need.at, today);
    let is_stale = need.stage == NeedStage::Published
        && need.holders == 0
        && (waits >= limits.unmatched || need.deadline < today);
    is_stale.then_some((Stale::Unmatched, waits))
}

fn of_order(order: &OrderFacts, limits: &StaleDays, today: Day) -> Option<(Stale, i32)> {
    let quiet = days(order.active_at, today);
    match order.stage {
        OrderStage::Active | OrderStage::Disputed if order.due < today => {
            Some((Stale::Overdue, today.0 - order.due.0))
        }
        OrderStage::Active | OrderStage::Disputed => {
            (quiet >= limits.quiet).then_some((Stale::Quiet, quiet))
        }
        OrderStage::Delivered => {
            (quiet >= limits.unconfirmed).then_some((Stale::Unconfirmed, quiet))
        }
        _ => None,
    }
}

/// Why something is stale, and for how many days; none if it is not.
#[must_use]
pub fn stale(facts: &Facts, limits: &StaleDays, today: Day) -> Option<(Stale, i32)> {
    match facts {
        Facts::Need(need) => of_need(need, limits, today),
        Facts::Order(order) => of_order(order, limits, today),
        _ => None,
    }
}
