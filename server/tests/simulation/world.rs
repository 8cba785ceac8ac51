//! The simulated world: people act, devices crash, rights change, and at the end all devices must converge.

use crate::databases;
use crate::device::Device;
use crate::oracle::Oracle;
use crate::people::{self, PEOPLE, actor, code, demoted, organization, phone};
use crate::remote::{Cookie, FaultyRemote, ServerClock, Wire};
use api::Backend;
use domain::commands::{
    AlsoNeed, AnswerPick, ChangeSupply, ConfirmDelivery, DisputeDelivery, EditNeed, EndSupply,
    MarkDelivered, MergeNeeds, PauseSupply, PickAnswer, PickSupply, PostNeed, ReleaseOrder,
    RemindOrder, ReportProgress, ResumeSupply, SaveNeed, SaveSupply, ScreenNeed, ScreenSupply,
    Screening, SetSettings, SubmitNeed, SubmitSupply, TakeDown, TakeOrder, TellApart, UndoMerge,
    WithdrawNeed, WithdrawPick,
};
use domain::commands::{
    AnswerDispatch, AnswerHandOver, AnswerOffer, AskAgain, AskHandOver, CloseNeed, DispatchAnswer,
    DispatchNeed, FreeOrder, JoinWaiting, LeaveWaiting, MoveDue, OfferAnswer, RenewOrder,
    WithdrawDispatch,
};
use domain::commands::{
    ApproveOrganization, ChangeOrganization, LeaveReview, LiftSuspension, RefuseOrganization,
    RegisterOrganization, StillInUse, SuspendOrganization,
};
use domain::dispatches::DispatchStage;
use domain::needs::{CloseReason, NeedStage, ReturnReason, WithdrawReason};
use domain::orders::keeping::HandOverReason;
use domain::orders::{OrderStage, ReleaseReason};
use domain::organizations::{OrgProfile, Organization, RefuseReason};
use domain::picks::{DeclineReason, PickStage};
use domain::reviews::Answer;
use domain::revision::Amount;
use domain::settings::Setting;
use domain::supplies::{Action, ServedRegion, Source, SupplyStage};
use domain::{
    Actor, Command, Contact, CreditCode, DispatchId, Entity, Facts, Fen, Help, ItemNo, Key, Millis,
    MutationId, NeedContent, NeedId, NeedItem, OrderId, OrderLine, PickId, ProgressId, PublishRule,
    ReviewId, Revision, Role, Settings, SupplyContent, SupplyId, Topic, Unit,
};
use server::faults::Fault;
use server::group_commit::Write;
use server::storage::accounts::NewAccount;
use server::storage::copy::Backup;
use server::storage::pull::Limits;
use server::{Options, StorageBackend};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use sync::engine::{Sabotage, SubmitError};
use sync::knowledge::Lacking;
use sync::outbox::Entry;
use sync::ports::{Area, Database, Store as _};
use sync::testkit::chance::{Chance, SetClock};
use sync::testkit::memory::Moment;
use sync::wire::Json;

/// 2026-11-24, morning in Hunan.
const START: Millis = Millis(1_795_482_000_000);
const STEPS: u64 = 50;
/// Between two steps as much time passes as that decisions are sometimes held back and sometimes not.
const HOLD_MS: i64 = 200_000;
/// What a page one release behind does not know: a kind, or a variant.
const LACKING: [Lacking; 3] = [
    Lacking::Kind("order"),
    Lacking::Variant("\"state\":{\"published\""),
    Lacking::Variant("\"state\":{\"delivered\""),
];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Mistake {
    Server(Fault),
    Device(Sabotage),
}

/// What the devices talk to: one server on SQLite, or two on one PostgreSQL database.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

pub(crate) struct World {
    seed: u64,
    limits: Limits,
    mistake: Option<Mistake>,
    /// What the server's backup holds: what is true then, and who everybody is.
    backup: Option<(Backup, Oracle, Vec<Actor>)>,
    chance: Chance,
    /// Who recalls what they decided; apart from what happens otherwise.
    regret: Chance,
    wire: Rc<Wire>,
    devices: Vec<Device>,
    /// The organizations as the members' accounts follow them.
    orgs: BTreeMap<CreditCode, Organization>,
}

struct Seeded(std::sync::Mutex<u64>);

impl server::ports::Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for byte in bytes {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = (*state >> 33) as u8;
        }
    }
}

impl World {
    pub(crate) async fn new(seed: u64, mistake: Option<Mistake>, on: Kind) -> Self {
        let chance = Chance::new(seed);
        let clock = Arc::new(ServerClock(AtomicI64::new(START.0)));
        // Small answers, so that a pull takes several of them and anything can happen in between.
        let limits = Limits {
            rows: if chance.percent(70) {
                1 + chance.below(4) as usize
            } else {
                1_000
            },
            ..Limits::default()
        };
        let options = || options(seed, limits, &clock);
        let servers = match on {
            Kind::Sqlite => vec![StorageBackend::in_memory(options()).await],
            Kind::Postgres => {
                let location = databases::postgres().await;
                let first = StorageBackend::open(&location, options()).await;
                vec![first, StorageBackend::open(&location, options()).await]
            }
        };
        let servers: Vec<Arc<StorageBackend>> = servers
            .into_iter()
            .map(|server| Arc::new(server.expect("a backend")))
            .collect();
        let mut oracle = Oracle::default();
        let settings = people::COUNTIES.map(|county| Settings {
            publish: Some(if chance.percent(30) {
                PublishRule::Both
            } else {
                PublishRule::Either
            }),
            ..Settings::none_of(code(county))
        });
        let given: Vec<Entity> = (0..3)
            .map(organization)
            .chain(settings.into_iter().map(Entity::from))
            .collect();
        for entity in &given {
            oracle.entities.insert(entity.key(), entity.clone());
        }
        servers[0]
            .write(Write::PutEntities(given))
            .await
            .expect("given");
        let wire = Rc::new(Wire {
            servers: RefCell::new(servers),
            // Apart from what happens otherwise, which is the same on one server and on two.
            balance: Chance::new(seed ^ 0x5e11),
            clock,
            oracle: RefCell::new(oracle),
            ghosts: RefCell::default(),
            actors: RefCell::new((0..PEOPLE).map(actor).collect()),
            faulty: Cell::new(true),
        });
        let mut world = Self {
            seed,
            limits,
            mistake,
            backup: None,
            chance,
            regret: Chance::new(seed ^ 0x4e6e7),
            wire,
            devices: Vec::new(),
            orgs: BTreeMap::new(),
        };
        world.orgs = world.organizations();
        world.people(mistake).await;
        world.switch_mistake();
        world
    }

    fn switch_mistake(&self) {
        if let Some(Mistake::Server(fault)) = self.mistake {
            for server in self.wire.servers() {
                server.faults().switch(fault, true);
            }
        }
    }

    /// Three to five devices: always a village, an organization and a bureau of the same county.
    async fn people(&mut self, mistake: Option<Mistake>) {
        let mut owners = vec![0, 3, 6];
        for _ in 0..self.chance.below(3) {
            let more = self
                .chance
                .pick(&[0, 1, 2, 3, 4, 4, 5, 7, 8, people::APPLICANT])
                .copied();
            owners.extend(more);
        }
        for person in owners {
            let who = actor(person);
            self.put_account(person, &who).await;
            let caller = self
                .wire
                .backend()
                .start_session(who.user)
                .await
                .expect("a session");
            let chance = Chance::new(self.chance.next());
            let remote = FaultyRemote {
                wire: self.wire.clone(),
                person,
                cookie: Rc::new(RefCell::new(Cookie {
                    person,
                    caller: caller.clone(),
                })),
                caller,
                chance: chance.clone(),
            };
            let sabotage = match mistake {
                Some(Mistake::Device(sabotage)) => Some(sabotage),
                _ => None,
            };
            // Phones' clocks are wrong by hours.
            let wrong = i64::try_from(self.chance.below(7_200_000)).unwrap_or(0) - 3_600_000;
            let clock = SetClock::at(START.plus(wrong));
            let mut device = Device::new(person, who, remote, clock, chance, sabotage);
            // Some pages are one release behind; they are updated at some time, at the latest in the end.
            if self.chance.percent(30) {
                device.lacks = self.chance.pick(&LACKING).copied();
            }
            if self.regret.percent(60) {
                device.hold_ms = HOLD_MS;
            }
            device.open_tab().await.expect("opens");
            self.devices.push(device);
        }
    }

    async fn put_account(&self, person: usize, who: &Actor) {
        let account = NewAccount {
            phone: format!("1380000{person:04}"),
            password: "never used".to_owned(),
            actor: who.clone(),
            active: true,
            creator: None,
        };
        let put = Write::PutAccount(Box::new(account));
        self.wire.backend().write(put).await.expect("an account");
    }

    pub(crate) async fn run(&mut self) {
        for _ in 0..STEPS {
            self.step().await;
            for device in &mut self.devices {
                device.check().await;
            }
        }
        self.come_to_rest().await;
        for server in self.wire.servers() {
            server.shut_down().await;
        }
    }

    async fn step(&mut self) {
        let passed = i64::try_from(self.chance.below(600_000)).unwrap_or(0);
        self.wire.clock.0.fetch_add(passed, Ordering::SeqCst);
        let at = usize::try_from(self.chance.below(self.devices.len() as u64)).unwrap_or(0);
        self.devices[at].clock.advance(passed);
        let what = self.chance.below(112);
        if std::env::var_os("XIANGDAN_TRACE").is_some() {
            let tabs: Vec<_> = self.devices[at]
                .tabs
                .iter()
                .map(|t| {
                    (
                        t.status().waiting,
                        t.replica().state().covered,
                        t.replica().len(),
                    )
                })
                .collect();
            eprintln!("device {at} does {what}; waiting, covered, rows of its tabs: {tabs:?}");
        }
        match what {
            0..38 => self.act(at).await,
            38..72 => self.sync(at).await,
            72..78 => self.act_while_syncing(at).await,
            78..86 => self.crash(at).await,
            86..89 => self.arrive_late().await,
            89..91 => self.change_rights(at).await,
            91..93 => self.clear_storage(at).await,
            93..94 => self.devices[at].store.flush(),
            94..95 => self.devices[at].store.back_up(),
            95..96 => self.put_back(at).await,
            96..98 => self.other_tab(at).await,
            98..100 => self.damage_cache(at).await,
            100..102 => self.back_up_server().await,
            102..104 => self.put_back_server().await,
            104..106 => self.devices[at].update().await,
            106..108 => self.act_from_the_future(at).await,
            108..110 => self.switch_person(at),
            _ => self.clear_under_open_page(at).await,
        }
        self.members_follow().await;
    }

    async fn back_up_server(&mut self) {
        let backend = self.wire.backend();
        let backup = Backup::of(&**backend.database()).await.expect("a backup");
        let (oracle, actors) = (&self.wire.oracle, &self.wire.actors);
        self.backup = Some((backup, oracle.borrow().clone(), actors.borrow().clone()));
    }

    /// Restores the server's backup, with a new epoch. Mutations acknowledged since then are on the devices only.
    async fn put_back_server(&mut self) {
        let Some((backup, oracle, actors)) = self.backup.clone() else {
            return;
        };
        let old = self.wire.servers();
        // New servers on the same data, which nothing writes to while it is put back.
        for server in &old {
            server.stop_writing().await;
        }
        let db = old[0].database().clone();
        backup.put_back(&*db).await.expect("put back");
        let random = Seeded(std::sync::Mutex::new(self.chance.below(u64::MAX)));
        server::backend::renew_epoch(&*db, &random)
            .await
            .expect("an epoch");
        let mut servers = Vec::new();
        for server in old {
            let options = options(self.seed, self.limits, &self.wire.clock);
            let restarted = server.restarted(options).await.expect("starts again");
            servers.push(Arc::new(restarted));
        }
        *self.wire.servers.borrow_mut() = servers;
        self.switch_mistake();
        *self.wire.oracle.borrow_mut() = oracle;
        self.orgs = self.organizations();
        for (person, actor) in actors.iter().enumerate() {
            if *actor != self.wire.actors.borrow()[person] {
                self.becomes(person, actor);
            }
        }
    }

    async fn sync(&mut self, at: usize) {
        if self.regret.percent(15) {
            return self.recall(at).await;
        }
        let device = &self.devices[at];
        // A failed try is what the network is for.
        let _tried = device.tab().sync().await;
        device.check_kept().await;
    }

    /// Submits a command that fits the person and what this device shows. The engine keeps nothing of a command that it rejects.
    async fn act(&mut self, at: usize) {
        let command = self.something_to_do(at).await;
        let Some(command) = command else { return };
        let device = &self.devices[at];
        let tab = device.tab();
        let kept = tab.submit(command.clone()).await;
        let id = kept.as_ref().ok().and_then(|seq| {
            let waiting = tab.waiting();
            waiting.iter().find(|p| p.seq == *seq).map(|p| p.entry.id)
        });
        self.remember(at, &command, id);
        if let Err(SubmitError::Store(error)) = kept {
            panic!("G8: could not keep {command:?}: {error}");
        }
    }

    /// A person recalls a decision while a tab, maybe another one, syncs. Either it never leaves, or it stays.
    async fn recall(&mut self, at: usize) {
        let device = &mut self.devices[at];
        let (tab, other) = (device.tab(), device.tab());
        let held: Vec<_> = tab.held().iter().map(|(p, _)| p.entry.id).collect();
        let Some(id) = self.regret.pick(&held).copied() else {
            return;
        };
        let leaves = self.regret.percent(50);
        let syncs = async {
            if leaves {
                other.let_go().await.expect("the store works");
            }
            // A failed try is what the network is for.
            let _tried = other.sync().await;
        };
        let ((), recalled) = tokio::join!(syncs, tab.recall(id));
        if recalled.expect("the store works") {
            device.kept.remove(&id);
            device.recalled.insert(id);
        }
        device.check_kept().await;
    }

    fn remember(&mut self, at: usize, command: &Command, id: Option<MutationId>) {
        let Some(id) = id else { return };
        let device = &mut self.devices[at];
        device.kept.insert(id);
        if let Command::PostNeed(PostNeed { need, .. }) | Command::SaveNeed(SaveNeed { need, .. }) =
            command
        {
            device.written.insert(*need);
        }
    }

    /// A person goes on working while a request is on its way.
    async fn act_while_syncing(&mut self, at: usize) {
        let Some(command) = self.something_to_do(at).await else {
            return;
        };
        let device = &self.devices[at];
        let tab = device.tab();
        let (_tried, kept) = tokio::join!(tab.sync(), tab.submit(command.clone()));
        let id = kept.ok().and_then(|seq| {
            let waiting = tab.waiting();
            waiting.iter().find(|p| p.seq == seq).map(|p| p.entry.id)
        });
        self.remember(at, &command, id);
    }

    /// The device dies at some operation of its store, in the middle of a sync or an act.
    async fn crash(&mut self, at: usize) {
        let moment = *self
            .chance
            .pick(&[Moment::Before, Moment::After])
            .unwrap_or(&Moment::Before);
        let command = self.something_to_do(at).await;
        let operations = self.chance.below(14);
        let device = &mut self.devices[at];
        device.store.crash_in(operations, moment);
        let tab = device.tab();
        if let (true, Some(command)) = (self.chance.percent(40), command) {
            // Without an answer nothing was promised; it may be there all the same.
            let _died = tab.submit(command).await;
        }
        let _died = tab.sync().await;
        device.restart(self.chance.percent(50)).await;
    }

    async fn arrive_late(&mut self) {
        let ghost = {
            let mut ghosts = self.wire.ghosts.borrow_mut();
            let n = ghosts.len() as u64;
            (n > 0).then(|| ghosts.remove(usize::try_from(self.chance.below(n)).unwrap_or(0)))
        };
        if let Some((owner, cookie, request)) = ghost {
            // Nobody waits for its answer.
            let _nobody = self.wire.deliver(owner, &cookie, &request).await;
        }
    }

    /// A right is taken away, or given back.
    async fn change_rights(&mut self, at: usize) {
        let person = self.devices[at].person;
        let now = self.wire.actors.borrow()[person].clone();
        let next = if now == actor(person) {
            demoted(&now)
        } else {
            actor(person)
        };
        self.put_account(person, &next).await;
        self.all_servers_know(at, &next).await;
        self.becomes(person, &next);
    }

    /// Waits until every server has heard that a right has changed, which takes a moment.
    async fn all_servers_know(&self, at: usize, next: &Actor) {
        let caller = &self.devices[at].remote.caller;
        for server in self.wire.servers() {
            while server.me(caller).await.expect("signed in").actor != *next {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        }
    }

    fn becomes(&mut self, person: usize, next: &Actor) {
        self.wire.actors.borrow_mut()[person] = next.clone();
        for device in self.devices.iter_mut().filter(|d| d.person == person) {
            device.actor = next.clone();
            device.written.clear();
            for tab in &device.tabs {
                tab.set_actor(next.clone());
            }
        }
    }

    /// The browser clears a database, or everything.
    async fn clear_storage(&mut self, at: usize) {
        let all = self.chance.percent(30);
        let durable = all || self.chance.percent(40);
        let device = &mut self.devices[at];
        device.tabs.clear();
        if durable {
            let had_work = !device.kept.is_empty();
            device.store.wipe(Database::Durable);
            device.lost_storage();
            if all {
                device.store.wipe(Database::Cache);
            }
            device.restart(false).await;
            let told = device.tabs.first().is_some_and(|t| t.status().storage_lost);
            assert!(told || !had_work, "G8: the loss was not noticed");
        } else {
            device.store.wipe(Database::Cache);
            device.blind = true;
            device.restart(false).await;
        }
    }

    /// Somebody else signs in on the device, in a tab of their own, or its person is back. Sometimes the open tabs hear it from that tab,
    /// sometimes only the server tells them.
    fn switch_person(&mut self, at: usize) {
        let device = &self.devices[at];
        let others: Vec<Cookie> = self
            .devices
            .iter()
            .filter(|other| other.person != device.person)
            .map(|other| Cookie {
                person: other.person,
                caller: other.remote.caller.clone(),
            })
            .collect();
        let is_own = device.remote.cookie.borrow().person == device.person;
        match self.chance.pick(&others) {
            Some(other) if is_own => *device.remote.cookie.borrow_mut() = other.clone(),
            _ => device.is_back(),
        }
    }

    /// The browser clears the durable database under an open page, which still remembers what waits.
    async fn clear_under_open_page(&mut self, at: usize) {
        let device = &mut self.devices[at];
        device.tabs.truncate(1);
        let tab = device.tabs.first().expect("open");
        tab.refresh().await.expect("reads");
        // After reading, the page remembers what lies here.
        let mut entries = Vec::new();
        for (_, bytes) in device.store.load(Area::Outbox).await.expect("reads") {
            entries.push(serde_json::from_slice::<Entry>(&bytes).expect("an entry"));
        }
        entries.extend(tab.notices().into_iter().map(|notice| notice.entry));
        let remembered = |id: &MutationId| entries.iter().any(|entry| entry.id == *id);
        let is_about = |need: &NeedId| {
            let mut commands = entries.iter().filter_map(|entry| entry.command().ok());
            commands.any(|command| command.subject() == Key::Need(*need))
        };
        device.store.wipe(Database::Durable);
        // What was sent is not kept any more for a server that is put back to a backup.
        device.kept.retain(remembered);
        device.written.retain(is_about);
        let tab = device.tabs.first().expect("open");
        let _tried = tab.sync().await;
        tab.refresh().await.expect("mends");
        assert!(tab.status().storage_lost, "G8: the loss was not noticed");
        tab.storage_loss_was_told();
        device.check_kept().await;
    }

    /// The device is put back to an earlier time: it offers what the server has again, under numbers it has used.
    async fn put_back(&mut self, at: usize) {
        let durable_only = self.chance.percent(50);
        let device = &mut self.devices[at];
        if device.store.put_back(durable_only) {
            device.tabs.clear();
            // What was done since then is not on the device any more; what was held back then may have left since.
            device.lost_storage();
            device.clock.advance(HOLD_MS);
            device.blind = true;
            device.restart(false).await;
        }
    }

    async fn damage_cache(&mut self, at: usize) {
        let device = &mut self.devices[at];
        device.tabs.clear();
        let areas = [Area::Segments, Area::State, Area::Chunks, Area::Chunks];
        let area = *self.chance.pick(&areas).unwrap_or(&Area::State);
        let is_torn = self.chance.percent(50);
        device.store.damage(area, |bytes| {
            let middle = bytes.len() / 2;
            if is_torn || area != Area::Chunks {
                bytes.truncate(middle);
            } else if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
            }
        });
        device.blind = true;
        device.restart(false).await;
    }

    /// A newer page of the same device has left work in the outbox that neither this page nor the server knows.
    async fn act_from_the_future(&mut self, at: usize) {
        let id = MutationId::from_random(sync::ports::Random::bytes(&self.chance));
        let args = Json::new("{\"brand\":\"…\"}".to_owned()).expect("json");
        let entry = Entry {
            id,
            name: "NameBrand".to_owned(),
            v: 1,
            args,
            at: START,
        };
        let device = &mut self.devices[at];
        let bytes = entry.to_bytes().expect("json");
        device.store.append(vec![bytes]).await.expect("kept");
        device.kept.insert(id);
        for tab in &device.tabs {
            tab.refresh().await.expect("reads");
        }
    }

    async fn other_tab(&mut self, at: usize) {
        let device = &mut self.devices[at];
        if device.tabs.len() < 2 {
            device.open_tab().await.expect("opens");
        } else {
            device.tabs.remove(0);
        }
    }

    /// No more faults: everybody syncs until nothing is left, then everything must be as the oracle says.
    async fn come_to_rest(&mut self) {
        while !self.wire.ghosts.borrow().is_empty() {
            self.arrive_late().await;
            self.members_follow().await;
        }
        self.wire.faulty.set(false);
        self.wire.clock.0.fetch_add(HOLD_MS, Ordering::SeqCst);
        for device in &mut self.devices {
            device.is_back();
            // What is held back leaves now.
            device.clock.advance(HOLD_MS);
            device.tabs.truncate(1);
            if let Some(tab) = device.tabs.first() {
                tab.refresh().await.expect("reads");
            }
        }
        for device in &mut self.devices {
            device.update().await;
            device.read_all().await;
        }
        // What one person decides may change another one's rights, and with them the feeds that the next rounds bring.
        for _ in 0..6 {
            for at in 0..self.devices.len() {
                let synced = self.devices[at].tabs.first().expect("open").sync().await;
                assert!(synced.is_ok(), "without faults: {synced:?}");
                self.members_follow().await;
            }
        }
        for device in &mut self.devices {
            device.check().await;
            device.check_quiet().await;
        }
    }

    /// The wording that this device shows; now and then its page does not say it, as those of a release ago.
    async fn reads(&self, at: usize, key: Key) -> Option<Revision> {
        if self.chance.percent(15) {
            return None;
        }
        let seen = self.devices[at].tab().entity(key).await.ok().flatten()?;
        match seen.entity {
            Entity::Need(need) => Some(need.revision),
            Entity::Order(order) => Some(order.deliveries),
            Entity::Supply(supply) => Some(supply.revision),
            Entity::Organization(org) => Some(org.revision),
            _ => None,
        }
    }

    /// The wording of the need into which another one was merged, as [`World::reads`].
    async fn reads_into(&self, at: usize, merged: NeedId) -> Option<Revision> {
        let seen = self.devices[at].tab().entity(Key::Need(merged)).await;
        match seen.ok().flatten()?.entity {
            Entity::Need(need) => match need.state {
                domain::NeedState::Merged { into, .. } => self.reads(at, Key::Need(into)).await,
                _ => None,
            },
            _ => None,
        }
    }

    /// What somebody does with supplies and picks.
    async fn supply_to_do(&self, at: usize) -> Option<Command> {
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let supplies = |stages: &[SupplyStage]| -> Option<SupplyId> {
            let fits = |f: &Facts| matches!(f, Facts::Supply(s) if stages.contains(&s.stage));
            match chance.pick(&fitting(&fits)) {
                Some(Key::Supply(id)) => Some(*id),
                _ => None,
            }
        };
        let picks = || -> Option<(PickId, SupplyId)> {
            let fits = |f: &Facts| matches!(f, Facts::Pick(p) if p.stage == PickStage::Proposed);
            let key = *chance.pick(&fitting(&fits))?;
            let item = tab.replica().list_item(&key)?;
            match (key, item.summary.pick()) {
                (Key::Pick(id), Some(pick)) => Some((id, pick.facts.supply)),
                _ => None,
            }
        };
        let bytes = || sync::ports::Random::bytes(chance);
        let few = || u32::try_from(1 + chance.below(3)).unwrap_or(1);
        use SupplyStage::{Draft, Paused, Published, Returned, Submitted};
        Some(match &device.actor.role {
            Role::Village { place } => {
                let village = (0..3).find(|n| people::place(*n) == *place)?;
                if chance.percent(15) {
                    return Some(WithdrawPick { pick: picks()?.0 }.into());
                }
                let supply = supplies(&[Published])?;
                PickSupply {
                    pick: PickId::from_random(bytes()),
                    supply,
                    places: few(),
                    words: "有间空屋".to_owned(),
                    contact: Contact {
                        name: "吴建国".to_owned(),
                        phone: phone(village),
                    },
                    seen: self
                        .reads(at, Key::Supply(supply))
                        .await
                        .unwrap_or_default(),
                }
                .into()
            }
            Role::Member { .. } => match chance.below(10) {
                0..3 => SubmitSupply {
                    supply: if chance.percent(30) {
                        supplies(&[Draft, Returned])?
                    } else {
                        SupplyId::from_random(bytes())
                    },
                    content: supply_content(chance),
                }
                .into(),
                3 => SaveSupply {
                    supply: SupplyId::from_random(bytes()),
                    content: supply_content(chance),
                }
                .into(),
                4 => ChangeSupply {
                    supply: supplies(&[Submitted, Published, Paused])?,
                    content: supply_content(chance),
                }
                .into(),
                5 => match supplies(&[Published, Paused])? {
                    supply if chance.percent(60) => ResumeSupply { supply }.into(),
                    supply if chance.percent(70) => PauseSupply { supply }.into(),
                    supply => EndSupply { supply }.into(),
                },
                _ => {
                    let (pick, supply) = picks()?;
                    let answer = if chance.percent(20) {
                        PickAnswer::Decline {
                            reason: DeclineReason::NoHands,
                            words: String::new(),
                        }
                    } else {
                        PickAnswer::Accept {
                            order: OrderId::from_random(bytes()),
                            places: few(),
                            due: START.day().plus(20),
                            contact: Contact {
                                name: "龙海燕".to_owned(),
                                phone: "19900001111".to_owned(),
                            },
                        }
                    };
                    let seen = self.reads(at, Key::Supply(supply)).await;
                    AnswerPick {
                        pick,
                        answer,
                        seen: seen.unwrap_or_default(),
                    }
                    .into()
                }
            },
            _ => {
                let opinion = if chance.percent(20) {
                    Screening::Return {
                        reason: ReturnReason::Unclear,
                        words: "请写清楚给多少".to_owned(),
                    }
                } else {
                    Screening::Publish {
                        remark: String::new(),
                    }
                };
                let supply = supplies(&[Submitted])?;
                let seen = self.reads(at, Key::Supply(supply)).await;
                ScreenSupply {
                    supply,
                    opinion,
                    seen: seen.unwrap_or_default(),
                }
                .into()
            }
        })
    }

    /// What somebody does to keep orders honest: dispatches, waiting lists, handing over, ending needs.
    async fn keeping_to_do(&self, at: usize) -> Option<Command> {
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let need = |stage: NeedStage| {
            let keys = fitting(&|f| matches!(f, Facts::Need(need) if need.stage == stage));
            match chance.pick(&keys) {
                Some(Key::Need(id)) => Some(*id),
                _ => None,
            }
        };
        let order = || {
            let keys =
                fitting(&|f| matches!(f, Facts::Order(order) if order.stage == OrderStage::Active));
            match chance.pick(&keys) {
                Some(Key::Order(id)) => Some(*id),
                _ => None,
            }
        };
        let dispatch = || {
            let open = DispatchStage::Open;
            let keys = fitting(&|f| matches!(f, Facts::Dispatch(d) if d.stage == open));
            match chance.pick(&keys) {
                Some(Key::Dispatch(id)) => Some(*id),
                _ => None,
            }
        };
        let bytes = || sync::ports::Random::bytes(chance);
        let words = || "路断了".to_owned();
        let lines = || {
            vec![OrderLine {
                item: ItemNo(1),
                quantity: 1 + chance.below(3),
            }]
        };
        let contact = || Contact {
            name: "龙海燕".to_owned(),
            phone: "19900001111".to_owned(),
        };
        let due = START.day().plus(20);
        let hand_over = |need: NeedId, order: OrderId| AskHandOver {
            need,
            order,
            reason: HandOverReason::Urgent,
            words: words(),
            contact: Some(contact()),
        };
        // Whoever sees a need knows the orders on it.
        let pledged = |need: NeedId| async move {
            let seen = tab.entity(Key::Need(need)).await.ok().flatten()?;
            match seen.entity {
                Entity::Need(need) => need.pledges.first().map(|pledge| pledge.order),
                _ => None,
            }
        };
        let published = need(NeedStage::Published);
        let seen = match published {
            Some(need) => self.reads(at, Key::Need(need)).await,
            None => None,
        };
        Some(match &device.actor.role {
            Role::Member { .. } => match chance.below(10) {
                0 | 1 => JoinWaiting {
                    need: published?,
                    lines: lines(),
                    seen,
                }
                .into(),
                2 => LeaveWaiting { need: published? }.into(),
                3 | 4 => {
                    let offered =
                        fitting(&|f| matches!(f, Facts::Need(need) if need.offered.is_some()));
                    let Some(Key::Need(need)) = chance.pick(&offered).copied() else {
                        return None;
                    };
                    let answer = if chance.percent(25) {
                        OfferAnswer::Pass
                    } else {
                        OfferAnswer::Take {
                            order: OrderId::from_random(bytes()),
                            lines: lines(),
                            due,
                            contact: contact(),
                            seen: self.reads(at, Key::Need(need)).await,
                        }
                    };
                    AnswerOffer { need, answer }.into()
                }
                5 | 6 => {
                    let dispatch = dispatch()?;
                    let on = tab.replica().list_item(&Key::Dispatch(dispatch));
                    let need = on?.summary.dispatch()?.facts.need;
                    let answer = if chance.percent(40) {
                        DispatchAnswer::Decline {
                            reason: domain::dispatches::DeclineReason::TooFar,
                            words: String::new(),
                        }
                    } else {
                        DispatchAnswer::Accept {
                            order: OrderId::from_random(bytes()),
                            lines: lines(),
                            due,
                            contact: contact(),
                            seen: self.reads(at, Key::Need(need)).await,
                        }
                    };
                    AnswerDispatch { dispatch, answer }.into()
                }
                7 => {
                    let need = published?;
                    hand_over(need, pledged(need).await?).into()
                }
                8 => AnswerHandOver {
                    order: order()?,
                    words: words(),
                }
                .into(),
                _ if chance.percent(50) => RenewOrder {
                    order: order()?,
                    words: words(),
                }
                .into(),
                _ => MoveDue {
                    order: order()?,
                    due: START
                        .day()
                        .plus(10 + i32::try_from(chance.below(15)).unwrap_or(0)),
                    words: words(),
                }
                .into(),
            },
            Role::Village { .. } => match chance.below(4) {
                0 => CloseNeed {
                    need: published?,
                    reason: CloseReason::DoneByOthers,
                    words: words(),
                    seen,
                }
                .into(),
                1 => AskAgain {
                    need: need(NeedStage::Expired)?,
                    deadline: START.day().plus(40),
                }
                .into(),
                2 => FreeOrder {
                    order: order()?,
                    words: words(),
                }
                .into(),
                _ => {
                    let need = published?;
                    hand_over(need, pledged(need).await?).into()
                }
            },
            _ => match chance.below(8) {
                0..5 => {
                    let orgs = fitting(&|f| matches!(f, Facts::Organization(_)));
                    let Some(Key::Organization(org)) = chance.pick(&orgs).copied() else {
                        return None;
                    };
                    DispatchNeed {
                        dispatch: DispatchId::from_random(bytes()),
                        need: published?,
                        org,
                        lines: Vec::new(),
                        note: words(),
                        answer_by: START.day().plus(9),
                        seen,
                    }
                    .into()
                }
                5 => WithdrawDispatch {
                    dispatch: dispatch()?,
                }
                .into(),
                6 => CloseNeed {
                    need: published?,
                    reason: CloseReason::OutOfScope,
                    words: words(),
                    seen,
                }
                .into(),
                _ => {
                    let need = published?;
                    hand_over(need, pledged(need).await?).into()
                }
            },
        })
    }

    /// What somebody does with organizations and reviews.
    async fn organization_to_do(&self, at: usize) -> Option<Command> {
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let profile = || OrgProfile {
            name: format!("第{}志愿者协会", chance.below(3)),
            scope: "扶老助残".to_owned(),
            directions: vec![Topic::Care],
            whole: None,
            serves: people::COUNTIES
                .map(code)
                .into_iter()
                .take(1 + usize::from(chance.percent(70)))
                .collect(),
            rating: None,
            contact: Contact {
                name: "龙海燕".to_owned(),
                phone: "19900001111".to_owned(),
            },
        };
        let organization = || match chance.pick(&fitting(&|f| matches!(f, Facts::Organization(_))))
        {
            Some(Key::Organization(code)) => Some(*code),
            _ => None,
        };
        let words = || "材料不全".to_owned();
        Some(match &device.actor.role {
            Role::Applicant => match organization() {
                Some(organization) if chance.percent(50) => ChangeOrganization {
                    organization,
                    profile: profile(),
                }
                .into(),
                _ => RegisterOrganization {
                    organization: people::new_org(),
                    registered_in: code(people::COUNTIES[0]),
                    profile: profile(),
                }
                .into(),
            },
            Role::Member { org, .. } if chance.percent(30) => ChangeOrganization {
                organization: *org,
                profile: profile(),
            }
            .into(),
            Role::Bureau { .. } => {
                let organization = organization()?;
                let seen = self.reads(at, Key::Organization(organization)).await;
                let seen = seen.unwrap_or_default();
                match chance.below(6) {
                    0..3 => ApproveOrganization { organization, seen }.into(),
                    3 => RefuseOrganization {
                        organization,
                        reason: RefuseReason::Other,
                        words: words(),
                        seen,
                    }
                    .into(),
                    4 => SuspendOrganization {
                        organization,
                        words: words(),
                        until: None,
                        seen: Some(seen),
                    }
                    .into(),
                    _ => LiftSuspension {
                        organization,
                        words: words(),
                        seen: Some(seen),
                    }
                    .into(),
                }
            }
            _ => {
                let orders = fitting(
                    &|f| matches!(f, Facts::Order(order) if order.stage == OrderStage::Confirmed),
                );
                let Some(Key::Order(order)) = chance.pick(&orders).copied() else {
                    return None;
                };
                if matches!(device.actor.role, Role::Village { .. }) && chance.percent(20) {
                    return Some(
                        StillInUse {
                            order,
                            month: 6,
                            answer: Answer::Partly,
                            words: words(),
                        }
                        .into(),
                    );
                }
                LeaveReview {
                    review: ReviewId::from_random(sync::ports::Random::bytes(chance)),
                    order,
                    answers: [Answer::Yes, Answer::Partly, Answer::No],
                    words: "还行".to_owned(),
                }
                .into()
            }
        })
    }

    /// The accounts of members follow their organization: whoever's rights have changed is somebody else from now on, on all servers.
    async fn members_follow(&mut self) {
        let now = self.organizations();
        let before = std::mem::replace(&mut self.orgs, now.clone());
        let changed: Vec<Organization> = now
            .into_values()
            .filter(|org| {
                before.get(&org.code).is_some_and(|before| {
                    (&before.name, before.approved, &before.serves)
                        != (&org.name, org.approved, &org.serves)
                })
            })
            .collect();
        for org in changed {
            for person in 0..PEOPLE {
                let mut next = self.wire.actors.borrow()[person].clone();
                match &mut next.role {
                    Role::Member {
                        org: own, org_name, ..
                    } if *own == org.code => org_name.clone_from(&org.name),
                    Role::Applicant if org.approved && org.applicant == Some(next.user) => {
                        next.role = Role::Member {
                            org: org.code,
                            org_name: org.name.clone(),
                            owner: true,
                        };
                    }
                    _ => continue,
                }
                next.library = org.library();
                let Some(at) = self.devices.iter().position(|d| d.person == person) else {
                    continue;
                };
                if next != self.wire.actors.borrow()[person] {
                    self.all_servers_know(at, &next).await;
                    self.becomes(person, &next);
                }
            }
        }
    }

    fn organizations(&self) -> BTreeMap<CreditCode, Organization> {
        let oracle = self.wire.oracle.borrow();
        let orgs = oracle.entities.values().filter_map(|entity| match entity {
            Entity::Organization(org) => Some((org.code, (**org).clone())),
            _ => None,
        });
        orgs.collect()
    }

    async fn something_to_do(&self, at: usize) -> Option<Command> {
        let is_applicant = self.devices[at].actor.role == Role::Applicant;
        if (is_applicant || self.chance.percent(12))
            && let Some(command) = self.organization_to_do(at).await
        {
            return Some(command);
        }
        if self.chance.percent(25)
            && let Some(command) = self.supply_to_do(at).await
        {
            return Some(command);
        }
        if self.chance.percent(25)
            && let Some(command) = self.keeping_to_do(at).await
        {
            return Some(command);
        }
        let device = &self.devices[at];
        let tab = device.tab();
        let chance = &self.chance;
        let fitting = |wanted: &dyn Fn(&Facts) -> bool| -> Vec<Key> {
            let items = tab.replica().list(wanted);
            let mut keys: Vec<Key> = items.iter().map(|item| item.key).collect();
            keys.sort_unstable();
            keys
        };
        let needs = |stages: &[NeedStage]| -> Option<NeedId> {
            let keys = fitting(&|f| matches!(f, Facts::Need(need) if stages.contains(&need.stage)));
            match chance.pick(&keys) {
                Some(Key::Need(id)) => Some(*id),
                _ => None,
            }
        };
        let orders = |stages: &[OrderStage]| -> Option<OrderId> {
            let keys =
                fitting(&|f| matches!(f, Facts::Order(order) if stages.contains(&order.stage)));
            match chance.pick(&keys) {
                Some(Key::Order(id)) => Some(*id),
                _ => None,
            }
        };
        let bytes = || sync::ports::Random::bytes(chance);
        use NeedStage::{Draft, Published, Returned, Submitted};
        use OrderStage::{Active, Delivered, Disputed};
        Some(match &device.actor.role {
            Role::Village { place } => {
                let village = (0..3).find(|n| people::place(*n) == *place)?;
                let content = || content(chance, village);
                match chance.below(14) {
                    12 => AlsoNeed {
                        need: needs(&[Published])?,
                        wanted: chance.percent(80),
                    }
                    .into(),
                    13 => TellApart {
                        need: needs(&[Submitted, Published])?,
                        other: needs(&[Submitted, Published])?,
                    }
                    .into(),
                    0..4 => PostNeed {
                        need: NeedId::from_random(bytes()),
                        content: content(),
                    }
                    .into(),
                    4 => SaveNeed {
                        need: NeedId::from_random(bytes()),
                        content: content(),
                    }
                    .into(),
                    5 => SubmitNeed {
                        need: needs(&[Draft, Returned])?,
                    }
                    .into(),
                    6 => EditNeed {
                        need: needs(&[Submitted, Published])?,
                        content: content(),
                    }
                    .into(),
                    7 => WithdrawNeed {
                        need: needs(&[Draft, Submitted, Published])?,
                        reason: WithdrawReason::NoLongerWanted,
                    }
                    .into(),
                    answer => {
                        let order = orders(&[Delivered])?;
                        let seen = self.reads(at, Key::Order(order)).await;
                        if answer == 8 {
                            let reason = "还差两盏".to_owned();
                            DisputeDelivery {
                                order,
                                reason,
                                seen,
                            }
                            .into()
                        } else {
                            ConfirmDelivery { order, seen }.into()
                        }
                    }
                }
            }
            Role::Member { .. } => match chance.below(10) {
                0..5 => {
                    let need = needs(&[Published])?;
                    let line = |no| OrderLine {
                        item: ItemNo(no),
                        quantity: 1 + chance.below(4),
                    };
                    let mut lines = vec![line(1)];
                    if chance.percent(50) {
                        lines.push(line(2));
                    }
                    TakeOrder {
                        order: OrderId::from_random(bytes()),
                        need,
                        lines,
                        due: START.day().plus(20),
                        contact: Some(Contact {
                            name: "龙海燕".to_owned(),
                            phone: "19900001111".to_owned(),
                        }),
                        seen: self.reads(at, Key::Need(need)).await,
                    }
                    .into()
                }
                5 => ReleaseOrder {
                    order: orders(&[Active, Disputed])?,
                    reason: *chance.pick(&[
                        ReleaseReason::ChangedMind,
                        ReleaseReason::CannotDeliver,
                        ReleaseReason::NoGoods,
                    ])?,
                    words: "人手不够".to_owned(),
                }
                .into(),
                6 => ReportProgress {
                    order: orders(&[Active, Disputed])?,
                    progress: ProgressId::from_random(bytes()),
                    text: "装好一半".to_owned(),
                    cash: Fen(100),
                    goods: Fen(0),
                    persons: 2,
                    visits: 0,
                }
                .into(),
                _ => MarkDelivered {
                    order: orders(&[Active, Disputed])?,
                    note: String::new(),
                }
                .into(),
            },
            _ if chance.percent(30) => match chance.below(6) {
                0..3 => {
                    let (from, into) = (
                        needs(&[Submitted, Published])?,
                        needs(&[Submitted, Published])?,
                    );
                    MergeNeeds {
                        from,
                        into,
                        seen_from: self.reads(at, Key::Need(from)).await,
                        seen_into: self.reads(at, Key::Need(into)).await,
                    }
                    .into()
                }
                3 => {
                    let need = needs(&[NeedStage::Merged])?;
                    UndoMerge {
                        need,
                        seen: self.reads(at, Key::Need(need)).await,
                        seen_into: self.reads_into(at, need).await,
                    }
                    .into()
                }
                4 => {
                    let need = needs(&[Published])?;
                    TakeDown {
                        need,
                        reason: ReturnReason::OutOfScope,
                        words: "县里已有资金".to_owned(),
                        seen: self.reads(at, Key::Need(need)).await,
                    }
                    .into()
                }
                _ => RemindOrder {
                    order: orders(&[Active, Delivered, Disputed])?,
                }
                .into(),
            },
            Role::Bureau { region, .. } if chance.percent(6) => SetSettings {
                region: *region,
                publish: chance.pick(&[None, Some(PublishRule::Either)]).copied()?,
                numbers: BTreeMap::from([(Setting::DailyOrders, 20)]),
                help: None,
                seen: Revision(u32::try_from(chance.below(2)).unwrap_or(0)),
            }
            .into(),
            _ => {
                let opinion = if chance.percent(25) {
                    Screening::Return {
                        reason: ReturnReason::Unclear,
                        words: "请写清楚要多少".to_owned(),
                    }
                } else {
                    Screening::Publish {
                        remark: String::new(),
                    }
                };
                let need = needs(&[Submitted])?;
                let seen = self.reads(at, Key::Need(need)).await;
                ScreenNeed {
                    need,
                    opinion,
                    seen,
                }
                .into()
            }
        })
    }
}

fn options(seed: u64, limits: Limits, clock: &Arc<ServerClock>) -> Options {
    Options {
        limits,
        clock: clock.clone(),
        random: Arc::new(Seeded(std::sync::Mutex::new(seed))),
        ..Options::default()
    }
}

fn content(chance: &Chance, village: usize) -> NeedContent {
    let item = |no: u16, name: &str| NeedItem {
        no: ItemNo(no),
        name: name.to_owned(),
        quantity: 1 + chance.below(6),
        unit: Unit::Of("盏".to_owned()),
    };
    NeedContent {
        title: format!("路灯坏了要修{}", chance.below(1000)),
        details: "晚上看不见".to_owned(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![item(1, "路灯"), item(2, "电线杆")],
        deadline: START.day().plus(30),
        persons: 40,
        households: None,
        budget: None,
        urgent: chance.percent(20),
        contact: Some(Contact {
            name: "吴建国".to_owned(),
            phone: phone(village),
        }),
    }
}

fn supply_content(chance: &Chance) -> SupplyContent {
    let county = people::COUNTIES[usize::from(chance.percent(30))];
    SupplyContent {
        title: format!("送图书到村里{}", chance.below(3)),
        topic: Topic::Education,
        action: Action::Huts,
        help: Help::Both,
        offer: "送图书，教管理员".to_owned(),
        per_place: Amount {
            name: "图书".to_owned(),
            quantity: 100,
            unit: Unit::Of("册".to_owned()),
        },
        places: u32::try_from(1 + chance.below(4)).unwrap_or(1),
        regions: vec![ServedRegion {
            code: code(county),
            name: "某县".to_owned(),
        }],
        conditions: String::new(),
        cost: None,
        source: Source::Own,
        from: START.day(),
        to: START.day().plus(60),
        team: String::new(),
        cases: String::new(),
    }
}
