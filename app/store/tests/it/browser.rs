use store::IndexedDbStore;
use sync::ports::{Area, Op, Store, StoreKey};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the pieces of script below can use.
const PRELUDE: &str = r#"
    const asked = (request) => new Promise((done, failed) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
        request.onblocked = () => failed(new Error('blocked'));
    });
    // Opens a database as another page would, and runs `upgrade` if it is new to that version.
    const open = (name, version, upgrade = () => {}) => {
        const request = indexedDB.open(name, version);
        request.onupgradeneeded = () => upgrade(request.result);
        return asked(request);
    };
    const exists = async (name) => (await indexedDB.databases()).some((d) => d.name === name);
    const until = async (holds) => {
        for (let i = 0; i < 200; i++) {
            if (await holds()) return true;
            await new Promise((done) => setTimeout(done, 10));
        }
        return false;
    };
    // Every handle that has begun a transaction, so that it can be closed behind its owner's back.
    if (!self.handles) {
        self.handles = new Set();
        const transaction = IDBDatabase.prototype.transaction;
        IDBDatabase.prototype.transaction = function (...args) {
            self.handles.add(this);
            self.trouble?.transaction?.(this);
            return transaction.apply(this, args);
        };
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...args) {
            self.trouble?.put?.(this);
            return put.apply(this, args);
        };
        self.opened = [];
        const opening = IDBFactory.prototype.open;
        IDBFactory.prototype.open = function (name, ...args) {
            self.opened.push(name);
            return opening.call(this, name, ...args);
        };
        const commit = IDBTransaction.prototype.commit;
        IDBTransaction.prototype.commit = function () {
            // True: the hook has ended the transaction in its own way.
            if (!self.trouble?.commit?.(this)) commit.apply(this);
        };
    }
    const handlesOf = (name) => [...self.handles].filter((db) => db.name === name);
"#;

/// Runs a piece of script as the body of an async function.
pub(crate) async fn script(body: &str) -> JsValue {
    let promise = js_sys::eval(&format!("(async () => {{ {PRELUDE} {body} }})()")).unwrap();
    let settled = JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await;
    settled.unwrap_or_else(|error| {
        let words = js_sys::Object::from(error).to_string();
        panic!("script failed: {}", String::from(words))
    })
}

/// Whether a database of this name exists.
pub(crate) async fn exists(name: &str) -> bool {
    script(&format!("return exists('{name}')")).await == JsValue::TRUE
}

/// Makes the browser misbehave: `hooks` is an object with `transaction(db)`, `put(store)` or `commit(transaction)`, called
/// before the real thing.
pub(crate) async fn trouble(hooks: &str) {
    script(&format!("self.trouble = {hooks}")).await;
}

/// The browser behaves again.
pub(crate) async fn no_trouble() {
    trouble("null").await;
}

/// A store for a person who has never been here, open. The hooks of the prelude are there before it: a handle that has done all
/// its work earlier would not be among those that can be closed, in whichever test happens to run first.
pub(crate) async fn fresh(scope: &str) -> IndexedDbStore {
    script("").await;
    let store = IndexedDbStore::new(scope);
    let opened = store.open().await.unwrap();
    assert!(opened.durable_is_new && opened.cache_is_new && !opened.durable_was_lost);
    store
}

/// Removes a database, as a browser does that clears its storage.
pub(crate) async fn clear(name: &str) {
    script(&format!("await asked(indexedDB.deleteDatabase('{name}'))")).await;
}

/// One value under `1`.
pub(crate) fn put(area: Area, value: &[u8]) -> Vec<Op> {
    vec![Op::Put(area, 1.into(), value.to_vec())]
}

/// All values of an area.
pub(crate) async fn values(store: &IndexedDbStore, area: Area) -> Vec<Vec<u8>> {
    let loaded = store.load(area).await.unwrap();
    loaded.into_iter().map(|(_, value)| value).collect()
}

/// All keys of an area.
pub(crate) async fn keys(store: &IndexedDbStore, area: Area) -> Vec<StoreKey> {
    let loaded = store.load(area).await.unwrap();
    loaded.into_iter().map(|(key, _)| key).collect()
}
