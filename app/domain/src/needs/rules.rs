//! The life of a need until it is in the library: save, post, submit, edit, withdraw, screen.

use super::answers;
use super::commands::{
    EditNeed, PostNeed, SaveNeed, ScreenNeed, Screening, SubmitNeed, WithdrawNeed,
};
use super::model::{CloseReason, Need, NeedContent, NeedEvent, NeedHappened, NeedState, Opinion};
use super::screener::{Screener, screener};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::{Actor, Department, Role};
use crate::answers::{MAX_WORDS, at_most};
use crate::counties::{CountySettings, PublishRule};
use crate::ids::NeedId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::read::limits::cleaned;
use crate::read::text::line;
use crate::region::Place;
use crate::rejection::{Allowed, Field, Limit, Rejection};
use crate::time::Millis;

/// A need may be changed or sent again at most this often on one day, since every change travels to every device of the county.
pub const MAX_EDITS_PER_DAY: u32 = 30;
/// A need keeps at most this many events; the audit trail keeps all.
const MAX_HISTORY: usize = 200;

fn put(mut need: Need, now: Millis) -> Decision {
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

/// How often the village has changed or sent the need on the day of `now`.
fn may_change_today(need: &Need, now: Millis) -> Result<(), Rejection> {
    let counts = |e: &&NeedEvent| {
        matches!(e.what, NeedHappened::Edited | NeedHappened::Submitted) && e.at.day() == now.day()
    };
    if need.history.iter().filter(counts).count() < MAX_EDITS_PER_DAY as usize {
        return Ok(());
    }
    Err(Rejection::LimitReached {
        limit: Limit::EditsPerDay,
        at_most: MAX_EDITS_PER_DAY,
    })
}

/// The actor's village; nobody else writes needs.
fn village_of(actor: &Actor) -> Result<&Place, Rejection> {
    match &actor.role {
        Role::Village { place } => Ok(place),
        _ => Err(Rejection::NotAllowed(Allowed::Village)),
    }
}

/// The need, if the actor is a cadre of its village. Others learn no more than that it is not theirs.
pub(crate) fn own_need(id: NeedId, actor: &Actor, known: &Known) -> Result<Need, Undecided> {
    let place = village_of(actor)?;
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
    let place = village_of(actor)?;
    if known.need(id)?.is_none() {
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
        }
        .into()),
    }
}

fn send(mut need: Need, now: Millis) -> Decision {
    may_change_today(&need, now)?;
    // A draft may have been stored before texts were cleaned.
    need.content = cleaned(&need.content)?;
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
        need.state = NeedState::Draft;
        put(need, now)
    }
}

impl Act for PostNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        send(writable(self.need, &self.content, actor, known, now)?, now)
    }
}

impl Act for SubmitNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let need = own_need(self.need, actor, known)?;
        match need.state {
            NeedState::Draft | NeedState::Returned { .. } => send(need, now),
            state => Err(Rejection::NeedIs {
                stage: state.stage(),
            }
            .into()),
        }
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
        match need.state {
            NeedState::Submitted { .. } => need.opinions.clear(),
            NeedState::Published { .. } => {}
            state => {
                return Err(Rejection::NeedIs {
                    stage: state.stage(),
                }
                .into());
            }
        }
        may_change_today(&need, now)?;
        let same_deadline = need.content.deadline == self.content.deadline;
        let at = (!same_deadline).then_some(now);
        answers::complete(&self.content, Some(&need.content), at)?;
        for item in &need.content.items {
            let pledged = need.pledged(item.no);
            if pledged == 0 {
                continue;
            }
            let kept = self.content.items.iter().find(|i| i.no == item.no);
            if !kept.is_some_and(|k| {
                // The name may have been stored before texts were cleaned.
                k.quantity >= pledged && k.unit == item.unit && k.name == line(&item.name)
            }) {
                return Err(Rejection::BelowPledged {
                    item: item.name.clone(),
                    pledged,
                    unit: item.unit.clone(),
                }
                .into());
            }
        }
        need.content = self.content.clone();
        happened(&mut need, now, NeedHappened::Edited);
        close_if_fulfilled(&mut need, now);
        put(need, now)
    }
}

impl Act for WithdrawNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut need = own_need(self.need, actor, known)?;
        if matches!(
            need.state,
            NeedState::Withdrawn { .. } | NeedState::Closed { .. }
        ) {
            return Err(Rejection::NeedIs {
                stage: need.state.stage(),
            }
            .into());
        }
        if !need.pledges.is_empty() {
            let mut orgs: Vec<String> = need.pledges.iter().map(|p| p.org_name.clone()).collect();
            orgs.dedup();
            return Err(Rejection::HasOrders { orgs }.into());
        }
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
        put(need, now)
    }
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
        let Screener { department, level } = screener(actor, need.place.village)?;
        if !matches!(need.state, NeedState::Submitted { .. }) {
            return Err(Rejection::NeedIs {
                stage: need.state.stage(),
            }
            .into());
        }
        match &self.opinion {
            Screening::Return { reason, words } => {
                crate::answers::words(Field::Words, words)?;
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
                if need.opinions.iter().any(|o| o.by == department) {
                    return Err(Rejection::AlreadyApproved.into());
                }
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
                let county = need.place.county();
                let settings = known.county(county)?.cloned();
                let settings = settings.unwrap_or_else(|| CountySettings::default_for(county));
                let enough = match settings.publish {
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
}

/// A published need of which everything was delivered and confirmed is done.
pub(crate) fn close_if_fulfilled(need: &mut Need, now: Millis) {
    if matches!(need.state, NeedState::Published { .. }) && need.is_fulfilled() {
        let reason = CloseReason::Delivered;
        need.state = NeedState::Closed { at: now, reason };
        happened(need, now, NeedHappened::Closed { reason });
    }
}
