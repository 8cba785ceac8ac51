//! Administrative regions (行政区划): codes of twelve digits in five levels.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// The five levels of a region code (2+2+2+3+3 digits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 省
    Province,
    /// 市州
    City,
    /// 县市区
    County,
    /// 乡镇街道
    Town,
    /// 村、社区
    Village,
}

impl Level {
    /// How many codes lie in a region of this level, its own among them.
    #[must_use]
    pub const fn codes(self) -> u64 {
        match self {
            Self::Province => 10_000_000_000,
            Self::City => 100_000_000,
            Self::County => 1_000_000,
            Self::Town => 1_000,
            Self::Village => 1,
        }
    }
}

/// A region code: twelve digits, no check digit. Whether it exists is known only by the loaded table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(u64);

/// Text that does not have the form of a region code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("区划代码应为 12 位数字")]
pub struct RegionCodeError;

impl crate::ids::Identifier for RegionCode {}

impl RegionCode {
    /// The deepest level whose digits are not all zero.
    #[must_use]
    pub fn level(self) -> Level {
        match self.0 {
            c if c % 1_000 != 0 => Level::Village,
            c if c % 1_000_000 != 0 => Level::Town,
            c if c % 100_000_000 != 0 => Level::County,
            c if c % 10_000_000_000 != 0 => Level::City,
            _ => Level::Province,
        }
    }

    /// The region of `level` this one lies in; itself when it is of that level or above it.
    #[must_use]
    pub fn at(self, level: Level) -> Self {
        let codes = level.codes();
        Self(self.0 / codes * codes)
    }

    /// The county this region lies in.
    #[must_use]
    pub fn county(self) -> Self {
        self.at(Level::County)
    }

    /// The region one level up; a province has none.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let level = match self.level() {
            Level::Province => return None,
            Level::City => Level::Province,
            Level::County => Level::City,
            Level::Town => Level::County,
            Level::Village => Level::Town,
        };
        Some(self.at(level))
    }

    /// Whether `other` lies in this region or is this region.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        other.at(self.level()) == self
    }

    /// The code as a number, for compact storage.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for RegionCode {
    type Error = RegionCodeError;

    fn try_from(n: u64) -> Result<Self, RegionCodeError> {
        (10_000_000_000..1_000_000_000_000)
            .contains(&n)
            .then_some(Self(n))
            .ok_or(RegionCodeError)
    }
}

impl FromStr for RegionCode {
    type Err = RegionCodeError;

    fn from_str(s: &str) -> Result<Self, RegionCodeError> {
        if s.len() != 12 || !s.bytes().all(|b| b.is_ascii_digit()) {
            return Err(RegionCodeError);
        }
        s.parse::<u64>()
            .map_err(|_| RegionCodeError)
            .and_then(Self::try_from)
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegionCode({self})")
    }
}

impl Serialize for RegionCode {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.collect_str(self)
        } else {
            s.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for RegionCode {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if !d.is_human_readable() {
            return u64::deserialize(d)?.try_into().map_err(de::Error::custom);
        }
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = RegionCode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a region code of twelve digits")
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<RegionCode, E> {
                v.parse().map_err(E::custom)
            }
        }
        d.deserialize_str(Text)
    }
}

/// A village and the names of the regions it lies in, as they were when it was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The village's code.
    pub village: RegionCode,
    /// City, short: 怀化市.
    pub city_name: String,
    /// County: 通道侗族自治县.
    pub county_name: String,
    /// Town: 坪坦乡.
    pub town_name: String,
    /// Village, short: 木脚村.
    pub village_name: String,
}

impl Place {
    /// The county's code.
    #[must_use]
    pub fn county(&self) -> RegionCode {
        self.village.county()
    }

    /// `通道侗族自治县 · 坪坦乡 · 木脚村`
    #[must_use]
    pub fn line(&self) -> String {
        line(&self.county_name, &self.town_name, &self.village_name)
    }
}

/// County, town and village, as every line shows them: `通道侗族自治县 · 坪坦乡 · 木脚村`
pub(crate) fn line(county_name: &str, town_name: &str, village_name: &str) -> String {
    format!("{county_name} · {town_name} · {village_name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(s: &str) -> RegionCode {
        s.parse().unwrap_or_else(|_| panic!("{s}"))
    }

    #[test]
    fn a_village_knows_the_regions_above_it() {
        let village = code("431230104201");
        assert_eq!(village.level(), Level::Village);
        assert_eq!(village.at(Level::Town), code("431230104000"));
        assert_eq!(village.county(), code("431230000000"));
        assert_eq!(village.at(Level::City), code("431200000000"));
        assert_eq!(village.at(Level::Province), code("430000000000"));
        assert_eq!(village.parent(), Some(code("431230104000")));
        assert_eq!(code("430000000000").parent(), None);
    }

    #[test]
    fn a_region_contains_what_lies_in_it_and_nothing_else() {
        assert!(code("431200000000").contains(code("431230104201")));
        assert!(code("431230104201").contains(code("431230104201")));
        assert!(!code("431230000000").contains(code("431229104201")));
        assert!(!code("431230104201").contains(code("431230104000")));
    }

    #[test]
    fn what_is_not_twelve_digits_is_no_code() {
        for bad in ["", "43", "4312301042011", "43123010420x", "000000000001"] {
            assert!(bad.parse::<RegionCode>().is_err(), "{bad}");
        }
    }
}
