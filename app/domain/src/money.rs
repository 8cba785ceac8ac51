//! Money in whole fen: parsing, adding, formatting.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Add;

/// An amount of money in whole fen (0.01 yuan).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Text that is not an amount of yuan with at most two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("金额要写成数字，最多两位小数，例如 3200 或 3200.50")]
pub struct FenError;

impl Fen {
    /// Reads yuan as people type them: `3200`, `3,200.5`, full-width digits, no sign.
    pub fn from_yuan(text: &str) -> Result<Self, FenError> {
        let plain: String = text
            .trim()
            .chars()
            .filter(|c| !matches!(c, ',' | '\u{ff0c}' | ' '))
            .map(|c| match c {
                '\u{ff10}'..='\u{ff19}' => char::from(b'0' + (c as u32 - 0xff10) as u8),
                '\u{ff0e}' => '.',
                c => c,
            })
            .collect();
        let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
            return Err(FenError);
        }
        let yuan: i64 = whole.parse().map_err(|_| FenError)?;
        let fen: i64 = format!("{part:0<2}").parse().map_err(|_| FenError)?;
        yuan.checked_mul(100)
            .and_then(|f| f.checked_add(fen))
            .map(Self)
            .ok_or(FenError)
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
    fn yuan_are_read_as_people_type_them() {
        assert_eq!(Fen::from_yuan("3200"), Ok(Fen(320_000)));
        assert_eq!(Fen::from_yuan(" 3,200.5 "), Ok(Fen(320_050)));
        assert_eq!(Fen::from_yuan("12.05"), Ok(Fen(1205)));
        assert_eq!(Fen::from_yuan("\u{ff11}\u{ff12}\u{ff0e}5"), Ok(Fen(1250)));
        for bad in ["", "-1", "1.234", "一百", "1e5", "99999999999999999999"] {
            assert_eq!(Fen::from_yuan(bad), Err(FenError), "{bad}");
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
