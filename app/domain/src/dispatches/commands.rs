//! The commands on dispatches: who may give them and what they change stands in `rules`.

use super::model::DeclineReason;
use crate::contact::Contact;
use crate::credit::CreditCode;
use crate::ids::{DispatchId, NeedId, OrderId};
use crate::quantity::OrderLine;
use crate::read::limits::{TextRule, Typed, WORDS};
use crate::revision::Revision;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// Ask an organization to take a need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchNeed {
    /// The new dispatch.
    pub dispatch: DispatchId,
    /// The published need.
    pub need: NeedId,
    /// Whom the bureau asks.
    pub org: CreditCode,
    /// How much of what; none leaves it to the organization.
    #[serde(default)]
    pub lines: Vec<OrderLine>,
    /// What the bureau says to the organization; may be empty.
    #[serde(default)]
    pub note: String,
    /// The last day on which it may be answered.
    pub answer_by: Day,
    /// The wording of the need that was on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// Take what a bureau asks for, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerDispatch {
    /// The dispatch.
    pub dispatch: DispatchId,
    /// What the organization says.
    pub answer: DispatchAnswer,
}

/// What an organization says to a dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchAnswer {
    /// It takes it, all or part.
    Accept {
        /// The new order.
        order: OrderId,
        /// How much of what.
        lines: Vec<OrderLine>,
        /// The day on which it means to deliver.
        due: Day,
        /// Whom the village calls.
        contact: Contact,
        /// The wording of the need that was on the screen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Revision>,
    },
    /// It does not.
    Decline {
        /// Why, as a code.
        reason: DeclineReason,
        /// Why, in words; may be empty where the reason says it.
        #[serde(default)]
        words: String,
    },
}

/// Ask no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawDispatch {
    /// The dispatch.
    pub dispatch: DispatchId,
}

impl Typed for DispatchNeed {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.note);
    }
}

impl Typed for AnswerDispatch {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        match &mut self.answer {
            DispatchAnswer::Accept { contact, .. } => contact.texts(see),
            DispatchAnswer::Decline { words, .. } => see(&WORDS, words),
        }
    }
}

impl Typed for WithdrawDispatch {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}
