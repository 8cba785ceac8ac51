//! One transaction of group commit (unit of work): locks the read set, decides the jobs, writes, commits, then invalidates caches and
//! publishes hints.

use super::deciding::{Read, What};
use super::{AccountChange, Batch, CACHED_ENTITIES, Job, Reply, Task, Write};
use crate::faults::Fault;
use crate::storage::accounts::{
    NO_PASSWORD, NewAccount, StoredAccount, StoredInvitation, StoredSession,
};
use crate::storage::audit::Told;
use crate::storage::chain::Lane;
use crate::storage::changes::Change;
use crate::storage::due::DueRow;
use crate::storage::unit_of_work::{Stored, UnitOfWork, region_of_actor};
use crate::storage::work_rows::{AuditRow, ClientRow};
use crate::storage::{StorageError, Transaction};
use domain::accounts::Post;
use domain::{
    Actor, ClientId, Command, Entity, Key, Known, Millis, MutationId, RegionCode, Role, UserId,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How often a transaction is restarted because a rule asked for an entity that was not locked.
const READ_SET_ROUNDS: usize = 8;

/// Why a transaction was not completed.
pub(super) enum Unfinished {
    /// Rules asked for entities that are not locked. They are locked from the start the next time, so that the order of locks
    /// stays the same for everybody.
    NotLocked(Vec<Key>),
    /// The database.
    Failed(StorageError),
}

impl<E: Into<StorageError>> From<E> for Unfinished {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What a transaction works with.
pub(super) struct Work {
    pub(super) unit: UnitOfWork,
    /// Devices' rows as they are stored.
    pub(super) clients: HashMap<ClientId, ClientRow>,
    /// What changes in caches beside what the jobs say themselves.
    pub(super) changes: Vec<Change>,
    pub(super) tx: Box<dyn Transaction>,
}

impl Task {
    pub(super) async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Reply>, StorageError> {
        let mut more = BTreeSet::new();
        for _ in 0..READ_SET_ROUNDS {
            match self.attempt(jobs, &more).await {
                Ok(replies) => return Ok(replies),
                Err(Unfinished::Failed(error)) => return Err(error),
                Err(Unfinished::NotLocked(keys)) => more.extend(keys),
            }
        }
        Err(StorageError::Data(
            "rules ask for ever more entities".to_owned(),
        ))
    }

    async fn attempt(
        &mut self,
        jobs: &[Job],
        more: &BTreeSet<Key>,
    ) -> Result<Vec<Reply>, Unfinished> {
        let batches: Vec<&Batch> = jobs.iter().filter_map(Job::batch).collect();
        let mut tx = self.storage.begin().await?;
        let clients = self.clients(&batches, &mut *tx).await?;
        let mutations: Vec<MutationId> = batches
            .iter()
            .flat_map(|b| b.mutations.iter().map(|m| m.id))
            .collect();
        let unit = UnitOfWork::new(tx.verdicts(&mutations).await?);
        if self.storage.shares_data() {
            self.lock_read_set(jobs, &batches, more, &mut *tx).await?;
        }
        let changes = Vec::new();
        let mut work = Work {
            unit,
            clients,
            changes,
            tx,
        };
        let mut replies = Vec::with_capacity(jobs.len());
        for job in jobs {
            replies.push(match job {
                Job::Batch(batch, _) => Reply::Batch(self.apply(batch, &mut work).await?),
                Job::Write(write, _) => Reply::Write(self.write_down(write, &mut work).await?),
                Job::Stop => Reply::Write(true),
            });
        }
        self.finish(jobs, work).await?;
        Ok(replies)
    }

    async fn finish(&mut self, jobs: &[Job], work: Work) -> Result<(), StorageError> {
        let Work {
            mut unit,
            mut tx,
            changes: more,
            ..
        } = work;
        if self.faults.has(Fault::SequenceOutsideTransaction) {
            // Injected fault: the sequence number is committed before the rest, which may still fail.
            tx.write(&unit.client_rows(self.clock.now())).await?;
            tx.commit().await?;
            tx = self.storage.begin().await?;
        }
        let mut changes: Vec<Change> = jobs.iter().flat_map(Job::changes).collect();
        changes.extend(more);
        let now = self.clock.now();
        changes.extend(members_follow(&mut unit, &mut *tx, now).await?);
        let mut rows = unit.rows(&self.faults, now)?;
        // Until the commit has taken effect it is not known where this server's lane of the trail ends.
        let mut lane = self.lane.take();
        if unit.leaves_a_trace() {
            if lane.is_none() {
                self.lanes_opened += 1;
                let name = format!("{}-{}", self.server, self.lanes_opened);
                let (opened, first) = Lane::open(name, tx.lanes().await?, now)?;
                lane = Some(opened);
                rows.audit.push(first);
            }
            if let Some(lane) = &mut lane {
                rows.audit.extend(unit.chain(lane)?);
            }
        }
        let versions = tx.write(&rows).await?;
        changes.extend(
            versions
                .into_iter()
                .map(|(feed, ver)| Change::Feed(feed, ver)),
        );
        if !changes.is_empty() {
            tx.tell(&changes).await?;
        }
        if self.faults.commit_fails() {
            tx.roll_back().await?;
            if self.faults.has(Fault::SequenceOutsideTransaction) {
                self.cache.forget_clients();
            }
            return Err(StorageError::Data(
                "a commit that fails on purpose".to_owned(),
            ));
        }
        if let Err(error) = tx.commit().await {
            if self.storage.shares_data() && error.is_connection_lost() {
                // The commit may have taken effect without an answer, so this server's cache may be stale.
                self.cache.follow(&[Change::Everything]);
            }
            return Err(error);
        }
        self.lane = lane;
        // Caches and hints are updated only after the commit.
        if self.storage.shares_data() {
            self.entities.clear();
        } else {
            if self.entities.len() > CACHED_ENTITIES {
                self.entities.clear();
            }
            for (key, stored) in unit.changed() {
                self.entities.insert(key, Some(stored));
            }
        }
        self.cache.follow(&changes);
        // Devices are cached after the versions, so that no answer combines a device's new number with a feed's old version.
        self.cache.keep_clients(unit.into_clients());
        Ok(())
    }

    /// The rows of these devices. The sole writer knows most of them; otherwise they are locked, so that one device's
    /// requests are worked off one after the other, whichever server they reach.
    async fn clients(
        &self,
        batches: &[&Batch],
        tx: &mut dyn Transaction,
    ) -> Result<HashMap<ClientId, ClientRow>, StorageError> {
        let mut known = HashMap::new();
        let mut unknown = BTreeSet::new();
        for batch in batches {
            match self.cache.client(batch.client) {
                Ok(Some(row)) => drop(known.insert(batch.client, row)),
                // The client is known to have no row.
                Ok(None) => {}
                Err(_) => drop(unknown.insert(batch.client)),
            }
        }
        let unknown: Vec<ClientId> = unknown.into_iter().collect();
        if !unknown.is_empty() {
            known.extend(tx.lock_clients(&unknown).await?);
        }
        Ok(known)
    }

    /// Finds out without locks which entities these jobs read, then locks them in the order of their keys.
    async fn lock_read_set(
        &mut self,
        jobs: &[Job],
        batches: &[&Batch],
        more: &BTreeSet<Key>,
        tx: &mut dyn Transaction,
    ) -> Result<(), StorageError> {
        let mut read_set = more.clone();
        for job in jobs {
            match job {
                Job::Write(Write::PutEntities(entities) | Write::Load { entities, .. }, _) => {
                    read_set.extend(entities.iter().map(Entity::key));
                }
                Job::Write(Write::SetDailyOrders { org, .. }, _) => {
                    read_set.insert(Key::Organization(*org));
                }
                _ => {}
            }
        }
        let mut reads: Vec<Read<'_>> = batches
            .iter()
            .flat_map(|batch| {
                let actor = &batch.account.actor;
                batch.mutations.iter().filter_map(move |mutation| {
                    let args = mutation.args.get();
                    let command = Command::read(&mutation.name, mutation.v, args).ok()?;
                    Some(Read {
                        what: What::Command(Box::new(command), actor),
                        known: Known::default(),
                    })
                })
            })
            .collect();
        let due = jobs.iter().filter_map(|job| match job {
            Job::Write(Write::Due(rows), _) => Some(rows),
            _ => None,
        });
        reads.extend(
            due.flatten()
                .filter_map(DueRow::overdue)
                .map(|overdue| Read {
                    what: What::Overdue(overdue),
                    known: Known::default(),
                }),
        );
        let now = self.clock.now();
        self.entities.clear();
        self.unreadable.clear();
        loop {
            let missing: BTreeSet<Key> = reads
                .iter_mut()
                .filter_map(|read| read.missing(now, &self.entities))
                .filter(|key| !self.unreadable.contains(key))
                .collect();
            if missing.is_empty() {
                break;
            }
            let missing: Vec<Key> = missing.into_iter().collect();
            let rows = tx.read_entities(&missing).await?;
            self.keep_readable(&missing, rows);
            read_set.extend(missing);
        }
        // Entities read without a lock may have changed since, so they are read again under the lock.
        self.entities.clear();
        self.unreadable.clear();
        let read_set: Vec<Key> = read_set.into_iter().collect();
        if !read_set.is_empty() {
            let rows = tx.lock_entities(&read_set).await?;
            self.keep_readable(&read_set, rows);
        }
        Ok(())
    }

    /// Remembers what was read of these keys, and which bodies cannot be read: whoever needs one of those is told so when it is decided,
    /// and the others in the transaction are not held up.
    fn keep_readable(&mut self, keys: &[Key], rows: Vec<crate::storage::work_rows::EntityRow>) {
        let mut found = BTreeMap::new();
        for row in rows {
            let key = row.key;
            match Stored::try_from(row) {
                Ok(stored) => drop(found.insert(key, Arc::new(stored))),
                Err(error) => {
                    tracing::error!(%error, kind = key.kind().name(), id = %key.id(), "what is stored cannot be read");
                    self.unreadable.insert(key);
                }
            }
        }
        for key in keys.iter().filter(|key| !self.unreadable.contains(key)) {
            self.entities.insert(*key, found.remove(key));
        }
    }

    /// Remembers what was read of these keys, and that the others are not there.
    fn keep(
        &mut self,
        keys: &[Key],
        rows: Vec<crate::storage::work_rows::EntityRow>,
    ) -> Result<(), StorageError> {
        let mut found = BTreeMap::new();
        for row in rows {
            found.insert(row.key, Arc::new(Stored::try_from(row)?));
        }
        for key in keys {
            self.entities.insert(*key, found.remove(key));
        }
        Ok(())
    }

    /// Entities as they are now: changed in this transaction, in memory, or in the database.
    pub(super) async fn load(&mut self, keys: &[Key], work: &mut Work) -> Result<(), Unfinished> {
        let missing: Vec<Key> = keys
            .iter()
            .filter(|key| work.unit.get(key).is_none() && !self.entities.contains_key(key))
            .copied()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        if let Some(key) = missing.iter().find(|key| self.unreadable.contains(key)) {
            let error = format!("{} {} cannot be read", key.kind().name(), key.id());
            return Err(Unfinished::Failed(StorageError::Data(error)));
        }
        if self.storage.shares_data() {
            return Err(Unfinished::NotLocked(missing));
        }
        let rows = work.tx.lock_entities(&missing).await?;
        Ok(self.keep(&missing, rows)?)
    }

    /// Makes a change; false if what is stored does not allow it, and then nothing was changed.
    async fn write_down(&mut self, write: &Write, work: &mut Work) -> Result<bool, Unfinished> {
        let now = self.clock.now();
        match write {
            Write::PutAccount(account) => {
                work.put_account("PutAccount", account.actor.user, account, now)
                    .await?;
            }
            Write::SignUp(account) => {
                // Closed accounts do not keep a number; of one that has an account nothing is told.
                let phones = [account.phone.clone()];
                let taken = work.tx.accounts_by_phone(&phones).await?;
                if !taken.iter().any(|account| account.active) {
                    work.tx.free_closed_phones(&phones).await?;
                    work.put_account("SignUp", account.actor.user, account, now)
                        .await?;
                }
            }
            Write::OpenAccounts {
                by,
                accounts,
                invitations,
            } => return open_accounts(*by, accounts, invitations, work, now).await,
            Write::ChangeAccount {
                by,
                command,
                user,
                post,
                change,
            } => {
                let Some(stored) = work.tx.lock_account(*user).await? else {
                    return Ok(false);
                };
                let moved = |post: &Post| *post != Post::of(&stored.actor.role);
                if post.as_ref().is_some_and(moved) {
                    return Ok(false);
                }
                let changed = change_account(*by, stored, change, work, now).await?;
                let Some(account) = changed else {
                    return Ok(false);
                };
                work.put_account(command, *by, &account, now).await?;
            }
            Write::AcceptInvitation {
                code,
                user,
                password,
                token,
                expires_at,
                device,
            } => {
                let stored = work.tx.lock_account(*user).await?;
                let Some(stored) = stored.filter(|stored| stored.active) else {
                    return Ok(false);
                };
                if !work.tx.take_invitation(code, now).await? {
                    return Ok(false);
                }
                let mut account = NewAccount::from(stored);
                account.password.clone_from(password);
                work.put_account("AcceptInvitation", *user, &account, now)
                    .await?;
                let session = StoredSession {
                    user: *user,
                    touched_at: now,
                    expires_at: *expires_at,
                };
                work.tx.start_session(token, session, device).await?;
            }
            Write::PutDataKey { user, device, key } => {
                work.tx.put_data_key(*user, device, key, now).await?;
                work.note_about_account("SetPin", *user, *user, now).await?;
            }
            Write::EndSessionsOf { by, user, tokens } => {
                for token in tokens {
                    work.tx.end_session(token).await?;
                }
                work.note_about_account("EndSessions", *by, *user, now)
                    .await?;
            }
            Write::StartSession {
                token,
                user,
                expires_at,
                replaces,
                device,
                password,
            } => {
                // Meanwhile the account may have got another password, or an invitation that ends the old one.
                if let Some(verified) = password {
                    let stored = work.tx.lock_account(*user).await?;
                    let same =
                        |stored: &StoredAccount| stored.active && stored.password == *verified;
                    if !stored.is_some_and(|stored| same(&stored)) {
                        return Ok(false);
                    }
                }
                if let Some(replaced) = replaces {
                    work.tx.end_session(replaced).await?;
                }
                let session = StoredSession {
                    user: *user,
                    touched_at: now,
                    expires_at: *expires_at,
                };
                work.tx.start_session(token, session, device).await?;
            }
            Write::TouchSession { token, expires_at } => {
                work.tx.touch_session(token, now, *expires_at).await?;
            }
            Write::EndSession { token } => work.tx.end_session(token).await?,
            Write::EndSessions(user) => work.tx.end_sessions(*user).await?,
            Write::RemoveExpiredSessions => work.tx.remove_expired_sessions(now).await?,
            Write::PutEntities(entities) => {
                for entity in entities {
                    let key = entity.key();
                    self.load(&[key], work).await?;
                    let before = self.stored(&key, &work.unit);
                    work.unit.put(entity.clone(), before, None)?;
                }
            }
            Write::Due(rows) => {
                for row in rows {
                    self.do_what_is_due(row, work).await?;
                }
            }
            Write::Load {
                user,
                command,
                entities,
            } => {
                for entity in entities {
                    let key = entity.key();
                    self.load(&[key], work).await?;
                    let before = self.stored(&key, &work.unit);
                    if before
                        .as_ref()
                        .is_some_and(|stored| stored.entity == *entity)
                    {
                        continue;
                    }
                    work.unit.note(&Told {
                        at: now,
                        user: *user,
                        command,
                        before: before.as_ref().map(|stored| stored.entity.clone()),
                        after: entity.clone(),
                    })?;
                    work.unit.put(entity.clone(), before, None)?;
                }
            }
            Write::Note(row) => work.unit.note_row(AuditRow {
                at: now,
                ..AuditRow::clone(row)
            }),
            Write::PutFault(fault) => work.tx.put_fault(fault, now).await?,
            Write::SetDailyOrders { org, limit } => {
                let key = Key::Organization(*org);
                self.load(&[key], work).await?;
                let before = self.stored(&key, &work.unit);
                let organization = before.as_ref().and_then(|stored| match &stored.entity {
                    Entity::Organization(organization) => Some(organization.clone()),
                    _ => None,
                });
                if let Some(mut organization) = organization {
                    organization.daily_orders = *limit;
                    let entity = Entity::Organization(organization);
                    work.unit.put(entity, before, None)?;
                }
            }
            Write::PutTrail(trail) => trail.iter().try_for_each(|told| work.unit.note(told))?,
            Write::NoteContacts {
                actor,
                region,
                kind,
                ids,
            } => work.unit.note_read(actor, *region, *kind, ids, now),
            Write::PutRegions(regions) => work.tx.put_regions(regions).await?,
            #[cfg(feature = "bench")]
            Write::Empty => {
                self.entities.clear();
                self.cache.forget_everything_synchronised();
                self.lane = None;
                let tables = crate::storage::tables::TABLES.iter();
                for table in tables.filter(|t| t.is_synchronised) {
                    work.tx.empty(table).await?;
                }
            }
        }
        Ok(true)
    }
}

/// The accounts of an organization's members say its name and which counties it serves, since their devices follow those; who
/// applied for it becomes its owner when it is let in. So they change with it, in the same transaction.
async fn members_follow(
    unit: &mut UnitOfWork,
    tx: &mut dyn Transaction,
    now: Millis,
) -> Result<Vec<Change>, StorageError> {
    let mut changes = Vec::new();
    for org in unit.changed_organizations() {
        for mut account in tx.people_of(org.code, org.applicant).await? {
            let before = account.actor.clone();
            let actor = &mut account.actor;
            match &mut actor.role {
                Role::Member {
                    org: own, org_name, ..
                } if *own == org.code => org_name.clone_from(&org.name),
                Role::Applicant if org.approved => {
                    actor.role = Role::Member {
                        org: org.code,
                        org_name: org.name.clone(),
                        owner: true,
                    };
                }
                _ => continue,
            }
            actor.library = org.library();
            if *actor != before {
                let user = actor.user;
                let region = Some(org.registered_in);
                unit.note_account("FollowOrganization", user, actor, true, region, now)?;
                tx.put_account(&account, now).await?;
                changes.push(Change::Account(user, true));
            }
        }
    }
    Ok(changes)
}

/// Opens accounts with their invitations, unless one of the numbers is taken.
async fn open_accounts(
    by: UserId,
    accounts: &[NewAccount],
    invitations: &[StoredInvitation],
    work: &mut Work,
    now: Millis,
) -> Result<bool, Unfinished> {
    let phones: Vec<String> = accounts.iter().map(|a| a.phone.clone()).collect();
    if !work.free_phones(by, &phones, now).await? {
        return Ok(false);
    }
    for account in accounts {
        work.put_account("OpenAccount", by, account, now).await?;
    }
    for invitation in invitations {
        work.tx.put_invitation(invitation).await?;
    }
    Ok(true)
}

/// An account as it is after a change; none if that is refused, and then nothing was changed.
async fn change_account(
    by: UserId,
    stored: StoredAccount,
    change: &AccountChange,
    work: &mut Work,
    now: Millis,
) -> Result<Option<NewAccount>, Unfinished> {
    let mut account = NewAccount::from(stored);
    if !account.active && !matches!(change, AccountChange::Invite(_)) {
        return Ok(None);
    }
    match change {
        AccountChange::Invite(invitation) => {
            if !account.active {
                // Behind the number of a closed account may stand whose it was.
                let phone = account.phone.split('/').next().unwrap_or_default();
                let phone = phone.to_owned();
                if !work
                    .free_phones(by, std::slice::from_ref(&phone), now)
                    .await?
                {
                    return Ok(None);
                }
                account.phone = phone;
                account.active = true;
            }
            NO_PASSWORD.clone_into(&mut account.password);
            work.tx.put_invitation(invitation).await?;
            work.tx.end_sessions(account.actor.user).await?;
        }
        AccountChange::Move(role, serves) => {
            let Actor { user, name, .. } = account.actor;
            account.actor = domain::accounts::actor(user, name, Role::clone(role), serves);
        }
        AccountChange::Rename(name) => account.actor.name.clone_from(name),
        AccountChange::Password(password) => {
            account.password.clone_from(password);
            work.tx.end_sessions(account.actor.user).await?;
        }
        AccountChange::Close => account.active = false,
    }
    Ok(Some(account))
}

impl Work {
    /// Adds or replaces an account and leaves a trace of it.
    async fn put_account(
        &mut self,
        command: &str,
        by: UserId,
        account: &NewAccount,
        now: Millis,
    ) -> Result<(), StorageError> {
        self.tx.put_account(account, now).await?;
        let region = region_of_account(&mut *self.tx, &account.actor).await?;
        self.unit
            .note_account(command, by, &account.actor, account.active, region, now)
    }

    /// Leaves a trace of what was done with an account without changing it.
    async fn note_about_account(
        &mut self,
        command: &str,
        by: UserId,
        user: UserId,
        now: Millis,
    ) -> Result<(), StorageError> {
        let region = match self.tx.lock_account(user).await? {
            Some(account) => region_of_account(&mut *self.tx, &account.actor).await?,
            None => None,
        };
        self.unit
            .note_about_account(command, by, user, region, None, now);
        Ok(())
    }

    /// Makes these numbers free: closed accounts do not keep them, and neither does somebody who signed up and has applied for no
    /// organization, since nobody has looked whose number that is; such an account is closed. False if another account keeps one.
    async fn free_phones(
        &mut self,
        by: UserId,
        phones: &[String],
        now: Millis,
    ) -> Result<bool, StorageError> {
        let mut strangers = Vec::new();
        for account in self.tx.accounts_by_phone(phones).await? {
            if !account.active {
                continue;
            }
            let is_applicant = account.actor.role == Role::Applicant;
            if !is_applicant || self.tx.has_applied(account.actor.user).await? {
                return Ok(false);
            }
            strangers.push(account);
        }
        for stranger in strangers {
            let mut account = NewAccount::from(stranger);
            account.active = false;
            self.put_account("CloseAccount", by, &account, now).await?;
            let user = account.actor.user;
            self.changes.push(Change::Account(user, false));
        }
        self.tx.free_closed_phones(phones).await?;
        Ok(true)
    }
}

/// In which region's trail an account stands; a member's in that where the organization is registered.
async fn region_of_account(
    tx: &mut dyn Transaction,
    actor: &Actor,
) -> Result<Option<RegionCode>, StorageError> {
    let Role::Member { org, .. } = &actor.role else {
        return Ok(region_of_actor(actor));
    };
    let key = Key::Organization(*org);
    let found = tx.read_entities(&[key]).await?.into_iter().next();
    let read = found.map(|row| Entity::from_json(key.kind(), &row.body));
    Ok(match read {
        Some(Ok(Entity::Organization(organization))) => Some(organization.registered_in),
        _ => None,
    })
}

impl Job {
    /// What the job changes in caches, beside feed versions.
    fn changes(&self) -> Vec<Change> {
        let Self::Write(write, _) = self else {
            return Vec::new();
        };
        let account = |account: &NewAccount| Change::Account(account.actor.user, account.active);
        match write {
            Write::PutAccount(one) => vec![account(one)],
            Write::AcceptInvitation { user, .. } => vec![Change::Account(*user, true)],
            Write::OpenAccounts { accounts, .. } => accounts.iter().map(account).collect(),
            Write::ChangeAccount { user, change, .. } => match change {
                AccountChange::Invite(_) | AccountChange::Password(_) => {
                    vec![Change::Account(*user, true), Change::Sessions(*user)]
                }
                AccountChange::Move(..) | AccountChange::Rename(_) => {
                    vec![Change::Account(*user, true)]
                }
                AccountChange::Close => vec![Change::Account(*user, false)],
            },
            Write::EndSession { token }
            | Write::StartSession {
                replaces: Some(token),
                ..
            } => vec![Change::Session(*token)],
            Write::EndSessionsOf { tokens, .. } => {
                tokens.iter().copied().map(Change::Session).collect()
            }
            Write::EndSessions(user) => vec![Change::Sessions(*user)],
            _ => Vec::new(),
        }
    }
}
