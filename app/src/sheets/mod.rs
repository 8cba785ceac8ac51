//! Paper: a need as an A4 sheet with a code that opens it, and lists for a matchmaking meeting.

/// A list for a matchmaking meeting.
mod meeting;
/// A need on one sheet.
mod need_sheet;

crate::part::page!(sheets, pub need_sheet => need_sheet::NeedSheet);
crate::part::page!(sheets, pub meeting => meeting::Meeting);
