//! The commands that keep orders honest: who may give them and what they change stands in `rules`.

use super::HandOverReason;
use crate::contact::Contact;
use crate::ids::{NeedId, OrderId};
use crate::read::limits::{TextRule, Typed, WORDS};
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// Say that an order of which nothing was heard goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewOrder {
    /// The order.
    pub order: OrderId,
    /// How it stands, in words that the village reads.
    pub words: String,
}

/// Deliver on another day than was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveDue {
    /// The order.
    pub order: OrderId,
    /// The new day.
    pub due: Day,
    /// Why, in words that the village reads.
    pub words: String,
}

/// Ask the holder of an order to hand it over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskHandOver {
    /// The need that the order is on.
    pub need: NeedId,
    /// The order.
    pub order: OrderId,
    /// Why, as a code.
    pub reason: HandOverReason,
    /// Why, in words; may be empty.
    #[serde(default)]
    pub words: String,
    /// Whom the holder calls about it, where the order does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

impl Typed for AskHandOver {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
        if let Some(contact) = &mut self.contact {
            contact.texts(see);
        }
    }
}

/// Answer that an order is kept; handing it over is [`ReleaseOrder`](crate::commands::ReleaseOrder).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerHandOver {
    /// The order.
    pub order: OrderId,
    /// What the holder says; everybody who sees the need reads it.
    pub words: String,
}

/// Free an order of which nothing was heard for long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeOrder {
    /// The order.
    pub order: OrderId,
    /// Why, in words that the holder reads.
    pub words: String,
}

macro_rules! has_words {
    ($($name:ident),*) => {
        $(impl Typed for $name {
            fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
                see(&WORDS, &mut self.words);
            }
        })*
    };
}
has_words!(RenewOrder, MoveDue, AnswerHandOver, FreeOrder);
