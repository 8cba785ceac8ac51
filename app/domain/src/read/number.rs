//! Numbers and amounts of money, as people type them: full-width, in groups, 3.5万, 约160, ￥500, 3200。50.

use super::text::line;
use crate::answers::MAX_MONEY;
use crate::money::Fen;
use crate::text::narrow;
use std::fmt;

/// A number beyond this was not typed by a person.
const MAX_NUMBER: u64 = 1_000_000_000_000;

/// More decimals than anybody types.
const MAX_DECIMALS: usize = 9;

/// Words before a number that do not change it.
const BEFORE: [&str; 15] = [
    "大约",
    "大概",
    "约莫",
    "差不多",
    "将近",
    "总共",
    "一共",
    "人民币",
    "约",
    "近",
    "共",
    "≈",
    "~",
    "¥",
    "￥",
];
/// Words behind a number, or behind its unit, that say it is about that.
const ABOUT: [&str; 7] = ["左右", "上下", "以上", "多", "余", "来", "+"];
/// Characters that make a unit of 千 or 百 before them: 千克, 千米.
const UNIT_AFTER: &str = "克米瓦卡伏赫帕字分度升安焦";

/// A number, exactly as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    digits: u64,
    decimals: u32,
}

/// Why a text is not one number, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// No digits, or something that is no number.
    #[error("请写数字，例如 160")]
    NotANumber,
    /// A number in Chinese characters.
    #[error("请用数字写：{0}")]
    InWords(u64),
    /// Two ways to read it.
    #[error("“{typed}”看不明白：是 {one} 就写 {one}，是 {other} 就写 {other}")]
    Unclear {
        /// What stands there.
        typed: String,
        /// One way to read it.
        one: String,
        /// The other way.
        other: String,
    },
    /// More than one number, or a range.
    #[error("这里只写一个数，例如 160")]
    Several,
    /// Less than nothing.
    #[error("不能是负数，请再核对")]
    Negative,
    /// Beyond anything real.
    #[error("数字太大了，最多 {at_most}，请再核对")]
    TooLarge {
        /// The largest one that is taken.
        at_most: u64,
    },
    /// A fraction where only whole ones are counted.
    #[error("这里要写整数，例如 {0}")]
    NotWhole(u64),
    /// A fraction that a smaller unit makes whole.
    #[error("{typed}请写成 {instead}")]
    SmallerUnit {
        /// What stands there, with its unit.
        typed: String,
        /// How to write it.
        instead: String,
    },
    /// Less than a fen.
    #[error("金额最多写两位小数，例如 3200 或 3200.50")]
    NotFen,
    /// Words behind the number that do not belong there.
    #[error("“{0}”看不明白，这里只写数字")]
    Words(String),
}

impl Number {
    /// Nothing.
    pub const ZERO: Self = Self {
        digits: 0,
        decimals: 0,
    };

    fn new(digits: u64, decimals: u32) -> Self {
        let mut number = Self { digits, decimals };
        while number.decimals > 0 && number.digits.is_multiple_of(10) {
            number.digits /= 10;
            number.decimals -= 1;
        }
        number
    }

    /// So many times the number, if that is whole and not too large.
    #[must_use]
    pub fn times(self, factor: u64) -> Option<u64> {
        let product = self.digits.checked_mul(factor)?;
        let part = 10_u64.checked_pow(self.decimals)?;
        product.is_multiple_of(part).then(|| product / part)
    }

    /// The number without its fraction.
    #[must_use]
    pub fn floor(self) -> u64 {
        10_u64
            .checked_pow(self.decimals)
            .map_or(0, |part| self.digits / part)
    }

    /// Whether there is a fraction.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.decimals == 0
    }

    fn shifted(self, zeros: u32) -> Option<Self> {
        let less = zeros.min(self.decimals);
        let digits = self.digits.checked_mul(10_u64.checked_pow(zeros - less)?)?;
        Some(Self::new(digits, self.decimals - less))
    }
}

/// Plain digits: `35000`, `2.5`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.floor())?;
        if self.decimals == 0 {
            return Ok(());
        }
        let part = self.digits % 10_u64.pow(self.decimals);
        write!(f, ".{part:0width$}", width = self.decimals as usize)
    }
}

/// Reads one number, and the words behind it: a unit, or nothing.
///
/// # Errors
/// It is no number, or could be two.
pub fn with_unit(text: &str) -> Result<(Number, String), NumberError> {
    let plain = narrow(&line(text)).replace(['。', '｡'], ".");
    let mut rest = plain.as_str();
    while let Some(shorter) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter.trim_start();
    }
    if rest.starts_with(['-', '−', '–', '负']) {
        return Err(NumberError::Negative);
    }
    let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | '.' | ' ' | '\''));
    let (number, behind) = rest.split_at(end.unwrap_or(rest.len()));
    let number = number.trim_end_matches(['.', ',', ' ']);
    if number.is_empty() {
        return Err(in_words(behind).map_or(NumberError::NotANumber, NumberError::InWords));
    }
    let number = digits(number)?;
    let (number, behind) = multiplied(number, behind).ok_or(NumberError::TooLarge {
        at_most: MAX_NUMBER,
    })?;
    let behind = about(behind.trim());
    if behind.starts_with(['-', '~', '–', '—', '到', '至', '/', '×', '*'])
        || behind.contains(|c: char| c.is_ascii_digit())
    {
        return Err(NumberError::Several);
    }
    Ok((number, behind.to_owned()))
}

/// `12`, `12,000`, `12 000`, `2.5`.
fn digits(text: &str) -> Result<Number, NumberError> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(part) {
        return Err(NumberError::Several);
    }
    let mut plain = whole.to_owned();
    plain.retain(|c| c.is_ascii_digit());
    let groups = |by: char| {
        let mut parts = whole.split(by);
        let first = parts.next().unwrap_or_default();
        (1..=3).contains(&first.len())
            && are_digits(first)
            && parts.all(|p| p.len() == 3 && are_digits(p))
    };
    if plain.len() < whole.len() && !groups(',') && !groups(' ') && !groups('\'') {
        return Err(match whole.split_once(',') {
            Some((one, other)) if part.is_empty() && are_digits(one) && are_digits(other) => {
                unclear(text, format!("{one}.{other}"), plain)
            }
            Some((one, other)) if part.is_empty() && are_digits(one) => unclear(
                text,
                one.to_owned(),
                format!("{one}{}", other.replace([',', ' ', '\''], "")),
            ),
            _ => NumberError::Several,
        });
    }
    // Nobody writes three decimals of which the last is 0, but a point may stand where others write a comma.
    if part.len() == 3 && part.ends_with('0') && (1..=3).contains(&whole.len()) && whole != "0" {
        let one = format!("{whole}.{part}");
        let one = one.trim_end_matches('0').trim_end_matches('.');
        return Err(unclear(text, one.to_owned(), format!("{whole}{part}")));
    }
    if part.len() > MAX_DECIMALS {
        return Err(NumberError::NotANumber);
    }
    plain.push_str(part);
    let too_large = NumberError::TooLarge {
        at_most: MAX_NUMBER,
    };
    let digits = plain.parse().map_err(|_| too_large.clone())?;
    let decimals = u32::try_from(part.len()).map_err(|_| too_large)?;
    Ok(Number::new(digits, decimals))
}

fn unclear(typed: &str, one: String, other: String) -> NumberError {
    NumberError::Unclear {
        typed: typed.to_owned(),
        one,
        other,
    }
}

/// 3.5万, 2千, 3.5w: the number with its zeros, and what stands behind them.
fn multiplied(mut number: Number, mut behind: &str) -> Option<(Number, &str)> {
    loop {
        let mut rest = behind.trim_start().chars();
        let zeros = match rest.next() {
            Some('亿') => 8,
            Some('万') => 4,
            Some('千') if !rest.as_str().starts_with(|c| UNIT_AFTER.contains(c)) => 3,
            Some('百') if !rest.as_str().starts_with(|c| UNIT_AFTER.contains(c)) => 2,
            Some('w' | 'W') if matches!(rest.as_str(), "" | "元") => 4,
            Some('k' | 'K') if matches!(rest.as_str(), "" | "元") => 3,
            _ => return Some((number, behind)),
        };
        number = number.shifted(zeros)?;
        behind = rest.as_str();
    }
}

/// Without the words that say it is about so many.
fn about(mut behind: &str) -> &str {
    loop {
        let shorter = ABOUT.iter().find_map(|word| {
            behind
                .strip_suffix(word)
                .or_else(|| behind.strip_prefix(word))
        });
        match shorter {
            Some(shorter) => behind = shorter.trim(),
            None => return behind.trim_end_matches(['。', '.', ',']),
        }
    }
}

/// A number in Chinese characters, if the text begins with a complete one: 一百二十, 三万五千.
fn in_words(text: &str) -> Option<u64> {
    let (mut total, mut section, mut digit) = (0_u64, 0_u64, None);
    let mut found = false;
    for c in text.chars() {
        let value = "零一二三四五六七八九"
            .chars()
            .position(|d| d == c)
            .or_else(|| (c == '两').then_some(2))
            .or_else(|| (c == '〇').then_some(0));
        if let Some(value) = value {
            if digit.is_some_and(|d| d > 0) {
                return None;
            }
            digit = Some(value as u64);
            found = true;
            continue;
        }
        let ten = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            '万' | '亿' => {
                let large = if c == '万' { 10_000 } else { 100_000_000 };
                let head = section + digit.take().unwrap_or(0);
                total = total.checked_add(head)?.checked_mul(large)?;
                section = 0;
                continue;
            }
            _ => break,
        };
        section += digit.take().unwrap_or(1) * ten;
        found = true;
    }
    if !found {
        return None;
    }
    total.checked_add(section + digit.unwrap_or(0))
}

/// Reads how many there are of something that is only counted whole; behind it one of `units` may stand.
///
/// # Errors
/// It is no whole number up to `at_most`.
pub fn count(text: &str, units: &[&str], at_most: u64) -> Result<u64, NumberError> {
    let (number, behind) = with_unit(text)?;
    if !behind.is_empty() && !units.contains(&behind.as_str()) {
        return Err(NumberError::Words(behind));
    }
    if !number.is_whole() {
        return Err(NumberError::NotWhole(number.floor().max(1)));
    }
    match number.times(1) {
        Some(n) if n <= at_most => Ok(n),
        _ => Err(NumberError::TooLarge { at_most }),
    }
}

/// How many persons.
///
/// # Errors
/// See [`count`].
pub fn persons(text: &str, at_most: u32) -> Result<u32, NumberError> {
    narrowed(
        count(
            text,
            &["人", "个人", "名", "位", "口", "口人"],
            at_most.into(),
        ),
        at_most,
    )
}

/// How many households.
///
/// # Errors
/// See [`count`].
pub fn households(text: &str, at_most: u32) -> Result<u32, NumberError> {
    narrowed(
        count(text, &["户", "家", "户人家"], at_most.into()),
        at_most,
    )
}

/// How many visits.
///
/// # Errors
/// See [`count`].
pub fn visits(text: &str, at_most: u32) -> Result<u32, NumberError> {
    narrowed(count(text, &["人次", "次"], at_most.into()), at_most)
}

fn narrowed(n: Result<u64, NumberError>, at_most: u32) -> Result<u32, NumberError> {
    let too_large = NumberError::TooLarge {
        at_most: at_most.into(),
    };
    u32::try_from(n?).map_err(|_| too_large)
}

/// Reads an amount of money in yuan.
///
/// # Errors
/// It is no amount in whole fen.
pub fn yuan(text: &str) -> Result<Fen, NumberError> {
    const UNITS: [&str; 10] = [
        "",
        "元",
        "块",
        "块钱",
        "圆",
        "元整",
        "元钱",
        "元人民币",
        "人民币",
        "rmb",
    ];
    let text = line(text);
    let lower = text.to_ascii_lowercase();
    let (number, behind) = with_unit(lower.strip_prefix("rmb").unwrap_or(&lower))?;
    if !UNITS.contains(&behind.as_str()) {
        return Err(NumberError::Words(behind));
    }
    let at_most = MAX_MONEY.0.unsigned_abs() / 100;
    match number.times(100).map(i64::try_from) {
        Some(Ok(fen)) if Fen(fen) <= MAX_MONEY => Ok(Fen(fen)),
        None if number.floor() < at_most => Err(NumberError::NotFen),
        _ => Err(NumberError::TooLarge { at_most }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<(String, String), String> {
        with_unit(text)
            .map(|(number, unit)| (number.to_string(), unit))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (typed, number, unit) in [
            ("12", "12", ""),
            ("１８", "18", ""),
            ("２．５", "2.5", ""),
            ("12,000", "12000", ""),
            ("12，000", "12000", ""),
            ("12 000", "12000", ""),
            ("12\u{a0}000", "12000", ""),
            ("1,234,567.8", "1234567.8", ""),
            ("3.5万", "35000", ""),
            ("3.5 万元", "35000", "元"),
            ("2千", "2000", ""),
            ("2 千克", "2", "千克"),
            ("1.2亿", "120000000", ""),
            ("3.5w", "35000", ""),
            ("约160", "160", ""),
            ("大约 160 人左右", "160", "人"),
            ("160多人", "160", "人"),
            ("160+", "160", ""),
            ("￥500", "500", ""),
            ("¥ 500 元", "500", "元"),
            ("3200。50", "3200.5", ""),
            ("3200。", "3200", ""),
            ("2.5 公里", "2.5", "公里"),
            ("0.50", "0.5", ""),
            (".5", "0.5", ""),
            ("12.00", "12", ""),
            ("\u{202d}12\u{202c}", "12", ""),
        ] {
            assert_eq!(
                read(typed),
                Ok((number.to_owned(), unit.to_owned())),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_could_be_two_numbers_is_refused_with_both() {
        assert_eq!(
            read("2,5"),
            Err("“2,5”看不明白：是 2.5 就写 2.5，是 25 就写 25".to_owned())
        );
        assert_eq!(
            read("1.000"),
            Err("“1.000”看不明白：是 1 就写 1，是 1000 就写 1000".to_owned())
        );
        for typed in ["12,00", "1,2,3", "12,0000", "1.500"] {
            assert!(
                matches!(with_unit(typed), Err(NumberError::Unclear { .. })),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_number_says_how_to_write_it() {
        assert_eq!(with_unit("一百二十"), Err(NumberError::InWords(120)));
        assert_eq!(with_unit("约三万五千"), Err(NumberError::InWords(35_000)));
        assert_eq!(with_unit("十二盏"), Err(NumberError::InWords(12)));
        for typed in ["", "很多", "几十个", "半", "½", "①"] {
            assert_eq!(with_unit(typed), Err(NumberError::NotANumber), "{typed}");
        }
        for typed in [
            "10-20", "10~20", "10到20", "3万5", "3/4", "1.2.3", "10 20", "1e5", "2×3",
        ] {
            assert_eq!(with_unit(typed), Err(NumberError::Several), "{typed}");
        }
        assert_eq!(with_unit("-3"), Err(NumberError::Negative));
        assert!(matches!(
            with_unit("99999999999999999999"),
            Err(NumberError::TooLarge { .. })
        ));
    }

    #[test]
    fn persons_are_whole_and_bounded() {
        assert_eq!(persons("约160人", 1000), Ok(160));
        assert_eq!(persons("1.5", 1000), Err(NumberError::NotWhole(1)));
        assert_eq!(
            persons("4294967296", 1000),
            Err(NumberError::TooLarge { at_most: 1000 })
        );
        assert_eq!(
            persons("160户", 1000),
            Err(NumberError::Words("户".to_owned()))
        );
        assert_eq!(households("42 户", 1000), Ok(42));
        assert_eq!(visits("９人次", 1000), Ok(9));
    }

    #[test]
    fn yuan_are_whole_fen() {
        for (typed, fen) in [
            ("3200", 320_000),
            ("￥3,200.50", 320_050),
            ("500元", 50_000),
            ("500 块钱", 50_000),
            ("3.5万", 3_500_000),
            ("RMB 12", 1200),
            ("１２．５", 1250),
        ] {
            assert_eq!(yuan(typed), Ok(Fen(fen)), "{typed}");
        }
        assert_eq!(yuan("1.234"), Err(NumberError::NotFen));
        assert_eq!(yuan("500美元"), Err(NumberError::Words("美元".to_owned())));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read_or_refused_in_words(text in "\\PC{0,12}|[0-9０-９,，. 。万千百约元人-]{0,12}") {
            match with_unit(&text) {
                Ok((number, _)) => {
                    let again = with_unit(&number.to_string()).map(|(n, _)| n);
                    // Three decimals that end in 0 are never printed, so what is printed is read again.
                    prop_assert_eq!(again, Ok(number));
                }
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }

        #[test]
        fn every_way_to_write_a_number_gives_that_number(n in 0_u64..1_000_000_000) {
            let plain = Ok(n);
            let grouped = crate::money::grouped(n);
            let wide: String = n.to_string().chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c)).collect();
            for text in [n.to_string(), grouped.clone(), grouped.replace(',', "，"), grouped.replace(',', "\u{a0}"), wide, format!("约{n}个")] {
                prop_assert_eq!(count(&text, &["个"], u64::MAX), plain.clone(), "{}", text);
            }
        }
    }
}
