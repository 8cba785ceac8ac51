//! The server as its callers see it: the real router on a real file.
#![expect(
    clippy::needless_pass_by_value,
    reason = "bodies are written inline with json!"
)]
#![expect(
    clippy::expect_used,
    reason = "in tests a broken assumption should stop the test"
)]

#[cfg(feature = "faults")]
mod conversation;
mod demonstration;
mod durability;
mod http;
mod loop_;
mod page_faults;
mod protocol;
mod releases;
mod restored;
#[cfg(feature = "shuttle")]
mod shuttle;
mod signing_in;
mod site;
mod support;
