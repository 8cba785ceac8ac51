//! What a county follows up: what has not moved for too long, needs that are the same matter, needs that must leave the library.

/// An organization is asked to take a need.
mod dispatch;
/// A published need is taken out of the library.
mod down;
/// Two needs side by side.
mod merge;
/// What has not moved for too long.
mod stale_list;

crate::part::page!(following, pub stale_list => stale_list::StaleList);
crate::part::page!(following, pub merge => merge::Merge);
crate::part::page!(following, pub dispatch => dispatch::DispatchPage);
crate::part::page!(following, pub down => down::Down);
