//! The foot of a sheet, with the code that opens what is printed; and the buttons that print and share it.

use crate::desk::use_desk;
use crate::device::clipboard;
use crate::device::share::{self, Shared};
use crate::ui::qr::qr;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The address of a page of this site.
#[must_use]
pub fn address(path: &str) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}/{path}")
}

/// The code that opens a page, and what the reader of the paper must know.
pub fn foot(
    // The page, without the first slash.
    path: &str,
    // What the code is, for those who do not see it.
    label: &'static str,
) -> impl IntoView + use<> {
    let (year, month, date) = use_desk().today().ymd();
    view! {
        <div class="a4-foot">
            {qr(&address(path), label)}
            <p class="meta">
                "用手机浏览器扫码，登录乡单就能看到最新情况。已经下载在手机里的，没有网络也能打开。"
                <br/>
                "联系人和电话不印在纸上，接单、点单以后在乡单里看。"
                <br/>
                {format!("{year} 年 {month} 月 {date} 日打印，以乡单里的为准。")}
            </p>
        </div>
    }
}

/// The buttons that share and print.
#[component]
pub fn PassOn(
    /// What it is called.
    title: String,
    /// What is sent.
    text: String,
) -> impl IntoView {
    let said = RwSignal::new(None::<&'static str>);
    let pass_on = move |_| {
        let (title, text) = (title.clone(), text.clone());
        spawn_local(async move {
            let words = match share::share(&title, &text).await {
                Shared::Done | Shared::GivenUp => return,
                Shared::Cannot if clipboard::copy(&text).await => {
                    "已复制，到微信里粘贴就能发出去。"
                }
                Shared::Cannot => "这个浏览器不让复制，请长按网页地址复制。",
            };
            said.try_set(Some(words));
        });
    };
    let print = move |_| {
        // A browser without printing does nothing.
        let _printing = window().print();
    };
    view! {
        <div class="btn-row">
            <button class="btn is-quiet" type="button" on:click=pass_on>"分享"</button>
            <button class="btn is-main" type="button" on:click=print>"打印"</button>
        </div>
        <div role="status">{move || said.get().map(|words| view! { <p class="note is-done">{words}</p> })}</div>
    }
}
