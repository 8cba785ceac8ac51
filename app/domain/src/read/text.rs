//! Texts and names: what nobody sees is taken out, and lengths count what is left.

/// Characters that show nothing, or change the direction of what stands beside them: controls, format characters, fillers, and what
/// Unicode says is no character. Variation selectors of ideographs (U+E0100 and following) stay, since rare names need them.
const fn is_hidden(c: char) -> bool {
    let never = matches!(c as u32 & 0xFFFF, 0xFFFE | 0xFFFF);
    never
        || matches!(
            c,
            '\0'..='\u{8}'
                | '\u{E}'..='\u{1F}'
                | '\u{7F}'..='\u{84}'
                | '\u{86}'..='\u{9F}'
                | '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FDD0}'..='\u{FDEF}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFC}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E00FF}'
        )
}

/// Selects a form of the ideograph before it.
const fn is_selector(c: char) -> bool {
    matches!(c, '\u{E0100}'..='\u{E01EF}')
}

/// Where a line ends.
const BREAKS: [char; 7] = [
    '\n', '\r', '\u{B}', '\u{C}', '\u{85}', '\u{2028}', '\u{2029}',
];

/// A text of one line: nothing hidden, one space where there was white space, none at the ends.
#[must_use]
pub fn line(text: &str) -> String {
    let mut out = String::new();
    let mut gap = true;
    for c in text.chars() {
        if c.is_whitespace() {
            if !gap {
                out.push(' ');
            }
            gap = true;
        } else if !(is_hidden(c) || gap && is_selector(c)) {
            out.push(c);
            gap = false;
        }
    }
    if gap {
        out.pop();
    }
    out
}

/// A text of several lines: each as [`line`] writes it, never more than one empty line between two, none at the ends.
#[must_use]
pub fn lines(text: &str) -> String {
    let mut out = String::new();
    let mut breaks = 0;
    for part in text.replace("\r\n", "\n").split(BREAKS) {
        let part = line(part);
        if !part.is_empty() {
            out.push_str(&"\n\n"[..breaks]);
            out.push_str(&part);
            breaks = 0;
        }
        if !out.is_empty() && breaks < 2 {
            breaks += 1;
        }
    }
    out
}

/// A person's name: one line, and one way to write the dot between its parts (买买提·艾力).
#[must_use]
pub fn person(text: &str) -> String {
    line(text)
        .chars()
        .map(|c| match c {
            '•' | '‧' | '∙' | '⋅' | '・' | '･' => '·',
            c => c,
        })
        .collect()
}

/// Whether a text shows nothing.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    line(text).is_empty()
}

/// How many characters a text has.
#[must_use]
pub fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_characters_are_taken_out_and_white_space_is_one_space() {
        for (typed, read) in [
            ("  路灯\u{200b}坏了 ", "路灯坏了"),
            ("路灯\u{3000}\u{a0} 12 盏", "路灯 12 盏"),
            ("村口\n路灯\t坏了", "村口 路灯 坏了"),
            ("\u{202e}灯路\u{202c}", "灯路"),
            ("\0\u{feff}\u{2066}灯\u{2069}", "灯"),
            ("\u{3164}\u{2800}\u{115f}\u{ad}", ""),
            (" \u{200b} \n", ""),
            ("\u{e0100}", ""),
            ("侗寨 👍🏽", "侗寨 👍🏽"),
            ("\u{2f81a}\u{e0100}家寨", "\u{2f81a}\u{e0100}家寨"),
        ] {
            assert_eq!(line(typed), read, "{typed:?}");
        }
    }

    #[test]
    fn lines_stay_lines_and_many_empty_ones_become_one() {
        assert_eq!(
            lines("\r\n 第一行 \r\n第二行\r\n\n\n\n第三行\n "),
            "第一行\n第二行\n\n第三行"
        );
        assert_eq!(lines("一\r二\u{2028}三"), "一\n二\n三");
        assert_eq!(lines("\n \u{200b}\n"), "");
    }

    #[test]
    fn a_name_has_one_kind_of_dot_and_keeps_rare_characters() {
        for typed in ["买买提•艾力", "买买提・艾力", " 买买提·艾力\u{200d} "] {
            assert_eq!(person(typed), "买买提·艾力");
        }
        assert_eq!(person("𠅤䶮"), "𠅤䶮");
    }

    proptest! {
        #[test]
        fn what_was_cleaned_stays_as_it_is(text in "\\PC{0,40}|[ \u{a0}\n\r\u{200b}\u{202e}\0灯a]{0,40}") {
            for clean in [line, lines, person] {
                let once = clean(&text);
                prop_assert_eq!(clean(&once), once.clone());
                prop_assert!(!once.chars().any(is_hidden));
                prop_assert!(length(&once) <= length(&text));
                prop_assert_eq!(once.trim(), once.as_str());
            }
            prop_assert!(!line(&text).contains(BREAKS));
        }
    }
}
