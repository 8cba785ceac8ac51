//! The terms that hold in a county: after how many days what happens, and how many orders one organization may have open.

use crate::kinds::{Known, NotLoaded};
use crate::orders::keeping::StaleDays;
use crate::region::RegionCode;
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
    /// How many hours an organization on a waiting list has to answer.
    pub answer_hours: u16,
    /// From this many open orders on, an organization must bring enough of them to an end before it takes more.
    pub open_orders: u32,
    /// Confirmed orders among all ended ones, in percent, from which that does not hold.
    pub closing_percent: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            remind_days: 30,
            releasable_days: 45,
            lapse_days: 60,
            grace_days: 7,
            answer_hours: 48,
            open_orders: 20,
            closing_percent: 60,
        }
    }
}

impl Terms {
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
            answer_hours: self.answer_hours,
        }
    }
}

/// The terms that a need keeps from its publication on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedTerms {
    /// For how many days after its last one it stays open.
    pub grace_days: u16,
    /// How many hours an organization on its waiting list has to answer.
    pub answer_hours: u16,
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
pub fn of(_known: &Known, _village: RegionCode) -> Result<Terms, NotLoaded> {
    Ok(Terms::default())
}
