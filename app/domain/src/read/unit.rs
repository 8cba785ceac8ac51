//! Units: what is counted, or money. Money is always counted in fen, whatever it was typed in, so that it is never taken for pieces.

use super::number::{Number, NumberError, with_unit};
use super::text::line;
use crate::quantity::Unit;
use crate::text::narrow;

/// What a typed unit means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Money; one of it is so many yuan.
    Money {
        /// 1 for 元, 10,000 for 万元.
        yuan: u64,
    },
    /// Something that is counted; one of it is so many of the unit: 万斤 is 10,000 斤.
    Counted {
        /// How many.
        times: u64,
        /// Of what.
        unit: String,
    },
}

/// Why a unit is not taken, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// It may be money or pieces.
    #[error("“{0}”分不清是钱还是东西：钱请写“元”，东西请写“个”“张”“片”或“件”")]
    MoneyOrPieces(String),
    /// Parts of a yuan.
    #[error("“{0}”请换一个：钱请用“元”写（例如 0.5 元），不是钱的请写全名")]
    Coins(String),
    /// Another country's money.
    #[error("“{0}”请折成人民币，单位写“元”")]
    Foreign(String),
    /// A number, and of nothing.
    #[error("“{0}”请写到数量里（例如 3.5万），这里写单位，例如“元”或“斤”")]
    NumberOnly(String),
}

const MONEY: [(&str, u64); 22] = [
    ("元", 1),
    ("圆", 1),
    ("元整", 1),
    ("元钱", 1),
    ("块钱", 1),
    ("元人民币", 1),
    ("人民币", 1),
    ("人民币元", 1),
    ("rmb", 1),
    ("cny", 1),
    ("¥", 1),
    ("￥", 1),
    ("yuan", 1),
    ("百元", 100),
    ("千元", 1000),
    ("千块", 1000),
    ("万元", 10_000),
    ("万块", 10_000),
    ("万块钱", 10_000),
    ("百万元", 1_000_000),
    ("千万元", 10_000_000),
    ("亿元", 100_000_000),
];

/// Units of which a smaller one makes fractions whole.
const SMALLER: [(&str, u64, &str); 16] = [
    ("公里", 1000, "米"),
    ("千米", 1000, "米"),
    ("km", 1000, "米"),
    ("里", 500, "米"),
    ("米", 100, "厘米"),
    ("m", 100, "厘米"),
    ("吨", 1000, "公斤"),
    ("t", 1000, "公斤"),
    ("公斤", 1000, "克"),
    ("千克", 1000, "克"),
    ("kg", 1000, "克"),
    ("斤", 10, "两"),
    ("公顷", 15, "亩"),
    ("升", 1000, "毫升"),
    ("小时", 60, "分钟"),
    ("年", 12, "个月"),
];

/// Reads a unit; nothing typed is counted in nothing.
///
/// # Errors
/// It could be taken for something else.
pub fn meaning(text: &str) -> Result<Meaning, UnitError> {
    let unit = line(text);
    let plain = narrow(&unit).to_ascii_lowercase();
    if let Some((_, yuan)) = MONEY.iter().find(|(name, _)| *name == plain) {
        return Ok(Meaning::Money { yuan: *yuan });
    }
    match plain.as_str() {
        "块" => return Err(UnitError::MoneyOrPieces(unit)),
        "分" | "角" | "毛" | "厘" | "分钱" | "角钱" | "毛钱" | "fen" | "jiao" | "mao" => {
            return Err(UnitError::Coins(unit));
        }
        "美元" | "美金" | "港元" | "港币" | "欧元" | "日元" | "英镑" | "澳元" | "usd" | "hkd"
        | "eur" | "$" | "us$" | "€" => return Err(UnitError::Foreign(unit)),
        "万" | "千" | "百" | "十" | "亿" | "百万" | "千万" | "w" | "k" => {
            return Err(UnitError::NumberOnly(unit));
        }
        _ => {}
    }
    let Some(one) = unit.strip_prefix('万') else {
        let money = plain.contains(['元', '圆', '¥', '￥']) || plain.contains("人民币");
        return if money && !plain.contains("单元") {
            Err(UnitError::MoneyOrPieces(unit))
        } else {
            Ok(Meaning::Counted { times: 1, unit })
        };
    };
    Ok(match meaning(one)? {
        Meaning::Money { yuan } => Meaning::Money {
            yuan: yuan.saturating_mul(10_000),
        },
        Meaning::Counted { times, unit } => Meaning::Counted {
            times: times.saturating_mul(10_000),
            unit,
        },
    })
}

/// Whether a unit as it is stored can be told from money.
///
/// # Errors
/// It is money under another name, or could be taken for it.
pub fn is_counted(unit: &str) -> Result<(), UnitError> {
    match meaning(unit)? {
        Meaning::Money { .. } => Err(UnitError::MoneyOrPieces(unit.to_owned())),
        Meaning::Counted { .. } => Ok(()),
    }
}

/// What is wrong with a quantity and its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// The number.
    Quantity(NumberError),
    /// The unit.
    Unit(UnitError),
}

impl From<NumberError> for AmountError {
    fn from(error: NumberError) -> Self {
        Self::Quantity(error)
    }
}

impl From<UnitError> for AmountError {
    fn from(error: UnitError) -> Self {
        Self::Unit(error)
    }
}

/// Reads how much of something, in whole units or in fen. A unit typed behind the number counts where none was typed in its own place.
/// No number at all is none of it.
///
/// # Errors
/// The number or the unit cannot be taken, or the two say different things.
pub fn amount(quantity: &str, unit: &str, at_most: u64) -> Result<(u64, Unit), AmountError> {
    let (number, behind) = if super::text::is_blank(quantity) {
        (Number::ZERO, String::new())
    } else {
        with_unit(quantity)?
    };
    let unit = line(unit);
    let typed = if unit.is_empty() { &behind } else { &unit };
    let meaning = meaning(typed)?;
    if !behind.is_empty() && behind != *typed {
        return behind_differs(number, &behind, &unit, meaning, at_most);
    }
    counted(number, typed, meaning, at_most)
}

/// 500元 where the unit is 元 too, or 2.5公里 where it is 米.
fn behind_differs(
    number: Number,
    behind: &str,
    unit: &str,
    of: Meaning,
    at_most: u64,
) -> Result<(u64, Unit), AmountError> {
    let money = |of: &Meaning| matches!(of, Meaning::Money { yuan: 1 });
    if money(&of) && (behind == "块" || meaning(behind).as_ref().is_ok_and(money)) {
        return counted(number, unit, of, at_most);
    }
    Err(in_smaller(number, behind)
        .filter(|(_, smaller)| *smaller == unit)
        .map_or_else(
            || NumberError::Words(behind.to_owned()),
            |(n, smaller)| smaller_unit(number, behind, n, smaller),
        )
        .into())
}

fn counted(
    number: Number,
    typed: &str,
    meaning: Meaning,
    at_most: u64,
) -> Result<(u64, Unit), AmountError> {
    let (times, unit) = match meaning {
        Meaning::Money { yuan } => (yuan.saturating_mul(100), Unit::Fen),
        Meaning::Counted { times, unit } => (times, Unit::Of(unit)),
    };
    let largest = |per: u64| NumberError::TooLarge {
        at_most: at_most / per.max(1),
    };
    match number.times(times) {
        Some(n) if n <= at_most => Ok((n, unit)),
        _ if number.floor() > at_most / times.max(1) => Err(largest(times).into()),
        _ if unit == Unit::Fen => Err(NumberError::NotFen.into()),
        _ => Err(match in_smaller(number, typed) {
            Some((n, smaller)) => smaller_unit(number, typed, n, smaller),
            None => NumberError::NotWhole(number.floor().max(1)),
        }
        .into()),
    }
}

fn in_smaller(number: Number, unit: &str) -> Option<(u64, &'static str)> {
    let plain = narrow(unit).to_ascii_lowercase();
    let (_, factor, smaller) = SMALLER.iter().find(|(name, ..)| *name == plain)?;
    Some((number.times(*factor)?, smaller))
}

fn smaller_unit(number: Number, unit: &str, n: u64, smaller: &str) -> NumberError {
    NumberError::SmallerUnit {
        typed: format!("{number} {unit}"),
        instead: format!("{n} {smaller}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOST: u64 = 1_000_000_000;

    fn of(quantity: &str, unit: &str) -> Result<(u64, Unit), String> {
        amount(quantity, unit, MOST).map_err(|e| match e {
            AmountError::Quantity(e) => e.to_string(),
            AmountError::Unit(e) => e.to_string(),
        })
    }

    fn pieces(unit: &str) -> Unit {
        Unit::Of(unit.to_owned())
    }

    #[test]
    fn money_is_money_whatever_it_is_typed_in() {
        for (quantity, unit, fen) in [
            ("3200", "元", 320_000),
            ("3200.50", "元", 320_050),
            ("3.5", "万元", 3_500_000),
            ("3.5万", "元", 3_500_000),
            ("3.5万元", "", 3_500_000),
            ("500元", "元", 50_000),
            ("￥500", "块钱", 50_000),
            ("500块", "元", 50_000),
            ("2", "RMB", 200),
        ] {
            assert_eq!(
                of(quantity, unit),
                Ok((fen, Unit::Fen)),
                "{quantity} {unit}"
            );
        }
    }

    #[test]
    fn what_could_be_money_or_pieces_is_refused_with_both_ways_out() {
        for unit in [
            "块",
            "分",
            "角",
            "fen",
            "ＦＥＮ",
            "f\u{200b}en",
            "美元",
            "万",
        ] {
            assert!(
                matches!(amount("20", unit, MOST), Err(AmountError::Unit(_))),
                "{unit}"
            );
        }
        for unit in [
            "元",
            "万元",
            "块钱",
            "块",
            "fen",
            "角",
            "￥",
            "元/人",
            "万人民币",
        ] {
            assert!(is_counted(unit).is_err(), "{unit}");
        }
        for unit in ["盏", "米", "万斤", "人次", "课时", "㎡", "单元", ""] {
            assert!(is_counted(unit).is_ok(), "{unit}");
        }
    }

    #[test]
    fn pieces_are_whole_and_fractions_name_a_smaller_unit() {
        assert_eq!(of("１8", "盏"), Ok((18, pieces("盏"))));
        assert_eq!(of("12盏", ""), Ok((12, pieces("盏"))));
        assert_eq!(of("12 盏", "盏"), Ok((12, pieces("盏"))));
        assert_eq!(of("3.5", "万斤"), Ok((35_000, pieces("斤"))));
        assert_eq!(of("", "盏"), Ok((0, pieces("盏"))));
        assert_eq!(of("1.5", "公里"), Err("1.5 公里请写成 1500 米".to_owned()));
        assert_eq!(
            of("2.5 公里", "米"),
            Err("2.5 公里请写成 2500 米".to_owned())
        );
        assert_eq!(of("2.5 公里", ""), Err("2.5 公里请写成 2500 米".to_owned()));
        assert_eq!(of("0.5", "吨"), Err("0.5 吨请写成 500 公斤".to_owned()));
        assert_eq!(of("2.5", "盏"), Err("这里要写整数，例如 2".to_owned()));
        assert_eq!(
            of("12套", "盏"),
            Err("“套”看不明白，这里只写数字".to_owned())
        );
        assert_eq!(
            of("1000万", "万元"),
            Err("数字太大了，最多 1000，请再核对".to_owned())
        );
        assert_eq!(of("0.001", "元"), Err(NumberError::NotFen.to_string()));
    }

    proptest! {
        #[test]
        fn no_unit_makes_pieces_of_money(n in 1_u64..1000, unit in "[元块万分角毛钱千百整圆人民币fen¥￥]{1,4}") {
            if let Ok((quantity, Unit::Of(unit))) = amount(&n.to_string(), &unit, MOST) {
                prop_assert!(is_counted(&unit).is_ok(), "{} {}", quantity, unit);
                prop_assert_ne!(unit, "fen");
            }
        }
    }
}
