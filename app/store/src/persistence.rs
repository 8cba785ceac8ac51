//! Storage quota and persistence: `estimate()`, `persisted()` and `persist()` of `navigator.storage`. Where it is missing (plain
//! HTTP, old browsers, some in-app web views) all values are unknown.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageEstimate, StorageManager};

/// What the browser says about our storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Persistence {
    /// Bytes in use, as the browser estimates.
    pub usage_bytes: Option<u64>,
    /// Bytes we may use at most.
    pub quota_bytes: Option<u64>,
    /// Whether the browser has promised not to clear it on its own.
    pub granted: Option<bool>,
}

/// What the browser says now.
pub async fn inspect() -> Persistence {
    let Some(storage) = storage() else {
        return Persistence::default();
    };
    let estimate = settled(storage.estimate()).await;
    let estimate = estimate.map(JsCast::unchecked_into::<StorageEstimate>);
    Persistence {
        usage_bytes: estimate.as_ref().and_then(|e| bytes(e.get_usage())),
        quota_bytes: estimate.as_ref().and_then(|e| bytes(e.get_quota())),
        granted: settled(storage.persisted()).await.and_then(|v| v.as_bool()),
    }
}

/// Asks the browser not to clear our storage on its own; some ask the person. None where it cannot be asked.
pub async fn request() -> Option<bool> {
    let storage = storage()?;
    settled(storage.persist()).await?.as_bool()
}

fn storage() -> Option<StorageManager> {
    let storage = web_sys::window()?.navigator().storage();
    // The binding's type says that it always exists; in old browsers it is undefined.
    (!storage.is_undefined()).then_some(storage)
}

async fn settled(promise: Result<Promise, JsValue>) -> Option<JsValue> {
    JsFuture::from(promise.ok()?).await.ok()
}

fn bytes(n: Option<f64>) -> Option<u64> {
    n.map(|n| n as u64)
}
