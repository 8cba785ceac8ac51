//! Adapters to the browser's interfaces (hexagonal architecture). No rule of the domain is here.

/// Waking what waits.
pub mod bell;
/// The clock and the source of randomness.
pub mod clock;
/// Saving a text as a file.
pub mod file;
/// Server-sent hints that something is new.
pub mod hints;
/// The server's half of an exchange.
pub mod remote;
/// How much is stored, and whether the browser keeps it.
pub mod storage;
/// One tab syncs, the others hear of it.
pub mod tabs;
/// The size of text on this device.
pub mod text_size;
/// Pauses.
pub mod timer;
/// The service worker: opening without a network, updates when the person agrees.
pub mod worker;
