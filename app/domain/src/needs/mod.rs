//! Needs (需求, 点单): what a village asks for.

/// What a need's answers must be like.
pub mod answers;
/// How a need ends undelivered, and is asked for again.
/// What ends with a need.
pub(crate) mod calling_off;
/// The commands on needs.
pub mod commands;
/// Needs that are probably the same matter.
pub mod duplicates;
pub mod ending;
/// The form of a need, as it is typed.
pub mod form;
/// Needs of several villages, or twice of one, that are the same matter: saying so, merging them, parting them again.
pub mod merging;
/// What a need is.
pub mod model;
/// What a person may do with a need now.
pub mod offers;
/// Who may do what to a need, and what becomes of it.
pub mod rules;
/// Who may screen a village's needs.
pub mod screener;
/// What lists know of a need.
pub mod summary;
/// A published need that a bureau takes out of the library.
pub mod taking_down;
/// Who sees how much of a need.
mod visibility;
/// Who waits for what is fully ordered.
pub mod waiting;

pub use model::*;
pub use summary::{Agreed, NeedFacts, NeedSummary, NeedTexts};
pub use visibility::browsable;
pub use waiting::{Offer, Waiting};

use crate::feeds::{Feed, Visibility};
use crate::ids::NeedId;
use crate::jobs::Due;
use crate::kind::{Kind, Projection};

impl Kind for Need {
    type Id = NeedId;
    type Facts = NeedFacts;
    type Texts = NeedTexts;

    fn id(&self) -> NeedId {
        self.id
    }

    fn summary(&self) -> NeedSummary {
        summary::of(self)
    }

    fn title(texts: &NeedTexts) -> &str {
        &texts.title
    }

    fn searched(texts: &NeedTexts) -> String {
        texts.searched()
    }

    fn placements(&self) -> Vec<(Feed, Visibility)> {
        visibility::placements(self)
    }

    fn public(&self) -> Option<Self> {
        Some(visibility::public(self))
    }

    fn projection(&self) -> Option<Projection> {
        Some(summary::projection(self))
    }

    fn due(&self) -> Vec<Due> {
        let due = [self.due_expiry(), self.due_offer()];
        due.into_iter().flatten().collect()
    }
}
