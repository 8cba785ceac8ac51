//! One file a page.

/// Needs asked for from the server, for those who keep no replica.
pub mod browse;
/// The county's needs to screen.
pub mod inbox;
/// The library of published needs.
pub mod library;
/// The person: account, links to sync and settings.
pub mod me;
/// A village's own needs.
pub mod my_needs;
/// One need.
pub mod need;
/// Writing a need.
pub mod need_form;
/// One order.
pub mod order;
/// An organization's orders.
pub mod orders;
/// Settings of this device, and signing out.
pub mod settings;
/// Signing in.
pub mod sign_in;
/// What waits, what was refused, and what is stored.
pub mod sync;
