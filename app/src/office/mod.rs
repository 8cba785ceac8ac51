//! Lookup pages for bureaus: all needs of the county from the replica; what is queried from the server; regions with their numbers, lists of
//! designations, and what a region sets for itself.

/// Needs asked for from the server, for those who keep no replica.
mod browse;
/// All needs of the county.
mod county;
/// Lists of designations.
mod designations;
/// One line of a list that was asked for.
mod found;
/// What a region sets for itself.
mod region_settings;
/// Regions with their numbers.
mod regions;

crate::part::page!(office, pub browse => browse::Browse);
crate::part::page!(office, pub county => county::County);
crate::part::page!(office, pub designations => designations::Designations);
crate::part::page!(office, pub found_needs => browse::FoundNeeds);
crate::part::page!(office, pub found_orders => browse::FoundOrders);
crate::part::page!(office, pub found_supplies => browse::FoundSupplies);
crate::part::page!(office, pub found_organizations => browse::FoundOrganizations);
crate::part::page!(office, pub region_settings => region_settings::RegionSettings);
crate::part::page!(office, pub regions => regions::Regions);
