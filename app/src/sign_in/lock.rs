//! The page that asks for a PIN: for whoever has one on this device, with or without a network.

use crate::app::{SignedIn, Unlocking};
use crate::sign_in::Locked;
use domain::accounts::pin;
use domain::accounts::role_line;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How long to wait, as people say it.
fn wait(ms: u64) -> String {
    let minutes = ms.div_ceil(60_000);
    format!("请等 {minutes} 分钟再试。")
}

/// Asks for the PIN of somebody whose data are sealed on this device.
#[component]
pub fn LockPage() -> impl IntoView {
    let signed_in = expect_context::<SignedIn>();
    let Locked { actor, gone } = expect_context();
    let typed = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let gone = RwSignal::new(gone);
    let input = NodeRef::<Input>::new();
    document().set_title("输入 PIN · 乡单");
    let name = actor.name.clone();
    let line = role_line(&actor.role);
    let actor = StoredValue::new(actor);
    let go = move || {
        if busy.get_untracked() {
            return;
        }
        let Some(pin) = typed.with_untracked(|typed| pin::read(typed)) else {
            trouble.set(Some("PIN 是 6 位数字。".to_owned()));
            return;
        };
        trouble.set(None);
        busy.set(true);
        spawn_local(async move {
            let said = match signed_in.unlock(actor.get_value(), pin).await {
                Unlocking::Done => return,
                Unlocking::Wrong { left, wait_ms: 0 } => format!("PIN 不对，还能试 {left} 次。"),
                Unlocking::Wrong { left, wait_ms } => {
                    format!("PIN 不对，还能试 {left} 次。{}", wait(wait_ms))
                }
                Unlocking::Wait { wait_ms } => format!("试得太多了。{}", wait(wait_ms)),
                Unlocking::Gone => {
                    gone.try_set(true);
                    String::new()
                }
                Unlocking::Failed => {
                    "现在打不开本机的内容，请关掉其他乡单页面再试一次。".to_owned()
                }
            };
            trouble.try_set(Some(said).filter(|said| !said.is_empty()));
            typed.try_set(String::new());
            busy.try_set(false);
            if let Some(Some(input)) = input.try_get_untracked() {
                let _focused = input.focus();
            }
        });
    };
    let on_input = move |value: String| {
        typed.set(value);
        if typed.with_untracked(|typed| pin::read(typed).is_some()) {
            go();
        }
    };
    let form = move || {
        if gone.get() {
            return view! {
                <div class="note is-alert" role="alert" data-testid="pin-gone">
                    <p><b>"PIN 错得太多，已经作废。"</b></p>
                    <p>"存在这台设备上的内容都还在，没发出的也在。请用密码登录（要有网络），进去以后再设一个 PIN。"</p>
                </div>
            }
            .into_any();
        }
        view! {
            <form novalidate on:submit=move |event: leptos::ev::SubmitEvent| {
                event.prevent_default();
                go();
            }>
                <div class="field">
                    <label for="pin">"请输入 6 位 PIN"</label>
                    <input
                        class="input is-code" id="pin" type="password" inputmode="numeric" maxlength="6" autocomplete="off"
                        node_ref=input prop:value=move || typed.get()
                        on:input:target=move |event| on_input(event.target().value())
                    />
                    <p class="hint">"没有网络也能开。"</p>
                </div>
                <p class="error" role="alert">{move || trouble.get()}</p>
                <button class="btn is-wide" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || if busy.get() { "正在打开…" } else { "打开" }}
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <main class="sign-in" data-testid="locked">
            <h1>{name}</h1>
            <p class="meta">{line}</p>
            {form}
            <button class="btn is-quiet is-wide" on:click=move |_| signed_in.ask_password(Some(actor.get_value().user))>
                {move || if gone.get() { "用密码登录" } else { "忘了 PIN，用密码登录" }}
            </button>
            <button class="btn is-quiet is-wide" on:click=move |_| signed_in.ask_password(None)>"换个人"</button>
            <p class="meta">"忘了也不要紧：有网时用密码登录，再设一个。没发出的内容不会丢。"</p>
        </main>
    }
}
