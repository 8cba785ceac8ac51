//! Picks (点单): a village asks for places of a supply, and its organization answers.

/// The commands on picks.
pub mod commands;
/// What a pick is.
pub mod model;
/// What a person may do with a pick now.
pub mod offers;
/// Who may do what to a pick, and what becomes of it.
pub mod rules;

pub use model::*;

use crate::feeds::{Feed, Visibility};
use crate::ids::{OrderId, PickId, SupplyId};
use crate::kind::{Kind, Projection, Summarized};
use crate::region::{self, RegionCode};
use crate::text::fold;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// What lists of picks filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickFacts {
    /// Where it stands.
    pub stage: PickStage,
    /// The supply.
    pub supply: SupplyId,
    /// The village's code.
    pub village: RegionCode,
    /// How many places it wants.
    pub places: u32,
    /// The order that accepts it, if it is accepted.
    pub order: Option<OrderId>,
    /// When it was picked.
    pub picked_at: Millis,
    /// When it last changed.
    pub at: Millis,
}

/// What lists of picks show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickTexts {
    /// The supply's title.
    pub title: String,
    /// Who offers it.
    pub org_name: String,
    /// The county's name.
    pub county_name: String,
    /// The town's name.
    pub town_name: String,
    /// The village's name.
    pub village_name: String,
    /// What it wants: `图书 800 册`.
    pub wanted: String,
}

impl PickFacts {
    /// Whether it waits for the organization.
    #[must_use]
    pub fn asks_supplier(&self) -> bool {
        self.stage == PickStage::Proposed
    }
}

impl PickTexts {
    /// County, town and village, as a line shows them.
    #[must_use]
    pub fn place(&self) -> String {
        region::line(&self.county_name, &self.town_name, &self.village_name)
    }
}

impl Kind for Pick {
    type Id = PickId;
    type Facts = PickFacts;
    type Texts = PickTexts;

    fn id(&self) -> PickId {
        self.id
    }

    fn summary(&self) -> Summarized<PickFacts, PickTexts> {
        Summarized {
            facts: PickFacts {
                stage: self.state.stage(),
                supply: self.supply,
                village: self.place.village,
                places: self.places,
                order: match self.state {
                    PickState::Accepted { order, .. } => Some(order),
                    _ => None,
                },
                picked_at: self.created_at,
                at: self.updated_at,
            },
            texts: PickTexts {
                title: self.title.clone(),
                org_name: self.org_name.clone(),
                county_name: self.place.county_name.clone(),
                town_name: self.place.town_name.clone(),
                village_name: self.place.village_name.clone(),
                wanted: self.wanted.clone(),
            },
        }
    }

    fn title(texts: &PickTexts) -> &str {
        &texts.title
    }

    fn searched(texts: &PickTexts) -> String {
        fold(format!(
            "{}\n{}\n{}\n{}\n",
            texts.title,
            texts.org_name,
            texts.place(),
            texts.wanted
        ))
    }

    /// The village, its bureaus and the organization see all of a pick; nobody else sees any of it.
    fn placements(&self) -> Vec<(Feed, Visibility)> {
        vec![
            (Feed::Village(self.place.village), Visibility::Full),
            (Feed::Office(self.place.county()), Visibility::Full),
            (Feed::Org(self.org), Visibility::Full),
        ]
    }

    fn public(&self) -> Option<Self> {
        None
    }

    fn projection(&self) -> Option<Projection> {
        None
    }
}
