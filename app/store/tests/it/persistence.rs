use crate::browser::script;
use store::persistence;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn the_browser_tells_how_much_room_there_is_and_answers_when_asked_to_keep_it() {
    let before = persistence::inspect().await;
    assert!(before.quota_bytes > before.usage_bytes && before.quota_bytes > Some(1_000_000));
    let answer = persistence::request().await;
    assert!(answer.is_some());
    assert_eq!(persistence::inspect().await.granted, answer);
}

#[wasm_bindgen_test]
async fn without_a_storage_manager_nothing_is_known_and_nothing_breaks() {
    script("Object.defineProperty(navigator, 'storage', { value: undefined, configurable: true })")
        .await;
    let (found, answer) = (persistence::inspect().await, persistence::request().await);
    script("delete navigator.storage").await;
    assert_eq!(found, persistence::Persistence::default());
    assert_eq!(answer, None);
}
