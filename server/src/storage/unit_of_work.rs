//! Unit of work: everything one transaction changes, gathered in memory and turned into plain rows at its end.
//!
//! What a row holds is computed here, once; the two dialects of SQL only write rows.

use super::StorageError;
use super::audit::{CONTACT, CONTACT_SHOWN, Told};
use super::chain::{ChainedRow, Lane};
use super::difference::Difference;
use super::due::DueRow;
use super::figures::EntityFacts;
use super::projection::ProjectionRow;
use super::work_rows::{
    AuditRow, ChangedEntity, ClientRow, EntityRow, Placement, StoredVerdict, WorkRows, view_number,
};
use crate::faults::{Fault, Faults};
use crate::logging::Head;
use domain::Organization;
use domain::{
    Actor, ClientId, CreditCode, Entity, EntityKind, Feed, Key, Millis, MutationId, RegionCode,
    Rejection, Role, UserId, Visibility,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use sync::wire;

/// An entity with its stored form.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) entity: Entity,
    body: String,
    rev: i64,
}

/// Who did something, with what.
#[derive(Clone, Copy)]
pub(crate) struct Because<'a> {
    pub(crate) user: UserId,
    /// From which device; none for what happens by itself.
    pub(crate) client: Option<ClientId>,
    pub(crate) mutation: MutationId,
    pub(crate) command: &'a str,
    pub(crate) at: Millis,
}

/// Everything one transaction changes.
#[derive(Debug, Default)]
pub(crate) struct UnitOfWork {
    changed: BTreeMap<Key, Changed>,
    /// With whether the row is new.
    clients: BTreeMap<ClientId, (ClientRow, bool)>,
    verdicts: HashMap<MutationId, StoredVerdict>,
    new_verdicts: Vec<MutationId>,
    audit: Vec<AuditRow>,
    /// What is due no more, although no entity says so.
    over: Vec<DueRow>,
}

#[derive(Debug)]
struct Changed {
    /// As it was before the transaction.
    before: Option<Arc<Stored>>,
    now: Arc<Stored>,
}

impl TryFrom<EntityRow> for Stored {
    type Error = StorageError;

    fn try_from(row: EntityRow) -> Result<Self, StorageError> {
        Ok(Self {
            entity: Entity::from_json(row.key.kind(), &row.body)?,
            body: row.body,
            rev: row.rev,
        })
    }
}

impl StoredVerdict {
    pub(crate) fn new(
        client: ClientId,
        seq: u64,
        verdict: &wire::Verdict,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            client,
            seq,
            json: serde_json::to_string(verdict)?,
        })
    }

    /// The verdict for a mutation that had it before.
    pub(crate) fn again(&self, seq: u64) -> Result<wire::MutationResult, StorageError> {
        Ok(wire::MutationResult {
            seq,
            verdict: serde_json::from_str(&self.json)?,
            duplicate: true,
        })
    }
}

/// Where an entity belongs: its village, or else the bureau that looks after it, or else those whom it is told.
fn region_of(entity: &Entity) -> Option<RegionCode> {
    let placements = entity.placements();
    let of = |wanted: fn(&Feed) -> Option<RegionCode>| {
        placements.iter().find_map(|(feed, _)| wanted(feed))
    };
    of(|feed| match feed {
        Feed::Village(village) => Some(*village),
        _ => None,
    })
    .or_else(|| {
        of(|feed| match feed {
            Feed::Office(region) => Some(*region),
            _ => None,
        })
    })
    .or_else(|| {
        of(|feed| match feed {
            Feed::Board(region) | Feed::Needs(region) => Some(*region),
            _ => None,
        })
    })
}

pub(crate) fn region_of_actor(actor: &Actor) -> Option<RegionCode> {
    match &actor.role {
        Role::Village { place } => Some(place.village),
        Role::Bureau { region, .. } => Some(*region),
        _ => None,
    }
}

impl UnitOfWork {
    /// Starts from what is known of verdicts.
    pub(crate) fn new(verdicts: HashMap<MutationId, StoredVerdict>) -> Self {
        Self {
            verdicts,
            ..Self::default()
        }
    }

    pub(crate) fn verdict(&self, mutation: MutationId) -> Option<StoredVerdict> {
        self.verdicts.get(&mutation).cloned()
    }

    pub(crate) fn put_verdict(&mut self, mutation: MutationId, verdict: StoredVerdict) {
        self.verdicts.insert(mutation, verdict);
        self.new_verdicts.push(mutation);
    }

    pub(crate) fn client(&self, client: ClientId) -> Option<ClientRow> {
        self.clients.get(&client).map(|(row, _)| *row)
    }

    /// A device's row as it is from now on; `is_new` says that there was none before this unit of work.
    pub(crate) fn put_client(&mut self, client: ClientId, row: ClientRow, is_new: bool) {
        self.clients
            .entry(client)
            .and_modify(|(known, _)| *known = row)
            .or_insert((row, is_new));
    }

    pub(crate) fn into_clients(self) -> BTreeMap<ClientId, ClientRow> {
        let rows = self.clients.into_iter();
        rows.map(|(client, (row, _))| (client, row)).collect()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        self.changed.get(key).map(|c| Arc::clone(&c.now))
    }

    pub(crate) fn changed(&self) -> impl Iterator<Item = (Key, Arc<Stored>)> {
        self.changed
            .iter()
            .map(|(key, change)| (*key, Arc::clone(&change.now)))
    }

    /// Puts an entity as it is from now on; with a mutation behind it, the audit trail says so.
    pub(crate) fn put(
        &mut self,
        entity: Entity,
        before: Option<Arc<Stored>>,
        because: Option<Because<'_>>,
    ) -> Result<(), StorageError> {
        let key = entity.key();
        let body = entity.to_json()?;
        if let Some(because) = because {
            self.audit.push(AuditRow {
                at: because.at,
                user: Some(because.user),
                client: because.client,
                mutation: Some(because.mutation),
                command: because.command.to_owned(),
                kind: key.kind().name().into(),
                id: key.id(),
                region: region_of(&entity),
                refused: None,
                change: change(before.as_ref().map(|s| s.body.as_str()), &body)?,
                after: before.is_none().then(|| body.clone()),
            });
            for org in newly_shown_to(&entity, before.as_ref().map(|s| &s.entity)) {
                let after = serde_json::json!({ "org": org, "command": because.command });
                self.audit.push(AuditRow {
                    at: because.at,
                    user: Some(because.user),
                    client: because.client,
                    mutation: Some(because.mutation),
                    command: CONTACT_SHOWN.to_owned(),
                    kind: CONTACT.into(),
                    id: key.id(),
                    region: region_of(&entity),
                    refused: None,
                    change: None,
                    after: Some(serde_json::to_string(&after)?),
                });
            }
        }
        match self.changed.get_mut(&key) {
            Some(change) => {
                change.now = Arc::new(Stored {
                    entity,
                    body,
                    rev: change.now.rev,
                });
            }
            None => {
                let rev = before.as_ref().map_or(0, |s| s.rev) + 1;
                self.changed.insert(
                    key,
                    Changed {
                        before,
                        now: Arc::new(Stored { entity, body, rev }),
                    },
                );
            }
        }
        Ok(())
    }

    /// Leaves a trace of a change that is not made here.
    pub(crate) fn note(&mut self, told: &Told) -> Result<(), StorageError> {
        let key = told.after.key();
        let before = told.before.as_ref().map(Entity::to_json).transpose()?;
        let after = told.after.to_json()?;
        self.audit.push(AuditRow {
            at: told.at,
            user: Some(told.user),
            client: None,
            mutation: None,
            command: told.command.to_owned(),
            kind: key.kind().name().into(),
            id: key.id(),
            region: region_of(&told.after),
            refused: None,
            change: change(before.as_deref(), &after)?,
            after: before.is_none().then_some(after),
        });
        Ok(())
    }

    /// Leaves a trace as it is.
    pub(crate) fn note_row(&mut self, row: AuditRow) {
        self.audit.push(row);
    }

    /// Leaves a trace of a command that was refused: never its arguments, which changed nothing.
    pub(crate) fn note_refused(
        &mut self,
        subject: Option<Key>,
        about: Option<Arc<Stored>>,
        because: Because<'_>,
        actor: &Actor,
        rejection: &Rejection,
    ) -> Result<(), StorageError> {
        let region = about.and_then(|stored| region_of(&stored.entity));
        self.audit.push(AuditRow {
            at: because.at,
            user: Some(because.user),
            client: because.client,
            mutation: Some(because.mutation),
            command: Head(because.command).to_string(),
            kind: subject.map_or("command", |key| key.kind().name()).into(),
            id: subject.map_or_else(|| because.mutation.to_string(), |key| key.id()),
            region: region.or_else(|| region_of_actor(actor)),
            refused: Some(serde_json::to_string(rejection)?),
            change: None,
            after: None,
        });
        Ok(())
    }

    /// Leaves a trace of contacts that an officer was shown by a question to the server.
    pub(crate) fn note_read(
        &mut self,
        actor: &Actor,
        region: RegionCode,
        kind: EntityKind,
        ids: &[String],
        at: Millis,
    ) {
        let of = format!("{}s", kind.name());
        let after = serde_json::json!({ of: ids });
        self.audit.push(AuditRow {
            at,
            user: Some(actor.user),
            client: None,
            mutation: None,
            command: CONTACT_SHOWN.to_owned(),
            kind: CONTACT.into(),
            id: ids.first().cloned().unwrap_or_default(),
            region: Some(region),
            refused: None,
            change: None,
            after: Some(after.to_string()),
        });
    }

    /// The entries of the audit trail as the next ones of a lane.
    pub(crate) fn chain(&mut self, lane: &mut Lane) -> Result<Vec<ChainedRow>, StorageError> {
        let entries = std::mem::take(&mut self.audit).into_iter();
        entries.map(|row| lane.add(row)).collect()
    }

    /// Whether the audit trail grows.
    pub(crate) fn leaves_a_trace(&self) -> bool {
        !self.audit.is_empty()
    }

    /// Leaves a trace of a change to an account: never the phone number or the password.
    pub(crate) fn note_account(
        &mut self,
        command: &str,
        by: UserId,
        actor: &Actor,
        active: bool,
        region: Option<RegionCode>,
        at: Millis,
    ) -> Result<(), StorageError> {
        let after = serde_json::json!({ "actor": actor, "active": active });
        let after = serde_json::to_string(&after)?;
        self.note_about_account(command, by, actor.user, region, Some(after), at);
        Ok(())
    }

    /// Leaves a trace of what was done with an account without changing it.
    pub(crate) fn note_about_account(
        &mut self,
        command: &str,
        by: UserId,
        user: UserId,
        region: Option<RegionCode>,
        after: Option<String>,
        at: Millis,
    ) {
        self.audit.push(AuditRow {
            at,
            user: Some(by),
            client: None,
            mutation: None,
            command: command.to_owned(),
            kind: "user".into(),
            id: user.to_string(),
            region,
            refused: None,
            change: None,
            after,
        });
    }

    /// The codes of the organizations for which somebody has applied in this unit of work.
    pub(crate) fn applications(&self, user: UserId) -> Vec<CreditCode> {
        let changed = self.changed.values().filter_map(|change| {
            let Entity::Organization(org) = &change.now.entity else {
                return None;
            };
            (org.applicant == Some(user)).then_some(org.code)
        });
        changed.collect()
    }

    /// The organizations of which their members' accounts must know: name, standing or counties have changed.
    pub(crate) fn changed_organizations(&self) -> Vec<Organization> {
        let changed = self.changed.values().filter_map(|change| {
            let Entity::Organization(now) = &change.now.entity else {
                return None;
            };
            let Some(Entity::Organization(before)) = change.before.as_ref().map(|s| &s.entity)
            else {
                return None;
            };
            let same = now.name == before.name
                && now.approved == before.approved
                && now.serves == before.serves;
            (!same).then(|| (**now).clone())
        });
        changed.collect()
    }

    /// The devices' rows alone, which from then on are not new any more: for a mistake made on purpose.
    pub(crate) fn client_rows(&mut self, now: Millis) -> WorkRows {
        let rows = WorkRows {
            now,
            clients: self.clients(),
            ..WorkRows::default()
        };
        for (_, is_new) in self.clients.values_mut() {
            *is_new = false;
        }
        rows
    }

    fn clients(&self) -> Vec<(ClientId, ClientRow, bool)> {
        let rows = self.clients.iter();
        rows.map(|(client, (row, is_new))| (*client, *row, *is_new))
            .collect()
    }

    /// All of it as rows.
    pub(crate) fn rows(&self, faults: &Faults, now: Millis) -> Result<WorkRows, StorageError> {
        let mut verdicts: Vec<_> = self
            .new_verdicts
            .iter()
            .filter_map(|id| Some((*id, self.verdicts.get(id)?.clone())))
            .collect();
        verdicts.sort_unstable_by_key(|(id, _)| *id);
        // Only with a mistake on purpose is a mutation decided twice in one unit of work.
        verdicts.dedup_by_key(|(id, _)| *id);
        let (over, due) = self.due();
        Ok(WorkRows {
            now,
            clients: self.clients(),
            verdicts,
            entities: self.entities()?,
            projections: self.projections(),
            over,
            due,
            facts: self.facts(),
            audit: Vec::new(),
            placements: self.placements(faults),
            stamped_early: i64::from(faults.has(Fault::FeedVersionTooEarly)),
            first_verdict_stays: faults.has(Fault::DuplicateNotRecognised),
        })
    }

    fn entities(&self) -> Result<Vec<ChangedEntity>, StorageError> {
        let changes = self.changed.iter();
        changes
            .map(|(key, change)| {
                let entity = &change.now.entity;
                let is_public = |(_, view): &(Feed, Visibility)| *view == Visibility::Public;
                let is_public = entity.placements().iter().any(is_public);
                let public = entity.seen(Visibility::Public).filter(|_| is_public);
                let public = public.map(|e| e.to_json()).transpose()?;
                Ok(ChangedEntity {
                    kind: key.kind().name(),
                    id: key.id(),
                    rev: change.now.rev,
                    body: change.now.body.clone(),
                    public,
                })
            })
            .collect()
    }

    fn projections(&self) -> Vec<ProjectionRow> {
        let changes = self.changed.values();
        changes
            .filter_map(|change| ProjectionRow::of(&change.now.entity))
            .collect()
    }

    /// A job was found that is not due any more.
    pub(crate) fn is_over(&mut self, row: DueRow) {
        self.over.push(row);
    }

    /// What is due no more, and what is from now on.
    fn due(&self) -> (Vec<DueRow>, Vec<DueRow>) {
        let (mut over, mut due) = (self.over.clone(), Vec::new());
        for change in self.changed.values() {
            let before = change.before.as_ref();
            let before = before.map_or_else(Vec::new, |stored| DueRow::of(&stored.entity));
            let after = DueRow::of(&change.now.entity);
            over.extend(before.iter().filter(|row| !after.contains(row)).cloned());
            due.extend(after.into_iter().filter(|row| !before.contains(row)));
        }
        (over, due)
    }

    fn facts(&self) -> Vec<EntityFacts> {
        let changes = self.changed.values();
        changes
            .filter_map(|change| EntityFacts::of(&change.now.entity))
            .collect()
    }

    /// Shows every changed entity in its feeds, and says Gone in those it has left.
    fn placements(&self, faults: &Faults) -> Vec<Placement> {
        let mut placements = Vec::new();
        for (key, change) in &self.changed {
            let mut place = |feed, view| {
                placements.push(Placement {
                    feed,
                    kind: key.kind().name(),
                    id: key.id(),
                    view: view_number(view),
                });
            };
            let after = change.now.entity.placements();
            let before = change
                .before
                .as_ref()
                .map(|s| s.entity.placements())
                .unwrap_or_default();
            for (feed, _) in before {
                if !after.iter().any(|(f, _)| *f == feed) && !faults.has(Fault::GoneNotWritten) {
                    place(feed, Visibility::Gone);
                }
            }
            for (feed, view) in after {
                place(feed, view);
            }
        }
        placements.sort_by_key(|p| p.feed);
        placements
    }
}

/// The organizations to which a change shows the contact of a need: by their first order on it, and again when another contact is
/// written while they hold one.
fn newly_shown_to(now: &Entity, before: Option<&Entity>) -> Vec<CreditCode> {
    let now = match now {
        Entity::Need(now) => now,
        // A pick's contact is shown to the organization that is asked.
        Entity::Pick(now) => {
            let had = match before {
                Some(Entity::Pick(before)) => before.contact.as_ref(),
                _ => None,
            };
            let is_new = now.contact.is_some() && now.contact.as_ref() != had;
            return is_new.then_some(now.org).into_iter().collect();
        }
        _ => return Vec::new(),
    };
    let Some(contact) = &now.content.contact else {
        return Vec::new();
    };
    let seen_before = |org: &CreditCode| match before {
        Some(Entity::Need(before)) => {
            before.content.contact.as_ref() == Some(contact)
                && before.pledges.iter().any(|p| p.org == *org)
        }
        _ => false,
    };
    let holders: BTreeSet<CreditCode> = now.pledges.iter().map(|p| p.org).collect();
    holders
        .into_iter()
        .filter(|org| !seen_before(org))
        .collect()
}

/// What changed of an entity that was there before.
fn change(before: Option<&str>, after: &str) -> Result<Option<String>, StorageError> {
    let Some(before) = before else {
        return Ok(None);
    };
    let (before, after) = (serde_json::from_str(before)?, serde_json::from_str(after)?);
    let difference = Difference::between(&before, &after);
    Ok(Some(serde_json::to_string(&difference)?))
}
