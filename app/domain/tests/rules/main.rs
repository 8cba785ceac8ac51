//! The rules as their users meet them, and what must hold under any order of commands.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests report by panicking"
)]

mod any_order;
mod needs;
mod orders;
mod scene;
mod typing;
mod views;
