//! What an organization is.

use crate::credit::CreditCode;
use crate::needs::Topic;
use crate::region::RegionCode;
use crate::time::Day;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// How many new orders it may take on one day; [`DAILY_ORDERS`] where nothing is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_orders: Option<u32>,
    /// The orders of the last day on which it took or gave back one.
    #[serde(default, skip_serializing_if = "OrdersOfDay::is_none")]
    pub today: OrdersOfDay,
    /// What villages have confirmed of it.
    #[serde(default, skip_serializing_if = "Experience::is_none")]
    pub experience: Experience,
}

/// An organization remembers at most this many things that it delivered.
const MAX_ITEMS: usize = 30;

/// What villages have confirmed of an organization: what it can do, for whoever looks for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experience {
    /// How many orders of each field of help.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<Topic, u32>,
    /// How many in each county.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counties: BTreeMap<RegionCode, u32>,
    /// What it delivered last: 路灯.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

impl Experience {
    /// Whether nothing was confirmed yet.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// One more confirmed order.
    pub(crate) fn add(&mut self, county: RegionCode, topic: Option<Topic>, items: Vec<String>) {
        let one_more = |count: &mut u32| *count = count.saturating_add(1);
        one_more(self.counties.entry(county).or_default());
        if let Some(topic) = topic {
            one_more(self.topics.entry(topic).or_default());
        }
        for item in items {
            self.items.retain(|known| *known != item);
            self.items.push(item);
        }
        let over = self.items.len().saturating_sub(MAX_ITEMS);
        self.items.drain(..over);
    }
}

/// An organization takes at most this many new orders on one day, given back or not, since each of them shows it a village's contact.
pub const DAILY_ORDERS: u32 = 10;
/// From this many orders given back on one day on, bureaus are told.
pub const UNUSUALLY_GIVEN_BACK: u32 = 3;

/// An organization's orders of one day in Hunan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersOfDay {
    /// The day.
    pub day: Day,
    /// How many orders it took. An order that is given back still counts.
    pub taken: u32,
    /// How many it gave back.
    pub given_back: u32,
}

impl OrdersOfDay {
    /// Whether there were none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.taken == 0 && self.given_back == 0
    }

    /// Those of that day: none if these are another day's.
    #[must_use]
    pub fn on(self, day: Day) -> Self {
        if self.day == day {
            self
        } else {
            Self {
                day,
                ..Self::default()
            }
        }
    }

    /// Whether a bureau should look at it: many were given back, or all that one day usually allows were taken.
    #[must_use]
    pub fn is_unusual(self) -> bool {
        self.given_back >= UNUSUALLY_GIVEN_BACK || self.taken >= DAILY_ORDERS
    }
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
    /// Whether it serves the county in which a village lies.
    #[must_use]
    pub fn serves(&self, village: RegionCode) -> bool {
        self.serves.iter().any(|region| region.contains(village))
    }

    /// How many new orders it may take on one day.
    #[must_use]
    pub fn daily_limit(&self) -> u32 {
        self.daily_orders.unwrap_or(DAILY_ORDERS)
    }

    /// Confirmed orders among all that are not open any more, in percent; an organization without history has 100.
    #[must_use]
    pub fn closing_percent(&self) -> u32 {
        let ended = self.confirmed_orders + self.released_orders;
        (self.confirmed_orders * 100)
            .checked_div(ended)
            .unwrap_or(100)
    }
}
