//! Claims: which tab of this browser works on something, by the Web Locks API and a broadcast channel.

use crate::device::timer::pause;
use js_sys::{Function, Object, Promise, Reflect};
use leptos::prelude::{ArcRwSignal, Set};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{BroadcastChannel, MessageEvent};

/// A tab that was just left may still be storing what was typed there.
const TRIES: u32 = 4;
/// Milliseconds between two tries.
const BETWEEN_MS: u64 = 80;
/// A tab that is awake gives away what it holds within this many tries; one that does not answer is frozen.
const TRIES_WHEN_ASKED: u32 = 25;

/// How a lock is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    IfAvailable,
    Steal,
}

impl Ask {
    fn option(self) -> &'static str {
        match self {
            Self::IfAvailable => "ifAvailable",
            Self::Steal => "steal",
        }
    }
}

/// A lock that this tab holds until the value is dropped. Without Web Locks (Safari before 15.4) there is nothing to hold.
struct Held(Option<Function>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = &self.0 {
            // Resolving a promise cannot fail.
            let _released = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// This tab works on it. The claim ends with the last clone, when it is released, or when another tab takes it away.
#[derive(Clone)]
pub struct Claim {
    held: Rc<RefCell<Option<Held>>>,
    /// Another tab has taken it away without waiting for this one.
    pub lost: ArcRwSignal<bool>,
}

impl Claim {
    /// Claims a name, unless another tab holds it.
    pub async fn of(name: &str) -> Option<Self> {
        Self::within(name, TRIES).await
    }

    /// Claims a name that another tab holds: it is asked to give it away, and if it does not answer, it is not asked any more.
    pub async fn taken_over(name: &str, tabs: &Channel, ask: &str) -> Self {
        tabs.tell(ask);
        if let Some(claim) = Self::within(name, TRIES_WHEN_ASKED).await {
            return claim;
        }
        let lost = ArcRwSignal::new(false);
        let held = request(name, Ask::Steal, lost.clone()).await;
        Self::new(held.unwrap_or(Held(None)), lost)
    }

    async fn within(name: &str, tries: u32) -> Option<Self> {
        for attempt in 0..tries {
            if attempt > 0 {
                pause(BETWEEN_MS).await;
            }
            let lost = ArcRwSignal::new(false);
            if let Some(held) = request(name, Ask::IfAvailable, lost.clone()).await {
                return Some(Self::new(held, lost));
            }
        }
        None
    }

    fn new(held: Held, lost: ArcRwSignal<bool>) -> Self {
        Self {
            held: Rc::new(RefCell::new(Some(held))),
            lost,
        }
    }

    /// Lets another tab have it.
    pub fn release(&self) {
        self.held.borrow_mut().take();
    }
}

/// Asks for a lock; none if another tab holds it. `lost` becomes true when it is stolen later.
async fn request(name: &str, ask: Ask, lost: ArcRwSignal<bool>) -> Option<Held> {
    let locks = web_sys::window()
        .map(|w| w.navigator())
        .and_then(|n| Reflect::get(&n, &JsValue::from_str("locks")).ok())
        .filter(JsValue::is_object);
    let Some(locks) = locks else {
        return Some(Held(None));
    };
    let ask_for = Reflect::get(&locks, &JsValue::from_str("request"))
        .ok()
        .and_then(|f| f.dyn_into::<Function>().ok());
    let Some(ask_for) = ask_for else {
        return Some(Held(None));
    };
    let options = Object::new();
    // Setting a property of a new object cannot fail.
    let _set = Reflect::set(&options, &JsValue::from_str(ask.option()), &JsValue::TRUE);
    let (mut answer, mut release) = (None, None);
    let answered = Promise::new(&mut |resolve, _| answer = Some(resolve));
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let answer = answer?;
    let reply = answer.clone();
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let is_ours = lock.is_object();
        // Resolving a promise cannot fail.
        let _answered = reply.call1(&JsValue::UNDEFINED, &JsValue::from_bool(is_ours));
        if is_ours {
            held.into()
        } else {
            JsValue::UNDEFINED
        }
    });
    let name = JsValue::from_str(name);
    let Ok(asked) = ask_for.call3(&locks, &name, &options, &granted) else {
        return Some(Held(None));
    };
    let asked: Promise = asked.unchecked_into();
    spawn_local(async move {
        if JsFuture::from(asked).await.is_err() {
            // It was stolen; or this browser refuses locks, and then there is nothing to wait for.
            let _answered = answer.call1(&JsValue::UNDEFINED, &JsValue::TRUE);
            lost.set(true);
        }
    });
    let is_ours = JsFuture::from(answered)
        .await
        .is_ok_and(|ours| ours.is_truthy());
    is_ours.then_some(Held(release))
}

/// What tabs of one person tell each other about what they work on.
#[derive(Clone)]
pub struct Channel(Option<Rc<(BroadcastChannel, Heard)>>);

/// What is called with what another tab tells.
type Heard = Closure<dyn Fn(MessageEvent)>;

impl Channel {
    /// Joins; `heard` is called with what another tab tells.
    pub fn join(name: &str, heard: impl Fn(String) + 'static) -> Self {
        let channel = BroadcastChannel::new(name).ok();
        let listening = channel.map(|channel| {
            let closure = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                heard(event.data().as_string().unwrap_or_default());
            });
            channel.set_onmessage(Some(closure.as_ref().unchecked_ref()));
            (channel, closure)
        });
        Self(listening.map(Rc::new))
    }

    /// Tells the other tabs.
    pub fn tell(&self, words: &str) {
        if let Some((channel, _)) = self.0.as_deref() {
            // Posting fails only on a closed channel, after this tab has left.
            let _told = channel.post_message(&JsValue::from_str(words));
        }
    }

    /// Leaves.
    pub fn leave(&self) {
        if let Some((channel, _)) = self.0.as_deref() {
            channel.set_onmessage(None);
            channel.close();
        }
    }
}
