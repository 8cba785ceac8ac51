//! The settings page: text size, updates, and signing out.

use crate::account::sync::save_unsent;
use crate::app::SignedIn;
use crate::desk::need_answers::Answers;
use crate::desk::{Desk, use_desk};
use crate::device::text_size;
use crate::device::worker;
use crate::ui::sheet::Sheet;
use crate::ui::shell::Shell;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The day of the running version, as the bundler wrote it into the page.
fn released() -> String {
    let meta = document().query_selector("meta[name=released]");
    meta.ok()
        .flatten()
        .and_then(|m| m.get_attribute("content"))
        .filter(|day| !day.is_empty())
        .unwrap_or_else(|| "开发版".to_owned())
}

/// Whether the program was opened from the home screen.
fn is_installed() -> bool {
    let standalone = window().match_media("(display-mode: standalone)");
    standalone.ok().flatten().is_some_and(|m| m.matches())
}

/// Settings of this device, and signing out.
#[component]
pub fn Settings() -> impl IntoView {
    let desk = use_desk();
    let leaving = RwSignal::new(false);
    let unsent = unsent(desk);
    view! {
        <Shell title="设置">
            <section class="card" aria-label="显示">
                <label class="check">
                    <input
                        type="checkbox" prop:checked=text_size::is_large()
                        on:change:target=move |event| {
                            text_size::set_large(event.target().checked());
                            // Larger text leaves the status line less room.
                            desk.look_again();
                        }/>
                    "大字"
                </label>
            </section>
            <section class="card">
                <h2>"装到手机桌面"</h2>
                {if is_installed() {
                    view! { <p>"已经装好了。没有网络也能从桌面打开。"</p> }.into_any()
                } else {
                    view! { <InstallHint /> }.into_any()
                }}
            </section>
            <section class="card" aria-label="版本">
                <div class="row"><span>"版本"</span><span class="meta">{released()}</span></div>
                <button class="btn is-quiet is-small" on:click=move |_| worker::look_for_update()>"看看有没有新版本"</button>
            </section>
            <button class="btn is-alert is-wide" on:click=move |_| leaving.set(true)>"退出登录"</button>
            <Sheet open=leaving title="退出登录？">
                <Leave desk=desk unsent=unsent open=leaving />
            </Sheet>
        </Shell>
    }
}

#[component]
fn InstallHint() -> impl IntoView {
    let agent = window().navigator().user_agent().unwrap_or_default();
    let words = if agent.contains("MicroMessenger") {
        "现在是在微信里打开的，微信会清掉存的内容。请点右上角“…”，选“在浏览器打开”，再装到桌面。"
    } else if agent.contains("iPhone") || agent.contains("iPad") {
        "点下面的“分享”，再选“添加到主屏幕”。以后从桌面打开，没有网络也能用。"
    } else {
        "点浏览器的菜单，选“安装应用”或“添加到主屏幕”。以后从桌面打开，没有网络也能用。"
    };
    view! { <p>{words}</p> }
}

/// The unsent work that signing out could lose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Unsent {
    /// Acts the server has not answered.
    acts: usize,
    /// Rejections that were not put away.
    refused: usize,
    /// Forms left unfinished.
    forms: usize,
}

impl Unsent {
    fn is_any(self) -> bool {
        self != Self::default()
    }

    fn words(self) -> String {
        let part = |n: usize, what: &str| (n > 0).then(|| format!("{n} 条{what}"));
        [
            part(self.acts, "还没有发出"),
            part(self.refused, "没有成功、还没看"),
            part(self.forms, "没有写完"),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("，")
    }
}

fn unsent(desk: Desk) -> Signal<Unsent> {
    let forms = RwSignal::new(0);
    Effect::new(move || {
        desk.track();
        spawn_local(async move {
            let count = desk.drafts::<Answers>().await.len();
            // The signals are disposed of if the page was left meanwhile.
            forms.try_set(count);
        });
    });
    Signal::derive(move || {
        let status = desk.status();
        Unsent {
            acts: status.waiting,
            refused: status.refused,
            forms: forms.get(),
        }
    })
}

/// The question before signing out; with unsent work it is asked twice.
#[component]
fn Leave(desk: Desk, unsent: Signal<Unsent>, open: RwSignal<bool>) -> impl IntoView {
    let sure = RwSignal::new(false);
    let trouble = RwSignal::new(None::<&'static str>);
    let signed_in = expect_context::<SignedIn>();
    let leave = move |wipe_unsent: bool| {
        spawn_local(async move {
            match desk.close(wipe_unsent).await {
                Ok(()) => signed_in.leave().await,
                Err(_) => {
                    trouble.try_set(Some(
                        "退出没有成功：浏览器现在不让动存储。请关掉其他乡单页面再试。",
                    ));
                }
            }
        });
    };
    let save = move |_| trouble.set(Some(save_unsent(desk)));
    let stay = move || {
        view! {
            <button class="btn is-main" on:click=move |_| open.set(false)>"先不退出"</button>
        }
    };
    let question = move || {
        let any = unsent.get().is_any();
        match (any, sure.get()) {
            (false, _) => view! {
                <div class="btn-row">
                    <button class="btn is-alert" on:click=move |_| leave(true)>"退出"</button>
                    {stay()}
                </div>
            }
            .into_any(),
            (true, false) => view! {
                <div class="note is-alert">
                    <p><b>{format!("这台设备上有 {}。", unsent.get().words())}</b></p>
                    <p>"最好等有网发出以后再退出。"</p>
                </div>
                <button class="btn is-quiet is-wide" on:click=save>"把没发出的存成文件"</button>
                <div class="btn-row">
                    <button class="btn is-alert" on:click=move |_| sure.set(true)>"仍然退出"</button>
                    {stay()}
                </div>
            }
            .into_any(),
            (true, true) => view! {
                <div class="note is-alert">
                    <p><b>{format!("再确认一次：{}，怎么办？", unsent.get().words())}</b></p>
                    <p>"留着：下次用同一个账号在这台设备登录，会接着发。"</p>
                    <p>"删掉：再也找不回来。借别人的手机才选这个。"</p>
                </div>
                <button class="btn is-quiet is-wide" on:click=move |_| leave(false)>"留在这台设备上，退出"</button>
                <button class="btn is-alert is-wide" on:click=move |_| leave(true)>"全部删掉，退出"</button>
                <button class="btn is-wide" on:click=move |_| open.set(false)>"先不退出"</button>
            }
            .into_any(),
        }
    };
    view! {
        <p>"退出后，这台设备上下载的需求、接单和联系电话都会清掉。已经发到县里的不受影响，下次登录要有网络。"</p>
        {question}
        <p class="meta" role="status">{move || trouble.get()}</p>
    }
}
