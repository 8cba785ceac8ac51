//! What waits for a person, and the short forms that answer it: a review, and whether something is still in use.

/// The inbox.
mod inbox;
/// Leaving a review.
mod review_form;
/// Whether what was delivered is still in use.
mod use_form;

crate::part::page!(todo, pub inbox => inbox::Todo);
crate::part::page!(todo, pub review => review_form::ReviewPage);
crate::part::page!(todo, pub still_in_use => use_form::UsePage);
