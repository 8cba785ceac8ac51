//! Lists and searches over the summaries that this device holds. All functions here are tracked: effects and memos that call them
//! run again after a change.

use crate::desk::Desk;
use domain::library::{Query, alike};
use domain::needs::NeedFacts;
use domain::{Facts, Key};
use sync::replica::ListItem;

impl Desk {
    /// The summaries of everything whose facts fit, in no order. Tracked.
    #[must_use]
    pub fn list(self, fits: impl Fn(&Facts) -> bool) -> Vec<ListItem> {
        self.track();
        self.engine().replica().list(fits)
    }

    /// The summary of one entity. Tracked.
    #[must_use]
    pub fn list_item(self, key: &Key) -> Option<ListItem> {
        self.track();
        self.engine().replica().list_item(key)
    }

    /// The published needs that fit, in the query's order, and how many there are. Tracked.
    #[must_use]
    pub fn library(self, query: &Query, most: usize) -> (Vec<ListItem>, usize) {
        self.track();
        self.engine().replica().library(query, self.today(), most)
    }

    /// The published supplies that fit, in the query's order, and how many there are. Tracked.
    #[must_use]
    pub fn supplies(self, query: &Query, most: usize) -> (Vec<ListItem>, usize) {
        self.track();
        self.engine().replica().supplies(query, self.today(), most)
    }

    /// The counties of the library: code, name, open needs. Tracked.
    #[must_use]
    pub fn counties(self) -> Vec<(domain::RegionCode, String, usize)> {
        self.track();
        self.engine().replica().counties()
    }

    /// The regions whose names this device knows, by the needs that it holds. Tracked.
    #[must_use]
    pub fn region_names(self) -> Vec<(domain::RegionCode, String)> {
        let counties = self.counties().into_iter();
        counties.map(|(code, name, _)| (code, name)).collect()
    }

    /// Open needs like this one, best first. Tracked.
    #[must_use]
    pub fn alike(self, key: &Key, most: usize) -> Vec<ListItem> {
        self.track();
        let engine = self.engine();
        let replica = engine.replica();
        let Some(like) = replica.list_item(key) else {
            return Vec::new();
        };
        let Some(like) = like.summary.need() else {
            return Vec::new();
        };
        let open = replica.needs(NeedFacts::is_open);
        let keys = alike(&like.facts, open, *key, most);
        keys.iter().filter_map(|k| replica.list_item(k)).collect()
    }
}
