//! The installation, for administrators: its state, the table of regions.

/// The state of the installation.
mod installation;
/// The table of regions.
mod regions;

crate::part::page!(admin, pub installation => installation::Installation);
crate::part::page!(admin, pub regions => regions::LoadRegions);
