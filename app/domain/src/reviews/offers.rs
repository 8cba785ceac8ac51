//! What a person may do with the reviews of an order now. The rules begin with these, and pages offer nothing that they refuse.

use super::model::{Side, UseQuestion};
use crate::actor::{Actor, Role};
use crate::orders::Order;
use crate::rejection::{Allowed, Rejection};

/// Which side of the order the actor is on.
#[must_use]
pub fn side_of(order: &Order, actor: &Actor) -> Option<Side> {
    match &actor.role {
        Role::Village { place } if place.village == order.place.village => Some(Side::Village),
        Role::Member { org, .. } if *org == order.org => Some(Side::Organization),
        _ => None,
    }
}

/// Whether the actor may leave a review of the order, and for which side. One that comes late may, unless it could answer the other
/// side's.
///
/// # Errors
/// Why not.
pub fn may_review(order: &Order, actor: &Actor) -> Result<Side, Rejection> {
    let side = side_of(order, actor).ok_or(Rejection::NotAllowed(Allowed::Sides))?;
    let Some(reviews) = &order.reviews else {
        return Err(Rejection::OrderIs {
            stage: order.state.stage(),
        });
    };
    if reviews.of(side).is_some() {
        return Err(Rejection::AlreadyReviewed);
    }
    if reviews.over && reviews.of(side.other()).is_some() {
        return Err(Rejection::ReviewsAreOver);
    }
    Ok(side)
}

/// The question whether it is still in use that the village is asked now: the last one, so that nobody is asked twice at once. An
/// earlier one that was not answered may still be.
#[must_use]
pub fn use_question(order: &Order) -> Option<&UseQuestion> {
    order.uses.last().filter(|asked| asked.answered.is_none())
}

/// Whether the actor may say whether what was delivered is still in use.
///
/// # Errors
/// Why not.
pub fn may_answer_use(order: &Order, actor: &Actor, month: u8) -> Result<(), Rejection> {
    if side_of(order, actor) != Some(Side::Village) {
        return Err(Rejection::NotAllowed(Allowed::Village));
    }
    match order.uses.iter().find(|asked| asked.month == month) {
        Some(asked) if asked.answered.is_none() => Ok(()),
        Some(_) => Err(Rejection::AlreadyAnswered),
        None => Err(Rejection::OrderIs {
            stage: order.state.stage(),
        }),
    }
}
