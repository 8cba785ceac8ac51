//! Tabs: broadcast channels of one person and of whoever is signed in, and leader election by the Web Locks API.

use js_sys::{Function, Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
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

/// Every tab of this browser, whoever is signed in.
const PEOPLE: &str = "xiangdan-people";

/// Calls `heard` when another tab says who is signed in now: the person's identifier, or nothing after signing out. Never left, as long as
/// the tab lives.
pub fn hear_who_is_signed_in(heard: impl Fn(String) + 'static) -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(PEOPLE).ok()?;
    let closure = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        heard(event.data().as_string().unwrap_or_default());
    });
    channel.set_onmessage(Some(closure.as_ref().unchecked_ref()));
    closure.forget();
    Some(channel)
}

/// The lock of the tab that syncs, or its place in the queue for it.
#[derive(Clone, Default)]
pub struct Lead(Rc<Held>);

#[derive(Default)]
struct Held {
    released: Cell<bool>,
    /// Resolves the promise that holds the lock.
    release: RefCell<Option<Function>>,
}

impl Lead {
    /// Lets another tab lead, or this one again for a later sign-in.
    pub fn release(&self) {
        self.0.released.set(true);
        if let Some(release) = self.0.release.take() {
            // Resolving a promise does not fail.
            let _released = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// Calls `leading` once this tab is the one of its scope that syncs: at once, or when the tab before it is gone. Where the
    /// browser has no locks every tab leads; the store's guards and the server are safe against that.
    pub fn wait(scope: &str, leading: impl FnOnce() + 'static) -> Self {
        let lead = Self::default();
        let locks = web_sys::window()
            .map(|w| w.navigator())
            .and_then(|n| Reflect::get(&n, &JsValue::from_str("locks")).ok())
            .filter(JsValue::is_object);
        let Some(locks) = locks else {
            leading();
            return lead;
        };
        let request = Reflect::get(&locks, &JsValue::from_str("request"))
            .ok()
            .and_then(|f| f.dyn_into::<Function>().ok());
        let Some(request) = request else {
            leading();
            return lead;
        };
        let held = Rc::clone(&lead.0);
        let granted = Closure::once_into_js(move || {
            if !held.released.get() {
                leading();
            }
            // The lock is held until this promise resolves, at the latest until the tab is closed.
            Promise::new(&mut |resolve, _| {
                if held.released.get() {
                    let _released = resolve.call0(&JsValue::UNDEFINED);
                } else {
                    *held.release.borrow_mut() = Some(resolve);
                }
            })
            .unchecked_into::<JsValue>()
        });
        let name = JsValue::from_str(&format!("xiangdan-sync-{scope}"));
        // Without the lock this tab does not sync; another one holds it.
        let _promise = request.call2(&locks, &name, &granted);
        lead
    }
}
