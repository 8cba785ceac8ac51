//! The store in a real browser. All tests share one page and one origin, so each uses a person of its own; they run one after
//! another.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

/// What a page could do to a database behind the store's back.
mod browser;
/// The suite that every store passes.
mod conformance;
/// The whole engine on this store.
mod engine;
/// Transactions that fail: aborted, out of room, unreadable.
mod failures;
/// Removing everything of a person.
mod forget;
/// Databases made by older and by newer pages.
mod formats;
/// Handles that die or must give way.
mod handles;
/// Storage that the browser has cleared.
mod loss;
/// What the browser says about its storage.
mod persistence;
/// What a PIN seals.
mod pin;
/// Two tabs of one person.
mod tabs;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
