//! Case folding for searches, the same on the phone and on the server, and reading JSON.

/// Reads JSON as bytes, since the network brings bytes. If texts were read as texts, `serde_json` would compile every type's reader
/// twice, which costs the page 25 kB.
///
/// # Errors
/// The text is not JSON of that type.
pub fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_slice(text.as_bytes())
}

/// Parts a search text into the words that must all occur, as [`fold`] writes them.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| fold(word.to_owned()))
        .collect()
}

/// Turns full-width letters, digits and signs (Ａ４, U+FF01 to U+FF5E), which Chinese keyboards also type, into narrow ones.
#[must_use]
pub fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect()
}

/// Folds a text for searching: lower-case Latin letters, of narrow width. Other scripts with two cases are not in use here,
/// and their tables would cost the page 5 kB.
#[must_use]
pub fn fold(mut text: String) -> String {
    // Wide letters begin with this byte; most texts have none.
    if text.as_bytes().contains(&0xEF) {
        text = narrow(&text);
    }
    text.make_ascii_lowercase();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_capital_letters_are_found_by_narrow_and_small_ones() {
        assert_eq!(words(" Ａ４　纸 A4 LED，灯"), ["a4", "纸", "a4", "led,灯"]);
        assert_eq!(fold("ＬＥＤ路灯 12盏。".to_owned()), "led路灯 12盏。");
    }

    #[test]
    fn words_are_parted_and_lowered() {
        assert_eq!(words("  高步 LED 路灯"), ["高步", "led", "路灯"]);
        assert!(words("   ").is_empty());
    }
}
