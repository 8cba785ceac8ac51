//! The warning of a browser that forgets: inside another app, or without a database for pages.

use crate::device::{clipboard, storage};
use crate::sign_in::in_app::in_app;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is said of this browser, if it forgets: what happens, and the way out of it.
fn warning(user_agent: &str, has_database: bool) -> Option<(String, &'static str)> {
    match (in_app(user_agent), has_database) {
        (Some(app), _) => Some((
            format!("现在是在{app}里打开的。"),
            "这里会清掉网页存的东西：没发出的需求、下载的资料都可能没了，没有网络也打不开。请点右上角的“…”，选“在浏览器打开”；或者复制下面的地址，到手机自带的浏览器里打开。",
        )),
        (None, false) => Some((
            "这个浏览器不让网页存东西。".to_owned(),
            "没有网络就打不开，写了没发出的也留不住。请退出“无痕浏览”，或者复制下面的地址，换一个浏览器打开。",
        )),
        (None, true) => None,
    }
}

/// Says first what this browser forgets, and offers the address for one that does not.
#[component]
pub fn Forgetful() -> impl IntoView {
    let agent = window().navigator().user_agent().unwrap_or_default();
    let (title, words) = warning(&agent, storage::has_database())?;
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
            <p><b>{title}</b>{words}</p>
            <p><code>{address}</code></p>
            <button class="btn is-quiet is-small" type="button" on:click=copy>"复制地址"</button>
            <p class="meta" role="status">{move || said.get()}</p>
        </div>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_browser_that_forgets_is_warned_of() {
        let chrome = "Mozilla/5.0 (Linux; Android 10; K) Chrome/124.0.0.0 Mobile Safari/537.36";
        assert_eq!(warning(chrome, true), None);
        let (title, words) = warning(chrome, false).unwrap_or_default();
        assert!(title.contains("不让网页存东西") && words.contains("换一个浏览器"));
        let (title, words) = warning("… MicroMessenger/8.0.48 …", true).unwrap_or_default();
        assert!(title.contains("微信") && words.contains("复制下面的地址"));
    }
}
