//! What a designation is.

use crate::ids::{DesignationId, UserId};
use crate::region::{Level, RegionCode};
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// What a region is called in a dated list of some authority (名录): 重点帮扶村, 示范创建村. Loaded data, never a constant: whoever loads it
/// says from where it comes. A region may bear many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Designation {
    /// Its identifier, made of the name and the region, so that loading a list twice changes nothing.
    pub id: DesignationId,
    /// What the region is called.
    pub name: String,
    /// The village, town, county or city.
    pub region: RegionCode,
    /// The region's name when the list was loaded, with what it lies in: `通道侗族自治县 · 坪坦乡 · 木脚村`.
    pub region_name: String,
    /// The first day on which it holds.
    pub valid_from: Day,
    /// The last day on which it holds; open where the list says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Day>,
    /// Where the list comes from: the authority, the document and its date.
    pub source: String,
    /// Who loaded it.
    pub loaded_by: UserId,
    /// When, by the server.
    pub loaded_at: Millis,
    /// It stood in an earlier list and not in the one loaded after it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Designation {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, on: Day) -> bool {
        holds(self.withdrawn, self.valid_from, self.valid_to, on)
    }

    /// Whether a list says of the region what is known already, whoever loaded it.
    #[must_use]
    pub fn says_what(&self, other: &Self) -> bool {
        self.name == other.name
            && self.region == other.region
            && self.region_name == other.region_name
            && self.valid_from == other.valid_from
            && self.valid_to == other.valid_to
            && self.source == other.source
            && self.withdrawn == other.withdrawn
    }
}

pub(super) fn holds(withdrawn: bool, from: Day, to: Option<Day>, on: Day) -> bool {
    !withdrawn && from <= on && to.is_none_or(|last| on <= last)
}

/// The regions that bear a designation, as a filter over villages (a lens).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lens {
    regions: Vec<RegionCode>,
}

impl Lens {
    /// Of these regions.
    #[must_use]
    pub fn new(mut regions: Vec<RegionCode>) -> Self {
        regions.sort_unstable();
        regions.dedup();
        Self { regions }
    }

    /// Whether a village bears the designation, or lies in what bears it.
    #[must_use]
    pub fn shows(&self, village: RegionCode) -> bool {
        [Level::Village, Level::Town, Level::County, Level::City]
            .into_iter()
            .any(|level| self.regions.binary_search(&village.at(level)).is_ok())
    }

    /// The codes it shows, from first to last, apart from one another and in order.
    #[must_use]
    pub fn ranges(&self) -> Vec<(u64, u64)> {
        let mut out: Vec<(u64, u64)> = Vec::with_capacity(self.regions.len());
        for region in &self.regions {
            let first = region.number();
            let last = first + region.level().codes() - 1;
            match out.last_mut() {
                // It lies in the one before.
                Some((_, end)) if first <= *end => *end = last.max(*end),
                _ => out.push((first, last)),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(s: &str) -> RegionCode {
        s.parse().unwrap_or_else(|_| panic!("{s}"))
    }

    #[test]
    fn a_lens_shows_what_bears_the_designation_and_what_lies_in_it() {
        let lens = Lens::new(vec![code("431230104201"), code("431229000000")]);
        assert!(lens.shows(code("431230104201")));
        assert!(lens.shows(code("431229100200")));
        assert!(!lens.shows(code("431230104202")));
        let ranges = [
            (431_229_000_000, 431_229_999_999),
            (431_230_104_201, 431_230_104_201),
        ];
        assert_eq!(lens.ranges(), ranges);
    }

    #[test]
    fn what_lies_in_another_range_is_not_counted_twice() {
        let lens = Lens::new(vec![
            code("431230104201"),
            code("431230104000"),
            code("431230000000"),
        ]);
        assert_eq!(lens.ranges(), [(431_230_000_000, 431_230_999_999)]);
    }

    #[test]
    fn it_holds_from_its_first_day_to_its_last() {
        let on = |day| holds(false, Day(10), Some(Day(20)), Day(day));
        assert_eq!([on(9), on(10), on(20), on(21)], [false, true, true, false]);
        assert!(!holds(true, Day(10), None, Day(15)));
    }
}
