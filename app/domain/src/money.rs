//! Money in whole fen: adding, formatting.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Add;

/// An amount of money in whole fen (0.01 yuan).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// The amount in yuan as it stands in a field: `3200`, `3200.50`.
    #[must_use]
    pub fn typed(self) -> String {
        let fen = self.0.unsigned_abs();
        match fen % 100 {
            0 => (fen / 100).to_string(),
            rest => format!("{}.{rest:02}", fen / 100),
        }
    }

    /// The sum, or nothing when it would not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl Add for Fen {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// `3,200 元`, `3,200.50 元`, from a hundred thousand yuan on `12.34 万元` when nothing is lost by it.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        if fen >= 10_000_000 && fen.is_multiple_of(10_000) {
            let hundredths = fen / 10_000;
            let (whole, rest) = (hundredths / 100, hundredths % 100);
            return match rest {
                0 => write!(f, "{sign}{whole} 万元"),
                r if r % 10 == 0 => write!(f, "{sign}{whole}.{} 万元", r / 10),
                r => write!(f, "{sign}{whole}.{r:02} 万元"),
            };
        }
        write!(f, "{sign}{}", grouped(fen / 100))?;
        match fen % 100 {
            0 => f.write_str(" 元"),
            rest => write!(f, ".{rest:02} 元"),
        }
    }
}

/// Digits in groups of three.
#[must_use]
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_field_is_read_back() {
        for fen in [0, 5, 1205, 320_000, 320_050] {
            assert_eq!(crate::read::number::yuan(&Fen(fen).typed()), Ok(Fen(fen)));
        }
    }

    #[test]
    fn fen_are_shown_in_yuan_and_in_ten_thousands() {
        assert_eq!(Fen(320_000).to_string(), "3,200 元");
        assert_eq!(Fen(320_050).to_string(), "3,200.50 元");
        assert_eq!(Fen(12_340_000).to_string(), "12.34 万元");
        assert_eq!(Fen(12_345_678).to_string(), "123,456.78 元");
        assert_eq!(Fen(20_000_000).to_string(), "20 万元");
    }
}
