//! Test doubles and the conformance suite for stores. Nothing here is compiled into the page.

/// Seeded randomness and a clock that is set by hand.
pub mod chance;
/// The suite that every store passes.
pub mod conformance;
/// A store in memory whose disk survives crashes and can be torn.
pub mod memory;
