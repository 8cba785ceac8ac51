use crate::browser::{exists, fresh, keys, script};
use store::forget;
use sync::ports::{Area, Store, StoreError};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn forgetting_removes_one_person_only_although_a_tab_is_open() {
    let (gone, stays) = (fresh("leaves").await, fresh("leaves-not").await);
    gone.append(vec![vec![1]]).await.unwrap();
    stays.append(vec![vec![1]]).await.unwrap();
    script("(await open('xiangdan-cache-0-leaves', 1)).close()").await;
    forget("leaves").await.unwrap();
    for name in ["cache-0", "cache-1", "outbox"] {
        assert!(!exists(&format!("xiangdan-{name}-leaves")).await, "{name}");
    }
    assert_eq!(keys(&stays, Area::Outbox).await, [1.into()]);
    assert!(exists("xiangdan-cache-1-leaves-not").await);
}

#[wasm_bindgen_test]
async fn a_tab_that_holds_on_is_told_of_instead_of_waited_for() {
    drop(fresh("held").await);
    script("self.held = await open('xiangdan-outbox-held')").await;
    let told = forget("held").await;
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    let gone = script(
        "self.held.close(); return until(async () => !await exists('xiangdan-outbox-held'))",
    )
    .await;
    assert_eq!(gone, JsValue::TRUE, "removed when that tab is gone");
}
