//! Orders (接单): an organization's promise on (part of) a need.

/// The commands on orders.
pub mod commands;
/// How orders are kept honest.
pub mod keeping;
/// What an order is.
pub mod model;
/// What a person may do with an order now, and whether an organization may take a need.
pub mod offers;
/// A bureau reminds of an order.
pub mod reminding;
/// Who may do what to an order, and what becomes of it.
pub mod rules;
/// What lists know of an order.
pub mod summary;

pub use model::*;
pub use summary::{OrderFacts, OrderSummary, OrderTexts};

use crate::feeds::{Feed, Visibility};
use crate::ids::OrderId;
use crate::jobs::Due;
use crate::kind::{Kind, Projection};
use crate::region::RegionCode;
use std::collections::BTreeSet;

impl Kind for Order {
    type Id = OrderId;
    type Facts = OrderFacts;
    type Texts = OrderTexts;

    fn id(&self) -> OrderId {
        self.id
    }

    fn summary(&self) -> OrderSummary {
        summary::of(self)
    }

    fn title(texts: &OrderTexts) -> &str {
        &texts.title
    }

    fn searched(texts: &OrderTexts) -> String {
        texts.searched()
    }

    /// The village, its bureaus and the holder see all of an order, and the village for which it was taken before a merge; nobody else sees
    /// any of it.
    fn placements(&self) -> Vec<(Feed, Visibility)> {
        let before = self.moved.iter().map(|moved| moved.place.village);
        let villages: BTreeSet<RegionCode> = before.chain([self.place.village]).collect();
        let counties: BTreeSet<RegionCode> =
            villages.iter().map(|village| village.county()).collect();
        let villages = villages.into_iter().map(Feed::Village);
        let offices = counties.into_iter().map(Feed::Office);
        let feeds = villages.chain(offices).chain([Feed::Org(self.org)]);
        feeds.map(|feed| (feed, Visibility::Full)).collect()
    }

    fn public(&self) -> Option<Self> {
        None
    }

    fn projection(&self) -> Option<Projection> {
        Some(summary::projection(self))
    }

    fn due(&self) -> Vec<Due> {
        let mut due: Vec<Due> = self.next_if_silent().into_iter().collect();
        due.extend(crate::reviews::due(self));
        due
    }
}
