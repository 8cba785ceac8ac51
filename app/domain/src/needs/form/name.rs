//! What a title says is needed: 路灯 of 通组路缺路灯 18 盏. A form with one item does not ask for the same word twice.

use crate::read::text::{length, line};
use crate::text::narrow;

/// Words behind which a title names the thing.
const WANTED: [&str; 10] = [
    "需要", "急需", "想要", "缺少", "还差", "需求", "缺", "求", "需", "要",
];
/// Characters that do not end a name.
const LOOSE: [char; 9] = ['，', '。', '、', '；', '：', '！', ',', '.', ' '];
/// Characters of a name that is worth having, at least.
const SHORT: u32 = 2;

/// The name of what the title asks for; none when the title says nothing.
#[must_use]
pub fn of_title(title: &str) -> Option<String> {
    let title = line(title);
    // The number, and what it counts, are asked for beside the name.
    let is_digit = |c: char| narrow(&c.to_string()).bytes().all(|b| b.is_ascii_digit());
    let before = title.split(is_digit).next().unwrap_or_default();
    let named = WANTED.iter().find_map(|word| {
        let (_, behind) = before.rsplit_once(word)?;
        let behind = behind.trim_matches(LOOSE);
        (length(behind) >= SHORT).then_some(behind)
    });
    let name = named.unwrap_or_else(|| before.trim_matches(LOOSE));
    let name = if length(name) < SHORT {
        title.as_str()
    } else {
        name
    };
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_what_is_needed() {
        for (title, name) in [
            ("通组路缺路灯 18 盏", "路灯"),
            ("村小学需要课桌椅 40 套", "课桌椅"),
            ("急需冬衣，60 套", "冬衣"),
            ("路灯12盏", "路灯"),
            ("独居老人冬衣 60 套", "独居老人冬衣"),
            ("18 盏路灯", "18 盏路灯"),
            ("村口到小学的路灯坏了", "村口到小学的路灯坏了"),
            ("教师 1 名", "教师"),
        ] {
            assert_eq!(of_title(title).as_deref(), Some(name), "{title}");
        }
        assert_eq!(of_title(" \u{200b}"), None);
    }
}
