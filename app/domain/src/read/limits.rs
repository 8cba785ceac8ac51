//! The texts that commands carry, and how long each may be: a table that the forms and the server share. A command is cleaned by it
//! before it is decided, on the phone and on the server alike, so rules and rows see only what was cleaned.

use super::phone::Phone;
use super::text::{length, line, lines, person};
use crate::contact::Contact;
use crate::needs::{NeedContent, NeedItem};
use crate::quantity::Unit;
use crate::rejection::{Field, Problem, Rejection};
use crate::supplies::SupplyContent;
use crate::text::narrow;

/// Persons that one need helps or one report counts, at most: no county of the province has three million.
pub const MAX_PERSONS: u32 = 3_000_000;
/// Visits in one report, at most.
pub const MAX_VISITS: u32 = 30_000_000;

/// How a text is cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One line.
    Line,
    /// Several lines.
    Lines,
    /// A person's name.
    Person,
    /// A telephone number; one that cannot be read stays as it is, since a draft may have it.
    Phone,
}

/// What one text may be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRule {
    /// Which answer it is.
    pub field: Field,
    /// How it is cleaned.
    pub shape: Shape,
    /// Characters after cleaning, at most.
    pub at_most: u32,
}

const fn rule(field: Field, shape: Shape, at_most: u32) -> TextRule {
    TextRule {
        field,
        shape,
        at_most,
    }
}

/// A need's title.
pub const TITLE: TextRule = rule(Field::Title, Shape::Line, 40);
/// A need's details.
pub const DETAILS: TextRule = rule(Field::Details, Shape::Lines, 500);
/// What an item is.
pub const ITEM_NAME: TextRule = rule(Field::Items, Shape::Line, 40);
/// What an item is counted in.
pub const UNIT: TextRule = rule(Field::Items, Shape::Line, 8);
/// A contact's name.
pub const CONTACT_NAME: TextRule = rule(Field::Contact, Shape::Person, 40);
/// A contact's telephone number.
pub const CONTACT_PHONE: TextRule = rule(Field::Contact, Shape::Phone, 40);
/// Remarks, reasons and notes: whatever one side tells the other.
pub const WORDS: TextRule = rule(Field::Words, Shape::Lines, 500);
/// An organization's name.
pub const ORG_NAME: TextRule = rule(Field::OrgName, Shape::Line, 50);
/// What an organization's charter lets it do.
pub const ORG_SCOPE: TextRule = rule(Field::OrgScope, Shape::Lines, 500);
/// What was done.
pub const PROGRESS: TextRule = rule(Field::Progress, Shape::Lines, 500);

/// What a supply offers, in one sentence.
pub const OFFER_TITLE: TextRule = rule(Field::Offer, Shape::Line, 40);
/// What its organization does.
pub const OFFER_DETAILS: TextRule = rule(Field::OfferDetails, Shape::Lines, 500);
/// What one place gives.
pub const PER_PLACE_NAME: TextRule = rule(Field::PerPlace, Shape::Line, 40);
/// What that is counted in.
pub const PER_PLACE_UNIT: TextRule = rule(Field::PerPlace, Shape::Line, 8);
/// The name of a region.
pub const REGION_NAME: TextRule = rule(Field::Regions, Shape::Line, 40);
/// What the village has to have ready.
pub const CONDITIONS: TextRule = rule(Field::Conditions, Shape::Lines, 300);
/// Who does it.
pub const TEAM: TextRule = rule(Field::Team, Shape::Lines, 200);
/// What was done before.
pub const CASES: TextRule = rule(Field::Cases, Shape::Lines, 500);

impl TextRule {
    /// The text without what nobody sees.
    ///
    /// # Errors
    /// It is too long even so.
    pub fn clean(&self, text: &str) -> Result<String, Problem> {
        let clean = match self.shape {
            Shape::Line => line(text),
            Shape::Lines => lines(text),
            Shape::Person => person(text),
            Shape::Phone => {
                Phone::read(text).map_or_else(|_| narrow(&line(text)), |p| p.to_string())
            }
        };
        let found = length(&clean);
        // What is mostly nothing was not typed by a person.
        let most_bytes = self.at_most as usize * 16 + 4096;
        if found > self.at_most || text.len() > most_bytes {
            return Err(Problem::TooLong {
                at_most: self.at_most,
                over: found.saturating_sub(self.at_most),
            });
        }
        Ok(clean)
    }

    /// What is wrong with the text's length, in words.
    #[must_use]
    pub fn fault(&self, text: &str) -> Option<String> {
        self.clean(text).err().map(Problem::advice)
    }
}

/// Whatever a person types into a command.
pub trait Typed {
    /// Shows every text, with its rule. A text that is not shown here is not held to any limit; a test walks over all of them.
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String));
}

/// The command with all its texts cleaned.
///
/// # Errors
/// A text is too long; the first one is told.
pub(crate) fn cleaned<T: Typed + Clone>(command: &T) -> Result<T, Rejection> {
    let mut command = command.clone();
    let mut first = None;
    command.texts(&mut |rule, text| match rule.clean(text) {
        Ok(clean) => *text = clean,
        Err(problem) => {
            first.get_or_insert(Rejection::Invalid {
                field: rule.field,
                problem,
            });
        }
    });
    first.map_or(Ok(command), Err)
}

impl Typed for Contact {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&CONTACT_NAME, &mut self.name);
        see(&CONTACT_PHONE, &mut self.phone);
    }
}

impl Typed for NeedItem {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&ITEM_NAME, &mut self.name);
        if let Unit::Of(unit) = &mut self.unit {
            see(&UNIT, unit);
        }
    }
}

impl Typed for NeedContent {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&TITLE, &mut self.title);
        see(&DETAILS, &mut self.details);
        for item in &mut self.items {
            item.texts(see);
        }
        if let Some(contact) = &mut self.contact {
            contact.texts(see);
        }
    }
}

impl Typed for SupplyContent {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&OFFER_TITLE, &mut self.title);
        see(&OFFER_DETAILS, &mut self.offer);
        see(&PER_PLACE_NAME, &mut self.per_place.name);
        if let Unit::Of(unit) = &mut self.per_place.unit {
            see(&PER_PLACE_UNIT, unit);
        }
        for region in &mut self.regions {
            see(&REGION_NAME, &mut region.name);
        }
        see(&CONDITIONS, &mut self.conditions);
        see(&TEAM, &mut self.team);
        see(&CASES, &mut self.cases);
    }
}
