//! The life of a pick: picked, answered or withdrawn. The supply keeps a line for each that lives, so that one row decides what is left.

use super::commands::{AnswerPick, PickAnswer, PickSupply, WithdrawPick};
use super::model::{DeclineReason, Pick, PickState};
use super::offers::{may_accept, may_decline, may_withdraw};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::{Actor, Role};
use crate::answers::{MAX_WORDS, at_most, day_ahead, invalid, reachable, words};
use crate::ids::PickId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::needs::PledgeStage;
use crate::orders::{Order, OrderEvent, OrderHappened, OrderState, Origin};
use crate::organizations::OrdersOfDay;
use crate::organizations::offers::may_be_asked;
use crate::quantity::OrderLine;
use crate::rejection::{Allowed, Field, Problem, Rejection};
use crate::revision::Revision;
use crate::supplies::offers::may_pick;
use crate::supplies::offers::{as_published, as_read, gone};
use crate::supplies::rules::happened;
use crate::supplies::{HeldPlaces, PER_PLACE, Picked, Supply, SupplyHappened};
use crate::terms;
use crate::time::Millis;

fn missing(kind: EntityKind) -> Rejection {
    Rejection::NotFound { kind }
}

fn taken_id(kind: EntityKind) -> Rejection {
    Rejection::AlreadyExists { kind }
}

/// A village's pick waits for the organization; it takes no place yet.
impl Act for PickSupply {
    fn subject(&self) -> Key {
        Key::Pick(self.pick)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        if !matches!(actor.role, Role::Village { .. }) {
            return Err(Rejection::NotAllowed(Allowed::Village).into());
        }
        if known.pick(self.pick)?.is_some() {
            return Err(taken_id(EntityKind::Pick).into());
        }
        let supply = known.supply(self.supply)?.cloned();
        let mut supply = supply.ok_or(missing(EntityKind::Supply))?;
        let place = may_pick(&supply, actor, now)?.clone();
        may_be_asked(known.organization(supply.org)?)?;
        as_read(&supply, self.seen)?;
        if self.places == 0 {
            return Err(invalid(Field::Places, Problem::OutOfRange).into());
        }
        if self.places > supply.left() {
            return Err(gone(&supply, self.places).into());
        }
        at_most(Field::Words, &self.words, MAX_WORDS)?;
        reachable(&self.contact)?;
        supply.picks.push(Picked {
            pick: self.pick,
            village: place.village,
            village_name: place.village_name.clone(),
            at: now,
            places: self.places,
            held: None,
        });
        let what = SupplyHappened::Picked {
            village_name: place.village_name.clone(),
            places: self.places,
        };
        happened(&mut supply, now, what);
        supply.updated_at = now;
        let pick = Pick {
            id: self.pick,
            supply: supply.id,
            title: supply.content.title.clone(),
            org: supply.org,
            org_name: supply.org_name.clone(),
            place,
            places: self.places,
            wanted: supply.content.words_of(self.places),
            words: self.words.clone(),
            contact: Some(self.contact.clone()),
            seen: self.seen,
            state: PickState::Proposed,
            author: actor.user,
            created_at: now,
            updated_at: now,
        };
        Ok(Changes::of([Entity::from(supply), Entity::from(pick)]))
    }
}

/// A pick and the supply that it is a line of.
fn found(id: PickId, known: &Known) -> Result<(Pick, Supply), Undecided> {
    let pick = known.pick(id)?.cloned().ok_or(missing(EntityKind::Pick))?;
    let supply = known.supply(pick.supply)?.cloned();
    Ok((pick, supply.ok_or(missing(EntityKind::Supply))?))
}

/// The supply forgets a pick, and the pick forgets whom one would have called.
fn leaves(pick: &mut Pick, supply: &mut Supply, now: Millis) {
    supply.picks.retain(|line| line.pick != pick.id);
    let village_name = pick.place.village_name.clone();
    happened(supply, now, SupplyHappened::Unpicked { village_name });
    supply.updated_at = now;
    pick.contact = None;
    pick.updated_at = now;
}

/// The organization accepts whole or in part, which takes the places and makes the order in one decision; or it declines.
impl Act for AnswerPick {
    fn subject(&self) -> Key {
        Key::Pick(self.pick)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let Role::Member { org, org_name, .. } = &actor.role else {
            return Err(Rejection::NotAllowed(Allowed::Supplier).into());
        };
        let (mut pick, mut supply) = found(self.pick, known)?;
        may_decline(&pick, actor)?;
        let (order, places, due, contact) = match &self.answer {
            PickAnswer::Decline {
                reason,
                words: said,
            } => {
                match reason {
                    DeclineReason::Other => words(Field::Words, said)?,
                    _ => at_most(Field::Words, said, MAX_WORDS)?,
                }
                pick.state = PickState::Declined {
                    at: now,
                    reason: *reason,
                    words: said.clone(),
                };
                leaves(&mut pick, &mut supply, now);
                return Ok(Changes::of([Entity::from(supply), Entity::from(pick)]));
            }
            PickAnswer::Accept {
                order,
                places,
                due,
                contact,
            } => (*order, *places, *due, contact),
        };
        if known.order(order)?.is_some() {
            return Err(taken_id(EntityKind::Order).into());
        }
        let organization = known.organization(*org)?;
        let terms = terms::of(known, pick.place.village)?;
        may_accept(&pick, &supply, organization, &terms, actor)?;
        let mut organization = organization
            .cloned()
            .ok_or(Rejection::OrganizationNotApproved)?;
        as_published(&supply, self.seen)?;
        let (content, _) = supply.offered();
        let (title, per_place, lines_words) = (
            content.title.clone(),
            content.per_place.quantity,
            content.words_of(places),
        );
        if places == 0 || places > pick.places {
            return Err(invalid(Field::Places, Problem::OutOfRange).into());
        }
        if places > supply.left() {
            return Err(gone(&supply, places).into());
        }
        day_ahead(Field::Due, due, now)?;
        reachable(contact)?;
        let village_name = pick.place.village_name.clone();
        let held = HeldPlaces {
            order,
            stage: PledgeStage::Active,
        };
        match supply.picks.iter_mut().find(|line| line.pick == pick.id) {
            Some(line) => {
                line.places = places;
                line.held = Some(held);
            }
            // A public view has no lines of picks that wait.
            None => supply.picks.push(Picked {
                pick: pick.id,
                village: pick.place.village,
                village_name: village_name.clone(),
                at: pick.created_at,
                places,
                held: Some(held),
            }),
        }
        let what = SupplyHappened::Accepted {
            village_name,
            places,
        };
        happened(&mut supply, now, what);
        supply.updated_at = now;
        pick.state = PickState::Accepted {
            at: now,
            places,
            order,
        };
        pick.updated_at = now;
        organization.open_orders += 1;
        let order = Order {
            id: order,
            need: None,
            supply: Some(supply.id),
            pick: Some(pick.id),
            origin: Origin::Picked,
            title,
            place: pick.place.clone(),
            org: *org,
            org_name: org_name.clone(),
            lines: vec![OrderLine {
                item: PER_PLACE,
                quantity: per_place.saturating_mul(u64::from(places)),
            }],
            lines_words,
            due,
            state: OrderState::Active,
            deliveries: Revision::default(),
            pace: OrdersOfDay::default(),
            progress: Vec::new(),
            moved: Vec::new(),
            history: vec![OrderEvent {
                at: now,
                what: OrderHappened::Taken,
            }],
            stale_days: terms.stale_days(),
            hand_over: None,
            contact: Some(contact.clone()),
            reviews: None,
            uses: Vec::new(),
            taken_by: actor.user,
            created_at: now,
            updated_at: now,
        };
        Ok(Changes::of([
            Entity::from(supply),
            Entity::from(pick),
            Entity::from(order),
            Entity::from(organization),
        ]))
    }
}

impl Act for WithdrawPick {
    fn subject(&self) -> Key {
        Key::Pick(self.pick)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        if !matches!(actor.role, Role::Village { .. }) {
            return Err(Rejection::NotAllowed(Allowed::Village).into());
        }
        let (mut pick, mut supply) = found(self.pick, known)?;
        may_withdraw(&pick, actor)?;
        pick.state = PickState::Withdrawn { at: now };
        leaves(&mut pick, &mut supply, now);
        Ok(Changes::of([Entity::from(supply), Entity::from(pick)]))
    }
}
