//! The commands on supplies: who may give them and what they change stands in `rules`.

use super::model::SupplyContent;
use crate::ids::SupplyId;
use crate::needs::commands::Screening;
use crate::read::limits::{TextRule, Typed, WORDS};
use crate::revision::Revision;
use serde::{Deserialize, Serialize};

/// Keep a supply as a draft that only the organization sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveSupply {
    /// The supply, new or a draft or returned.
    pub supply: SupplyId,
    /// What the organization wrote; a draft may be incomplete but must have a title.
    pub content: SupplyContent,
}

/// Write a supply and send it to the bureau in one act; also for a draft or a returned one with new content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitSupply {
    /// The supply, new or a draft or returned.
    pub supply: SupplyId,
    /// What the organization wrote.
    pub content: SupplyContent,
}

/// A bureau's opinion on a submitted supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenSupply {
    /// The submitted supply.
    pub supply: SupplyId,
    /// What the bureau says.
    pub opinion: Screening,
    /// The wording that the officer had on the screen.
    pub seen: Revision,
}

/// Change a supply that the bureau already has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSupply {
    /// The submitted, published or paused supply.
    pub supply: SupplyId,
    /// The whole new content.
    pub content: SupplyContent,
}

/// Take no picks for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseSupply {
    /// The published supply.
    pub supply: SupplyId,
}

/// Take picks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeSupply {
    /// The paused supply.
    pub supply: SupplyId,
}

/// Offer a supply no more. One that was never published is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndSupply {
    /// The supply; orders on it go on.
    pub supply: SupplyId,
}

macro_rules! typed_by_content {
    ($($command:ident),*) => {
        $(impl Typed for $command {
            fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
                self.content.texts(see);
            }
        })*
    };
}
typed_by_content!(SaveSupply, SubmitSupply, ChangeSupply);

macro_rules! nothing_typed {
    ($($command:ident),*) => {
        $(impl Typed for $command {
            fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
        })*
    };
}
nothing_typed!(PauseSupply, ResumeSupply, EndSupply);

impl Typed for ScreenSupply {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        match &mut self.opinion {
            Screening::Publish { remark } => see(&WORDS, remark),
            Screening::Return { words, .. } => see(&WORDS, words),
        }
    }
}
