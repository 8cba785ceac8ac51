use crate::browser;
use std::cell::Cell;
use sync::ports::Store;
use sync::testkit::conformance;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn the_store_passes_the_suite_of_every_store() {
    let made = Cell::new(0);
    conformance::all(async || {
        made.set(made.get() + 1);
        let store = browser::fresh(&format!("conformance-{}", made.get())).await;
        let opened = store.open().await.unwrap();
        assert!(
            !opened.durable_is_new && !opened.cache_is_new,
            "opened twice"
        );
        store
    })
    .await;
    assert!(made.get() > 5);
}
