//! The commands on reviews: who may give them and what they change stands in `rules`.

use super::model::Answer;
use crate::ids::{OrderId, ReviewId};
use crate::read::limits::{TextRule, Typed, WORDS};
use serde::{Deserialize, Serialize};

/// Say how it went, after a delivery was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveReview {
    /// The new review.
    pub review: ReviewId,
    /// The order it is about.
    pub order: OrderId,
    /// The answers to the side's three questions.
    pub answers: [Answer; 3],
    /// What else there is to say; may be empty.
    #[serde(default)]
    pub words: String,
}

/// Say whether what was delivered months ago is still in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillInUse {
    /// The order.
    pub order: OrderId,
    /// Which question is answered: 6 or 12 months after the confirmation.
    pub month: u8,
    /// Whether it is.
    pub answer: Answer,
    /// What else there is to say; may be empty.
    #[serde(default)]
    pub words: String,
}

impl Typed for LeaveReview {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}

impl Typed for StillInUse {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}
