//! Base64, by the browser's own function: files come from the server inside JSON.

/// The bytes of a text in Base64; none if it is not.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = web_sys::window()?.atob(text).ok()?;
    bytes
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}
