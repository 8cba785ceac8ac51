//! The life of an order: take, report, deliver, confirm or dispute, release.
//! The need keeps a pledge for every order, so that one row decides what is left.

use super::commands::{
    ConfirmDelivery, DisputeDelivery, MarkDelivered, ReleaseOrder, ReportProgress, TakeOrder,
};
use super::model::{
    Order, OrderEvent, OrderHappened, OrderStage, OrderState, Progress, ReleaseReason,
};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::{Actor, Role};
use crate::answers::{MAX_WORDS, at_most, countable, day_ahead, reachable, spendable, words};
use crate::ids::OrderId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::needs::rules::{close_if_fulfilled, happened, own_need};
use crate::needs::{Need, NeedHappened, NeedState, Pledge, PledgeStage};
use crate::organizations::Organization;
use crate::quantity::OrderLine;
use crate::read::limits::{MAX_PERSONS, MAX_VISITS};
use crate::rejection::{Allowed, Field, Holder, Limit, Problem, Rejection, Taken, WantedItem};
use crate::time::Millis;

/// From this many open orders on, an organization must bring enough of them to an end before it takes more.
pub const OPEN_ORDERS_LIMIT: u32 = 20;
/// Confirmed orders among all ended ones, in percent, from which [`OPEN_ORDERS_LIMIT`] does not hold.
pub const WANTED_CLOSING_PERCENT: u32 = 60;
/// An order has at most this many reports, two a week for a year, since all of them travel with it.
pub const MAX_REPORTS: u32 = 100;
/// An order gets at most this many reports on one day.
pub const MAX_REPORTS_PER_DAY: u32 = 10;
/// An order keeps at most this many events; the audit trail keeps all.
const MAX_HISTORY: usize = 100;

/// An order with the need and the organization it changes.
struct Held {
    order: Order,
    need: Need,
    org: Option<Organization>,
}

impl Held {
    fn find(id: OrderId, known: &Known) -> Result<Self, Undecided> {
        let missing = |kind| Rejection::NotFound { kind };
        let order = known
            .order(id)?
            .ok_or_else(|| missing(EntityKind::Order))?
            .clone();
        let need = known
            .need(order.need)?
            .ok_or_else(|| missing(EntityKind::Need))?
            .clone();
        let org = known.organization(order.org)?.cloned();
        Ok(Self { order, need, org })
    }

    /// The order, if the actor is a member of the organization that holds it.
    fn by_holder(id: OrderId, actor: &Actor, known: &Known) -> Result<Self, Undecided> {
        let Role::Member { org, .. } = &actor.role else {
            return Err(Rejection::NotAllowed(Allowed::Holder).into());
        };
        let held = Self::find(id, known)?;
        if held.order.org != *org {
            return Err(Rejection::NotAllowed(Allowed::Holder).into());
        }
        Ok(held)
    }

    /// The order, if the actor is a cadre of the village it is for.
    fn by_village(id: OrderId, actor: &Actor, known: &Known) -> Result<Self, Undecided> {
        if !matches!(actor.role, Role::Village { .. }) {
            return Err(Rejection::NotAllowed(Allowed::Village).into());
        }
        let held = Self::find(id, known)?;
        own_need(held.need.id, actor, known)?;
        Ok(held)
    }

    fn expect(&self, stages: &[OrderStage]) -> Result<(), Rejection> {
        let stage = self.order.state.stage();
        if stages.contains(&stage) {
            Ok(())
        } else {
            Err(Rejection::OrderIs { stage })
        }
    }

    fn happened(&mut self, now: Millis, order: OrderHappened, need: NeedHappened) {
        self.order.history.push(OrderEvent {
            at: now,
            what: order,
        });
        if self.order.history.len() > MAX_HISTORY {
            // The first event, that the order was taken, is never removed.
            self.order.history.remove(1);
        }
        happened(&mut self.need, now, need);
    }

    fn pledge_is(&mut self, stage: PledgeStage) {
        let id = self.order.id;
        if let Some(pledge) = self.need.pledges.iter_mut().find(|p| p.order == id) {
            pledge.stage = stage;
        }
    }

    fn count(&mut self, count: impl FnOnce(&mut Organization)) {
        if let Some(org) = &mut self.org {
            count(org);
        }
    }

    fn put(mut self, now: Millis) -> Decision {
        self.order.updated_at = now;
        self.need.updated_at = now;
        let mut puts = vec![Entity::from(self.need), Entity::from(self.order)];
        puts.extend(self.org.map(Entity::from));
        Ok(Changes { puts })
    }
}

/// An organization taking a published need is effective at once. All lines or none.
impl Act for TakeOrder {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let Role::Member { org, org_name, .. } = &actor.role else {
            return Err(Rejection::NotAllowed(Allowed::Organization).into());
        };
        if known.order(self.order)?.is_some() {
            return Err(Rejection::AlreadyExists {
                kind: EntityKind::Order,
            }
            .into());
        }
        let mut need = known.need(self.need)?.cloned().ok_or(Rejection::NotFound {
            kind: EntityKind::Need,
        })?;
        if !matches!(need.state, NeedState::Published { .. }) {
            return Err(hidden_unless_public(&need).into());
        }
        if need.content.deadline < now.day() {
            return Err(Rejection::Overdue.into());
        }
        let mut organization = known
            .organization(*org)?
            .cloned()
            .ok_or(Rejection::OrganizationNotApproved)?;
        may_take_more(&organization)?;
        day_ahead(Field::Due, self.due, now)?;
        if let Some(contact) = &self.contact {
            reachable(contact)?;
        }
        lines_fit(&self.lines, &need)?;
        still_there(&self.lines, &need)?;

        let lines_words = need.words_of(&self.lines);
        need.pledges.push(Pledge {
            order: self.order,
            org: *org,
            org_name: org_name.clone(),
            at: now,
            lines: self.lines.clone(),
            stage: PledgeStage::Active,
        });
        let taken = NeedHappened::Taken {
            org_name: org_name.clone(),
            lines: lines_words.clone(),
        };
        happened(&mut need, now, taken);
        need.updated_at = now;
        organization.open_orders += 1;
        let order = Order {
            id: self.order,
            need: need.id,
            need_title: need.content.title.clone(),
            place: need.place.clone(),
            org: *org,
            org_name: org_name.clone(),
            lines: self.lines.clone(),
            lines_words,
            due: self.due,
            state: OrderState::Active,
            progress: Vec::new(),
            history: vec![OrderEvent {
                at: now,
                what: OrderHappened::Taken,
            }],
            contact: self.contact.clone(),
            taken_by: actor.user,
            created_at: now,
            updated_at: now,
        };
        Ok(Changes::of([
            Entity::from(need),
            Entity::from(order),
            Entity::from(organization),
        ]))
    }
}

/// An organization learns the stage of a need that was once public; of others it learns nothing.
fn hidden_unless_public(need: &Need) -> Rejection {
    let stage = need.state.stage();
    let was_public = need
        .history
        .iter()
        .any(|e| e.what == NeedHappened::Published);
    if was_public {
        Rejection::NeedIs { stage }
    } else {
        Rejection::NotFound {
            kind: EntityKind::Need,
        }
    }
}

fn may_take_more(org: &Organization) -> Result<(), Rejection> {
    if !org.approved {
        return Err(Rejection::OrganizationNotApproved);
    }
    let closing_percent = org.closing_percent();
    if org.open_orders >= OPEN_ORDERS_LIMIT && closing_percent < WANTED_CLOSING_PERCENT {
        return Err(Rejection::TooManyOpenOrders {
            open: org.open_orders,
            limit: OPEN_ORDERS_LIMIT,
            closing_percent,
            wanted_percent: WANTED_CLOSING_PERCENT,
        });
    }
    Ok(())
}

/// Lines name items of the need, each once, each with a quantity.
fn lines_fit(lines: &[OrderLine], need: &Need) -> Result<(), Rejection> {
    let wrong = |problem| {
        Err(Rejection::Invalid {
            field: Field::Lines,
            problem,
        })
    };
    if lines.is_empty() {
        return wrong(Problem::Missing);
    }
    for (i, line) in lines.iter().enumerate() {
        if line.quantity == 0 {
            return wrong(Problem::OutOfRange);
        }
        let twice = lines[..i].iter().any(|other| other.item == line.item);
        if twice || need.item(line.item).is_none() {
            return wrong(Problem::DoesNotMatch);
        }
    }
    Ok(())
}

/// The rule that never bends: pledges never exceed what the need asks for.
fn still_there(lines: &[OrderLine], need: &Need) -> Result<(), Rejection> {
    let wanted_of = |no| {
        lines
            .iter()
            .find(|l| l.item == no)
            .map_or(0, |l| l.quantity)
    };
    let (wanted, others): (Vec<_>, Vec<_>) = need
        .content
        .items
        .iter()
        .map(|item| WantedItem {
            item: item.no,
            name: item.name.clone(),
            unit: item.unit.clone(),
            wanted: wanted_of(item.no),
            left: need.left(item),
        })
        .partition(|w| w.wanted > 0);
    if wanted.iter().all(|w| w.wanted <= w.left) {
        return Ok(());
    }
    let short = |l: &OrderLine| wanted.iter().any(|w| w.item == l.item && w.wanted > w.left);
    Err(Rejection::Taken(Taken {
        holders: need
            .pledges
            .iter()
            .filter(|p| p.lines.iter().any(short))
            .map(|p| Holder {
                org_name: p.org_name.clone(),
                at: p.at,
                lines: need.words_of(&p.lines),
            })
            .collect(),
        others: others.into_iter().filter(|w| w.left > 0).collect(),
        wanted,
    }))
}

/// Gives an order back: what it had promised is free again. An organization that changed its mind before it began counts as
/// never having held it.
impl Act for ReleaseOrder {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        held.expect(&[OrderStage::Active, OrderStage::Disputed])?;
        let untouched = held.order.progress.is_empty() && held.order.history.len() == 1;
        match self.reason {
            ReleaseReason::ChangedMind => at_most(Field::Words, &self.words, MAX_WORDS)?,
            ReleaseReason::CannotDeliver => words(Field::Words, &self.words)?,
        }
        held.order.state = OrderState::Released {
            at: now,
            reason: self.reason,
            words: self.words.clone(),
        };
        held.need.pledges.retain(|p| p.order != self.order);
        let was_held = self.reason != ReleaseReason::ChangedMind || !untouched;
        held.count(|org| {
            org.open_orders = org.open_orders.saturating_sub(1);
            org.released_orders += u32::from(was_held);
        });
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Released {
                reason: self.reason,
                words: self.words.clone(),
            },
            NeedHappened::Released { org_name },
        );
        held.put(now)
    }
}

/// Adds a report. A disputed order goes on with it.
impl Act for ReportProgress {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        held.expect(&[OrderStage::Active, OrderStage::Disputed])?;
        words(Field::Progress, &self.text)?;
        spendable(self.cash)?;
        spendable(self.goods)?;
        let told = |count: fn(&Progress) -> u32| -> u64 {
            held.order
                .progress
                .iter()
                .map(|p| u64::from(count(p)))
                .sum()
        };
        let (persons, visits) = (told(|p| p.persons), told(|p| p.visits));
        countable(Field::Persons, persons, self.persons, MAX_PERSONS)?;
        countable(Field::Visits, visits, self.visits, MAX_VISITS)?;
        if held.order.progress.iter().any(|p| p.id == self.progress) {
            return Err(Rejection::AlreadyExists {
                kind: EntityKind::Order,
            }
            .into());
        }
        may_report(&held.order, now)?;
        if matches!(held.order.state, OrderState::Disputed { .. }) {
            held.order.state = OrderState::Active;
        }
        held.order.progress.push(Progress {
            id: self.progress,
            at: now,
            text: self.text.clone(),
            cash: self.cash,
            goods: self.goods,
            persons: self.persons,
            visits: self.visits,
        });
        held.put(now)
    }
}

/// An order carries a bounded number of reports, since each device that shows it keeps all of them.
fn may_report(order: &Order, now: Millis) -> Result<(), Rejection> {
    let today = order.progress.iter().filter(|p| p.at.day() == now.day());
    let (limit, at_most) = if order.progress.len() >= MAX_REPORTS as usize {
        (Limit::Reports, MAX_REPORTS)
    } else if today.count() >= MAX_REPORTS_PER_DAY as usize {
        (Limit::ReportsPerDay, MAX_REPORTS_PER_DAY)
    } else {
        return Ok(());
    };
    Err(Rejection::LimitReached { limit, at_most })
}

/// The organization says it is done; now the village is asked.
impl Act for MarkDelivered {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        held.expect(&[OrderStage::Active, OrderStage::Disputed])?;
        at_most(Field::Words, &self.note, MAX_WORDS)?;
        held.order.state = OrderState::Delivered {
            at: now,
            note: self.note.clone(),
        };
        held.pledge_is(PledgeStage::Delivered);
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Delivered {
                note: self.note.clone(),
            },
            NeedHappened::Delivered { org_name },
        );
        held.put(now)
    }
}

/// Delivery counts only now. The need closes when all of it has been confirmed.
impl Act for ConfirmDelivery {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_village(self.order, actor, known)?;
        held.expect(&[OrderStage::Delivered])?;
        held.order.state = OrderState::Confirmed { at: now };
        held.pledge_is(PledgeStage::Confirmed);
        held.count(|org| {
            org.open_orders = org.open_orders.saturating_sub(1);
            org.confirmed_orders += 1;
        });
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Confirmed,
            NeedHappened::Confirmed { org_name },
        );
        close_if_fulfilled(&mut held.need, now);
        held.put(now)
    }
}

/// The village does not agree; the order goes back to its holder.
impl Act for DisputeDelivery {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_village(self.order, actor, known)?;
        held.expect(&[OrderStage::Delivered])?;
        words(Field::Words, &self.reason)?;
        held.order.state = OrderState::Disputed {
            at: now,
            reason: self.reason.clone(),
        };
        held.pledge_is(PledgeStage::Active);
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Disputed {
                reason: self.reason.clone(),
            },
            NeedHappened::Disputed { org_name },
        );
        held.put(now)
    }
}
