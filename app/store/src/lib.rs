//! The engine's [`Store`](sync::ports::Store) on IndexedDB.
//!
//! Two databases per person, because they fail apart: the durable one is written with strict durability and its format is
//! frozen; the cache is relaxed, disposable, and carries its format in its name. A new format is therefore a new database
//! and never an alteration: older caches are removed once the new one is open. Values are `Uint8Array`s, never Blobs, which
//! some browsers lose.
//!
//! Rules of the transactions here: requests are issued without awaiting each, then the transaction is committed; nothing but
//! IndexedDB is awaited inside one; what throws drops the transaction, and that aborts it.
#![forbid(unsafe_code)]

/// Waiting for a database, unless another tab is in the way.
mod blocked;
/// The disposable database: its name, its object stores, its other formats.
mod cache;
/// Sealing of what is stored.
mod cipher;
/// The database that must not be lost: its name and its object stores.
mod durable;
/// What went wrong, in the words of [`sync::ports::StoreError`].
mod error;
/// Removing everything of a person.
mod forget;
/// An open database that knows when it is no longer open.
mod handle;
/// A sign outside IndexedDB that a durable database existed.
mod marker;
/// Opening one database.
mod opening;
/// How much room there is, and whether the browser may clear it.
pub mod persistence;
/// The PIN of one person on this device.
pub mod pin;
/// Which key the values of a database are sealed with.
mod sealing;
/// The store itself.
mod store;
/// Single transactions on one open database.
mod transaction;
/// Keys and values as IndexedDB keeps them.
mod value;

pub use cipher::Cipher;
pub use forget::forget;
pub use store::IndexedDbStore;

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
