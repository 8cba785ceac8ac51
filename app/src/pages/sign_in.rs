use crate::device::remote;
use crate::program::SignedIn;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Signing in with a phone number and a password.
#[component]
pub fn SignInPage(
    /// Called once the server has let somebody in.
    #[prop(optional, into)]
    on_done: Option<Callback<()>>,
) -> impl IntoView {
    let signed_in = expect_context::<SignedIn>();
    let phone = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    document().set_title("登录 · 乡单");

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
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            match remote::sign_in(number.trim(), &secret).await {
                Ok(profile) => {
                    signed_in.enter(profile);
                    if let Some(done) = on_done {
                        done.run(());
                    }
                }
                Err(api::ApiError::Offline { .. }) => {
                    trouble.try_set(Some(
                        "现在连不上服务器，第一次登录需要网络。请有网时再试。".to_owned(),
                    ));
                }
                Err(error) => {
                    trouble.try_set(Some(format!("{}{}", error.message(), error.action())));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <main class="sign-in">
            <img class="sign-in-mark" src="/icons/icon.svg" alt="" width="72" height="72" />
            <h1>"乡单"</h1>
            <p class="meta">"村里报需求，社会组织来接单"</p>
            <form on:submit=submit novalidate>
                <div class="field">
                    <label for="phone">"手机号"</label>
                    <input
                        class="input" id="phone" name="phone" type="tel" inputmode="tel"
                        autocomplete="username" required
                        on:input:target=move |ev| phone.set(ev.target().value())
                    />
                </div>
                <div class="field">
                    <label for="password">"密码"</label>
                    <input
                        class="input" id="password" name="password" type="password"
                        autocomplete="current-password" required
                        on:input:target=move |ev| password.set(ev.target().value())
                    />
                </div>
                <p class="error" role="alert">{move || trouble.get()}</p>
                <button class="btn is-wide" type="submit" aria-busy=move || busy.get().to_string()>
                    {move || if busy.get() { "正在登录…" } else { "登录" }}
                </button>
            </form>
        </main>
    }
}
