//! The commands on picks: who may give them and what they change stands in `rules`.

use super::model::DeclineReason;
use crate::contact::Contact;
use crate::ids::{OrderId, PickId, SupplyId};
use crate::read::limits::{TextRule, Typed, WORDS};
use crate::revision::Revision;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// Pick places of a supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickSupply {
    /// The new pick.
    pub pick: PickId,
    /// The published supply.
    pub supply: SupplyId,
    /// How many places.
    pub places: u32,
    /// What for, in words that the organization reads; may be empty.
    #[serde(default)]
    pub words: String,
    /// Whom the organization calls.
    pub contact: Contact,
    /// The wording of the supply that was on the screen.
    pub seen: Revision,
}

/// An organization's answer to a pick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerPick {
    /// The pick.
    pub pick: PickId,
    /// What the organization says.
    pub answer: PickAnswer,
    /// The wording of its supply that was on the screen.
    pub seen: Revision,
}

/// What an organization says to a pick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PickAnswer {
    /// It accepts, in whole or in part.
    Accept {
        /// The new order.
        order: OrderId,
        /// How many places; no more than the village wants.
        places: u32,
        /// The day on which the organization means to deliver.
        due: Day,
        /// Whom the village calls.
        contact: Contact,
    },
    /// It declines.
    Decline {
        /// Why, as a code.
        reason: DeclineReason,
        /// Why, in words that the village reads; may be empty unless the reason is another one.
        #[serde(default)]
        words: String,
    },
}

/// Take a pick back that was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawPick {
    /// The pick.
    pub pick: PickId,
}

impl Typed for PickSupply {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
        self.contact.texts(see);
    }
}

impl Typed for AnswerPick {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        match &mut self.answer {
            PickAnswer::Accept { contact, .. } => contact.texts(see),
            PickAnswer::Decline { words, .. } => see(&WORDS, words),
        }
    }
}

impl Typed for WithdrawPick {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}
