//! Parts of the program that are fetched when they are needed (code splitting). What is written here is in the core.
//!
//! An area names its pages and their part with [`page!`]; with feature `split` each becomes a split point of that part, and
//! `app/bundle` makes one file of all that only this part needs. Without the feature (`make dev`, tests) the program is
//! whole and the same functions return at once.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use std::cell::Cell;
use std::pin::Pin;

/// Makes a page of a part that is there.
pub type Page = fn() -> AnyView;
/// A page whose part is being fetched.
pub type Loading = Pin<Box<dyn Future<Output = Result<Page, PartMissing>>>>;

/// A part could not be fetched. Nothing is lost: fetching it again starts from the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartMissing {
    /// The network did not bring it.
    NotFetched,
    /// The server has it no more: a newer version is in its place.
    Gone,
}

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for PartMissing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        if LAST_STATUS.get() == 404 {
            Self::Gone
        } else {
            Self::NotFetched
        }
    }
}

thread_local! {
    /// The status with which a part was refused last; 0 when there was no answer.
    static LAST_STATUS: Cell<u16> = const { Cell::new(0) };
}

/// Hears from the loader (`app/bundle/page/parts.js`) why a part could not be fetched.
pub fn watch_failures() {
    let failed = leptos::ev::Custom::<web_sys::CustomEvent>::new("xiangdan-part-failed");
    let _for_good = window_event_listener(failed, |event| {
        let status = js_sys::Reflect::get(&event.detail(), &"status".into());
        let status = status.ok().and_then(|s| s.as_f64()).unwrap_or(0.0);
        LAST_STATUS.set(status as u16);
    });
}

/// A page of an area, and its part: `page!(needs, pub my_needs => my_needs::MyNeeds)` makes `my_needs()`, which fetches the part `needs`
/// if it is not there yet and gives the page.
macro_rules! page {
    ($part:ident, pub $name:ident => $component:expr) => {
        #[doc = concat!("Fetches the part `", stringify!($part), "` and gives a page of it.")]
        #[cfg(feature = "split")]
        #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
        pub fn $name() -> Result<$crate::part::Page, $crate::part::PartMissing> {
            Ok(|| leptos::prelude::IntoAny::into_any(($component)()))
        }

        #[doc = concat!("Gives a page of the part `", stringify!($part), "`, which is there.")]
        #[cfg(not(feature = "split"))]
        pub async fn $name() -> Result<$crate::part::Page, $crate::part::PartMissing> {
            Ok(|| leptos::prelude::IntoAny::into_any(($component)()))
        }
    };
}
pub(crate) use page;

/// Makes a `fn() -> Loading` of an area's page.
macro_rules! loads {
    ($page:path) => {{
        fn load() -> $crate::part::Loading {
            Box::pin($page())
        }
        load
    }};
}
pub(crate) use loads;

/// Fetches a part at once and gives what is seen: `meanwhile`, then what `show` makes of its page, or `missing` if it could not be fetched, with what
/// fetches it again.
pub fn fetched(
    load: fn() -> Loading,
    meanwhile: impl Fn() -> AnyView + Send + 'static,
    missing: fn(PartMissing, Callback<()>) -> AnyView,
    show: impl Fn(Page) -> AnyView + Send + 'static,
) -> impl Fn() -> AnyView + Send {
    let found = RwSignal::new(None::<Result<Page, PartMissing>>);
    let again = Callback::new(move |()| {
        found.set(None);
        spawn_local(async move {
            let page = load().await;
            found.try_set(Some(page));
        });
    });
    again.run(());
    move || match found.get() {
        None => meanwhile(),
        Some(Ok(page)) => show(page),
        Some(Err(why)) => missing(why, again),
    }
}

/// A page of an area, and what is seen until its part is there. Made anew for another `id` in the address.
#[component]
pub fn Area(
    /// Fetches the page's part.
    load: fn() -> Loading,
    /// Whether the page has an arrow back instead of tabs.
    #[prop(optional)]
    back: bool,
) -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")));
    let skeleton = move || view! { <Skeleton back=back /> }.into_any();
    fetched(load, skeleton, missing_page, move |page| {
        let page = move || {
            // Read, not only tracked: a memo that nobody has read does not know yet what it depends on.
            id.with(|_| ());
            page()
        };
        page.into_any()
    })
}

/// What is seen until a part is there: every bar at its place and as high as the page's, so that nothing jumps.
#[component]
pub fn Skeleton(
    /// Whether the page has an arrow back instead of tabs.
    #[prop(optional)]
    back: bool,
) -> impl IntoView {
    view! {
        <div class="app" class:has-nav=!back>
            {(!back).then(|| view! { <div class="nav" aria-hidden="true"></div> })}
            <div class="screen">
                <header class="top">
                    <div class="top-row">
                        {back.then(|| view! { <a class="back" href="/" aria-label="返回">"‹"</a> })}
                        <h1>"乡单"</h1>
                    </div>
                    <p class="sync">"正在打开…"</p>
                </header>
                <main class="page" aria-busy="true">
                    <div class="card skeleton"><i></i><i></i><i></i></div>
                    <div class="card skeleton"><i></i><i></i><i></i></div>
                </main>
            </div>
        </div>
    }
}

/// Says as a page why a part is not there and what to do about it.
pub fn missing_page(missing: PartMissing, again: Callback<()>) -> AnyView {
    view! {
        <div class="app">
            <div class="screen">
                <header class="top">
                    <div class="top-row">
                        <a class="back" href="/" aria-label="返回">"‹"</a>
                        <h1>"乡单"</h1>
                    </div>
                </header>
                <main class="page">{missing_words(missing, again)}</main>
            </div>
        </div>
    }
    .into_any()
}

/// Says within a page why a part is not there and what to do about it.
pub fn missing_words(missing: PartMissing, again: Callback<()>) -> AnyView {
    let reload = move |_| {
        // Reloading a live window does not fail.
        let _reloading = window().location().reload();
    };
    let (title, words) = match missing {
        PartMissing::NotFetched => (
            "这一页还没有下载下来",
            "请看看网络，再试一次。写过的内容都还在这台设备上。",
        ),
        PartMissing::Gone => (
            "乡单已经更新",
            "这一页是旧版本，请重新打开。写过的内容都还在这台设备上。",
        ),
    };
    view! {
        <div class="empty" role="alert" data-testid="part-missing">
            <h2>{title}</h2>
            <p>{words}</p>
            {match missing {
                PartMissing::NotFetched => view! {
                    <button class="btn" type="button" on:click=move |_| again.run(())>"再试一次"</button>
                }
                .into_any(),
                PartMissing::Gone => view! {
                    <button class="btn" type="button" on:click=reload>"重新打开"</button>
                }
                .into_any(),
            }}
        </div>
    }
    .into_any()
}
