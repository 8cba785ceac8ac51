//! What several pages share.

/// What surrounds every page: title, the line that tells the truth about sync, tabs.
pub mod shell;
