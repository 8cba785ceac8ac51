//! The page shell: title, status line, navigation, and main actions.

use crate::desk::{Desk, use_desk};
use crate::device::history;
use crate::device::paper::printing;
use crate::device::worker::Updates;
use crate::ui::place;
use crate::ui::status_line::StatusLine;
use domain::asks::asks;
use domain::settings::InForce;
use domain::stale::{StaleDays, stale};
use domain::{Actor, EntityKind, Facts, Level, Role};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use web_sys::HtmlElement;

/// The identifier in the address of the page: `/needs/{id}`, `/orders/{id}`. A page is made anew for another one.
#[must_use]
pub fn path_id<T: std::str::FromStr>() -> Option<T> {
    use_params_map().with_untracked(|params| params.get("id")?.parse().ok())
}

/// One entry of the navigation.
struct Tab {
    href: &'static str,
    mark: &'static str,
    label: &'static str,
    /// How many things wait there for this person.
    badge: usize,
}

/// How much waits for this person: the question that the lists under the badges ask. `only` is the kind that a list shows; the inbox
/// shows all.
fn waiting(desk: Desk, only: Option<EntityKind>) -> usize {
    let actor = desk.actor();
    let is_there = |facts: &Facts| match (only, facts) {
        (None, _)
        | (Some(EntityKind::Need), Facts::Need(_))
        | (Some(EntityKind::Order), Facts::Order(_)) => asks(facts, &actor),
        _ => false,
    };
    desk.list(is_there).len()
}

/// How much of what stands under the tab of supplies waits for this person.
fn waiting_supplies(desk: Desk) -> usize {
    let actor = desk.actor();
    let fits = |facts: &Facts| is_of_supplies(facts, &actor) && asks(facts, &actor);
    desk.list(fits).len()
}

/// Whether it stands under the tab of supplies. An organization works on all its orders under one tab.
fn is_of_supplies(facts: &Facts, actor: &Actor) -> bool {
    match facts {
        Facts::Supply(_) | Facts::Pick(_) => true,
        Facts::Order(order) => order.supply.is_some() && !matches!(actor.role, Role::Member { .. }),
        _ => false,
    }
}

/// How many organizations wait for this person's bureau.
fn waiting_organizations(desk: Desk) -> usize {
    let actor = desk.actor();
    let fits = |facts: &Facts| matches!(facts, Facts::Organization(_)) && asks(facts, &actor);
    desk.list(fits).len()
}

/// How much does not move in a county: what the page of that name lists.
fn not_moving(desk: Desk, limits: &StaleDays) -> usize {
    let today = desk.today();
    desk.list(|facts| stale(facts, limits, today).is_some())
        .len()
}

fn tabs(desk: Desk, set: Option<Memo<InForce>>) -> Vec<Tab> {
    let tab = |href, mark, label, badge| Tab {
        href,
        mark,
        label,
        badge,
    };
    let me = tab("/me", "我", "我的", desk.notices().len());
    let todo = || tab("/todo", "办", "待办", waiting(desk, None));
    match &desk.actor().role {
        Role::Village { .. } => vec![
            tab("/", "村", "我的需求", waiting(desk, Some(EntityKind::Need))),
            tab("/library", "库", "项目库", 0),
            tab("/supplies", "供", "供给库", waiting_supplies(desk)),
            todo(),
            me,
        ],
        Role::Member { .. } => vec![
            tab("/", "库", "项目库", 0),
            tab(
                "/orders",
                "单",
                "我的接单",
                waiting(desk, Some(EntityKind::Order)),
            ),
            tab("/supplies", "供", "供给项目", waiting_supplies(desk)),
            todo(),
            me,
        ],
        Role::Bureau { region, .. } if region.level() == Level::County => vec![
            tab("/", "审", "待审核", waiting(desk, Some(EntityKind::Need))),
            tab(
                "/follow",
                "跟",
                "需要跟进",
                set.map_or(0, |set| not_moving(desk, &set.with(StaleDays::of))),
            ),
            tab("/county", "需", "全县需求", 0),
            tab("/supplies", "供", "供给项目", waiting_supplies(desk)),
            todo(),
            me,
        ],
        Role::Bureau { .. } => vec![
            tab("/", "需", "需求", 0),
            tab("/regions", "地", "地区", 0),
            tab("/supplies", "供", "供给项目", waiting_supplies(desk)),
            tab(
                "/organizations",
                "社",
                "社会组织",
                waiting_organizations(desk),
            ),
            todo(),
            me,
        ],
        Role::Applicant => vec![tab("/", "登", "登记组织", 0), me],
        Role::Administrator => vec![
            tab("/admin", "系", "系统", 0),
            tab("/accounts", "号", "账号", 0),
            me,
        ],
    }
}

/// The scope of the signed-in person, as the wide navigation shows it.
fn scope_name(desk: Desk) -> String {
    match desk.actor().role {
        Role::Village { place } => place.village_name,
        Role::Member { org_name, .. } => org_name,
        Role::Bureau { region_name, .. } => region_name,
        Role::Applicant => "社会组织".to_owned(),
        Role::Administrator => "管理".to_owned(),
    }
}

#[component]
fn Navigation(desk: Desk) -> impl IntoView {
    let path = use_location().pathname;
    let set = match desk.actor().role {
        Role::Bureau { region, .. } if region.level() == Level::County => {
            Some(desk.in_force(move || Some(region)))
        }
        _ => None,
    };
    let links = move || {
        tabs(desk, set)
            .into_iter()
            .map(|tab| {
                let href = tab.href;
                // Sync and settings lie under "me".
                let current = move || {
                    let path = path.get();
                    let is_here = path == href
                        || (href == "/me"
                            && matches!(path.as_str(), "/sync" | "/settings" | "/devices"));
                    is_here.then_some("page")
                };
                view! {
                    <a class="nav-link" href=href aria-current=current>
                        <span class="nav-mark" aria-hidden="true">{tab.mark}</span>
                        {tab.label}
                        {(tab.badge > 0).then(|| view! {
                            <b class="badge">{tab.badge}<span class="unseen">"件要处理"</span></b>
                        })}
                    </a>
                }
            })
            .collect_view()
    };
    view! {
        <nav class="nav" aria-label="主要页面">
            <p class="nav-title">{format!("乡单 · {}", scope_name(desk))}</p>
            {links}
        </nav>
    }
}

/// A new version waits, or another tab has taken it while something was open here.
#[component]
fn UpdateBanner(
    /// A form is open: it is said what happened, and nothing is offered that would reload the page.
    form: bool,
) -> impl IntoView {
    let updates = expect_context::<Updates>();
    let banner = move || {
        let (words, button) = match (updates.taken.get(), updates.ready.get(), form) {
            (true, _, true) => (
                "乡单已在另一个页面更新。这里写完、发出后，请重新打开。",
                None,
            ),
            (true, _, false) => ("乡单已在另一个页面更新，这一页还是旧的。", Some("重新打开")),
            (false, true, false) => ("乡单有新版本。", Some("现在更新")),
            (false, ..) => return None,
        };
        Some(view! {
            <div class="banner is-you" role="status">
                <span>{words}</span>
                {button.map(|name| view! {
                    <button class="btn is-small" on:click=move |_| updates.accept()>{name}</button>
                })}
            </div>
        })
    };
    view! { {banner} }
}

/// The arrow: back to where the person came from, or to the page above if that was elsewhere.
#[component]
fn Back(
    /// The page above.
    href: String,
) -> impl IntoView {
    let back = move |event: MouseEvent| {
        let other = event.ctrl_key() || event.meta_key() || event.shift_key();
        if !other && history::go_back() {
            event.prevent_default();
        }
    };
    view! { <a class="back" href=href aria-label="返回" on:click=back>"‹"</a> }
}

/// The page shell: the title, the status line, and the tabs.
#[component]
pub fn Shell(
    /// The page's title.
    #[prop(into)]
    title: Signal<String>,
    /// Where the arrow leads; pages with an arrow have no tabs on a phone.
    #[prop(optional, into)]
    back: Option<String>,
    /// Small words at the right of the title.
    #[prop(optional, into)]
    aside: ViewFn,
    /// The main actions, at the bottom of the screen, where the thumb reaches them.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// A form is open: nothing may reload the page.
    #[prop(optional)]
    form: bool,
    /// The page uses the whole width of a wide screen.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    let desk = use_desk();
    let heading = NodeRef::<leptos::html::H1>::new();
    Effect::new(move || document().set_title(&format!("{} · 乡单", title.get())));
    let opened = StoredValue::new(false);
    Effect::new(move || {
        // The effect may run before the heading is in the document, then it runs again.
        let Some(heading) = heading.get() else { return };
        if opened.get_value() {
            return;
        }
        opened.set_value(true);
        if document()
            .active_element()
            .is_none_or(|e| e.tag_name() == "BODY")
        {
            // The focus moves to the title, so that screen readers announce it when the page opens.
            let heading: &HtmlElement = &heading;
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _focused = heading.focus_with_options(&options);
        }
    });
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            // Tests and scripts wait for this attribute.
            let _set = root.set_attribute("data-ready", "");
        }
    });
    let has_nav = back.is_none();
    if has_nav {
        place::keep_top(desk.scope(), &use_location().pathname.get_untracked());
    }
    let paper = printing();
    // Whose list it is and of which day: what is on paper goes from hand to hand.
    let imprint = move || {
        paper.get().then(|| {
            let (year, month, date) = desk.today().ymd();
            format!(
                "乡单 · {} · {year} 年 {month} 月 {date} 日打印",
                scope_name(desk)
            )
        })
    };
    view! {
        <div class="app" class:has-nav=has_nav>
            <a class="skip" href="#main">"跳到正文"</a>
            {has_nav.then(|| view! { <Navigation desk=desk /> })}
            <div class="screen" class:is-wide=wide data-form=form.then_some("")>
                <UpdateBanner form=form />
                <header class="top">
                    <div class="top-row">
                        {back.map(|href| view! { <Back href=href /> })}
                        <h1 tabindex="-1" node_ref=heading>{move || title.get()}</h1>
                        <span class="meta">{move || aside.run()}</span>
                    </div>
                    <StatusLine />
                    <p class="imprint">{imprint}</p>
                </header>
                <main class="page" id="main" tabindex="-1">{children()}</main>
                {actions.map(|actions| view! { <div class="actions">{move || actions.run()}</div> })}
            </div>
        </div>
    }
}
