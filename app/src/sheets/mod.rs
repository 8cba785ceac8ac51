//! Paper: needs and supplies as A4 sheets with a code that opens it, and lists for a matchmaking meeting.

/// What stands below each sheet, and its buttons.
mod foot;
/// A list for a matchmaking meeting.
mod meeting;
/// A need on one sheet.
mod need_sheet;
/// A supply on one sheet.
mod supply_sheet;

crate::part::page!(sheets, pub need_sheet => need_sheet::NeedSheet);
crate::part::page!(sheets, pub supply_sheet => supply_sheet::SupplySheet);
crate::part::page!(sheets, pub meeting => meeting::Meeting);
