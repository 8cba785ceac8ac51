//! The backend, the service layer behind the server functions: it combines the storage port, group commit and the cache.

use crate::accounts::{InvitationLimits, NumberLimits, code_salt};
use crate::cache::{Account, Cache};
use crate::designation_loads::Lenses;
use crate::devices::{self, Devices};
use crate::faults::Faults;
use crate::group_commit::{AccountChange, Write, Writer};
use crate::jobs;
use crate::page_faults::PageFaults;
use crate::passwords::{HashError, Passwords};
use crate::ports::{Clock, Random, SystemClock, SystemRandom};
use crate::sessions;
use crate::sign_in_limits::{Attempt, SignInLimits};
use crate::sign_up_limits::SignUpLimits;
use crate::storage::accounts::NewAccount;
use crate::storage::pull::Limits;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::state::FaultRow;
use crate::storage::{Location, SharedStorage, Storage, StorageError};
use api::accounts::{
    AccountsAnswer, AccountsRequest, ChangeAnswer, ChangeRequest, DataKeyAnswer, DataKeyRequest,
    EndSessionRequest, FileAnswer, ImportRequest, InvitationAnswer, OpenAnswer, OpenRequest,
    PlaceLine, PlacesRequest, SessionLine, SessionsRequest,
};
use api::trail::{TrailAnswer, TrailRequest};
use api::{
    ApiError, Area, Backend, BrowseAnswer, BrowseRequest, Caller, DesignationsAnswer,
    DesignationsRequest, FaultReport, FiguresAnswer, FiguresRequest, InstallationAnswer,
    InstallationRequest, LoadAnswer, LoadRequest, Profile, SessionToken, SignUpRequest, SignedIn,
};
use async_trait::async_trait;
use domain::{Actor, CreditCode, Entity, EntityKind, Feed, Key, Role, UserId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use sync::wire;
use tokio::task::JoinHandle;

/// Where `meta` keeps the key that device cookies are made with.
const DEVICE_KEY: &str = "device_key";
/// Where `meta` keeps when it was last tried whether writing works again.
const TRIED_KEY: &str = "written_again_at";
/// How much is written for that: as much as a large request makes.
const TRIED_BYTES: usize = 512 * 1024;
/// For how long that is tried before it counts as not working.
const TRIED_FOR: Duration = Duration::from_secs(3);
/// No telephone number has more digits.
const LONGEST_NUMBER: usize = 20;
/// How many seconds a caller is told to wait when the database does not answer.
const RETRY_AFTER_S: u64 = 5;

/// How a backend is set up, beyond where its data is.
pub struct Options {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of secrets.
    pub random: Arc<dyn Random>,
    /// Whether the session cookie is `Secure`.
    pub https: bool,
    /// One transaction per job instead of one for all that wait: only for the benchmark that compares them.
    pub one_commit_per_job: bool,
    /// How much one answer carries at most.
    pub limits: Limits,
    /// For how long another process on the same data is waited for.
    pub patience: Duration,
    /// Whether what is due is done as time passes; tests that move the clock do it themselves.
    pub keeps_time: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            https: false,
            one_commit_per_job: false,
            limits: Limits::default(),
            patience: crate::storage::PATIENCE,
            keeps_time: true,
        }
    }
}

/// Why a backend cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The password hash.
    #[error(transparent)]
    Password(#[from] HashError),
}

/// Why an account cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// It was closed before.
    #[error("this account is closed")]
    Closed,
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The password hash.
    #[error(transparent)]
    Password(#[from] HashError),
}

/// The backend on a storage.
pub struct StorageBackend {
    pub(crate) storage: SharedStorage,
    pub(crate) writer: Writer,
    pub(crate) cache: Arc<Cache>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) epoch: String,
    pub(crate) limits: Limits,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) passwords: Passwords,
    pub(crate) code_salt: [u8; 32],
    pub(crate) invitation_limits: InvitationLimits,
    pub(crate) number_limits: NumberLimits,
    lenses: Lenses,
    pub(crate) devices: Devices,
    pub(crate) limits_on_signing_in: SignInLimits,
    sign_ups: SignUpLimits,
    page_faults: PageFaults,
    https: bool,
    keeps_time: bool,
    writing: Mutex<Option<JoinHandle<()>>>,
    /// What goes on beside requests: following other servers, background jobs. Ends when this is dropped or stopped.
    beside: Mutex<Vec<JoinHandle<()>>>,
    #[cfg(feature = "bench")]
    bench_account: std::sync::RwLock<Option<Arc<Account>>>,
}

impl StorageBackend {
    /// Opens the database and starts the writer.
    pub async fn open(at: impl Into<Location>, options: Options) -> Result<Self, StartError> {
        let (at, purpose) = (at.into(), crate::storage::Purpose::Work);
        let storage = crate::storage::open_for(purpose, &at, options.patience).await?;
        Self::start(storage, options).await
    }

    /// A backend whose data is gone with it, for tests and the simulation.
    pub async fn in_memory(options: Options) -> Result<Self, StartError> {
        Self::start(Arc::new(SqliteStorage::in_memory().await?), options).await
    }

    /// On a database that is open already.
    pub async fn start(storage: SharedStorage, options: Options) -> Result<Self, StartError> {
        let epoch = match storage.meta("epoch").await? {
            Some(epoch) => epoch,
            None => {
                let epoch = new_epoch(&*options.random);
                storage.meta_or_set("epoch", &epoch).await?
            }
        };
        let devices = match storage.meta(DEVICE_KEY).await? {
            Some(key) => Devices::new(&key),
            None => {
                let key = Devices::new_key(&*options.random);
                Devices::new(&storage.meta_or_set(DEVICE_KEY, &key).await?)
            }
        };
        #[cfg(feature = "bench")]
        let epoch = if crate::bench::is_on() {
            crate::bench::EPOCH.to_owned()
        } else {
            epoch
        };
        crate::storage::due::index(&*storage).await?;
        let faults = Arc::new(Faults::default());
        let cache = Arc::new(if storage.shares_data() {
            Cache::shared()
        } else {
            Cache::alone(storage.versions(None).await?)
        });
        let (writer, writing) = Writer::start(
            Arc::clone(&storage),
            Arc::clone(&cache),
            Arc::clone(&options.clock),
            Arc::clone(&faults),
            options.one_commit_per_job,
            // A name of its own at every start, also where a test gives the same chance to all.
            new_epoch(&SystemRandom),
        );
        let mut beside = Vec::new();
        if let Some(mut changes) = storage.changes().await? {
            let cache = Arc::clone(&cache);
            beside.push(tokio::spawn(async move {
                while let Some(change) = changes.recv().await {
                    cache.follow(&[change]);
                }
            }));
        }
        Ok(Self {
            storage,
            writer,
            cache,
            clock: options.clock,
            faults,
            epoch,
            limits: options.limits,
            random: options.random,
            passwords: Passwords::new(),
            code_salt: code_salt(&devices),
            invitation_limits: InvitationLimits::default(),
            number_limits: NumberLimits::default(),
            lenses: Lenses::default(),
            devices,
            limits_on_signing_in: SignInLimits::default(),
            sign_ups: SignUpLimits::default(),
            page_faults: PageFaults::default(),
            https: options.https,
            keeps_time: options.keeps_time,
            writing: Mutex::new(Some(writing)),
            beside: Mutex::new(beside),
            #[cfg(feature = "bench")]
            bench_account: std::sync::RwLock::default(),
        })
    }

    /// Makes a change that is not a person's mutation: accounts, imported data.
    pub async fn write(&self, write: Write) -> Result<(), StorageError> {
        self.writer.write(write).await
    }

    /// Adds or replaces an account with a password in clear.
    pub async fn put_account(
        &self,
        phone: &str,
        password: &str,
        actor: Actor,
    ) -> Result<(), StartError> {
        let password = crate::passwords::hash(password)?;
        let account = NewAccount {
            phone: phone.to_owned(),
            password,
            actor,
            active: true,
            creator: None,
        };
        Ok(self.write(Write::PutAccount(Box::new(account))).await?)
    }

    /// Gives an account another password, and ends its sessions. `None` if there is no such account.
    pub async fn reset_password(
        &self,
        phone: &str,
        password: &str,
    ) -> Result<Option<()>, AccountError> {
        let change = || {
            let password = crate::passwords::hash(password)?;
            Ok(AccountChange::Password(password))
        };
        self.change_stored(phone, change).await
    }

    /// Closes an account: nobody signs in to it any more, its sessions end, and what the person did stays. `None` if there is no
    /// such account.
    pub async fn close_account(&self, phone: &str) -> Result<Option<()>, AccountError> {
        self.change_stored(phone, || Ok(AccountChange::Close)).await
    }

    async fn change_stored(
        &self,
        phone: &str,
        change: impl FnOnce() -> Result<AccountChange, AccountError>,
    ) -> Result<Option<()>, AccountError> {
        let Some(stored) = self.storage.account_by_phone(phone).await? else {
            return Ok(None);
        };
        if !stored.active {
            return Err(AccountError::Closed);
        }
        let user = stored.actor.user;
        let write = Write::ChangeAccount {
            by: user,
            command: "PutAccount",
            user,
            post: None,
            change: change()?,
        };
        if !self.writer.write_if(write).await? {
            return Err(AccountError::Closed);
        }
        Ok(Some(()))
    }

    /// The trail says whose contacts an officer was shown by a question, before they are shown. What a county keeps on its devices is
    /// its own work and needs no question; what an organization tells of itself everybody sees.
    async fn note_contacts(
        &self,
        actor: &Actor,
        kind: EntityKind,
        answer: &BrowseAnswer,
    ) -> Result<(), ApiError> {
        let Role::Bureau { region, .. } = &actor.role else {
            return Ok(());
        };
        if kind == EntityKind::Organization {
            return Ok(());
        }
        let shown = answer.needs.iter().filter_map(|body| {
            let body: serde_json::Value = serde_json::from_str(body.get()).ok()?;
            let id = body.get("id").and_then(|id| id.as_str());
            crate::trail::has_contact(&body).then(|| id.unwrap_or_default().to_owned())
        });
        let ids: Vec<String> = shown.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let write = Write::NoteContacts {
            actor: Box::new(actor.clone()),
            region: *region,
            kind,
            ids,
        };
        self.writer.write(write).await.map_err(|e| unavailable(&e))
    }

    /// How many new orders an organization may take on one day, given back or not; none for what holds for all. Gives its name, if it is
    /// there.
    pub async fn set_daily_orders(
        &self,
        org: CreditCode,
        limit: Option<u32>,
    ) -> Result<Option<String>, StorageError> {
        let key = Key::Organization(org);
        let mut transaction = self.storage.begin().await?;
        let found = transaction.read_entities(&[key]).await?;
        transaction.roll_back().await?;
        let Some(row) = found.into_iter().next() else {
            return Ok(None);
        };
        let Entity::Organization(organization) = Entity::from_json(key.kind(), &row.body)? else {
            return Ok(None);
        };
        self.write(Write::SetDailyOrders { org, limit }).await?;
        Ok(Some(organization.name))
    }

    /// Why nothing can be written, if that is so. While it is, every now and then one who asks has it tried again.
    pub async fn writing_fails(&self) -> Option<&'static str> {
        let outage = self.writer.outage();
        if outage.should_try() {
            let trying = async {
                // The last free page would take a word, and no device's work.
                let much = " ".repeat(TRIED_BYTES);
                self.storage.set_meta(TRIED_KEY, &much).await?;
                let now = self.clock.now().0.to_string();
                self.storage.set_meta(TRIED_KEY, &now).await
            };
            match tokio::time::timeout(TRIED_FOR, trying).await {
                Ok(Ok(())) => outage.is_over(),
                Ok(Err(error)) => outage.note(&error),
                // It is still waiting for something: nothing new is known.
                Err(_) => {}
            }
        }
        outage.reason()
    }

    /// How many attempts to sign in were refused, by reason.
    pub(crate) fn refused_sign_ins(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.limits_on_signing_in.refused()
    }

    /// Starts a session without a password, for tests and the simulation, which call the backend directly.
    pub async fn start_session(&self, user: UserId) -> Result<Caller, ApiError> {
        let now = self.clock.now();
        let token = sessions::start(&self.writer, &*self.random, user, now, None, "", None).await?;
        Ok(Caller {
            session: Some(token),
            device: None,
            ip: IpAddr::from([127, 0, 0, 1]),
            kind: String::new(),
        })
    }

    /// The switches of fault injection; they have an effect only with feature `faults`.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The cache, with the hub of hints.
    #[must_use]
    pub fn cache(&self) -> &Arc<Cache> {
        &self.cache
    }

    /// Starts what a serving process does beside requests, on one of the servers of a database.
    pub fn start_jobs(&self) {
        let job = jobs::remove_expired_sessions(Arc::clone(&self.storage), self.writer.clone());
        self.beside().push(tokio::spawn(job));
        if !self.keeps_time {
            return;
        }
        let (storage, clock) = (Arc::clone(&self.storage), Arc::clone(&self.clock));
        let job = jobs::keep_time(storage, self.writer.clone(), clock);
        self.beside().push(tokio::spawn(job));
        let (storage, clock) = (Arc::clone(&self.storage), Arc::clone(&self.clock));
        self.beside()
            .push(tokio::spawn(jobs::keep_counting(storage, clock)));
    }

    /// Does what is due by now, and says how much there was: what [`Self::start_jobs`] does as time passes.
    pub async fn do_what_is_due(&self) -> Result<usize, StorageError> {
        jobs::do_what_is_due(&*self.storage, &self.writer, self.clock.now()).await
    }

    fn beside(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The crash reports of pages.
    #[must_use]
    pub fn page_faults(&self) -> &PageFaults {
        &self.page_faults
    }

    /// The database, for the sub-commands.
    #[must_use]
    pub fn database(&self) -> &SharedStorage {
        &self.storage
    }

    /// The epoch of the data.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Simulates a restart of the process: the same data, but nothing that was only in memory. For tests and the simulation.
    pub async fn restarted(&self, options: Options) -> Result<Self, StartError> {
        self.stop_writing().await;
        Self::start(Arc::clone(&self.storage), options).await
    }

    /// Finishes what was accepted, takes nothing more, and closes the database.
    pub async fn shut_down(&self) {
        self.stop_writing().await;
        self.storage.close().await;
    }

    /// Finishes what was accepted and takes nothing more.
    pub async fn stop_writing(&self) {
        self.cache.hub.close();
        for task in self.beside().drain(..) {
            task.abort();
        }
        self.writer.stop().await;
        let writing = self
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writing) = writing
            && writing.await.is_err()
        {
            tracing::error!("the writer ended in a panic");
        }
    }

    /// What the browser of somebody gets who has just signed in.
    pub(crate) fn signed_in(
        &self,
        caller: &Caller,
        phone: &str,
        token: SessionToken,
        actor: Actor,
    ) -> SignedIn {
        let device = self
            .devices
            .renew(phone, caller.device.as_ref(), &*self.random);
        SignedIn {
            token,
            max_age_s: sessions::IDLE_MS / 1000,
            device: (device, devices::KEPT_S),
            profile: self.profile(&Account::new(actor)),
        }
    }

    fn profile(&self, account: &Account) -> Profile {
        Profile {
            actor: account.actor.clone(),
            feeds: account.feeds.iter().map(ToString::to_string).collect(),
            epoch: self.epoch.clone(),
        }
    }

    #[cfg(feature = "bench")]
    pub(crate) fn bench_account(&self) -> Option<Arc<Account>> {
        self.bench_account
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Lets every caller be this account, signed in or not.
    #[cfg(feature = "bench")]
    pub(crate) fn set_bench_account(&self, account: Account) {
        *self
            .bench_account
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(account));
    }

    /// The last sequence number of a client, which must be the caller's own. Only on a sole writer, which
    /// caches it; where servers share a database it is read in the same snapshot as the rows.
    pub(crate) async fn last_seq(
        &self,
        account: &Account,
        client: domain::ClientId,
    ) -> Result<u64, ApiError> {
        let row = match self.cache.client(client) {
            Ok(row) => row,
            Err(generation) => {
                let row = self.storage.client(client).await;
                let row = row.map_err(|e| unavailable(&e))?;
                self.cache.keep_client(client, row, generation);
                row
            }
        };
        own_last_seq(account, row)
    }

    /// The present versions of these feeds; a feed without any row has version 0.
    pub(crate) async fn versions(&self, feeds: &[Feed]) -> Result<BTreeMap<Feed, i64>, ApiError> {
        let known: BTreeMap<Feed, i64> = feeds
            .iter()
            .filter_map(|f| Some((*f, self.cache.version(*f)?)))
            .collect();
        if known.len() == feeds.len() {
            return Ok(known);
        }
        let stored = self.storage.versions(Some(feeds)).await;
        let stored = stored.map_err(|e| unavailable(&e))?;
        Ok(feeds
            .iter()
            .map(|f| (*f, stored.get(f).copied().unwrap_or(0)))
            .collect())
    }
}

/// The last sequence number in a client's row; an error when the client is not the caller's own.
pub(crate) fn own_last_seq(
    account: &Account,
    row: Option<crate::storage::work_rows::ClientRow>,
) -> Result<u64, ApiError> {
    match row {
        Some(row) if row.user != account.actor.user => Err(ApiError::ClientConflict),
        Some(row) => Ok(row.last_seq),
        None => Ok(0),
    }
}

impl Drop for StorageBackend {
    fn drop(&mut self) {
        for task in self.beside().drain(..) {
            task.abort();
        }
    }
}

#[async_trait]
impl Backend for StorageBackend {
    async fn sign_in(
        &self,
        caller: &Caller,
        phone: &str,
        password: &str,
    ) -> Result<SignedIn, ApiError> {
        let now = self.clock.now();
        let mut phone = normal_phone(phone);
        phone.truncate(LONGEST_NUMBER);
        let device = caller.device.as_ref();
        let attempt = Attempt {
            phone: &phone,
            from: caller.ip,
            device: self.devices.known(&phone, device),
        };
        let limits = &self.limits_on_signing_in;
        let admitted = limits
            .admit(attempt, now)
            .map_err(|retry_after_s| ApiError::TooManyAttempts { retry_after_s })?;
        let stored = self
            .storage
            .account_by_phone(&phone)
            .await
            .map_err(|e| unavailable(&e))?;
        let stored = stored.filter(|a| a.active);
        let matches = self
            .passwords
            .verify(password, stored.as_ref().map(|a| a.password.as_str()))
            .await?;
        let Some(stored) = stored.filter(|_| matches) else {
            tracing::info!("a sign-in was refused");
            return Err(ApiError::WrongCredentials);
        };
        limits.give_back(attempt, &admitted);
        let user = stored.actor.user;
        // The cookie of the session before is replaced, so nobody could end it any more.
        let replaces = caller.session.as_ref();
        let token = sessions::start(
            &self.writer,
            &*self.random,
            user,
            now,
            replaces,
            &caller.kind,
            Some(stored.password),
        )
        .await?;
        tracing::info!(%user, "signed in");
        Ok(self.signed_in(caller, &phone, token, stored.actor))
    }

    async fn sign_up(&self, caller: &Caller, request: SignUpRequest) -> Result<(), ApiError> {
        let now = self.clock.now();
        let (name, phone) = request.read().map_err(|fault| ApiError::Malformed {
            detail: fault.to_string(),
        })?;
        self.sign_ups
            .admit(caller.ip, now)
            .map_err(|retry_after_s| ApiError::TooManyAttempts { retry_after_s })?;
        // Hashed whether or not the number has an account, so that the answer takes as long.
        let password = self.passwords.hash(&request.password).await?;
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        let actor = Actor {
            user: UserId::from_random(bytes),
            name,
            role: Role::Applicant,
            library: Vec::new(),
        };
        let account = NewAccount {
            phone,
            password,
            actor,
            active: true,
            creator: None,
        };
        self.write(Write::SignUp(Box::new(account)))
            .await
            .map_err(|e| unavailable(&e))?;
        tracing::info!("somebody signed up");
        Ok(())
    }

    async fn areas(&self, caller: &Caller) -> Result<Vec<Area>, ApiError> {
        self.authenticate(caller).await?;
        let found = self.storage.areas(self.clock.now().day()).await;
        let found = found.map_err(|e| unavailable(&e))?;
        let area = |(code, name)| Area { code, name };
        Ok(found.into_iter().map(area).collect())
    }

    async fn sign_out(&self, caller: &Caller) -> Result<(), ApiError> {
        if let Some(token) = caller.session.as_ref().map(sessions::digest) {
            self.writer
                .write(Write::EndSession { token })
                .await
                .map_err(|e| unavailable(&e))?;
        }
        Ok(())
    }

    async fn me(&self, caller: &Caller) -> Result<Profile, ApiError> {
        Ok(self.profile(&*self.authenticate(caller).await?))
    }

    async fn exchange(
        &self,
        caller: &Caller,
        request: wire::ExchangeRequest,
    ) -> Result<wire::ExchangeAnswer, ApiError> {
        crate::exchange::exchange(self, caller, request).await
    }

    async fn browse(
        &self,
        caller: &Caller,
        request: BrowseRequest,
    ) -> Result<BrowseAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, request.user)?;
        let now = self.clock.now();
        let answer =
            crate::browse::browse(&*self.storage, &self.lenses, &account.actor, &request, now)
                .await?;
        let kind = request.kind.unwrap_or(EntityKind::Need);
        self.note_contacts(&account.actor, kind, &answer).await?;
        Ok(answer)
    }

    async fn figures(
        &self,
        caller: &Caller,
        request: FiguresRequest,
    ) -> Result<FiguresAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, request.user)?;
        let now = self.clock.now();
        crate::figures::figures(&*self.storage, &account.actor, &request, now).await
    }

    async fn designations(
        &self,
        caller: &Caller,
        request: DesignationsRequest,
    ) -> Result<DesignationsAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, request.user)?;
        let now = self.clock.now();
        crate::designations::lists(&*self.storage, &account.actor, &request, now).await
    }

    async fn load_designations(
        &self,
        caller: &Caller,
        request: LoadRequest,
    ) -> Result<LoadAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, request.user)?;
        self.load_list(&account.actor, &request).await
    }

    async fn load_regions(
        &self,
        caller: &Caller,
        request: LoadRequest,
    ) -> Result<LoadAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, request.user)?;
        self.load_table_of_regions(&account.actor, &request).await
    }

    async fn installation(
        &self,
        caller: &Caller,
        request: InstallationRequest,
    ) -> Result<InstallationAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, request.user)?;
        self.state(&account.actor, request.check).await
    }

    async fn trail(&self, caller: &Caller, request: TrailRequest) -> Result<TrailAnswer, ApiError> {
        let account = self.authenticate(caller).await?;
        crate::exchange::own(&account, request.user)?;
        crate::trail::trail(&*self.storage, &account.actor, &request).await
    }

    async fn report_fault(&self, caller: &Caller, report: FaultReport) -> Result<(), ApiError> {
        self.page_faults
            .take(caller.ip, &report, self.clock.now())?;
        // Whoever reports it has done their part; it stands in the log if it cannot be kept.
        let code = report.code();
        let fault = FaultRow { code, report };
        if let Err(error) = self.write(Write::PutFault(Box::new(fault))).await {
            tracing::warn!(%error, "a reported fault is in the log only");
        }
        Ok(())
    }

    async fn accounts(
        &self,
        caller: &Caller,
        request: AccountsRequest,
    ) -> Result<AccountsAnswer, ApiError> {
        self.list_accounts(caller, request).await
    }

    async fn open_accounts(
        &self,
        caller: &Caller,
        request: OpenRequest,
    ) -> Result<OpenAnswer, ApiError> {
        self.open_all(caller, request).await
    }

    async fn import_accounts(
        &self,
        caller: &Caller,
        request: ImportRequest,
    ) -> Result<OpenAnswer, ApiError> {
        self.import(caller, request).await
    }

    async fn account_template(
        &self,
        caller: &Caller,
        user: UserId,
    ) -> Result<FileAnswer, ApiError> {
        self.template(caller, user).await
    }

    async fn account_places(
        &self,
        caller: &Caller,
        request: PlacesRequest,
    ) -> Result<Vec<PlaceLine>, ApiError> {
        self.places(caller, request).await
    }

    async fn change_account(
        &self,
        caller: &Caller,
        request: ChangeRequest,
    ) -> Result<ChangeAnswer, ApiError> {
        self.change(caller, request).await
    }

    async fn invitation(&self, caller: &Caller, code: &str) -> Result<InvitationAnswer, ApiError> {
        self.look_up_invitation(caller, code).await
    }

    async fn accept_invitation(
        &self,
        caller: &Caller,
        code: &str,
        password: &str,
    ) -> Result<SignedIn, ApiError> {
        self.use_invitation(caller, code, password).await
    }

    async fn sessions(
        &self,
        caller: &Caller,
        request: SessionsRequest,
    ) -> Result<Vec<SessionLine>, ApiError> {
        self.list_sessions(caller, request).await
    }

    async fn data_key(
        &self,
        caller: &Caller,
        request: DataKeyRequest,
    ) -> Result<DataKeyAnswer, ApiError> {
        self.give_data_key(caller, request).await
    }

    async fn end_session(
        &self,
        caller: &Caller,
        request: EndSessionRequest,
    ) -> Result<Vec<SessionLine>, ApiError> {
        self.end_own_session(caller, request).await
    }

    fn secure_cookies(&self) -> bool {
        self.https
    }
}

/// The phone number as it is stored: digits only, full-width ones too, without the country's code.
#[must_use]
pub fn normal_phone(typed: &str) -> String {
    domain::read::phone::account(typed)
}

/// The error for a caller when the database fails: nothing was changed, and the caller may try again.
pub(crate) fn unavailable(error: &StorageError) -> ApiError {
    tracing::error!(%error, "the database failed");
    ApiError::Unavailable {
        retry_after_s: RETRY_AFTER_S,
    }
}

/// Gives the data a new epoch, since it is new or was put back from a backup: every device then reads it from the start and
/// offers again what this server does not know any more. Only while no server runs on it.
pub async fn renew_epoch(storage: &dyn Storage, random: &dyn Random) -> Result<(), StorageError> {
    storage.set_meta("epoch", &new_epoch(random)).await
}

fn new_epoch(random: &dyn Random) -> String {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_the_same_however_it_is_typed() {
        for typed in [
            "13800000001",
            "138 0000 0001",
            "+86 138-0000-0001",
            "１３８０００００００１",
            "0086 138 0000 0001",
            "\u{202d}13800000001\u{202c}",
        ] {
            assert_eq!(normal_phone(typed), "13800000001", "{typed}");
        }
    }
}
