//! What the answers of a form must be like.

use crate::money::Fen;
use crate::need::{Contact, NeedContent, Unit};
use crate::rejection::{Field, Problem, Rejection};
use crate::time::{Day, Millis};

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
/// How many days ahead a deadline may lie.
pub const MAX_DAYS_AHEAD: i32 = 731;
/// Characters of a reason or a report, at most.
pub const MAX_WORDS: u32 = 500;

/// More people than Hunan has.
const MAX_PERSONS: u32 = 70_000_000;
/// A hundred million yuan: more than any village's order.
const MAX_MONEY: Fen = Fen(10_000_000_000);

fn invalid(field: Field, problem: Problem) -> Rejection {
    Rejection::Invalid { field, problem }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.trim().chars().count()).unwrap_or(u32::MAX)
}

/// What even a draft must have: a title, and nothing beyond any size.
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

/// What a need must have before it goes to the county. `now` is left out when an old deadline is no fault of the edit.
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

/// A day from today on and not beyond [`MAX_DAYS_AHEAD`].
pub(super) fn day_ahead(field: Field, day: Day, now: Millis) -> Result<(), Rejection> {
    let today = now.day();
    if day < today {
        return Err(invalid(field, Problem::InThePast));
    }
    if day > today.plus(MAX_DAYS_AHEAD) {
        return Err(invalid(field, Problem::TooFar));
    }
    Ok(())
}

/// A name and something that can be dialled: 7 to 12 digits, hyphens and spaces aside.
pub(super) fn reachable(contact: &Contact) -> Result<(), Rejection> {
    if length(&contact.name) == 0 || length(&contact.phone) == 0 {
        return Err(invalid(Field::Contact, Problem::Missing));
    }
    let odd = |c: char| !c.is_ascii_digit() && !matches!(c, '-' | ' ' | '+');
    let digits = contact.phone.chars().filter(char::is_ascii_digit).count();
    if contact.phone.chars().any(odd) || !(7..=13).contains(&digits) {
        return Err(invalid(Field::Contact, Problem::NotAPhone));
    }
    Ok(())
}

/// Words that somebody else will read: not empty, not endless.
pub(super) fn words(field: Field, text: &str) -> Result<(), Rejection> {
    if length(text) == 0 {
        return Err(invalid(field, Problem::Missing));
    }
    at_most(field, text, MAX_WORDS)
}

pub(super) fn at_most(field: Field, text: &str, limit: u32) -> Result<(), Rejection> {
    if length(text) > limit {
        return Err(invalid(field, Problem::TooLong { at_most: limit }));
    }
    Ok(())
}

/// Amounts of money in a report.
pub(super) fn spendable(amount: Fen) -> Result<(), Rejection> {
    if (Fen(0)..=MAX_MONEY).contains(&amount) {
        Ok(())
    } else {
        Err(invalid(Field::Money, Problem::OutOfRange))
    }
}
