//! A county's settings.

use crate::region::RegionCode;
use serde::{Deserialize, Serialize};

/// What a county decides for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountySettings {
    /// The county.
    pub county: RegionCode,
    /// Whether one approval publishes a need, or both departments must agree.
    pub publish: PublishRule,
}

/// Who must agree before a need is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishRule {
    /// One of the two departments.
    #[default]
    Either,
    /// Both departments.
    Both,
}

impl CountySettings {
    /// What holds where a county has set nothing.
    #[must_use]
    pub fn default_for(county: RegionCode) -> Self {
        Self {
            county,
            publish: PublishRule::Either,
        }
    }
}
