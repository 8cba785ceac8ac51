//! The storage port on both databases, and several servers on one of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a broken assumption should stop the test"
)]

mod accounts;
mod conformance;
mod copying;
mod databases;
#[path = "../it/http.rs"]
#[expect(dead_code, reason = "shared with other tests, which use more of it")]
mod http;
mod jobs;
mod outage;
mod people;
mod postgres;
mod servers;
mod two_processes;
