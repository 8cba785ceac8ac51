//! Filter, sort and search over the summaries of published needs. Pure, so that it runs on the phone without a network.

use crate::needs::{Help, NeedFacts, NeedStage, Topic};
use crate::region::RegionCode;
use crate::time::Day;
use std::cmp::{Ordering, Reverse};

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all occur, parted by white space.
    pub text: String,
    /// Only needs of this county.
    pub county: Option<RegionCode>,
    /// Only needs of this topic.
    pub topic: Option<Topic>,
    /// Only needs that ask for this help (a need that asks for both fits either).
    pub help: Option<Help>,
    /// Which needs, by what is left of them.
    pub show: Show,
    /// In which order.
    pub sort: Sort,
}

/// Which needs, by what is left of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Something is left to take.
    #[default]
    Open,
    /// Nothing is left.
    Taken,
    /// Both.
    All,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest first.
    #[default]
    New,
    /// Urgent ones first, then by deadline.
    Urgent,
    /// The nearest deadline first; what is overdue comes last.
    Deadline,
}

impl Query {
    /// Whether a need fits everything but the words.
    #[must_use]
    pub fn fits(&self, need: &NeedFacts) -> bool {
        let left = need.taken_percent < 100;
        let shown = match self.show {
            Show::Open => left,
            Show::Taken => !left,
            Show::All => true,
        };
        need.stage == NeedStage::Published
            && shown
            && self.county.is_none_or(|c| c == need.village.county())
            && self.topic.is_none_or(|t| t == need.topic)
            && self
                .help
                .is_none_or(|h| h == need.help || need.help == Help::Both)
    }

    /// Which of two needs comes first.
    #[must_use]
    pub fn order(&self, a: &NeedFacts, b: &NeedFacts, today: Day) -> Ordering {
        let newest = || Reverse(a.at).cmp(&Reverse(b.at));
        let nearest = || (a.deadline < today, a.deadline).cmp(&(b.deadline < today, b.deadline));
        match self.sort {
            Sort::New => newest(),
            Sort::Urgent => b.urgent.cmp(&a.urgent).then_with(nearest).then_with(newest),
            Sort::Deadline => nearest().then_with(newest),
        }
    }
}

/// Needs like another one, best first: same topic, then the same county, then the same city, then the nearest deadline.
/// Needs of which nothing is left are never offered.
#[must_use]
pub fn alike<K: Copy + Ord>(
    like: &NeedFacts,
    candidates: impl Iterator<Item = (K, NeedFacts)>,
    except: K,
    most: usize,
) -> Vec<K> {
    let city = |need: &NeedFacts| need.village.at(crate::Level::City);
    let mut found: Vec<_> = candidates
        .filter(|(key, need)| *key != except && need.is_open())
        .filter_map(|(key, need)| {
            let same_topic = need.topic == like.topic;
            let same_county = need.village.county() == like.village.county();
            let score = 4 * u8::from(same_topic)
                + 2 * u8::from(same_county)
                + u8::from(city(&need) == city(like))
                + u8::from(need.help == like.help);
            (same_topic || same_county).then_some((Reverse(score), need.deadline, key))
        })
        .collect();
    found.sort_unstable();
    found.truncate(most);
    found.into_iter().map(|(_, _, key)| key).collect()
}
