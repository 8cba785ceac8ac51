use crate::browser::{keys, script};
use domain::commands::SaveNeed;
use domain::{
    Actor, Entity, Feed, Key, Millis, NeedId, Place, RegionCode, Role, UserId, Visibility,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use store::IndexedDbStore;
use sync::engine::Engine;
use sync::ports::{Area, Remote, RemoteError};
use sync::testkit::chance::{Chance, SetClock};
use sync::wire::{
    Cursor, ExchangeAnswer, ExchangeRequest, FeedPage, Json, Mutation, MutationResult, Row,
    VERSION, Verdict,
};
use wasm_bindgen_test::wasm_bindgen_test;

/// A server that accepts everything once and then shows one need; out of reach until `up`.
#[derive(Clone, Default)]
struct Server {
    up: Rc<Cell<bool>>,
    need: Rc<RefCell<Option<Entity>>>,
    received: Rc<RefCell<Vec<Mutation>>>,
}

impl Remote for Server {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        if !self.up.get() {
            return Err(RemoteError::Unreachable("no network".to_owned()));
        }
        let mut results = Vec::new();
        for m in &request.mutations {
            let duplicate = self.received.borrow().iter().any(|known| known == m);
            if !duplicate {
                self.received.borrow_mut().push(m.clone());
            }
            results.push(MutationResult {
                seq: m.seq,
                verdict: Verdict::Applied,
                duplicate,
            });
        }
        let last_seq = self.received.borrow().last().map_or(0, |m| m.seq);
        let feed = Feed::Village(village()).to_string();
        let known = request.cursors.get(&feed).is_some_and(|c| c.ver >= 1);
        let rows = self
            .need
            .borrow()
            .iter()
            .filter(|_| !known)
            .map(row)
            .collect();
        Ok(ExchangeAnswer {
            v: VERSION,
            epoch: "one".to_owned(),
            server_time: Millis(5_000),
            last_seq,
            results,
            stop: None,
            feeds: vec![FeedPage {
                feed,
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

fn row(entity: &Entity) -> Row {
    let Key::Need(id) = entity.key() else {
        panic!("a need");
    };
    Row {
        kind: "need".to_owned(),
        id: id.to_string(),
        ver: 1,
        view: Visibility::Full,
        body: Some(Json::new(entity.to_json().unwrap()).unwrap()),
    }
}

fn village() -> RegionCode {
    "431230104213".parse().unwrap()
}

type Page = Engine<IndexedDbStore, Server, SetClock, Chance>;

/// A page on which the cadre of one village is signed in.
async fn page(scope: &str, server: &Server, seed: u64) -> Page {
    let actor = Actor {
        user: UserId::from_random([7; 16]),
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
    };
    let store = IndexedDbStore::new(scope);
    let clock = SetClock::at(Millis(1_000));
    let opened = Engine::open(store, server.clone(), clock, Chance::new(seed), actor).await;
    opened.unwrap()
}

fn lamps(id: NeedId) -> SaveNeed {
    let content = r#"{"title":"村道路灯十八盏","topic":"environment","help":"relief","items":[],
        "deadline":"2026-12-31","persons":320}"#;
    SaveNeed {
        need: id,
        content: serde_json::from_str(content).unwrap(),
    }
}

#[wasm_bindgen_test]
async fn work_done_offline_is_there_after_reopening_and_arrives_once() {
    let server = Server::default();
    let id = NeedId::from_random([3; 16]);
    let key = Key::Need(id);

    let first = page("engine", &server, 1).await;
    assert!(!first.status().storage_lost);
    assert_eq!(first.submit(lamps(id)).await, Ok(1));
    assert!(first.sync().await.is_err(), "the server is away");
    let client = first.client();
    drop(first);

    let second = page("engine", &server, 2).await;
    assert_eq!(second.client(), client);
    assert!(!second.status().storage_lost);
    assert_eq!(second.status().waiting, 1);
    let seen = second.entity(key).await.unwrap().unwrap();
    assert_eq!(seen.pending, Some(1));
    *server.need.borrow_mut() = Some(seen.entity);
    server.up.set(true);
    assert_eq!(second.sync().await.unwrap().verdicts, 1);
    drop(second);

    server.up.set(false);
    let third = page("engine", &server, 3).await;
    assert_eq!(third.status().waiting, 0);
    assert_eq!(third.status().last_contact, Some(Millis(5_000)));
    let seen = third.entity(key).await.unwrap().unwrap();
    assert_eq!(seen.pending, None, "from the cache now");
    server.up.set(true);
    third.sync().await.unwrap();
    third.sync().await.unwrap();
    assert_eq!(server.received.borrow().len(), 1, "nothing else was sent");
    assert_eq!(keys(third.store(), Area::Outbox).await, []);
}

#[wasm_bindgen_test]
async fn drafts_survive_and_a_cleared_outbox_is_told() {
    let server = Server::default();
    let first = page("engine-lost", &server, 4).await;
    let form = Json::new(r#"{"title":"修水渠"}"#.to_owned()).unwrap();
    first.put_draft("need", &form).await.unwrap();
    drop(first);

    let second = page("engine-lost", &server, 5).await;
    assert_eq!(second.draft("need").await, Ok(Some(form)));
    drop(second);

    script("await asked(indexedDB.deleteDatabase('xiangdan-outbox-engine-lost'))").await;
    let third = page("engine-lost", &server, 6).await;
    assert!(third.status().storage_lost);
    assert_eq!(third.draft("need").await, Ok(None));
    assert_eq!(keys(third.store(), Area::Outbox).await, []);
}

/// Storage is cleared under an open page, as a phone does that runs out of room: the connections are closed and the databases are gone.
async fn clear_under_the_page(scope: &str) {
    script(&format!(
        "for (const name of ['xiangdan-outbox-{scope}', 'xiangdan-cache-1-{scope}'])
            await asked(indexedDB.deleteDatabase(name));"
    ))
    .await;
}

#[wasm_bindgen_test]
async fn what_waits_is_written_down_again_when_storage_is_cleared_under_an_open_page() {
    let server = Server::default();
    let page_ = page("engine-cleared", &server, 7).await;
    let ids = [4, 5, 6].map(|n| NeedId::from_random([n; 16]));
    for id in &ids[..2] {
        page_.submit(lamps(*id)).await.unwrap();
    }
    let client = page_.client();
    clear_under_the_page("engine-cleared").await;

    // The next thing the person does is kept, and so is what they did before.
    page_.submit(lamps(ids[2])).await.unwrap();
    assert_eq!(
        keys(page_.store(), Area::Outbox).await,
        [1, 2, 3].map(Into::into)
    );
    assert!(page_.status().storage_lost, "and they are told");
    assert_ne!(page_.client(), client, "old numbers are not used again");
    let form = Json::new(r#"{"title":"修水渠"}"#.to_owned()).unwrap();
    page_.put_draft("need", &form).await.unwrap();
    drop(page_);

    let again = page("engine-cleared", &server, 8).await;
    assert_eq!(again.status().waiting, 3);
    assert_eq!(again.draft("need").await, Ok(Some(form)));
    server.up.set(true);
    assert_eq!(again.sync().await.unwrap().verdicts, 3);
    assert_eq!(server.received.borrow().len(), 3);
}

#[wasm_bindgen_test]
async fn a_sync_mends_the_loss_too() {
    let server = Server::default();
    let page = page("engine-cleared-sync", &server, 9).await;
    page.submit(lamps(NeedId::from_random([7; 16])))
        .await
        .unwrap();
    clear_under_the_page("engine-cleared-sync").await;
    assert!(page.sync().await.is_err(), "the server is away");
    page.refresh().await.unwrap();
    assert_eq!(keys(page.store(), Area::Outbox).await, [1.into()]);
    server.up.set(true);
    assert_eq!(page.sync().await.unwrap().verdicts, 1);
}
