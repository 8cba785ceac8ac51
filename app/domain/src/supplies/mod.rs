//! Supplies (供给项目): what an organization offers to villages (clause 三(二)2).

/// What a supply's answers must be like.
pub mod answers;
/// The commands on supplies.
pub mod commands;
/// The form of a supply, as it is typed.
pub mod form;
/// What a supply is.
pub mod model;
/// What a person may do with a supply now.
pub mod offers;
/// Who may do what to a supply, and what becomes of it.
pub mod rules;
/// What lists know of a supply.
pub mod summary;
/// Who sees how much of a supply.
mod visibility;

pub use model::*;
pub use summary::{SupplyFacts, SupplySummary, SupplyTexts};

use crate::feeds::{Feed, Visibility};
use crate::ids::SupplyId;
use crate::kind::{Kind, Projection};

impl Kind for Supply {
    type Id = SupplyId;
    type Facts = SupplyFacts;
    type Texts = SupplyTexts;

    fn id(&self) -> SupplyId {
        self.id
    }

    fn summary(&self) -> SupplySummary {
        summary::of(self)
    }

    fn title(texts: &SupplyTexts) -> &str {
        &texts.title
    }

    fn searched(texts: &SupplyTexts) -> String {
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
}
