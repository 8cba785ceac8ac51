//! The person: who is signed in, what waits to be sent, settings of the device, signing out.

/// Where this person is signed in.
mod devices;
/// The person: account, links to sync and settings.
mod me;
/// The PIN of this person on this device.
mod pin;
/// Settings of this device, and signing out.
mod settings;
/// What waits, what was rejected, and what is stored.
mod sync;
/// What was begun and not sent.
mod unfinished;
/// Unsent work as a file.
mod unsent_file;

crate::part::page!(account, pub me => me::Me);
crate::part::page!(account, pub sync_page => sync::SyncPage);
crate::part::page!(account, pub settings => settings::Settings);
crate::part::page!(account, pub devices => devices::Devices);
