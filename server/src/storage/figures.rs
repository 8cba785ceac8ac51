//! Figures by region: facts beside entities, and tallies that are summed up from them (materialized rollup).
//!
//! An entity's facts are a pure function of it and are replaced as a whole in its transaction, never changed by a difference. The tallies
//! they touch are summed up anew from what lies below before the commit, so a tally cannot drift; [`recomputed`] is what `check` compares
//! with.

use super::StorageError;
use domain::figures::{ALL, DRAFT};
use domain::{Day, Entity, Level, RegionCode};
use std::collections::{BTreeMap, BTreeSet};

/// The layout of projections and facts. Raise it with every change of a kind's `projection`: the next start writes those of all entities
/// anew.
pub(super) const PROJECTION_LAYOUT: &str = "1";
/// Where `meta` says with which layout they are written.
pub(super) const PROJECTION_KEY: &str = "projections";

/// The levels of which tallies are kept, each summed up from the one before: what lies above a county is summed up when it is asked for.
pub const LEVELS: [Level; 3] = [Level::Village, Level::Town, Level::County];

/// A level as a number, as the tables have it.
#[must_use]
pub fn level_number(level: Level) -> i64 {
    match level {
        Level::Province => 1,
        Level::City => 2,
        Level::County => 3,
        Level::Town => 4,
        Level::Village => 5,
    }
}

/// What an entity counts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityFacts {
    /// The entity's kind.
    pub kind: String,
    /// The entity.
    pub id: String,
    /// Where it counts.
    pub region: i64,
    /// The figures it counts in, each with the first day on which it does; sorted.
    pub figures: Vec<(String, i64)>,
}

impl EntityFacts {
    /// Those of an entity, if its kind is counted.
    #[must_use]
    pub fn of(entity: &Entity) -> Option<Self> {
        let (key, projection) = (entity.key(), entity.projection()?);
        let mut figures: Vec<(String, i64)> = Vec::new();
        if projection.stage != DRAFT {
            figures.push((ALL.to_owned(), 0));
            figures.push((projection.stage.to_owned(), 0));
            let counted = projection.counted.iter();
            figures.extend(counted.map(|c| (c.figure.to_owned(), i64::from(c.from.0))));
        }
        figures.sort_unstable();
        figures.dedup_by(|one, other| one.0 == other.0);
        Some(Self {
            kind: key.kind().name().to_owned(),
            id: key.id(),
            region: projection.region.number().cast_signed(),
            figures,
        })
    }

    /// Its rows.
    pub fn rows(&self) -> impl Iterator<Item = FactRow> + '_ {
        self.figures.iter().map(|(name, from_day)| FactRow {
            kind: self.kind.clone(),
            id: self.id.clone(),
            name: name.clone(),
            region: self.region,
            from_day: *from_day,
        })
    }
}

/// A fact as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactRow {
    /// The entity's kind.
    pub kind: String,
    /// The entity.
    pub id: String,
    /// The figure.
    pub name: String,
    /// Where.
    pub region: i64,
    /// The first day on which it counts.
    pub from_day: i64,
}

/// What a tally counts: region, kind and figure, on one level.
pub type Cell = (i64, String, String);

/// A tally as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TallyRow {
    /// The level of its region, as a number.
    pub level: i64,
    /// The region.
    pub region: i64,
    /// Of which kind.
    pub kind: String,
    /// The figure.
    pub name: String,
    /// The first day on which they count.
    pub from_day: i64,
    /// How many.
    pub n: i64,
}

/// What is to be written so that the stored facts become these: entities whose facts differ, and the village cells they touch.
#[derive(Debug, Default)]
pub(super) struct FactChanges {
    /// Kinds and identifiers whose rows are deleted.
    pub(super) replaced: Vec<(String, String)>,
    /// The rows that take their place.
    pub(super) rows: Vec<FactRow>,
    /// Every cell that had one of the old ones or has one of the new ones.
    pub(super) touched: BTreeSet<Cell>,
}

/// Compares facts with those that are stored.
pub(super) fn changes(stored: Vec<FactRow>, now: &[EntityFacts]) -> FactChanges {
    let mut before: BTreeMap<(String, String), Vec<FactRow>> = BTreeMap::new();
    for row in stored {
        let of = before.entry((row.kind.clone(), row.id.clone()));
        of.or_default().push(row);
    }
    let mut out = FactChanges::default();
    for entity in now {
        let key = (entity.kind.clone(), entity.id.clone());
        let mut old = before.remove(&key).unwrap_or_default();
        old.sort_unstable();
        let new: Vec<FactRow> = entity.rows().collect();
        if old == new {
            continue;
        }
        for row in old.iter().chain(&new) {
            let cell = (row.region, row.kind.clone(), row.name.clone());
            out.touched.insert(cell);
        }
        out.replaced.push(key);
        out.rows.extend(new);
    }
    out
}

/// The cells of a level in which cells of the level below lie.
pub(super) fn above(cells: &BTreeSet<Cell>, level: Level) -> BTreeSet<Cell> {
    let codes = level.codes().cast_signed();
    let cells = cells.iter();
    cells
        .map(|(region, kind, name)| (region / codes * codes, kind.clone(), name.clone()))
        .collect()
}

/// All tallies, made from all facts.
#[must_use]
pub fn recomputed<'a>(facts: impl Iterator<Item = &'a FactRow>) -> BTreeSet<TallyRow> {
    let mut sums: BTreeMap<(i64, i64, String, String, i64), i64> = BTreeMap::new();
    for fact in facts {
        for level in LEVELS {
            let codes = level.codes().cast_signed();
            let key = (
                level_number(level),
                fact.region / codes * codes,
                fact.kind.clone(),
                fact.name.clone(),
                fact.from_day,
            );
            *sums.entry(key).or_default() += 1;
        }
    }
    let sums = sums.into_iter();
    sums.map(|((level, region, kind, name, from_day), n)| TallyRow {
        level,
        region,
        kind,
        name,
        from_day,
        n,
    })
    .collect()
}

/// A question for figures: those of the regions one level below, or of the region itself where `level` is its own.
#[derive(Clone, Copy, Debug)]
pub struct FiguresQuery {
    /// In this region.
    pub region: RegionCode,
    /// Added up by regions of this level.
    pub level: Level,
    /// On this day.
    pub today: Day,
}

impl FiguresQuery {
    /// The level whose tallies answer it, as a number.
    pub(super) fn stored_level(&self) -> i64 {
        level_number(self.level.max(Level::County))
    }

    /// How many codes a region of the level has.
    pub(super) fn codes(&self) -> i64 {
        self.level.codes().cast_signed()
    }
}

/// A number of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFigure {
    /// The region; what is not in one of the level stands at its own, higher region.
    pub region: RegionCode,
    /// Of which kind.
    pub kind: String,
    /// The figure.
    pub name: String,
    /// How many.
    pub n: u64,
}

impl FoundFigure {
    /// A row as a database gives it.
    pub(super) fn read(
        region: i64,
        kind: String,
        name: String,
        n: i64,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            region: region_of(region)?,
            kind,
            name,
            n: n.unsigned_abs(),
        })
    }
}

/// A region's code as a database gives it.
pub(super) fn region_of(code: i64) -> Result<RegionCode, StorageError> {
    let region = u64::try_from(code).ok().and_then(|c| c.try_into().ok());
    region.ok_or_else(|| StorageError::Data(format!("{code} is no region")))
}
