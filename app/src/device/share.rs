//! Handing a text to another program of the phone (Web Share).

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// The person handed it to another program.
    Done,
    /// The person gave it up.
    GivenUp,
    /// This browser shares nothing.
    Cannot,
}

/// Offers to share a text. Browsers do so only where a person has just clicked, and not over plain HTTP.
pub async fn share(title: &str, text: &str) -> Shared {
    let asked = || {
        let navigator: JsValue = web_sys::window()?.navigator().into();
        let share: Function = Reflect::get(&navigator, &"share".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let data = Object::new();
        Reflect::set(&data, &"title".into(), &title.into()).ok()?;
        Reflect::set(&data, &"text".into(), &text.into()).ok()?;
        share
            .call1(&navigator, &data)
            .ok()?
            .dyn_into::<Promise>()
            .ok()
    };
    let Some(promise) = asked() else {
        return Shared::Cannot;
    };
    match JsFuture::from(promise).await {
        Ok(_) => Shared::Done,
        Err(error) => {
            let name = Reflect::get(&error, &"name".into())
                .ok()
                .and_then(|n| n.as_string());
            match name.as_deref() {
                Some("AbortError") => Shared::GivenUp,
                _ => Shared::Cannot,
            }
        }
    }
}
