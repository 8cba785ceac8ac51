//! Dispatches (派单): a bureau asks one organization to take a need; it accepts or declines, and what is declined or not answered goes back
//! to the bureau.

/// The commands on dispatches.
pub mod commands;
/// What a dispatch is.
pub mod model;
/// What a person may do with a dispatch now.
pub mod offers;
/// Who may do what to a dispatch, and what becomes of it.
pub mod rules;
/// What lists know of a dispatch.
pub mod summary;

pub use model::*;
pub use summary::{DispatchFacts, DispatchSummary, DispatchTexts};

use crate::feeds::{Feed, Visibility};
use crate::ids::DispatchId;
use crate::jobs::{Due, Job};
use crate::kind::{Kind, Projection};

impl Kind for Dispatch {
    type Id = DispatchId;
    type Facts = DispatchFacts;
    type Texts = DispatchTexts;

    fn id(&self) -> DispatchId {
        self.id
    }

    fn summary(&self) -> DispatchSummary {
        summary::of(self)
    }

    fn title(texts: &DispatchTexts) -> &str {
        &texts.title
    }

    fn searched(texts: &DispatchTexts) -> String {
        texts.searched()
    }

    /// The bureaus of the county and the organization see what was said; the village sees that somebody was asked.
    fn placements(&self) -> Vec<(Feed, Visibility)> {
        vec![
            (Feed::Village(self.place.village), Visibility::Public),
            (Feed::Office(self.place.county()), Visibility::Full),
            (Feed::Org(self.org), Visibility::Full),
        ]
    }

    fn public(&self) -> Option<Self> {
        let mut seen = self.clone();
        seen.note.clear();
        if let DispatchState::Declined { words, .. } = &mut seen.state {
            words.clear();
        }
        Some(seen)
    }

    fn projection(&self) -> Option<Projection> {
        None
    }

    fn due(&self) -> Vec<Due> {
        match self.state {
            DispatchState::Open => vec![Due {
                job: Job::ReturnDispatch,
                at: self.answer_by.plus(1).start(),
            }],
            _ => Vec::new(),
        }
    }
}
