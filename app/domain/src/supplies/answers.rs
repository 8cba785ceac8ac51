//! What a supply's answers must be like (validation).

use super::model::SupplyContent;
use crate::answers::{MAX_MONEY, invalid, is_missing};
use crate::money::Fen;
use crate::needs::answers::{MAX_QUANTITY, MIN_TITLE};
use crate::organizations::Organization;
use crate::quantity::Unit;
use crate::read::text::length;
use crate::read::unit::is_counted;
use crate::region::Level;
use crate::rejection::{Field, Problem, Rejection};
use crate::time::Day;

/// Places of a supply, at most: no city has more villages.
pub const MAX_PLACES: u32 = 5_000;
/// Regions of a supply, at most; who serves more names the city or the province.
pub const MAX_REGIONS: u32 = 30;
/// How many days a supply is offered, at most.
pub const MAX_DAYS: i32 = 1_100;

/// Checks a draft: it must have a title, and no answer may exceed its maximum.
pub(super) fn draft(content: &SupplyContent) -> Result<(), Rejection> {
    if is_missing(&content.title) {
        return Err(invalid(Field::Offer, Problem::Missing));
    }
    if content.per_place.quantity > MAX_QUANTITY {
        let at_most = MAX_QUANTITY;
        return Err(invalid(Field::PerPlace, Problem::TooLarge { at_most }));
    }
    if content.places > MAX_PLACES {
        let at_most = u64::from(MAX_PLACES);
        return Err(invalid(Field::Places, Problem::TooLarge { at_most }));
    }
    if content.regions.len() > MAX_REGIONS as usize {
        let at_most = MAX_REGIONS;
        return Err(invalid(Field::Regions, Problem::TooMany { at_most }));
    }
    if let Unit::Of(unit) = &content.per_place.unit
        && !is_missing(unit)
        && is_counted(unit).is_err()
    {
        return Err(invalid(Field::PerPlace, Problem::MoneyUnit));
    }
    Ok(())
}

/// Checks what a supply must have before it goes to the bureau. A day that stood there before may have passed.
pub(super) fn complete(
    content: &SupplyContent,
    before: Option<&SupplyContent>,
    today: Day,
) -> Result<(), Rejection> {
    draft(content)?;
    if length(&content.title) < MIN_TITLE {
        let problem = Problem::TooShort {
            at_least: MIN_TITLE,
        };
        return Err(invalid(Field::Offer, problem));
    }
    if is_missing(&content.offer) {
        return Err(invalid(Field::OfferDetails, Problem::Missing));
    }
    let per_place = &content.per_place;
    if is_missing(&per_place.name) || matches!(&per_place.unit, Unit::Of(unit) if is_missing(unit))
    {
        return Err(invalid(Field::PerPlace, Problem::Missing));
    }
    if per_place.quantity == 0 {
        return Err(invalid(Field::PerPlace, Problem::OutOfRange));
    }
    if content.places == 0 {
        return Err(invalid(Field::Places, Problem::OutOfRange));
    }
    if content.regions.is_empty() {
        return Err(invalid(Field::Regions, Problem::Missing));
    }
    for (i, region) in content.regions.iter().enumerate() {
        let others = content.regions.iter().enumerate();
        let twice = others
            .filter(|(j, _)| *j != i)
            .any(|(_, other)| other.code.contains(region.code));
        if is_missing(&region.name) {
            return Err(invalid(Field::Regions, Problem::Missing));
        }
        if twice || region.code.level() > Level::County {
            return Err(invalid(Field::Regions, Problem::OutOfRange));
        }
    }
    if let Some(cost) = content.cost
        && !(Fen(0)..=MAX_MONEY).contains(&cost)
    {
        return Err(invalid(Field::Cost, Problem::OutOfRange));
    }
    if content.to < content.from {
        return Err(invalid(Field::Period, Problem::OutOfRange));
    }
    if content.to > content.from.plus(MAX_DAYS) || content.to > today.plus(MAX_DAYS) {
        return Err(invalid(Field::Period, Problem::TooFar));
    }
    if content.to < today && before.is_none_or(|before| before.to != content.to) {
        return Err(invalid(Field::Period, Problem::InThePast));
    }
    Ok(())
}

/// Regions in which the organization is registered as serving, and no others.
pub(super) fn served(content: &SupplyContent, org: &Organization) -> Result<(), Rejection> {
    if content.regions.iter().all(|region| org.serves(region.code)) {
        Ok(())
    } else {
        Err(invalid(Field::Regions, Problem::NotServed))
    }
}
