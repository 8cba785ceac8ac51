//! A QR code as a drawing that prints sharp at any size.

use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write as _;

/// The quiet zone around a code, in modules, as the standard asks for.
const QUIET: i32 = 4;

/// One path for all dark modules, and how many modules the code is wide with its quiet zone; none for a text that is too long.
fn drawing(text: &str) -> Option<(String, i32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                // Writing into a string does not fail.
                let _written = write!(
                    path,
                    "M{} {}h{}v1H{}z",
                    start + QUIET,
                    y + QUIET,
                    x - start,
                    start + QUIET
                );
            }
            x += 1;
        }
    }
    Some((path, code.size() + 2 * QUIET))
}

/// A QR code of a text: dark on white whatever the theme is, since scanners want it so.
pub fn qr(
    // What it says.
    text: &str,
    // What it is, for those who do not see it.
    label: &'static str,
) -> impl IntoView + use<> {
    drawing(text).map(|(path, size)| {
        view! {
            <svg class="qr" viewBox=format!("0 0 {size} {size}") role="img" aria-label=label>
                <path fill="#fff" d=format!("M0 0h{size}v{size}H0z") />
                <path fill="#000" d=path />
            </svg>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_quiet_zone_and_its_corners() {
        let (path, size) = drawing("https://xiangdan.example/invite#K7QM4XTD").expect("fits");
        assert_eq!((size - 2 * QUIET - 21) % 4, 0, "{size}");
        // The finder at the top left begins with seven dark modules.
        assert!(path.starts_with("M4 4h7v1H4z"), "{path}");
        assert!(drawing(&"x".repeat(5_000)).is_none());
    }
}
