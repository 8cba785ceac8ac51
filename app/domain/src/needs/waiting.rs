//! The waiting list of a need: organizations that come too late wait for an item that is fully ordered. When some of it is free again it is
//! offered to them, in their order, with a time to answer; nobody else can take it meanwhile.

use super::model::{Need, NeedHappened, NeedState};
use super::rules::{as_read, happened};
use crate::act::{Act, Changes, Decision};
use crate::actor::{Actor, Role};
use crate::contact::Contact;
use crate::credit::CreditCode;
use crate::ids::{NeedId, OrderId};
use crate::jobs::{Due, Job};
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::orders::Origin;
use crate::orders::offers::may_wait;
use crate::orders::rules::{Promise, Within, lines_fit, promise};
use crate::organizations::Organization;
use crate::quantity::{ItemNo, OrderLine};
use crate::read::limits::{TextRule, Typed};
use crate::rejection::{Allowed, Limit, Rejection};
use crate::revision::Revision;
use crate::time::{DAY_MS, Day, Millis};
use serde::{Deserialize, Serialize};

/// A need's waiting list has at most this many organizations.
pub const MAX_WAITING: u32 = 20;

/// An organization that waits for (part of) a need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which one.
    pub org: CreditCode,
    /// Its name.
    pub org_name: String,
    /// Since when, by the server.
    pub at: Millis,
    /// What it would take.
    pub lines: Vec<OrderLine>,
}

/// What is offered to the first organization that waits for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// To which one.
    pub org: CreditCode,
    /// What is free for it.
    pub lines: Vec<OrderLine>,
    /// Until when it may answer.
    pub until: Millis,
}

/// Wait for items that are fully ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinWaiting {
    /// The published need.
    pub need: NeedId,
    /// What the organization would take.
    pub lines: Vec<OrderLine>,
    /// The wording that was on the screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Revision>,
}

/// Wait no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaveWaiting {
    /// The need.
    pub need: NeedId,
}

/// Take what is offered, or let it go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerOffer {
    /// The need.
    pub need: NeedId,
    /// What the organization says.
    pub answer: OfferAnswer,
}

/// What an organization says to what it is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferAnswer {
    /// It takes it, all or part.
    Take {
        /// The new order.
        order: OrderId,
        /// How much of what.
        lines: Vec<OrderLine>,
        /// The day on which it means to deliver.
        due: Day,
        /// Whom the village calls.
        contact: Contact,
        /// The wording that was on the screen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Revision>,
    },
    /// It does not want it any more.
    Pass,
}

impl Typed for JoinWaiting {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for LeaveWaiting {
    fn texts(&mut self, _: &mut dyn FnMut(&TextRule, &mut String)) {}
}

impl Typed for AnswerOffer {
    fn texts(&mut self, see: &mut dyn FnMut(&TextRule, &mut String)) {
        if let OfferAnswer::Take { contact, .. } = &mut self.answer {
            contact.texts(see);
        }
    }
}

impl Need {
    /// How much of an item is promised to nobody, waiting or not.
    #[must_use]
    pub fn free(&self, item: ItemNo) -> u64 {
        let asked = self.item(item).map_or(0, |item| item.quantity);
        asked.saturating_sub(self.pledged(item))
    }

    /// How much of an item those who wait would take. What is free of it is kept for them.
    #[must_use]
    pub fn waited_for(&self, item: ItemNo) -> u64 {
        let lines = self.waiting.iter().flat_map(|w| &w.lines);
        lines.filter(|l| l.item == item).map(|l| l.quantity).sum()
    }

    /// What is offered to that organization.
    #[must_use]
    pub fn offer_to(&self, org: CreditCode) -> Option<&Offer> {
        let is_open = matches!(self.state, NeedState::Published { .. });
        self.offer.as_ref().filter(|o| is_open && o.org == org)
    }

    /// Its place on the waiting list, from 1.
    #[must_use]
    pub fn place_in_line(&self, org: CreditCode) -> Option<usize> {
        let at = self.waiting.iter().position(|w| w.org == org)?;
        Some(at + 1)
    }

    fn leaves_line(&mut self, org: CreditCode) {
        self.waiting.retain(|w| w.org != org);
        if self.offer.as_ref().is_some_and(|o| o.org == org) {
            self.offer = None;
        }
    }

    /// Offers what is free to the first who waits for it. Called whenever a need is written, so that nothing is forgotten.
    pub(crate) fn pass_on(&mut self, now: Millis) {
        let is_open =
            matches!(self.state, NeedState::Published { .. }) && self.content.deadline >= now.day();
        if !is_open {
            self.offer = None;
            return;
        }
        let content = &self.content;
        for waiting in &mut self.waiting {
            waiting
                .lines
                .retain(|l| content.items.iter().any(|i| i.no == l.item));
        }
        self.waiting.retain(|w| !w.lines.is_empty());
        let free = |line: &OrderLine| OrderLine {
            item: line.item,
            quantity: line.quantity.min(self.free(line.item)),
        };
        let stands = self.offer.as_ref().is_some_and(|offer| {
            self.place_in_line(offer.org).is_some()
                && offer.lines.iter().all(|l| free(l).quantity == l.quantity)
        });
        if stands {
            return;
        }
        let first = self.waiting.iter().find_map(|waiting| {
            let lines: Vec<OrderLine> = waiting.lines.iter().map(free).collect();
            let lines: Vec<OrderLine> = lines.into_iter().filter(|l| l.quantity > 0).collect();
            (!lines.is_empty()).then(|| (waiting.org, waiting.org_name.clone(), lines))
        });
        self.offer = None;
        if let Some((org, org_name, lines)) = first {
            let words = self.words_of(&lines);
            let days = i64::from(self.terms.answer_days.max(1));
            self.offer = Some(Offer {
                org,
                lines,
                until: now.plus(days * DAY_MS),
            });
            let what = NeedHappened::Offered {
                org_name,
                lines: words,
            };
            happened(self, now, what);
        }
    }

    pub(super) fn due_offer(&self) -> Option<Due> {
        let is_open = matches!(self.state, NeedState::Published { .. });
        let offer = self.offer.as_ref().filter(|_| is_open)?;
        Some(Due {
            job: Job::PassOffer,
            at: offer.until,
        })
    }
}

/// Whether the actor's organization may wait for something of the need: something is fully ordered, and it is not in line.
///
/// # Errors
/// Why not.
pub fn may_join(
    need: &Need,
    org: Option<&Organization>,
    actor: &Actor,
    now: Millis,
) -> Result<(), Rejection> {
    let org = may_wait(need, org, actor, now)?;
    if need.place_in_line(org.code).is_some() {
        return Err(Rejection::AlreadyWaiting);
    }
    if need.waiting.len() >= MAX_WAITING as usize {
        return Err(Rejection::LimitReached {
            limit: Limit::Waiting,
            at_most: MAX_WAITING,
        });
    }
    let still = need.content.items.iter().all(|item| need.left(item) > 0);
    match need.content.items.first() {
        Some(item) if still => Err(Rejection::StillLeft {
            item: item.name.clone(),
        }),
        _ => Ok(()),
    }
}

fn in_line(
    need: NeedId,
    actor: &Actor,
    known: &Known,
) -> Result<(Need, CreditCode), crate::Undecided> {
    let Role::Member { org, .. } = &actor.role else {
        return Err(Rejection::NotAllowed(Allowed::Organization).into());
    };
    let need = known.need(need)?.cloned().ok_or(Rejection::NotFound {
        kind: EntityKind::Need,
    })?;
    Ok((need, *org))
}

fn put(mut need: Need, now: Millis) -> Vec<Entity> {
    need.pass_on(now);
    need.updated_at = now;
    vec![Entity::from(need)]
}

impl Act for JoinWaiting {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let (mut need, org) = in_line(self.need, actor, known)?;
        let organization = known.organization(org)?;
        may_join(&need, organization, actor, now)?;
        as_read(&need, self.seen)?;
        lines_fit(&self.lines, &need)?;
        let left = |line: &&OrderLine| need.item(line.item).is_some_and(|i| need.left(i) > 0);
        if let Some(item) = self.lines.iter().find(left).and_then(|l| need.item(l.item)) {
            return Err(Rejection::StillLeft {
                item: item.name.clone(),
            }
            .into());
        }
        let asked = |line: &OrderLine| need.item(line.item).map_or(0, |i| i.quantity);
        let lines = self.lines.iter().map(|line| OrderLine {
            item: line.item,
            quantity: line.quantity.min(asked(line)),
        });
        let lines: Vec<OrderLine> = lines.collect();
        let org_name = organization.map(|o| o.name.clone()).unwrap_or_default();
        let what = NeedHappened::Waits {
            org_name: org_name.clone(),
            lines: need.words_of(&lines),
        };
        happened(&mut need, now, what);
        need.waiting.push(Waiting {
            org,
            org_name,
            at: now,
            lines,
        });
        Ok(Changes::of(put(need, now)))
    }
}

impl Act for LeaveWaiting {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let (mut need, org) = in_line(self.need, actor, known)?;
        if need.place_in_line(org).is_none() {
            return Err(Rejection::NotWaiting.into());
        }
        leaves(&mut need, org, now);
        Ok(Changes::of(put(need, now)))
    }
}

fn leaves(need: &mut Need, org: CreditCode, now: Millis) {
    let waiting = need.waiting.iter().find(|w| w.org == org);
    let org_name = waiting.map(|w| w.org_name.clone()).unwrap_or_default();
    happened(need, now, NeedHappened::WaitsNoMore { org_name });
    need.leaves_line(org);
}

/// Whether something is offered to the actor's organization now.
///
/// # Errors
/// Why not.
pub fn may_answer_offer<'a>(
    need: &'a Need,
    actor: &Actor,
    now: Millis,
) -> Result<&'a Offer, Rejection> {
    let Role::Member { org, .. } = &actor.role else {
        return Err(Rejection::NotAllowed(Allowed::Organization));
    };
    let offer = need.offer_to(*org).filter(|offer| now < offer.until);
    offer.ok_or(Rejection::NothingOffered)
}

/// Taking what is offered makes an order like any other; whoever takes only part of it waits no longer.
impl Act for AnswerOffer {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let (mut need, org) = in_line(self.need, actor, known)?;
        let offer = may_answer_offer(&need, actor, now)?.clone();
        match &self.answer {
            OfferAnswer::Pass => {
                leaves(&mut need, org, now);
                Ok(Changes::of(put(need, now)))
            }
            OfferAnswer::Take {
                order,
                lines,
                due,
                contact,
                seen,
            } => {
                let promise = promise(
                    need,
                    &Promise {
                        order: *order,
                        lines,
                        due: *due,
                        contact: Some(contact),
                        seen: *seen,
                        origin: Origin::Taken,
                        within: Within::Offer(&offer.lines),
                    },
                    actor,
                    known,
                    now,
                )?;
                let (mut need, order, organization) = promise;
                need.leaves_line(org);
                let mut puts = put(need, now);
                puts.extend([Entity::from(order), Entity::from(organization)]);
                Ok(Changes { puts })
            }
        }
    }
}

/// The organization to which something is offered did not answer in time: the next one is asked.
pub(crate) fn pass_unanswered(need: NeedId, known: &Known, now: Millis) -> Decision {
    let mut need = known.need(need)?.cloned().ok_or(Rejection::NotFound {
        kind: EntityKind::Need,
    })?;
    if let Some(org) = need.offer.as_ref().map(|offer| offer.org) {
        leaves(&mut need, org, now);
    }
    Ok(Changes::of(put(need, now)))
}
