//! Crash reports of the page: what they contain, their checks, and their short code.

use crate::ApiError;
use serde::{Deserialize, Serialize};

/// What the page tells about a fault of the program, if the person agrees: where in the program it happened and nothing of
/// what they did or wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultReport {
    /// The build of the page, as its `<meta name="build">` says it.
    pub build: String,
    /// The page's path. Its identifiers are replaced by `:id`.
    pub page: String,
    /// What the browser calls the trap, e.g. `unreachable`.
    pub kind: String,
    /// The program's frames, innermost first: `app-1a2b.wasm:wasm-function[7]:0x1f`.
    pub stack: Vec<String>,
}

/// A report's body is never longer: thirty of the longest frames fit.
pub const MAX_REPORT_BYTES: usize = 8 * 1024;
const MAX_BUILD: usize = 40;
const MAX_PAGE: usize = 120;
const MAX_KIND: usize = 100;
const MAX_FRAMES: usize = 30;
const MAX_FRAME: usize = 200;

/// Digits and capitals of which no two look alike, for a code that is read aloud on the phone.
const LETTERS: &[u8; 27] = b"23456789ACDEFGHJKMNPQRTUWXY";

impl FaultReport {
    /// Checks that the report could be one of `boot.js`. Everything in it must be short printable ASCII, so that it is safe in a log
    /// and cannot carry Chinese text, an identifier or an address.
    ///
    /// # Errors
    /// [`ApiError::Malformed`], naming the field but not its content.
    pub fn check(&self) -> Result<(), ApiError> {
        let wrong = if !is_build(&self.build) {
            "build"
        } else if !is_page(&self.page) {
            "page"
        } else if !is_kind(&self.kind) {
            "kind"
        } else if self.stack.len() > MAX_FRAMES || !self.stack.iter().all(|frame| is_frame(frame)) {
            "stack"
        } else {
            return Ok(());
        };
        Err(ApiError::Malformed {
            detail: format!("`{wrong}` of the report is too long or has characters it cannot have"),
        })
    }

    /// The short code the person sees, e.g. `K7M-2QP`. The same fault of the same build has the same code, here and in
    /// `boot.js`; both are compared with `docs/golden/fault-report.json`.
    #[must_use]
    pub fn code(&self) -> String {
        // FNV-1a with 32 bits.
        let mut text = self.build.clone();
        for frame in &self.stack {
            text.push('\n');
            text += frame;
        }
        let mut hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let mut code = String::with_capacity(7);
        for place in 0..6 {
            if place == 3 {
                code.push('-');
            }
            let letter = LETTERS.get((hash % 27) as usize).copied();
            code.push(letter.map_or('?', char::from));
            hash /= 27;
        }
        code
    }
}

fn is_build(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    (1..=MAX_BUILD).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether the path consists of words. A digit or a percent sign could only come from an identifier or from typed text.
fn is_page(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'/' | b'_' | b'-' | b'.' | b':');
    text.starts_with('/') && text.len() <= MAX_PAGE && text.bytes().all(allowed)
}

fn is_kind(text: &str) -> bool {
    text.len() <= MAX_KIND && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

fn is_frame(text: &str) -> bool {
    let parts = || {
        let (file, rest) = text.split_once(":wasm-function[")?;
        let (index, offset) = rest.split_once("]:0x")?;
        Some((file, index, offset))
    };
    let is_file = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    text.len() <= MAX_FRAME
        && parts().is_some_and(|(file, index, offset)| {
            [file, index, offset].iter().all(|part| !part.is_empty())
                && file.bytes().all(is_file)
                && index.bytes().all(|b| b.is_ascii_digit())
                && offset.bytes().all(|b| b.is_ascii_hexdigit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> FaultReport {
        FaultReport {
            build: "0a1b2c3d4e5f-next".into(),
            page: "/needs/:id".into(),
            kind: "unreachable".into(),
            stack: vec!["app-1a2b.wasm:wasm-function[7]:0x1f".into(); 30],
        }
    }

    fn refused(change: impl Fn(&mut FaultReport)) -> bool {
        let mut report = good();
        change(&mut report);
        matches!(report.check(), Err(ApiError::Malformed { .. }))
    }

    #[test]
    fn what_the_page_sends_is_taken() {
        assert_eq!(good().check(), Ok(()));
        let bare = FaultReport {
            page: "/".into(),
            kind: String::new(),
            stack: vec![],
            ..good()
        };
        assert_eq!(bare.check(), Ok(()));
        let longest = FaultReport {
            build: "b".repeat(40),
            page: format!("/{}", "p".repeat(119)),
            kind: "k".repeat(100),
            stack: vec![format!("{}:wasm-function[1]:0x2", "f".repeat(179)); 30],
        };
        assert_eq!(longest.stack[0].len(), 200);
        assert_eq!(longest.check(), Ok(()));
        let bytes = serde_json::to_vec(&longest).expect("JSON").len();
        assert!(bytes < MAX_REPORT_BYTES, "{bytes}");
    }

    #[test]
    fn every_field_has_a_length_and_an_alphabet() {
        for build in [
            "",
            "a b",
            "1\n2",
            "<b>",
            "构建",
            &"b".repeat(41),
            "../../etc",
        ] {
            assert!(refused(|r| r.build = build.into()), "{build}");
        }
        for page in [
            "",
            "needs",
            "/needs/431230104201",
            "/needs/%E8%B7%AF",
            "/needs?phone=x",
            "/需求",
            "/a b",
            &format!("/{}", "p".repeat(120)),
        ] {
            assert!(refused(|r| r.page = page.into()), "{page}");
        }
        for kind in ["a\nb", "出错", "\u{7f}", &"k".repeat(101)] {
            assert!(refused(|r| r.kind = kind.into()), "{kind}");
        }
        assert!(refused(|r| r.stack.push(r.stack[0].clone())), "31 frames");
    }

    #[test]
    fn a_frame_names_a_file_a_function_and_an_offset_and_nothing_else() {
        for frame in [
            "",
            "app.wasm",
            ":wasm-function[7]:0x1f",
            "app.wasm:wasm-function[]:0x1f",
            "app.wasm:wasm-function[7]:0x",
            "app.wasm:wasm-function[7]",
            "app.wasm:wasm-function[seven]:0x1f",
            "app.wasm:wasm-function[7]:0x1g",
            "app.wasm:wasm-function[7]:0x1f at 王建国",
            "http://x.cn/app.wasm:wasm-function[7]:0x1f",
            "王建国:wasm-function[7]:0x1f",
            "a b:wasm-function[7]:0x1f",
            &format!("{}:wasm-function[1]:0x2", "f".repeat(180)),
        ] {
            assert!(refused(|r| r.stack[3] = frame.into()), "{frame}");
        }
    }

    #[test]
    fn a_refusal_does_not_repeat_what_was_refused() {
        let report = FaultReport {
            build: "13800000001 王建国".into(),
            ..good()
        };
        let told = format!("{:?}", report.check());
        assert!(
            told.contains("`build`") && !told.contains("13800000001"),
            "{told}"
        );
    }

    #[test]
    fn the_code_is_the_one_that_the_page_shows() {
        #[derive(Deserialize)]
        struct Golden {
            report: FaultReport,
            code: String,
        }
        let golden: Golden =
            serde_json::from_str(include_str!("../../../docs/golden/fault-report.json"))
                .expect("JSON");
        assert_eq!(golden.report.check(), Ok(()));
        assert_eq!(golden.report.code(), golden.code);
        let later = FaultReport {
            build: "another".into(),
            ..golden.report.clone()
        };
        assert_ne!(later.code(), golden.code, "of another build");
        let elsewhere = FaultReport {
            page: "/".into(),
            kind: "other words of another browser".into(),
            ..golden.report
        };
        assert_eq!(
            elsewhere.code(),
            golden.code,
            "the same place, another page"
        );
    }

    #[test]
    fn a_code_has_no_letters_that_look_alike() {
        for pair in ["0O", "1I", "1L", "2Z", "5S", "8B", "UV", "OQ"] {
            let both = pair.bytes().all(|b| LETTERS.contains(&b));
            assert!(!both, "{pair}");
        }
    }
}
