//! Screening: the county's inbox and its decision on a need.

/// The county's needs to screen.
mod inbox;
/// The needs that wait, and the list of them.
mod picks;
/// A county's decision on a need.
mod screening;

crate::part::page!(review, pub inbox => inbox::Inbox);
