//! Signing in, and who is signed in on this device.

/// The page.
pub mod page;
/// Who is signed in, remembered across restarts.
pub mod remembered;
