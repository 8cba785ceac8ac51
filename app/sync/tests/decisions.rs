//! One act at a time, and decisions that can be recalled before they are sent: two tabs, a killed tab, a server that answers or does not.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests report by panicking"
)]

use domain::commands::{ScreenNeed, Screening};
use domain::needs::NeedStage;
use domain::{
    Actor, Command, Department, Entity, Feed, Help, ItemNo, Key, Millis, Need, NeedContent, NeedId,
    NeedItem, NeedState, Place, PublishRule, Rejection, Revision, Role, Settings, Topic, Unit,
    UserId, Visibility,
};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use sync::engine::{Engine, SubmitError};
use sync::ports::{Area, Guard, Op, Opened, Remote, RemoteError, Store, StoreError, StoreKey};
use sync::testkit::chance::{Chance, SetClock};
use sync::testkit::memory::MemoryStore;
use sync::wire::{
    Cursor, ExchangeAnswer, ExchangeRequest, FeedPage, Json, Mutation, MutationResult, Row,
    VERSION, Verdict,
};

const HOLD_MS: i64 = 5_000;
const START: Millis = Millis(1_795_482_000_000);
const COUNTY: &str = "431230000000";

fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            return value;
        }
    }
}

/// A store whose writes take a moment, as those of a browser do.
#[derive(Clone, Default)]
struct Slow(MemoryStore);

impl Store for Slow {
    async fn open(&self) -> Result<Opened, StoreError> {
        self.0.open().await
    }

    async fn load(&self, area: Area) -> Result<Vec<(StoreKey, Vec<u8>)>, StoreError> {
        self.0.load(area).await
    }

    async fn get(&self, area: Area, keys: &[StoreKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.0.get(area, keys).await
    }

    async fn write(&self, guard: Option<Guard>, ops: Vec<Op>) -> Result<(), StoreError> {
        give_way().await;
        self.0.write(guard, ops).await
    }

    async fn append(&self, entries: Vec<Vec<u8>>) -> Result<u64, StoreError> {
        give_way().await;
        self.0.append(entries).await
    }
}

/// Both at once, as two clicks of which the second comes before the first is stored.
fn together<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    now(sync::together::both(a, b))
}

/// Gives way once, so that somebody else acts in the middle of a write.
async fn give_way() {
    let mut waited = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn need(n: u8) -> NeedId {
    NeedId::from_random([n; 16])
}

fn submitted(n: u8) -> Entity {
    let village = "431230104201".parse().unwrap();
    let content = NeedContent {
        title: format!("第 {n} 条要审的需求"),
        details: String::new(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![NeedItem {
            no: ItemNo(1),
            name: "路灯".to_owned(),
            quantity: 12,
            unit: Unit::Of("盏".to_owned()),
        }],
        deadline: START.day().plus(60),
        persons: 160,
        households: None,
        budget: None,
        urgent: false,
        contact: None,
    };
    let json = serde_json::json!({
        "id": need(n), "place": Place {
            village,
            city_name: "怀化市".to_owned(),
            county_name: "通道侗族自治县".to_owned(),
            town_name: "坪坦乡".to_owned(),
            village_name: "木脚村".to_owned(),
        },
        "content": content, "state": NeedState::Submitted { at: START },
        "author": UserId::from_random([7; 16]), "created_at": START, "updated_at": START,
    });
    let need: Need = serde_json::from_value(json).unwrap();
    Entity::from(need)
}

/// A server that lets an officer's decisions take effect in their order, without gaps, and shows ten submitted needs.
#[derive(Clone, Default)]
struct Server {
    down: Rc<Cell<bool>>,
    clients: Rc<RefCell<std::collections::BTreeMap<String, u64>>>,
    received: Rc<RefCell<Vec<Mutation>>>,
    exchanges: Rc<Cell<u32>>,
    /// The same as the device's, which is right.
    clock: SetClock,
}

impl Server {
    fn received(&self) -> Vec<(String, String)> {
        let all = self.received.borrow();
        all.iter()
            .map(|m| (m.name.clone(), m.args.get().to_owned()))
            .collect()
    }
}

fn row(entity: &Entity, kind: &str, id: &str) -> Row {
    Row {
        kind: kind.to_owned(),
        id: id.to_owned(),
        ver: 1,
        view: Visibility::Full,
        body: Some(Json::new(entity.to_json().unwrap()).unwrap()),
    }
}

impl Remote for Server {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        if self.down.get() {
            return Err(RemoteError::Unreachable("no network".to_owned()));
        }
        self.exchanges.set(self.exchanges.get() + 1);
        let mut clients = self.clients.borrow_mut();
        let last = clients.entry(request.client.to_string()).or_default();
        let mut results = Vec::new();
        for m in &request.mutations {
            if m.seq != *last + 1 {
                return Err(RemoteError::Identity);
            }
            *last = m.seq;
            let mut received = self.received.borrow_mut();
            let duplicate = received.iter().any(|known| known.id == m.id);
            if !duplicate {
                received.push(m.clone());
            }
            results.push(MutationResult {
                seq: m.seq,
                verdict: Verdict::Applied,
                duplicate,
            });
        }
        let office = Feed::Office(COUNTY.parse().unwrap()).to_string();
        let known = request.cursors.contains_key(&office);
        let mut rows: Vec<Row> = Vec::new();
        if !known {
            rows.extend((1..=10).map(|n| row(&submitted(n), "need", &need(n).to_string())));
            let county = Settings {
                publish: Some(PublishRule::Either),
                ..Settings::none_of(COUNTY.parse().unwrap())
            };
            rows.push(row(&Entity::from(county), "county", COUNTY));
        }
        rows.sort_by(|a, b| (&a.kind, &a.id).cmp(&(&b.kind, &b.id)));
        Ok(ExchangeAnswer {
            v: VERSION,
            epoch: "one".to_owned(),
            server_time: sync::ports::Clock::now(&self.clock),
            last_seq: *last,
            results,
            stop: None,
            feeds: vec![FeedPage {
                feed: office,
                reset: false,
                rows,
                cursor: Cursor::after(1),
                complete: true,
            }],
            drop: Vec::new(),
            more: false,
        })
    }
}

type Page = Engine<Slow, Server, SetClock, Chance>;

struct Device {
    store: Slow,
    server: Server,
    clock: SetClock,
    seeds: Cell<u64>,
}

impl Device {
    fn new() -> Self {
        let clock = SetClock::at(START);
        Self {
            store: Slow::default(),
            server: Server {
                clock: clock.clone(),
                ..Server::default()
            },
            clock,
            seeds: Cell::new(1),
        }
    }

    fn tab(&self) -> Page {
        self.seeds.set(self.seeds.get() + 1);
        let actor = Actor {
            user: UserId::from_random([9; 16]),
            name: "吴审核".to_owned(),
            role: Role::Bureau {
                region: COUNTY.parse().unwrap(),
                region_name: "通道侗族自治县".to_owned(),
                department: Department::CivilAffairs,
            },
            library: Vec::new(),
        };
        let opened = Engine::open(
            self.store.clone(),
            self.server.clone(),
            self.clock.clone(),
            Chance::new(self.seeds.get()),
            actor,
        );
        let tab = now(opened).unwrap();
        tab.hold_decisions(HOLD_MS);
        tab
    }

    /// A tab that has downloaded the needs.
    fn ready(&self) -> Page {
        let tab = self.tab();
        now(tab.sync()).unwrap();
        tab
    }
}

fn agree(n: u8) -> Command {
    let opinion = Screening::Publish {
        remark: String::new(),
    };
    let json = serde_json::json!({ "need": need(n), "opinion": opinion });
    let screen: ScreenNeed = serde_json::from_value(json).unwrap();
    screen.into()
}

fn stage(tab: &Page, n: u8) -> NeedStage {
    match now(tab.entity(Key::Need(need(n)))).unwrap().unwrap().entity {
        Entity::Need(need) => need.state.stage(),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn the_same_act_twice_at_once_is_one_act() {
    let device = Device::new();
    let tab = device.ready();
    let (one, two) = together(tab.submit(agree(1)), tab.submit(agree(1)));
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(tab.waiting().len(), 1);
    device.clock.advance(HOLD_MS);
    now(tab.sync()).unwrap();
    assert_eq!(device.server.received().len(), 1);
    assert!(tab.notices().is_empty());
}

#[test]
fn what_is_done_while_another_act_is_stored_is_decided_on_top_of_it() {
    let device = Device::new();
    let tab = device.ready();
    let other = Screening::Publish {
        remark: "再说一次".to_owned(),
    };
    let json = serde_json::json!({ "need": need(1), "opinion": other });
    let other: ScreenNeed = serde_json::from_value(json).unwrap();
    let (one, two) = together(tab.submit(agree(1)), tab.submit(other));
    one.unwrap();
    // Its need is published by the first; were it decided on the rows alone, the server would refuse it later.
    assert!(matches!(two, Err(SubmitError::Rejected(_))), "{two:?}");
    assert_eq!(tab.waiting().len(), 1);
}

#[test]
fn a_decision_on_another_wording_than_stands_here_is_refused_before_it_is_kept() {
    let device = Device::new();
    let tab = device.ready();
    let mut screen = agree(1);
    if let Command::ScreenNeed(screen) = &mut screen {
        screen.seen = Some(Revision(1));
    }
    let refused = now(tab.submit(screen));
    let Err(SubmitError::Rejected(rejection)) = refused else {
        unreachable!("{refused:?}");
    };
    assert!(
        matches!(*rejection, Rejection::ChangedSince { .. }),
        "{rejection:?}"
    );
    assert!(tab.waiting().is_empty());
    // On the wording that stands here it is kept.
    now(tab.submit(agree(1))).unwrap();
}

#[test]
fn a_decision_is_shown_at_once_and_sent_after_the_moment_in_which_it_can_be_recalled() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    assert_eq!(stage(&tab, 1), NeedStage::Published);
    device.clock.advance(HOLD_MS - 1);
    now(tab.submit(agree(2))).unwrap();
    assert_eq!(tab.held().len(), 2);
    now(tab.sync()).unwrap();
    assert_eq!(device.server.received(), []);
    device.clock.advance(1);
    now(tab.sync()).unwrap();
    assert_eq!(device.server.received().len(), 1, "the first one only");
    device.clock.advance(HOLD_MS);
    now(tab.sync()).unwrap();
    assert_eq!(device.server.received().len(), 2);
    assert!(tab.held().is_empty() && tab.waiting().is_empty());
}

#[test]
fn what_can_still_be_recalled_is_told_apart_from_what_is_being_sent() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    let told = || (tab.status().waiting, tab.status().held);
    assert_eq!(told(), (1, 1));
    device.clock.advance(HOLD_MS / 2);
    now(tab.submit(agree(2))).unwrap();
    assert_eq!(told(), (2, 2));
    // The first one may leave, the second one not yet.
    device.clock.advance(HOLD_MS / 2);
    assert_eq!(told(), (2, 1));
    now(tab.sync()).unwrap();
    assert_eq!(told(), (1, 1));
    device.clock.advance(HOLD_MS);
    assert_eq!(told(), (1, 0));
    now(tab.sync()).unwrap();
    assert_eq!(told(), (0, 0));
}

#[test]
fn a_recalled_decision_was_never_made_and_what_follows_is_sent() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    let id = tab.held()[0].0.entry.id;
    assert!(now(tab.recall(id)).unwrap());
    assert_eq!(stage(&tab, 1), NeedStage::Submitted);
    assert!(tab.waiting().is_empty());
    assert!(!now(tab.recall(id)).unwrap(), "it is gone");
    // It may be decided again, and its number leaves a gap that the server notices.
    now(tab.submit(agree(1))).unwrap();
    now(tab.submit(agree(2))).unwrap();
    device.clock.advance(HOLD_MS);
    now(tab.sync()).unwrap();
    assert_eq!(device.server.received().len(), 2);
    assert!(tab.waiting().is_empty() && tab.notices().is_empty());
}

#[test]
fn a_tab_killed_within_the_moment_has_lost_nothing() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    drop(tab);
    let again = device.tab();
    assert_eq!(again.held().len(), 1);
    device.clock.advance(HOLD_MS);
    now(again.sync()).unwrap();
    assert_eq!(device.server.received().len(), 1);
}

#[test]
fn what_may_have_left_is_not_recalled_in_any_tab() {
    let device = Device::new();
    let tab = device.ready();
    let other = device.tab();
    now(tab.submit(agree(1))).unwrap();
    let id = tab.held()[0].0.entry.id;
    now(other.refresh()).unwrap();
    // The other tab is left and sends it. The answer is lost, so nobody knows whether it has arrived, and this tab has not heard of it.
    now(other.let_go()).unwrap();
    device.server.down.set(true);
    assert!(now(other.sync()).is_err());
    assert_eq!(tab.held().len(), 1);
    assert!(!now(tab.recall(id)).unwrap());
    device.server.down.set(false);
    now(other.sync()).unwrap();
    assert_eq!(device.server.received().len(), 1);
}

#[test]
fn what_one_tab_has_recalled_no_other_tab_sends() {
    let device = Device::new();
    let tab = device.ready();
    let other = device.tab();
    now(tab.submit(agree(1))).unwrap();
    now(other.refresh()).unwrap();
    let id = tab.held()[0].0.entry.id;
    assert!(now(tab.recall(id)).unwrap());
    // The other tab has not heard of it yet.
    device.clock.advance(HOLD_MS);
    assert_eq!(other.waiting().len(), 1);
    now(other.sync()).unwrap();
    assert_eq!(device.server.received(), []);
    assert_eq!(stage(&other, 1), NeedStage::Submitted);
}

#[test]
fn who_leaves_lets_go_of_what_is_held_back() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    let id = tab.held()[0].0.entry.id;
    now(tab.let_go()).unwrap();
    assert!(!now(tab.recall(id)).unwrap());
    now(tab.sync()).unwrap();
    assert_eq!(device.server.received().len(), 1);
}

#[test]
fn a_clock_that_was_put_back_holds_nothing_back() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    device.clock.advance(-3_600_000);
    assert!(tab.held().is_empty());
    now(tab.sync()).unwrap();
    assert_eq!(device.server.received().len(), 1);
}

#[test]
fn what_may_have_left_is_not_recalled_when_the_clock_goes_back() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    let id = tab.held()[0].0.entry.id;
    device.clock.advance(HOLD_MS);
    device.server.down.set(true);
    assert!(now(tab.sync()).is_err());
    device.clock.advance(-1_000);
    assert!(tab.held().is_empty());
    assert!(!now(tab.recall(id)).unwrap());
}

#[test]
fn what_may_have_left_stays_so_under_a_new_identity() {
    let device = Device::new();
    let tab = device.ready();
    now(tab.submit(agree(1))).unwrap();
    now(tab.let_go()).unwrap();
    device.server.down.set(true);
    assert!(now(tab.sync()).is_err());
    device.server.down.set(false);
    // The server does not know this client's past any more: it takes a new identity and numbers everything anew.
    let id = tab.waiting()[0].entry.id;
    for last in device.server.clients.borrow_mut().values_mut() {
        *last = 40;
    }
    now(tab.sync()).unwrap();
    assert!(!now(tab.recall(id)).unwrap());
    assert_eq!(device.server.received().len(), 1);
}

#[test]
fn a_turn_ends_when_its_task_is_given_up() {
    let turns = sync::turns::Turns::default();
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut first = pin!(async {
            let _turn = turns.take().await;
            give_way().await;
        });
        assert!(first.as_mut().poll(&mut context).is_pending());
        let mut second = pin!(turns.take());
        assert!(second.as_mut().poll(&mut context).is_pending());
    }
    now(turns.take());
}
