//! What an organization is.

use crate::credit::CreditCode;
use crate::region::RegionCode;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// A social organization (社会组织), identified by its credit code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its unified social credit code.
    pub code: CreditCode,
    /// Its registered name.
    pub name: String,
    /// The region whose civil affairs bureau registered it.
    pub registered_in: RegionCode,
    /// The counties it serves: their needs are kept on its members' devices.
    pub serves: Vec<RegionCode>,
    /// Its rating, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Whether the bureau that registered it let it in.
    pub approved: bool,
    /// How many of its orders are open.
    #[serde(default)]
    pub open_orders: u32,
    /// How many of its orders were confirmed by a village.
    #[serde(default)]
    pub confirmed_orders: u32,
    /// How many of its orders it gave back.
    #[serde(default)]
    pub released_orders: u32,
}

/// A rating (等级评估): 1A to 5A, valid until a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// 1 to 5.
    pub grade: u8,
    /// The last day on which it is valid.
    pub until: Day,
}

impl Organization {
    /// Confirmed orders among all that are not open any more, in percent; an organization without history has 100.
    #[must_use]
    pub fn closing_percent(&self) -> u32 {
        let ended = self.confirmed_orders + self.released_orders;
        (self.confirmed_orders * 100)
            .checked_div(ended)
            .unwrap_or(100)
    }
}
