//! The suite that every store passes, in a browser.

use std::cell::Cell;
use store::IndexedDbStore;
use sync::ports::Store;
use sync::testkit::conformance;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn passes_the_suite_of_every_store() {
    let made = Cell::new(0);
    conformance::all(async || {
        made.set(made.get() + 1);
        let store = IndexedDbStore::new(&format!("conformance-{}", made.get()));
        let opened = store.open().await.unwrap();
        assert!(opened.durable_is_new && opened.cache_is_new && !opened.durable_was_lost);
        store
    })
    .await;
    assert!(made.get() > 5);
}
