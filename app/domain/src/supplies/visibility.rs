//! Placements of a supply (access control): its organization sees all of it, the bureau that screens it too once it was sent; everybody
//! in the regions it is offered in sees the public part once it is published, and a village with a live pick keeps seeing that: while a change
//! waits for the bureau, as it was published last.

use super::model::{PublishedWording, Supply, SupplyHappened, SupplyState};
use crate::feeds::{Feed, Visibility};

pub(super) fn placements(supply: &Supply) -> Vec<(Feed, Visibility)> {
    let mut out = vec![(Feed::Org(supply.org), Visibility::Full)];
    let was_sent = supply.state != SupplyState::Draft || supply.was_sent();
    if was_sent {
        out.push((Feed::Office(supply.registered_in), Visibility::Full));
    }
    if matches!(
        supply.state,
        SupplyState::Published { .. } | SupplyState::Paused { .. }
    ) {
        for region in &supply.content.regions {
            out.push((Feed::Board(region.code), Visibility::Public));
        }
    }
    for picked in &supply.picks {
        out.push((Feed::Village(picked.village), Visibility::Public));
    }
    out
}

/// What anybody who is signed in may see: no picks that wait for an answer, no words of the bureau, nothing of earlier rounds.
pub(super) fn public(supply: &Supply) -> Supply {
    let mut seen = supply.clone();
    seen.rewritten.clear();
    // Nobody else reads what no bureau has agreed to, nor what it said of that.
    if let Some(published) = seen.published.take() {
        let PublishedWording { content, revision } = *published;
        (seen.content, seen.revision) = (content, revision);
        if matches!(
            seen.state,
            SupplyState::Draft | SupplyState::Returned { .. }
        ) {
            seen.state = SupplyState::Submitted {
                at: supply.updated_at,
            };
        }
    }
    seen.picks.retain(|picked| picked.held.is_some());
    seen.history.retain(|e| {
        !matches!(
            e.what,
            SupplyHappened::Returned { .. }
                | SupplyHappened::Submitted
                | SupplyHappened::Changed
                | SupplyHappened::Picked { .. }
                | SupplyHappened::Unpicked { .. }
        )
    });
    if let SupplyState::Returned { words, .. } = &mut seen.state {
        words.clear();
    }
    seen
}
