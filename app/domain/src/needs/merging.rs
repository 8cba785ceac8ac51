//! Needs that are the same matter: another village that needs the same, needs that only look alike, merging two needs and parting them
//! again (issue of duplicates; both histories are kept, and nobody loses sight of what was theirs).

use super::calling_off::{called_off, ends};
use super::commands::{AlsoNeed, MergeNeeds, TellApart, UndoMerge};
use super::model::{
    AlsoNeeded, MergedIn, Need, NeedHappened, NeedState, Pledge, PledgeStage, ToldApart,
};
use super::offers::{may_also_need, may_tell_apart, may_write, stage};
use super::rules::{as_read, close_if_fulfilled, happened, put};
use super::screener::{Screener, screener};
use crate::act::{Act, Changes, Decision};
use crate::actor::Actor;
use crate::ids::NeedId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::orders::{Moved, Order, OrderEvent, OrderHappened};
use crate::quantity::{ItemNo, OrderLine};
use crate::read::text::line;
use crate::rejection::{Limit, Rejection};
use crate::time::Millis;

/// So many other villages may say of one need that they need the same.
pub const MAX_ALSO: u32 = 60;
/// One need is told apart from so many others.
pub const MAX_TOLD_APART: u32 = 20;
/// So many needs are merged into one.
pub const MAX_MERGED: u32 = 20;

fn missing() -> Rejection {
    Rejection::NotFound {
        kind: EntityKind::Need,
    }
}

fn room(used: usize, limit: Limit, at_most: u32) -> Result<(), Rejection> {
    if used < at_most as usize {
        Ok(())
    } else {
        Err(Rejection::LimitReached { limit, at_most })
    }
}

/// Saying it twice changes nothing.
impl Act for AlsoNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let place = may_write(actor)?;
        let mut need = known.need(self.need)?.cloned().ok_or_else(missing)?;
        may_also_need(&need, actor)?;
        let is_there = |also: &AlsoNeeded| also.place.village == place.village;
        match (self.wanted, need.also.iter().any(is_there)) {
            (true, false) => {
                room(need.also.len(), Limit::AlsoNeeded, MAX_ALSO)?;
                need.also.push(AlsoNeeded {
                    place: place.clone(),
                    at: now,
                });
                let village_name = place.village_name.clone();
                happened(&mut need, now, NeedHappened::AlsoNeeded { village_name });
            }
            (false, true) => need.also.retain(|also| !is_there(also)),
            _ => return Ok(Changes::of([Entity::from(need)])),
        }
        put(need, now)
    }
}

/// Saying it twice changes nothing.
impl Act for TellApart {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = known.need(self.need)?.cloned().ok_or_else(missing)?;
        may_tell_apart(&need, actor)?;
        if need.is_told_apart_from(self.other) {
            return Ok(Changes::of([Entity::from(need)]));
        }
        room(need.told_apart.len(), Limit::ToldApart, MAX_TOLD_APART)?;
        need.told_apart.push(ToldApart {
            other: self.other,
            by: screener(actor, need.place.village)
                .ok()
                .map(|s| s.department),
        });
        put(need, now)
    }
}

/// What has been delivered and confirmed stays with the village that has it.
fn moves(pledge: &Pledge) -> bool {
    pledge.stage != PledgeStage::Confirmed
}

/// What an order on one need promises of the other one: each line on the item of the same name and unit. What does not fit there is refused.
fn lines_there(from: &Need, into: &Need) -> Result<Vec<Vec<OrderLine>>, Rejection> {
    let mut moving: Vec<(ItemNo, u64)> = Vec::new();
    let mut all = Vec::new();
    for pledge in from.pledges.iter().filter(|p| moves(p)) {
        let mut lines: Vec<OrderLine> = Vec::new();
        for l in &pledge.lines {
            let Some(item) = from.item(l.item) else {
                continue;
            };
            let same = into
                .content
                .items
                .iter()
                .find(|other| line(&other.name) == line(&item.name) && other.unit == item.unit);
            let does_not_fit = |moving, left| Rejection::DoesNotFit {
                item: item.name.clone(),
                unit: item.unit.clone(),
                moving,
                left,
            };
            let Some(same) = same else {
                return Err(does_not_fit(from.pledged(item.no), None));
            };
            let sum = match moving.iter_mut().find(|(no, _)| *no == same.no) {
                Some((_, sum)) => {
                    *sum += l.quantity;
                    *sum
                }
                None => {
                    moving.push((same.no, l.quantity));
                    l.quantity
                }
            };
            if sum > into.left(same) {
                let all = from.pledged(item.no).max(sum);
                return Err(does_not_fit(all, Some(into.left(same))));
            }
            match lines.iter_mut().find(|line| line.item == same.no) {
                Some(line) => line.quantity += l.quantity,
                None => lines.push(OrderLine {
                    item: same.no,
                    quantity: l.quantity,
                }),
            }
        }
        all.push(lines);
    }
    Ok(all)
}

/// In whose name the actor may merge `from` into `into`. What has been published goes on in what is published.
///
/// # Errors
/// Why not; of the quantities that do not fit, the first.
pub fn may_merge(from: &Need, into: &Need, actor: &Actor) -> Result<Screener, Rejection> {
    let by = screener(actor, into.place.village)?;
    screener(actor, from.place.village)?;
    if from.id == into.id {
        return Err(missing());
    }
    let is_open = |need: &Need| {
        matches!(
            need.state,
            NeedState::Submitted { .. } | NeedState::Published { .. }
        )
    };
    if !is_open(from) {
        return Err(stage(from));
    }
    let is_published = |need: &Need| matches!(need.state, NeedState::Published { .. });
    if !is_open(into) || (is_published(from) && !is_published(into)) {
        return Err(stage(into));
    }
    room(into.merged.len(), Limit::Merged, MAX_MERGED)?;
    lines_there(from, into)?;
    Ok(by)
}

/// The orders move to what goes on, with the village they are for; both needs keep what has happened to them.
impl Act for MergeNeeds {
    fn subject(&self) -> Key {
        Key::Need(self.from)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut from = known.need(self.from)?.cloned().ok_or_else(missing)?;
        let mut into = known.need(self.into)?.cloned().ok_or_else(missing)?;
        let by = may_merge(&from, &into, actor)?.department;
        as_read(&from, self.seen_from)?;
        as_read(&into, self.seen_into)?;
        let lines = lines_there(&from, &into)?;

        // Nobody is asked any more, or waits, for what goes on elsewhere.
        let mut puts = called_off(&from, known, now)?;
        ends(&mut from);
        // The other need's history does not know what the village said of these deliveries.
        for pledge in from.pledges.iter().filter(|p| from.is_disputed_on(p)) {
            let org_name = pledge.org_name.clone();
            happened(&mut into, now, NeedHappened::Disputed { org_name });
        }
        let (pledges, stay) = from.pledges.drain(..).partition(moves);
        let pledges: Vec<Pledge> = pledges;
        from.pledges = stay;
        for (pledge, lines) in pledges.iter().zip(&lines) {
            let order = known.order(pledge.order)?.cloned();
            let mut order = order.ok_or(Rejection::NotFound {
                kind: EntityKind::Order,
            })?;
            order.moved.push(Moved {
                need: from.id,
                title: std::mem::replace(&mut order.title, into.content.title.clone()),
                place: std::mem::replace(&mut order.place, into.place.clone()),
                lines: std::mem::replace(&mut order.lines, lines.clone()),
            });
            stands_on(&mut order, &into, now);
            puts.push(Entity::from(order));
            into.pledges.push(Pledge {
                lines: lines.clone(),
                ..pledge.clone()
            });
        }
        let mut brought: Vec<_> = from.also.iter().map(|also| also.place.village).collect();
        for merged in &from.merged {
            brought.push(merged.place.village);
            brought.extend(&merged.brought);
        }
        brought.sort_unstable();
        brought.dedup();
        into.merged.push(MergedIn {
            need: from.id,
            title: from.content.title.clone(),
            place: from.place.clone(),
            at: now,
            orders: pledges.iter().map(|p| p.order).collect(),
            brought,
        });
        let took_in = NeedHappened::TookIn {
            by,
            title: from.content.title.clone(),
            village_name: from.place.village_name.clone(),
        };
        happened(&mut into, now, took_in);
        let title = into.content.title.clone();
        from.state = NeedState::Merged {
            at: now,
            into: into.id,
            title: title.clone(),
            before: Box::new(from.state.clone()),
        };
        happened(&mut from, now, NeedHappened::Merged { by, title });
        puts.extend(close_if_fulfilled(&mut into, known, now)?);
        into.pass_on(now);
        from.updated_at = now;
        into.updated_at = now;
        puts.extend([Entity::from(from), Entity::from(into)]);
        Ok(Changes { puts })
    }
}

/// The order stands on this need now.
fn stands_on(order: &mut Order, need: &Need, now: Millis) {
    order.need = Some(need.id);
    order.lines_words = need.words_of(&order.lines);
    order.history.push(OrderEvent {
        at: now,
        what: OrderHappened::Moved {
            title: need.content.title.clone(),
        },
    });
    order.updated_at = now;
}

/// In whose name the actor may part a need again from the one that it was merged into, as far as the two needs say.
///
/// # Errors
/// Why not.
pub fn may_part(need: &Need, into: &Need, actor: &Actor) -> Result<Screener, Rejection> {
    let by = screener(actor, need.place.village)?;
    screener(actor, into.place.village)?;
    if !matches!(need.state, NeedState::Merged { .. }) {
        return Err(stage(need));
    }
    if matches!(
        into.state,
        NeedState::Merged { .. } | NeedState::Closed { .. }
    ) {
        return Err(stage(into));
    }
    let moved = merged_in(into, need.id).map_or(&[][..], |merged| &merged.orders);
    for order in moved {
        if into.pledge(*order).is_none() {
            let org_name = String::from("接单的组织");
            return Err(Rejection::MovedOn { org_name });
        }
    }
    Ok(by)
}

fn merged_in(into: &Need, need: NeedId) -> Option<&MergedIn> {
    into.merged.iter().find(|merged| merged.need == need)
}

/// Everything goes back to where it stood, as long as no order has gone on since.
impl Act for UndoMerge {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = known.need(self.need)?.cloned().ok_or_else(missing)?;
        screener(actor, need.place.village)?;
        let NeedState::Merged {
            into: into_id,
            before,
            ..
        } = need.state.clone()
        else {
            return Err(stage(&need).into());
        };
        let mut into = known.need(into_id)?.cloned().ok_or_else(missing)?;
        let by = may_part(&need, &into, actor)?.department;
        as_read(&need, self.seen)?;
        as_read(&into, self.seen_into)?;
        let (orders, merged_at) = match merged_in(&into, need.id) {
            Some(merged) => (merged.orders.clone(), merged.at),
            None => (Vec::new(), now),
        };
        need.state = *before;
        let mut puts = Vec::new();
        for id in orders {
            let order = known.order(id)?.cloned();
            let mut order = order.ok_or(Rejection::NotFound {
                kind: EntityKind::Order,
            })?;
            let org_name = order.org_name.clone();
            let at = into.pledges.iter().position(|p| p.order == id);
            let moved = order.moved.pop().filter(|moved| moved.need == need.id);
            let (Some(at), Some(moved), false) = (at, moved, order.active_at() > merged_at) else {
                return Err(Rejection::MovedOn { org_name }.into());
            };
            let mut pledge = into.pledges.remove(at);
            pledge.lines.clone_from(&moved.lines);
            need.pledges.push(pledge);
            order.title = moved.title;
            order.place = moved.place;
            order.lines = moved.lines;
            stands_on(&mut order, &need, now);
            puts.push(Entity::from(order));
        }
        into.merged.retain(|merged| merged.need != need.id);
        let parted = |title: &str| NeedHappened::Parted {
            by,
            title: title.to_owned(),
        };
        let (title, into_title) = (need.content.title.clone(), into.content.title.clone());
        happened(&mut need, now, parted(&into_title));
        happened(&mut into, now, parted(&title));
        into.pass_on(now);
        need.updated_at = now;
        into.updated_at = now;
        puts.extend([Entity::from(need), Entity::from(into)]);
        Ok(Changes { puts })
    }
}
