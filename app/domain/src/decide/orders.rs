//! The life of an order: take, report, deliver, confirm or dispute, release.
//! The need keeps a pledge for every order, so that one row decides what is left.

use super::needs::own_need;
use super::{Changes, content};
use crate::actor::{Actor, Role};
use crate::command::{
    ConfirmDelivery, DisputeDelivery, MarkDelivered, ReleaseOrder, ReportProgress, TakeOrder,
};
use crate::entity::{Entity, EntityKind, Snapshot};
use crate::ids::OrderId;
use crate::need::{CloseReason, Need, NeedEvent, NeedHappened, NeedState, Pledge, PledgeStage};
use crate::order::{Order, OrderEvent, OrderHappened, OrderLine, OrderStage, OrderState, Progress};
use crate::organization::Organization;
use crate::rejection::{Allowed, Field, Holder, Problem, Rejection, Taken, WantedItem};
use crate::time::Millis;

type Decision = Result<Changes, Rejection>;

/// From this many open orders on, an organization must bring enough of them to an end before it takes more.
pub const OPEN_ORDERS_LIMIT: u32 = 20;
/// Confirmed orders among all ended ones, in percent, from which [`OPEN_ORDERS_LIMIT`] does not hold.
pub const WANTED_CLOSING_PERCENT: u32 = 60;
/// An order given back so soon was never held: it was taken without a network and taken back before the server knew of it.
const SECOND_THOUGHT_MS: i64 = 60_000;

/// An order with the need and the organization it changes.
struct Held {
    order: Order,
    need: Need,
    org: Option<Organization>,
}

impl Held {
    fn find(id: OrderId, known: &Snapshot) -> Result<Self, Rejection> {
        let missing = |kind| Rejection::NotFound { kind };
        let order = known
            .order(id)
            .ok_or_else(|| missing(EntityKind::Order))?
            .clone();
        let need = known
            .need(order.need)
            .ok_or_else(|| missing(EntityKind::Need))?
            .clone();
        let org = known.organization(order.org).cloned();
        Ok(Self { order, need, org })
    }

    /// The order, if the actor is a member of the organization that holds it.
    fn by_holder(id: OrderId, actor: &Actor, known: &Snapshot) -> Result<Self, Rejection> {
        let Role::Member { org, .. } = &actor.role else {
            return Err(Rejection::NotAllowed(Allowed::Holder));
        };
        let held = Self::find(id, known)?;
        if held.order.org != *org {
            return Err(Rejection::NotAllowed(Allowed::Holder));
        }
        Ok(held)
    }

    /// The order, if the actor is a cadre of the village it is for.
    fn by_village(id: OrderId, actor: &Actor, known: &Snapshot) -> Result<Self, Rejection> {
        if !matches!(actor.role, Role::Village { .. }) {
            return Err(Rejection::NotAllowed(Allowed::Village));
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
        self.need.history.push(NeedEvent {
            at: now,
            what: need,
        });
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
        let mut puts = vec![
            Entity::Need(Box::new(self.need)),
            Entity::Order(Box::new(self.order)),
        ];
        puts.extend(self.org.map(|org| Entity::Organization(Box::new(org))));
        Ok(Changes { puts })
    }
}

/// An organization taking a published need is effective at once. All lines or none.
pub(super) fn take(c: &TakeOrder, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    let Role::Member { org, org_name, .. } = &actor.role else {
        return Err(Rejection::NotAllowed(Allowed::Organization));
    };
    if known.order(c.order).is_some() {
        return Err(Rejection::AlreadyExists {
            kind: EntityKind::Order,
        });
    }
    let mut need = known.need(c.need).cloned().ok_or(Rejection::NotFound {
        kind: EntityKind::Need,
    })?;
    if !matches!(need.state, NeedState::Published { .. }) {
        return Err(hidden_unless_public(&need));
    }
    if need.content.deadline < now.day() {
        return Err(Rejection::Overdue);
    }
    let mut organization = known
        .organization(*org)
        .cloned()
        .ok_or(Rejection::OrganizationNotApproved)?;
    may_take_more(&organization)?;
    content::day_ahead(Field::Due, c.due, now)?;
    if let Some(contact) = &c.contact {
        content::reachable(contact)?;
    }
    lines_fit(&c.lines, &need)?;
    still_there(&c.lines, &need)?;

    let lines_words = need.words_of(&c.lines);
    need.pledges.push(Pledge {
        order: c.order,
        org: *org,
        org_name: org_name.clone(),
        at: now,
        lines: c.lines.clone(),
        stage: PledgeStage::Active,
    });
    need.history.push(NeedEvent {
        at: now,
        what: NeedHappened::Taken {
            org_name: org_name.clone(),
            lines: lines_words.clone(),
        },
    });
    need.updated_at = now;
    organization.open_orders += 1;
    let order = Order {
        id: c.order,
        need: need.id,
        need_title: need.content.title.clone(),
        place: need.place.clone(),
        org: *org,
        org_name: org_name.clone(),
        lines: c.lines.clone(),
        lines_words,
        due: c.due,
        state: OrderState::Active,
        progress: Vec::new(),
        history: vec![OrderEvent {
            at: now,
            what: OrderHappened::Taken,
        }],
        contact: c.contact.clone(),
        taken_by: actor.user,
        created_at: now,
        updated_at: now,
    };
    Ok(Changes::of([
        Entity::Need(Box::new(need)),
        Entity::Order(Box::new(order)),
        Entity::Organization(Box::new(organization)),
    ]))
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

/// Gives an order back: what it had promised is free again.
pub(super) fn release(c: &ReleaseOrder, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    let mut held = Held::by_holder(c.order, actor, known)?;
    held.expect(&[OrderStage::Active, OrderStage::Disputed])?;
    content::words(Field::Words, &c.reason)?;
    held.order.state = OrderState::Released {
        at: now,
        reason: c.reason.clone(),
    };
    held.need.pledges.retain(|p| p.order != c.order);
    let was_held = now.since(held.order.created_at) > SECOND_THOUGHT_MS;
    held.count(|org| {
        org.open_orders = org.open_orders.saturating_sub(1);
        org.released_orders += u32::from(was_held);
    });
    let org_name = held.order.org_name.clone();
    held.happened(
        now,
        OrderHappened::Released {
            reason: c.reason.clone(),
        },
        NeedHappened::Released { org_name },
    );
    held.put(now)
}

/// Adds a report. A disputed order goes on with it.
pub(super) fn report_progress(
    c: &ReportProgress,
    actor: &Actor,
    known: &Snapshot,
    now: Millis,
) -> Decision {
    let mut held = Held::by_holder(c.order, actor, known)?;
    held.expect(&[OrderStage::Active, OrderStage::Disputed])?;
    content::words(Field::Progress, &c.text)?;
    content::spendable(c.cash)?;
    content::spendable(c.goods)?;
    if held.order.progress.iter().any(|p| p.id == c.progress) {
        return Err(Rejection::AlreadyExists {
            kind: EntityKind::Order,
        });
    }
    if matches!(held.order.state, OrderState::Disputed { .. }) {
        held.order.state = OrderState::Active;
    }
    held.order.progress.push(Progress {
        id: c.progress,
        at: now,
        text: c.text.clone(),
        cash: c.cash,
        goods: c.goods,
        persons: c.persons,
        visits: c.visits,
    });
    held.put(now)
}

/// The organization says it is done; now the village is asked.
pub(super) fn mark_delivered(
    c: &MarkDelivered,
    actor: &Actor,
    known: &Snapshot,
    now: Millis,
) -> Decision {
    let mut held = Held::by_holder(c.order, actor, known)?;
    held.expect(&[OrderStage::Active, OrderStage::Disputed])?;
    content::at_most(Field::Words, &c.note, content::MAX_WORDS)?;
    held.order.state = OrderState::Delivered {
        at: now,
        note: c.note.clone(),
    };
    held.pledge_is(PledgeStage::Delivered);
    let org_name = held.order.org_name.clone();
    held.happened(
        now,
        OrderHappened::Delivered {
            note: c.note.clone(),
        },
        NeedHappened::Delivered { org_name },
    );
    held.put(now)
}

/// Delivery counts only now. The need closes when all of it has been confirmed.
pub(super) fn confirm(
    c: &ConfirmDelivery,
    actor: &Actor,
    known: &Snapshot,
    now: Millis,
) -> Decision {
    let mut held = Held::by_village(c.order, actor, known)?;
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

/// The village does not agree; the order goes back to its holder.
pub(super) fn dispute(
    c: &DisputeDelivery,
    actor: &Actor,
    known: &Snapshot,
    now: Millis,
) -> Decision {
    let mut held = Held::by_village(c.order, actor, known)?;
    held.expect(&[OrderStage::Delivered])?;
    content::words(Field::Words, &c.reason)?;
    held.order.state = OrderState::Disputed {
        at: now,
        reason: c.reason.clone(),
    };
    held.pledge_is(PledgeStage::Active);
    let org_name = held.order.org_name.clone();
    held.happened(
        now,
        OrderHappened::Disputed {
            reason: c.reason.clone(),
        },
        NeedHappened::Disputed { org_name },
    );
    held.put(now)
}

/// A published need of which everything was delivered and confirmed is done.
pub(super) fn close_if_fulfilled(need: &mut Need, now: Millis) {
    if matches!(need.state, NeedState::Published { .. }) && need.is_fulfilled() {
        let reason = CloseReason::Delivered;
        need.state = NeedState::Closed { at: now, reason };
        need.history.push(NeedEvent {
            at: now,
            what: NeedHappened::Closed { reason },
        });
    }
}
