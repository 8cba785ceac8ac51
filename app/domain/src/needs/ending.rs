//! How a need ends without having been delivered: somebody closes it with a reason, or its last day passes; and how it is asked for again.

use super::answers;
use super::calling_off::{called_off, ends};
use super::model::{CloseReason, Need, NeedHappened, NeedState, PledgeStage};
use super::offers::{may_ask_again, may_close};
use super::rules::{as_read, happened, own_need};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::Actor;
use crate::answers::{MAX_WORDS, at_most};
use crate::credit::CreditCode;
use crate::ids::NeedId;
use crate::jobs::{Due, Job};
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::orders::{OrderEvent, OrderHappened, OrderState, ReleaseReason};
use crate::organizations::Organization;
use crate::read::limits::{TextRule, Typed, WORDS};
use crate::rejection::{Field, Rejection};
use crate::revision::Revision;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Close a published need before all of it was delivered. Orders on it end; their holders are told why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseNeed {
    /// The published need.
    pub need: NeedId,
    /// Why, as a code.
    pub reason: CloseReason,
    /// Why, in words that the holders read; may be empty.
    #[serde(default)]
    pub words: String,
    /// The wording that was on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// Ask again for what nobody brought in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskAgain {
    /// The expired need.
    pub need: NeedId,
    /// The new last day.
    pub deadline: Day,
}

impl Typed for CloseNeed {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        see(&WORDS, &mut self.words);
    }
}

impl Typed for AskAgain {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

/// Ends every order on the need that is being worked on: the village does not want it any more, which counts against nobody.
fn end_orders(
    need: &mut Need,
    words: &str,
    known: &Known,
    now: Millis,
) -> Result<Vec<Entity>, Undecided> {
    let mut puts = Vec::new();
    let mut orgs: BTreeMap<CreditCode, Organization> = BTreeMap::new();
    let reason = ReleaseReason::NeedClosed;
    for pledge in need
        .pledges
        .iter()
        .filter(|p| p.stage == PledgeStage::Active)
    {
        // A device may not have them; the server has.
        if let Some(mut order) = known.order(pledge.order)?.cloned() {
            order.state = OrderState::Released {
                at: now,
                reason,
                words: words.to_owned(),
            };
            order.hand_over = None;
            let what = OrderHappened::Released {
                reason,
                words: words.to_owned(),
            };
            order.add(OrderEvent { at: now, what });
            order.updated_at = now;
            puts.push(Entity::from(order));
        }
        let org = match orgs.get(&pledge.org) {
            Some(org) => Some(org.clone()),
            None => known.organization(pledge.org)?.cloned(),
        };
        if let Some(mut org) = org {
            org.open_orders = org.open_orders.saturating_sub(1);
            orgs.insert(org.code, org);
        }
    }
    need.pledges.retain(|p| p.stage != PledgeStage::Active);
    puts.extend(orgs.into_values().map(Entity::from));
    Ok(puts)
}

impl Act for CloseNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = known.need(self.need)?.cloned().ok_or(Rejection::NotFound {
            kind: EntityKind::Need,
        })?;
        let by = may_close(&need, actor)?;
        if self.reason == CloseReason::Delivered {
            // That it was delivered is said by confirming deliveries.
            return Err(crate::answers::invalid(
                Field::Words,
                crate::rejection::Problem::DoesNotMatch,
            )
            .into());
        }
        as_read(&need, self.seen)?;
        at_most(Field::Words, &self.words, MAX_WORDS)?;
        let words = match self.words.trim() {
            "" => self.reason.label(),
            words => words,
        };
        let mut puts = end_orders(&mut need, words, known, now)?;
        puts.extend(called_off(&need, known, now)?);
        ends(&mut need);
        need.state = NeedState::Closed {
            at: now,
            reason: self.reason,
        };
        happened(
            &mut need,
            now,
            NeedHappened::ClosedBy {
                by,
                reason: self.reason,
                words: self.words.clone(),
            },
        );
        need.updated_at = now;
        puts.push(Entity::from(need));
        Ok(Changes { puts })
    }
}

/// The same need with another last day, screened again.
impl Act for AskAgain {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = own_need(self.need, actor, known)?;
        may_ask_again(&need, actor, now)?;
        let mut content = need.content.clone();
        content.deadline = self.deadline;
        answers::complete(&content, Some(&need.content), Some(now))?;
        need.rewrite(content);
        need.state = NeedState::Submitted { at: now };
        need.opinions.clear();
        happened(&mut need, now, NeedHappened::Submitted);
        need.updated_at = now;
        Ok(Changes::of([Entity::from(need)]))
    }
}

/// The last day has passed, and nobody is at work on it.
pub(crate) fn expire(need: NeedId, known: &Known, now: Millis) -> Decision {
    let mut need = known.need(need)?.cloned().ok_or(Rejection::NotFound {
        kind: EntityKind::Need,
    })?;
    let mut puts = called_off(&need, known, now)?;
    ends(&mut need);
    need.state = NeedState::Expired { at: now };
    happened(&mut need, now, NeedHappened::Expired);
    need.updated_at = now;
    puts.push(Entity::from(need));
    Ok(Changes { puts })
}

impl Need {
    /// When it is of use no more: some days after its last one, unless somebody still works on it.
    pub(super) fn due_expiry(&self) -> Option<Due> {
        let at_work = |stage| matches!(stage, PledgeStage::Active | PledgeStage::Delivered);
        if !matches!(self.state, NeedState::Published { .. })
            || self.pledges.iter().any(|p| at_work(p.stage))
        {
            return None;
        }
        let grace = i32::from(self.terms.grace_days);
        Some(Due {
            job: Job::ExpireNeed,
            at: self.content.deadline.plus(grace + 1).start(),
        })
    }
}
