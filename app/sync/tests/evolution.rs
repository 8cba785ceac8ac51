//! Backward compatibility: this release reads what an earlier one has left on a device (`docs/EVOLUTION.md`). Each file in
//! `fixtures` holds everything a release had in its store. It is written once, by
//! `XIANGDAN_FREEZE=1 cargo test -p sync --test evolution`, and never again.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests report by panicking"
)]

use domain::commands::{PostNeed, SubmitNeed};
use domain::kinds::SUMMARY_LAYOUT;
use domain::{
    Actor, Command, Contact, Entity, Facts, Fen, Help, ItemNo, Key, Millis, NeedContent, NeedId,
    NeedItem, Place, Rejection, Role, Topic, Unit, Visibility,
};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use sync::engine::Engine;
use sync::outbox::Entry;
use sync::ports::{Area, CLIENT, NEXT_SEQ, Op, Remote, RemoteError, Store, StoreKey};
use sync::testkit::chance::{Chance, SetClock};
use sync::testkit::memory::MemoryStore;
use sync::wire::{
    Cursor, ExchangeAnswer, ExchangeRequest, FeedPage, Json, MutationResult, Refused, Row, VERSION,
    Verdict,
};

/// The releases whose devices are in the field, newest last.
const RELEASES: [&str; 3] = ["1", "2", "3"];
/// Where this release's own fixture goes. Until the release is out, a change of the format deletes its fixture and freezes it anew.
const RELEASE: &str = "3";

const AT: Millis = Millis(1_795_482_000_000);
const NEED: &str = "3f0c1d5e-8a4b-4c6d-9e2f-7a1b3c5d7e90";
const REFUSED: &str = "4a1d2e6f-9b5c-4d7e-8f30-8b2c4d6e8fa1";
const WAITING: &str = "bdac9e8f-7061-4c5d-8e4f-3021bcad9e8f";
const ORDER: &str = "9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().expect("an identifier")
}

fn actor() -> Actor {
    Actor {
        user: id("00000001-0000-4000-8000-000000000001"),
        name: "杨秀英".to_owned(),
        role: Role::Village {
            place: Place {
                village: id("431230104201"),
                city_name: "怀化市".to_owned(),
                county_name: "通道侗族自治县".to_owned(),
                town_name: "坪坦乡".to_owned(),
                village_name: "木脚村".to_owned(),
            },
        },
        library: vec![id("431230000000")],
    }
}

fn content(title: &str) -> NeedContent {
    NeedContent {
        title: title.to_owned(),
        details: "学生晚自习回家看不见路。".to_owned(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![NeedItem {
            no: ItemNo(1),
            name: "路灯".to_owned(),
            quantity: 24,
            unit: Unit::Of("盏".to_owned()),
        }],
        deadline: id("2026-12-31"),
        persons: 160,
        households: Some(42),
        budget: Some(Fen(2_400_000)),
        urgent: true,
        contact: Some(Contact {
            name: "杨秀英".to_owned(),
            phone: "19900000001".to_owned(),
        }),
    }
}

/// Answers with what it was given, once, and is unreachable afterwards.
#[derive(Clone, Default)]
struct Once(Rc<RefCell<Option<ExchangeAnswer>>>);

impl Remote for Once {
    async fn exchange(&self, _: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        let answer = self.0.borrow_mut().take();
        answer.ok_or_else(|| RemoteError::Unreachable("no network".to_owned()))
    }
}

type Device = Engine<MemoryStore, Once, SetClock, Chance>;

fn open(store: &MemoryStore, remote: Once) -> Device {
    let engine = Engine::open(
        store.clone(),
        remote,
        SetClock::at(AT),
        Chance::new(7),
        actor(),
    );
    now(engine).expect("opens")
}

fn row(kind: &str, id: &str, body: &Value) -> Row {
    Row {
        kind: kind.to_owned(),
        id: id.to_owned(),
        ver: 3,
        view: Visibility::Full,
        body: Some(Json::of(body).expect("json")),
    }
}

/// A row of each kind, one of a kind that this release does not know, and one with a variant that it does not know.
fn rows() -> Vec<Row> {
    let place = json!({ "village": "431230104201", "city_name": "怀化市", "county_name": "通道侗族自治县",
        "town_name": "坪坦乡", "village_name": "木脚村" });
    let user = "00000001-0000-4000-8000-000000000001";
    let need = |id: &str, title: &str, state: Value| {
        json!({ "id": id, "place": place, "content": content(title), "state": state,
            "history": [{ "at": AT, "what": "submitted" }, { "at": AT, "what": "published" }],
            "author": user, "created_at": AT, "updated_at": AT })
    };
    vec![
        row(
            "need",
            NEED,
            &need(
                NEED,
                "通组路夜间照明路灯",
                json!({ "published": { "at": AT } }),
            ),
        ),
        row(
            "order",
            ORDER,
            &json!({ "id": ORDER, "need": NEED, "need_title": "通组路夜间照明路灯", "place": place,
                "org": "53430000500000001L", "org_name": "湖南省萤火乡村公益基金会",
                "lines": [{ "item": 1, "quantity": 18 }], "lines_words": "路灯 18 盏", "due": "2026-12-10",
                "state": { "delivered": { "at": AT, "note": "装好了" } },
                "progress": [{ "id": "0d9c8b7a-6f5e-4d3c-8b2a-190817263544", "at": AT, "text": "装好 6 盏。", "cash": 320_000 }],
                "history": [{ "at": AT, "what": "taken" }], "taken_by": user, "created_at": AT, "updated_at": AT }),
        ),
        row(
            "organization",
            "53430000500000001L",
            &json!({ "code": "53430000500000001L", "name": "湖南省萤火乡村公益基金会", "registered_in": "430000000000",
                "serves": ["431230000000"], "approved": true }),
        ),
        row(
            "county",
            "431230000000",
            &json!({ "county": "431230000000", "publish": "both" }),
        ),
        row(
            "brand",
            "0d9c8b7a-6f5e-4d3c-8b2a-190817263545",
            &json!({ "title": "流动图书车" }),
        ),
        row(
            "need",
            "0d9c8b7a-6f5e-4d3c-8b2a-190817263546",
            &need(
                "0d9c8b7a-6f5e-4d3c-8b2a-190817263546",
                "合并到别的需求里",
                json!({ "merged": { "at": AT, "into": NEED } }),
            ),
        ),
    ]
}

/// What a device of this release holds after some work.
fn work() -> MemoryStore {
    let store = MemoryStore::default();
    now(store.open()).expect("opens");
    let remote = Once::default();
    let device = open(&store, remote.clone());
    let post = |need: &str, title: &str| -> Command {
        PostNeed {
            need: id(need),
            content: content(title),
        }
        .into()
    };
    now(device.submit(post(NEED, "通组路夜间照明路灯"))).expect("kept");
    now(device.submit(post(REFUSED, "通组路夜间照明路灯"))).expect("kept");
    let refused = Refused::new(&Rejection::AlreadyApproved).expect("json");
    let village = "village:431230104201";
    let answer = |cursor: &str, results, rows| ExchangeAnswer {
        v: VERSION,
        epoch: "9e3779b97f4a7c15".to_owned(),
        server_time: AT,
        last_seq: 2,
        results,
        feeds: vec![FeedPage {
            feed: village.to_owned(),
            rows,
            cursor: cursor.parse::<Cursor>().expect("a cursor"),
            complete: true,
            reset: false,
        }],
        drop: Vec::new(),
        more: false,
        stop: None,
    };
    let results = vec![
        MutationResult {
            seq: 1,
            verdict: Verdict::Applied,
            duplicate: false,
        },
        MutationResult {
            seq: 2,
            verdict: Verdict::Rejected(refused),
            duplicate: false,
        },
    ];
    *remote.0.borrow_mut() = Some(answer("3", results, rows()));
    now(device.sync()).expect("syncs");
    // What was applied leaves the outbox one sync late.
    *remote.0.borrow_mut() = Some(answer("3", Vec::new(), Vec::new()));
    now(device.sync()).expect("syncs");
    now(device.submit(post(WAITING, "村卫生室血压计"))).expect("kept");
    let form = Json::of(&json!({ "title": "写到一半" })).expect("json");
    now(device.put_draft("need/1", &form)).expect("kept");
    store
}

fn fixture(release: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/release-{release}.json"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).expect("hex"))
        .collect()
}

/// Writes everything in a store; bytes in hexadecimal.
fn freeze(store: &MemoryStore) -> Value {
    let mut areas = BTreeMap::new();
    for area in Area::ALL {
        let values: Vec<Value> = now(store.load(area))
            .expect("reads")
            .into_iter()
            .map(|(key, bytes)| {
                let key = match key {
                    StoreKey::Number(n) => json!(n),
                    StoreKey::Text(text) => json!(text),
                };
                json!([key, hex(&bytes)])
            })
            .collect();
        areas.insert(area.name(), values);
    }
    json!(areas)
}

fn thaw(frozen: &Value) -> MemoryStore {
    let store = MemoryStore::default();
    now(store.open()).expect("opens");
    for area in Area::ALL {
        for value in frozen[area.name()].as_array().expect("an area") {
            let key = match &value[0] {
                Value::Number(n) => StoreKey::Number(n.as_u64().expect("a number")),
                key => StoreKey::from(key.as_str().expect("a key")),
            };
            let bytes = unhex(value[1].as_str().expect("bytes"));
            now(store.write(None, vec![Op::Put(area, key, bytes)])).expect("writes");
        }
    }
    store
}

fn frozen(release: &str) -> Value {
    let text = std::fs::read_to_string(fixture(release)).expect("a fixture");
    serde_json::from_str(&text).expect("json")
}

/// What every release must show of the work above.
fn check(device: &Device) {
    let key: Key = Key::Need(id::<NeedId>(NEED));
    let need = now(device.entity(key)).expect("reads").expect("is here");
    let Entity::Need(need) = need.entity else {
        panic!("a need")
    };
    assert_eq!(need.content, content("通组路夜间照明路灯"));
    let open = device
        .replica()
        .list(|facts| matches!(facts, Facts::Need(need) if need.is_open()));
    let titles: Vec<&str> = open.iter().map(|item| item.summary.title()).collect();
    assert_eq!(titles, ["通组路夜间照明路灯"]);
    let orders = device.replica().list(|f| matches!(f, Facts::Order(_)));
    assert_eq!(orders.len(), 1);
    let waiting = device.waiting();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert!(matches!(
        waiting[0].command,
        Ok(Command::PostNeed(PostNeed { need, .. })) if need == id(WAITING)
    ));
    let shown = now(device.entity(Key::Need(id::<NeedId>(WAITING)))).expect("reads");
    assert!(shown.expect("shown").pending.is_some());
    let notices = device.notices();
    assert_eq!(notices.len(), 1);
    assert_eq!(
        notices[0].refused.rejection(),
        Some(Rejection::AlreadyApproved)
    );
    assert!(now(device.draft("need/1")).expect("reads").is_some());
    // Rows of a newer release are still here, as they came.
    let rows = device.replica().placements().count();
    assert_eq!(rows, 6);
    let unread = device.replica().unread();
    let needs = unread
        .iter()
        .filter(|(key, ..)| matches!(key, Key::Need(_)));
    assert_eq!(needs.count(), 1);
    // Fixtures of releases that did not know supplies hold one that nobody has written so.
    assert!(
        unread
            .iter()
            .all(|(key, ..)| matches!(key, Key::Need(_) | Key::Supply(_)))
    );
    let state = device.replica().state().clone();
    let cursor = state.cursors.get(&id("village:431230104201"));
    assert_eq!(cursor, Some(&Cursor::after(3)));
    assert!(state.complete && state.covered == 2);
}

#[test]
fn every_release_in_the_field_is_read() {
    if std::env::var_os("XIANGDAN_FREEZE").is_some() {
        let file = fixture(RELEASE);
        assert!(!file.exists(), "{} is frozen", file.display());
        let text = serde_json::to_string_pretty(&freeze(&work())).expect("json");
        std::fs::write(file, text + "\n").expect("written");
    }
    for release in RELEASES {
        let store = thaw(&frozen(release));
        check(&open(&store, Once::default()));
        // What was applied can still be offered to a server that was put back to a backup.
        let identity = now(store.load(Area::Identity)).expect("reads");
        let (sent, _) = sync::sent::take_back(&identity);
        let named: Vec<&str> = sent.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(named, ["PostNeed"]);
    }
}

#[test]
fn this_release_writes_what_its_fixture_holds() {
    assert_eq!(freeze(&work()), frozen(RELEASE), "the format has changed");
}

#[test]
fn summaries_of_another_layout_are_made_anew_from_the_bodies() {
    let bytes_of = |layout: u32| format!("{layout:02x}");
    for (layout, is_kept) in [(SUMMARY_LAYOUT - 1, true), (SUMMARY_LAYOUT + 1, false)] {
        let (ours, layout) = (bytes_of(SUMMARY_LAYOUT), bytes_of(layout));
        let mut other = frozen(RELEASE);
        for segment in other["segments"].as_array_mut().expect("segments") {
            let bytes = segment[1].as_str().expect("bytes").to_owned();
            assert_eq!(&bytes[..2], ours, "a segment begins with its layout");
            segment[1] = json!(format!("{layout}{}", &bytes[2..]));
        }
        let store = thaw(&other);
        let before = now(store.load(Area::Segments)).expect("reads").len();
        // Nothing is fetched for it: this remote never answers.
        check(&open(&store, Once::default()));
        let after = now(store.load(Area::Segments)).expect("reads").len();
        // What an older release wrote is written anew, what a newer one wrote is left to it.
        assert_eq!(after > before, is_kept, "layout {layout}");
        check(&open(&store, Once::default()));
    }
}

#[test]
fn a_damaged_body_under_pending_work_is_noticed_and_nothing_runs_in_circles() {
    let mut damaged = frozen(RELEASE);
    for chunk in damaged["chunks"].as_array_mut().expect("chunks") {
        let bytes = chunk[1].as_str().expect("bytes");
        // One bit of the first body: a quotation mark becomes another sign.
        chunk[1] = json!(format!("{}23{}", &bytes[..2], &bytes[4..]));
    }
    let store = thaw(&damaged);
    // Work is pending on the need whose body is damaged.
    let submit: Command = SubmitNeed { need: id(NEED) }.into();
    let entry = Entry::new(id("5d4c3b2a-1908-4f7e-8d6c-5b4a39281711"), &submit, AT);
    let bytes = entry.and_then(|e| e.to_bytes()).expect("json");
    now(store.append(vec![bytes])).expect("kept");
    let device = open(&store, Once::default());
    let key = Key::Need(id::<NeedId>(NEED));
    assert!(now(device.entity(key)).expect("reads").is_none());
    assert!(device.replica().is_empty(), "the cache starts anew");
    assert_eq!(device.waiting().len(), 2, "what waits stays");
    assert_eq!(device.notices().len(), 1);
}

#[test]
fn the_keys_of_the_identity_area_are_frozen() {
    assert_eq!((CLIENT, NEXT_SEQ), ("client", "next_seq"));
}
