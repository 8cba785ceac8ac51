//! The sign-in page.

use crate::app::SignedIn;
use crate::device::remote;
use crate::home::Home;
use crate::part::{fetched, loads, missing_words};
use crate::sign_in::forgetful::Forgetful;
use crate::sign_in::people::{self, Person};
use crate::sign_in::{self, remembered};
use api::ApiError;
use domain::read::Phone;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

/// Where this page is even for those who are signed in: a session that has ended is begun again here.
const PATH: &str = "/signin";

/// What the page shares with the chooser of people and with signing up, as a context.
#[derive(Clone, Copy)]
pub struct SigningIn {
    /// The people who have signed in on this device.
    pub known: RwSignal<Vec<Person>>,
    /// Whose password is asked for.
    pub chosen: RwSignal<Option<Person>>,
    /// The number that is typed.
    pub phone: RwSignal<String>,
    /// What went wrong.
    pub trouble: RwSignal<Option<String>>,
    /// Whether signing in goes on.
    pub busy: RwSignal<bool>,
    /// Called with the number and the password of whoever has signed up.
    pub signed_up: Callback<(String, String)>,
}

/// Signing in with a phone number and a password. Afterwards the page is shown that was asked for.
#[component]
pub fn SignInPage() -> impl IntoView {
    let signed_in = expect_context::<SignedIn>();
    let navigate = StoredValue::new(use_navigate());
    let path = use_location().pathname;
    let phone = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let seen = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let known = RwSignal::new(people::people());
    let chosen = RwSignal::new(people::chosen());
    if let Some(person) = chosen.get_untracked() {
        phone.set(person.phone);
    }
    document().set_title("登录 · 乡单");

    // Prefetch: the part behind the sign-in is loaded while the person types phone number and password.
    let ahead = StoredValue::new(false);
    let fetch_ahead = move |_| {
        if ahead.get_value() {
            return;
        }
        ahead.set_value(true);
        spawn_local(async {
            // A failed prefetch is repeated after signing in, where its error is shown.
            if crate::inside::fetch().await.is_ok() {
                let home = remembered::last_home().unwrap_or(Home::MyNeeds);
                let _fetched = (home.load())().await;
            }
        });
    };
    let busy = RwSignal::new(false);
    let sign_in = move |number: String, secret: String| {
        let number = number.trim().to_owned();
        busy.set(true);
        spawn_local(async move {
            match remote::sign_in(number.clone(), secret.clone()).await {
                Ok(profile) => {
                    let user = profile.actor.user;
                    // This comes first, since entering disposes of this page.
                    if path.try_get_untracked().as_deref() == Some(PATH) {
                        let options = NavigateOptions {
                            replace: true,
                            ..NavigateOptions::default()
                        };
                        navigate.try_with_value(|navigate| navigate("/", options));
                    }
                    signed_in.enter(profile, Some(secret));
                    people::note_phone(user, &number);
                }
                Err(error) => {
                    let who = chosen.try_get_untracked().flatten();
                    trouble.try_set(Some(refusal(&error, who.as_ref())));
                }
            }
            busy.try_set(false);
        });
    };
    let signing_up = RwSignal::new(false);
    let signed_up = Callback::new(move |(number, secret): (String, String)| {
        sign_in(number, secret);
    });
    provide_context(SigningIn {
        known,
        chosen,
        phone,
        trouble,
        busy,
        signed_up,
    });
    let of_door = |load| fetched(load, || ().into_any(), missing_words, |page| page());
    let nobody_yet = Memo::new(move |_| known.with(Vec::is_empty));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let (number, secret) = (phone.get_untracked(), password.get_untracked());
        if number.trim().is_empty() || secret.is_empty() {
            trouble.set(Some("请填写手机号和密码。".to_owned()));
            return;
        }
        if let Err(why) = Phone::read(&number) {
            trouble.set(Some(format!("{why}。")));
            return;
        }
        trouble.set(None);
        sign_in(number, secret);
    };
    let number = move || match chosen.get().filter(|person| !person.phone.is_empty()) {
        Some(person) => {
            let from = person.phone.len().saturating_sub(4);
            let end = person.phone.get(from..).unwrap_or_default().to_owned();
            view! {
                <div class="note" data-testid="chosen">
                    <p><b>{person.name}</b></p>
                    <p>{format!("尾号 {end} 的手机号，请输密码。")}</p>
                    {(person.unsent > 0).then(|| view! {
                        <p>{format!("{} 条没发出的内容还在这台设备上，进来后会接着发。", person.unsent)}</p>
                    })}
                    <button class="link" type="button" on:click=move |_| {
                        chosen.set(None);
                        phone.set(String::new());
                    }>"换一个人"</button>
                </div>
            }
            .into_any()
        }
        None => view! {
            <div class="field">
                <label for="phone">"手机号"</label>
                <input
                    class="input" id="phone" name="phone" type="tel" inputmode="tel"
                    autocomplete="username" required
                    on:focus=fetch_ahead
                    on:input:target=move |ev| phone.set(ev.target().value())
                />
            </div>
        }
        .into_any(),
    };
    view! {
        <main class="sign-in">
            <img class="sign-in-mark" src="/icons/icon.svg" alt="" width="72" height="72" />
            <h1>"乡单"</h1>
            <p>"村里缺什么，在这里写出来；县里审核后，社会组织来接单，帮着办到。"</p>
            <Forgetful />
            {move || signing_up.get().then(|| view! {
                {of_door(loads!(sign_in::organization))}
                <button class="link" type="button" on:click=move |_| { trouble.set(None); signing_up.set(false); }>"已经有账号，去登录"</button>
            })}
            {move || (!signing_up.get() && !nobody_yet.get()).then(|| of_door(loads!(sign_in::people_here)))}
            <form on:submit=submit novalidate hidden=move || signing_up.get()>
                {number}
                <div class="field">
                    <label for="password">"密码"</label>
                    <input
                        class="input" id="password" name="password" autocomplete="current-password" required
                        type=move || if seen.get() { "text" } else { "password" }
                        autocapitalize="none" spellcheck="false"
                        on:focus=fetch_ahead
                        on:input:target=move |ev| password.set(ev.target().value())
                    />
                    <div>
                        <label class="check">
                            <input type="checkbox" on:change:target=move |ev| seen.set(ev.target().checked()) />
                            "显示密码"
                        </label>
                    </div>
                </div>
                <p class="error" role="alert">{move || trouble.get()}</p>
                <button class="btn is-wide" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || if busy.get() { "正在登录…" } else { "登录" }}
                </button>
            </form>
            {move || (!signing_up.get()).then(|| view! {
                <button class="btn is-quiet is-wide" type="button" on:click=move |_| { trouble.set(None); signing_up.set(true); }>"社会组织第一次用？在这里注册"</button>
            })}
            <p><a class="btn is-quiet is-wide" href="/invite">"手里有邀请条"</a></p>
            <p class="meta">"没有账号，或忘了密码：请找上一级（村里找县民政局、乡村振兴局）负责乡单的同志，由他们开一张邀请条。"</p>
            <p class="meta">
                "联系人和电话，只有本村、审核的部门和接了单的组织看得到。受益的人只记人数，不记姓名和身份证号。"
            </p>
        </main>
    }
}

/// Why signing in failed, and what to do.
fn refusal(error: &ApiError, who: Option<&Person>) -> String {
    match (error, who) {
        (ApiError::Offline { .. }, Some(person)) => format!(
            "现在连不上服务器。{}要用密码进来，这要有网络；存在这台设备上的内容都还在。请有网时再试。",
            person.name
        ),
        (ApiError::Offline { .. }, None) => {
            "现在连不上服务器，第一次登录需要网络。请有网时再试。".to_owned()
        }
        (error, _) => format!("{}{}", error.message(), error.action()),
    }
}
