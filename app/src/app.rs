//! The root component, in the entry chunk (core): who is signed in on this device, and what is shown until their desk is open.

use crate::device::history;
use crate::device::remote;
use crate::device::tabs;
use crate::device::text_size;
use crate::device::timer::pause;
use crate::device::worker::{self, Updates};
use crate::inside::{self, Inside, NotOpened, With};
use crate::part::{self, PartMissing, Skeleton, fetched, loads, missing_page};
use crate::sign_in::page::SignInPage;
use crate::sign_in::remembered::{self, Told};
use crate::sign_in::{self, INVITE_PATH, Locked, people};
use api::{ApiError, Profile};
use domain::{Actor, UserId};
use futures_util::future::select;
use leptos::context::Provider;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::Router;
use leptos_router::hooks::use_location;
use std::pin::pin;
use std::time::Duration;
use sync::ports::StoreError;
use wasm_bindgen::JsValue;
use web_sys::BroadcastChannel;

/// Who is signed in on this device.
#[derive(Clone, Copy)]
pub struct SignedIn {
    state: RwSignal<State>,
    /// Where the other tabs hear who is signed in; none where the browser has no such thing.
    others: StoredValue<Option<BroadcastChannel>, LocalStorage>,
}

#[derive(Clone)]
enum State {
    /// Nobody.
    Nobody,
    /// Somebody, and their storage is being opened.
    Opening,
    /// Somebody, and the program's part that opens their storage is not there.
    Missing(Actor, PartMissing),
    /// Somebody, and their storage cannot be used.
    Failed(StoreError),
    /// Somebody whose storage is sealed: their PIN is asked for. Whether it is gone.
    Locked(Actor, bool),
    /// Somebody.
    Somebody(Inside),
    /// This tab was somebody's, and another tab says that they have signed out, or that somebody else has signed in.
    Ended(UserId, Ending),
}

/// How another tab has ended the work of this one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    SignedOut,
    OtherUser,
    HandedOver,
    PinChanged,
}

/// What came of a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlocking {
    /// It was right.
    Done,
    /// It was not.
    Wrong {
        /// How many more tries there are.
        left: u32,
        /// How long to wait before the next, in milliseconds.
        wait_ms: u64,
    },
    /// It was not tried.
    Wait {
        /// How long to wait, in milliseconds.
        wait_ms: u64,
    },
    /// Too many wrong ones: the password opens what is stored.
    Gone,
    /// The device's storage, or the program's part, is not there.
    Failed,
}

/// How long a page may be out of sight before it locks.
const LOCKED_AFTER: Duration = Duration::from_secs(300);

/// Who says that somebody has a role.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// The server's, just now.
    Servers,
    /// This device's, from last time: the server is asked again.
    Remembered,
}

impl SignedIn {
    /// Opens the desk of whoever was signed in when the program ended, without any network.
    fn resume() -> Self {
        let signed_in = Self {
            state: RwSignal::new(State::Nobody),
            others: StoredValue::new_local(None),
        };
        signed_in.listen();
        if let Some(actor) = remembered::remembered() {
            signed_in.open(actor, Word::Remembered);
        }
        signed_in
    }

    /// Hears from the other tabs who signs in and out there. Two ways say the same, since each is missing in some browser; what a
    /// tab has missed while it was frozen it sees when it is shown again.
    fn listen(self) {
        let heard = move |text: String| self.hear(&Told::read(&text));
        self.others.set_value(tabs::hear_who_is_signed_in(heard));
        let _for_good = window_event_listener_untyped("storage", move |event| {
            if let Some(now) = remembered::told(&event) {
                self.hear(&now);
            }
        });
        for shown in ["pageshow", "visibilitychange"] {
            let _for_good = window_event_listener_untyped(shown, move |_| {
                // Nothing is remembered where the browser has no localStorage, so that says nothing.
                if let Some(actor) = remembered::remembered() {
                    self.hear_other(actor.user);
                }
            });
        }
    }

    fn tell(self, now: &Told) {
        self.others.with_value(|others| {
            if let Some(others) = others {
                // Posting fails only on a closed channel, and this one never is.
                let _told = others.post_message(&JsValue::from_str(&now.text()));
            }
        });
    }

    /// Another tab says who is signed in now.
    fn hear(self, now: &Told) {
        match (self.state.get_untracked(), now) {
            (State::Somebody(inside), Told::Somebody(user)) if *user == inside.user => {
                // They have begun their session again there.
                (inside.go_on)(inside.desk, inside.desk.actor());
            }
            (State::Somebody(inside), now) => {
                let ending = match now {
                    Told::Somebody(_) => Ending::OtherUser,
                    Told::HandedOver => Ending::HandedOver,
                    Told::PinChanged => Ending::PinChanged,
                    Told::SignedOut => Ending::SignedOut,
                };
                (inside.stop)(inside.desk, ending == Ending::SignedOut);
                self.state.set(State::Ended(inside.user, ending));
            }
            (State::Ended(user, _), Told::Somebody(now)) if *now == user => {
                if let Some(actor) = remembered::remembered().filter(|actor| actor.user == user) {
                    self.open(actor, Word::Remembered);
                }
            }
            // Nobody's work goes on in this tab; opening finds out by itself.
            _ => {}
        }
    }

    fn hear_other(self, user: UserId) {
        if let State::Somebody(inside) = self.state.get_untracked()
            && inside.user != user
        {
            self.hear(&Told::Somebody(user));
        }
    }

    fn open(self, actor: Actor, word: Word) {
        self.open_with(actor, word, None);
    }

    /// Opens somebody's desk. A password that was right just now opens what a PIN has sealed, with the key that the server keeps.
    fn open_with(self, actor: Actor, word: Word, password: Option<String>) {
        self.state.set(State::Opening);
        spawn_local(async move {
            let mut opened = inside::open(actor.clone(), With::Nothing).await;
            if let (Err(NotOpened::Locked { device, .. }), Some(password)) = (&opened, password)
                && let Ok(answer) = remote::data_key(actor.user, device.clone(), password).await
                && let Some(key) = answer.bytes()
            {
                opened = inside::open(actor.clone(), With::Key(key)).await;
            }
            match opened {
                Ok(inside) => {
                    self.state.try_set(State::Somebody(inside));
                    // Another tab may have been faster.
                    if let Some(actor) = remembered::remembered() {
                        self.hear_other(actor.user);
                    }
                    if word == Word::Remembered {
                        self.confirm(actor).await;
                    }
                }
                Err(NotOpened::Missing(missing)) => {
                    self.state.try_set(State::Missing(actor, missing));
                }
                Err(NotOpened::Storage(error)) => {
                    self.state.try_set(State::Failed(error));
                }
                Err(NotOpened::Locked { gone, .. }) => {
                    self.state.try_set(State::Locked(actor, gone));
                }
                Err(NotOpened::Wrong { .. } | NotOpened::Wait { .. }) => {
                    self.state.try_set(State::Locked(actor, false));
                }
            }
        });
    }

    /// Tries a PIN.
    pub async fn unlock(self, actor: Actor, pin: String) -> Unlocking {
        match inside::open(actor.clone(), With::Pin(pin)).await {
            Ok(inside) => {
                remembered::remember(&actor);
                self.tell(&Told::Somebody(actor.user));
                self.state.try_set(State::Somebody(inside));
                spawn_local(async move { self.confirm(actor).await });
                Unlocking::Done
            }
            Err(NotOpened::Wrong { left, wait_ms }) => Unlocking::Wrong { left, wait_ms },
            Err(NotOpened::Wait { wait_ms }) => Unlocking::Wait { wait_ms },
            Err(NotOpened::Locked { .. }) => Unlocking::Gone,
            Err(NotOpened::Missing(_) | NotOpened::Storage(_)) => Unlocking::Failed,
        }
    }

    /// The page that asks for the PIN of somebody who has one here.
    pub fn ask_pin(self, actor: Actor) {
        self.open(actor, Word::Remembered);
    }

    /// The sign-in page, for somebody whose PIN is forgotten, or for anybody.
    pub fn ask_password(self, user: Option<UserId>) {
        remembered::hand_over();
        people::choose(user);
        self.state.set(State::Nobody);
    }

    /// Locks: the page is made anew, so that no key and nothing that was read stays in its memory.
    pub fn lock(self) {
        if let State::Somebody(inside) = self.state.get_untracked()
            && people::has_pin(inside.user)
        {
            // Reloading a live window does not fail.
            let _reloading = window().location().reload();
        }
    }

    /// A PIN was set or taken off: other tabs of the same person begin anew.
    pub fn tell_pin_changed(self) {
        self.tell(&Told::PinChanged);
    }

    /// Locks what a PIN has sealed when the page was out of sight for long enough.
    fn lock_when_left(self) {
        let left_at = StoredValue::new(None::<f64>);
        let _for_good = window_event_listener_untyped("visibilitychange", move |_| {
            if document().hidden() {
                left_at.set_value(Some(js_sys::Date::now()));
                // A timer may come late or never while the page is out of sight; then the way back locks.
                set_timeout(
                    move || {
                        if document().hidden() {
                            self.lock();
                        }
                    },
                    LOCKED_AFTER,
                );
                return;
            }
            let left = left_at.get_value().unwrap_or(f64::MAX);
            left_at.set_value(None);
            if js_sys::Date::now() - left >= LOCKED_AFTER.as_millis() as f64 {
                self.lock();
            }
        });
    }

    /// Asks the server whether the role is still the same. Without an answer the remembered one holds. A session of somebody else, who has
    /// handed the device over without a network, opens nothing of theirs: the line under the title tells of it.
    async fn confirm(self, actor: Actor) {
        if let Ok(profile) = remote::me().await
            && profile.actor.user == actor.user
            && profile.actor != actor
        {
            self.enter(profile, None);
        }
    }

    /// Somebody has signed in at the server.
    pub fn enter(self, profile: Profile, password: Option<String>) {
        remembered::remember(&profile.actor);
        people::keep(&profile.actor);
        self.tell(&Told::Somebody(profile.actor.user));
        match self.state.get_untracked() {
            // The session had ended; the outbox syncs again. The pages stay as they are under the finger, unless they are others'.
            State::Somebody(inside) if inside.user == profile.actor.user => {
                if (inside.go_on)(inside.desk, profile.actor) {
                    self.state.set(State::Opening);
                    request_animation_frame(move || {
                        self.state.try_set(State::Somebody(inside));
                    });
                }
            }
            State::Somebody(other) => {
                (other.stop)(other.desk, false);
                self.open_with(profile.actor, Word::Servers, password);
            }
            _ => self.open_with(profile.actor, Word::Servers, password),
        }
    }

    /// The desk was closed: the server forgets the session, the device who it was.
    pub async fn leave(self) {
        remembered::forget();
        self.tell(&Told::SignedOut);
        // Offline the session ends by itself later; the cookie is useless without this device.
        let _ended: Result<(), ApiError> = remote::sign_out().await;
        self.state.try_set(State::Nobody);
    }
}

impl SignedIn {
    /// The device is handed to somebody else: this person's work stops and stays on the device with everything that was read, and waits
    /// for their password. `unsent` is how much has not been sent.
    pub async fn hand_over(self, unsent: usize) {
        let State::Somebody(inside) = self.state.get_untracked() else {
            return;
        };
        people::note_unsent(inside.user, unsent);
        remembered::hand_over();
        self.tell(&Told::HandedOver);
        (inside.stop)(inside.desk, false);
        self.state.try_set(State::Opening);
        // The session ends too, so that nobody goes on with it. An answer that comes late would take the next person's cookie along, so the
        // question is given up before they can sign in.
        select(pin!(remote::sign_out()), pin!(pause(GIVE_UP_MS))).await;
        self.state.try_set(State::Nobody);
    }
}

/// How long ending a session may take while somebody waits to sign in.
const GIVE_UP_MS: u64 = 4_000;

/// A page of the part `door`.
fn door(load: fn() -> part::Loading) -> AnyView {
    let skeleton = || view! { <Skeleton back=true /> }.into_any();
    fetched(load, skeleton, missing_page, |page| page()).into_any()
}

/// What is shown while nobody is signed in: the sign-in page, or an invitation to be used.
#[component]
fn Door() -> impl IntoView {
    let path = use_location().pathname;
    let invited = Memo::new(move |_| path.get() == INVITE_PATH);
    move || {
        if invited.get() {
            door(loads!(sign_in::invitation))
        } else {
            view! { <SignInPage /> }.into_any()
        }
    }
}

/// The whole program.
#[component]
pub fn App() -> impl IntoView {
    text_size::show();
    part::watch_failures();
    history::watch();
    provide_context(Updates::watch());
    let signed_in = SignedIn::resume();
    provide_context(signed_in);
    signed_in.lock_when_left();
    let _for_good = window_event_listener_untyped("pageshow", |_| worker::look_for_update());
    let shown = move || match signed_in.state.get() {
        State::Nobody => view! { <Door /> }.into_any(),
        State::Opening => view! { <Skeleton /> }.into_any(),
        State::Locked(actor, gone) => view! {
            <Provider value=Locked { actor, gone }>{door(loads!(sign_in::pin))}</Provider>
        }
        .into_any(),
        State::Missing(actor, missing) => {
            let again = Callback::new(move |()| signed_in.open(actor.clone(), Word::Remembered));
            missing_page(missing, again)
        }
        State::Failed(error) => view! { <StorageFailed error=error /> }.into_any(),
        State::Somebody(inside) => view! {
            <Provider value=inside.desk>{(inside.pages)()}</Provider>
        }
        .into_any(),
        State::Ended(_, ending) => view! { <Ended ending=ending /> }.into_any(),
    };
    view! { <Router>{shown}</Router> }
}

/// Covers what this tab showed, since it is not for whoever holds the device now.
#[component]
fn Ended(ending: Ending) -> impl IntoView {
    let (title, words) = match ending {
        Ending::SignedOut => (
            "已经退出登录",
            "刚才在另一个窗口里退出了登录，这个窗口也停下了。",
        ),
        Ending::PinChanged => (
            "PIN 变了",
            "刚才在另一个窗口里改了 PIN，这个窗口请重新打开。没发出的内容都还在。",
        ),
        Ending::HandedOver => (
            "这台设备换人用了",
            "这个窗口停下了：没发出的内容都还在这台设备上，本人登录后会接着发，不会算到别人名下。",
        ),
        Ending::OtherUser => (
            "这台设备刚刚换人登录了",
            "这个窗口停下了：原来的人没发出的内容都还在这台设备上，换回原来的账号登录后会接着发，不会算到别人名下。",
        ),
    };
    let reload = move |_| {
        // `reload` fails only in a window that is closed.
        let _reloading = window().location().reload();
    };
    view! {
        <div class="panic" role="alert" data-testid="ended">
            <h1>{title}</h1>
            <p>{words}</p>
            <button class="btn" on:click=reload>"重新打开"</button>
        </div>
    }
}

#[component]
fn StorageFailed(error: StoreError) -> impl IntoView {
    let (words, advice) = match &error {
        StoreError::SchemaTooNew { .. } => (
            "这台设备上的数据是更新的版本存的。",
            "请点下面的按钮更新乡单，数据不会丢。",
        ),
        StoreError::Quota => (
            "这台设备的存储空间满了。",
            "请删掉一些照片或不用的应用，再重新打开。",
        ),
        StoreError::Corrupt(_) => (
            "存在这台设备上的内容读不出来。",
            "请不要清除浏览器数据，先联系县里的管理员。",
        ),
        StoreError::Unavailable(_) | StoreError::Lost | StoreError::Conflict => (
            "浏览器现在不让乡单使用存储。",
            "请关掉其他乡单页面和“无痕浏览”，再重新打开。",
        ),
    };
    let reload = move |_| {
        worker::look_for_update();
        // `reload` fails only in a window that is closed.
        let _reloading = window().location().reload();
    };
    view! {
        <div class="panic" role="alert">
            <h1>"打不开本机数据"</h1>
            <p>{words}{advice}</p>
            <p class="meta">{error.to_string()}</p>
            <button class="btn" on:click=reload>"重新打开"</button>
        </div>
    }
}
