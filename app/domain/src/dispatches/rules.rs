//! The life of a dispatch: a bureau asks, the organization accepts or declines, the bureau asks no more, or nobody answers.

use super::commands::{AnswerDispatch, DispatchAnswer, DispatchNeed, WithdrawDispatch};
use super::model::{DeclineReason, Dispatch, DispatchState};
use super::offers::{may_answer, may_be_asked, may_withdraw};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::{Actor, Role};
use crate::answers::{MAX_WORDS, at_most, day_ahead, invalid, words};
use crate::ids::DispatchId;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::needs::rules::{as_read, happened};
use crate::needs::{AskedOrg, Need, NeedHappened};
use crate::orders::Origin;
use crate::orders::rules::{Promise, Within, lines_fit, promise, still_there};
use crate::rejection::{Allowed, Field, Problem, Rejection};
use crate::time::Millis;

const UNKNOWN: Rejection = Rejection::NotFound {
    kind: EntityKind::Dispatch,
};

fn find(id: DispatchId, known: &Known) -> Result<Dispatch, Undecided> {
    Ok(known.dispatch(id)?.cloned().ok_or(UNKNOWN)?)
}

/// The need without the question that was answered, if it is known here.
fn answered(
    dispatch: &Dispatch,
    known: &Known,
    now: Millis,
    what: NeedHappened,
) -> Result<Option<Need>, Undecided> {
    let Some(mut need) = known.need(dispatch.need)?.cloned() else {
        return Ok(None);
    };
    need.asked.retain(|asked| asked.dispatch != dispatch.id);
    happened(&mut need, now, what);
    need.pass_on(now);
    need.updated_at = now;
    Ok(Some(need))
}

impl Act for DispatchNeed {
    fn subject(&self) -> Key {
        Key::Need(self.need)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let Role::Bureau {
            region,
            region_name,
            department,
        } = &actor.role
        else {
            return Err(Rejection::NotAllowed(Allowed::CountyBureau).into());
        };
        if known.dispatch(self.dispatch)?.is_some() {
            return Err(Rejection::AlreadyExists {
                kind: EntityKind::Dispatch,
            }
            .into());
        }
        let mut need = known.need(self.need)?.cloned().ok_or(Rejection::NotFound {
            kind: EntityKind::Need,
        })?;
        let org = known.organization(self.org)?;
        may_be_asked(&need, org, actor, now)?;
        let org_name = org.map(|org| org.name.clone()).unwrap_or_default();
        as_read(&need, self.seen)?;
        day_ahead(Field::AnswerBy, self.answer_by, now)?;
        if self.answer_by > need.content.deadline {
            return Err(invalid(Field::AnswerBy, Problem::AfterDeadline).into());
        }
        at_most(Field::Words, &self.note, MAX_WORDS)?;
        if !self.lines.is_empty() {
            lines_fit(&self.lines, &need)?;
            still_there(&self.lines, &need)?;
        }
        need.asked.push(AskedOrg {
            dispatch: self.dispatch,
            org: self.org,
        });
        happened(
            &mut need,
            now,
            NeedHappened::Dispatched {
                by: *department,
                level: region.level(),
                org_name: org_name.clone(),
            },
        );
        need.updated_at = now;
        let dispatch = Dispatch {
            id: self.dispatch,
            need: need.id,
            title: need.content.title.clone(),
            place: need.place.clone(),
            org: self.org,
            org_name,
            region: *region,
            region_name: region_name.clone(),
            department: *department,
            lines_words: need.words_of(&self.lines),
            lines: self.lines.clone(),
            note: self.note.clone(),
            answer_by: self.answer_by,
            state: DispatchState::Open,
            by: actor.user,
            created_at: now,
            updated_at: now,
        };
        Ok(Changes::of([Entity::from(need), Entity::from(dispatch)]))
    }
}

/// Accepting makes the order, in the same decision.
impl Act for AnswerDispatch {
    fn subject(&self) -> Key {
        Key::Dispatch(self.dispatch)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        if !matches!(actor.role, Role::Member { .. }) {
            return Err(Rejection::NotAllowed(Allowed::Asked).into());
        }
        let mut dispatch = find(self.dispatch, known)?;
        may_answer(&dispatch, actor)?;
        let org_name = dispatch.org_name.clone();
        dispatch.updated_at = now;
        match &self.answer {
            DispatchAnswer::Decline { reason, words: why } => {
                match reason {
                    DeclineReason::Other => words(Field::Words, why)?,
                    _ => at_most(Field::Words, why, MAX_WORDS)?,
                }
                dispatch.state = DispatchState::Declined {
                    at: now,
                    reason: *reason,
                    words: why.clone(),
                };
                let what = NeedHappened::DispatchDeclined {
                    org_name,
                    reason: *reason,
                };
                let mut puts = vec![];
                puts.extend(answered(&dispatch, known, now, what)?.map(Entity::from));
                puts.push(Entity::from(dispatch));
                Ok(Changes { puts })
            }
            DispatchAnswer::Accept {
                order,
                lines,
                due,
                contact,
                seen,
            } => {
                let need = known.need(dispatch.need)?.cloned();
                let mut need = need.ok_or(Rejection::NotFound {
                    kind: EntityKind::Need,
                })?;
                need.asked.retain(|asked| asked.dispatch != dispatch.id);
                let (need, order, organization) = promise(
                    need,
                    &Promise {
                        order: *order,
                        lines,
                        due: *due,
                        contact: Some(contact),
                        seen: *seen,
                        origin: Origin::Dispatched,
                        within: Within::Left,
                    },
                    actor,
                    known,
                    now,
                )?;
                dispatch.state = DispatchState::Accepted {
                    at: now,
                    order: order.id,
                };
                Ok(Changes::of([
                    Entity::from(need),
                    Entity::from(order),
                    Entity::from(organization),
                    Entity::from(dispatch),
                ]))
            }
        }
    }
}

impl Act for WithdrawDispatch {
    fn subject(&self) -> Key {
        Key::Dispatch(self.dispatch)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        if !matches!(actor.role, Role::Bureau { .. }) {
            return Err(Rejection::NotAllowed(Allowed::CountyBureau).into());
        }
        let mut dispatch = find(self.dispatch, known)?;
        may_withdraw(&dispatch, actor)?;
        dispatch.state = DispatchState::Withdrawn { at: now };
        dispatch.updated_at = now;
        let what = NeedHappened::DispatchWithdrawn {
            org_name: dispatch.org_name.clone(),
        };
        let mut puts = vec![];
        puts.extend(answered(&dispatch, known, now, what)?.map(Entity::from));
        puts.push(Entity::from(dispatch));
        Ok(Changes { puts })
    }
}

/// Nobody answered in time: it goes back to the bureau.
pub(crate) fn goes_back(dispatch: DispatchId, known: &Known, now: Millis) -> Decision {
    let mut dispatch = find(dispatch, known)?;
    dispatch.state = DispatchState::Unanswered { at: now };
    dispatch.updated_at = now;
    let what = NeedHappened::DispatchUnanswered {
        org_name: dispatch.org_name.clone(),
    };
    let mut puts = vec![];
    puts.extend(answered(&dispatch, known, now, what)?.map(Entity::from));
    puts.push(Entity::from(dispatch));
    Ok(Changes { puts })
}
