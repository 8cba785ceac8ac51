//! Screening: the county's inbox and its decision on a need.

/// The decision on the opened need.
mod decision;
/// The county's needs to screen.
mod inbox;
/// Several needs at once.
mod many;
/// What an officer types before deciding.
mod opinion;
/// The needs that wait, and the list of them.
mod picks;
/// One need with everything that the decision needs.
mod screening;

crate::part::page!(review, pub inbox => inbox::Inbox);
