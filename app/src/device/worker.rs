//! The page's side of the service worker: registration, updates, and caching the program's parts.

use js_sys::{Function, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageEvent, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState,
};

/// A new version that waits for the person to agree.
#[derive(Clone, Copy, Debug)]
pub struct Updates {
    /// Whether a new version waits.
    pub ready: RwSignal<bool>,
    /// Whether another tab has taken the new version while something was open here: this page is an old one.
    pub taken: RwSignal<bool>,
    /// The program's parts that are not kept on this device yet; unknown until the worker has said it.
    pub missing: RwSignal<Option<Vec<String>>>,
    /// Whether this tab has agreed to the new version.
    agreed: StoredValue<bool>,
    waiting: StoredValue<Option<ServiceWorkerRegistration>, LocalStorage>,
    registered: StoredValue<bool>,
    listens: StoredValue<bool>,
}

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = web_sys::window()?.navigator();
    // Some in-app web views have no service workers; reading the missing property must not throw.
    let has = Reflect::has(&navigator, &JsValue::from_str("serviceWorker")).ok()?;
    let container = has.then(|| navigator.service_worker())?;
    (!container.is_undefined()).then_some(container)
}

/// Whether this browser can keep the program for opening without a network.
#[must_use]
pub fn is_supported() -> bool {
    container().is_some()
}

impl Updates {
    /// Registers the service worker and watches for new versions.
    #[must_use]
    pub fn watch() -> Self {
        let updates = Self {
            ready: RwSignal::new(false),
            taken: RwSignal::new(false),
            missing: RwSignal::new(None),
            agreed: StoredValue::new(false),
            waiting: StoredValue::new_local(None),
            registered: StoredValue::new(false),
            listens: StoredValue::new(false),
        };
        // At a first visit the precache would compete with the first page for bandwidth; `Updates::keep` registers the worker
        // later.
        if let Some(container) = container()
            && container.controller().is_some()
        {
            spawn_local(updates.register(container));
        }
        updates
    }

    /// Registers the service worker, once for this page.
    async fn register(self, container: ServiceWorkerContainer) {
        if self.registered.try_get_value() != Some(false) {
            return;
        }
        self.registered.try_set_value(true);
        // A page that no worker controls yet must not reload when its first worker takes over, only at the next one.
        let was_controlled = container.controller().is_some();
        let first = Cell::new(!was_controlled);
        on(&container, "controllerchange", move || {
            if !first.replace(false) {
                self.taken_over();
            }
        });
        let Ok(registered) = JsFuture::from(container.register("/sw.js")).await else {
            // Registration fails without a network; the next call tries again.
            self.registered.try_set_value(false);
            return;
        };
        let registration: ServiceWorkerRegistration = registered.unchecked_into();
        if registration.waiting().is_some() && was_controlled {
            self.found(&registration);
        }
        let found = registration.clone();
        on(&registration, "updatefound", move || {
            let Some(worker) = found.installing() else {
                return;
            };
            let (registration, installing) = (found.clone(), worker.clone());
            let container = container.clone();
            on(&worker, "statechange", move || {
                let controlled = container.controller().is_some();
                if installing.state() == ServiceWorkerState::Installed && controlled {
                    self.found(&registration);
                }
            });
        });
    }

    /// Has the program kept for opening without a network: `first` names the parts that this person needs first. Goes on
    /// where it was broken off.
    pub fn keep(self, first: &'static [&'static str]) {
        let Some(container) = container() else { return };
        spawn_local(async move {
            self.register(container.clone()).await;
            if !self.listens.try_get_value().unwrap_or(true) {
                self.listens.try_set_value(true);
                on_message(&container, move |message| self.hear(&message));
            }
            let Ok(ready) = container.ready() else { return };
            let Ok(registration) = JsFuture::from(ready).await else {
                return;
            };
            let registration: ServiceWorkerRegistration = registration.unchecked_into();
            if let Some(worker) = registration.active() {
                let names: js_sys::Array =
                    first.iter().map(|name| JsValue::from_str(name)).collect();
                let message = js_sys::Object::new();
                let _set = Reflect::set(&message, &"type".into(), &"keep".into());
                let _set = Reflect::set(&message, &"first".into(), &names);
                // If the worker is gone, the next start asks again.
                let _told = worker.post_message(&message);
            }
        });
    }

    /// Receives the worker's messages about the parts still missing.
    fn hear(self, message: &JsValue) {
        let of = |name: &str| Reflect::get(message, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if of("type").as_string().as_deref() != Some("kept") {
            return;
        }
        let missing = js_sys::Array::from(&of("missing"));
        let missing = missing.iter().filter_map(|part| part.as_string()).collect();
        self.missing.try_set(Some(missing));
    }

    fn found(self, registration: &ServiceWorkerRegistration) {
        self.waiting.try_set_value(Some(registration.clone()));
        self.ready.try_set(true);
    }

    /// A new worker is in charge. The page loads again, unless somebody is in the middle of something here.
    fn taken_over(self) {
        if self.agreed.try_get_value() == Some(true) || !is_anything_open() {
            reload();
        } else {
            self.ready.try_set(false);
            self.taken.try_set(true);
        }
    }

    /// The person agrees: the new worker takes over and the page loads again.
    pub fn accept(self) {
        self.agreed.try_set_value(true);
        if self.taken.get_untracked() {
            return reload();
        }
        let worker = self.waiting.get_value().and_then(|r| r.waiting());
        let Some(worker) = worker else { return };
        let message = js_sys::Object::new();
        let _set = Reflect::set(&message, &"type".into(), &"activate".into());
        // If the worker is gone, the next start uses the new version anyway.
        let _told = worker.post_message(&message);
    }
}

fn reload() {
    if let Some(window) = web_sys::window() {
        let _reloading = window.location().reload();
    }
}

/// Whether a question is open or something typed stands in a field. What a list is searched for does not count: it is kept.
fn is_anything_open() -> bool {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return false;
    };
    let open = document.query_selector("[role=dialog], [data-form]");
    if open.is_ok_and(|open| open.is_some()) {
        return true;
    }
    let Ok(fields) = document
        .query_selector_all("textarea, input:not([type=search], [type=checkbox], [type=radio])")
    else {
        return false;
    };
    (0..fields.length())
        .filter_map(|at| Reflect::get(fields.get(at)?.as_ref(), &"value".into()).ok())
        .any(|value| value.as_string().is_some_and(|text| !text.is_empty()))
}

/// Asks the browser to look for a new version now.
pub fn look_for_update() {
    let Some(container) = container() else { return };
    spawn_local(async move {
        let Ok(ready) = container.ready() else { return };
        if let Ok(registration) = JsFuture::from(ready).await {
            let registration: ServiceWorkerRegistration = registration.unchecked_into();
            if let Ok(looking) = registration.update() {
                // Without a network the check fails, and the next one looks again.
                let _looked = JsFuture::from(looking).await;
            }
        }
    });
}

fn on_message(container: &ServiceWorkerContainer, hear: impl Fn(JsValue) + 'static) {
    let closure =
        Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| hear(event.data()));
    // Setting `onmessage`, unlike adding a listener, also starts the message queue.
    container.set_onmessage(Some(closure.as_ref().unchecked_ref()));
    closure.forget();
}

fn on(target: &web_sys::EventTarget, event: &str, act: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(act);
    // `addEventListener` does not fail on an object that exists.
    let _added = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Asks the browser, once a session, to keep what is stored here for good.
pub fn ask_for_persistence() {
    thread_local! {
        static ASKED: Cell<bool> = const { Cell::new(false) };
    }
    if ASKED.replace(true) {
        return;
    }
    let ask = || -> Option<js_sys::Promise> {
        let navigator = web_sys::window()?.navigator();
        let storage = Reflect::get(&navigator, &"storage".into()).ok()?;
        let persist: Function = Reflect::get(&storage, &"persist".into())
            .ok()?
            .dyn_into()
            .ok()?;
        persist.call0(&storage).ok()?.dyn_into().ok()
    };
    if let Some(promise) = ask() {
        spawn_local(async move {
            // The answer is shown on the sync page, which asks for itself.
            let _answer = JsFuture::from(promise).await;
        });
    }
}
