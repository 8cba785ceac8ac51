//! Invitations as they are handed over: on the screen, and on A4 paper to be cut, several on a page.

use super::list::spaced;
use crate::desk::use_desk;
use crate::ui::qr::qr;
use api::accounts::Slip;
use leptos::prelude::*;

/// Slips to print. The codes are here and nowhere else: when the page is left, they are gone.
#[component]
pub fn Slips(
    /// The invitations.
    slips: Vec<Slip>,
) -> impl IntoView {
    let many = slips.len();
    let print = move |_| {
        // Where a page may not print, the browser's own menu still may.
        let _printing = window().print();
    };
    view! {
        <section class="slips-head stack">
            <div class="note">
                <p><b>{format!("{many} 张邀请条，只在这里看得到一次。")}</b></p>
                <p>"请现在印出来或抄下来，一张一张交到本人手里。丢了就重开一张，旧的立刻作废。"</p>
            </div>
            <button class="btn is-wide" on:click=print>"打印邀请条"</button>
        </section>
        <div class="slips">{slips.into_iter().map(|slip| view! { <OneSlip slip=slip /> }).collect_view()}</div>
    }
}

#[component]
fn OneSlip(slip: Slip) -> impl IntoView {
    let today = use_desk().today();
    let origin = window().location().origin().unwrap_or_default();
    let plain: String = slip.code.chars().filter(|c| !c.is_whitespace()).collect();
    // Behind the #, so that no server and no log ever sees the code.
    let link = format!("{origin}/invite#{plain}");
    let (year, month, date) = slip.until.day().ymd();
    let until = if today.ymd().0 == year {
        format!("{month} 月 {date} 日")
    } else {
        format!("{year} 年 {month} 月 {date} 日")
    };
    view! {
        <article class="slip" data-testid="slip">
            <div>
                <p><b class="slip-name">{slip.name}</b></p>
                <p>{slip.place}</p>
                <p>{format!("手机号 {}", spaced(&slip.phone))}</p>
                <p class="slip-code" data-testid="slip-code">{slip.code}</p>
                <p>{format!("{until}前用，只能用一次。用手机自带的浏览器扫码，不要用微信扫；或打开 {origin}/invite 填上面 8 个字符。")}</p>
            </div>
            {qr(&link, "邀请条的二维码")}
        </article>
    }
}
