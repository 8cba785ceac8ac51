//! The rules as their users meet them, and what must hold under any order of commands.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests report by panicking"
)]

mod accounts;
mod any_order;
mod day_limits;
mod dispatches;
mod duplicates;
mod endings;
mod following_up;
mod honest;
mod keeping;
mod merging;
mod needs;
mod offers;
mod orders;
mod organizations;
mod reviews;
mod revisions;
mod scene;
mod settings;
mod suggestions;
mod supplies;
mod typing;
mod views;
mod waiting;
mod ways_out;
