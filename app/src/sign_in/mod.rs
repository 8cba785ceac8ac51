//! Signing in, and who is signed in on this device.

/// The page.
pub mod page;
/// Who is signed in, remembered across restarts, and the size of text.
pub mod remembered;
