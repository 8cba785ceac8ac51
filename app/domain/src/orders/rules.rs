//! The life of an order: take, report, deliver, confirm or dispute, release.
//! The need keeps a pledge for every order, so that one row decides what is left.

use super::commands::{
    ConfirmDelivery, DisputeDelivery, MarkDelivered, ReleaseOrder, ReportProgress, TakeOrder,
};
use super::model::{Order, OrderEvent, OrderHappened, OrderState, Origin, Progress, ReleaseReason};
use super::offers::{
    last_due, may_answer, may_deliver, may_promise, may_release, may_report, taken,
};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::{Actor, Role};
use crate::answers::{
    MAX_WORDS, at_most, countable, day_ahead, invalid, is_missing, reachable, spendable, words,
};
use crate::contact::Contact;
use crate::ids::OrderId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::needs::rules::{as_read, close_if_fulfilled, happened};
use crate::needs::{Need, NeedHappened, Pledge, PledgeStage};
use crate::organizations::Organization;
use crate::picks::Pick;
use crate::quantity::OrderLine;
use crate::read::limits::{MAX_PERSONS, MAX_VISITS};
use crate::rejection::{Allowed, Field, Problem, Rejection};
use crate::reviews::Reviews;
use crate::revision::{Changed, Revision};
use crate::supplies::rules::happened as supply_happened;
use crate::supplies::{HeldPlaces, Supply, SupplyHappened};
use crate::terms;
use crate::time::{Day, Millis};

/// An order with the organization it changes, and the need or the supply that counts what it has promised.
pub(crate) struct Held {
    pub(crate) order: Order,
    pub(crate) need: Option<Need>,
    pub(crate) supply: Option<Supply>,
    pub(crate) org: Option<Organization>,
    /// The village's pick that it came from.
    pick: Option<Pick>,
    changes_pick: bool,
}

impl Held {
    pub(crate) fn find(id: OrderId, known: &Known) -> Result<Self, Undecided> {
        let missing = |kind| Rejection::NotFound { kind };
        let order = known
            .order(id)?
            .ok_or_else(|| missing(EntityKind::Order))?
            .clone();
        let need = match order.need {
            Some(id) => {
                let need = known.need(id)?.cloned();
                Some(need.ok_or_else(|| missing(EntityKind::Need))?)
            }
            None => None,
        };
        let supply = match order.supply {
            Some(id) => {
                let supply = known.supply(id)?.cloned();
                Some(supply.ok_or_else(|| missing(EntityKind::Supply))?)
            }
            None => None,
        };
        let org = known.organization(order.org)?.cloned();
        let pick = match order.pick {
            Some(id) => known.pick(id)?.cloned(),
            None => None,
        };
        Ok(Self {
            order,
            need,
            supply,
            org,
            pick,
            changes_pick: false,
        })
    }

    /// The order, if the actor is a member of the organization that holds it.
    pub(crate) fn by_holder(id: OrderId, actor: &Actor, known: &Known) -> Result<Self, Undecided> {
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
        let Role::Village { place } = &actor.role else {
            return Err(Rejection::NotAllowed(Allowed::Village).into());
        };
        let held = Self::find(id, known)?;
        if held.order.place.village != place.village {
            return Err(Rejection::NotAllowed(Allowed::Village).into());
        }
        Ok(held)
    }

    pub(crate) fn happened(&mut self, now: Millis, order: OrderHappened, need: NeedHappened) {
        self.order.add(OrderEvent {
            at: now,
            what: order,
        });
        let told = match &need {
            NeedHappened::Released { .. } | NeedHappened::Lapsed { .. } => {
                Some(SupplyHappened::Released {
                    village_name: self.order.place.village_name.clone(),
                })
            }
            NeedHappened::Confirmed { .. } => Some(SupplyHappened::Confirmed {
                village_name: self.order.place.village_name.clone(),
            }),
            // A supply's readers are told what becomes of its places, not each step of an order.
            _ => None,
        };
        if let (Some(on), Some(told)) = (&mut self.supply, told) {
            supply_happened(on, now, told);
        }
        if let Some(on) = &mut self.need {
            happened(on, now, need);
        }
    }

    fn pledge_is(&mut self, stage: PledgeStage) {
        let id = self.order.id;
        let pledges = self.need.iter_mut().flat_map(|need| &mut need.pledges);
        for pledge in pledges.filter(|p| p.order == id) {
            pledge.stage = stage;
        }
        let picks = self.supply.iter_mut().flat_map(|supply| &mut supply.picks);
        let held = picks.filter_map(|picked| picked.held.as_mut());
        for held in held.filter(|held| held.order == id) {
            held.stage = stage;
        }
    }

    /// Nobody asks its holder to hand it over any more; if the holder answered, the one who asked has had an answer.
    pub(crate) fn no_hand_over(&mut self, answered: Option<Millis>) {
        self.order.hand_over = None;
        let id = self.order.id;
        let pledges = self.need.iter_mut().flat_map(|need| &mut need.pledges);
        for pledge in pledges.filter(|p| p.order == id) {
            match answered {
                Some(_) => {
                    let open = pledge.hand_overs.iter_mut();
                    open.filter(|ask| ask.answered.is_none())
                        .for_each(|ask| ask.answered = answered);
                }
                None => pledge.hand_overs.retain(|ask| ask.answered.is_some()),
            }
        }
    }

    pub(crate) fn count(&mut self, count: impl FnOnce(&mut Organization)) {
        if let Some(org) = &mut self.org {
            count(org);
        }
    }

    /// The order ends without having been delivered: what it had promised is free again, and it is not open any more.
    pub(crate) fn ends(&mut self, state: OrderState) {
        self.order.state = state;
        self.order.hand_over = None;
        let id = self.order.id;
        if let Some(need) = &mut self.need {
            need.pledges.retain(|p| p.order != id);
        }
        if let Some(supply) = &mut self.supply {
            let is_held = |held: HeldPlaces| held.order == id;
            supply.picks.retain(|p| !p.held.is_some_and(is_held));
        }
        // Whom to call goes with the order, as on needs.
        if let Some(pick) = &mut self.pick {
            pick.contact = None;
            self.changes_pick = true;
        }
        self.count(|org| org.open_orders = org.open_orders.saturating_sub(1));
    }

    pub(crate) fn put(mut self, now: Millis) -> Decision {
        self.order.updated_at = now;
        let mut puts = Vec::new();
        if let Some(mut need) = self.need {
            need.pass_on(now);
            need.updated_at = now;
            puts.push(Entity::from(need));
        }
        if let Some(mut supply) = self.supply {
            supply.updated_at = now;
            puts.push(Entity::from(supply));
        }
        if let Some(mut pick) = self.pick.filter(|_| self.changes_pick) {
            pick.updated_at = now;
            puts.push(Entity::from(pick));
        }
        puts.push(Entity::from(self.order));
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
        if !matches!(actor.role, Role::Member { .. }) {
            return Err(Rejection::NotAllowed(Allowed::Organization).into());
        }
        not_there_yet(self.order, known)?;
        let need = known.need(self.need)?.cloned().ok_or(Rejection::NotFound {
            kind: EntityKind::Need,
        })?;
        let promise = Promise {
            order: self.order,
            lines: &self.lines,
            due: self.due,
            contact: self.contact.as_ref(),
            seen: self.seen,
            origin: Origin::Taken,
            within: Within::Left,
        };
        let (need, order, organization) = promise_on(need, &promise, actor, known, now)?;
        Ok(Changes::of([
            Entity::from(need),
            Entity::from(order),
            Entity::from(organization),
        ]))
    }
}

fn not_there_yet(order: OrderId, known: &Known) -> Result<(), Undecided> {
    if known.order(order)?.is_some() {
        return Err(Rejection::AlreadyExists {
            kind: EntityKind::Order,
        }
        .into());
    }
    Ok(())
}

/// What an organization promises on a need, however it came to it.
pub(crate) struct Promise<'a> {
    pub(crate) order: OrderId,
    pub(crate) lines: &'a [OrderLine],
    pub(crate) due: Day,
    pub(crate) contact: Option<&'a Contact>,
    pub(crate) seen: Option<Revision>,
    pub(crate) origin: Origin,
    pub(crate) within: Within<'a>,
}

/// How much may be promised.
pub(crate) enum Within<'a> {
    /// What is left for everybody.
    Left,
    /// What is offered to this organization.
    Offer(&'a [OrderLine]),
}

/// The need with the pledge, the order, and its holder with one more.
pub(crate) fn promise(
    need: Need,
    promise: &Promise<'_>,
    actor: &Actor,
    known: &Known,
    now: Millis,
) -> Result<(Need, Order, Organization), Undecided> {
    not_there_yet(promise.order, known)?;
    promise_on(need, promise, actor, known, now)
}

fn promise_on(
    mut need: Need,
    promise: &Promise<'_>,
    actor: &Actor,
    known: &Known,
    now: Millis,
) -> Result<(Need, Order, Organization), Undecided> {
    let Role::Member { org, org_name, .. } = &actor.role else {
        return Err(Rejection::NotAllowed(Allowed::Organization).into());
    };
    let organization = known.organization(*org)?;
    let terms = terms::of(known, need.place.village)?;
    may_promise(&need, organization, &terms, actor, now)?;
    let mut organization = organization
        .cloned()
        .ok_or(Rejection::OrganizationNotApproved)?;
    as_read(&need, promise.seen)?;
    day_ahead(Field::Due, promise.due, now)?;
    if promise.due > last_due(&need) {
        return Err(invalid(Field::Due, Problem::AfterDeadline).into());
    }
    callable(promise.contact)?;
    lines_fit(promise.lines, &need)?;
    match promise.within {
        Within::Left => still_there(promise.lines, &need)?,
        Within::Offer(offered) => offered_and_free(promise.lines, offered, &need)?,
    }
    let lines_words = need.words_of(promise.lines);
    need.pledges.push(Pledge {
        order: promise.order,
        org: *org,
        org_name: org_name.clone(),
        at: now,
        lines: promise.lines.to_vec(),
        stage: PledgeStage::Active,
        hand_overs: Vec::new(),
    });
    let taken = NeedHappened::Taken {
        org_name: org_name.clone(),
        lines: lines_words.clone(),
    };
    happened(&mut need, now, taken);
    need.pass_on(now);
    need.updated_at = now;
    organization.open_orders += 1;
    organization.today = organization.today.on(now.day());
    organization.today.taken = organization.today.taken.saturating_add(1);
    let order = Order {
        id: promise.order,
        need: Some(need.id),
        supply: None,
        pick: None,
        origin: promise.origin,
        title: need.content.title.clone(),
        place: need.place.clone(),
        org: *org,
        org_name: org_name.clone(),
        lines: promise.lines.to_vec(),
        lines_words,
        due: promise.due,
        state: OrderState::Active,
        deliveries: Revision::default(),
        pace: organization.today,
        progress: Vec::new(),
        moved: Vec::new(),
        history: vec![OrderEvent {
            at: now,
            what: OrderHappened::Taken,
        }],
        stale_days: terms.stale_days(),
        hand_over: None,
        contact: promise.contact.cloned(),
        reviews: None,
        uses: Vec::new(),
        taken_by: actor.user,
        created_at: now,
        updated_at: now,
    };
    Ok((need, order, organization))
}

/// What is offered was kept for this organization, so nothing counts but the offer and what is promised already.
fn offered_and_free(
    lines: &[OrderLine],
    offered: &[OrderLine],
    need: &Need,
) -> Result<(), Rejection> {
    let fits = |line: &OrderLine| {
        let offer = offered.iter().find(|o| o.item == line.item);
        let most = offer.map_or(0, |o| o.quantity).min(need.free(line.item));
        line.quantity <= most
    };
    if lines.iter().all(fits) {
        return Ok(());
    }
    Err(taken(lines, need))
}

/// The village must be able to call: an order has a name and a number.
fn callable(contact: Option<&Contact>) -> Result<(), Rejection> {
    match contact {
        Some(contact) if !is_missing(&contact.phone) => reachable(contact),
        _ => Err(invalid(Field::Contact, Problem::NoPhone)),
    }
}

/// Lines name items of the need, each once, each with a quantity.
pub(crate) fn lines_fit(lines: &[OrderLine], need: &Need) -> Result<(), Rejection> {
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
pub(crate) fn still_there(lines: &[OrderLine], need: &Need) -> Result<(), Rejection> {
    let short = |l: &OrderLine| need.item(l.item).is_some_and(|i| l.quantity > need.left(i));
    if lines.iter().any(short) {
        return Err(taken(lines, need));
    }
    Ok(())
}

/// Gives an order back: what it had promised is free again. An organization that changed its mind before it began counts as
/// never having held it.
impl Act for ReleaseOrder {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        may_release(&held.order, actor)?;
        let active = held.order.history.iter().filter(|e| e.what.is_activity());
        let untouched = held.order.progress.is_empty() && active.count() == 1;
        match self.reason {
            reason if reason.needs_words() => words(Field::Words, &self.words)?,
            ReleaseReason::TakenDown => {
                return Err(Rejection::NotAllowed(Allowed::CountyBureau).into());
            }
            ReleaseReason::NothingHeard | ReleaseReason::NeedClosed => {
                return Err(invalid(Field::Words, Problem::DoesNotMatch).into());
            }
            _ => at_most(Field::Words, &self.words, MAX_WORDS)?,
        }
        held.ends(OrderState::Released {
            at: now,
            reason: self.reason,
            words: self.words.clone(),
        });
        let was_held = self.reason != ReleaseReason::ChangedMind || !untouched;
        held.count(|org| {
            org.released_orders += u32::from(was_held);
            org.today = org.today.on(now.day());
            org.today.given_back = org.today.given_back.saturating_add(1);
        });
        if let Some(org) = &held.org {
            held.order.pace = org.today;
        }
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
        may_report(&held.order, actor, now)?;
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

/// The organization says it is done; now the village is asked.
impl Act for MarkDelivered {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_holder(self.order, actor, known)?;
        may_deliver(&held.order, actor)?;
        at_most(Field::Words, &self.note, MAX_WORDS)?;
        held.order.state = OrderState::Delivered {
            at: now,
            note: self.note.clone(),
        };
        // Whoever asked for it to be handed over sees that it is done.
        held.no_hand_over(None);
        held.order.deliveries = held.order.deliveries.next();
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
        may_answer(&held.order, actor)?;
        as_shown(&held.order, self.seen)?;
        held.order.state = OrderState::Confirmed { at: now };
        held.order.reviews = Some(Reviews::default());
        held.pledge_is(PledgeStage::Confirmed);
        let county = held.order.place.county();
        let topic = held.need.as_ref().map(|need| need.content.topic);
        let items = held.need.as_ref().map_or_else(Vec::new, |need| {
            let lines = held.order.lines.iter();
            let items = lines.filter_map(|line| need.item(line.item));
            items.map(|item| item.name.clone()).collect()
        });
        held.count(|org| {
            org.open_orders = org.open_orders.saturating_sub(1);
            org.confirmed_orders += 1;
            org.experience.add(county, topic, items);
        });
        let org_name = held.order.org_name.clone();
        held.happened(
            now,
            OrderHappened::Confirmed,
            NeedHappened::Confirmed { org_name },
        );
        let called_off = match &mut held.need {
            Some(need) => close_if_fulfilled(need, known, now)?,
            None => Vec::new(),
        };
        let mut changes = held.put(now)?;
        changes.puts.extend(called_off);
        Ok(changes)
    }
}

/// The village does not agree; the order goes back to its holder.
impl Act for DisputeDelivery {
    fn subject(&self) -> Key {
        Key::Order(self.order)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut held = Held::by_village(self.order, actor, known)?;
        may_answer(&held.order, actor)?;
        as_shown(&held.order, self.seen)?;
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

/// Whether the answer is about the delivery that stands now. A page that does not say which one it showed is taken to have shown the
/// first one.
fn as_shown(order: &Order, seen: Option<Revision>) -> Result<(), Rejection> {
    let disputed = |e: &OrderEvent| matches!(e.what, OrderHappened::Disputed { .. });
    let stands = match seen {
        Some(seen) => seen == order.deliveries,
        None => !order.history.iter().any(disputed),
    };
    if stands {
        return Ok(());
    }
    let changed = match &order.state {
        OrderState::Delivered { at, note } => vec![Changed::Delivery {
            at: *at,
            note: note.clone(),
        }],
        _ => Vec::new(),
    };
    Err(Rejection::ChangedSince {
        kind: EntityKind::Order,
        changed,
    })
}
