//! The engine against a small server: whose work goes out, what time it is, how much comes at once, and storage that is cleared under it.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests report by panicking"
)]

use domain::commands::SaveNeed;
use domain::{
    Actor, Day, Feed, Key, Millis, MutationId, NeedContent, NeedId, Place, RegionCode, Role,
    UserId, Visibility,
};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use sync::engine::{Engine, ReadIn, ReadInError, SyncError};
use sync::page_size::{FIRST_BYTES, LEAST_BYTES};
use sync::ports::{Area, Database, Remote, RemoteError, Store, StoreKey};
use sync::testkit::chance::{Chance, SetClock};
use sync::testkit::memory::MemoryStore;
use sync::unsent_file::UnsentFileError;
use sync::wire::{
    Cursor, ExchangeAnswer, ExchangeRequest, FeedPage, Json, Mutation, MutationResult, Row,
    VERSION, Verdict,
};

/// 2026-11-24, morning in Hunan.
const AT: Millis = Millis(1_795_482_000_000);
const HOUR: i64 = 3_600_000;

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn user(n: u8) -> UserId {
    UserId::from_random([n; 16])
}

fn village() -> RegionCode {
    "431230104201".parse().expect("a village")
}

fn actor(n: u8) -> Actor {
    Actor {
        user: user(n),
        name: "杨秀英".to_owned(),
        role: Role::Village {
            place: Place {
                village: village(),
                city_name: "怀化市".to_owned(),
                county_name: "通道侗族自治县".to_owned(),
                town_name: "坪坦乡".to_owned(),
                village_name: "木脚村".to_owned(),
            },
        },
        library: Vec::new(),
    }
}

fn need(n: u8) -> NeedId {
    NeedId::from_random([n; 16])
}

fn draft(n: u8) -> SaveNeed {
    let content = r#"{"title":"村道路灯十八盏","topic":"environment","help":"relief","items":[],
        "deadline":"2026-12-31","persons":320}"#;
    let content: NeedContent = serde_json::from_str(content).expect("content");
    SaveNeed {
        need: need(n),
        content,
    }
}

/// A server with one feed, and the line to it: whoever is signed in, everything is accepted once.
struct World {
    signed_in: Cell<UserId>,
    up: Cell<bool>,
    /// The device's clock, which moves while a request is on its way.
    device: SetClock,
    /// How far the server's clock is ahead of it.
    ahead_ms: Cell<i64>,
    /// Bytes a second that the line carries.
    per_s: Cell<i64>,
    /// How many rows of a kilobyte there are.
    rows: Cell<u64>,
    asked: RefCell<Vec<ExchangeRequest>>,
    applied: RefCell<Vec<(UserId, Mutation)>>,
}

#[derive(Clone)]
struct Line(Rc<World>);

impl Line {
    fn new() -> Self {
        Self(Rc::new(World {
            signed_in: Cell::new(user(1)),
            up: Cell::new(true),
            device: SetClock::at(AT),
            ahead_ms: Cell::new(0),
            per_s: Cell::new(10_000_000),
            rows: Cell::new(0),
            asked: RefCell::default(),
            applied: RefCell::default(),
        }))
    }

    fn feed(&self, request: &ExchangeRequest) -> FeedPage {
        let feed = Feed::Village(village()).to_string();
        let from = match request.cursors.get(&feed) {
            Some(Cursor {
                ver: 1,
                within: Some((_, id)),
            }) => id.parse().expect("a number"),
            Some(Cursor { ver: 1, .. }) => self.0.rows.get(),
            _ => 0,
        };
        let room = u64::from(request.page_bytes.unwrap_or(1 << 20))
            .div_ceil(1024)
            .max(1);
        let to = self.0.rows.get().min(from + room);
        let row = |n: u64| Row {
            kind: "a kind of a later release".to_owned(),
            id: format!("{n:09}"),
            ver: 1,
            view: Visibility::Full,
            body: Some(Json::new(format!("\"{}\"", "x".repeat(1022))).expect("json")),
        };
        let complete = to == self.0.rows.get();
        let within = Some(("a kind of a later release".to_owned(), format!("{to:09}")));
        FeedPage {
            feed,
            reset: false,
            rows: (from + 1..=to).map(row).collect(),
            cursor: if complete {
                Cursor::after(1)
            } else {
                Cursor { ver: 1, within }
            },
            complete,
        }
    }
}

impl Remote for Line {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        let world = &self.0;
        world.asked.borrow_mut().push(request.clone());
        world.device.advance(150);
        if !world.up.get() {
            return Err(RemoteError::Unreachable("no network".to_owned()));
        }
        let signed_in = world.signed_in.get();
        if request.user.is_some_and(|user| user != signed_in) {
            return Err(RemoteError::OtherUser);
        }
        let server_time = sync::ports::Clock::now(&world.device).plus(world.ahead_ms.get());
        let mut results = Vec::new();
        for m in &request.mutations {
            let mut applied = world.applied.borrow_mut();
            let duplicate = applied.iter().any(|(_, known)| known.id == m.id);
            if !duplicate {
                applied.push((signed_in, m.clone()));
            }
            results.push(MutationResult {
                seq: m.seq,
                verdict: Verdict::Applied,
                duplicate,
            });
        }
        let page = self.feed(request);
        let more = !page.complete;
        let answer = ExchangeAnswer {
            v: VERSION,
            epoch: "one".to_owned(),
            server_time,
            last_seq: request.mutations.last().map_or(0, |m| m.seq),
            results,
            stop: None,
            feeds: vec![page],
            drop: Vec::new(),
            more,
        };
        let bytes = i64::try_from(answer.body_bytes()).expect("few");
        world.device.advance(150 + bytes * 1000 / world.per_s.get());
        Ok(answer)
    }
}

type Page = Engine<MemoryStore, Line, SetClock, Chance>;

fn page(store: &MemoryStore, line: &Line, seed: u64) -> Page {
    page_of(1, store, line, seed)
}

fn page_of(n: u8, store: &MemoryStore, line: &Line, seed: u64) -> Page {
    let clock = line.0.device.clone();
    let opened = Engine::open(
        store.clone(),
        line.clone(),
        clock,
        Chance::new(seed),
        actor(n),
    );
    now(opened).expect("opens")
}

fn outbox(store: &MemoryStore) -> Vec<StoreKey> {
    let stored = now(store.load(Area::Outbox)).expect("reads");
    stored.into_iter().map(|(key, _)| key).collect()
}

// ---- whose work it is

#[test]
fn nothing_goes_out_and_nothing_is_asked_while_somebody_else_is_signed_in() {
    let (line, store) = (Line::new(), MemoryStore::default());
    let page = page(&store, &line, 1);
    now(page.submit(draft(1))).expect("kept");
    line.0.signed_in.set(user(2));
    let other = Err(SyncError::Remote(RemoteError::OtherUser));
    assert_eq!(now(page.sync()), other);
    assert!(page.is_other_user());
    let asked = line.0.asked.borrow().len();
    assert_eq!(asked, 1);

    // Not even the question goes out again.
    assert_eq!(now(page.sync()), other);
    page.set_actor(actor(2));
    assert_eq!(now(page.sync()), other);
    assert_eq!(line.0.asked.borrow().len(), asked);
    assert_eq!(page.actor(), actor(1), "an engine stays one person's");
    assert_eq!((page.status().waiting, outbox(&store).len()), (1, 1));
    assert!(line.0.applied.borrow().is_empty());

    line.0.signed_in.set(user(1));
    page.set_actor(actor(1));
    assert_eq!(now(page.sync()).expect("syncs").verdicts, 1);
    assert_eq!(line.0.applied.borrow()[0].0, user(1));
}

#[test]
fn every_request_names_its_person() {
    let (line, store) = (Line::new(), MemoryStore::default());
    let page = page(&store, &line, 1);
    line.0.rows.set(400);
    now(page.submit(draft(1))).expect("kept");
    now(page.sync()).expect("syncs");
    let asked = line.0.asked.borrow();
    assert!(asked.len() > 1);
    assert!(asked.iter().all(|request| request.user == Some(user(1))));
}

// ---- what time it is

#[test]
fn a_phone_three_hours_slow_works_by_the_servers_clock_also_after_reopening_without_a_network() {
    let (line, store) = (Line::new(), MemoryStore::default());
    line.0.ahead_ms.set(3 * HOUR);
    let first = page(&store, &line, 1);
    assert_eq!(first.now(), AT);
    now(first.sync()).expect("syncs");
    let right = |page: &Page| {
        let device = sync::ports::Clock::now(&line.0.device);
        (page.now().0 - device.0 - 3 * HOUR).abs() <= 300
    };
    assert!(right(&first), "{}", first.status().ahead_ms);
    now(first.submit(draft(1))).expect("kept");
    let at = first.waiting()[0].entry.at;
    assert!(
        (at.0 - AT.0 - 3 * HOUR).abs() < 2_000,
        "an act is told at the right time: {at:?}"
    );
    drop(first);

    line.0.up.set(false);
    let second = page(&store, &line, 2);
    assert!(right(&second), "{}", second.status().ahead_ms);
}

#[test]
fn on_a_phone_a_day_behind_today_is_the_servers() {
    let (line, store) = (Line::new(), MemoryStore::default());
    line.0.ahead_ms.set(24 * HOUR);
    let page = page(&store, &line, 1);
    let before: Day = page.now().day();
    now(page.sync()).expect("syncs");
    assert_eq!(page.now().day(), before.plus(1));
}

// ---- how much comes at once

#[test]
fn a_first_download_on_a_bad_line_comes_in_pages_of_seconds_and_each_is_kept() {
    let (line, store) = (Line::new(), MemoryStore::default());
    line.0.rows.set(300);
    // 3 kB a second before compression: all at once it would be silent for more than a minute.
    line.0.per_s.set(3_000);
    let page_ = page(&store, &line, 1);
    let received = Rc::new(RefCell::new(Vec::new()));
    let page_ = Rc::new(page_);
    let (seen, told) = (Rc::clone(&page_), Rc::clone(&received));
    page_.on_change(move || told.borrow_mut().push(seen.status().received));
    let begun = sync::ports::Clock::now(&line.0.device);
    let synced = now(page_.sync()).expect("syncs");
    assert_eq!(synced.rows, 300);
    let took = sync::ports::Clock::now(&line.0.device).since(begun);
    assert!(took > 90_000, "{took} ms");
    let sizes: Vec<u32> = line
        .0
        .asked
        .borrow()
        .iter()
        .filter_map(|r| r.page_bytes)
        .collect();
    assert_eq!(sizes[0], FIRST_BYTES);
    assert!(
        sizes[2..]
            .iter()
            .all(|size| (LEAST_BYTES..20_000).contains(size)),
        "{sizes:?}"
    );
    let told = received.borrow();
    assert!(
        told.windows(2).all(|w| w[0] <= w[1] || w[1] == 0),
        "{told:?}"
    );
    assert!(
        told.iter().filter(|n| **n > 0 && **n < 300).count() >= 5,
        "progress is told: {told:?}"
    );
}

#[test]
fn the_size_that_fitted_the_line_is_where_the_next_start_begins() {
    let (line, store) = (Line::new(), MemoryStore::default());
    line.0.rows.set(300);
    line.0.per_s.set(3_000);
    let first = page(&store, &line, 1);
    now(first.sync()).expect("syncs");
    let sizes = || -> Vec<u32> {
        let asked = line.0.asked.borrow();
        asked.iter().filter_map(|r| r.page_bytes).collect()
    };
    let fitted = *sizes().last().expect("asked");
    assert!((LEAST_BYTES..20_000).contains(&fitted), "{fitted}");
    drop(first);

    // Without a network for a while, and on another day: the line is as it was.
    let second = page(&store, &line, 2);
    line.0.up.set(false);
    for _ in 0..3 {
        assert!(now(second.sync()).is_err());
    }
    drop(second);
    line.0.up.set(true);
    let asked = sizes().len();
    let third = page(&store, &line, 3);
    now(third.sync()).expect("syncs");
    assert_eq!(third.replica().len(), 300);
    let begun = sizes()[asked];
    assert!(
        begun.abs_diff(fitted) * 4 < fitted,
        "{begun} after {fitted}"
    );
}

#[test]
fn what_came_before_the_line_broke_is_kept_and_the_rest_is_asked_for_in_small_pages() {
    let (line, store) = (Line::new(), MemoryStore::default());
    line.0.rows.set(64);
    let page = page(&store, &line, 1);
    now(page.sync()).expect("syncs");
    assert_eq!(page.replica().len(), 64);
    line.0.rows.set(128);
    line.0.up.set(false);
    assert!(now(page.sync()).is_err());
    assert_eq!(page.replica().len(), 64);
    let before = line.0.asked.borrow().last().and_then(|r| r.page_bytes);
    assert!(now(page.sync()).is_err());
    let after = line.0.asked.borrow().last().and_then(|r| r.page_bytes);
    assert!(after < before, "{after:?} after {before:?}");
}

// ---- storage cleared under an open page

#[test]
fn what_waits_is_written_down_again_and_arrives_once() {
    for touch in ["act", "draft", "sync", "other tab"] {
        let (line, store) = (Line::new(), MemoryStore::default());
        line.0.up.set(false);
        let first = page(&store, &line, 1);
        for n in 1..=3 {
            now(first.submit(draft(n))).expect("kept");
        }
        let client = first.client();
        store.wipe(Database::Durable);
        let expected = match touch {
            "act" => now(first.submit(draft(4))).map(|_| 4).expect("kept"),
            "draft" => {
                let form = Json::new("{}".to_owned()).expect("json");
                now(first.put_draft("need", &form))
                    .map(|()| 3)
                    .expect("kept")
            }
            "sync" => now(first.sync()).map_or(3, |_| 0),
            _ => now(first.refresh()).map(|()| 3).expect("read"),
        };
        assert_eq!(outbox(&store).len(), expected, "{touch}");
        assert!(first.status().storage_lost, "{touch}: the person is told");
        assert_ne!(
            first.client(),
            client,
            "{touch}: numbers of the old client are used"
        );
        assert_eq!(first.status().waiting, expected, "{touch}");
        let shown = now(first.entity(Key::Need(need(2)))).expect("reads");
        assert!(shown.is_some(), "{touch}: what waits is shown");
        drop(first);

        line.0.up.set(true);
        let second = page(&store, &line, 2);
        assert_eq!(second.status().waiting, expected, "{touch}");
        now(second.sync()).expect("syncs");
        let mut applied: Vec<MutationId> =
            line.0.applied.borrow().iter().map(|(_, m)| m.id).collect();
        applied.dedup();
        assert_eq!(applied.len(), expected, "{touch}");
    }
}

#[test]
fn what_was_sent_but_whose_answer_is_not_kept_yet_is_not_done_twice() {
    let (line, store) = (Line::new(), MemoryStore::default());
    let page = page(&store, &line, 1);
    now(page.submit(draft(1))).expect("kept");
    now(page.sync()).expect("syncs");
    store.wipe(Database::Durable);
    now(page.submit(draft(2))).expect("kept");
    now(page.sync()).expect("syncs");
    now(page.sync()).expect("syncs");
    assert_eq!(line.0.applied.borrow().len(), 2);
    assert_eq!(page.status().waiting, 0);
}

#[test]
fn of_two_tabs_that_notice_the_loss_none_forgets_the_others_work() {
    let (line, store) = (Line::new(), MemoryStore::default());
    line.0.up.set(false);
    let one = page(&store, &line, 1);
    let two = page(&store, &line, 2);
    now(one.submit(draft(1))).expect("kept");
    now(two.refresh()).expect("reads");
    now(two.submit(draft(2))).expect("kept");
    store.wipe(Database::Durable);
    now(one.submit(draft(3))).expect("kept");
    now(two.refresh()).expect("reads");
    now(two.submit(draft(4))).expect("kept");
    line.0.up.set(true);
    now(one.refresh()).expect("reads");
    now(one.sync()).expect("syncs");
    assert_eq!(line.0.applied.borrow().len(), 4);
    assert_eq!(outbox(&store).len(), 4);
}

// ---- unsent work as a file

#[test]
fn a_file_of_unsent_work_is_read_in_on_another_device_and_nothing_is_done_twice() {
    let line = Line::new();
    let (old, new) = (MemoryStore::default(), MemoryStore::default());
    line.0.up.set(false);
    let lost = page(&old, &line, 1);
    for n in 1..=3 {
        now(lost.submit(draft(n))).expect("kept");
    }
    let file = lost.export();

    let found = page(&new, &line, 2);
    now(found.submit(draft(9))).expect("kept");
    let read = now(found.read_in(&file)).expect("read in");
    assert_eq!(
        read,
        ReadIn {
            unsent: 3,
            refused: 0,
            known: 0
        }
    );
    assert_eq!(
        outbox(&new),
        [1, 2, 3, 4].map(StoreKey::Number),
        "new numbers follow"
    );
    assert!(
        now(found.entity(Key::Need(need(2))))
            .expect("reads")
            .is_some(),
        "shown at once"
    );
    // The same file again brings nothing.
    let again = now(found.read_in(&file)).expect("read in");
    assert_eq!(
        again,
        ReadIn {
            unsent: 0,
            refused: 0,
            known: 3
        }
    );

    line.0.up.set(true);
    now(found.sync()).expect("syncs");
    assert_eq!(line.0.applied.borrow().len(), 4);
    // The old device is found again: its ids are the same.
    now(lost.sync()).expect("syncs");
    assert_eq!(line.0.applied.borrow().len(), 4);
    // What was sent is known even after it has left the outbox.
    now(found.sync()).expect("syncs");
    assert_eq!(outbox(&new), []);
    let again = now(found.read_in(&file)).expect("read in");
    assert_eq!(
        again,
        ReadIn {
            unsent: 0,
            refused: 0,
            known: 3
        }
    );
}

#[test]
fn a_file_that_is_not_taken_changes_nothing() {
    let line = Line::new();
    line.0.up.set(false);
    let mine = MemoryStore::default();
    let page_ = page(&mine, &line, 1);
    now(page_.submit(draft(1))).expect("kept");
    let theirs = MemoryStore::default();
    let other = page_of(2, &theirs, &line, 2);
    now(other.submit(draft(2))).expect("kept");
    let file = other.export();
    for (text, why) in [
        (file.as_str(), UnsentFileError::OtherUser),
        ("{\"title\":\"别的\"}", UnsentFileError::NotOurs),
        (&page_.export()[..200], UnsentFileError::Damaged),
    ] {
        let refused = now(page_.read_in(text));
        assert_eq!(refused, Err(ReadInError::File(why)));
        assert_eq!(page_.status().waiting, 1);
        assert_eq!(outbox(&mine), [1.into()]);
    }
}
