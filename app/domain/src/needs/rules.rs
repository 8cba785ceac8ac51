//! The life of a need until it is in the library: save, post, submit, edit, withdraw, screen.

use super::answers;
use super::calling_off::{called_off, ends};
use super::commands::{
    EditNeed, PostNeed, SaveNeed, ScreenNeed, Screening, SubmitNeed, WithdrawNeed,
};
use super::model::{CloseReason, Need, NeedContent, NeedEvent, NeedHappened, NeedState, Opinion};
use super::offers::{
    keeps_promises, may_agree, may_be_sent, may_edit, may_return, may_save, may_send, may_withdraw,
    may_write,
};
use super::screener::Screener;
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::{Actor, Department, Role};
use crate::answers::{MAX_WORDS, at_most};
use crate::ids::NeedId;
use crate::kinds::{Entity, EntityKind, Key, Known, NotLoaded};
use crate::read::limits::cleaned;
use crate::rejection::{Allowed, Field, Rejection};
use crate::revision::Revision;
use crate::settings::{InForce, PublishRule};
use crate::terms::{self, NeedTerms};
use crate::time::Millis;

/// A need keeps at most this many events; the audit trail keeps all.
const MAX_HISTORY: usize = 200;

pub(super) fn put(mut need: Need, now: Millis) -> Decision {
    need.pass_on(now);
    need.updated_at = now;
    Ok(Changes::of([Entity::from(need)]))
}

/// Adds to the need's history. The history is bounded: frequent events are removed first, the publication never.
pub(crate) fn happened(need: &mut Need, now: Millis, what: NeedHappened) {
    need.history.push(NeedEvent { at: now, what });
    if need.history.len() > MAX_HISTORY
        && let Some(oldest) = need
            .history
            .iter()
            .position(|e| e.what != NeedHappened::Published)
    {
        need.history.remove(oldest);
    }
}

/// The need, if the actor is a cadre of its village. Others learn no more than that it is not theirs.
pub(crate) fn own_need(id: NeedId, actor: &Actor, known: &Known) -> Result<Need, Undecided> {
    let place = may_write(actor)?;
    let need = known.need(id)?.ok_or(Rejection::NotFound {
        kind: EntityKind::Need,
    })?;
    if need.place.village != place.village {
        return Err(Rejection::NotAllowed(Allowed::Village).into());
    }
    Ok(need.clone())
}

/// A new need, or the draft or returned one of that id with this content.
fn writable(
    id: NeedId,
    content: &NeedContent,
    actor: &Actor,
    known: &Known,
    now: Millis,
) -> Result<Need, Undecided> {
    let place = may_write(actor)?;
    if known.need(id)?.is_none() {
        return Ok(Need {
            id,
            place: place.clone(),
            content: content.clone(),
            revision: Revision::default(),
            rewritten: Vec::new(),
            state: NeedState::Draft,
            opinions: Vec::new(),
            pledges: Vec::new(),
            waiting: Vec::new(),
            offer: None,
            asked: Vec::new(),
            terms: NeedTerms::default(),
            also: Vec::new(),
            told_apart: Vec::new(),
            merged: Vec::new(),
            history: Vec::new(),
            author: actor.user,
            created_at: now,
            updated_at: now,
        });
    }
    let mut need = own_need(id, actor, known)?;
    may_save(&need, actor)?;
    // A need that was asked for again may have been delivered in part.
    keeps_promises(&need, content)?;
    need.rewrite(content.clone());
    Ok(need)
}

fn send(mut need: Need, actor: &Actor, now: Millis) -> Decision {
    may_send(&need, actor, now)?;
    // A draft may have been stored before texts were cleaned.
    need.rewrite(cleaned(&need.content)?);
    answers::complete(&need.content, None, Some(now))?;
    need.state = NeedState::Submitted { at: now };
    need.opinions.clear();
    happened(&mut need, now, NeedHappened::Submitted);
    put(need, now)
}

impl Act for SaveNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        answers::draft(&self.content, None)?;
        let mut need = writable(self.need, &self.content, actor, known, now)?;
        // What others have promised or delivered something of is nobody's draft: it stays with what the county wrote.
        if need.pledges.is_empty() {
            need.state = NeedState::Draft;
        }
        put(need, now)
    }
}

impl Act for PostNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        send(
            writable(self.need, &self.content, actor, known, now)?,
            actor,
            now,
        )
    }
}

impl Act for SubmitNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        send(own_need(self.need, actor, known)?, actor, now)
    }
}

/// A need that the county has may still change, but never below what has been promised, and what has been promised
/// keeps its name and unit. A submitted need that changes loses the opinions given on its old text.
impl Act for EditNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = own_need(self.need, actor, known)?;
        may_edit(&need, actor, now)?;
        may_be_sent(&self.content, Some(&need), now)?;
        if matches!(need.state, NeedState::Submitted { .. }) {
            need.opinions.clear();
        }
        need.rewrite(self.content.clone());
        happened(&mut need, now, NeedHappened::Edited);
        let called_off = close_if_fulfilled(&mut need, known, now)?;
        let mut changes = put(need, now)?;
        changes.puts.extend(called_off);
        Ok(changes)
    }
}

impl Act for WithdrawNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = own_need(self.need, actor, known)?;
        may_withdraw(&need, actor)?;
        need.state = NeedState::Withdrawn {
            at: now,
            reason: self.reason,
        };
        happened(
            &mut need,
            now,
            NeedHappened::Withdrawn {
                reason: self.reason,
            },
        );
        let mut puts = called_off(&need, known, now)?;
        need.asked.clear();
        need.waiting.clear();
        puts.extend(put(need, now)?.puts);
        Ok(Changes { puts })
    }
}

/// Whether a decision was taken on the wording that stands now. A page that does not say what it showed is taken to have shown the
/// first one.
pub(crate) fn as_read(need: &Need, seen: Option<Revision>) -> Result<(), Rejection> {
    let seen = seen.unwrap_or_default();
    if seen == need.revision {
        return Ok(());
    }
    Err(Rejection::ChangedSince {
        kind: EntityKind::Need,
        changed: need.changes_since(seen),
    })
}

/// 民政 and 乡村振兴 each leave an opinion; a county chooses whether one approval publishes or both.
impl Act for ScreenNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        if !matches!(actor.role, Role::Bureau { .. }) {
            return Err(Rejection::NotAllowed(Allowed::CountyBureau).into());
        }
        let mut need = known.need(self.need)?.cloned().ok_or(Rejection::NotFound {
            kind: EntityKind::Need,
        })?;
        let Screener { department, level } = may_return(&need, actor)?;
        if matches!(self.opinion, Screening::Publish { .. }) {
            may_agree(&need, actor, now)?;
        }
        as_read(&need, self.seen)?;
        match &self.opinion {
            Screening::Return { reason, words } => {
                crate::answers::words(Field::Words, words)?;
                // What the village changes from now on is what it repairs.
                need.rewritten.clear();
                need.state = NeedState::Returned {
                    at: now,
                    by: department,
                    reason: *reason,
                    words: words.clone(),
                };
                let what = NeedHappened::Returned {
                    by: department,
                    level,
                    reason: *reason,
                    words: words.clone(),
                };
                happened(&mut need, now, what);
            }
            Screening::Publish { remark } => {
                at_most(Field::Words, remark, MAX_WORDS)?;
                need.opinions.push(Opinion {
                    by: department,
                    level,
                    at: now,
                    remark: remark.clone(),
                });
                happened(
                    &mut need,
                    now,
                    NeedHappened::Approved {
                        by: department,
                        level,
                    },
                );
                let enough = match InForce::of(known, need.place.county())?.publish() {
                    PublishRule::Either => true,
                    PublishRule::Both => Department::ALL
                        .iter()
                        .all(|d| need.opinions.iter().any(|o| o.by == *d)),
                };
                if enough {
                    need.state = NeedState::Published { at: now };
                    need.terms = terms::of(known, need.place.village)?.of_need();
                    // What was rewritten before is for the county alone.
                    need.rewritten.clear();
                    happened(&mut need, now, NeedHappened::Published);
                }
            }
        }
        put(need, now)
    }
}

/// A published need of which everything was delivered and confirmed is done: nobody is asked to take it any more.
pub(crate) fn close_if_fulfilled(
    need: &mut Need,
    known: &Known,
    now: Millis,
) -> Result<Vec<Entity>, NotLoaded> {
    if !matches!(need.state, NeedState::Published { .. }) || !need.is_fulfilled() {
        return Ok(Vec::new());
    }
    let puts = called_off(need, known, now)?;
    ends(need);
    let reason = CloseReason::Delivered;
    need.state = NeedState::Closed { at: now, reason };
    happened(need, now, NeedHappened::Closed { reason });
    Ok(puts)
}
