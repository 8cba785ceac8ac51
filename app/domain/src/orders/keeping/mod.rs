//! Keeping orders honest: an order of which nothing is heard asks its holder to renew it, may then be freed by the village or its county,
//! and lapses in the end; others may ask the holder to hand it over; the day of delivery moves with a reason.
//!
//! What counts is the last sign of life, by the server. It is read from the order itself, so nothing can disagree with it.

/// The commands.
pub mod commands;
/// What a person may do now.
pub mod offers;
/// Who may do what, and what becomes of it.
mod rules;

pub(crate) use rules::{lapse, mark_releasable, remind};

use super::model::{Order, OrderHappened, OrderStage};
use crate::actor::{Actor, Department, Role};
use crate::contact::Contact;
use crate::credit::CreditCode;
use crate::jobs::{Due, Job};
use crate::region::Level;
use crate::time::{DAY_MS, Millis};
use serde::{Deserialize, Serialize};

/// After how many days without a sign of life what happens. An order keeps those that held when it was made or renewed, so that they never
/// move under its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleDays {
    /// Its holder is asked to renew it.
    pub remind: u16,
    /// The village or its county may free it.
    pub releasable: u16,
    /// It lapses.
    pub lapse: u16,
}

impl Default for StaleDays {
    fn default() -> Self {
        Self {
            remind: 30,
            releasable: 45,
            lapse: 60,
        }
    }
}

impl StaleDays {
    /// Whether these are the usual ones.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How long nothing has been heard of an order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Stale {
    /// Not long.
    #[default]
    Fresh,
    /// Its holder was asked to renew it.
    Reminded,
    /// The village or its county may free it.
    Releasable,
}

impl Stale {
    /// Whether something was heard lately.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        *self == Self::Fresh
    }
}

/// Who did something to an order that is not theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The village.
    Village,
    /// A department.
    Bureau {
        /// Which one.
        by: Department,
        /// Of which level.
        level: Level,
    },
    /// Another organization.
    Organization {
        /// Its name.
        name: String,
    },
}

impl Side {
    /// The side on which the actor stands.
    #[must_use]
    pub fn of(actor: &Actor) -> Option<Self> {
        Some(match &actor.role {
            Role::Village { .. } => Self::Village,
            Role::Member { org_name, .. } => Self::Organization {
                name: org_name.clone(),
            },
            Role::Bureau {
                region, department, ..
            } => Self::Bureau {
                by: *department,
                level: region.level(),
            },
            Role::Administrator | Role::Applicant => return None,
        })
    }

    /// As a sentence begins: `村里`, `县民政部门`, `“侗乡社工”`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Village => "村里".to_owned(),
            Self::Bureau { by, level } => {
                let level = match level {
                    Level::Province => "省",
                    Level::City => "市",
                    _ => "县",
                };
                format!("{level}{}", by.label())
            }
            Self::Organization { name } => format!("“{name}”"),
        }
    }
}

/// Why somebody asks the holder to hand an order over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOverReason {
    /// Nothing has been heard of it.
    NothingHeard,
    /// It cannot wait any longer.
    Urgent,
    /// Whoever asks could do it now.
    CanDoItNow,
}

impl HandOverReason {
    /// All reasons, in the order of the form.
    pub const ALL: [Self; 3] = [Self::NothingHeard, Self::Urgent, Self::CanDoItNow];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NothingHeard => "很久没有动静",
            Self::Urgent => "村里等得急",
            Self::CanDoItNow => "我们现在就能做",
        }
    }
}

/// A request to hand an order over that its holder has not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// Since when, by the server.
    pub at: Millis,
    /// Who asks.
    pub by: Side,
    /// Why, as a code.
    pub reason: HandOverReason,
    /// Why, in words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Whom the holder may call about it. Private like the order's own: its holder, its village and the bureaus see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// Who asks for an order to be handed over: each has one request at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// The village.
    Village,
    /// A department.
    Bureau {
        /// Which one.
        by: Department,
        /// Of which level.
        level: Level,
    },
    /// Another organization, whoever of its members asks.
    Organization {
        /// Which one.
        org: CreditCode,
    },
}

impl Asker {
    /// For whom the actor asks.
    #[must_use]
    pub fn of(actor: &Actor) -> Option<Self> {
        Some(match &actor.role {
            Role::Village { .. } => Self::Village,
            Role::Member { org, .. } => Self::Organization { org: *org },
            Role::Bureau {
                region, department, ..
            } => Self::Bureau {
                by: *department,
                level: region.level(),
            },
            Role::Administrator | Role::Applicant => return None,
        })
    }
}

/// A request to hand an order over, as its need keeps it, so that whoever sees the need knows whether they may ask. It says nothing private.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverAsk {
    /// Who asked.
    pub by: Asker,
    /// When, by the server.
    pub at: Millis,
    /// When its holder answered that the order is kept; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Millis>,
}

/// Whoever was told that an order is kept may ask again after so many days.
pub const DAYS_BETWEEN_REQUESTS: i32 = 14;

/// A holder has at least so many days between one step and the next, however close regions set them.
const LEAST_BETWEEN_DAYS: u16 = 3;

fn days(n: u16) -> i64 {
    i64::from(n) * DAY_MS
}

impl Order {
    /// The last sign of life: it was taken, reported on, delivered, answered by the village, renewed, moved, or spoken for.
    #[must_use]
    pub fn last_active(&self) -> Millis {
        let reported = self.progress.last().map(|report| report.at);
        let happened = self.history.iter().rev().find(|e| e.what.is_activity());
        let happened = happened.map(|event| event.at);
        [Some(self.created_at), reported, happened]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(self.created_at)
    }

    /// How long nothing has been heard of it, and since when it counts as that.
    fn stale_since(&self) -> (Stale, Millis) {
        let active = self.last_active();
        if !self.is_worked_on() {
            return (Stale::Fresh, active);
        }
        // What happened after the last sign of life. Reports stand apart from the history.
        let reported = self.progress.last().map(|report| report.at);
        let silent = self.history.iter().rev();
        let silent = silent.take_while(|event| !event.what.is_activity());
        let silent = silent.filter(|event| reported.is_none_or(|at| event.at > at));
        let since = |what: OrderHappened| {
            let mut events = silent.clone();
            events
                .find(|event| event.what == what)
                .map(|event| event.at)
        };
        match (
            since(OrderHappened::Releasable),
            since(OrderHappened::RenewalAsked),
        ) {
            (Some(at), _) => (Stale::Releasable, at),
            (None, Some(at)) => (Stale::Reminded, at),
            (None, None) => (Stale::Fresh, active),
        }
    }

    /// How long nothing has been heard of it.
    #[must_use]
    pub fn stale(&self) -> Stale {
        self.stale_since().0
    }

    pub(super) fn is_worked_on(&self) -> bool {
        matches!(
            self.state.stage(),
            OrderStage::Active | OrderStage::Disputed
        )
    }

    /// What happens next if nothing is heard. A holder always has the days between two steps, even if the server was off meanwhile.
    #[must_use]
    pub fn next_if_silent(&self) -> Option<Due> {
        if !self.is_worked_on() {
            return None;
        }
        let (active, terms) = (self.last_active(), self.stale_days);
        let (stale, since) = self.stale_since();
        let after = |day: u16, before: u16| {
            let days_between = days(day.saturating_sub(before).max(LEAST_BETWEEN_DAYS));
            active.plus(days(day)).max(since.plus(days_between))
        };
        Some(match stale {
            Stale::Fresh => Due {
                job: Job::RemindHolder,
                at: active.plus(days(terms.remind)),
            },
            Stale::Reminded => Due {
                job: Job::MarkReleasable,
                at: after(terms.releasable, terms.remind),
            },
            Stale::Releasable => Due {
                job: Job::LapseOrder,
                at: after(terms.lapse, terms.releasable),
            },
        })
    }
}
