//! How many there are of what, by region, for officers: the question and its answer.

use domain::{Millis, RegionCode, UserId};
use serde::{Deserialize, Serialize};

/// Which region to count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiguresRequest {
    /// For whom; a server that knows the session as somebody else's shows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// This region; by default the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionCode>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// Of which kind, by its name on the wire.
    pub kind: String,
    /// Which figure (`domain::figures`).
    pub figure: String,
    /// How many; those of which there are none are left out.
    pub n: u64,
}

/// A region with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRegion {
    /// Its code.
    pub code: RegionCode,
    /// Its name, for a village the short one.
    pub name: String,
}

/// A region with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedRegion {
    /// The region.
    pub region: NamedRegion,
    /// Its numbers.
    pub numbers: Vec<Number>,
}

/// A region with its numbers, and those of the regions one level below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiguresAnswer {
    /// The region, and what there is in all of it.
    pub counted: CountedRegion,
    /// The regions it lies in, the largest first, up to the caller's own.
    pub above: Vec<NamedRegion>,
    /// The regions one level below by code. What lies in none of them, since it belongs to the region as a whole, stands under the region's
    /// own code.
    pub below: Vec<CountedRegion>,
    /// When it was counted, by the server.
    pub as_of: Millis,
    /// When something was changed last; nothing was ever where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Millis>,
}

impl CountedRegion {
    /// The number of a figure.
    #[must_use]
    pub fn number(&self, kind: &str, figure: &str) -> u64 {
        let found = self.numbers.iter();
        let found = found.filter(|number| number.kind == kind && number.figure == figure);
        found.map(|number| number.n).sum()
    }
}
