use crate::browser::{fresh, keys, no_trouble, put, script, trouble, values};
use store::IndexedDbStore;
use sync::ports::{Area, Op, Store, StoreError};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

/// Closes every handle of both databases without telling their owner, as Safari does after its storage process has died.
async fn close_behind_its_back(scope: &str) {
    let closed = script(&format!(
        "const dead = [...handlesOf('xiangdan-outbox-{scope}'), ...handlesOf('xiangdan-cache-1-{scope}')];
         dead.forEach((db) => db.close());
         return dead.length"
    ))
    .await;
    assert!(
        closed.as_f64().unwrap() >= 1.0,
        "there was a handle to close"
    );
}

#[wasm_bindgen_test]
async fn a_closed_handle_is_replaced_in_every_operation() {
    let store = fresh("closed").await;
    assert_eq!(store.append(vec![vec![1]]).await, Ok(1));
    store.write(None, put(Area::Chunks, b"row")).await.unwrap();

    close_behind_its_back("closed").await;
    assert_eq!(store.append(vec![vec![2]]).await, Ok(2));
    close_behind_its_back("closed").await;
    store
        .write(None, vec![Op::Put(Area::Chunks, 2.into(), vec![2])])
        .await
        .unwrap();
    close_behind_its_back("closed").await;
    assert_eq!(keys(&store, Area::Outbox).await, [1.into(), 2.into()]);
    close_behind_its_back("closed").await;
    let got = store.get(Area::Chunks, &[1.into(), 2.into()]).await;
    assert_eq!(got, Ok(vec![Some(b"row".to_vec()), Some(vec![2])]));
}

#[wasm_bindgen_test]
async fn a_new_store_can_be_used_at_once_on_the_handles_it_was_opened_with() {
    for n in 0..5 {
        script("self.opened = []").await;
        let store = fresh(&format!("at-once-{n}")).await;
        assert_eq!(keys(&store, Area::Chunks).await, []);
        assert_eq!(store.append(vec![vec![1]]).await, Ok(1));
        let opened = script("return self.opened.join()").await;
        let expected = format!("xiangdan-outbox-at-once-{n},xiangdan-cache-1-at-once-{n}");
        assert_eq!(opened.as_string(), Some(expected));
    }
}

#[wasm_bindgen_test]
async fn a_handle_is_replaced_three_times_and_then_the_engine_is_told() {
    let store = fresh("dying").await;
    trouble(
        "{ n: 0, transaction(db) { this.n++; throw new DOMException(
            'The database connection is closing.', 'InvalidStateError') } }",
    )
    .await;
    let told = store.append(vec![vec![1]]).await;
    let tries = script("return self.trouble.n").await;
    no_trouble().await;
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    assert_eq!(tries.as_f64(), Some(4.0));
    assert_eq!(store.append(vec![vec![1]]).await, Ok(1));
}

#[wasm_bindgen_test]
async fn a_database_whose_files_are_gone_is_opened_again() {
    let store = fresh("internal").await;
    trouble(
        "{ transaction(db) { if (!this.done) { this.done = true; throw new DOMException(
            'Internal error.', 'UnknownError') } } }",
    )
    .await;
    let told = store.append(vec![vec![1]]).await;
    no_trouble().await;
    assert_eq!(told, Ok(1));
}

#[wasm_bindgen_test]
async fn a_newer_page_is_not_blocked_and_then_this_one_knows_that_it_is_too_old() {
    let store = fresh("gives-way").await;
    assert_eq!(store.append(vec![vec![1]]).await, Ok(1));
    // Fails with "blocked" if the store keeps its handle.
    script("(await open('xiangdan-outbox-gives-way', 2)).close()").await;
    let too_new = StoreError::SchemaTooNew { found: 2, known: 1 };
    assert_eq!(store.append(vec![vec![2]]).await, Err(too_new.clone()));
    assert_eq!(store.open().await, Err(too_new));
}

#[wasm_bindgen_test]
async fn a_cache_removed_behind_its_back_is_made_anew() {
    let store = fresh("cache-gone").await;
    store.write(None, put(Area::Chunks, b"row")).await.unwrap();
    script("await asked(indexedDB.deleteDatabase('xiangdan-cache-1-cache-gone'))").await;
    assert_eq!(values(&store, Area::Chunks).await, Vec::<Vec<u8>>::new());
    store.write(None, put(Area::Chunks, b"new")).await.unwrap();
    assert_eq!(values(&store, Area::Chunks).await, [b"new".to_vec()]);
}

#[wasm_bindgen_test]
async fn a_dropped_store_lets_go_of_its_databases() {
    let store = fresh("dropped").await;
    store.append(vec![vec![1]]).await.unwrap();
    // Deaf handles: only closing them unblocks the deletion.
    script("handlesOf('xiangdan-outbox-dropped').forEach((db) => (db.onversionchange = null))")
        .await;
    drop(store);
    script("await asked(indexedDB.deleteDatabase('xiangdan-outbox-dropped'))").await;
}

#[wasm_bindgen_test]
async fn operations_begun_together_on_a_dead_handle_all_succeed_and_leak_none() {
    let store = fresh("together").await;
    store.append(vec![vec![0]]).await.unwrap();
    close_behind_its_back("together").await;
    let drafts = |name: &str| vec![Op::Put(Area::Drafts, name.into(), vec![1])];
    let (mut a, mut b) = (
        Box::pin(store.write(None, drafts("a"))),
        Box::pin(store.write(None, drafts("b"))),
    );
    let mut left = 2;
    let (mut a_done, mut b_done) = (false, false);
    std::future::poll_fn(|cx| {
        if !a_done && let std::task::Poll::Ready(result) = a.as_mut().poll(cx) {
            result.unwrap();
            (a_done, left) = (true, left - 1);
        }
        if !b_done && let std::task::Poll::Ready(result) = b.as_mut().poll(cx) {
            result.unwrap();
            (b_done, left) = (true, left - 1);
        }
        if left == 0 {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    drop((a, b));
    assert_eq!(keys(&store, Area::Drafts).await, ["a".into(), "b".into()]);
    // A handle that nobody owns would hold the database for ever.
    script("await asked(indexedDB.deleteDatabase('xiangdan-outbox-together'))").await;
}

#[wasm_bindgen_test]
async fn a_store_that_was_never_opened_makes_no_durable_database() {
    let store = IndexedDbStore::new("never");
    assert_eq!(store.append(vec![vec![1]]).await, Err(StoreError::Lost));
    let made = script("return exists('xiangdan-outbox-never')").await;
    assert_eq!(made, JsValue::FALSE);
}
