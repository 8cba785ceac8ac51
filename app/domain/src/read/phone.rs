//! Telephone numbers: +86 and 0086, brackets, extensions, invisible characters. One number, and one way to write it.

use super::text::line;
use crate::text::narrow;
use std::fmt;

/// A number that can be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The area with its 0, or the country with its plus; empty for mobile and local numbers.
    area: String,
    number: String,
    extension: String,
}

/// Why a text is not one telephone number, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Not a number, or one that no telephone has.
    #[error("电话号码不对，请写成 13800000001 或 0745-8622803 这样，有分机的写 0745-8622803转803")]
    NotAPhone,
    /// A mobile number with too few or too many digits.
    #[error("手机号是 11 位，现在是 {found} 位，请再核对")]
    MobileLength {
        /// How many digits there are.
        found: u32,
    },
    /// Two numbers or more.
    #[error("这里只写一个号码，请留最容易打通的那个")]
    Several,
}

/// What stands between a number and its extension.
const EXTENSION: [&str; 11] = [
    "转分机",
    "分机号",
    "分机",
    "轉",
    "转",
    "extension",
    "ext.",
    "ext",
    "#",
    ";",
    ",",
];
/// What stands between two numbers.
const BETWEEN: [char; 9] = ['/', '、', ';', ',', '或', '和', '及', '|', ' '];

impl Phone {
    /// Reads one number.
    ///
    /// # Errors
    /// It is none, or more than one.
    pub fn read(text: &str) -> Result<Self, PhoneError> {
        let plain: String = narrow(&line(text))
            .chars()
            .map(|c| match c {
                '‐'..='―' | '−' | 'ー' => '-',
                c => c.to_ascii_lowercase(),
            })
            .collect();
        let several = plain
            .split(BETWEEN)
            .filter(|part| Self::single(part).is_ok())
            .count()
            > 1;
        if several {
            return Err(PhoneError::Several);
        }
        for word in EXTENSION {
            if let Some((number, extension)) = plain.split_once(word) {
                let mut phone = Self::single(number)?;
                let extension = extension.trim_matches([' ', '-', ':', '.', '(', ')']);
                if !(1..=6).contains(&extension.len()) || !is_digits(extension) {
                    return Err(PhoneError::NotAPhone);
                }
                extension.clone_into(&mut phone.extension);
                return Ok(phone);
            }
        }
        Self::single(&plain)
    }

    /// A number without words in it. A third group behind hyphens is an extension: 0745-8622803-803.
    fn single(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        if let Some((number, extension)) = text.rsplit_once('-')
            && (1..=6).contains(&extension.len())
            && is_digits(extension)
            && let Ok(mut phone) = Self::plain(number)
            && phone.area.starts_with('0')
        {
            extension.clone_into(&mut phone.extension);
            return Ok(phone);
        }
        Self::plain(text)
    }

    fn plain(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim_start_matches(['(', ' ']);
        let (plus, text) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let odd = |c: char| !c.is_ascii_digit() && !matches!(c, '-' | ' ' | '(' | ')' | '.');
        let typed: String = text.chars().filter(char::is_ascii_digit).collect();
        if text.contains(odd) || typed.is_empty() {
            return Err(PhoneError::NotAPhone);
        }
        let mut digits = typed.as_str();
        let foreign = plus || digits.starts_with("00");
        digits = digits.strip_prefix("00").unwrap_or(digits);
        let national = match digits.strip_prefix("86") {
            Some(national) if foreign || digits.len() == 13 => national,
            _ if foreign => return abroad(digits),
            _ => digits,
        };
        domestic(national, foreign)
    }

    /// The number as a telephone dials it (RFC 3966): digits, a country with its plus, and a pause before the extension.
    #[must_use]
    pub fn dialled(&self) -> String {
        let mut out = format!("{}{}", self.area, self.number);
        if !self.extension.is_empty() {
            out.push(',');
            out.push_str(&self.extension);
        }
        out
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn abroad(digits: &str) -> Result<Phone, PhoneError> {
    if !(8..=15).contains(&digits.len()) || digits.starts_with('0') {
        return Err(PhoneError::NotAPhone);
    }
    Ok(Phone {
        area: "+".to_owned(),
        number: digits.to_owned(),
        extension: String::new(),
    })
}

/// A number of this country: mobile, with its area, for everybody (400), or one that can be dialled in the same county only.
fn domestic(digits: &str, has_country: bool) -> Result<Phone, PhoneError> {
    let bytes = digits.as_bytes();
    let phone = |area: &str, number: &str| {
        Ok(Phone {
            area: area.to_owned(),
            number: number.to_owned(),
            extension: String::new(),
        })
    };
    let found = u32::try_from(digits.len()).unwrap_or(u32::MAX);
    match bytes {
        [b'1', b'3'..=b'9', ..] if found == 11 => phone("", digits),
        [b'1', b'3'..=b'9', ..] if (9..=13).contains(&found) => {
            Err(PhoneError::MobileLength { found })
        }
        [b'0', second, ..] => {
            let area = if matches!(second, b'1' | b'2') { 3 } else { 4 };
            let (area, number) = digits.split_at(area.min(digits.len()));
            if (7..=8).contains(&number.len()) && !number.starts_with(['0', '1']) {
                phone(area, number)
            } else {
                Err(PhoneError::NotAPhone)
            }
        }
        [b'4' | b'8', b'0', b'0', ..] if found == 10 => phone("", digits),
        // Behind the country's code the area has no 0.
        [b'1'..=b'9', ..] if has_country && (9..=11).contains(&found) => {
            domestic(&format!("0{digits}"), false)
        }
        [b'2'..=b'9', ..] if (7..=8).contains(&found) => phone("", digits),
        _ => Err(PhoneError::NotAPhone),
    }
}

/// As it is stored and shown: `13800000001`, `0745-8622803转803`, `+85223456789`.
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.area)?;
        if self.area.starts_with('0') {
            f.write_str("-")?;
        }
        f.write_str(&self.number)?;
        if !self.extension.is_empty() {
            write!(f, "转{}", self.extension)?;
        }
        Ok(())
    }
}

/// The number by which an account is found: as it is stored, or what digits there are, at most as many as any number has.
#[must_use]
pub fn account(typed: &str) -> String {
    let dialled = Phone::read(typed).map_or_else(|_| narrow(typed), |phone| phone.dialled());
    let digits = dialled.chars().filter(char::is_ascii_digit);
    digits.take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, PhoneError> {
        Phone::read(text).map(|phone| phone.to_string())
    }

    #[test]
    fn a_number_is_the_same_however_it_is_typed() {
        for typed in [
            "13800000001",
            "138 0000 0001",
            "138-0000-0001",
            "138.0000.0001",
            "+86 138-0000-0001",
            "+8613800000001",
            "(+86)13800000001",
            "0086 138 0000 0001",
            "86 13800000001",
            "８６１３８０００００００１",
            "１３８０００００００１",
            "\u{202d}13800000001\u{202c}",
            "\u{feff}138\u{a0}0000\u{200b}0001",
        ] {
            assert_eq!(read(typed), Ok("13800000001".to_owned()), "{typed}");
        }
        for typed in [
            "0745-8622803",
            "0745 8622803",
            "(0745)8622803",
            "（0745）8622803",
            "07458622803",
            "0745—8622803",
            "+86 745 8622803",
            "+86 (0)745 8622803",
            "0086-0745-8622803",
        ] {
            assert_eq!(read(typed), Ok("0745-8622803".to_owned()), "{typed}");
        }
        assert_eq!(read("8622803"), Ok("8622803".to_owned()));
        assert_eq!(read("010-65201234"), Ok("010-65201234".to_owned()));
        assert_eq!(read("400-820-8820"), Ok("4008208820".to_owned()));
        assert_eq!(read("+852 2345 6789"), Ok("+85223456789".to_owned()));
    }

    #[test]
    fn an_extension_is_taken_apart_and_dialled_after_a_pause() {
        for typed in [
            "0745-8622803转803",
            "0745-8622803 转 803",
            "0745 8622803 分机803",
            "0745-8622803-803",
            "07458622803 ext. 803",
            "0745-8622803#803",
            "0745-8622803,803",
            "0745-8622803（转803）",
        ] {
            let phone = Phone::read(typed);
            assert_eq!(
                phone.as_ref().map(ToString::to_string),
                Ok("0745-8622803转803".to_owned()),
                "{typed}"
            );
            assert_eq!(phone.map(|p| p.dialled()), Ok("07458622803,803".to_owned()));
        }
    }

    #[test]
    fn what_is_not_one_number_says_why() {
        for (typed, found) in [
            ("1380000000", 10),
            ("138000000011", 12),
            ("+86 1380000000", 10),
        ] {
            assert_eq!(
                read(typed),
                Err(PhoneError::MobileLength { found }),
                "{typed}"
            );
        }
        for typed in [
            "13800000001/13900000002",
            "13800000001、0745-8622803",
            "13800000001 13900000002",
            "13800000001，13900000002",
            "8622803/8622804",
            "13800000001或13900000002",
        ] {
            assert_eq!(read(typed), Err(PhoneError::Several), "{typed}");
        }
        for typed in [
            "",
            "杨国胜",
            "没有电话",
            "12",
            "110",
            "138000O0001",
            "0745",
            "00000000000",
            "电话13800000001",
        ] {
            assert_eq!(read(typed), Err(PhoneError::NotAPhone), "{typed}");
        }
    }

    #[test]
    fn an_account_is_found_by_its_digits() {
        assert_eq!(account("+86 138-0000-0001"), "13800000001");
        assert_eq!(account("\u{202d}１３８０００００００１"), "13800000001");
        assert_eq!(account("１2"), "12");
        assert_eq!(account(&"1".repeat(400_000)).len(), 20);
    }

    proptest! {
        #[test]
        fn what_was_read_is_read_again_the_same(text in "[+0-9()转/ -]{0,20}|1[3-9][0-9]{9}|0[1-9][0-9]{1,2}[ -]?[0-9]{6,9}(转[0-9]{1,5})?") {
            if let Ok(phone) = Phone::read(&text) {
                prop_assert_eq!(Phone::read(&phone.to_string()), Ok(phone.clone()), "{}", text);
                let dialled = phone.dialled();
                prop_assert!(dialled.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ',')));
                prop_assert!(!dialled.contains('+') || dialled.starts_with('+'));
            }
        }

        #[test]
        fn mobile_numbers_have_eleven_digits(digits in "1[3-9][0-9]{5,14}") {
            prop_assert!(digits.len() == 11 || Phone::read(&digits).is_err());
        }
    }
}
