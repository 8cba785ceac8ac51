//! The audit trail (留痕) for bureaus and the administrator, asked for from the server page by page.

/// All that was asked for as a table for other programs.
mod export;
/// What commands, kinds and values are called.
mod labels;
/// The page.
mod list;

crate::part::page!(trail, pub list => list::TrailPage);
