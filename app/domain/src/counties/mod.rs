//! Counties: what each of them decides for itself.

/// A county's settings.
pub mod model;

pub use model::*;

use crate::feeds::{Feed, Visibility};
use crate::kind::{Kind, Projection, Summarized};
use crate::region::RegionCode;
use serde::{Deserialize, Serialize};

/// What lists of counties filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyFacts {
    /// The county.
    pub county: RegionCode,
}

/// What lists of counties show and search: nothing beyond the facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountyTexts {}

impl Kind for CountySettings {
    type Id = RegionCode;
    type Facts = CountyFacts;
    type Texts = CountyTexts;

    fn id(&self) -> RegionCode {
        self.county
    }

    fn summary(&self) -> Summarized<CountyFacts, CountyTexts> {
        Summarized {
            facts: CountyFacts {
                county: self.county,
            },
            texts: CountyTexts {},
        }
    }

    fn title(_: &CountyTexts) -> &str {
        ""
    }

    fn searched(_: &CountyTexts) -> String {
        String::new()
    }

    fn placements(&self) -> Vec<(Feed, Visibility)> {
        vec![(Feed::Office(self.county), Visibility::Full)]
    }

    fn public(&self) -> Option<Self> {
        None
    }

    fn projection(&self) -> Option<Projection> {
        None
    }
}
