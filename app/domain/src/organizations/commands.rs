//! The commands on organizations: who may give them and what they change stands in `rules`.

use super::model::{OrgProfile, RefuseReason};
use crate::credit::CreditCode;
use crate::read::limits::{ORG_NAME, ORG_SCOPE, TextRule, Typed, WORDS};
use crate::region::RegionCode;
use crate::revision::Revision;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// An organization that does not exist here yet registers itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterOrganization {
    /// Its unified social credit code.
    pub organization: CreditCode,
    /// The region whose civil affairs bureau registered it.
    pub registered_in: RegionCode,
    /// What it says of itself.
    pub profile: OrgProfile,
}

/// An organization changes what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeOrganization {
    /// The organization.
    pub organization: CreditCode,
    /// All of it, as it is to be.
    pub profile: OrgProfile,
}

/// The bureau lets an organization in, or agrees to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproveOrganization {
    /// The organization.
    pub organization: CreditCode,
    /// The wording that was on the screen.
    pub seen: Revision,
}

/// The bureau does not let an organization in, or does not agree to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefuseOrganization {
    /// The organization.
    pub organization: CreditCode,
    /// Why, as a code.
    pub reason: RefuseReason,
    /// Why, in words that the organization reads.
    pub words: String,
    /// The wording that was on the screen.
    pub seen: Revision,
}

/// The bureau lets an organization take nothing new for the time being.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspendOrganization {
    /// The organization.
    pub organization: CreditCode,
    /// Why, in words that its members read.
    pub words: String,
    /// The last day of it; none when somebody has to lift it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// The wording that was on the screen; none from pages that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// The bureau lets an organization take orders again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftSuspension {
    /// The organization.
    pub organization: CreditCode,
    /// What its members should know; may be empty.
    #[serde(default)]
    pub words: String,
    /// The wording that was on the screen; none from pages that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

impl Typed for OrgProfile {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&ORG_NAME, &mut self.name);
        see(&ORG_SCOPE, &mut self.scope);
        self.contact.texts(see);
    }
}

impl Typed for RegisterOrganization {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        self.profile.texts(see);
    }
}

impl Typed for ChangeOrganization {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        self.profile.texts(see);
    }
}

impl Typed for ApproveOrganization {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for RefuseOrganization {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}

impl Typed for SuspendOrganization {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}

impl Typed for LiftSuspension {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}
