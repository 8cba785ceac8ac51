//! Signing in, and who is signed in on this device.

/// What this browser forgets, said before anybody writes anything in it.
mod forgetful;
/// Browsers inside other apps.
pub mod in_app;
/// The page.
pub mod page;
/// Who is signed in, remembered across restarts.
pub mod remembered;
/// Signing up for an organization.
mod sign_up;
