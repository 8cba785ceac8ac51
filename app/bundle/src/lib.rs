//! Builds the site of Xiangdan: what a browser loads, from what cargo and people wrote.
//!
//! ```text
//!                  ┌ pieces ─ merge ┬ wasm-opt ────┐
//! cargo → wasm ─ split ─ core ─ bindgen              │
//!                                └ glue ┬ esbuild ──┤
//!                        page/parts.js ─┘           │
//! style/ ─ Lightning CSS ───────────────────────────┼─ names from content ─ index.html, sw.js ─ br, gz ─ budget ─ target/site
//! page/, public/ ───────────────────────────────────┘
//! ```
//! A quick build and the benchmark page are not split: all of the wasm is the core. What functions were called stays in
//! target/site-names, for [`symbols`].
//!
//! Everything after cargo is a function of its inputs: the same inputs give the same bytes.

pub mod bindgen;
pub mod budget;
pub mod build;
pub mod cache;
pub mod cargo;
pub mod compress;
pub mod javascript;
pub mod merge;
pub mod names;
pub mod order;
pub mod output;
pub mod program;
pub mod site;
pub mod split;
pub mod style;
pub mod symbols;
pub mod wasm_opt;
pub mod watch;
