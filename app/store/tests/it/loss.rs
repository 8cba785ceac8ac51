use crate::browser::{clear, fresh, keys, script};
use store::{IndexedDbStore, forget};
use sync::ports::{Area, Store, StoreError};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_cleared_durable_database_is_noticed_at_the_next_opening() {
    let store = fresh("lost").await;
    store.append(vec![vec![1]]).await.unwrap();
    drop(store);
    clear("xiangdan-outbox-lost").await;
    let store = IndexedDbStore::new("lost");
    let opened = store.open().await.unwrap();
    assert!(opened.durable_is_new && opened.durable_was_lost && !opened.cache_is_new);
    drop(store);
    let opened = IndexedDbStore::new("lost").open().await.unwrap();
    assert!(
        !opened.durable_is_new && !opened.durable_was_lost,
        "told once"
    );
}

#[wasm_bindgen_test]
async fn a_durable_database_cleared_under_an_open_page_is_not_quietly_replaced() {
    let store = fresh("lost-open").await;
    store.append(vec![vec![1], vec![2]]).await.unwrap();
    clear("xiangdan-outbox-lost-open").await;
    // Numbers from 1 again, under the same client, would be taken for old ones.
    assert_eq!(store.append(vec![vec![3]]).await, Err(StoreError::Lost));
    assert_eq!(store.load(Area::Notices).await, Err(StoreError::Lost));
    let opened = store.open().await.unwrap();
    assert!(opened.durable_is_new && opened.durable_was_lost && !opened.cache_is_new);
    assert_eq!(store.append(vec![vec![3]]).await, Ok(1));
}

#[wasm_bindgen_test]
async fn a_loss_is_told_even_if_the_opening_that_found_it_failed() {
    let store = fresh("lost-late").await;
    drop(store);
    clear("xiangdan-outbox-lost-late").await;
    clear("xiangdan-cache-1-lost-late").await;
    script("(await open('xiangdan-cache-1-lost-late', 5)).close()").await;
    let store = IndexedDbStore::new("lost-late");
    let too_new = StoreError::SchemaTooNew { found: 5, known: 1 };
    assert_eq!(store.open().await, Err(too_new));
    clear("xiangdan-cache-1-lost-late").await;
    let opened = store.open().await.unwrap();
    assert!(opened.durable_was_lost && opened.durable_is_new && opened.cache_is_new);
}

#[wasm_bindgen_test]
async fn what_was_forgotten_on_purpose_is_not_lost() {
    let store = fresh("forgotten").await;
    store.append(vec![vec![1]]).await.unwrap();
    drop(store);
    forget("forgotten").await.unwrap();
    let store = IndexedDbStore::new("forgotten");
    let opened = store.open().await.unwrap();
    assert!(opened.durable_is_new && opened.cache_is_new && !opened.durable_was_lost);
    assert_eq!(keys(&store, Area::Outbox).await, []);
}
