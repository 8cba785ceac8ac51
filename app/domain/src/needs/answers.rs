//! What a need's answers must be like (validation).

use super::model::NeedContent;
use crate::answers::{MAX_MONEY, at_most, day_ahead, invalid, length, reachable};
use crate::money::Fen;
use crate::quantity::Unit;
use crate::rejection::{Field, Problem, Rejection};
use crate::time::Millis;

/// Characters of a title, at least.
pub const MIN_TITLE: u32 = 4;
/// Characters of a title, at most.
pub const MAX_TITLE: u32 = 40;
/// Characters of the details, at most.
pub const MAX_DETAILS: u32 = 500;
/// Items of a need, at most.
pub const MAX_ITEMS: u32 = 12;
/// The largest quantity of an item (for money in fen: ten million yuan).
pub const MAX_QUANTITY: u64 = 1_000_000_000;
/// A number above Hunan's population (about 65 million) can only be mistyped.
const MAX_PERSONS: u32 = 70_000_000;

/// Checks a draft: it must have a title, and no answer may exceed its maximum.
pub(super) fn draft(content: &NeedContent) -> Result<(), Rejection> {
    if length(&content.title) == 0 {
        return Err(invalid(Field::Title, Problem::Missing));
    }
    at_most(Field::Title, &content.title, MAX_TITLE)?;
    at_most(Field::Details, &content.details, MAX_DETAILS)?;
    if content.items.len() > MAX_ITEMS as usize {
        return Err(invalid(
            Field::Items,
            Problem::TooLong { at_most: MAX_ITEMS },
        ));
    }
    for item in &content.items {
        at_most(Field::Items, &item.name, MAX_TITLE)?;
        if let Unit::Of(unit) = &item.unit {
            at_most(Field::Items, unit, 8)?;
        }
        if item.quantity > MAX_QUANTITY {
            return Err(invalid(Field::Items, Problem::OutOfRange));
        }
    }
    if let Some(contact) = &content.contact {
        at_most(Field::Contact, &contact.name, MAX_TITLE)?;
        at_most(Field::Contact, &contact.phone, MAX_TITLE)?;
    }
    Ok(())
}

/// Checks what a need must have before it goes to the county. Without `now` the deadline may have passed: an edit that keeps an
/// old deadline is not rejected for it.
pub(super) fn complete(content: &NeedContent, now: Option<Millis>) -> Result<(), Rejection> {
    draft(content)?;
    if length(&content.title) < MIN_TITLE {
        let problem = Problem::TooShort {
            at_least: MIN_TITLE,
        };
        return Err(invalid(Field::Title, problem));
    }
    if content.items.is_empty() {
        return Err(invalid(Field::Items, Problem::Missing));
    }
    for (i, item) in content.items.iter().enumerate() {
        let unit_missing = matches!(&item.unit, Unit::Of(unit) if length(unit) == 0);
        if length(&item.name) == 0 || unit_missing {
            return Err(invalid(Field::Items, Problem::Missing));
        }
        if item.quantity == 0 {
            return Err(invalid(Field::Items, Problem::OutOfRange));
        }
        if content.items[..i].iter().any(|other| other.no == item.no) {
            return Err(invalid(Field::Items, Problem::DoesNotMatch));
        }
    }
    if content.persons == 0 {
        return Err(invalid(Field::Persons, Problem::Missing));
    }
    if content.persons > MAX_PERSONS || content.households.is_some_and(|h| h > content.persons) {
        return Err(invalid(Field::Persons, Problem::OutOfRange));
    }
    if let Some(budget) = content.budget
        && !(Fen(0)..=MAX_MONEY).contains(&budget)
    {
        return Err(invalid(Field::Budget, Problem::OutOfRange));
    }
    if let Some(now) = now {
        day_ahead(Field::Deadline, content.deadline, now)?;
    }
    match &content.contact {
        None => Err(invalid(Field::Contact, Problem::Missing)),
        Some(contact) => reachable(contact),
    }
}
