//! Using an invitation: the code from paper or from a link, then a password of one's own.

use crate::app::SignedIn;
use crate::device::remote;
use crate::sign_in::INVITE_PATH;
use crate::sign_in::forgetful::Forgetful;
use api::ApiError;
use api::accounts::InvitationAnswer;
use domain::accounts::{code, password};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsValue;

/// The code that stands in the address. It is taken out of it, so that it does not stay in the history.
fn code_of_address() -> String {
    let hash = window().location().hash().unwrap_or_default();
    let typed = hash.trim_start_matches('#').to_owned();
    if !typed.is_empty()
        && let Ok(history) = window().history()
    {
        let _replaced = history.replace_state_with_url(&JsValue::NULL, "", Some(INVITE_PATH));
    }
    code::read(&typed).map_or(typed, |code| code::shown(&code))
}

/// Using an invitation.
#[component]
pub fn InvitePage() -> impl IntoView {
    let signed_in = expect_context::<SignedIn>();
    let navigate = StoredValue::new(use_navigate());
    let typed = RwSignal::new(code_of_address());
    let chosen = RwSignal::new(String::new());
    let seen = RwSignal::new(true);
    let whose = RwSignal::new(None::<InvitationAnswer>);
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    document().set_title("用邀请条 · 乡单");
    let look = move || {
        let code = match typed.with_untracked(|typed| code::read(typed)) {
            Ok(code) => code,
            Err(why) => {
                trouble.set(Some(format!("{why}。")));
                return;
            }
        };
        if busy.get_untracked() {
            return;
        }
        trouble.set(None);
        busy.set(true);
        spawn_local(async move {
            match remote::invitation(code).await {
                Ok(answer) => {
                    whose.try_set(Some(answer));
                }
                Err(error) => {
                    trouble.try_set(Some(words(&error)));
                }
            }
            busy.try_set(false);
        });
    };
    let begin = move || {
        let (Ok(code), secret) = (
            typed.with_untracked(|typed| code::read(typed)),
            chosen.get_untracked(),
        ) else {
            return;
        };
        if let Err(why) = password::check(&secret, "") {
            trouble.set(Some(format!("{why}。")));
            return;
        }
        if busy.get_untracked() {
            return;
        }
        trouble.set(None);
        busy.set(true);
        spawn_local(async move {
            match remote::accept_invitation(code, secret.clone()).await {
                Ok(profile) => {
                    // This comes first, since entering disposes of this page.
                    let options = NavigateOptions {
                        replace: true,
                        ..NavigateOptions::default()
                    };
                    navigate.try_with_value(|navigate| navigate("/", options));
                    signed_in.enter(profile, Some(secret));
                }
                Err(error) => {
                    trouble.try_set(Some(words(&error)));
                    busy.try_set(false);
                }
            }
        });
    };
    let code_form = move || {
        view! {
            <form novalidate on:submit=move |event: leptos::ev::SubmitEvent| {
                event.prevent_default();
                look();
            }>
                <div class="field">
                    <label for="code">"邀请码（8 个字符）"</label>
                    <input
                        class="input is-code" id="code" autocomplete="off" autocapitalize="characters" spellcheck="false"
                        prop:value=move || typed.get()
                        on:input:target=move |event| typed.set(event.target().value())
                    />
                    <p class="hint">"在邀请条上，大写小写都行。里面没有数字 0、1 和字母 O、I。"</p>
                </div>
                <p class="error" role="alert">{move || trouble.get()}</p>
                <button class="btn is-wide" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || if busy.get() { "正在看…" } else { "下一步" }}
                </button>
            </form>
        }
    };
    let password_form = move |answer: InvitationAnswer| {
        let name = answer.name.clone();
        view! {
            <form novalidate on:submit=move |event: leptos::ev::SubmitEvent| {
                event.prevent_default();
                begin();
            }>
                <div class="note">
                    <p><b>{name}</b></p>
                    <p>{answer.place}</p>
                    <p>{format!("以后用尾号 {} 的手机号登录。", answer.phone_end)}</p>
                </div>
                <div class="field">
                    <label for="new-password">"给自己设一个密码"</label>
                    <input
                        class="input" id="new-password" autocomplete="new-password"
                        type=move || if seen.get() { "text" } else { "password" }
                        autocapitalize="none" spellcheck="false"
                        on:input:target=move |event| chosen.set(event.target().value())
                    />
                    <p class="hint">"至少 8 个字符，不要用手机号。写下来收好，别人不会问你要。"</p>
                    <div>
                        <label class="check">
                            <input type="checkbox" prop:checked=move || seen.get() on:change:target=move |event| seen.set(event.target().checked()) />
                            "显示密码"
                        </label>
                    </div>
                </div>
                <p class="error" role="alert">{move || trouble.get()}</p>
                <button class="btn is-wide" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || if busy.get() { "正在开始…" } else { "设好了，开始用" }}
                </button>
                <button class="btn is-quiet is-wide" type="button" on:click=move |_| whose.set(None)>"不是我，换一个邀请码"</button>
            </form>
        }
    };
    let form = move || match whose.get() {
        None => code_form().into_any(),
        Some(answer) => password_form(answer).into_any(),
    };
    view! {
        <main class="sign-in">
            <img class="sign-in-mark" src="/icons/icon.svg" alt="" width="72" height="72" />
            <h1>"用邀请条开始"</h1>
            <Forgetful />
            {form}
            <p class="meta">"邀请条只能用一次，14 天内有效。过期了或丢了，请给您的人重开一张。"</p>
            <p><a class="link" href="/signin">"已经有密码，去登录"</a></p>
        </main>
    }
}

fn words(error: &ApiError) -> String {
    match error {
        ApiError::Offline { .. } => {
            "现在连不上服务器，用邀请条要有网络。邀请条还在，有网时再来。".to_owned()
        }
        error => format!("{}{}", error.message(), error.action()),
    }
}
