//! Signing up for an organization that is not here yet: a number, a name and a password; what it is, is asked afterwards.

use crate::device::remote;
use crate::sign_in::page::SigningIn;
use api::{ApiError, SignUpRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The form. Afterwards one is signed in with what was typed; if the number had an account already, that fails as with any wrong password.
#[component]
pub fn SignUp() -> impl IntoView {
    let SigningIn {
        trouble,
        busy,
        signed_up,
        ..
    } = expect_context();
    let (phone, name, password) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
    );
    let sending = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if sending.get_untracked() || busy.get_untracked() {
            return;
        }
        let request = SignUpRequest {
            phone: phone.get_untracked(),
            name: name.get_untracked(),
            password: password.get_untracked(),
        };
        if let Err(fault) = request.read() {
            return trouble.set(Some(fault.to_string()));
        }
        trouble.set(None);
        sending.set(true);
        spawn_local(async move {
            let (number, secret) = (request.phone.clone(), request.password.clone());
            match remote::sign_up(request).await {
                Ok(()) => {
                    signed_up.try_run((number, secret));
                }
                Err(ApiError::Offline { .. }) => {
                    let words = "现在连不上服务器，注册需要网络。请有网时再试。".to_owned();
                    trouble.try_set(Some(words));
                }
                Err(error) => {
                    trouble.try_set(Some(format!("{}{}", error.message(), error.action())));
                }
            }
            sending.try_set(false);
        });
    };
    let waits = move || sending.get() || busy.get();
    view! {
        <form on:submit=submit novalidate aria-label="社会组织注册">
            <p class="meta">"先开一个账号，再填你们组织的登记资料，由登记你们的民政部门审核。已经在用乡单的组织，请找负责人邀请你，不要在这里注册。"</p>
            <div class="field">
                <label for="sign-up-name">"你的姓名"</label>
                <input class="input" id="sign-up-name" autocomplete="name" required on:input:target=move |ev| name.set(ev.target().value()) />
            </div>
            <div class="field">
                <label for="sign-up-phone">"手机号"</label>
                <input
                    class="input" id="sign-up-phone" type="tel" inputmode="tel" autocomplete="username" required
                    on:input:target=move |ev| phone.set(ev.target().value())
                />
            </div>
            <div class="field">
                <label for="sign-up-password">"设一个密码（至少 8 位）"</label>
                <input
                    class="input" id="sign-up-password" type="password" autocomplete="new-password" required
                    on:input:target=move |ev| password.set(ev.target().value())
                />
            </div>
            <p class="error" role="alert">{move || trouble.get()}</p>
            <button class="btn is-wide" type="submit" aria-busy=move || waits().to_string()>
                {move || if waits() { "正在注册…" } else { "注册" }}
            </button>
        </form>
    }
}
