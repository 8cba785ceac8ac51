//! Unified social credit codes (统一社会信用代码, GB 32100-2015): parsing, check character, legal form.

use crate::read::text::line;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The 31 characters of GB 32100-2015: digits and capitals without I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

/// A valid unified social credit code (GB 32100-2015): 18 characters, the last one a check character.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreditCode([u8; 18]);

/// Why a text is not a unified social credit code. Positions count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum CreditCodeError {
    /// Not 18 characters long.
    #[error("统一社会信用代码应为 18 位，现在是 {found} 位，请核对")]
    Length {
        /// How many characters there are.
        found: usize,
    },
    /// A character the standard does not use; for the letters O and I the digits they are mistaken for are offered.
    #[error("第 {position} 位的“{found}”不会出现在信用代码里{}", suggestion.as_ref().map(|s| format!("，是不是 {s}？")).unwrap_or_default())]
    Character {
        /// Where, counted from 1.
        position: usize,
        /// What stands there.
        found: char,
        /// The whole code with O→0 and I→1, if that makes it valid. Offered, never applied.
        suggestion: Option<String>,
    },
    /// The check character does not fit: some character is mistyped.
    #[error("信用代码的校验位不对，多半有一位输错了，请对照证书再核对一遍")]
    Check,
}

impl crate::ids::Identifier for CreditCode {}

impl CreditCode {
    /// Reads a code as people write it: full-width characters, spaces, hyphens and lower case are put right.
    pub fn parse(text: &str) -> Result<Self, CreditCodeError> {
        let chars: Vec<char> = line(text).chars().filter_map(normalise).collect();
        if chars.len() != 18 {
            return Err(CreditCodeError::Length { found: chars.len() });
        }
        if let Some(at) = chars.iter().position(|c| value(*c).is_none()) {
            return Err(CreditCodeError::Character {
                position: at + 1,
                found: chars[at],
                suggestion: suggest(&chars),
            });
        }
        let mut code = [0; 18];
        for (slot, c) in code.iter_mut().zip(&chars) {
            *slot = *c as u8;
        }
        if check_character(&code) != Some(code[17]) {
            return Err(CreditCodeError::Check);
        }
        Ok(Self(code))
    }

    /// Completes 17 characters with their check character.
    #[must_use]
    pub fn complete(first17: &str) -> Option<Self> {
        let mut code = [0; 18];
        let bytes = first17.as_bytes();
        if bytes.len() != 17 {
            return None;
        }
        code[..17].copy_from_slice(bytes);
        code[17] = check_character(&code)?;
        Some(Self(code))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What kind of organization the first two characters stand for: 51, 52, 53; 59 and all others are `Other`.
    #[must_use]
    pub fn kind(&self) -> OrgKind {
        match &self.0[..2] {
            b"51" => OrgKind::Association,
            b"52" => OrgKind::ServiceAgency,
            b"53" => OrgKind::Foundation,
            _ => OrgKind::Other,
        }
    }
}

fn normalise(c: char) -> Option<char> {
    let narrow = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0)?,
        c => c,
    };
    match narrow {
        ' ' | '-' | '‐'..='―' | '−' => None,
        c => Some(c.to_ascii_uppercase()),
    }
}

fn value(c: char) -> Option<u32> {
    ALPHABET
        .iter()
        .position(|a| char::from(*a) == c)
        .and_then(|v| u32::try_from(v).ok())
}

fn check_character(code: &[u8; 18]) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in code.iter().zip(WEIGHTS) {
        sum += value(char::from(*byte))? * weight;
    }
    Some(ALPHABET[((31 - sum % 31) % 31) as usize])
}

fn suggest(chars: &[char]) -> Option<String> {
    let repaired: String = chars
        .iter()
        .map(|c| match c {
            'O' => '0',
            'I' => '1',
            c => *c,
        })
        .collect();
    let changed = repaired.chars().ne(chars.iter().copied());
    (changed
        && repaired.chars().all(|c| value(c).is_some())
        && CreditCode::parse(&repaired).is_ok())
    .then_some(repaired)
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CreditCode({})", self.as_str())
    }
}

impl FromStr for CreditCode {
    type Err = CreditCodeError;

    fn from_str(s: &str) -> Result<Self, CreditCodeError> {
        Self::parse(s)
    }
}

impl TryFrom<String> for CreditCode {
    type Error = CreditCodeError;

    fn try_from(s: String) -> Result<Self, CreditCodeError> {
        Self::parse(&s)
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> Self {
        code.as_str().to_owned()
    }
}

/// The legal form of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgKind {
    /// 社会团体
    Association,
    /// 社会服务机构
    ServiceAgency,
    /// 基金会
    Foundation,
    /// Anything else.
    Other,
}

impl OrgKind {
    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Association => "社会团体",
            Self::ServiceAgency => "社会服务机构",
            Self::Foundation => "基金会",
            Self::Other => "其他组织",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_known_codes_pass_and_say_their_kind() {
        let kinds = [
            ("51430000500000001T", OrgKind::Association),
            ("52430000500000001P", OrgKind::ServiceAgency),
            ("53430000500000001L", OrgKind::Foundation),
        ];
        for (text, kind) in kinds {
            assert_eq!(CreditCode::parse(text).map(|c| c.kind()), Ok(kind));
            assert_eq!(
                CreditCode::complete(&text[..17]).map(|c| c.to_string()),
                Some(text.to_owned())
            );
        }
    }

    #[test]
    fn every_single_mistyped_character_is_noticed() {
        let good = "51430000500000001T";
        for at in 0..18 {
            for other in ALPHABET {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[at] == *other {
                    continue;
                }
                bytes[at] = *other;
                let text = String::from_utf8(bytes).unwrap_or_default();
                assert_eq!(
                    CreditCode::parse(&text),
                    Err(CreditCodeError::Check),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn full_width_spaces_and_lower_case_are_put_right() {
        assert!(CreditCode::parse("51430000 50000000 1t").is_ok());
        assert!(CreditCode::parse("\u{202d}51430000—50000000\u{200b}1T\u{a0}").is_ok());
        assert!(CreditCode::parse("\u{ff15}1430000\u{3000}500000001\u{ff34}").is_ok());
    }

    #[test]
    fn the_letter_o_is_offered_as_zero_but_never_replaced_silently() {
        assert_eq!(
            CreditCode::parse("5143OO00500000001T"),
            Err(CreditCodeError::Character {
                position: 5,
                found: 'O',
                suggestion: Some("51430000500000001T".to_owned())
            })
        );
        assert_eq!(
            CreditCode::parse("5143000050000000"),
            Err(CreditCodeError::Length { found: 16 })
        );
    }
}
