//! Placements of a need (access control): its village, its bureaus and organizations with an order on it see all of it, everybody
//! else the public part once it is published.

use super::model::{Need, NeedHappened, NeedState};
use crate::actor::{Actor, Role};
use crate::feeds::{Feed, Visibility};
use crate::region::RegionCode;

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
    // A village whose need was merged into this one sees what becomes of it.
    if need.state != NeedState::Draft {
        let villages = need.merged.iter().flat_map(|merged| {
            [merged.place.village]
                .into_iter()
                .chain(merged.brought.clone())
        });
        let others = villages.filter(|village| *village != need.place.village);
        out.extend(others.map(|village| (Feed::Village(village), Visibility::Public)));
    }
    out
}

/// What anybody who is signed in may see: no contact, no remarks of the bureaus, nothing of earlier rounds.
pub(super) fn public(need: &Need) -> Need {
    let mut seen = need.clone();
    seen.content.contact = None;
    seen.opinions.clear();
    seen.rewritten.clear();
    seen.asked.clear();
    seen.told_apart.clear();
    for merged in &mut seen.merged {
        merged.title.clear();
        merged.orders.clear();
    }
    seen.history.retain(|e| {
        !matches!(
            e.what,
            NeedHappened::Returned { .. }
                | NeedHappened::Submitted
                | NeedHappened::Edited
                | NeedHappened::Dispatched { .. }
                | NeedHappened::DispatchDeclined { .. }
                | NeedHappened::DispatchUnanswered { .. }
                | NeedHappened::DispatchWithdrawn { .. }
                | NeedHappened::TakenDown { .. }
                | NeedHappened::Merged { .. }
                | NeedHappened::TookIn { .. }
                | NeedHappened::Parted { .. }
                | NeedHappened::Reminded { .. }
        )
    });
    for event in &mut seen.history {
        if let NeedHappened::HandOverAsked { words, .. } = &mut event.what {
            words.clear();
        }
    }
    match &mut seen.state {
        NeedState::Returned { words, .. } | NeedState::TakenDown { words, .. } => words.clear(),
        // Where it went on is for those who had it.
        NeedState::Merged { title, before, .. } => {
            title.clear();
            if let NeedState::Returned { words, .. } = before.as_mut() {
                words.clear();
            }
        }
        _ => {}
    }
    seen
}

/// Where somebody who keeps no replica may browse needs, and how much of each they see; `None` if they may not. Without a `wanted` region it is
/// their own. Officers see everything of their region but drafts, villages and organizations the public part of what is published, anywhere.
#[must_use]
pub fn browsable(actor: &Actor, wanted: Option<RegionCode>) -> Option<(RegionCode, Visibility)> {
    match &actor.role {
        Role::Bureau { region, .. } => {
            let wanted = wanted.unwrap_or(*region);
            region
                .contains(wanted)
                .then_some((wanted, Visibility::Full))
        }
        Role::Village { place } => {
            let region = wanted.unwrap_or_else(|| place.county());
            Some((region, Visibility::Public))
        }
        Role::Member { .. } => {
            let region = wanted.or(actor.library.first().copied())?;
            Some((region, Visibility::Public))
        }
        Role::Applicant | Role::Administrator => None,
    }
}
