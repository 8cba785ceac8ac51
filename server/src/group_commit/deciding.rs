//! Deciding a device's mutations in order, each with exactly one verdict (idempotency by mutation id).

use super::transaction::{Unfinished, Work};
use super::{Applied, Batch, RETRY_AFTER_S, Task};
use crate::faults::Fault;
use crate::logging::Head;
use crate::storage::StorageError;
use crate::storage::due::DueRow;
use crate::storage::unit_of_work::{Because, Stored, UnitOfWork};
use crate::storage::work_rows::{ClientRow, StoredVerdict};
use api::ApiError;
use api::error::without_values;
use domain::act::Decision;
use domain::jobs::{self, Overdue};
use domain::organizations::OrgStage;
use domain::organizations::offers::may_apply;
use domain::{
    Actor, Changes, Command, Entity, Key, Known, Millis, MutationId, Rejection, Role, Undecided,
    decide,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use sync::wire;

/// A command on its way to a decision, with what it has read so far.
pub(super) struct Read<'a> {
    pub(super) what: What<'a>,
    pub(super) known: Known,
}

/// What is decided.
pub(super) enum What<'a> {
    /// What a person does.
    Command(Box<Command>, &'a Actor),
    /// What happens by itself.
    Overdue(Overdue),
}

impl What<'_> {
    fn decide(&self, known: &Known, now: Millis) -> Decision {
        match self {
            Self::Command(command, actor) => decide(command, actor, known, now),
            Self::Overdue(overdue) => overdue.decide(known, now),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Command(command, _) => command.name(),
            Self::Overdue(overdue) => overdue.due.job.name(),
        }
    }
}

/// How far a command is.
enum Step {
    /// Its rule asks for an entity that is not there yet.
    Missing(Key),
    /// It is decided.
    Decided(Result<Changes, Rejection>),
}

impl Read<'_> {
    /// What the command reads beyond what is there. When nothing is missing any more, it can be decided.
    pub(super) fn missing(
        &mut self,
        now: Millis,
        there: &HashMap<Key, Option<Arc<Stored>>>,
    ) -> Option<Key> {
        let there = |key: &Key| {
            let stored = there.get(key)?;
            Some(stored.as_ref().map(|s| s.entity.clone()))
        };
        match self.step(now, there) {
            Ok(Step::Missing(key)) => Some(key),
            // A panic of a rule is handled when the command is decided.
            Ok(Step::Decided(_)) | Err(_) => None,
        }
    }

    /// Decides on what is there; the inner `None` of `there` says that an entity does not exist.
    fn step(
        &mut self,
        now: Millis,
        there: impl Fn(&Key) -> Option<Option<Entity>>,
    ) -> Result<Step, StorageError> {
        loop {
            let deciding = || self.what.decide(&self.known, now);
            let decided = catch_unwind(AssertUnwindSafe(deciding)).map_err(|_| {
                StorageError::Data(format!("deciding {} panicked", self.what.name()))
            })?;
            match decided {
                Ok(changes) => return Ok(Step::Decided(Ok(changes))),
                Err(Undecided::Rejected(rejection)) => return Ok(Step::Decided(Err(rejection))),
                Err(Undecided::NotLoaded(key)) => match there(&key) {
                    Some(entity) => self.known.insert(key, entity),
                    None => return Ok(Step::Missing(key)),
                },
            }
        }
    }
}

impl Task {
    /// Works off one device's mutations in order. An inner `Err` rejects the batch as a whole.
    pub(super) async fn apply(
        &mut self,
        batch: &Batch,
        work: &mut Work,
    ) -> Result<Result<Applied, ApiError>, Unfinished> {
        let stored = work.clients.get(&batch.client).copied();
        let is_new = stored.is_none();
        let mut client = work
            .unit
            .client(batch.client)
            .or(stored)
            .unwrap_or(ClientRow {
                user: batch.account.actor.user,
                last_seq: 0,
            });
        if client.user != batch.account.actor.user {
            return Ok(Err(ApiError::ClientConflict));
        }
        if let Some(refused) = out_of_order(batch, client.last_seq) {
            return Ok(Err(refused));
        }
        let mut results = Vec::with_capacity(batch.mutations.len());
        let mut stop = None;
        for mutation in &batch.mutations {
            let known = work.unit.verdict(mutation.id);
            if mutation.seq <= client.last_seq {
                // The mutation has a verdict already; its answer was lost on the way.
                let Some(known) = known else {
                    return Ok(Err(ApiError::ClientConflict));
                };
                results.push(known.again(mutation.seq)?);
                continue;
            }
            if let Some(known) = known.filter(|_| !self.faults.has(Fault::DuplicateNotRecognised)) {
                client.last_seq = mutation.seq;
                work.unit.put_client(batch.client, client, is_new);
                results.push(known.again(mutation.seq)?);
                continue;
            }
            let verdict = match self.decide(batch, mutation, work).await {
                Ok(verdict) => verdict,
                Err(Unfinished::Failed(error)) if !matches!(error, StorageError::Database(_)) => {
                    tracing::error!(%error, mutation = %mutation.id, name = %Head(&mutation.name), "no verdict");
                    stop = Some(wire::Stop {
                        seq: mutation.seq,
                        retry_after_ms: RETRY_AFTER_S * 1000,
                    });
                    break;
                }
                Err(unfinished) => return Err(unfinished),
            };
            let rejected = matches!(verdict, wire::Verdict::Rejected(_));
            if !(rejected && self.faults.has(Fault::RejectionDoesNotAdvance)) {
                client.last_seq = mutation.seq;
                work.unit.put_client(batch.client, client, is_new);
            }
            if !self.faults.has(Fault::VerdictNotStored) {
                work.unit.put_verdict(
                    mutation.id,
                    StoredVerdict::new(batch.client, mutation.seq, &verdict)?,
                );
            }
            results.push(wire::MutationResult {
                seq: mutation.seq,
                verdict,
                duplicate: false,
            });
        }
        Ok(Ok(Applied {
            last_seq: client.last_seq,
            results,
            stop,
        }))
    }

    /// Asks the rules. Accepted changes go into the unit of work; an error means there is no verdict.
    async fn decide(
        &mut self,
        batch: &Batch,
        mutation: &wire::Mutation,
        work: &mut Work,
    ) -> Result<wire::Verdict, Unfinished> {
        let actor = &batch.account.actor;
        let now = self.clock.now();
        let because = Because {
            user: actor.user,
            client: Some(batch.client),
            mutation: mutation.id,
            command: &mutation.name,
            at: now,
        };
        let command = match Command::read(&mutation.name, mutation.v, mutation.args.get()) {
            Ok(command) => command,
            Err(error) => {
                let rejection = without_input(error.into());
                work.unit
                    .note_refused(None, None, because, actor, &rejection)?;
                return Ok(rejected(&rejection)?);
            }
        };
        let subject = command.subject();
        let meant_for = meant_for(&command);
        let decided = match self.may_apply(&command, actor, now, work).await? {
            Ok(()) => {
                let what = What::Command(Box::new(command), actor);
                self.carry_out(what, because, work).await?
            }
            refused => refused,
        };
        match decided {
            Ok(()) => Ok(wire::Verdict::Applied),
            Err(rejection) => {
                // What was never made has no place of its own: the trace stands under what it was meant for.
                let mut found = (subject, self.stored(&subject, &work.unit));
                if let (None, Some(key)) = (&found.1, meant_for) {
                    let stored = self.stored(&key, &work.unit);
                    if stored.is_some() {
                        found = (key, stored);
                    }
                }
                let (subject, about) = found;
                work.unit
                    .note_refused(Some(subject), about, because, actor, &rejection)?;
                Ok(rejected(&rejection)?)
            }
        }
    }

    /// What the rule of a registration cannot look up by a key: whether this applicant has another one open, and whether its place is in
    /// use.
    async fn may_apply(
        &mut self,
        command: &Command,
        actor: &Actor,
        now: Millis,
        work: &mut Work,
    ) -> Result<Result<(), Rejection>, Unfinished> {
        let Command::RegisterOrganization(register) = command else {
            return Ok(Ok(()));
        };
        if actor.role != Role::Applicant {
            return Ok(Ok(()));
        }
        // Two devices of one person, on two servers: one after the other.
        work.tx.lock_account(actor.user).await?;
        let mut codes = work.tx.applications(actor.user).await?;
        codes.extend(work.unit.applications(actor.user));
        codes.retain(|code| *code != register.organization);
        let keys: Vec<Key> = codes.into_iter().map(Key::Organization).collect();
        self.load(&keys, work).await?;
        let waiting = keys.iter().find_map(|key| {
            let stored = self.stored(key, &work.unit)?;
            match &stored.entity {
                Entity::Organization(org)
                    if org.applicant == Some(actor.user) && org.stage() == OrgStage::Pending =>
                {
                    Some(org.name.clone())
                }
                _ => None,
            }
        });
        let region = register.registered_in;
        let in_use = work.tx.is_in_use(region, now.day()).await?;
        Ok(may_apply(waiting.as_deref(), in_use))
    }

    /// Does what is due by itself, if it still is.
    pub(super) async fn do_what_is_due(
        &mut self,
        row: &DueRow,
        work: &mut Work,
    ) -> Result<(), Unfinished> {
        let Some(overdue) = row.overdue() else {
            return Ok(());
        };
        let because = Because {
            user: jobs::SYSTEM,
            client: None,
            mutation: mutation_of(row),
            command: &row.job,
            at: self.clock.now(),
        };
        match self.carry_out(What::Overdue(overdue), because, work).await {
            Ok(Ok(())) => {}
            // It is not due any more, so nobody has to find it again.
            Ok(Err(_)) => work.unit.is_over(row.clone()),
            Err(Unfinished::Failed(error)) if !matches!(error, StorageError::Database(_)) => {
                tracing::error!(%error, job = %row.job, kind = %row.kind, id = %row.id, "what is due was not done");
            }
            Err(unfinished) => return Err(unfinished),
        }
        Ok(())
    }

    /// Decides on what is stored. Accepted changes go into the unit of work; an error means that nothing was decided.
    async fn carry_out(
        &mut self,
        what: What<'_>,
        because: Because<'_>,
        work: &mut Work,
    ) -> Result<Result<(), Rejection>, Unfinished> {
        let mut read = Read {
            what,
            known: Known::default(),
        };
        let decided = loop {
            match read.step(because.at, |key| self.entity(key, &work.unit))? {
                Step::Missing(key) => self.load(&[key], work).await?,
                Step::Decided(decided) => break decided,
            }
        };
        let changes = match decided {
            Err(rejection) => return Ok(Err(rejection)),
            Ok(changes) => changes,
        };
        // All entities are loaded first, so that a command's changes enter the unit of work whole or not at all.
        let keys: Vec<Key> = changes.puts.iter().map(Entity::key).collect();
        self.load(&keys, work).await?;
        for entity in changes.puts {
            let before = self.stored(&entity.key(), &work.unit);
            work.unit.put(entity, before, Some(because))?;
        }
        Ok(Ok(()))
    }

    /// An entity as far as it is known here; the inner `None` says that it is not there.
    fn entity(&self, key: &Key, unit: &UnitOfWork) -> Option<Option<Entity>> {
        if let Some(stored) = unit.get(key) {
            return Some(Some(stored.entity.clone()));
        }
        let stored = self.entities.get(key)?;
        Some(stored.as_ref().map(|s| s.entity.clone()))
    }

    /// An entity as it is now, after [`Task::load`].
    pub(super) fn stored(&self, key: &Key, unit: &UnitOfWork) -> Option<Arc<Stored>> {
        unit.get(key)
            .or_else(|| self.entities.get(key).cloned().flatten())
    }
}

/// The identifier under which the trail has what happened by itself: the same on every server.
fn mutation_of(row: &DueRow) -> MutationId {
    let name = format!("{}/{}/{}/{}", row.job, row.kind, row.id, row.at.0);
    let digest = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    MutationId::from_random(bytes)
}

/// A rejection of what cannot be read, without what stood there: it is kept for good, and its reason may be shown to somebody.
fn without_input(rejection: Rejection) -> Rejection {
    match rejection {
        Rejection::Malformed { reason } => Rejection::Malformed {
            reason: without_values(&reason),
        },
        Rejection::Unsupported { name, v } => Rejection::Unsupported {
            name: Head(&name).to_string(),
            v,
        },
        other => other,
    }
}

/// Numbers must rise by one from one mutation to the next, and none may be missing before the first.
fn out_of_order(batch: &Batch, last_seq: u64) -> Option<ApiError> {
    let first = batch.mutations.first()?.seq;
    if first > last_seq + 1 {
        return Some(ApiError::SequenceGap {
            expected: last_seq + 1,
        });
    }
    let rising = batch
        .mutations
        .windows(2)
        .all(|pair| pair[0].seq.checked_add(1) == Some(pair[1].seq));
    (!rising || first == 0).then(|| ApiError::Malformed {
        detail: "mutations must be numbered without gaps, from 1".to_owned(),
    })
}

fn rejected(rejection: &Rejection) -> Result<wire::Verdict, StorageError> {
    Ok(wire::Verdict::Rejected(wire::Refused::new(rejection)?))
}

/// For what somebody would have made something new that lies in no region by itself: an order is meant for a need.
fn meant_for(command: &Command) -> Option<Key> {
    match command {
        Command::TakeOrder(take) => Some(Key::Need(take.need)),
        _ => None,
    }
}
