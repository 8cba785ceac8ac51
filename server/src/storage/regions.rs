//! The table of regions, as questions look at it.

use super::StorageError;
use super::figures::region_of;
use crate::regions::Region;
use domain::{Day, Level, RegionCode};

/// Regions by their codes.
#[derive(Clone, Copy, Debug)]
pub struct RegionsQuery {
    /// From this code on.
    pub(super) first: i64,
    /// Up to this one.
    pub(super) last: i64,
    /// Codes that this divides: those of a level and of what lies above it.
    pub(super) step: i64,
}

impl RegionsQuery {
    /// This region alone.
    #[must_use]
    pub fn one(region: RegionCode) -> Self {
        let code = region.number().cast_signed();
        Self {
            first: code,
            last: code,
            step: 1,
        }
    }

    /// A region, and what lies in it, down to a level.
    #[must_use]
    pub fn down_to(level: Level, region: RegionCode) -> Self {
        let (first, last) = super::browse::codes(region);
        Self {
            first,
            last,
            step: level.codes().cast_signed(),
        }
    }

    /// The provinces.
    #[must_use]
    pub fn provinces() -> Self {
        Self {
            step: Level::Province.codes().cast_signed(),
            ..Self::all()
        }
    }

    /// The whole table.
    #[must_use]
    pub fn all() -> Self {
        Self {
            first: 0,
            last: i64::MAX,
            step: 1,
        }
    }
}

/// Of a row of the table of regions: whether it is in use on the day that stands behind this parameter.
macro_rules! in_use {
    ($parameter:literal) => {
        concat!(
            "(valid_from IS NULL OR valid_from <= ",
            $parameter,
            ") AND (valid_to IS NULL OR valid_to >= ",
            $parameter,
            ")"
        )
    };
}
pub(super) use in_use;

/// A row as the databases give it.
pub(super) type Row = (i64, String, Option<String>, Option<String>, Option<i64>);

pub(super) fn region(row: Row) -> Result<Region, StorageError> {
    let (code, name, valid_from, valid_to, successor) = row;
    let day = |text: Option<String>| -> Result<Option<Day>, StorageError> {
        let read = text.map(|text| text.parse().map_err(|_| StorageError::Data(text)));
        read.transpose()
    };
    Ok(Region {
        code: region_of(code)?,
        name,
        valid_from: day(valid_from)?,
        valid_to: day(valid_to)?,
        successor: successor.map(region_of).transpose()?,
    })
}
