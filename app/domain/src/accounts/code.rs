//! The code of an invitation: eight characters that are not mistaken for one another on paper.

use crate::text::narrow;

/// No 0 and O, no 1 and I. Thirty-two, so that each character carries five random bits, forty in all.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// How many characters a code has.
pub const LENGTH: usize = 8;

/// Why what was typed is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Too few or too many characters.
    #[error("邀请码是 8 个字符，现在是 {found} 个，请再核对")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// A character that no code has.
    #[error("邀请码里没有“{0}”：只有数字 2 到 9 和除 O、I 外的字母")]
    Letter(char),
}

/// A code out of random bytes.
#[must_use]
pub fn made_of(random: [u8; LENGTH]) -> String {
    random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect()
}

/// Reads a code however it is typed: lower case, full width, with spaces or hyphens.
///
/// # Errors
/// It is none.
pub fn read(typed: &str) -> Result<String, CodeError> {
    let code: String = narrow(typed)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐'..='―' | '−' | '.' | '·'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let odd = |c: &char| !c.is_ascii() || !LETTERS.contains(&(*c as u8));
    if let Some(c) = code.chars().find(odd) {
        return Err(CodeError::Letter(c));
    }
    if code.len() != LENGTH {
        return Err(CodeError::Length { found: code.len() });
    }
    Ok(code)
}

/// As it stands on paper, in two halves: `K7QM 4XTD`
#[must_use]
pub fn shown(code: &str) -> String {
    match code.split_at_checked(LENGTH / 2) {
        Some((a, b)) => format!("{a} {b}"),
        None => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in [
            "K7QM4XTD",
            "k7qm 4xtd",
            "Ｋ７ＱＭ－４ＸＴＤ",
            " k7qm-4XTD\n",
        ] {
            assert_eq!(read(typed).as_deref(), Ok("K7QM4XTD"), "{typed}");
        }
        assert_eq!(read("K7QM4XT"), Err(CodeError::Length { found: 7 }));
        assert_eq!(read("K7QM4XT0"), Err(CodeError::Letter('0')));
        assert_eq!(read("K7QM4XTI"), Err(CodeError::Letter('I')));
        assert_eq!(read("邀请码"), Err(CodeError::Letter('邀')));
        assert_eq!(read(""), Err(CodeError::Length { found: 0 }));
    }

    #[test]
    fn a_code_of_any_bytes_reads_as_itself() {
        for byte in 0..=255 {
            let code = made_of([byte; LENGTH]);
            assert_eq!(read(&shown(&code)), Ok(code));
        }
    }
}
