//! The media query for room for two columns.

use leptos::prelude::*;
use leptos_use_media_query::use_media_query;

/// Whether there is room for a list and what is opened beside it, as long as the component lives. The same width as in
/// `style/pages/inbox.css`.
#[must_use]
pub fn wide() -> Signal<bool> {
    use_media_query("(min-width: 900px)")
}
