//! Needs that are probably the same matter, among those that this device holds.

use crate::desk::Desk;
use crate::ui::need_row::stage_pill;
use domain::needs::duplicates::{Likely, Ready, Told, Weights, counts, likely};
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
}
