//! Lookup pages for bureaus: all needs of the county from the replica, and needs queried from the server.

/// Needs asked for from the server, for those who keep no replica.
mod browse;
/// All needs of the county.
mod county;

crate::part::page!(office, pub browse => browse::Browse);
crate::part::page!(office, pub county => county::County);
