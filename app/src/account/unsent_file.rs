//! Unsent work as a file: saving it, other ways to get it off this device, and reading it back in. The page says only what it knows: a
//! browser does not tell whether it has saved anything.

use crate::desk::Desk;
use crate::device::{clipboard, file};
use crate::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

/// What is said once the browser was asked to save a file.
const ASKED: &str = "浏览器正在保存文件，名字以“乡单-没发出的”开头。请到手机的“下载”里看看有没有；没有的话，用下面的办法再存一份。";
const FORBIDDEN: &str = "这个浏览器不让存文件，请用下面的办法，或者换一个浏览器打开乡单。";

fn name(desk: Desk, ending: &str) -> String {
    format!("乡单-没发出的-{}.{ending}", desk.now().day())
}

/// Asks the browser to save all unsent work as a file; what to say about it.
pub fn save_unsent(desk: Desk) -> &'static str {
    match file::save(&name(desk, "json"), &desk.export()) {
        Ok(()) => ASKED,
        Err(_) => FORBIDDEN,
    }
}

/// Ways to get unsent work off this device: as a file, to another app, to the clipboard.
#[component]
pub fn SaveUnsent(desk: Desk) -> impl IntoView {
    let said = RwSignal::new(None::<&'static str>);
    let save = move |_| said.set(Some(save_unsent(desk)));
    let share = move |_| {
        spawn_local(async move {
            let shared = file::share(&name(desk, "txt"), &desk.export()).await;
            said.try_set(Some(if shared {
                "已经交给你选的应用，请到那里看看收到没有。"
            } else {
                "没有分享出去，可以再试一次，或者复制内容。"
            }));
        });
    };
    let copy = move |_| {
        spawn_local(async move {
            said.try_set(Some(if clipboard::copy(&desk.export()).await {
                "内容已经复制，请粘贴到备忘录或者发给自己。整段都要，一个字也不能少。"
            } else {
                "这个浏览器不让复制，请换一个浏览器打开乡单。"
            }));
        });
    };
    // The other ways are offered once the first was tried.
    let others = move || {
        said.get()?;
        Some(view! {
            <div class="btn-row">
                {file::can_share().then(|| view! {
                    <button class="btn is-quiet is-small" on:click=share>"分享给自己"</button>
                })}
                <button class="btn is-quiet is-small" on:click=copy>"复制内容"</button>
            </div>
        })
    };
    view! {
        <button class="btn is-quiet is-wide" on:click=save>"把没发出的存成文件"</button>
        <p class="meta" role="status" data-testid="saved">{move || said.get()}</p>
        {others}
    }
}

/// Reads work back in that was saved as a file or copied.
#[component]
pub fn ReadBackIn(desk: Desk) -> impl IntoView {
    let said = RwSignal::new(None::<String>);
    let pasted = RwSignal::new(String::new());
    let take = move |text: String| {
        spawn_local(async move {
            let read = desk.read_in(&text).await;
            if read.is_ok() {
                pasted.try_set(String::new());
            }
            said.try_set(Some(words::read_in(&read)));
        });
    };
    let choose = move |event: leptos::ev::Event| {
        let input: HtmlInputElement = event_target(&event);
        let chosen = input.files().and_then(|files| files.get(0));
        let Some(chosen) = chosen else { return };
        spawn_local(async move {
            match file::read(&chosen).await {
                Ok(text) => take(text),
                Err(_) => {
                    said.try_set(Some("这个文件打不开，请再选一次。".to_owned()));
                }
            }
            // The same file may be chosen again.
            input.set_value("");
        });
    };
    view! {
        <details class="card" data-testid="read-in">
            <summary>"把存下的读回来"</summary>
            <div class="stack">
                <p class="hint">"换了手机，或者浏览器清掉了内容，可以把存下的文件读回来接着发。已经发过的不会再发一遍。"</p>
                <label class="field">
                    <span>"选存下的文件"</span>
                    <input class="input" type="file" accept=".json,.txt,application/json,text/plain" on:change=choose />
                </label>
                <label class="field">
                    <span>"或者粘贴复制的内容"</span>
                    <textarea
                        class="input" rows="3" prop:value=pasted
                        on:input:target=move |event| pasted.set(event.target().value())
                    ></textarea>
                </label>
                <button
                    class="btn is-quiet is-small" disabled=move || pasted.with(String::is_empty)
                    on:click=move |_| take(pasted.get_untracked())
                >"读进来"</button>
                <p role="status" data-testid="read-in-said">{move || said.get()}</p>
            </div>
        </details>
    }
}
