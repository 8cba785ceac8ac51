//! The life of a need until it is in the library: save, post, submit, edit, withdraw, screen.

use super::{Changes, content};
use crate::actor::{Actor, Department, Role};
use crate::command::{
    EditNeed, PostNeed, SaveNeed, ScreenNeed, Screening, SubmitNeed, WithdrawNeed,
};
use crate::county::PublishRule;
use crate::entity::{Entity, EntityKind, Snapshot};
use crate::ids::NeedId;
use crate::need::{Need, NeedContent, NeedEvent, NeedHappened, NeedState, Opinion};
use crate::region::{Level, Place};
use crate::rejection::{Allowed, Field, Rejection};
use crate::time::Millis;

type Decision = Result<Changes, Rejection>;

fn put(mut need: Need, now: Millis) -> Decision {
    need.updated_at = now;
    Ok(Changes::of([Entity::Need(Box::new(need))]))
}

fn happened(need: &mut Need, now: Millis, what: NeedHappened) {
    need.history.push(NeedEvent { at: now, what });
}

/// The actor's village; nobody else writes needs.
fn village_of(actor: &Actor) -> Result<&Place, Rejection> {
    match &actor.role {
        Role::Village { place } => Ok(place),
        _ => Err(Rejection::NotAllowed(Allowed::Village)),
    }
}

/// The need, if the actor is a cadre of its village. Others learn no more than that it is not theirs.
pub(super) fn own_need(id: NeedId, actor: &Actor, known: &Snapshot) -> Result<Need, Rejection> {
    let place = village_of(actor)?;
    let need = known.need(id).ok_or(Rejection::NotFound {
        kind: EntityKind::Need,
    })?;
    if need.place.village != place.village {
        return Err(Rejection::NotAllowed(Allowed::Village));
    }
    Ok(need.clone())
}

/// A new need, or the draft or returned one of that id with this content.
fn writable(
    id: NeedId,
    content: &NeedContent,
    actor: &Actor,
    known: &Snapshot,
    now: Millis,
) -> Result<Need, Rejection> {
    let place = village_of(actor)?;
    if known.need(id).is_none() {
        return Ok(Need {
            id,
            place: place.clone(),
            content: content.clone(),
            state: NeedState::Draft,
            opinions: Vec::new(),
            pledges: Vec::new(),
            history: Vec::new(),
            author: actor.user,
            created_at: now,
            updated_at: now,
        });
    }
    let mut need = own_need(id, actor, known)?;
    match need.state {
        NeedState::Draft | NeedState::Returned { .. } => {
            need.content = content.clone();
            Ok(need)
        }
        state => Err(Rejection::NeedIs {
            stage: state.stage(),
        }),
    }
}

fn send(mut need: Need, now: Millis) -> Decision {
    content::complete(&need.content, Some(now))?;
    need.state = NeedState::Submitted { at: now };
    need.opinions.clear();
    happened(&mut need, now, NeedHappened::Submitted);
    put(need, now)
}

pub(super) fn save(c: &SaveNeed, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    content::draft(&c.content)?;
    let mut need = writable(c.need, &c.content, actor, known, now)?;
    need.state = NeedState::Draft;
    put(need, now)
}

pub(super) fn post(c: &PostNeed, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    send(writable(c.need, &c.content, actor, known, now)?, now)
}

pub(super) fn submit(c: &SubmitNeed, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    let need = own_need(c.need, actor, known)?;
    match need.state {
        NeedState::Draft | NeedState::Returned { .. } => send(need, now),
        state => Err(Rejection::NeedIs {
            stage: state.stage(),
        }),
    }
}

/// A need that the county has may still change, but never below what has been promised, and what has been promised
/// keeps its name and unit. A submitted need that changes loses the opinions given on its old text.
pub(super) fn edit(c: &EditNeed, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    let mut need = own_need(c.need, actor, known)?;
    match need.state {
        NeedState::Submitted { .. } => need.opinions.clear(),
        NeedState::Published { .. } => {}
        state => {
            return Err(Rejection::NeedIs {
                stage: state.stage(),
            });
        }
    }
    let same_deadline = need.content.deadline == c.content.deadline;
    content::complete(&c.content, (!same_deadline).then_some(now))?;
    for item in &need.content.items {
        let pledged = need.pledged(item.no);
        if pledged == 0 {
            continue;
        }
        let kept = c.content.items.iter().find(|i| i.no == item.no);
        if !kept
            .is_some_and(|k| k.quantity >= pledged && k.unit == item.unit && k.name == item.name)
        {
            return Err(Rejection::BelowPledged {
                item: item.name.clone(),
                pledged,
                unit: item.unit.clone(),
            });
        }
    }
    need.content = c.content.clone();
    happened(&mut need, now, NeedHappened::Edited);
    super::orders::close_if_fulfilled(&mut need, now);
    put(need, now)
}

pub(super) fn withdraw(c: &WithdrawNeed, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    let mut need = own_need(c.need, actor, known)?;
    if matches!(
        need.state,
        NeedState::Withdrawn { .. } | NeedState::Closed { .. }
    ) {
        return Err(Rejection::NeedIs {
            stage: need.state.stage(),
        });
    }
    if !need.pledges.is_empty() {
        let mut orgs: Vec<String> = need.pledges.iter().map(|p| p.org_name.clone()).collect();
        orgs.dedup();
        return Err(Rejection::HasOrders { orgs });
    }
    need.state = NeedState::Withdrawn {
        at: now,
        reason: c.reason,
    };
    happened(&mut need, now, NeedHappened::Withdrawn { reason: c.reason });
    put(need, now)
}

/// The department of a bureau of that county.
fn department_for(need: &Need, actor: &Actor) -> Result<Department, Rejection> {
    match &actor.role {
        Role::Bureau {
            region, department, ..
        } if region.level() <= Level::County && region.contains(need.place.village) => {
            Ok(*department)
        }
        _ => Err(Rejection::NotAllowed(Allowed::CountyBureau)),
    }
}

/// 民政 and 乡村振兴 each leave an opinion; a county chooses whether one approval publishes or both.
pub(super) fn screen(c: &ScreenNeed, actor: &Actor, known: &Snapshot, now: Millis) -> Decision {
    if !matches!(actor.role, Role::Bureau { .. }) {
        return Err(Rejection::NotAllowed(Allowed::CountyBureau));
    }
    let mut need = known.need(c.need).cloned().ok_or(Rejection::NotFound {
        kind: EntityKind::Need,
    })?;
    let department = department_for(&need, actor)?;
    if !matches!(need.state, NeedState::Submitted { .. }) {
        return Err(Rejection::NeedIs {
            stage: need.state.stage(),
        });
    }
    match &c.opinion {
        Screening::Return { reason, words } => {
            content::words(Field::Words, words)?;
            need.state = NeedState::Returned {
                at: now,
                by: department,
                reason: *reason,
                words: words.clone(),
            };
            let what = NeedHappened::Returned {
                by: department,
                reason: *reason,
                words: words.clone(),
            };
            happened(&mut need, now, what);
        }
        Screening::Publish { remark } => {
            content::at_most(Field::Words, remark, content::MAX_WORDS)?;
            if need.opinions.iter().any(|o| o.by == department) {
                return Err(Rejection::AlreadyApproved);
            }
            need.opinions.push(Opinion {
                by: department,
                at: now,
                remark: remark.clone(),
            });
            happened(&mut need, now, NeedHappened::Approved { by: department });
            let enough = match known.county(need.place.county()).publish {
                PublishRule::Either => true,
                PublishRule::Both => Department::ALL
                    .iter()
                    .all(|d| need.opinions.iter().any(|o| o.by == *d)),
            };
            if enough {
                need.state = NeedState::Published { at: now };
                happened(&mut need, now, NeedHappened::Published);
            }
        }
    }
    put(need, now)
}
