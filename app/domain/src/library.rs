//! Filter, sort and search over the summaries of published needs and supplies. Pure, so that it runs on the phone without a network.

use crate::designations::Lens;
use crate::needs::{Help, NeedFacts, NeedStage, Topic};
use crate::region::RegionCode;
use crate::time::{Day, Millis};
use std::cmp::{Ordering, Reverse};

/// What the library looks at in a need or a supply.
pub trait Listed {
    /// Whether it is in the library.
    fn is_listed(&self) -> bool;
    /// Whether something is left of it.
    fn has_left(&self) -> bool;
    /// Whether it belongs to this county.
    fn lies_in(&self, county: RegionCode) -> bool;
    /// Whether it is seen through a lens: lies in what bears the designation. What lies nowhere is seen through every one.
    fn is_seen(&self, _lens: &Lens) -> bool {
        true
    }
    /// Its topic.
    fn topic(&self) -> Topic;
    /// The kind of help.
    fn help(&self) -> Help;
    /// Whether it cannot wait.
    fn is_urgent(&self) -> bool;
    /// The last day on which it is of use.
    fn deadline(&self) -> Day;
    /// When it was published.
    fn at(&self) -> Millis;
}

impl Listed for NeedFacts {
    fn is_listed(&self) -> bool {
        self.stage == NeedStage::Published
    }

    fn has_left(&self) -> bool {
        self.taken_percent < 100
    }

    fn lies_in(&self, county: RegionCode) -> bool {
        self.village.county() == county
    }

    fn is_seen(&self, lens: &Lens) -> bool {
        lens.shows(self.village)
    }

    fn topic(&self) -> Topic {
        self.topic
    }

    fn help(&self) -> Help {
        self.help
    }

    fn is_urgent(&self) -> bool {
        self.urgent
    }

    fn deadline(&self) -> Day {
        self.deadline
    }

    fn at(&self) -> Millis {
        self.at
    }
}

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
    /// Only where a designation holds.
    pub lens: Option<Lens>,
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
    /// Whether it fits everything but the words.
    #[must_use]
    pub fn fits(&self, one: &impl Listed) -> bool {
        let shown = match self.show {
            Show::Open => one.has_left(),
            Show::Taken => !one.has_left(),
            Show::All => true,
        };
        let help = one.help();
        one.is_listed()
            && shown
            && self.county.is_none_or(|c| one.lies_in(c))
            && self.lens.as_ref().is_none_or(|lens| one.is_seen(lens))
            && self.topic.is_none_or(|t| t == one.topic())
            && self.help.is_none_or(|h| h == help || help == Help::Both)
    }

    /// Which of two comes first.
    #[must_use]
    pub fn order<T: Listed>(&self, a: &T, b: &T, today: Day) -> Ordering {
        let newest = || Reverse(a.at()).cmp(&Reverse(b.at()));
        let by_day = |one: &T| (one.deadline() < today, one.deadline());
        let nearest = || by_day(a).cmp(&by_day(b));
        match self.sort {
            Sort::New => newest(),
            Sort::Urgent => b
                .is_urgent()
                .cmp(&a.is_urgent())
                .then_with(nearest)
                .then_with(newest),
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
