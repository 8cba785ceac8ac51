//! The life of a supply: save, submit, screen, change, pause, resume, end. Villages' picks of it stand in `picks::rules`.

use super::answers;
use super::commands::{
    ChangeSupply, EndSupply, PauseSupply, ResumeSupply, SaveSupply, ScreenSupply, SubmitSupply,
};
use super::model::{
    PublishedWording, Supply, SupplyContent, SupplyEvent, SupplyHappened, SupplyState,
};
use super::offers::{
    as_read, is_own, may_be_sent, may_change, may_end, may_pause, may_publish, may_resume,
    may_save, may_screen, may_send, may_write,
};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::{Actor, Role};
use crate::answers::{MAX_WORDS, at_most, words};
use crate::ids::SupplyId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::needs::commands::Screening;
use crate::organizations::offers::may_be_asked;
use crate::rejection::{Allowed, Field, Rejection};
use crate::revision::Revision;
use crate::time::Millis;

/// A supply keeps at most this many events; the audit trail keeps all.
const MAX_HISTORY: usize = 200;

fn put(mut supply: Supply, now: Millis) -> Decision {
    supply.updated_at = now;
    Ok(Changes::of([Entity::from(supply)]))
}

/// Adds to the supply's history. The history is bounded: the oldest events are removed first, the first publication never.
pub(crate) fn happened(supply: &mut Supply, now: Millis, what: SupplyHappened) {
    supply.history.push(SupplyEvent { at: now, what });
    if supply.history.len() > MAX_HISTORY
        && let Some(oldest) = supply
            .history
            .iter()
            .position(|e| !matches!(e.what, SupplyHappened::Published { .. }))
    {
        supply.history.remove(oldest);
    }
}

/// The supply, if the actor is a member of its organization.
fn own_supply(id: SupplyId, actor: &Actor, known: &Known) -> Result<Supply, Undecided> {
    may_write(actor)?;
    let supply = known.supply(id)?.ok_or(Rejection::NotFound {
        kind: EntityKind::Supply,
    })?;
    is_own(supply, actor)?;
    Ok(supply.clone())
}

/// A new supply, or the draft or returned one of that id with this content.
fn writable(
    id: SupplyId,
    content: &SupplyContent,
    actor: &Actor,
    known: &Known,
    now: Millis,
) -> Result<Supply, Undecided> {
    let Role::Member { org, org_name, .. } = &actor.role else {
        return Err(Rejection::NotAllowed(Allowed::Supplier).into());
    };
    if known.supply(id)?.is_none() {
        let organization = known
            .organization(*org)?
            .ok_or(Rejection::OrganizationNotApproved)?;
        return Ok(Supply {
            id,
            org: *org,
            org_name: org_name.clone(),
            registered_in: organization.registered_in,
            content: content.clone(),
            revision: Revision::default(),
            rewritten: Vec::new(),
            published: None,
            state: SupplyState::Draft,
            picks: Vec::new(),
            history: Vec::new(),
            author: actor.user,
            created_at: now,
            updated_at: now,
        });
    }
    let mut supply = own_supply(id, actor, known)?;
    may_save(&supply, actor)?;
    supply.rewrite(content.clone());
    Ok(supply)
}

impl Act for SaveSupply {
    fn subject(&self) -> Key {
        Key::Supply(self.supply)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        answers::draft(&self.content)?;
        let mut supply = writable(self.supply, &self.content, actor, known, now)?;
        supply.state = SupplyState::Draft;
        put(supply, now)
    }
}

impl Act for SubmitSupply {
    fn subject(&self) -> Key {
        Key::Supply(self.supply)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut supply = writable(self.supply, &self.content, actor, known, now)?;
        may_send(&supply, actor, now)?;
        let org = known.organization(supply.org)?;
        may_be_sent(&self.content, Some(&supply), org, now)?;
        let is_new = !supply.was_sent();
        supply.state = SupplyState::Submitted { at: now };
        happened(&mut supply, now, SupplyHappened::Submitted);
        supply.updated_at = now;
        let mut changes = vec![Entity::from(supply)];
        if let Some(mut org) = org.filter(|_| is_new).cloned() {
            org.supplies = org.supplies.on(now.day());
            org.supplies.sent = org.supplies.sent.saturating_add(1);
            changes.push(Entity::from(org));
        }
        Ok(Changes::of(changes))
    }
}

/// A supply that the bureau has may still change. Where it matters, the bureau looks at it again before villages read it.
impl Act for ChangeSupply {
    fn subject(&self) -> Key {
        Key::Supply(self.supply)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut supply = own_supply(self.supply, actor, known)?;
        may_change(&supply, actor, now)?;
        let org = known.organization(supply.org)?;
        may_be_sent(&self.content, Some(&supply), org, now)?;
        let again = supply.content.is_screened_again(&self.content);
        if again && !matches!(supply.state, SupplyState::Submitted { .. }) {
            supply.published = Some(Box::new(PublishedWording {
                content: supply.content.clone(),
                revision: supply.revision,
            }));
        }
        supply.rewrite(self.content.clone());
        if again && !matches!(supply.state, SupplyState::Submitted { .. }) {
            supply.state = SupplyState::Submitted { at: now };
            happened(&mut supply, now, SupplyHappened::Submitted);
        } else {
            happened(&mut supply, now, SupplyHappened::Changed);
        }
        put(supply, now)
    }
}

impl Act for PauseSupply {
    fn subject(&self) -> Key {
        Key::Supply(self.supply)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut supply = own_supply(self.supply, actor, known)?;
        may_pause(&supply, actor, now)?;
        supply.state = SupplyState::Paused { at: now };
        happened(&mut supply, now, SupplyHappened::Paused);
        put(supply, now)
    }
}

impl Act for ResumeSupply {
    fn subject(&self) -> Key {
        Key::Supply(self.supply)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut supply = own_supply(self.supply, actor, known)?;
        may_resume(&supply, actor, now)?;
        may_be_asked(known.organization(supply.org)?)?;
        supply.state = SupplyState::Published { at: now };
        happened(&mut supply, now, SupplyHappened::Resumed);
        put(supply, now)
    }
}

impl Act for EndSupply {
    fn subject(&self) -> Key {
        Key::Supply(self.supply)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut supply = own_supply(self.supply, actor, known)?;
        may_end(&supply, actor)?;
        supply.state = if supply.was_published() {
            SupplyState::Ended { at: now }
        } else {
            SupplyState::Withdrawn { at: now }
        };
        happened(&mut supply, now, SupplyHappened::Ended);
        put(supply, now)
    }
}

/// The civil affairs bureau of the organization's level decides alone.
impl Act for ScreenSupply {
    fn subject(&self) -> Key {
        Key::Supply(self.supply)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        if !matches!(actor.role, Role::Bureau { .. }) {
            return Err(Rejection::NotAllowed(Allowed::Registrar).into());
        }
        let mut supply = known
            .supply(self.supply)?
            .cloned()
            .ok_or(Rejection::NotFound {
                kind: EntityKind::Supply,
            })?;
        let level = may_screen(&supply, actor)?;
        if matches!(self.opinion, Screening::Publish { .. }) {
            may_publish(&supply, actor, now)?;
            may_be_asked(known.organization(supply.org)?)?;
        }
        as_read(&supply, self.seen)?;
        match &self.opinion {
            Screening::Return {
                reason,
                words: said,
            } => {
                words(Field::Words, said)?;
                supply.state = SupplyState::Returned {
                    at: now,
                    reason: *reason,
                    words: said.clone(),
                };
                let what = SupplyHappened::Returned {
                    level,
                    reason: *reason,
                    words: said.clone(),
                };
                happened(&mut supply, now, what);
            }
            Screening::Publish { remark } => {
                at_most(Field::Words, remark, MAX_WORDS)?;
                supply.published = None;
                // Whoever had paused it resumes it: the bureau judges the words, not whether there is time.
                supply.state = match supply.is_paused_by_its_organization() {
                    true => SupplyState::Paused { at: now },
                    false => SupplyState::Published { at: now },
                };
                happened(&mut supply, now, SupplyHappened::Published { level });
            }
        }
        put(supply, now)
    }
}
