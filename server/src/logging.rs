//! What may be written into the log of what a caller sent: a bounded, escaped head, so that no line is long and none is forged. Fields
//! of a sign-in are never written at all.

use std::fmt;

/// How many characters of a text are written.
const LONGEST: usize = 100;

/// The head of a text that came from outside.
pub(crate) struct Head<'a>(pub(crate) &'a str);

impl fmt::Display for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars().take(LONGEST) {
            // Letters of any language as they are; controls, line breaks and what changes the direction as escapes.
            write!(f, "{}", character.escape_debug())?;
        }
        if self.0.chars().nth(LONGEST).is_some() {
            f.write_str("…")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_short_and_one_line() {
        assert_eq!(Head("/需求/a").to_string(), "/需求/a");
        let forged = "a\n2026-11-28 INFO signed in\u{1b}[31m\u{202e}";
        let shown = Head(forged).to_string();
        assert_eq!(shown, "a\\n2026-11-28 INFO signed in\\u{1b}[31m\\u{202e}");
        assert_eq!(Head(&"长".repeat(500_000)).to_string().chars().count(), 101);
    }
}
