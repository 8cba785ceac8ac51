//! The server of Xiangdan: one binary with the site inside.
//!
//! [`app::App`] ties it together: the site's files, the server functions of `api` on [`backend::StorageBackend`], and the
//! hints. Rules are in `domain`; this crate carries them out on rows that are on disk.
#![forbid(unsafe_code)]

/// Accounts from above.
pub mod accounts;
/// The whole application as a service.
pub mod app;
/// What archives hold, before they are read.
mod archive;
/// What the server functions call.
pub mod backend;
/// Routes and data of the benchmark.
#[cfg(feature = "bench")]
pub mod bench;
mod browse;
/// The in-memory cache and its invalidation.
pub mod cache;
/// How the server is set up.
pub mod config;
/// Connections: how many, how long, and which one has to go.
pub mod connections;
/// The script of the demonstration: who asks for what, and what came of it.
pub mod demo;
/// Loading a list of designations in batches.
mod designation_loads;
/// Loading lists of designations.
pub mod designations;
mod devices;
mod exchange;
/// Fault injection, for the simulation.
pub mod faults;
mod figures;
/// Group commit: waiting jobs share one transaction.
pub mod group_commit;
/// Hints: server-sent events about changed feeds.
pub mod hints;
mod installation;
mod jobs;
/// Tables that people load.
pub mod loading;
/// What may be written into the log of what a caller sent.
mod logging;
mod metrics;
/// Addresses, and whose word about them is believed.
pub mod networks;
/// What pages tell about faults of the program.
pub mod page_faults;
/// Passwords: argon2, a few at a time.
pub mod passwords;
/// The clock and the source of randomness.
pub mod ports;
/// Limits on attempts.
pub mod rate_limit;
/// The table of regions.
pub mod regions;
mod releases;
mod routes;
/// Headers, and whose requests are heard.
pub mod security;
/// Demonstration data.
pub mod seed;
/// Sessions: opaque secrets, stored as hashes.
pub mod sessions;
mod sign_in_limits;
mod sign_up_limits;
/// The site's files.
pub mod site;
/// The storage port, and both databases behind it.
pub mod storage;
mod trail;

pub use app::App;
pub use backend::{Options, StorageBackend};
pub use config::Config;
