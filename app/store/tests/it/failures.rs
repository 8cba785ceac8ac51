use crate::browser::{fresh, keys, no_trouble, put, script, trouble, values};
use sync::ports::{Area, NEXT_SEQ, Op, Store, StoreError};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn an_aborted_transaction_leaves_nothing_and_returns_an_error() {
    let store = fresh("aborted").await;
    store.append(vec![vec![1]]).await.unwrap();
    trouble("{ commit(tx) { tx.abort(); return true; } }").await;
    let appended = store.append(vec![vec![2], vec![3]]).await;
    let written = store.write(None, put(Area::Chunks, b"row")).await;
    no_trouble().await;
    assert!(
        matches!(appended, Err(StoreError::Unavailable(_))),
        "{appended:?}"
    );
    assert!(
        matches!(written, Err(StoreError::Unavailable(_))),
        "{written:?}"
    );
    assert_eq!(keys(&store, Area::Outbox).await, [1.into()]);
    assert_eq!(values(&store, Area::Chunks).await, Vec::<Vec<u8>>::new());
    assert_eq!(
        store.append(vec![vec![2]]).await,
        Ok(2),
        "no number is lost"
    );
}

#[wasm_bindgen_test]
async fn a_transaction_aborted_before_its_commit_returns_an_error() {
    let store = fresh("aborted-before").await;
    trouble("{ commit(tx) { tx.abort() } }").await;
    let appended = store.append(vec![vec![2]]).await;
    no_trouble().await;
    assert!(
        matches!(appended, Err(StoreError::Unavailable(_))),
        "{appended:?}"
    );
    assert_eq!(keys(&store, Area::Outbox).await, []);
}

#[wasm_bindgen_test]
async fn a_transaction_that_the_browser_aborts_once_is_done_again_and_once_only() {
    let store = fresh("aborted-once").await;
    trouble("{ commit(tx) { if (!this.done) { this.done = true; tx.abort(); return true; } } }")
        .await;
    let appended = store.append(vec![vec![1], vec![2]]).await;
    no_trouble().await;
    assert_eq!(appended, Ok(1));
    assert_eq!(values(&store, Area::Outbox).await, [vec![1], vec![2]]);
}

const FULL: &str = "new DOMException('no room', 'QuotaExceededError')";

#[wasm_bindgen_test]
async fn no_room_for_a_value_is_told_and_nothing_is_written() {
    let store = fresh("full-put").await;
    store.append(vec![vec![1]]).await.unwrap();
    // The second value is one too many.
    trouble(&format!(
        "{{ n: 0, put() {{ if (++this.n % 2 === 0) throw {FULL} }} }}"
    ))
    .await;
    let appended = store.append(vec![vec![2], vec![3]]).await;
    let op = |n: u64| Op::Put(Area::Chunks, n.into(), vec![1; 48 * 1024]);
    let written = store.write(None, vec![op(1), op(2), op(3)]).await;
    no_trouble().await;
    assert_eq!(appended, Err(StoreError::Quota));
    assert_eq!(written, Err(StoreError::Quota));
    assert_eq!(keys(&store, Area::Outbox).await, [1.into()]);
    assert_eq!(keys(&store, Area::Chunks).await, []);
    assert_eq!(store.append(vec![vec![2]]).await, Ok(2));
}

#[wasm_bindgen_test]
async fn no_room_at_the_commit_is_told_and_nothing_is_written() {
    let store = fresh("full-commit").await;
    // What Chromium does when the disk is full: the transaction is aborted and says why.
    trouble(&format!(
        "{{ commit(tx) {{ tx.abort(); Object.defineProperty(tx, 'error', {{ value: {FULL} }}); return true; }} }}"
    ))
    .await;
    let appended = store.append(vec![vec![1]]).await;
    let written = store.write(None, put(Area::Segments, b"row")).await;
    no_trouble().await;
    assert_eq!(appended, Err(StoreError::Quota));
    assert_eq!(written, Err(StoreError::Quota));
    assert_eq!(keys(&store, Area::Outbox).await, []);
    assert_eq!(keys(&store, Area::Segments).await, []);
}

#[wasm_bindgen_test]
async fn a_request_that_fails_later_fails_the_whole_transaction() {
    let store = fresh("late").await;
    // The put is answered with an error after it was issued: its key is taken, and a put becomes an add.
    store.write(None, put(Area::Drafts, b"old")).await.unwrap();
    trouble("{ put(store) { if (store.name === 'drafts') store.add(new Uint8Array([1]), 1) } }")
        .await;
    let ops = [Area::Notices, Area::Drafts].map(|area| Op::Put(area, 1.into(), vec![9]));
    let written = store.write(None, ops.to_vec()).await;
    no_trouble().await;
    assert!(
        matches!(written, Err(StoreError::Unavailable(_))),
        "{written:?}"
    );
    assert_eq!(values(&store, Area::Drafts).await, [b"old".to_vec()]);
    assert_eq!(keys(&store, Area::Notices).await, []);
}

#[wasm_bindgen_test]
async fn a_write_to_both_databases_is_refused() {
    let store = fresh("both").await;
    let ops = [Area::Drafts, Area::Chunks].map(|area| Op::Put(area, 1.into(), vec![9]));
    let written = store.write(None, ops.to_vec()).await;
    assert!(
        matches!(written, Err(StoreError::Unavailable(_))),
        "{written:?}"
    );
    assert_eq!(keys(&store, Area::Drafts).await, []);
}

#[wasm_bindgen_test]
async fn what_another_program_wrote_is_called_corrupt() {
    let store = fresh("corrupt").await;
    store.append(vec![vec![1]]).await.unwrap();
    let write = |value: &str, key: &str, area: &str| {
        format!(
            "const db = await open('xiangdan-outbox-corrupt');
             const tx = db.transaction('{area}', 'readwrite');
             await asked(tx.objectStore('{area}').put({value}, {key}));
             db.close();"
        )
    };
    script(&write("'text'", "1", "notices")).await;
    script(&write("new Uint8Array([1])", "[1, 2]", "drafts")).await;
    script(&write("new Uint8Array([120])", "'next_seq'", "identity")).await;
    for area in [Area::Notices, Area::Drafts] {
        let loaded = store.load(area).await;
        assert!(matches!(loaded, Err(StoreError::Corrupt(_))), "{loaded:?}");
    }
    let got = store.get(Area::Notices, &[1.into()]).await;
    assert!(matches!(got, Err(StoreError::Corrupt(_))), "{got:?}");
    let appended = store.append(vec![vec![2]]).await;
    assert_eq!(appended, Err(StoreError::Corrupt(NEXT_SEQ.to_owned())));
    assert_eq!(keys(&store, Area::Outbox).await, [1.into()]);
}

#[wasm_bindgen_test]
async fn buffers_without_a_view_are_read_too() {
    let store = fresh("buffers").await;
    script(
        "const db = await open('xiangdan-outbox-buffers');
         const tx = db.transaction('drafts', 'readwrite');
         await asked(tx.objectStore('drafts').put(new Uint8Array([1, 2]).buffer, 'form'));
         db.close();",
    )
    .await;
    assert_eq!(values(&store, Area::Drafts).await, [vec![1, 2]]);
}
