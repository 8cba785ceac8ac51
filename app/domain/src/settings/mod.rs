//! Settings: what a county, a city or the province decides for itself. What a region has not set holds as the region above it has set it.

/// The command on settings.
pub mod commands;
/// What can be set.
pub mod model;
/// Who may set what.
pub mod rules;

pub use model::*;

use crate::feeds::{Feed, Visibility};
use crate::kind::{Kind, Projection, Summarized};
use crate::region::{Level, RegionCode};
use serde::{Deserialize, Serialize};

/// What lists of settings filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsFacts {
    /// The region.
    pub region: RegionCode,
}

/// What lists of settings show and search: nothing beyond the facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsTexts {}

impl Kind for Settings {
    type Id = RegionCode;
    type Facts = SettingsFacts;
    type Texts = SettingsTexts;

    fn id(&self) -> RegionCode {
        self.region
    }

    fn summary(&self) -> Summarized<SettingsFacts, SettingsTexts> {
        Summarized {
            facts: SettingsFacts {
                region: self.region,
            },
            texts: SettingsTexts {},
        }
    }

    fn title(_: &SettingsTexts) -> &str {
        ""
    }

    fn searched(_: &SettingsTexts) -> String {
        String::new()
    }

    /// Everybody whom they bind may read them: its board, and those who keep a county's needs.
    fn placements(&self) -> Vec<(Feed, Visibility)> {
        let mut out = vec![(Feed::Board(self.region), Visibility::Full)];
        if self.region.level() == Level::County {
            out.push((Feed::Needs(self.region), Visibility::Full));
        }
        out
    }

    fn public(&self) -> Option<Self> {
        Some(self.clone())
    }

    fn projection(&self) -> Option<Projection> {
        None
    }
}
