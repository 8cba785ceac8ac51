//! The sign-in page.

use crate::app::SignedIn;
use crate::device::remote;
use crate::home::Home;
use crate::sign_in::forgetful::Forgetful;
use crate::sign_in::people::{self, Person};
use crate::sign_in::remembered;
use crate::sign_in::sign_up::SignUp;
use api::ApiError;
use domain::read::Phone;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

/// Where this page is even for those who are signed in: a session that has ended is begun again here.
const PATH: &str = "/signin";

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
    let sign_in = Action::new_unsync(move |(number, secret): &(String, String)| {
        let (number, secret) = (number.trim().to_owned(), secret.clone());
        async move {
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
        }
    });
    let busy = sign_in.pending();
    let signing_up = RwSignal::new(false);
    let signed_up = Callback::new(move |(number, secret): (String, String)| {
        sign_in.dispatch((number, secret));
    });
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
        sign_in.dispatch((number, secret));
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
                <SignUp signed_up=signed_up trouble=trouble busy=busy />
                <button class="link" type="button" on:click=move |_| { trouble.set(None); signing_up.set(false); }>"已经有账号，去登录"</button>
            })}
            {move || (!signing_up.get()).then(|| view! { <Chooser known=known chosen=chosen phone=phone trouble=trouble /> })}
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

/// The people who have signed in on this device. Choosing one fills in whose password is asked for; it opens nothing.
#[component]
fn Chooser(
    known: RwSignal<Vec<Person>>,
    chosen: RwSignal<Option<Person>>,
    phone: RwSignal<String>,
    trouble: RwSignal<Option<String>>,
) -> impl IntoView {
    let forgets = RwSignal::new(false);
    let signed_in = expect_context::<SignedIn>();
    let line = move |person: Person| {
        let (user, name) = (person.user, person.name.clone());
        let first: String = person.name.chars().take(1).collect();
        let (shown, line, unsent) = (person.name.clone(), person.line.clone(), person.unsent);
        let choose = move |_| {
            trouble.set(None);
            if let Some(actor) = person.locked.clone() {
                signed_in.ask_pin(actor);
                return;
            }
            phone.set(person.phone.clone());
            chosen.set(Some(person.clone()));
        };
        let forget = move |_| {
            people::forget(user);
            known.set(people::people());
            chosen.set(None);
            phone.set(String::new());
        };
        view! {
            <li class="person">
                <button class="pick" type="button" on:click=choose>
                    <span class="face" aria-hidden="true">{first}</span>
                    <span><b>{shown}</b><span class="meta">{line}</span></span>
                    {(unsent > 0).then(|| view! { <span class="pill is-wait">{format!("{unsent} 条没发出")}</span> })}
                </button>
                {move || forgets.get().then(|| view! {
                    <button class="btn is-quiet is-small" type="button" on:click=forget>{format!("去掉{name}")}</button>
                })}
            </li>
        }
    };
    move || {
        let people = known.get();
        (!people.is_empty()).then(|| view! {
            <section class="card people" aria-label="这台设备上的人">
                <h2>"你是哪一位？"</h2>
                <ul class="lines">{people.into_iter().map(line).collect_view()}</ul>
                <p class="meta">
                    "各人的资料分开放，换了人看不到前一个人的。"
                    <button class="link" type="button" on:click=move |_| forgets.update(|f| *f = !*f)>
                        {move || if forgets.get() { "不去掉了" } else { "从这里去掉名字" }}
                    </button>
                </p>
                {move || forgets.get().then(|| view! {
                    <p class="meta">"去掉的只是名字和记住的手机号。没发出的内容还在，本人用手机号和密码进来就接着发。"</p>
                })}
            </section>
        })
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
