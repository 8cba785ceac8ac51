//! Tabs of one person: broadcast channel and leader election by the Web Locks API.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// Tells the other tabs of the same person that something was written.
#[derive(Clone, Debug)]
pub struct Tabs {
    channel: Option<BroadcastChannel>,
}

impl Tabs {
    /// Joins the tabs of a scope; `heard` is called when another one has written. Without broadcast channels (Safari
    /// before 15.4) tabs see each other's work when they become visible.
    pub fn join(scope: &str, heard: impl Fn() + 'static) -> Self {
        let channel = BroadcastChannel::new(&format!("xiangdan-{scope}")).ok();
        if let Some(channel) = &channel {
            let closure = Closure::<dyn Fn(MessageEvent)>::new(move |_| heard());
            channel.set_onmessage(Some(closure.as_ref().unchecked_ref()));
            closure.forget();
        }
        Self { channel }
    }

    /// Tells the others.
    pub fn tell(&self) {
        if let Some(channel) = &self.channel {
            // Posting fails only on a closed channel, after this tab has left.
            let _told = channel.post_message(&JsValue::from_str("written"));
        }
    }

    /// Leaves.
    pub fn leave(&self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}

/// Calls `leading` once this tab is the one of its scope that syncs: at once, or when the tab before it is gone. Where the
/// browser has no locks every tab leads; the store's guards and the server are safe against that.
pub fn lead(scope: &str, leading: impl FnOnce() + 'static) {
    let locks = web_sys::window()
        .map(|w| w.navigator())
        .and_then(|n| Reflect::get(&n, &JsValue::from_str("locks")).ok())
        .filter(JsValue::is_object);
    let Some(locks) = locks else {
        return leading();
    };
    let request = Reflect::get(&locks, &JsValue::from_str("request"))
        .ok()
        .and_then(|f| f.dyn_into::<Function>().ok());
    let Some(request) = request else {
        return leading();
    };
    let granted = Closure::once_into_js(move || {
        leading();
        // The promise never resolves, so the lock is held until the tab is closed.
        Promise::new(&mut |_, _| {})
    });
    let name = JsValue::from_str(&format!("xiangdan-sync-{scope}"));
    // Without the lock this tab does not sync; another one holds it.
    let _promise = request.call2(&locks, &name, &granted);
}
