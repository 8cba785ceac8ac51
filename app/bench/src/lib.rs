//! The benchmark page: the real engine and store behind `window.bench`, without the pages.
//!
//! `end2end/bench/run.mjs` opens it beside the peers' pages; `app/bundle/page/bench-boot.js` gives these functions the
//! names that the peers' runner calls. Nothing here is part of the product.
#![forbid(unsafe_code)]

/// The device's clock and randomness.
mod device;
/// The runner's documents, as far as they have a place in this product.
mod doc;
/// A line of a list as script reads it.
mod line;
/// The server at the page's own origin.
mod remote;

use device::{DeviceClock, DeviceRandom, local_storage};
use doc::Doc;
use domain::library::{Query, Show};
use domain::{Actor, Command, EntityKind};
use remote::HttpRemote;
use std::cell::RefCell;
use std::rc::Rc;
use store::IndexedDbStore;
use sync::ports::Clock;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};

type Engine = sync::engine::Engine<IndexedDbStore, HttpRemote, DeviceClock, DeviceRandom>;

/// Where the page remembers who is signed in, as the product's does.
const ACTOR: &str = "bench-actor";
/// As many rows as fit on a screen and a bit: what a search hands to the page.
const ON_SCREEN: usize = 20;

thread_local! {
    static ENGINE: RefCell<Option<Rc<Engine>>> = const { RefCell::new(None) };
}

fn told(error: &impl ToString) -> JsError {
    JsError::new(&error.to_string())
}

/// The engine; opened at the first call. Only the very first time on a device asks the server who is signed in.
async fn engine() -> Result<Rc<Engine>, JsError> {
    if let Some(engine) = ENGINE.with_borrow(Clone::clone) {
        return Ok(engine);
    }
    let actor = actor().await?;
    let store = IndexedDbStore::new(&actor.user.to_string());
    let engine = Engine::open(store, HttpRemote, DeviceClock, DeviceRandom, actor)
        .await
        .map_err(|e| told(&e))?;
    let engine = Rc::new(engine);
    ENGINE.set(Some(Rc::clone(&engine)));
    Ok(engine)
}

async fn actor() -> Result<Actor, JsError> {
    let storage = local_storage()?;
    if let Ok(Some(text)) = storage.get_item(ACTOR) {
        return serde_json::from_str(&text).map_err(|e| told(&e));
    }
    let actor = remote::who_am_i().await.map_err(|e| told(&e))?;
    let text = serde_json::to_string(&actor).map_err(|e| told(&e))?;
    storage
        .set_item(ACTOR, &text)
        .map_err(|_| JsError::new("who is signed in cannot be remembered"))?;
    Ok(actor)
}

/// Opens the store and shows what it holds.
#[wasm_bindgen]
pub async fn open() -> Result<(), JsError> {
    engine().await.map(drop)
}

/// Exchanges with the server until nothing is waiting on either side. Returns how many rows came.
#[wasm_bindgen]
pub async fn sync() -> Result<usize, JsError> {
    let synced = engine().await?.sync().await.map_err(|e| told(&e))?;
    Ok(synced.rows)
}

/// Sends everything queued. Returns how many got their verdict; a rejection is an error here.
#[wasm_bindgen]
pub async fn push() -> Result<usize, JsError> {
    let engine = engine().await?;
    let synced = engine.sync().await.map_err(|e| told(&e))?;
    let status = engine.status();
    if status.waiting > 0 || status.refused > 0 {
        return Err(JsError::new(&format!("not everything arrived: {status:?}")));
    }
    Ok(synced.verdicts)
}

/// Posts one need or several (a JSON array), as one durable write.
#[wasm_bindgen]
pub async fn post(docs: String) -> Result<(), JsError> {
    let engine = engine().await?;
    let docs: Vec<Doc> = serde_json::from_str(&docs).map_err(|e| told(&e))?;
    let today = DeviceClock.now().day();
    let commands = docs
        .into_iter()
        .map(|doc| Command::PostNeed(doc.post(today)))
        .collect();
    engine.submit_all(commands).await.map_err(|e| told(&e))?;
    Ok(())
}

/// The newest open needs of a county (its first six digits), as a JSON array of lines.
#[wasm_bindgen]
pub async fn query(county: String, status: String, limit: usize) -> Result<String, JsError> {
    let show = match status.as_str() {
        "open" => Show::Open,
        other => return Err(JsError::new(&format!("no list of {other} needs here"))),
    };
    let query = Query {
        county: Some(format!("{county}000000").parse().map_err(|e| told(&e))?),
        show,
        ..Query::default()
    };
    let engine = engine().await?;
    let (listed, _) = engine
        .replica()
        .library(&query, DeviceClock.now().day(), limit);
    line::json(&listed).map_err(|e| told(&e))
}

/// What the library's page does at each key: every need that fits, in order, and the lines on the screen. Returns
/// how many were found.
#[wasm_bindgen]
pub async fn search(text: String) -> Result<JsValue, JsError> {
    let query = Query {
        text,
        show: Show::All,
        ..Query::default()
    };
    let engine = engine().await?;
    let (listed, total) = engine
        .replica()
        .library(&query, DeviceClock.now().day(), usize::MAX);
    let lines = line::json(listed.get(..ON_SCREEN).unwrap_or(&listed)).map_err(|e| told(&e))?;
    Ok(js_sys::Array::of2(&total.into(), &lines.into()).into())
}

/// How many needs are on this device.
#[wasm_bindgen]
pub async fn count() -> Result<usize, JsError> {
    Ok(engine().await?.replica().count(EntityKind::Need))
}
