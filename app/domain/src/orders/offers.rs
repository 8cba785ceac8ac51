//! What a person may do with an order now, and whether an organization may take a need. The rules begin with these, and pages offer
//! nothing that they refuse.

use super::model::{Order, OrderStage, OrderState};
use crate::actor::{Actor, Role};
use crate::needs::offers::hidden_unless_public;
use crate::needs::screener::{Screener, screener};
use crate::needs::{Need, NeedState};
use crate::organizations::Organization;
use crate::organizations::offers::may_take_part;
use crate::quantity::OrderLine;
use crate::rejection::{Allowed, Holder, Limit, Rejection, Taken, WantedItem};
use crate::terms::Terms;
use crate::time::{Day, Millis};

/// An order has at most this many reports, two a week for a year, since all of them travel with it.
pub const MAX_REPORTS: u32 = 100;
/// An order gets at most this many reports on one day.
pub const MAX_REPORTS_PER_DAY: u32 = 10;
/// What is left of what was wanted, who has it, and what else is left.
pub(crate) fn taken(lines: &[OrderLine], need: &Need) -> Rejection {
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
    let short = |l: &OrderLine| wanted.iter().any(|w| w.item == l.item && w.wanted > w.left);
    Rejection::Taken(Taken {
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
    })
}

/// Whether the actor's organization may take something of the need. Without `org` nothing is known of it.
///
/// # Errors
/// Why not.
pub fn may_take(
    need: &Need,
    org: Option<&Organization>,
    terms: &Terms,
    actor: &Actor,
    now: Millis,
) -> Result<(), Rejection> {
    may_promise(need, org, terms, actor, now)?;
    if need.has_left() {
        Ok(())
    } else {
        Err(taken(&[], need))
    }
}

/// Whether the actor's organization may promise anything on the need, whatever is left of it.
pub(super) fn may_promise(
    need: &Need,
    org: Option<&Organization>,
    terms: &Terms,
    actor: &Actor,
    now: Millis,
) -> Result<(), Rejection> {
    let org = may_wait(need, org, actor, now)?;
    may_take_more(org, terms, now)
}

/// Whether the actor's organization may have orders on the need at all, now or when something is free again.
///
/// # Errors
/// Why not.
pub fn may_wait<'a>(
    need: &Need,
    org: Option<&'a Organization>,
    actor: &Actor,
    now: Millis,
) -> Result<&'a Organization, Rejection> {
    if !matches!(actor.role, Role::Member { .. }) {
        return Err(Rejection::NotAllowed(Allowed::Organization));
    }
    if !matches!(need.state, NeedState::Published { .. }) {
        return Err(hidden_unless_public(need));
    }
    if need.content.deadline < now.day() {
        return Err(Rejection::Overdue);
    }
    may_have_orders(org, need)
}

/// Whether an organization may have orders in the need's place: it was let in, and serves its county.
///
/// # Errors
/// Why not.
pub fn may_have_orders<'a>(
    org: Option<&'a Organization>,
    need: &Need,
) -> Result<&'a Organization, Rejection> {
    let org = may_take_part(org)?;
    if !org.serves(need.place.village) {
        return Err(Rejection::NotServed {
            county_name: need.place.county_name.clone(),
        });
    }
    Ok(org)
}

/// Whether the organization may have one more open order.
///
/// # Errors
/// Why not.
pub fn may_take_more(org: &Organization, terms: &Terms, now: Millis) -> Result<(), Rejection> {
    let at_most = org.daily_orders.unwrap_or(terms.daily_orders);
    if org.today.on(now.day()).taken >= at_most {
        return Err(Rejection::LimitReached {
            limit: Limit::OrdersPerDay,
            at_most,
        });
    }
    may_hold_more(org, terms)
}

/// Whether an organization may hold one more open order.
pub(crate) fn may_hold_more(org: &Organization, terms: &Terms) -> Result<(), Rejection> {
    let closing_percent = org.closing_percent();
    if org.open_orders >= terms.open_orders && closing_percent < terms.closing_percent {
        return Err(Rejection::TooManyOpenOrders {
            open: org.open_orders,
            limit: terms.open_orders,
            closing_percent,
            wanted_percent: terms.closing_percent,
        });
    }
    Ok(())
}

/// The last day that may be named for delivering: none after the last on which the need is of use.
#[must_use]
pub fn last_due(need: &Need) -> Day {
    need.content.deadline
}

fn expect(order: &Order, stages: &[OrderStage]) -> Result<(), Rejection> {
    let stage = order.state.stage();
    if stages.contains(&stage) {
        Ok(())
    } else {
        Err(Rejection::OrderIs { stage })
    }
}

/// The stages in which its holder works on an order.
const WORKED_ON: [OrderStage; 2] = [OrderStage::Active, OrderStage::Disputed];

fn by_holder(order: &Order, actor: &Actor) -> Result<(), Rejection> {
    match &actor.role {
        Role::Member { org, .. } if *org == order.org => Ok(()),
        _ => Err(Rejection::NotAllowed(Allowed::Holder)),
    }
}

/// Whether the actor may say that the order is delivered.
///
/// # Errors
/// Why not.
pub fn may_deliver(order: &Order, actor: &Actor) -> Result<(), Rejection> {
    by_holder(order, actor)?;
    expect(order, &WORKED_ON)
}

/// Whether the actor may give the order back.
///
/// # Errors
/// Why not.
pub fn may_release(order: &Order, actor: &Actor) -> Result<(), Rejection> {
    by_holder(order, actor)?;
    expect(order, &WORKED_ON)
}

/// Whether the actor may add a report. An order carries a bounded number of them, since each device that shows it keeps all.
///
/// # Errors
/// Why not.
pub fn may_report(order: &Order, actor: &Actor, now: Millis) -> Result<(), Rejection> {
    by_holder(order, actor)?;
    expect(order, &WORKED_ON)?;
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

/// A bureau reminds the same side of an order at most once in so many days.
pub const DAYS_BETWEEN_REMINDERS: i32 = 3;

/// In whose name the actor may remind whoever is to do the next step of the order: its holder, or of a delivery the village.
///
/// # Errors
/// Why not.
pub fn may_remind(order: &Order, actor: &Actor, now: Millis) -> Result<Screener, Rejection> {
    let screener = screener(actor, order.place.village)?;
    if !order.state.stage().is_open() {
        return Err(Rejection::OrderIs {
            stage: order.state.stage(),
        });
    }
    let recent = order.reminded_at().filter(|at| {
        // What is delivered waits for somebody else than before.
        let other_side =
            matches!(order.state, OrderState::Delivered { at: since, .. } if since > *at);
        !other_side && now.day().0 - at.day().0 < DAYS_BETWEEN_REMINDERS
    });
    match recent {
        Some(at) => Err(Rejection::RemindedAlready { at }),
        None => Ok(screener),
    }
}

/// Whether the actor may confirm or dispute the delivery.
///
/// # Errors
/// Why not.
pub fn may_answer(order: &Order, actor: &Actor) -> Result<(), Rejection> {
    match &actor.role {
        Role::Village { place } if place.village == order.place.village => {
            expect(order, &[OrderStage::Delivered])
        }
        _ => Err(Rejection::NotAllowed(Allowed::Village)),
    }
}
