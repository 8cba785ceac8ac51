//! Needs that are probably the same matter, by what their titles share. Measured on titles of some 14 characters: pairs of characters
//! alone are too sparse, single characters weighted by how rare they are tell far more, and half of both is best (`tests/duplicates.rs`).
//!
//! Only needs of the same village, or of the same town and topic, of the last twelve months are compared (blocking), so a high score is
//! rarely a coincidence. What is shown is a ranking with reasons; nothing is decided by it.

use super::model::{NeedStage, Topic};
use super::summary::{NeedFacts, NeedTexts};
use crate::region::{Level, RegionCode};
use crate::text::fold;
use crate::time::Day;
use std::cmp::Ordering;

/// From this score on a need is shown as probably the same.
pub const SHOWN: f32 = 0.2;
/// From this score on somebody is asked before they send theirs.
pub const ASKED: f32 = 0.6;
/// How many are shown at most.
pub const MOST: usize = 3;
/// Needs of so many days ago and before are not compared.
const DAYS: i32 = 365;
/// The titles alone must share so much: the same unit and the same month make no duplicate.
const LEAST_TEXT: f32 = 0.12;
/// What the same thing or unit among the items adds.
const SAME_ITEM: f32 = 0.15;
/// What it adds that both are of use at the same time.
const SAME_TIME: f32 = 0.1;

/// Words that say nothing about the matter; the longer ones first.
const POLITE: [&str; 24] = [
    "我们村",
    "村委会",
    "请求",
    "申请",
    "希望",
    "需要",
    "急需",
    "帮助",
    "帮忙",
    "解决",
    "支持",
    "谢谢",
    "我村",
    "本村",
    "村里",
    "一下",
    "一批",
    "想要",
    "请",
    "求",
    "缺",
    "要",
    "的",
    "了",
];
/// Units that count nearly everything.
const COMMON_UNITS: [&str; 12] = [
    "个", "人", "元", "次", "户", "套", "台", "件", "米", "张", "份", "块",
];

/// What is compared of a need: one that is being written, or one of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The title.
    pub title: String,
    /// The names and units of what is asked for: `路灯 盏 电线 米`, with or without quantities.
    pub items: String,
    /// The village.
    pub village: RegionCode,
    /// The topic; none as long as it is not chosen.
    pub topic: Option<Topic>,
    /// Since when it is asked for.
    pub from: Day,
    /// Until when it is of use.
    pub until: Day,
}

impl Told {
    /// A need as lists know it.
    #[must_use]
    pub fn of(facts: &NeedFacts, texts: &NeedTexts) -> Self {
        Self {
            title: texts.title.clone(),
            items: texts.items.clone(),
            village: facts.village,
            topic: Some(facts.topic),
            from: facts.at.day(),
            until: facts.deadline,
        }
    }
}

/// Whether a need can be the same matter as one that goes on: it is itself of the last months and still stands for something.
#[must_use]
pub fn counts(facts: &NeedFacts, today: Day) -> bool {
    let stands = !matches!(
        facts.stage,
        NeedStage::Withdrawn | NeedStage::Merged | NeedStage::TakenDown
    );
    stands && today.0 - facts.at.day().0 <= DAYS
}

/// How near two needs are, if they are compared at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Near {
    Village,
    Town,
}

fn near(a: &Told, b: &Told) -> Option<Near> {
    if a.village == b.village {
        return Some(Near::Village);
    }
    let same_topic = a.topic.is_none() || b.topic.is_none() || a.topic == b.topic;
    let same_town = a.village.at(Level::Town) == b.village.at(Level::Town);
    (same_town && same_topic).then_some(Near::Town)
}

/// A title without digits, signs, white space and polite words.
fn plain(title: &str) -> Vec<char> {
    let mut text = fold(title.to_owned());
    for word in POLITE {
        text = text.replace(word, "");
    }
    text.chars()
        .filter(|c| c.is_alphabetic() && !c.is_numeric())
        .collect()
}

/// Characters as terms of one, pairs of neighbours as terms of two, each once, sorted.
fn terms(plain: &[char], size: usize) -> Vec<u64> {
    let term = |part: &[char]| {
        part.iter()
            .fold(0, |all, c| all << 32 | u64::from(u32::from(*c)))
    };
    let mut terms: Vec<u64> = plain.windows(size).map(term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// How rare characters and pairs of them are among the titles of a library (inverse document frequency).
#[derive(Clone, Debug, Default)]
pub struct Weights {
    /// The term of each title in which it occurs, sorted: as often as it occurs.
    all: Vec<u64>,
    titles: usize,
}

impl Weights {
    /// Those of a library's titles.
    pub fn of<T: AsRef<str>>(titles: impl IntoIterator<Item = T>) -> Self {
        let mut weights = Self::default();
        for title in titles {
            let plain = plain(title.as_ref());
            weights.all.extend(terms(&plain, 1));
            weights.all.extend(terms(&plain, 2));
            weights.titles += 1;
        }
        weights.all.sort_unstable();
        weights
    }

    fn weight(&self, term: u64) -> f32 {
        let from = self.all.partition_point(|t| *t < term);
        let to = self.all.partition_point(|t| *t <= term);
        let (all, with) = (self.titles as f32, (to - from) as f32);
        ((all + 1.0) / (with + 0.5)).ln().max(0.05)
    }

    fn weighed(&self, terms: Vec<u64>) -> Weighed {
        let terms: Vec<(u64, f32)> = terms.into_iter().map(|t| (t, self.weight(t))).collect();
        let sum = terms.iter().map(|(_, weight)| weight).sum();
        Weighed { terms, sum }
    }

    /// A need made ready to be compared with many.
    #[must_use]
    pub fn ready(&self, told: Told) -> Ready {
        let plain = plain(&told.title);
        Ready {
            characters: self.weighed(terms(&plain, 1)),
            pairs: self.weighed(terms(&plain, 2)),
            plain,
            told,
        }
    }
}

#[derive(Clone, Debug)]
struct Weighed {
    terms: Vec<(u64, f32)>,
    sum: f32,
}

impl Weighed {
    /// Dice: what both have, among all that they have.
    fn dice(&self, other: &Self) -> f32 {
        let mut shared = 0.0;
        let mut rest = other.terms.iter().peekable();
        for (term, weight) in &self.terms {
            while rest.next_if(|(t, _)| t < term).is_some() {}
            if rest.next_if(|(t, _)| t == term).is_some() {
                shared += weight;
            }
        }
        let all = self.sum + other.sum;
        if all > 0.0 { 2.0 * shared / all } else { 0.0 }
    }
}

/// A need made ready to be compared.
#[derive(Clone, Debug)]
pub struct Ready {
    told: Told,
    plain: Vec<char>,
    characters: Weighed,
    pairs: Weighed,
}

impl Ready {
    /// How much the titles have in common, 0 to 1.
    #[must_use]
    pub fn text(&self, other: &Self) -> f32 {
        0.5 * self.characters.dice(&other.characters) + 0.5 * self.pairs.dice(&other.pairs)
    }
}

/// Names and units among the items, without quantities.
fn item_words(items: &str) -> impl Iterator<Item = &str> {
    let words = items.split(|c: char| c.is_whitespace() || c == '、');
    words.filter(|w| {
        !w.is_empty() && !w.starts_with(|c: char| c.is_ascii_digit()) && !COMMON_UNITS.contains(w)
    })
}

fn same_item<'a>(a: &'a Told, b: &Told) -> Option<&'a str> {
    let mut shared: Vec<&str> = item_words(&a.items)
        .filter(|word| item_words(&b.items).any(|other| other == *word))
        .collect();
    shared.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    shared.first().copied()
}

/// The longest run of characters that both titles have, of two at least.
fn same_words(a: &[char], b: &[char]) -> Option<String> {
    let mut longest: &[char] = &[];
    for from in 0..a.len() {
        for to in from + longest.len().max(1) + 1..=a.len() {
            let run = &a[from..to];
            if !b.windows(run.len()).any(|w| w == run) {
                break;
            }
            longest = run;
        }
    }
    (longest.len() >= 2).then(|| longest.iter().collect())
}

/// A need that is probably the same matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Likely {
    /// How probably, 0 to 1.25.
    pub score: f32,
    /// Why, for people: `同村 · 同为路灯 · 5 月`.
    pub reasons: String,
}

/// Whether two needs are probably the same matter, and why; none if they are not worth showing.
#[must_use]
pub fn compare(a: &Ready, b: &Ready) -> Option<Likely> {
    let near = near(&a.told, &b.told)?;
    let text = a.text(b);
    if text < LEAST_TEXT {
        return None;
    }
    let item = same_item(&a.told, &b.told);
    let at_once = a.told.from <= b.told.until && b.told.from <= a.told.until;
    let mut score = text;
    if item.is_some() {
        score += SAME_ITEM;
    }
    if at_once {
        score += SAME_TIME;
    }
    if score < SHOWN {
        return None;
    }
    let mut reasons = vec![match near {
        Near::Village => "同村".to_owned(),
        Near::Town => "同乡镇".to_owned(),
    }];
    let item = item
        .filter(|word| word.chars().count() > 1)
        .map(str::to_owned);
    if let Some(word) = item.or_else(|| same_words(&a.plain, &b.plain)) {
        reasons.push(format!("同为{word}"));
    }
    reasons.push(format!("{} 月", b.told.from.ymd().1));
    Some(Likely {
        score,
        reasons: reasons.join(" · "),
    })
}

/// Those of the candidates that are probably the same matter, the likeliest first, at most [`MOST`].
pub fn likely<K: Copy + Ord>(
    asked: &Ready,
    candidates: impl IntoIterator<Item = (K, Ready)>,
) -> Vec<(K, Likely)> {
    let mut found: Vec<(K, Likely)> = candidates
        .into_iter()
        .filter_map(|(key, other)| Some((key, compare(asked, &other)?)))
        .collect();
    found.sort_by(|(a_key, a), (b_key, b)| {
        let by_score = b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal);
        by_score.then(a_key.cmp(b_key))
    });
    found.truncate(MOST);
    found
}
