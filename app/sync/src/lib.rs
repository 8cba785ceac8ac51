//! The offline-first sync engine of Xiangdan, without I/O: outbox, local replica, optimistic updates, push and pull.
//!
//! Planning is pure and apart from doing: [`replica::Replica`] is a value that plans what to write and is told when it is
//! written; [`engine::Engine`] carries it out through the ports [`ports::Store`], [`ports::Remote`], [`ports::Clock`] and
//! [`ports::Random`]. So all of sync is tested without a browser and without a network.
#![forbid(unsafe_code)]

/// Exponential backoff.
pub mod backoff;
/// The engine: carries out what the replica plans.
pub mod engine;
/// Decisions that are held back for a moment.
pub mod held;
/// A fast hash function for keys.
mod key_hash;
/// Forward compatibility: what this version of the page can read.
pub mod knowledge;
/// The cache's format: an append-only log.
pub mod log;
/// The outbox: own mutations on their way to the server.
pub mod outbox;
/// Summaries, deserialized lazily.
pub mod packed;
/// Ports: what the engine needs of the world.
pub mod ports;
/// The local replica.
pub mod replica;
/// The key of a row, known or not.
pub mod row_key;
/// Applied mutations, kept in case the server is put back to a backup.
pub mod sent;
/// Test doubles and the conformance suite.
#[cfg(feature = "testkit")]
pub mod testkit;
/// Concurrent join of two futures.
pub mod together;
/// What only one task may do at a time.
pub mod turns;
/// The wire format, version 1.
pub mod wire;
