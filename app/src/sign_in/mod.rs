//! Signing in, and who is signed in on this device.

/// What this browser forgets, said before anybody writes anything in it.
mod forgetful;
/// Browsers inside other apps.
pub mod in_app;
/// Using an invitation.
pub mod invite;
/// Asking for a PIN.
pub mod lock;
/// The page.
pub mod page;
/// The people who have signed in on this device.
pub mod people;
/// Who is signed in, remembered across restarts.
pub mod remembered;
/// Signing up for an organization.
mod sign_up;
