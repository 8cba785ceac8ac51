//! Instants in UTC and calendar days in Asia/Shanghai.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// Milliseconds since 1970-01-01T00:00:00Z. Stored in UTC, shown in Asia/Shanghai.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// Asia/Shanghai is UTC+8 all year, since 1991.
const SHANGHAI_OFFSET_MS: i64 = 8 * 3_600_000;
/// A day in milliseconds.
pub(crate) const DAY_MS: i64 = 86_400_000;

impl Millis {
    /// Of what has not happened; serde asks with a reference.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.0 == 0
    }

    /// The calendar day in Asia/Shanghai.
    #[must_use]
    pub fn day(self) -> Day {
        let days = (self.0 + SHANGHAI_OFFSET_MS).div_euclid(DAY_MS);
        Day(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// Hour and minute of the day in Asia/Shanghai.
    #[must_use]
    pub fn clock(self) -> (u8, u8) {
        let minutes = (self.0 + SHANGHAI_OFFSET_MS).rem_euclid(DAY_MS) / 60_000;
        ((minutes / 60) as u8, (minutes % 60) as u8)
    }

    /// Milliseconds until the next day begins in Asia/Shanghai.
    #[must_use]
    pub fn until_next_day(self) -> i64 {
        DAY_MS - (self.0 + SHANGHAI_OFFSET_MS).rem_euclid(DAY_MS)
    }

    /// This instant, `ms` later.
    #[must_use]
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant, never negative.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }
}

/// A calendar day (proleptic Gregorian) in Asia/Shanghai, counted from 1970-01-01; on the wire `"2026-12-31"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// Text that is not a day of the form `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("日期要写成 2026-12-31 这样的形式")]
pub struct DayError;

impl Day {
    /// Year, month 1–12, day 1–31 (algorithm: days to civil, era of 400 years).
    #[must_use]
    pub fn ymd(self) -> (i32, u8, u8) {
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u8;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u8;
        let year = yoe + era * 400 + i64::from(month <= 2);
        (i32::try_from(year).unwrap_or(i32::MAX), month, day)
    }

    /// The day of a date, if the calendar has it.
    #[must_use]
    pub fn from_ymd(year: i32, month: u8, day: u8) -> Option<Self> {
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let y = i64::from(year) - i64::from(month <= 2);
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let m = i64::from(month);
        let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + i64::from(day) - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let found = Self(i32::try_from(era * 146_097 + doe - 719_468).ok()?);
        (found.ymd() == (year, month, day)).then_some(found)
    }

    /// The instant at which it begins in Asia/Shanghai.
    #[must_use]
    pub fn start(self) -> Millis {
        Millis(i64::from(self.0) * DAY_MS - SHANGHAI_OFFSET_MS)
    }

    /// This day, `days` later.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.ymd();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(s: &str) -> Result<Self, DayError> {
        let mut parts = s.split('-');
        let mut next = |digits: usize| {
            let part = parts.next()?;
            (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<i32>().ok())?
        };
        let (y, m, d) = (next(4), next(2), next(2));
        match (y, m, d, parts.next()) {
            (Some(y), Some(m), Some(d), None) => {
                Self::from_ymd(y, m as u8, d as u8).ok_or(DayError)
            }
            _ => Err(DayError),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.collect_str(self)
        } else {
            s.serialize_i32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if !d.is_human_readable() {
            return i32::deserialize(d).map(Self);
        }
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Day;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day like 2026-12-31")
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Day, E> {
                v.parse().map_err(E::custom)
            }
        }
        d.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_round_trip_over_four_centuries() {
        for n in (-80_000..80_000).step_by(7) {
            let (y, m, d) = Day(n).ymd();
            assert_eq!(Day::from_ymd(y, m, d), Some(Day(n)));
            if y > 0 {
                assert_eq!(Day(n).to_string().parse(), Ok(Day(n)));
            }
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!("2026-02-29".parse::<Day>(), Err(DayError));
        assert_eq!("2026-13-01".parse::<Day>(), Err(DayError));
        assert_eq!("26-1-1".parse::<Day>(), Err(DayError));
        assert!("2028-02-29".parse::<Day>().is_ok());
    }

    #[test]
    fn an_evening_in_utc_is_the_next_day_in_shanghai() {
        assert_eq!(Millis(1_795_536_000_000).day().to_string(), "2026-11-25");
        assert_eq!(Millis(1_795_536_000_000).clock(), (0, 0));
        assert_eq!(Millis(1_795_535_999_999).day().to_string(), "2026-11-24");
    }
}
