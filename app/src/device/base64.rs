//! Base64, by the browser's own functions: files travel to the server and back inside JSON.

/// Bytes as Base64.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    // `btoa` takes a text whose characters are the bytes.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let encoded = web_sys::window().and_then(|window| window.btoa(&text).ok());
    encoded.unwrap_or_default()
}

/// The bytes of a text in Base64; none if it is not.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = web_sys::window()?.atob(text).ok()?;
    bytes
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}
