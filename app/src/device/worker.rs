use js_sys::{Function, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState};

/// A new version that waits for the person to agree.
#[derive(Clone, Copy, Debug)]
pub struct Updates {
    /// Whether one waits.
    pub ready: RwSignal<bool>,
    waiting: StoredValue<Option<ServiceWorkerRegistration>, LocalStorage>,
}

fn container() -> Option<ServiceWorkerContainer> {
    let navigator = web_sys::window()?.navigator();
    // Some in-app web views have none; reading the missing property must not throw.
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
            waiting: StoredValue::new_local(None),
        };
        if let Some(container) = container() {
            spawn_local(updates.register(container));
        }
        updates
    }

    async fn register(self, container: ServiceWorkerContainer) {
        // A page that no worker controls yet must not reload when its first worker takes over.
        let was_controlled = container.controller().is_some();
        if was_controlled {
            on(&container, "controllerchange", || {
                if let Some(window) = web_sys::window() {
                    let _reloading = window.location().reload();
                }
            });
        }
        let Ok(registered) = JsFuture::from(container.register("/sw.js")).await else {
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

    fn found(self, registration: &ServiceWorkerRegistration) {
        self.waiting.try_set_value(Some(registration.clone()));
        self.ready.try_set(true);
    }

    /// The person agrees: the new worker takes over and the page loads again.
    pub fn accept(self) {
        let worker = self.waiting.get_value().and_then(|r| r.waiting());
        let Some(worker) = worker else { return };
        let message = js_sys::Object::new();
        let _set = Reflect::set(&message, &"type".into(), &"activate".into());
        // A worker that is gone cannot be told; the next start uses the new version.
        let _told = worker.post_message(&message);
    }
}

/// Asks the browser to look for a new version now.
pub fn look_for_update() {
    let Some(container) = container() else { return };
    spawn_local(async move {
        let Ok(ready) = container.ready() else { return };
        if let Ok(registration) = JsFuture::from(ready).await {
            let registration: ServiceWorkerRegistration = registration.unchecked_into();
            if let Ok(looking) = registration.update() {
                // Without a network there is nothing new.
                let _looked = JsFuture::from(looking).await;
            }
        }
    });
}

fn on(target: &web_sys::EventTarget, event: &str, act: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(act);
    // Registering a listener on a live target does not fail.
    let _added = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Asks the browser, once a session, to keep what is stored here for good.
pub fn ask_for_persistence() {
    thread_local! {
        static ASKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
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
