//! Integration tests: the server as its callers see it, with the real router on a real file.
#![expect(
    clippy::needless_pass_by_value,
    reason = "bodies are written inline with json!"
)]
#![cfg_attr(
    feature = "faults",
    expect(
        clippy::panic,
        reason = "a test without its database says so and fails"
    )
)]
#![expect(
    clippy::expect_used,
    reason = "in tests a broken assumption should stop the test"
)]

mod accounts;
mod alone;
#[cfg(feature = "faults")]
mod conversation;
#[cfg(feature = "faults")]
#[path = "../storage/databases.rs"]
mod databases;
mod demonstration;
mod durability;
mod evolution;
mod from_above;
mod full_disk;
mod growth;
mod harvest;
mod http;
mod log;
mod loop_;
mod office;
mod organizations;
mod page_faults;
mod patience;
mod protocol;
mod proxy;
mod releases;
mod restored;
#[cfg(feature = "shuttle")]
mod shuttle;
mod signing_in;
mod site;
mod support;
mod trail;
