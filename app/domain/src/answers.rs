//! What the answers of every form must be like (validation).

use crate::contact::Contact;
use crate::money::Fen;
use crate::rejection::{Field, Problem, Rejection};
use crate::time::{Day, Millis};

/// How many days ahead a deadline may lie.
pub const MAX_DAYS_AHEAD: i32 = 731;
/// Characters of a reason or a report, at most.
pub const MAX_WORDS: u32 = 500;

/// A hundred million yuan, which no village's order reaches.
pub(crate) const MAX_MONEY: Fen = Fen(10_000_000_000);

pub(crate) fn invalid(field: Field, problem: Problem) -> Rejection {
    Rejection::Invalid { field, problem }
}

pub(crate) fn length(text: &str) -> u32 {
    u32::try_from(text.trim().chars().count()).unwrap_or(u32::MAX)
}

/// A day from today on and not beyond [`MAX_DAYS_AHEAD`].
pub(crate) fn day_ahead(field: Field, day: Day, now: Millis) -> Result<(), Rejection> {
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
pub(crate) fn reachable(contact: &Contact) -> Result<(), Rejection> {
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

/// Checks words that somebody else will read: not empty, and at most [`MAX_WORDS`] characters.
pub(crate) fn words(field: Field, text: &str) -> Result<(), Rejection> {
    if length(text) == 0 {
        return Err(invalid(field, Problem::Missing));
    }
    at_most(field, text, MAX_WORDS)
}

pub(crate) fn at_most(field: Field, text: &str, limit: u32) -> Result<(), Rejection> {
    if length(text) > limit {
        return Err(invalid(field, Problem::TooLong { at_most: limit }));
    }
    Ok(())
}

/// Amounts of money in a report.
pub(crate) fn spendable(amount: Fen) -> Result<(), Rejection> {
    if (Fen(0)..=MAX_MONEY).contains(&amount) {
        Ok(())
    } else {
        Err(invalid(Field::Money, Problem::OutOfRange))
    }
}
