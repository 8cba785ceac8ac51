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

/// The index terms of a folded text: each character and each pair of neighbouring characters (bigram) inside a run without white space,
/// sorted, each once. Most Chinese words have two characters, so an index of pairs finds them without a dictionary.
///
/// A text that contains a word has all of the word's [`query_terms`]. The reverse holds for words of one or two characters only; longer
/// ones are looked for in the text itself (recheck).
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for run in text.split_whitespace() {
        terms.extend(windows(run, 1));
        terms.extend(windows(run, 2));
    }
    sorted(terms)
}

/// What a text must have among its [`terms`] to contain this word: the word's pairs of characters, or the one character that it is.
/// White space is in no term, so the word must have none.
#[must_use]
pub fn query_terms(word: &str) -> Vec<String> {
    let size = word.chars().count().min(2);
    sorted(windows(word, size).collect())
}

/// Every part of `size` characters, 1 or 2.
fn windows(run: &str, size: usize) -> impl Iterator<Item = &str> {
    let starts = run.char_indices().map(|(at, _)| at);
    let ends = run.char_indices().map(|(at, c)| at + c.len_utf8());
    starts
        .zip(ends.skip(size.max(1) - 1))
        .map(|(start, end)| &run[start..end])
}

fn sorted(mut terms: Vec<&str>) -> Vec<String> {
    terms.sort_unstable();
    terms.dedup();
    terms.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terms_are_characters_and_pairs_inside_runs() {
        assert_eq!(terms("路灯 a4"), ["4", "a", "a4", "灯", "路", "路灯"]);
        assert_eq!(terms(" \u{3000}\n"), Vec::<String>::new());
        assert_eq!(query_terms("灯"), ["灯"]);
        assert_eq!(query_terms("路灯"), ["路灯"]);
        assert_eq!(query_terms("太阳能"), ["太阳", "阳能"]);
        assert_eq!(query_terms("哈哈哈"), ["哈哈"]);
        assert_eq!(query_terms(""), Vec::<String>::new());
    }

    proptest! {
        /// Whatever a search by substring finds, a search by terms finds too; and for short words it finds nothing else.
        #[test]
        fn a_text_that_contains_a_word_has_all_its_terms(
            text in "[路灯水aB４Ａ。é📦 \u{3000}\n]{0,30}", word in "[路灯水aB４Ａ。é📦]{1,5}", from in 0_usize..30, size in 1_usize..5,
        ) {
            let text = fold(text);
            let cut: String = text.chars().skip(from).take(size).collect();
            let there = terms(&text);
            prop_assert!(there.is_sorted());
            for word in words(&cut).into_iter().chain(words(&word)) {
                let has_terms = query_terms(&word).iter().all(|t| there.contains(t));
                let contains = text.contains(&word);
                prop_assert!(has_terms || !contains, "{word:?} in {text:?}");
                if word.chars().count() <= 2 {
                    prop_assert_eq!(has_terms, contains, "{:?} in {:?}", word, text);
                }
            }
        }
    }

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
