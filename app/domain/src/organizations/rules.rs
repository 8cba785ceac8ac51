//! The life of an organization: it registers itself, a bureau lets it in, it changes, it may be suspended.

use super::commands::{
    ApproveOrganization, ChangeOrganization, LiftSuspension, RefuseOrganization,
    RegisterOrganization, SuspendOrganization,
};
use super::model::{
    OrgEvent, OrgHappened, OrgProfile, OrgStage, OrgState, Organization, Proposed, Rating,
    RefuseReason,
};
use super::offers::{may_change, may_decide, may_lift, may_register, may_suspend};
use crate::act::{Act, Changes, Decision, Undecided};
use crate::actor::Actor;
use crate::answers::{
    MAX_WORDS, at_most, day_ahead, invalid, is_missing, reachable, words as some_words,
};
use crate::credit::CreditCode;
use crate::kinds::{Entity, EntityKind, Key, Known};
use crate::read::text::length;
use crate::region::{Level, RegionCode};
use crate::rejection::{Field, Problem, Rejection};
use crate::revision::Revision;
use crate::time::Millis;

/// An organization's name has at least this many characters.
const SHORTEST_NAME: u32 = 4;
/// More counties than the province has.
const MOST_SERVED: u32 = 150;
/// A rating is valid for five years; the day on which it ends lies no further ahead.
const RATING_DAYS: i32 = 5 * 366;
/// An organization keeps at most this many events; the audit trail keeps all.
const MAX_HISTORY: usize = 60;

/// The answers of its form.
///
/// # Errors
/// The first one that cannot be taken.
pub fn complete(
    profile: &OrgProfile,
    registered_in: RegionCode,
    now: Millis,
) -> Result<(), Rejection> {
    if is_missing(&profile.name) {
        return Err(invalid(Field::OrgName, Problem::Missing));
    }
    if length(&profile.name) < SHORTEST_NAME {
        let at_least = SHORTEST_NAME;
        return Err(invalid(Field::OrgName, Problem::TooShort { at_least }));
    }
    some_words(Field::OrgScope, &profile.scope)?;
    if profile.directions.is_empty() {
        return Err(invalid(Field::Directions, Problem::Missing));
    }
    if has_twice(&profile.directions) {
        return Err(invalid(Field::Directions, Problem::DoesNotMatch));
    }
    served(&profile.serves, registered_in)?;
    served_whole(profile, registered_in)?;
    if let Some(Rating { grade, until }) = profile.rating {
        let real = (1..=5).contains(&grade) && until <= now.day().plus(RATING_DAYS);
        if !real {
            return Err(invalid(Field::Rating, Problem::OutOfRange));
        }
    }
    reachable(&profile.contact)
}

fn has_twice<T: PartialEq>(all: &[T]) -> bool {
    all.iter()
        .enumerate()
        .any(|(n, one)| all[..n].contains(one))
}

/// Counties, each once, in the province of the register.
fn served(serves: &[RegionCode], registered_in: RegionCode) -> Result<(), Rejection> {
    let wrong = |problem| Err(invalid(Field::Serves, problem));
    if serves.is_empty() {
        return wrong(Problem::Missing);
    }
    if serves.len() > MOST_SERVED as usize {
        return wrong(Problem::TooMany {
            at_most: MOST_SERVED,
        });
    }
    let province = registered_in.at(Level::Province);
    let is_county = |code: &RegionCode| code.level() == Level::County && province.contains(*code);
    if !serves.iter().all(is_county) || has_twice(serves) {
        return wrong(Problem::DoesNotMatch);
    }
    Ok(())
}

/// Cities or the province of the register, none inside another one, each with counties among those that it serves.
fn served_whole(profile: &OrgProfile, registered_in: RegionCode) -> Result<(), Rejection> {
    let whole = profile.whole.as_deref().unwrap_or_default();
    let province = registered_in.at(Level::Province);
    let fits = |(n, region): (usize, &RegionCode)| {
        matches!(region.level(), Level::Province | Level::City)
            && province.contains(*region)
            && profile.serves.iter().any(|county| region.contains(*county))
            && whole
                .iter()
                .enumerate()
                .all(|(m, other)| n == m || !other.contains(*region))
    };
    if whole.iter().enumerate().all(fits) {
        return Ok(());
    }
    Err(invalid(Field::Serves, Problem::DoesNotMatch))
}

/// What it is to serve as a whole. A page that did not ask leaves it as it is, while the counties stay the same.
fn whole_of(org: &Organization, profile: &OrgProfile) -> Vec<RegionCode> {
    let before = org.profile();
    match &profile.whole {
        Some(whole) => whole.clone(),
        None if profile.serves == before.serves => before.whole.unwrap_or_default(),
        None => Vec::new(),
    }
}

fn find(code: CreditCode, known: &Known) -> Result<Organization, Undecided> {
    let found = known.organization(code)?.cloned();
    Ok(found.ok_or(Rejection::NotFound {
        kind: EntityKind::Organization,
    })?)
}

fn put(mut org: Organization, now: Millis, what: OrgHappened) -> Decision {
    org.history.push(OrgEvent { at: now, what });
    if org.history.len() > MAX_HISTORY {
        // The first event, that it registered, is never removed.
        org.history.remove(1);
    }
    org.updated_at = now;
    Ok(Changes::of([Entity::from(org)]))
}

/// A judgement is about the wording that the officer has read.
fn as_read(org: &Organization, seen: Revision) -> Result<(), Rejection> {
    if seen == org.revision {
        return Ok(());
    }
    Err(Rejection::ChangedSince {
        kind: EntityKind::Organization,
        changed: Vec::new(),
    })
}

fn reasoned(reason: RefuseReason, words: &str) -> Result<(), Rejection> {
    match reason {
        RefuseReason::Other => some_words(Field::Words, words),
        _ => at_most(Field::Words, words, MAX_WORDS),
    }
}

/// Whoever signed up for an organization registers it; a code that is in use is nobody's to claim.
impl Act for RegisterOrganization {
    fn subject(&self) -> Key {
        Key::Organization(self.organization)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let there = known.organization(self.organization)?;
        may_register(there, actor)?;
        if !matches!(
            self.registered_in.level(),
            Level::Province | Level::City | Level::County
        ) {
            return Err(invalid(Field::RegisteredIn, Problem::DoesNotMatch).into());
        }
        complete(&self.profile, self.registered_in, now)?;
        let mut org = Organization::new(
            self.organization,
            self.profile.name.clone(),
            self.registered_in,
        );
        if let Some(refused) = there {
            // What a bureau wrote to somebody else is not this applicant's to read.
            if refused.applicant == Some(actor.user) {
                org.history.clone_from(&refused.history);
            }
            org.revision = refused.revision.next();
        }
        org.applicant = Some(actor.user);
        apply(&mut org, &self.profile);
        org.become_(OrgState::Pending { at: now });
        put(org, now, OrgHappened::Registered)
    }
}

fn apply(org: &mut Organization, profile: &OrgProfile) {
    org.name.clone_from(&profile.name);
    org.scope.clone_from(&profile.scope);
    org.directions.clone_from(&profile.directions);
    org.whole = whole_of(org, profile);
    org.serves.clone_from(&profile.serves);
    org.rating = profile.rating;
    org.contact = Some(profile.contact.clone());
}

/// Whom to call and what it works on hold at once. Its name, its charter, where it works and its rating are what the bureau vouches
/// for: it is asked again, and what stood there before holds meanwhile.
impl Act for ChangeOrganization {
    fn subject(&self) -> Key {
        Key::Organization(self.organization)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut org = find(self.organization, known)?;
        may_change(&org, actor)?;
        complete(&self.profile, org.registered_in, now)?;
        let judged_before = org.profile();
        let whole = whole_of(&org, &self.profile);
        if org.stage().is_known() {
            org.directions.clone_from(&self.profile.directions);
            org.contact = Some(self.profile.contact.clone());
            let vouched = self.profile.name == org.name
                && self.profile.scope == org.scope
                && self.profile.serves == org.serves
                && whole == org.whole
                && self.profile.rating == org.rating;
            let at = org.proposed.as_ref().map_or(now, |proposed| proposed.at);
            org.proposed = (!vouched).then(|| Proposed {
                at,
                name: self.profile.name.clone(),
                scope: self.profile.scope.clone(),
                serves: self.profile.serves.clone(),
                whole: whole.clone(),
                rating: self.profile.rating,
            });
        } else {
            apply(&mut org, &self.profile);
            org.become_(OrgState::Pending { at: now });
        }
        let mut judged = self.profile.clone();
        judged.whole = Some(whole);
        if judged_before != judged {
            org.revision = org.revision.next();
        }
        put(org, now, OrgHappened::Changed)
    }
}

/// The bureau that registered it lets it in, or agrees to a change.
impl Act for ApproveOrganization {
    fn subject(&self) -> Key {
        Key::Organization(self.organization)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut org = find(self.organization, known)?;
        may_decide(&org, actor)?;
        as_read(&org, self.seen)?;
        if org.stage() == OrgStage::Pending {
            org.become_(OrgState::Approved { at: now });
            return put(org, now, OrgHappened::Approved);
        }
        if let Some(proposed) = org.proposed.take() {
            org.name = proposed.name;
            org.scope = proposed.scope;
            org.serves = proposed.serves;
            org.whole = proposed.whole;
            org.rating = proposed.rating;
        }
        put(org, now, OrgHappened::ChangeApproved)
    }
}

/// The bureau does not let it in, or does not agree to a change: then what stood there before holds.
impl Act for RefuseOrganization {
    fn subject(&self) -> Key {
        Key::Organization(self.organization)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut org = find(self.organization, known)?;
        may_decide(&org, actor)?;
        as_read(&org, self.seen)?;
        reasoned(self.reason, &self.words)?;
        let (reason, words) = (self.reason, self.words.clone());
        if org.stage() == OrgStage::Pending {
            org.become_(OrgState::Refused {
                at: now,
                reason,
                words: words.clone(),
            });
            return put(org, now, OrgHappened::Refused { reason, words });
        }
        org.proposed = None;
        put(org, now, OrgHappened::ChangeRefused { reason, words })
    }
}

/// From its next sync on its members' devices hold no library, and it takes nothing. Its open orders stay.
impl Act for SuspendOrganization {
    fn subject(&self) -> Key {
        Key::Organization(self.organization)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut org = find(self.organization, known)?;
        may_suspend(&org, actor)?;
        as_read(&org, self.seen.unwrap_or_default())?;
        some_words(Field::Words, &self.words)?;
        if let Some(until) = self.until {
            day_ahead(Field::Until, until, now)?;
        }
        let (words, until) = (self.words.clone(), self.until);
        org.become_(OrgState::Suspended {
            at: now,
            words: words.clone(),
            until,
        });
        put(org, now, OrgHappened::Suspended { words, until })
    }
}

/// It takes orders again.
impl Act for LiftSuspension {
    fn subject(&self) -> Key {
        Key::Organization(self.organization)
    }

    fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
        let mut org = find(self.organization, known)?;
        may_lift(&org, actor)?;
        as_read(&org, self.seen.unwrap_or_default())?;
        at_most(Field::Words, &self.words, MAX_WORDS)?;
        org.become_(OrgState::Approved { at: now });
        let words = self.words.clone();
        put(org, now, OrgHappened::Lifted { words })
    }
}

/// The last day of its suspension is over: it takes orders again.
pub(crate) fn end_suspension(code: CreditCode, known: &Known, now: Millis) -> Decision {
    let mut org = find(code, known)?;
    org.become_(OrgState::Approved { at: now });
    let words = String::new();
    put(org, now, OrgHappened::Lifted { words })
}
