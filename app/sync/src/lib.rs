//! The offline engine of Xiangdan, without I/O: what is pending, what is known, what to send, what to believe.
//!
//! Planning is pure and apart from doing: [`replica::Replica`] is a value that plans what to write and is told when it is
//! written; [`engine::Engine`] carries it out through the ports [`ports::Store`], [`ports::Remote`], [`ports::Clock`] and
//! [`ports::Random`]. So all of sync is tested without a browser and without a network.
#![forbid(unsafe_code)]

/// How long to wait after a failure.
pub mod backoff;
/// The engine: carries out what the replica plans.
pub mod engine;
/// How a table of entities hashes their keys.
mod key_hash;
/// What this version of the page can read.
pub mod knowledge;
/// The cache's format.
pub mod log;
/// Own changes on their way to the server.
pub mod outbox;
/// Summaries as the cache holds them.
pub mod packed;
/// What the engine needs of the world.
pub mod ports;
/// What a device knows.
pub mod replica;
/// The key of a row, known or not.
pub mod row_key;
/// What the server has applied, in case it loses it.
pub mod sent;
/// Stores, networks and suites for tests.
#[cfg(feature = "testkit")]
pub mod testkit;
/// Two futures at once.
pub mod together;
/// The wire format, version 1.
pub mod wire;
