//! Adapters to the browser's interfaces (hexagonal architecture). No rule of the domain is here.

/// Base64.
pub mod base64;
/// A wake-up signal.
pub mod bell;
/// Which tab works on something.
pub mod claim;
/// The clipboard.
pub mod clipboard;
/// The clock and the source of randomness.
pub mod clock;
/// Saving a text as a file.
pub mod file;
/// Server-sent hints that something is new.
pub mod hints;
/// The back button.
pub mod history;
/// One call over HTTP.
pub mod http;
/// Whether the page is being printed.
pub mod paper;
/// The calls of the server.
pub mod remote;
/// Handing a text to another program.
pub mod share;
/// How much is stored, and whether the browser keeps it.
pub mod storage;
/// Leader election: one tab syncs and notifies the others.
pub mod tabs;
/// The size of text on this device.
pub mod text_size;
/// Pauses.
pub mod timer;
/// The service worker: opening without a network, updates when the person agrees.
pub mod worker;
