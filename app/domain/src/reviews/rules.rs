//! Leaving a review, opening them, and whether what was delivered is still in use.

use super::commands::{LeaveReview, StillInUse};
use super::model::{ASKED_AFTER, Review, Side, UseAnswer, UseQuestion};
use super::offers::{may_answer_use, may_review};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::Actor;
use crate::answers::{MAX_WORDS, at_most};
use crate::ids::OrderId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::needs::NeedHappened;
use crate::needs::rules::happened as need_happened;
use crate::orders::{Order, OrderEvent, OrderHappened};
use crate::rejection::{Field, Rejection};
use crate::supplies::SupplyHappened;
use crate::supplies::rules::happened as supply_happened;
use crate::time::Millis;

fn find(id: OrderId, known: &Known) -> Result<Order, Undecided> {
    let order = known.order(id)?.cloned();
    Ok(order.ok_or(Rejection::NotFound {
        kind: EntityKind::Order,
    })?)
}

/// An order that is over is not moved to the top of its list by what is said of it afterwards: its time stays.
fn happened(order: &mut Order, at: Millis, what: OrderHappened) {
    order.add(OrderEvent { at, what });
}

/// Tells it in the order's history, and in its need's or its supply's, to everybody who may see that: there without anybody's words. A
/// device that does not hold them leaves that to the server.
fn happened_to_all(
    order: &mut Order,
    known: &Known,
    at: Millis,
    what: OrderHappened,
) -> Result<Vec<Entity>, Undecided> {
    let mut puts = Vec::new();
    if let Some(id) = order.need
        && let Some(mut need) = known.need(id)?.cloned()
        && let Some(told) = of_a_need(order.org_name.clone(), &what)
    {
        need_happened(&mut need, at, told);
        puts.push(Entity::from(need));
    }
    if let Some(id) = order.supply
        && let Some(mut supply) = known.supply(id)?.cloned()
        && let Some(told) = of_a_supply(order.place.village_name.clone(), &what)
    {
        supply_happened(&mut supply, at, told);
        puts.push(Entity::from(supply));
    }
    happened(order, at, what);
    Ok(puts)
}

fn of_a_need(org_name: String, what: &OrderHappened) -> Option<NeedHappened> {
    Some(match *what {
        OrderHappened::ReviewsOpened => NeedHappened::ReviewsOpened { org_name },
        OrderHappened::UseAsked { month } => NeedHappened::UseAsked { org_name, month },
        OrderHappened::StillInUse { month, answer, .. } => NeedHappened::StillInUse {
            org_name,
            month,
            answer,
        },
        _ => return None,
    })
}

fn of_a_supply(village_name: String, what: &OrderHappened) -> Option<SupplyHappened> {
    Some(match *what {
        OrderHappened::ReviewsOpened => SupplyHappened::ReviewsOpened { village_name },
        OrderHappened::UseAsked { month } => SupplyHappened::UseAsked {
            village_name,
            month,
        },
        OrderHappened::StillInUse { month, answer, .. } => SupplyHappened::StillInUse {
            village_name,
            month,
            answer,
        },
        _ => return None,
    })
}

/// Each side leaves one. When both are in, both are opened. A phone that cannot see the other side's leaves that to the server.
impl Act for LeaveReview {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut order = find(self.order, known)?;
        let side = may_review(&order, actor)?;
        at_most(Field::Words, &self.words, MAX_WORDS)?;
        if known.review(self.review)?.is_some() {
            return Err(Rejection::AlreadyExists {
                kind: EntityKind::Review,
            }
            .into());
        }
        let mut reviews = order.reviews.unwrap_or_default();
        let mut others = match reviews.of(side.other()) {
            Some(id) => known.review(id)?.cloned(),
            None => None,
        };
        let opened = (reviews.over || others.is_some()).then_some(now);
        reviews.put(side, self.review);
        let review = Review {
            id: self.review,
            order: order.id,
            by: side,
            title: order.title.clone(),
            place: order.place.clone(),
            org: order.org,
            org_name: order.org_name.clone(),
            answers: self.answers,
            words: self.words.clone(),
            at: now,
            author: actor.user,
            opened,
        };
        order.reviews = Some(reviews);
        happened(&mut order, now, OrderHappened::Reviewed { by: side });
        let mut puts = Vec::new();
        // One that comes after the last day is opened at once; the others were then.
        if others.is_some() && !reviews.over {
            puts.extend(happened_to_all(
                &mut order,
                known,
                now,
                OrderHappened::ReviewsOpened,
            )?);
        }
        puts.extend([Entity::from(order), Entity::from(review)]);
        if let Some(other) = &mut others
            && other.opened.is_none()
        {
            other.opened = Some(now);
        }
        puts.extend(others.map(Entity::from));
        Ok(Changes { puts })
    }
}

/// The village says whether it is still in use. Each question is answered once.
impl Act for StillInUse {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut order = find(self.order, known)?;
        may_answer_use(&order, actor, self.month)?;
        at_most(Field::Words, &self.words, MAX_WORDS)?;
        let answered = UseAnswer {
            at: now,
            answer: self.answer,
            words: self.words.clone(),
        };
        for asked in &mut order.uses {
            if asked.month == self.month {
                asked.answered = Some(answered.clone());
            }
        }
        let what = OrderHappened::StillInUse {
            month: self.month,
            answer: self.answer,
            words: self.words.clone(),
        };
        let mut puts = happened_to_all(&mut order, known, now, what)?;
        puts.push(Entity::from(order));
        Ok(Changes { puts })
    }
}

/// The days for reviews are over: nobody is asked any more, and what is in is opened.
pub(crate) fn end_reviews(id: OrderId, known: &Known, now: Millis) -> Decision {
    let mut order = find(id, known)?;
    let mut reviews = order.reviews.unwrap_or_default();
    reviews.over = true;
    let mut puts = Vec::new();
    let one_waits = reviews.of(Side::Village).is_some() != reviews.of(Side::Organization).is_some();
    if one_waits {
        puts.extend(happened_to_all(
            &mut order,
            known,
            now,
            OrderHappened::ReviewsOpened,
        )?);
    }
    for side in [Side::Village, Side::Organization] {
        let Some(left) = reviews.of(side) else {
            continue;
        };
        if let Some(mut review) = known.review(left)?.cloned() {
            review.opened.get_or_insert(now);
            puts.push(Entity::from(review));
        }
    }
    order.reviews = Some(reviews);
    puts.push(Entity::from(order));
    Ok(Changes { puts })
}

/// After how many months, and how many days that is, the village is asked next whether it is still in use.
pub(super) fn next_question(order: &Order) -> Option<(u8, i32)> {
    let was_asked = |month: u8| order.uses.iter().any(|asked| asked.month == month);
    ASKED_AFTER
        .into_iter()
        .find(|(month, _)| !was_asked(*month))
}

/// The village is asked whether it is still in use.
pub(crate) fn ask_still_in_use(id: OrderId, known: &Known, now: Millis) -> Decision {
    let mut order = find(id, known)?;
    let Some((month, _)) = next_question(&order) else {
        return Err(Rejection::AlreadyAnswered.into());
    };
    order.uses.push(UseQuestion {
        month,
        asked_at: now,
        answered: None,
    });
    let mut puts = happened_to_all(&mut order, known, now, OrderHappened::UseAsked { month })?;
    puts.push(Entity::from(order));
    Ok(Changes { puts })
}
