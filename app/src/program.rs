//! The program: who is signed in, the routes, and what the browser tells.

use crate::desk::Desk;
use crate::device::remote;
use crate::device::worker::{self, Updates};
use crate::pages::browse::Browse;
use crate::pages::inbox::{County, Inbox};
use crate::pages::library::Library;
use crate::pages::me::Me;
use crate::pages::my_needs::MyNeeds;
use crate::pages::need::NeedPage;
use crate::pages::need_form::NeedForm;
use crate::pages::order::OrderPage;
use crate::pages::orders::Orders;
use crate::pages::settings::Settings;
use crate::pages::sign_in::SignInPage;
use crate::pages::sync::SyncPage;
use crate::session;
use api::{ApiError, Profile};
use domain::{Actor, Level, Role};
use leptos::context::Provider;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::hooks::use_navigate;
use leptos_router::path;
use sync::ports::StoreError;

/// Who is signed in on this device.
#[derive(Clone, Copy)]
pub struct SignedIn {
    state: RwSignal<State>,
}

#[derive(Clone)]
enum State {
    /// Nobody.
    Nobody,
    /// Somebody, and their storage is being opened.
    Opening,
    /// Somebody, and their storage cannot be used.
    Failed(StoreError),
    /// Somebody.
    Somebody(Desk),
}

impl SignedIn {
    /// Opens the desk of whoever was signed in when the program ended, without any network.
    fn resume() -> Self {
        let signed_in = Self {
            state: RwSignal::new(State::Nobody),
        };
        if let Some(actor) = session::remembered() {
            signed_in.open(actor);
        }
        signed_in
    }

    fn open(self, actor: Actor) {
        self.state.set(State::Opening);
        spawn_local(async move {
            match Desk::open(actor).await {
                Ok(desk) => {
                    self.state.try_set(State::Somebody(desk));
                    self.confirm(desk).await;
                }
                Err(error) => {
                    self.state.try_set(State::Failed(error));
                }
            }
        });
    }

    /// Asks the server whether the role is still the same. Without an answer the remembered one holds.
    async fn confirm(self, desk: Desk) {
        if let Ok(profile) = remote::me().await
            && profile.actor != desk.actor()
        {
            self.enter(profile);
        }
    }

    /// The server has let somebody in.
    pub fn enter(self, profile: Profile) {
        session::remember(&profile.actor);
        let same = match self.state.get_untracked() {
            State::Somebody(desk) if desk.actor().user == profile.actor.user => Some(desk),
            _ => None,
        };
        match same {
            // The outbox of a session that had ended goes on where it stopped.
            Some(desk) => {
                desk.set_actor(profile.actor);
                desk.sync_now();
                self.state.set(State::Somebody(desk));
            }
            None => self.open(profile.actor),
        }
    }

    /// Signs out: the server forgets the session, the device forgets what it knew; unsent work only if `wipe_unsent`.
    pub async fn leave(self, desk: Desk, wipe_unsent: bool) -> Result<(), StoreError> {
        desk.close(wipe_unsent).await?;
        session::forget();
        // Offline the session ends by itself later; the cookie is useless without this device.
        let _ended: Result<(), ApiError> = remote::sign_out().await;
        self.state.try_set(State::Nobody);
        Ok(())
    }
}

/// The whole program.
#[component]
pub fn Program() -> impl IntoView {
    session::show_text_size();
    provide_context(Updates::watch());
    let signed_in = SignedIn::resume();
    provide_context(signed_in);
    let look_again = move || {
        if let State::Somebody(desk) = signed_in.state.get_untracked() {
            desk.sync_now();
        }
    };
    window_event_listener_untyped("online", move |_| look_again());
    window_event_listener_untyped("pageshow", move |_| {
        look_again();
        worker::look_for_update();
    });
    let visible = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || {
        if document().visibility_state() == web_sys::VisibilityState::Visible {
            look_again();
        }
    });
    document().set_onvisibilitychange(Some(wasm_bindgen::JsCast::unchecked_ref(visible.as_ref())));
    visible.forget();
    let shown = move || match signed_in.state.get() {
        State::Nobody => view! { <SignInPage /> }.into_any(),
        State::Opening => view! { <Skeleton /> }.into_any(),
        State::Failed(error) => view! { <StorageFailed error=error /> }.into_any(),
        State::Somebody(desk) => view! {
            <Provider value=desk><Pages /></Provider>
        }
        .into_any(),
    };
    view! { <Router>{shown}</Router> }
}

#[component]
fn Pages() -> impl IntoView {
    view! {
        <Routes fallback=NotFound>
            <Route path=path!("/") view=Home />
            <Route path=path!("/signin") view=SignInAgain />
            <Route path=path!("/needs/new") view=NeedForm />
            <Route path=path!("/needs/:id") view=NeedPage />
            <Route path=path!("/needs/:id/edit") view=NeedForm />
            <Route path=path!("/library") view=Library />
            <Route path=path!("/orders") view=Orders />
            <Route path=path!("/orders/:id") view=OrderPage />
            <Route path=path!("/inbox") view=Inbox />
            <Route path=path!("/county") view=County />
            <Route path=path!("/me") view=Me />
            <Route path=path!("/sync") view=SyncPage />
            <Route path=path!("/settings") view=Settings />
        </Routes>
    }
}

/// What a role sees first.
#[component]
fn Home() -> impl IntoView {
    match crate::desk::use_desk().actor().role {
        Role::Village { .. } => view! { <MyNeeds /> }.into_any(),
        Role::Member { .. } => view! { <Library /> }.into_any(),
        Role::Bureau { region, .. } if region.level() == Level::County => {
            view! { <Inbox /> }.into_any()
        }
        Role::Bureau { .. } | Role::Administrator => view! { <Browse /> }.into_any(),
    }
}

/// The session has ended, the work goes on: signing in again leads back.
#[component]
fn SignInAgain() -> impl IntoView {
    let navigate = use_navigate();
    view! { <SignInPage on_done=Callback::new(move |()| navigate("/", Default::default())) /> }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <crate::parts::shell::Shell title="没有这个页面" back="/">
            <div class="empty">
                <h2>"没有找到这个页面"</h2>
                <p>"地址可能写错了，或者是旧的链接。"</p>
                <a class="btn" href="/">"回到首页"</a>
            </div>
        </crate::parts::shell::Shell>
    }
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="app">
            <div class="screen">
                <header class="top">
                    <div class="top-row"><h1>"乡单"</h1></div>
                    <p class="sync">"正在打开…"</p>
                </header>
                <main class="page" aria-busy="true">
                    <div class="card skeleton"><i></i><i></i><i></i></div>
                    <div class="card skeleton"><i></i><i></i><i></i></div>
                </main>
            </div>
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
        StoreError::Unavailable(_) | StoreError::Conflict => (
            "浏览器现在不让乡单使用存储。",
            "请关掉其他乡单页面和“无痕浏览”，再重新打开。",
        ),
    };
    let reload = move |_| {
        worker::look_for_update();
        // Reloading a live window does not fail.
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
