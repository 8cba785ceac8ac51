//! Lists and searches over the summaries that this device holds. Everything here is tracked: who reads it is run again after a change.

use crate::desk::Desk;
use domain::library::{Query, alike};
use domain::{Head, Key};
use sync::replica::Listed;

impl Desk {
    /// The summaries of all needs and orders that fit, in no order. Tracked.
    #[must_use]
    pub fn heads(self, fits: impl Fn(&Key, &Head) -> bool) -> Vec<Listed> {
        self.track();
        self.engine().replica().heads(fits)
    }

    /// The summary of one need or order. Tracked.
    #[must_use]
    pub fn head(self, key: &Key) -> Option<Listed> {
        self.track();
        self.engine().replica().listed(key)
    }

    /// The published needs that fit, in the query's order, and how many there are. Tracked.
    #[must_use]
    pub fn library(self, query: &Query, most: usize) -> (Vec<Listed>, usize) {
        self.track();
        self.engine().replica().library(query, self.today(), most)
    }

    /// The counties of the library: code, name, open needs. Tracked.
    #[must_use]
    pub fn counties(self) -> Vec<(domain::RegionCode, String, usize)> {
        self.track();
        self.engine().replica().counties()
    }

    /// Open needs like this one, best first. Tracked.
    #[must_use]
    pub fn alike(self, key: &Key, most: usize) -> Vec<Listed> {
        self.track();
        let engine = self.engine();
        let replica = engine.replica();
        let Some(like) = replica.listed(key) else {
            return Vec::new();
        };
        let all = replica.heads(|_, h| h.is_open());
        let keys = alike(
            &like.head,
            all.iter().map(|l| (l.key, &*l.head)),
            *key,
            most,
        );
        keys.iter().filter_map(|k| replica.listed(k)).collect()
    }
}
