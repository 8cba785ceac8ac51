//! The warning of a browser inside another app, which forgets what pages store.

use crate::device::clipboard;
use crate::sign_in::in_app::in_app;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Says first what this browser forgets, and offers the address for one that does not.
#[component]
pub fn Forgetful() -> impl IntoView {
    let agent = window().navigator().user_agent().unwrap_or_default();
    let app = in_app(&agent)?;
    let address = window().location().origin().unwrap_or_default();
    let said = RwSignal::new(None::<&'static str>);
    let copied = address.clone();
    let copy = move |_| {
        let address = copied.clone();
        spawn_local(async move {
            said.try_set(Some(if clipboard::copy(&address).await {
                "地址已经复制，到浏览器的地址栏里粘贴。"
            } else {
                "这里不让复制，请长按上面的地址来复制。"
            }));
        });
    };
    Some(view! {
        <div class="note is-alert" role="alert" data-testid="forgetful">
            <p>
                <b>{format!("现在是在{app}里打开的。")}</b>
                "这里会清掉网页存的东西：没发出的需求、下载的资料都可能没了，没有网络也打不开。请点右上角的“…”，选“在浏览器打开”；或者复制下面的地址，到手机自带的浏览器里打开。"
            </p>
            <p><code>{address}</code></p>
            <button class="btn is-quiet is-small" type="button" on:click=copy>"复制地址"</button>
            <p class="meta" role="status">{move || said.get()}</p>
        </div>
    })
}
