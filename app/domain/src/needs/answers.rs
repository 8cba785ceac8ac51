//! What a need's answers must be like (validation).

use super::model::NeedContent;
use crate::answers::{MAX_MONEY, countable, day_ahead, invalid, is_missing, reachable};
use crate::money::Fen;
use crate::quantity::Unit;
use crate::read::limits::{self, MAX_PERSONS};
use crate::read::text::length;
use crate::read::unit::is_counted;
use crate::rejection::{Field, Problem, Rejection};
use crate::time::Millis;

/// Characters of a title, at least.
pub const MIN_TITLE: u32 = 4;
/// Characters of a title, at most.
pub const MAX_TITLE: u32 = limits::TITLE.at_most;
/// Characters of the details, at most.
pub const MAX_DETAILS: u32 = limits::DETAILS.at_most;
/// Items of a need, at most.
pub const MAX_ITEMS: u32 = 12;
/// The largest quantity of an item (for money in fen: ten million yuan).
pub const MAX_QUANTITY: u64 = 1_000_000_000;

/// Checks a draft: it must have a title, and no answer may exceed its maximum. The lengths of its texts have been checked already
/// ([`limits`]). A unit that an item of that number has had `before` may stay, since what organizations promised is counted in it.
pub(super) fn draft(content: &NeedContent, before: Option<&NeedContent>) -> Result<(), Rejection> {
    if is_missing(&content.title) {
        return Err(invalid(Field::Title, Problem::Missing));
    }
    if content.items.len() > MAX_ITEMS as usize {
        return Err(invalid(
            Field::Items,
            Problem::TooMany { at_most: MAX_ITEMS },
        ));
    }
    for item in &content.items {
        if item.quantity > MAX_QUANTITY {
            let at_most = MAX_QUANTITY;
            return Err(invalid(Field::Items, Problem::TooLarge { at_most }));
        }
        let had = before.and_then(|b| b.items.iter().find(|i| i.no == item.no));
        if let Unit::Of(unit) = &item.unit
            && had.is_none_or(|had| had.unit != item.unit)
            && is_counted(unit).is_err()
        {
            return Err(invalid(Field::Items, Problem::MoneyUnit));
        }
    }
    Ok(())
}

/// Checks what a need must have before it goes to the county. Without `now` the deadline may have passed: an edit that keeps an
/// old deadline is not rejected for it.
pub(crate) fn complete(
    content: &NeedContent,
    before: Option<&NeedContent>,
    now: Option<Millis>,
) -> Result<(), Rejection> {
    draft(content, before)?;
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
        let unit_missing = matches!(&item.unit, Unit::Of(unit) if is_missing(unit));
        if is_missing(&item.name) || unit_missing {
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
    countable(Field::Persons, 0, content.persons, MAX_PERSONS)?;
    if content.households.is_some_and(|h| h > content.persons) {
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
