//! Filter, sort and search over the summaries of published needs. Pure, so that it runs on the phone without a network.

use crate::head::{Head, HeadState};
use crate::need::{Help, NeedStage, Topic};
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

/// Parts a search text into the words that must all occur, as [`fold`] writes them.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| fold(word.to_owned()))
        .collect()
}

/// One way to write what a search finds: small Latin letters, and of narrow width, as Chinese keyboards also type wide ones
/// (Ａ４, U+FF01 to U+FF5E). Other scripts with two cases are not in use here, and their tables would cost the page 5 kB.
#[must_use]
pub fn fold(mut text: String) -> String {
    // Wide letters begin with this byte; most texts have none.
    if text.as_bytes().contains(&0xEF) {
        let narrow = |c: char| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        };
        text = text.chars().map(narrow).collect();
    }
    text.make_ascii_lowercase();
    text
}

impl Query {
    /// Whether a need fits everything but the words.
    #[must_use]
    pub fn fits(&self, head: &Head) -> bool {
        let HeadState::Need {
            stage: NeedStage::Published,
            topic,
            help,
            taken_percent,
            ..
        } = head.state
        else {
            return false;
        };
        let left = taken_percent < 100;
        let shown = match self.show {
            Show::Open => left,
            Show::Taken => !left,
            Show::All => true,
        };
        shown
            && self.county.is_none_or(|c| c == head.village.county())
            && self.topic.is_none_or(|t| t == topic)
            && self.help.is_none_or(|h| h == help || help == Help::Both)
    }

    /// Which of two needs comes first.
    #[must_use]
    pub fn order(&self, a: &Head, b: &Head, today: Day) -> Ordering {
        let newest = || Reverse(a.at).cmp(&Reverse(b.at));
        let nearest = || (a.day < today, a.day).cmp(&(b.day < today, b.day));
        match self.sort {
            Sort::New => newest(),
            Sort::Urgent => is_urgent(b)
                .cmp(&is_urgent(a))
                .then_with(nearest)
                .then_with(newest),
            Sort::Deadline => nearest().then_with(newest),
        }
    }
}

fn is_urgent(head: &Head) -> bool {
    matches!(head.state, HeadState::Need { urgent: true, .. })
}

/// Needs like another one, best first: same topic, then the same county, then the same city, then the nearest deadline.
/// `taken` needs are never offered.
#[must_use]
pub fn alike<'a, K: Copy + Ord>(
    like: &Head,
    candidates: impl Iterator<Item = (K, &'a Head)>,
    except: K,
    most: usize,
) -> Vec<K> {
    let HeadState::Need { topic, help, .. } = like.state else {
        return Vec::new();
    };
    let mut found: Vec<_> = candidates
        .filter(|(key, head)| *key != except && head.is_open())
        .filter_map(|(key, head)| {
            let HeadState::Need {
                topic: t, help: h, ..
            } = head.state
            else {
                return None;
            };
            let county = head.village.county() == like.village.county();
            let city = head.village.at(crate::Level::City) == like.village.at(crate::Level::City);
            let score = 4 * u8::from(t == topic)
                + 2 * u8::from(county)
                + u8::from(city)
                + u8::from(h == help);
            (t == topic || county).then_some((Reverse(score), head.day, key))
        })
        .collect();
    found.sort_unstable();
    found.truncate(most);
    found.into_iter().map(|(_, _, key)| key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_capital_letters_are_found_by_narrow_and_small_ones() {
        assert_eq!(words(" Ａ４　纸 A4 LED，灯"), ["a4", "纸", "a4", "led,灯"]);
        assert_eq!(fold("ＬＥＤ路灯 12盏。".to_owned()), "led路灯 12盏。");
    }

    #[test]
    fn words_are_parted_and_lowered() {
        assert_eq!(words("  高步 LED 路灯"), ["高步", "led", "路灯"]);
        assert!(words("   ").is_empty());
    }
}
