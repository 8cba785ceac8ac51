//! The commands on orders: who may give them and what they change stands in `rules`.

pub use super::keeping::commands::{AnswerHandOver, AskHandOver, FreeOrder, MoveDue, RenewOrder};

use super::model::ReleaseReason;
use crate::contact::Contact;
use crate::ids::{NeedId, OrderId, ProgressId};
use crate::money::Fen;
use crate::quantity::OrderLine;
use crate::read::limits::{PROGRESS, TextRule, Typed, WORDS};
use crate::revision::Revision;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// Take (part of) a need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOrder {
    /// The new order.
    pub order: OrderId,
    /// The published need.
    pub need: NeedId,
    /// How much of what.
    pub lines: Vec<OrderLine>,
    /// The day on which the organization means to deliver.
    pub due: Day,
    /// Whom the village calls; an order without a number is refused. Pages that let it away send none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The wording of the need that was on the screen; none from pages that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// Give an order back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseOrder {
    /// The order.
    pub order: OrderId,
    /// Why, as a code.
    pub reason: ReleaseReason,
    /// Why, in words that the village reads; may be empty where the reason says it.
    #[serde(default)]
    pub words: String,
}

/// Report what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportProgress {
    /// The order.
    pub order: OrderId,
    /// The new report.
    pub progress: ProgressId,
    /// What was done.
    pub text: String,
    /// Money spent.
    #[serde(default)]
    pub cash: Fen,
    /// Goods given, by value.
    #[serde(default)]
    pub goods: Fen,
    /// Persons.
    #[serde(default)]
    pub persons: u32,
    /// Visits.
    #[serde(default)]
    pub visits: u32,
}

/// Say that an order is delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkDelivered {
    /// The order.
    pub order: OrderId,
    /// What the village should look at.
    #[serde(default)]
    pub note: String,
}

/// The village agrees that it was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmDelivery {
    /// The order.
    pub order: OrderId,
    /// The delivery that was on the screen; none from pages that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// The village does not agree that it was delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeDelivery {
    /// The order.
    pub order: OrderId,
    /// What is missing.
    pub reason: String,
    /// The delivery that was on the screen; none from pages that did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// Remind whoever is to do the next step of an order: its holder, or of a delivery the village.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindOrder {
    /// The open order.
    pub order: OrderId,
}

impl Typed for RemindOrder {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for TakeOrder {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        if let Some(contact) = &mut self.contact {
            contact.texts(see);
        }
    }
}

impl Typed for ReleaseOrder {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}

impl Typed for ReportProgress {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&PROGRESS, &mut self.text);
    }
}

impl Typed for MarkDelivered {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.note);
    }
}

impl Typed for ConfirmDelivery {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for DisputeDelivery {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.reason);
    }
}
