//! Whether two titles speak of the same thing, by the pairs of characters they share.

/// Whether two titles speak of the same thing.
#[must_use]
pub fn is_alike(a: &str, b: &str) -> bool {
    let (a, b) = (pairs(a), pairs(b));
    let smaller = a.len().min(b.len());
    if smaller < 3 {
        return false;
    }
    let shared = a.iter().filter(|p| b.contains(p)).count();
    // Half of the shorter title: 村口到小学的路灯坏了 and 村口路灯坏了 12 盏 are alike, two needs of one hamlet are not.
    shared * 2 >= smaller
}

/// A Chinese character, the rare ones of place names included (CJK unified ideographs and their extensions).
const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}')
}

fn pairs(text: &str) -> Vec<(char, char)> {
    let plain: Vec<char> = text
        .chars()
        .filter(|c| (is_ideograph(*c) || c.is_ascii_alphabetic()) && *c != '的')
        .collect();
    let mut pairs: Vec<_> = plain.windows(2).map(|w| (w[0], w[1])).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}
