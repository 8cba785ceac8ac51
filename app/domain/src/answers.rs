//! What the answers of every form must be like (validation).

use crate::contact::Contact;
use crate::money::Fen;
use crate::read::{Phone, limits, text};
use crate::rejection::{Field, Problem, Rejection};
use crate::time::{Day, Millis};

/// How many days ahead a deadline may lie.
pub const MAX_DAYS_AHEAD: i32 = 731;
/// Characters of a reason or a report, at most.
pub const MAX_WORDS: u32 = limits::WORDS.at_most;

/// A hundred million yuan, which no village's order reaches.
pub(crate) const MAX_MONEY: Fen = Fen(10_000_000_000);

pub(crate) fn invalid(field: Field, problem: Problem) -> Rejection {
    Rejection::Invalid { field, problem }
}

/// Whether nothing was written. Texts are cleaned before a rule sees them.
pub(crate) fn is_missing(text: &str) -> bool {
    text::is_blank(text)
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

/// A name and a number that can be dialled.
pub(crate) fn reachable(contact: &Contact) -> Result<(), Rejection> {
    if is_missing(&contact.name) || is_missing(&contact.phone) {
        return Err(invalid(Field::Contact, Problem::Missing));
    }
    match Phone::read(&contact.phone) {
        Ok(_) => Ok(()),
        Err(error) => Err(invalid(Field::Contact, error.into())),
    }
}

/// Checks words that somebody else will read: not empty, and at most [`MAX_WORDS`] characters.
pub(crate) fn words(field: Field, text: &str) -> Result<(), Rejection> {
    if is_missing(text) {
        return Err(invalid(field, Problem::Missing));
    }
    at_most(field, text, MAX_WORDS)
}

pub(crate) fn at_most(field: Field, text: &str, limit: u32) -> Result<(), Rejection> {
    let over = text::length(text).saturating_sub(limit);
    if over > 0 {
        let at_most = limit;
        return Err(invalid(field, Problem::TooLong { at_most, over }));
    }
    Ok(())
}

/// A number of persons or visits, together with those that were told before.
pub(crate) fn countable(field: Field, before: u64, more: u32, limit: u32) -> Result<(), Rejection> {
    let at_most = u64::from(limit).saturating_sub(before);
    if u64::from(more) > at_most {
        return Err(invalid(field, Problem::TooLarge { at_most }));
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
