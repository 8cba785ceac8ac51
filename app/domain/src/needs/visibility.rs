//! Placements of a need (access control): its village, its bureaus and organizations with an order on it see all of it, everybody
//! else the public part once it is published.

use super::model::{Need, NeedHappened, NeedState};
use crate::feeds::{Feed, Visibility};

pub(super) fn placements(need: &Need) -> Vec<(Feed, Visibility)> {
    let county = need.place.county();
    let mut out = vec![(Feed::Village(need.place.village), Visibility::Full)];
    if need.state != NeedState::Draft {
        out.push((Feed::Office(county), Visibility::Full));
    }
    if matches!(need.state, NeedState::Published { .. }) {
        out.push((Feed::Needs(county), Visibility::Public));
    }
    for pledge in &need.pledges {
        out.push((Feed::Org(pledge.org), Visibility::Full));
    }
    out
}

/// What anybody who is signed in may see: no contact, no remarks of the bureaus, nothing of earlier rounds.
pub(super) fn public(need: &Need) -> Need {
    let mut seen = need.clone();
    seen.content.contact = None;
    seen.opinions.clear();
    seen.history.retain(|e| {
        !matches!(
            e.what,
            NeedHappened::Returned { .. } | NeedHappened::Submitted | NeedHappened::Edited
        )
    });
    if let NeedState::Returned { words, .. } = &mut seen.state {
        words.clear();
    }
    seen
}
