//! Signing in, and who is signed in on this device. What a first visit does not need is the part `door`, which the service worker keeps with the core.

use crate::part::page;
use domain::Actor;

/// The chooser of people.
mod chooser;
/// What this browser forgets, said before anybody writes anything in it.
mod forgetful;
/// Browsers inside other apps.
pub mod in_app;
/// Using an invitation.
mod invite;
/// Asking for a PIN.
mod lock;
/// The page.
pub mod page;
/// The people who have signed in on this device.
pub mod people;
/// Who is signed in, remembered across restarts.
pub mod remembered;
/// Signing up for an organization.
mod sign_up;

/// Where an invitation is used, for everybody. The code stands behind the `#`, which no browser sends along.
pub const INVITE_PATH: &str = "/invite";

/// Whose PIN is asked for: the context of [`pin()`].
#[derive(Clone)]
pub struct Locked {
    /// Whose.
    pub actor: Actor,
    /// Whether too many wrong PINs have taken the key away.
    pub gone: bool,
}

page!(door, pub invitation => invite::InvitePage);
page!(door, pub pin => lock::LockPage);
page!(door, pub people_here => chooser::Chooser);
page!(door, pub organization => sign_up::SignUp);
