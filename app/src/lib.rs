//! The pages of Xiangdan: Leptos in the browser, on the offline engine.
//!
//! [`desk::Desk`] is what a page works with: lists and entities as they are shown, and acts that are kept at once.
//! [`device`] holds the thin edges to the browser, [`parts`] what several pages share, [`pages`] one file a page.
#![forbid(unsafe_code)]

/// What a page works with.
pub mod desk;
/// Thin edges to the browser: network, clock, randomness, tabs, hints, files, the service worker.
pub mod device;
/// One file a page.
pub mod pages;
/// What several pages share.
pub mod parts;
/// The program: routes, and what surrounds every page.
pub mod program;
/// Who is signed in on this device, remembered across restarts.
pub mod session;
/// Chinese words of numbers, days and times.
pub mod words;

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the program.
#[wasm_bindgen(start)]
pub fn start() {
    view::mount_to_body(program::Program);
}
