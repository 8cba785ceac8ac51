//! Needs, orders, supplies and organizations page by page: the query as a database is asked it. Who may ask what is decided above, in `crate::browse`.
//!
//! Which plan answers it depends on its selectivity: how many of the rows fit. Nobody knows that beforehand, so the plan that is cheap for
//! common things is tried first, within a budget.
//!
//! - **Ordered scan**: from the newest row of the region on (an index each for the province, its cities and its counties), until the page is
//!   full. Alone, if nothing but a region is asked for. With a topic, a stage or words, it looks at [`BUDGET`] rows at most.
//! - **By terms**: if those do not fill the page, what is asked for is rare, and the index of terms gives all rows that fit; they are
//!   sorted. Region, topic and stage are terms too, so what is rare only in this region is rare here.
//!
//! The slow case is a word that many rows have and none of the newest: all of them are sorted. `docs/BENCHMARKS.md` has its number.

use super::{StorageError, projection};
use domain::figures::ALL;
use domain::{Day, EntityKind, Level, RegionCode};
use std::collections::BTreeMap;

/// How many rows an ordered scan looks at before it gives up. A page of 50 is found among them if one row in 160 fits; where fewer fit, the
/// index gives 6,250 of a million at most. So of words that are spread evenly, none costs more than about that many rows by either plan. On
/// PostgreSQL a row in order takes about 1 µs, and one that the index gives 2 to 4 µs, since it lies on a page of its own: with half this
/// budget a word in one row of 100 went through the index and took up to 54 ms (p95, on a busy machine).
const BUDGET: i64 = 8_000;

/// A page to read: newest first, beyond the last page's end (keyset paging).
#[derive(Clone, Debug)]
pub struct BrowseQuery {
    /// Of this kind.
    pub kind: EntityKind,
    /// In this region.
    pub region: RegionCode,
    /// Whole ones of every stage but drafts, or published ones without what is private.
    pub full: bool,
    /// Drafts too.
    pub with_drafts: bool,
    /// This one alone.
    pub need: Option<String>,
    /// Of this topic.
    pub topic: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// Those that count in this figure on this day.
    pub figure: Option<(String, Day)>,
    /// In one of these regions, from their first code to their last, sorted and apart from one another.
    pub regions: Option<Vec<(i64, i64)>>,
    /// With each of these words, as `domain::text::words` writes them.
    pub words: Vec<String>,
    /// Older than this: time of the last change, and identifier.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: i64,
    /// How many rows an ordered scan looks at when it may find few; what is found is the same with any number.
    pub budget: i64,
}

/// Villages, towns, counties, cities.
const MOST_SIZES: usize = 4;

/// A need that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundNeed {
    /// When it was last changed.
    pub updated_at: i64,
    /// Its identifier.
    pub id: String,
    /// Its JSON, as much of it as was asked for.
    pub body: String,
}

/// A city or county of the table of regions, and how many needs but drafts lie in it if it is a county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedCounty {
    /// Its code.
    pub code: RegionCode,
    /// Its name.
    pub name: String,
    /// How many needs.
    pub needs: u64,
}

impl CountedCounty {
    /// A row as a database gives it.
    pub(super) fn read(code: i64, name: String, needs: i64) -> Result<Self, StorageError> {
        let region = u64::try_from(code).ok().and_then(|c| c.try_into().ok());
        Ok(Self {
            code: region.ok_or_else(|| StorageError::Data(format!("{code} is no region")))?,
            name,
            needs: needs.unsigned_abs(),
        })
    }
}

/// The smallest region with an order of its own that the asked one lies in, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderedBy {
    Time,
    City(i64),
    County(i64),
}

/// The codes of a region: from the first to the last.
pub(super) fn codes(region: RegionCode) -> (i64, i64) {
    let first = region.number().cast_signed();
    (first, first + region.level().codes().cast_signed() - 1)
}

impl BrowseQuery {
    /// Every stage of a region, from the newest on.
    #[must_use]
    pub fn of(region: RegionCode, limit: i64) -> Self {
        Self {
            kind: EntityKind::Need,
            region,
            full: true,
            with_drafts: false,
            need: None,
            topic: None,
            stage: None,
            figure: None,
            regions: None,
            words: Vec::new(),
            after: None,
            limit,
            budget: BUDGET,
        }
    }

    /// The codes of the region: from the first to the last.
    pub(super) fn codes(&self) -> (i64, i64) {
        codes(self.region)
    }

    pub(super) fn ordered_by(&self) -> OrderedBy {
        let region = self.region.number().cast_signed();
        match self.region.level() {
            Level::Province => OrderedBy::Time,
            Level::City => OrderedBy::City(region / projection::CITY),
            Level::County | Level::Town | Level::Village => {
                OrderedBy::County(region / projection::COUNTY)
            }
        }
    }

    /// Whether more than a region is asked for, so that a page may be far to seek.
    pub(super) fn is_selective(&self) -> bool {
        self.need.is_none()
            && (self.topic.is_some()
                || self.stage.is_some()
                || self.figure.is_some()
                || self.regions.is_some()
                || !self.words.is_empty())
    }

    /// Whether rows are found by their facts when they are rare: no word is asked for that would find them sooner. Where only some regions
    /// count, facts lie together by region, and an ordered scan would look at all others.
    pub(super) fn is_by_facts(&self) -> bool {
        self.regions.is_some()
            || (self.figure.is_some() && self.words.is_empty() && self.stage.is_none())
    }

    /// The figure whose facts lead to the rows, and the last day of those that count.
    pub(super) fn led_by(&self) -> (&str, i64) {
        match &self.figure {
            Some((name, today)) => (name, i64::from(today.0)),
            None => (ALL, i64::from(i32::MAX)),
        }
    }

    /// The regions that count by how many codes they have, each by its first code, so that a row is looked up by its own region. None where
    /// they do not lie as regions do.
    pub(super) fn regions_by_size(&self) -> Option<BTreeMap<i64, Vec<i64>>> {
        let mut out: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        if self.regions.is_none() {
            return Some(out);
        }
        for (first, last) in self.ranges() {
            let size = last - first + 1;
            if first % size != 0 {
                return None;
            }
            out.entry(size).or_default().push(first);
        }
        (out.len() <= MOST_SIZES).then_some(out)
    }

    /// Which codes, from first to last: what is asked for, cut to the region.
    pub(super) fn ranges(&self) -> Vec<(i64, i64)> {
        let (first, last) = self.codes();
        match &self.regions {
            None => vec![(first, last)],
            Some(regions) => regions
                .iter()
                .map(|(from, to)| ((*from).max(first), (*to).min(last)))
                .filter(|(from, to)| from <= to)
                .collect(),
        }
    }

    /// The terms that every row which fits has.
    pub(super) fn terms(&self) -> Vec<String> {
        let mut terms: Vec<String> = self
            .words
            .iter()
            .flat_map(|word| domain::text::query_terms(word))
            .collect();
        let region = self.region.number().cast_signed();
        match self.ordered_by() {
            OrderedBy::Time => {}
            OrderedBy::City(_) => terms.push(projection::city(region)),
            OrderedBy::County(_) => terms.push(projection::county(region)),
        }
        terms.extend(self.topic.as_deref().map(projection::topic));
        terms.extend(self.stage.as_deref().map(projection::stage));
        terms.sort_unstable();
        terms.dedup();
        terms
    }

    /// The words that a row may have all terms of and yet not contain: longer ones than two characters, which are a term themselves.
    pub(super) fn long_words(&self) -> impl Iterator<Item = &String> {
        self.words.iter().filter(|w| w.chars().nth(2).is_some())
    }
}
