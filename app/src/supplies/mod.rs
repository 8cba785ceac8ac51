//! Supplies: what organizations offer to villages. Villages look through them and pick, organizations write and answer, bureaus screen.

/// The sheets in which an organization answers a pick.
mod answer_sheets;
/// Cards of supplies and picks.
mod cards;
/// Writing a supply.
mod form;
/// Supplies as each role lists them.
mod list;
/// An organization's own supplies.
mod own;
/// The sheet in which a village picks.
mod pick_sheet;
/// The questions of the form.
mod questions;
/// A bureau's decision on a supply.
mod screening;
/// The supplies that may be picked, searched and filtered.
mod shelf;
/// One supply.
mod supply;

crate::part::page!(supplies, pub list => list::Supplies);
// Reading one and writing one are large and differ.
crate::part::page!(supply, pub supply => supply::SupplyPage);
crate::part::page!(offering, pub new_supply => form::NewSupply);
crate::part::page!(offering, pub edit_supply => form::EditSupply);
