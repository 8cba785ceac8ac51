//! The pages of Xiangdan: a client-side rendered Leptos application on the offline-first sync engine.
//!
//! The core is [`app`] with [`sign_in`]; [`inside`] opens the engine and brings [`routes`], which know the areas by what
//! people do: [`needs`], [`library`], [`orders`], [`review`], [`office`], [`account`]. Areas know [`ui`] and [`desk`], never
//! each other. [`device`] holds the thin edges to the browser.
#![forbid(unsafe_code)]

/// The person: account, sync, settings.
pub mod account;
/// Accounts of the level below.
pub mod accounts;
/// The installation.
pub mod admin;
/// The core: who is signed in, and what is seen around that.
pub mod app;
/// What a page works with.
pub mod desk;
/// Thin edges to the browser: network, clock, randomness, tabs, hints, files, the service worker.
pub mod device;
/// What a county follows up.
pub mod following;
/// What a role sees first.
pub mod home;
/// The part behind the sign-in.
pub mod inside;
/// The library of published needs.
pub mod library;
/// A village's needs.
pub mod needs;
/// What bureaus look things up with.
pub mod office;
/// An organization's orders.
pub mod orders;
/// Organizations.
pub mod organizations;
/// Parts of the program that are fetched when they are needed.
pub mod part;
/// Screening.
pub mod review;
/// Which page stands at which address.
pub mod routes;
/// What is printed.
pub mod sheets;
/// Signing in, and who is signed in on this device.
pub mod sign_in;
/// What organizations offer.
pub mod supplies;
/// What waits for a person.
pub mod todo;
/// The audit trail.
pub mod trail;
/// What several areas share on the screen.
pub mod ui;
/// Chinese words of numbers, days and times.
pub mod words;

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the program.
#[wasm_bindgen(start)]
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}
