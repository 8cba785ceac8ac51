//! Designations (名录): what regions are called in dated lists, loaded and never built in.

/// What a designation is.
pub mod model;

pub use model::*;

use crate::actor::{Actor, Role};
use crate::feeds::{Feed, Visibility};
use crate::figures;
use crate::ids::DesignationId;
use crate::kind::{Kind, Projection, Summarized};
use crate::region::{Level, RegionCode};
use crate::text::fold;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// The projection's stage of one that stands in its list.
const LISTED: &str = "listed";

/// What lists of designations filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignationFacts {
    /// The region.
    pub region: RegionCode,
    /// The first day on which it holds.
    pub valid_from: Day,
    /// The last day on which it holds.
    pub valid_to: Option<Day>,
    /// Whether it has left its list.
    pub withdrawn: bool,
}

impl DesignationFacts {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, on: Day) -> bool {
        holds(self.withdrawn, self.valid_from, self.valid_to, on)
    }
}

/// What lists of designations show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignationTexts {
    /// What the region is called.
    pub name: String,
    /// The region's name.
    pub region_name: String,
}

/// The region whose lists somebody may load: a city's and the province's officers their own, an administrator any (none is said then).
#[must_use]
pub fn may_load(actor: &Actor) -> Option<Option<RegionCode>> {
    match &actor.role {
        Role::Administrator => Some(None),
        Role::Bureau { region, .. } => {
            matches!(region.level(), Level::City | Level::Province).then_some(Some(*region))
        }
        Role::Village { .. } | Role::Member { .. } | Role::Applicant => None,
    }
}

impl Kind for Designation {
    type Id = DesignationId;
    type Facts = DesignationFacts;
    type Texts = DesignationTexts;

    fn id(&self) -> DesignationId {
        self.id
    }

    fn summary(&self) -> Summarized<DesignationFacts, DesignationTexts> {
        Summarized {
            facts: DesignationFacts {
                region: self.region,
                valid_from: self.valid_from,
                valid_to: self.valid_to,
                withdrawn: self.withdrawn,
            },
            texts: DesignationTexts {
                name: self.name.clone(),
                region_name: self.region_name.clone(),
            },
        }
    }

    fn title(texts: &DesignationTexts) -> &str {
        &texts.name
    }

    fn searched(texts: &DesignationTexts) -> String {
        fold(format!("{}\n{}\n", texts.name, texts.region_name))
    }

    /// Everybody on the board of its county sees it, and those who keep that county's needs; of a city, everybody on the city's board.
    fn placements(&self) -> Vec<(Feed, Visibility)> {
        if self.withdrawn {
            return Vec::new();
        }
        let board = self.region.county();
        let mut out = vec![(Feed::Board(board), Visibility::Full)];
        if board.level() == Level::County {
            out.push((Feed::Needs(board), Visibility::Full));
        }
        out
    }

    fn public(&self) -> Option<Self> {
        None
    }

    fn projection(&self) -> Option<Projection> {
        Some(Projection {
            region: self.region,
            topic: None,
            stage: if self.withdrawn {
                figures::DRAFT
            } else {
                LISTED
            },
            updated_at: self.loaded_at,
            text: fold(self.name.clone()),
            counted: Vec::new(),
        })
    }
}
