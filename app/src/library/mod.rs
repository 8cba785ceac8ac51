//! The library of published needs: searching, filtering, reading.

/// The list.
mod list;

crate::part::page!(library, pub list => list::Library);
