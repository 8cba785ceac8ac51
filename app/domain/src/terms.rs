//! The terms that hold in a county: after how many days what happens, and how many orders one organization may have open.

use crate::kinds::{Known, NotLoaded};
use crate::orders::keeping::StaleDays;
use crate::region::RegionCode;
use crate::settings::{InForce, Setting};
use serde::{Deserialize, Serialize};

/// The terms of a county.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// After how many days without a sign of life a holder is asked to renew an order.
    pub remind_days: u16,
    /// After how many days the village may free it.
    pub releasable_days: u16,
    /// After how many days it lapses.
    pub lapse_days: u16,
    /// For how many days after its last one a need stays open.
    pub grace_days: u16,
    /// How many days an organization has to answer a dispatch, unless the bureau names another day.
    pub dispatch_days: u16,
    /// How many days an organization on a waiting list has to answer.
    pub answer_days: u16,
    /// How many new orders an organization may take on one day, where it has no number of its own.
    pub daily_orders: u32,
    /// From this many open orders on, an organization must bring enough of them to an end before it takes more.
    pub open_orders: u32,
    /// Confirmed orders among all ended ones, in percent, from which that does not hold.
    pub closing_percent: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self::in_force(&InForce::default())
    }
}

impl Terms {
    /// Those that regions have set, or that hold where nothing is set.
    #[must_use]
    pub fn in_force(in_force: &InForce) -> Self {
        let number = |setting| in_force.number(setting);
        let days = |setting| u16::try_from(number(setting)).unwrap_or(u16::MAX);
        Self {
            remind_days: days(Setting::RenewAfter),
            releasable_days: days(Setting::ReleasableAfter),
            lapse_days: days(Setting::LapseAfter),
            dispatch_days: days(Setting::DispatchAnswer),
            grace_days: days(Setting::NeedGrace),
            answer_days: days(Setting::WaitingAnswer),
            daily_orders: number(Setting::DailyOrders),
            open_orders: number(Setting::OpenOrders),
            closing_percent: number(Setting::ClosingPercent),
        }
    }

    /// Those that an order keeps.
    #[must_use]
    pub fn stale_days(&self) -> StaleDays {
        StaleDays {
            remind: self.remind_days,
            releasable: self.releasable_days,
            lapse: self.lapse_days,
        }
    }

    /// Those that a need keeps.
    #[must_use]
    pub fn of_need(&self) -> NeedTerms {
        NeedTerms {
            grace_days: self.grace_days,
            answer_days: self.answer_days,
        }
    }
}

/// The terms that a need keeps from its publication on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedTerms {
    /// For how many days after its last one it stays open.
    pub grace_days: u16,
    /// How many days an organization on its waiting list has to answer.
    pub answer_days: u16,
}

impl Default for NeedTerms {
    fn default() -> Self {
        Terms::default().of_need()
    }
}

impl NeedTerms {
    /// Whether these are the usual ones.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The terms that hold for a village.
///
/// # Errors
/// The settings of a region above it have not been looked up.
pub fn of(known: &Known, village: RegionCode) -> Result<Terms, NotLoaded> {
    Ok(Terms::in_force(&InForce::of(known, village)?))
}
