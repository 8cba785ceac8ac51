//! Storage quota and persistence, as the browser reports them.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the browser says about the storage of this page. Old browsers say nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Storage {
    /// Bytes that are used.
    pub used: Option<f64>,
    /// Bytes that may be used.
    pub quota: Option<f64>,
    /// Whether the browser keeps it for good.
    pub persisted: Option<bool>,
}

async fn ask(method: &str) -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    let storage = Reflect::get(&navigator, &"storage".into()).ok()?;
    let method: Function = Reflect::get(&storage, &method.into())
        .ok()?
        .dyn_into()
        .ok()?;
    let promise: Promise = method.call0(&storage).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

/// Asks the browser.
pub async fn look() -> Storage {
    let estimate = ask("estimate").await;
    let number = |name: &str| {
        let estimate = estimate.as_ref()?;
        Reflect::get(estimate, &name.into()).ok()?.as_f64()
    };
    Storage {
        used: number("usage"),
        quota: number("quota"),
        persisted: ask("persisted").await.and_then(|v| v.as_bool()),
    }
}

/// Asks the browser to keep what is stored here for good. Some browsers ask the person.
pub async fn persist() -> Option<bool> {
    ask("persist").await?.as_bool()
}
