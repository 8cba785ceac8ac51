//! Organizations: registering one, its page, and what a bureau decides about it.

/// What a bureau decides about an organization.
mod decision;
/// The organizations of a county.
mod list;
/// One organization.
mod page;
/// The form of what an organization says of itself.
mod profile_form;
/// Registering an organization.
mod register;
/// Where an organization stands, in words.
mod words;

crate::part::page!(organizations, pub register => register::Register);
crate::part::page!(organizations, pub list => list::Organizations);
crate::part::page!(organizations, pub organization => page::OrganizationPage);
crate::part::page!(organizations, pub edit => register::Edit);
