//! The settings page: text size, updates, and signing out.

use crate::account::pin::PinCard;
use crate::account::sync::{refused_words, unsent_words};
use crate::account::unfinished::{title, unfinished};
use crate::account::unsent_file::save_unsent;
use crate::app::SignedIn;
use crate::desk::unfinished::{Unfinished, counted};
use crate::desk::{Desk, use_desk};
use crate::device::text_size;
use crate::device::worker;
use crate::sign_in::in_app::in_app;
use crate::ui::sheet::Sheet;
use crate::ui::shell::Shell;
use crate::ui::steady::{Act, steady};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// So much of what lies on this device only is named one by one before signing out.
const MOST_NAMED: usize = 12;

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
            <PinCard />
            <HandOver desk=desk />
            <button class="btn is-alert is-wide" on:click=move |_| leaving.set(true)>"退出登录"</button>
            <Sheet open=leaving title="退出登录？">
                <Leave desk=desk open=leaving />
            </Sheet>
        </Shell>
    }
}

#[component]
fn InstallHint() -> impl IntoView {
    let agent = window().navigator().user_agent().unwrap_or_default();
    let words = if in_app(&agent).is_some() {
        "现在是在别的应用里打开的，它会清掉存的内容。请点右上角“…”，选“在浏览器打开”，再装到桌面。"
    } else if agent.contains("iPhone") || agent.contains("iPad") {
        "点下面的“分享”，再选“添加到主屏幕”。以后从桌面打开，没有网络也能用。"
    } else {
        "点浏览器的菜单，选“安装应用”或“添加到主屏幕”。以后从桌面打开，没有网络也能用。"
    };
    view! { <p>{words}</p> }
}

/// Handing the device to a colleague: nothing is cleared, and nobody but this person gets at it again.
#[component]
fn HandOver(desk: Desk) -> impl IntoView {
    let signed_in = expect_context::<SignedIn>();
    let asking = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let still = steady(move || asking.track());
    let ready = Signal::derive(move || still.get() && !busy.get());
    let go = move |()| {
        busy.set(true);
        spawn_local(async move { signed_in.hand_over(desk.status().waiting).await });
    };
    let unsent = move || {
        desk.track();
        let n = desk.status().waiting;
        (n > 0).then(|| view! {
            <p class="note is-wait">{format!("{n} 条还没发出，留在这台设备上，等你下次登录接着发。")}</p>
        })
    };
    view! {
        <button class="btn is-quiet is-wide" on:click=move |_| asking.set(true)>"换个人用这台设备"</button>
        <Sheet open=asking title="换个人用这台设备？">
            <p>{if desk.seals() {
                "你的资料和没发出的内容都留着，是加密的。你回来输 PIN 就行，没有网也能开。"
            } else {
                "你的资料和没发出的内容都留着，换了人看不到。你回来要用密码登录，登录要有网络；设了 PIN 就不用。"
            }}</p>
            {unsent}
            <div class="btn-row">
                <Act class="btn is-main" ready=ready on_press=go>"换人"</Act>
                <button class="btn is-quiet" on:click=move |_| asking.set(false)>"先不换"</button>
            </div>
        </Sheet>
    }
}

/// What lies on this device only, as signing out names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OnlyHere {
    /// Acts the server has not answered, in words.
    acts: Vec<String>,
    /// Rejections that were not put away, in words.
    refused: Vec<String>,
    /// Forms left unfinished.
    forms: Vec<Unfinished>,
}

impl OnlyHere {
    fn is_any(&self) -> bool {
        *self != Self::default()
    }

    fn words(&self) -> String {
        let part = |n: usize, what: &str| (n > 0).then(|| format!("{n} 条{what}"));
        [
            part(self.acts.len(), "还没有发出"),
            part(self.refused.len(), "没有成功、还没看"),
            Some(counted(&self.forms)).filter(|words| !words.is_empty()),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("，")
    }
}

/// What lies on this device only; nothing until it is read. Tracked.
fn only_here(desk: Desk, forms: RwSignal<Option<Vec<Unfinished>>>) -> Option<OnlyHere> {
    Some(OnlyHere {
        acts: unsent_words(desk),
        refused: refused_words(desk),
        forms: forms.get()?,
    })
}

/// The question before signing out; with unsent work it is asked twice.
#[component]
fn Leave(desk: Desk, open: RwSignal<bool>) -> impl IntoView {
    let sure = RwSignal::new(false);
    let trouble = RwSignal::new(None::<&'static str>);
    let signed_in = expect_context::<SignedIn>();
    let forms = unfinished(desk);
    let here = Memo::new(move |_| only_here(desk, forms));
    let busy = RwSignal::new(false);
    let still = steady(move || {
        here.track();
        sure.track();
    });
    let ready = Signal::derive(move || still.get() && !busy.get());
    let leave = move |wipe_unsent: bool| {
        let seen = here.get_untracked();
        busy.set(true);
        spawn_local(async move {
            // What was written meanwhile, here or in another tab, is shown before it is removed.
            let found = desk.unfinished().await;
            let told = seen.as_ref().map(|seen| &seen.forms);
            if wipe_unsent && (found.is_none() || found.as_ref() != told) {
                busy.try_set(false);
                sure.try_set(false);
                forms.try_set(found);
                trouble.try_set(Some("刚才又多了没发出的内容，请先看一看。"));
                return;
            }
            match desk.close(wipe_unsent).await {
                Ok(()) => signed_in.leave().await,
                Err(_) => {
                    busy.try_set(false);
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
        let Some(here) = here.get() else {
            return view! { <p class="meta">"正在看有没有没发出的…"</p> }.into_any();
        };
        match (here.is_any(), sure.get()) {
            (false, _) => view! {
                <div class="btn-row">
                    <Act class="btn is-alert" ready=ready on_press=move |()| leave(true)>"退出"</Act>
                    {stay()}
                </div>
            }
            .into_any(),
            (true, false) => view! {
                <div class="note is-alert">
                    <p><b>{format!("这台设备上有 {}。", here.words())}</b></p>
                    <ul>{lines(desk, &here)}</ul>
                    <p>"最好等有网发出、写完以后再退出。"</p>
                </div>
                {(!here.acts.is_empty() || !here.refused.is_empty()).then(|| view! {
                    <button class="btn is-quiet is-wide" on:click=save>"把没发出的存成文件"</button>
                })}
                {(!here.forms.is_empty()).then(|| view! {
                    <a class="btn is-quiet is-wide" href="/me#unfinished">"去看没写完的"</a>
                })}
                <div class="btn-row">
                    <Act class="btn is-alert" ready=ready on_press=move |()| sure.set(true)>"仍然退出"</Act>
                    {stay()}
                </div>
            }
            .into_any(),
            (true, true) => view! {
                <div class="note is-alert">
                    <p><b>{format!("再确认一次：{}，怎么办？", here.words())}</b></p>
                    <p>"留着：下次用同一个账号在这台设备登录，会接着发、接着写。"</p>
                    <p>"删掉：再也找不回来。借别人的手机才选这个。"</p>
                </div>
                <Act class="btn is-quiet is-wide" ready=ready on_press=move |()| leave(false)>
                    "留在这台设备上，退出"
                </Act>
                <Act class="btn is-alert is-wide" ready=ready on_press=move |()| leave(true)>
                    "全部删掉，退出"
                </Act>
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

/// Everything by name.
fn lines(desk: Desk, here: &OnlyHere) -> impl IntoView + use<> {
    let acts = here.acts.iter().map(|words| format!("没发出：{words}"));
    let refused = here
        .refused
        .iter()
        .map(|words| format!("没有成功：{words}"));
    let forms = here.forms.iter().map(|one| title(desk, one));
    let all: Vec<String> = acts.chain(refused).chain(forms).collect();
    let more = all.len().saturating_sub(MOST_NAMED);
    let shown = all.into_iter().take(MOST_NAMED);
    let lines = shown.map(|words| view! { <li>{words}</li> }).collect_view();
    view! {
        {lines}
        {(more > 0).then(|| view! { <li>{format!("还有 {more} 条")}</li> })}
    }
}
