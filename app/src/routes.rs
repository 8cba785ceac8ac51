//! The router: which page stands at which address. Each page's part is loaded lazily, when it is first visited.

use crate::desk::use_desk;
use crate::device::history;
use crate::home::{Home, Whose};
use crate::part::{Area, loads};
use crate::sign_in;
use crate::sign_in::page::SignInPage;
use crate::ui::offline::keep_program;
use crate::ui::shell::Shell;
use crate::{
    account, accounts, admin, following, library, needs, office, orders, organizations, review,
    sheets, supplies, todo, trail,
};
use leptos::prelude::*;
use leptos_router::components::{Route, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;
use leptos_use_document_visibility::use_document_visibility;

/// All pages of a signed-in person.
#[component]
pub fn Pages() -> impl IntoView {
    look_again_when_seen();
    keep_program();
    let path = use_location().pathname;
    Effect::new(move |before: Option<()>| {
        path.track();
        if before.is_some() {
            history::page_changed();
        }
    });
    view! {
        <Routes fallback=|| view! { <NotFound /> }>
            <Route path=path!("/") view=HomePage />
            <Route path=path!("/signin") view=SignInPage />
            <Route path=path!("/invite") view=|| view! { <Area load=loads!(sign_in::invitation) back=true /> } />
            <Route path=path!("/needs/new") view=|| only(Whose::Villages, || view! { <Area load=loads!(needs::new_need) back=true /> }.into_any()) />
            <Route path=path!("/needs/:id") view=|| view! { <Area load=loads!(needs::need) back=true /> } />
            <Route path=path!("/needs/:id/edit") view=|| only(Whose::Villages, || view! { <Area load=loads!(needs::edit_need) back=true /> }.into_any()) />
            <Route path=path!("/supplies/:id/sheet") view=|| view! { <Area load=loads!(sheets::supply_sheet) back=true /> } />
            <Route path=path!("/needs/:id/sheet") view=|| view! { <Area load=loads!(sheets::need_sheet) back=true /> } />
            <Route path=path!("/needs/:id/down") view=|| only(Whose::Counties, || view! { <Area load=loads!(following::down) back=true /> }.into_any()) />
            <Route path=path!("/needs/:id/dispatch") view=|| only(Whose::Counties, || view! { <Area load=loads!(following::dispatch) back=true /> }.into_any()) />
            <Route path=path!("/follow") view=|| only(Whose::Counties, || view! { <Area load=loads!(following::stale_list) /> }.into_any()) />
            <Route path=path!("/follow/merge") view=|| only(Whose::Counties, || view! { <Area load=loads!(following::merge) back=true /> }.into_any()) />
            <Route path=path!("/meeting") view=|| only(Whose::Counties, || view! { <Area load=loads!(sheets::meeting) back=true /> }.into_any()) />
            <Route path=path!("/library") view=|| only(Whose::Library, || view! { <Area load=loads!(library::list) /> }.into_any()) />
            <Route path=path!("/supplies") view=|| only(Whose::Supplies, || view! { <Area load=loads!(supplies::list) /> }.into_any()) />
            <Route path=path!("/supplies/new") view=|| only(Whose::Organizations, || view! { <Area load=loads!(supplies::new_supply) back=true /> }.into_any()) />
            <Route path=path!("/supplies/:id") view=|| view! { <Area load=loads!(supplies::supply) back=true /> } />
            <Route path=path!("/supplies/:id/edit") view=|| only(Whose::Organizations, || view! { <Area load=loads!(supplies::edit_supply) back=true /> }.into_any()) />
            <Route path=path!("/orders") view=|| only(Whose::Organizations, || view! { <Area load=loads!(orders::list) /> }.into_any()) />
            <Route path=path!("/orders/:id") view=|| view! { <Area load=loads!(orders::order) back=true /> } />
            <Route path=path!("/inbox") view=|| only(Whose::Counties, || view! { <Area load=loads!(review::inbox) /> }.into_any()) />
            <Route path=path!("/county") view=|| only(Whose::Counties, || view! { <Area load=loads!(office::county) /> }.into_any()) />
            <Route path=path!("/orders/:id/review") view=|| view! { <Area load=loads!(todo::review) back=true /> } />
            <Route path=path!("/orders/:id/use") view=|| only(Whose::Villages, || view! { <Area load=loads!(todo::still_in_use) back=true /> }.into_any()) />
            <Route path=path!("/todo") view=|| only(Whose::Todo, || view! { <Area load=loads!(todo::inbox) /> }.into_any()) />
            <Route path=path!("/organizations") view=|| only(Whose::Bureaus, || view! { <Area load=loads!(organizations::list) /> }.into_any()) />
            <Route path=path!("/organizations/:id") view=|| view! { <Area load=loads!(organizations::organization) back=true /> } />
            <Route path=path!("/organizations/:id/edit") view=|| view! { <Area load=loads!(organizations::edit) back=true /> } />
            <Route path=path!("/trail") view=|| only(Whose::Offices, || view! { <Area load=loads!(trail::list) back=true /> }.into_any()) />
            <Route path=path!("/regions") view=|| only(Whose::Bureaus, || view! { <Area load=loads!(office::regions) /> }.into_any()) />
            <Route path=path!("/office/needs") view=|| only(Whose::Bureaus, || view! { <Area load=loads!(office::found_needs) /> }.into_any()) />
            <Route path=path!("/office/orders") view=|| only(Whose::Bureaus, || view! { <Area load=loads!(office::found_orders) /> }.into_any()) />
            <Route path=path!("/office/supplies") view=|| only(Whose::Bureaus, || view! { <Area load=loads!(office::found_supplies) /> }.into_any()) />
            <Route path=path!("/office/organizations") view=|| only(Whose::Bureaus, || view! { <Area load=loads!(office::found_organizations) /> }.into_any()) />
            <Route path=path!("/rules") view=|| only(Whose::Offices, || view! { <Area load=loads!(office::region_settings) back=true /> }.into_any()) />
            <Route path=path!("/designations") view=|| only(Whose::Offices, || view! { <Area load=loads!(office::designations) back=true /> }.into_any()) />
            <Route path=path!("/admin") view=|| only(Whose::Administrators, || view! { <Area load=loads!(admin::installation) /> }.into_any()) />
            <Route path=path!("/admin/regions") view=|| only(Whose::Administrators, || view! { <Area load=loads!(admin::regions) back=true /> }.into_any()) />
            <Route path=path!("/me") view=|| view! { <Area load=loads!(account::me) /> } />
            <Route path=path!("/sync") view=|| view! { <Area load=loads!(account::sync_page) /> } />
            <Route path=path!("/settings") view=|| view! { <Area load=loads!(account::settings) /> } />
            <Route path=path!("/devices") view=|| view! { <Area load=loads!(account::devices) back=true /> } />
            <Route path=path!("/accounts") view=|| only(Whose::Above, || view! { <Area load=loads!(accounts::list) back=true /> }.into_any()) />
            <Route path=path!("/accounts/new") view=|| only(Whose::Above, || view! { <Area load=loads!(accounts::new_account) back=true /> }.into_any()) />
            <Route path=path!("/accounts/import") view=|| only(Whose::Above, || view! { <Area load=loads!(accounts::import) back=true /> }.into_any()) />
            <Route path=path!("/accounts/:id") view=|| only(Whose::Above, || view! { <Area load=loads!(accounts::account) back=true /> }.into_any()) />
        </Routes>
    }
}

/// A page that is of use for some; the others are told whose it is, and no form opens that they could not send.
fn only(whose: Whose, page: fn() -> AnyView) -> AnyView {
    if whose.includes(&use_desk().actor()) {
        return page();
    }
    view! {
        <Shell title="这一页不归你用" back="/">
            <div class="empty">
                <h2>"这一页不归你用"</h2>
                <p>{whose.words()}</p>
                <a class="btn" href="/">"回到首页"</a>
            </div>
        </Shell>
    }
    .into_any()
}

#[component]
fn HomePage() -> impl IntoView {
    let home = Home::of(&use_desk().actor());
    view! { <Area load=home.load() /> }
}

/// Syncs when the page becomes visible again and when the network returns.
fn look_again_when_seen() {
    let desk = use_desk();
    let visibility = use_document_visibility();
    Effect::new(move || {
        if visibility.get() == web_sys::VisibilityState::Visible {
            desk.look_at_the_day();
            desk.sync_now();
        } else {
            desk.let_go();
        }
    });
    let listeners = ["online", "pageshow"]
        .map(|event| window_event_listener_untyped(event, move |_| desk.sync_now()));
    on_cleanup(move || listeners.into_iter().for_each(WindowListenerHandle::remove));
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <Shell title="没有这个页面" back="/">
            <div class="empty">
                <h2>"没有找到这个页面"</h2>
                <p>"地址可能写错了，或者是旧的链接。"</p>
                <a class="btn" href="/">"回到首页"</a>
            </div>
        </Shell>
    }
}
