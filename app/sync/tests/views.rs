//! One entity that several feeds show, some in full and some what everybody may see: lists say what the fullest view says, whatever came
//! last, and nothing of a view that was taken away.
#![expect(clippy::unwrap_used, reason = "tests report by panicking")]

use domain::{ClientId, Feed, Key, RegionCode, Visibility};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use sync::knowledge::Knowledge;
use sync::ports::{Area, Store, StoreKey};
use sync::replica::{Plan, Replica};
use sync::testkit::memory::MemoryStore;
use sync::wire::{Cursor, ExchangeAnswer, FeedPage, Json, Row, VERSION};

const CODE: &str = "51430000500000001T";

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// The feeds that show it.
fn feeds() -> [Feed; 4] {
    let county: RegionCode = "431230000000".parse().unwrap();
    [
        Feed::Org(CODE.parse().unwrap()),
        Feed::Office(county),
        Feed::Board(county),
        Feed::Board("430000000000".parse().unwrap()),
    ]
}

/// Its name is what tells one view from another.
fn row(ver: u64, view: Visibility, name: &str) -> Row {
    let body = format!(
        r#"{{"code":"{CODE}","name":"{name}","registered_in":"431230000000","serves":["431230000000"],"approved":true}}"#
    );
    Row {
        kind: "organization".to_owned(),
        id: CODE.to_owned(),
        ver,
        view,
        body: (view != Visibility::Gone).then(|| Json::new(body).unwrap()),
    }
}

/// What happens to the device: news of a feed, or a feed that is not its own any more.
#[derive(Clone, Debug)]
enum Step {
    Shown(usize, Visibility),
    Left(usize),
    Compacted,
}

fn step() -> impl Strategy<Value = Step> {
    let view = prop_oneof![
        3 => Just(Visibility::Full),
        3 => Just(Visibility::Public),
        1 => Just(Visibility::Gone),
    ];
    prop_oneof![
        8 => (0..4usize, view).prop_map(|(feed, view)| Step::Shown(feed, view)),
        1 => (0..4usize).prop_map(Step::Left),
        1 => Just(Step::Compacted),
    ]
}

fn answer(feeds: Vec<FeedPage>, drop: Vec<String>) -> ExchangeAnswer {
    ExchangeAnswer {
        v: VERSION,
        epoch: "one".to_owned(),
        server_time: domain::Millis(1_795_482_000_000),
        last_seq: 0,
        results: Vec::new(),
        stop: None,
        feeds,
        drop,
        more: false,
    }
}

struct Device {
    store: MemoryStore,
    replica: Replica,
}

impl Device {
    fn write(&mut self, plan: Plan) {
        now(self.store.write(Some(plan.guard), plan.ops)).unwrap();
        self.replica.commit(plan.news);
    }

    fn compact(&mut self) {
        let chunks = now(self.store.load(Area::Chunks)).unwrap();
        let plan = self.replica.plan_compaction(&chunks).unwrap();
        self.write(plan);
    }

    /// What another start of the page would show.
    fn reopened(&self) -> Replica {
        let state = now(self.store.get(Area::State, &[Replica::state_key()])).unwrap();
        let segments: Vec<(StoreKey, Vec<u8>)> = now(self.store.load(Area::Segments)).unwrap();
        Replica::read(
            state.into_iter().next().flatten(),
            &segments,
            Knowledge::default(),
        )
        .unwrap()
    }
}

fn name(replica: &Replica) -> Option<String> {
    let item = replica.list_item(&Key::Organization(CODE.parse().unwrap()))?;
    let listed = replica.list(|_| true);
    assert_eq!(listed.len(), 1);
    Some(item.summary.title().to_owned())
}

proptest! {
    #[test]
    fn lists_show_the_fullest_view_whatever_came_last(steps in prop::collection::vec(step(), 1..24)) {
        let feeds = feeds();
        let mut device = Device { store: MemoryStore::default(), replica: Replica::new(Knowledge::default()) };
        let client = ClientId::from_random([7; 16]);
        // What each feed says now: a name, and whether it shows everything.
        let mut said: BTreeMap<usize, (bool, String)> = BTreeMap::new();
        for (ver, step) in (1..).zip(steps) {
            match step {
                Step::Shown(at, view) => {
                    let name = format!("第{ver}版");
                    let page = FeedPage {
                        feed: feeds[at].to_string(),
                        reset: false,
                        rows: vec![row(ver, view, &name)],
                        cursor: Cursor::after(ver),
                        complete: true,
                    };
                    match view {
                        Visibility::Gone => said.remove(&at),
                        view => said.insert(at, (view == Visibility::Full, name)),
                    };
                    let plan = device.replica.plan(client, &answer(vec![page], Vec::new())).unwrap();
                    device.write(plan);
                }
                Step::Left(at) => {
                    said.remove(&at);
                    let plan = device.replica.plan(client, &answer(Vec::new(), vec![feeds[at].to_string()])).unwrap();
                    device.write(plan);
                }
                Step::Compacted => device.compact(),
            }
            let fullest = said.values().any(|(full, _)| *full);
            let allowed: Vec<&String> = said.values().filter(|(full, _)| *full == fullest).map(|(_, name)| name).collect();
            for replica in [&device.replica, &device.reopened()] {
                let shown = name(replica);
                prop_assert_eq!(shown.is_none(), allowed.is_empty());
                prop_assert!(shown.iter().all(|shown| allowed.contains(&shown)), "{:?} of {:?}", shown, said);
            }
        }
    }
}
