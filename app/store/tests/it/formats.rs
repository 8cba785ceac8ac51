use crate::browser::{clear, exists, fresh, put, script, values};
use store::IndexedDbStore;
use sync::ports::{Area, CACHE_FORMAT, Store, StoreError};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_cache_of_an_older_format_is_replaced_and_the_outbox_stays() {
    let store = fresh("older").await;
    store.append(vec![b"unsent".to_vec()]).await.unwrap();
    store.write(None, put(Area::Chunks, b"row")).await.unwrap();
    drop(store);
    // As an older page left it: its own cache, still open in another tab that gives way, and no cache of ours.
    let older = script(
        "const old = await open('xiangdan-cache-0-older', 3, (db) => db.createObjectStore('rows'));
         old.onversionchange = () => old.close();
         await asked(indexedDB.deleteDatabase('xiangdan-cache-1-older'));
         await open('xiangdan-cache-0-somebody', 1);
         (await open('xiangdan-cache-0-somebody')).close();
         return exists('xiangdan-cache-0-older')",
    )
    .await;
    assert_eq!(older, JsValue::TRUE);

    let store = IndexedDbStore::new("older");
    let opened = store.open().await.unwrap();
    assert!(opened.cache_is_new && !opened.durable_is_new && !opened.durable_was_lost);
    assert_eq!(values(&store, Area::Outbox).await, [b"unsent".to_vec()]);
    assert_eq!(values(&store, Area::Chunks).await, Vec::<Vec<u8>>::new());
    let gone = script("return until(async () => !await exists('xiangdan-cache-0-older'))").await;
    assert_eq!(gone, JsValue::TRUE);
    assert!(exists("xiangdan-cache-1-older").await);
    assert!(exists("xiangdan-outbox-older").await);
}

#[wasm_bindgen_test]
async fn a_cache_of_a_newer_format_stops_this_page_and_stays() {
    script("(await open('xiangdan-cache-7-newer', 1)).close()").await;
    script("(await open('xiangdan-cache-9-newer-else', 1)).close()").await;
    let store = IndexedDbStore::new("newer");
    let too_new = StoreError::SchemaTooNew {
        found: 7,
        known: CACHE_FORMAT,
    };
    assert_eq!(store.open().await, Err(too_new));
    assert!(exists("xiangdan-cache-7-newer").await);
    assert!(!exists("xiangdan-cache-1-newer").await);
    assert!(!exists("xiangdan-outbox-newer").await);
}

#[wasm_bindgen_test]
async fn a_newer_cache_beside_ones_own_stops_this_page_and_nothing_stays_open() {
    drop(fresh("overtaken").await);
    script("(await open('xiangdan-cache-7-overtaken', 1)).close()").await;
    let store = IndexedDbStore::new("overtaken");
    let too_new = StoreError::SchemaTooNew {
        found: 7,
        known: CACHE_FORMAT,
    };
    assert_eq!(store.open().await, Err(too_new));
    // Would be held up by an open handle.
    clear("xiangdan-outbox-overtaken").await;
    clear("xiangdan-cache-1-overtaken").await;
}

#[wasm_bindgen_test]
async fn a_durable_database_of_a_newer_version_stops_this_page_and_stays() {
    script("(await open('xiangdan-outbox-frozen', 4, (db) => db.createObjectStore('x'))).close()")
        .await;
    let store = IndexedDbStore::new("frozen");
    let too_new = StoreError::SchemaTooNew { found: 4, known: 1 };
    assert_eq!(store.open().await, Err(too_new));
    let stores = script(
        "const db = await open('xiangdan-outbox-frozen');
         const found = [...db.objectStoreNames].join() + db.version;
         db.close();
         return found",
    )
    .await;
    assert_eq!(stores.as_string().as_deref(), Some("x4"));
}

#[wasm_bindgen_test]
async fn the_durable_format_is_frozen() {
    let store = fresh("layout").await;
    store.append(vec![vec![0, 255, 7]]).await.unwrap();
    let found = script(
        "const db = await open('xiangdan-outbox-layout');
         const tx = db.transaction(['outbox', 'identity']);
         const [keys, values, next] = await Promise.all([
             asked(tx.objectStore('outbox').getAllKeys()),
             asked(tx.objectStore('outbox').getAll()),
             asked(tx.objectStore('identity').get('next_seq')),
         ]);
         const text = JSON.stringify([
             db.version, [...db.objectStoreNames].sort(), keys,
             values.map((v) => [v.constructor.name, v.byteLength, v.buffer.byteLength, [...v]]),
             new TextDecoder().decode(next),
         ]);
         db.close();
         return text",
    )
    .await;
    assert_eq!(
        found.as_string().unwrap(),
        r#"[1,["drafts","identity","notices","outbox"],[1],[["Uint8Array",3,3,[0,255,7]]],"2"]"#
    );
}
