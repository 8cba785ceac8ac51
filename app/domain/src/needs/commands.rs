//! The commands on needs: who may give them and what they change stands in `rules`.

pub use super::ending::{AskAgain, CloseNeed};
pub use super::waiting::{AnswerOffer, JoinWaiting, LeaveWaiting, OfferAnswer};

use super::model::{NeedContent, ReturnReason, WithdrawReason};
use crate::ids::NeedId;
use crate::read::limits::{TextRule, Typed, WORDS};
use crate::revision::Revision;
use serde::{Deserialize, Serialize};

/// Keep a need as a draft that only the village sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveNeed {
    /// The need, new or a draft or returned.
    pub need: NeedId,
    /// What the village wrote; a draft may be incomplete but must have a title.
    pub content: NeedContent,
}

/// Write a need and send it to the county in one act; also for a draft or a returned need with new content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostNeed {
    /// The need, new or a draft or returned.
    pub need: NeedId,
    /// What the village wrote.
    pub content: NeedContent,
}

/// Send a draft or a returned need to the county as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitNeed {
    /// The draft or returned need.
    pub need: NeedId,
}

/// Change a need that the county already has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditNeed {
    /// The submitted or published need.
    pub need: NeedId,
    /// The whole new content.
    pub content: NeedContent,
}

/// Take a need back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawNeed {
    /// The need; no organization may hold an order on it.
    pub need: NeedId,
    /// Why.
    pub reason: WithdrawReason,
}

/// A bureau's opinion on a submitted need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenNeed {
    /// The submitted need.
    pub need: NeedId,
    /// What the bureau says.
    pub opinion: Screening,
    /// The wording that the officer had on the screen; none from pages that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// A bureau's opinion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screening {
    /// It may go into the library.
    Publish {
        /// A remark, may be empty.
        #[serde(default)]
        remark: String,
    },
    /// Back to the village.
    Return {
        /// Why, as a code.
        reason: ReturnReason,
        /// What to repair, in words that the village reads.
        words: String,
    },
}

/// Say of another village's need that one's own village needs the same, or that it does not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlsoNeed {
    /// The published need of another village.
    pub need: NeedId,
    /// Whether one's own village needs it.
    #[serde(default = "yes")]
    pub wanted: bool,
}

fn yes() -> bool {
    true
}

/// Say that two needs that look alike are two matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellApart {
    /// The need; one's own for a village.
    pub need: NeedId,
    /// The one that looks like it.
    pub other: NeedId,
}

/// Merge a need into another one that asks for the same. Its orders move along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeNeeds {
    /// The need that ends in the other one.
    pub from: NeedId,
    /// The need that goes on.
    pub into: NeedId,
    /// The wording of `from` that the officer had on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_from: Option<Revision>,
    /// The wording of `into` that the officer had on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_into: Option<Revision>,
}

/// Part again what was merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoMerge {
    /// The need that was merged into another one.
    pub need: NeedId,
    /// Its wording that was on the screen; none from pages that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
    /// The wording of the other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_into: Option<Revision>,
}

/// Take a published need out of the library. The orders on it end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeDown {
    /// The published need.
    pub need: NeedId,
    /// Why, as a code.
    pub reason: ReturnReason,
    /// Why, in words that the village and the holders of orders read.
    pub words: String,
    /// The wording that the officer had on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

impl Typed for AlsoNeed {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for TellApart {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for MergeNeeds {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for UndoMerge {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for TakeDown {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}

impl Typed for SaveNeed {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        self.content.texts(see);
    }
}

impl Typed for PostNeed {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        self.content.texts(see);
    }
}

impl Typed for SubmitNeed {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for EditNeed {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        self.content.texts(see);
    }
}

impl Typed for WithdrawNeed {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for ScreenNeed {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        match &mut self.opinion {
            Screening::Publish { remark } => see(&WORDS, remark),
            Screening::Return { words, .. } => see(&WORDS, words),
        }
    }
}
