//! Needs that are probably the same matter, among those that this device holds.

use crate::desk::Desk;
use crate::ui::need_row::stage_pill;
use domain::needs::duplicates::{ASKED, Likely, Ready, Told, Weights, compare, counts, likely};
use domain::needs::{NeedFacts, NeedStage};
use domain::{Facts, Key, Level, NeedId, RegionCode};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// So many titles are enough to know which words are rare.
const TITLES: usize = 2_000;

/// How rare words are on this device, read once: each page that compares makes its own.
#[derive(Clone, Copy)]
pub struct Compare {
    desk: Desk,
    weights: StoredValue<Weights>,
}

/// A need that is probably the same matter as another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The need.
    pub id: NeedId,
    /// Its title.
    pub title: String,
    /// Its village.
    pub village: RegionCode,
    /// Where it stands, in a word or two.
    pub stage: &'static str,
    /// Whether it is in the library.
    pub published: bool,
    /// How probably, and why.
    pub likely: Likely,
}

/// Two needs that are probably the same matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The one that was first.
    pub a: NeedId,
    /// The other one.
    pub b: NeedId,
    /// Their titles.
    pub titles: (String, String),
    /// Why.
    pub reasons: String,
}

/// So many pairs are shown.
const PAIRS: usize = 20;

impl Compare {
    /// Reads how rare words are among the titles of this device.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let needs = untrack(|| desk.list(|facts| matches!(facts, Facts::Need(_))));
        let titles = needs
            .iter()
            .take(TITLES)
            .map(|item| item.summary.title().to_owned());
        Self {
            desk,
            weights: StoredValue::new(Weights::of(titles)),
        }
    }

    /// The needs that are probably the same matter as what is told, the likeliest first. Tracked.
    #[must_use]
    pub fn with(self, told: Told, except: &[NeedId]) -> Vec<Found> {
        let today = self.desk.today();
        let town = told.village.at(Level::Town);
        let is_near = |need: &NeedFacts| town.contains(need.village) && counts(need, today);
        let near = self
            .desk
            .list(|facts| matches!(facts, Facts::Need(need) if is_near(need)));
        self.weights.with_value(|weights| {
            let mut known = BTreeMap::new();
            let candidates: Vec<(NeedId, Ready)> = near
                .into_iter()
                .filter_map(|item| match (item.key, item.summary.need()) {
                    (Key::Need(id), Some(need)) if !except.contains(&id) => {
                        let ready = weights.ready(Told::of(&need.facts, &need.texts));
                        known.insert(id, (need.facts, need.texts.title.clone()));
                        Some((id, ready))
                    }
                    _ => None,
                })
                .collect();
            let found = likely(&weights.ready(told), candidates);
            let shown = |(id, likely)| {
                let (facts, title) = known.remove(&id)?;
                Some(Found {
                    id,
                    title,
                    village: facts.village,
                    stage: stage_pill(&facts).1,
                    published: facts.stage == NeedStage::Published,
                    likely,
                })
            };
            found.into_iter().filter_map(shown).collect()
        })
    }

    /// Needs that wait or are published, two of one town and very much alike: the likeliest first. Tracked.
    #[must_use]
    pub fn pairs(self) -> Vec<Pair> {
        let today = self.desk.today();
        let stands = |need: &NeedFacts| {
            matches!(need.stage, NeedStage::Submitted | NeedStage::Published) && counts(need, today)
        };
        let open = self
            .desk
            .list(|facts| matches!(facts, Facts::Need(need) if stands(need)));
        let mut towns: BTreeMap<RegionCode, Vec<(NeedFacts, NeedId, String, Ready)>> =
            BTreeMap::new();
        self.weights.with_value(|weights| {
            for item in open {
                if let (Key::Need(id), Some(need)) = (item.key, item.summary.need()) {
                    let ready = weights.ready(Told::of(&need.facts, &need.texts));
                    let town = towns.entry(need.facts.village.at(Level::Town)).or_default();
                    town.push((need.facts, id, need.texts.title.clone(), ready));
                }
            }
        });
        let mut found: Vec<(f32, Pair)> = Vec::new();
        for needs in towns.values_mut() {
            needs.sort_by_key(|(facts, id, ..)| (facts.at, *id));
            for (n, (_, a, a_title, a_ready)) in needs.iter().enumerate() {
                for (_, b, b_title, b_ready) in needs.iter().skip(n + 1) {
                    let Some(likely) = compare(b_ready, a_ready) else {
                        continue;
                    };
                    if likely.score > ASKED {
                        let titles = (a_title.clone(), b_title.clone());
                        let reasons = likely.reasons;
                        found.push((
                            likely.score,
                            Pair {
                                a: *a,
                                b: *b,
                                titles,
                                reasons,
                            },
                        ));
                    }
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        found.truncate(PAIRS);
        found.into_iter().map(|(_, pair)| pair).collect()
    }
}
