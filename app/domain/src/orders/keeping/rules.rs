//! The rules that keep orders honest, of people and of what happens by itself.

use super::commands::{AnswerHandOver, AskHandOver, FreeOrder, MoveDue, RenewOrder};
use super::offers::{may_answer_hand_over, may_ask_hand_over, may_free, may_move_due, may_renew};
use super::{Asker, HandOver, HandOverAsk};
use crate::act::{Act, Changes, Decision};
use crate::actor::{Actor, Role};
use crate::answers::{MAX_WORDS, at_most, day_ahead, invalid, reachable, words};
use crate::ids::OrderId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::needs::NeedHappened;
use crate::needs::rules::happened;
use crate::orders::model::{OrderEvent, OrderHappened, OrderState, ReleaseReason};
use crate::orders::offers::last_due;
use crate::orders::rules::Held;
use crate::rejection::{Field, Problem, Rejection};
use crate::terms;
use crate::time::Millis;

fn held(order: OrderId, known: &Known) -> Result<Held, crate::act::Undecided> {
    Held::find(order, known)
}

/// Renewing starts the count anew, with the terms that hold now.
impl Act for RenewOrder {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        may_renew(&held.order, actor)?;
        words(Field::Words, &self.words)?;
        held.order.stale_days = terms::of(known, held.order.place.village)?.stale_days();
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Renewed {
                words: self.words.clone(),
            },
            NeedHappened::Renewed { org_name },
        );
        held.put(now)
    }
}

/// The day moves with a reason, and never beyond the last one on which the need is of use.
impl Act for MoveDue {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        may_move_due(&held.order, actor)?;
        day_ahead(Field::Due, self.due, now)?;
        if held
            .need
            .as_ref()
            .is_some_and(|need| self.due > last_due(need))
        {
            return Err(invalid(Field::Due, Problem::AfterDeadline).into());
        }
        if self.due == held.order.due {
            return Err(invalid(Field::Due, Problem::DoesNotMatch).into());
        }
        words(Field::Words, &self.words)?;
        let (before, after) = (held.order.due, self.due);
        held.order.due = after;
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::DueMoved {
                before,
                after,
                words: self.words.clone(),
            },
            NeedHappened::DueMoved { org_name, after },
        );
        held.put(now)
    }
}

/// Asks the holder to hand over. It rests on the need, which everybody sees; the order, where it can be seen, keeps the question until it is
/// answered.
impl Act for AskHandOver {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = known.need(self.need)?.cloned().ok_or(Rejection::NotFound {
            kind: EntityKind::Need,
        })?;
        let org = match &actor.role {
            Role::Member { org, .. } => known.organization(*org)?,
            _ => None,
        };
        let by = may_ask_hand_over(&need, self.order, org, actor, now)?;
        at_most(Field::Words, &self.words, MAX_WORDS)?;
        if let Some(contact) = &self.contact {
            reachable(contact)?;
        }
        let pledge = need.pledge(self.order);
        let org_name = pledge.map(|p| p.org_name.clone()).unwrap_or_default();
        // Another organization's device does not have the order; the server always has.
        let order = known.order(self.order)?.cloned();
        if order.as_ref().is_some_and(|o| o.hand_over.is_some()) {
            return Err(Rejection::AlreadyAsked { org_name }.into());
        }
        let mut pledges = need.pledges.iter_mut();
        if let (Some(pledge), Some(by)) =
            (pledges.find(|p| p.order == self.order), Asker::of(actor))
        {
            pledge.hand_overs.retain(|ask| ask.by != by);
            pledge.hand_overs.push(HandOverAsk {
                by,
                at: now,
                answered: None,
            });
        }
        happened(
            &mut need,
            now,
            NeedHappened::HandOverAsked {
                by: by.clone(),
                org_name,
                words: self.words.clone(),
            },
        );
        need.updated_at = now;
        let mut puts = vec![Entity::from(need)];
        puts.extend(order.map(|mut order| {
            order.hand_over = Some(HandOver {
                at: now,
                by: by.clone(),
                reason: self.reason,
                words: self.words.clone(),
                contact: self.contact.clone(),
            });
            let what = OrderHappened::HandOverAsked {
                by,
                reason: self.reason,
                words: self.words.clone(),
            };
            order.add(OrderEvent { at: now, what });
            order.updated_at = now;
            Entity::from(order)
        }));
        Ok(Changes { puts })
    }
}

/// The holder keeps the order and says why.
impl Act for AnswerHandOver {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        may_answer_hand_over(&held.order, actor)?;
        words(Field::Words, &self.words)?;
        held.no_hand_over(Some(now));
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::HandOverAnswered {
                words: self.words.clone(),
            },
            NeedHappened::HandOverAnswered {
                org_name,
                words: self.words.clone(),
            },
        );
        held.put(now)
    }
}

/// The village or its county takes an order away of which nothing was heard. What it had promised is free again.
impl Act for FreeOrder {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        if matches!(actor.role, Role::Member { .. } | Role::Administrator) {
            return Err(Rejection::NotAllowed(crate::rejection::Allowed::Village).into());
        }
        let mut held = held(self.order, known)?;
        let by = may_free(&held.order, actor)?;
        words(Field::Words, &self.words)?;
        held.ends(OrderState::Released {
            at: now,
            reason: ReleaseReason::NothingHeard,
            words: self.words.clone(),
        });
        held.count(|org| org.released_orders += 1);
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Freed {
                by,
                words: self.words.clone(),
            },
            NeedHappened::Released { org_name },
        );
        held.put(now)
    }
}

/// Nothing was heard of the order for long.
pub(crate) fn remind(order: OrderId, known: &Known, now: Millis) -> Decision {
    let mut held = held(order, known)?;
    let org_name = held.order.org_name.clone();
    held.happened(
        now,
        OrderHappened::RenewalAsked,
        NeedHappened::RenewalAsked { org_name },
    );
    held.put(now)
}

/// Its holder was asked and said nothing.
pub(crate) fn mark_releasable(order: OrderId, known: &Known, now: Millis) -> Decision {
    let mut held = held(order, known)?;
    let org_name = held.order.org_name.clone();
    held.happened(
        now,
        OrderHappened::Releasable,
        NeedHappened::Releasable { org_name },
    );
    held.put(now)
}

/// Nobody said anything to the end. What it had promised is free again.
pub(crate) fn lapse(order: OrderId, known: &Known, now: Millis) -> Decision {
    let mut held = held(order, known)?;
    held.ends(OrderState::Lapsed { at: now });
    held.count(|org| org.released_orders += 1);
    let org_name = held.order.org_name.clone();
    held.happened(
        now,
        OrderHappened::Lapsed,
        NeedHappened::Lapsed { org_name },
    );
    held.put(now)
}
