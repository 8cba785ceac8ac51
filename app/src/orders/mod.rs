//! An organization's orders: the list, and one order with its reports.

/// Keeping an order honest.
mod keeping;
/// The list.
mod list;
/// One order.
mod order;
/// Where an order stands, in words.
mod order_words;

crate::part::page!(orders, pub list => list::Orders);
crate::part::page!(orders, pub order => order::OrderPage);
