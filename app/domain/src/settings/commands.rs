//! The command on settings.

use super::model::{PublishRule, Setting};
use crate::contact::Contact;
use crate::read::limits::{TextRule, Typed};
use crate::region::RegionCode;
use crate::revision::Revision;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Set what a region decides for itself, all of it at once: what is absent holds as the region above has set it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSettings {
    /// The county, city or province.
    pub region: RegionCode,
    /// Whether one approval publishes a need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<PublishRule>,
    /// Limits and periods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<Setting, u32>,
    /// Whom people of the region call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Contact>,
    /// The settings that were on the screen.
    pub seen: Revision,
}

impl Typed for SetSettings {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        if let Some(help) = &mut self.help {
            help.texts(see);
        }
    }
}
