//! The list of everything that was begun and not sent, each to go on with or to delete.

use crate::desk::unfinished::{Form, Unfinished};
use crate::desk::{Desk, use_desk};
use crate::ui::sheet::Sheet;
use crate::ui::steady::{Act, steady};
use crate::words;
use domain::{Key, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// So much of a text is shown.
const SHORT: usize = 40;

/// Everything that was begun and not sent; nothing until it is read.
#[must_use]
pub fn unfinished(desk: Desk) -> RwSignal<Option<Vec<Unfinished>>> {
    let all = RwSignal::new(None);
    Effect::new(move || {
        desk.track();
        spawn_local(async move {
            let found = desk.unfinished().await;
            // The signals are disposed of if the page was left meanwhile. After a failure the next change reads it again.
            if found.is_some() && all.try_with_untracked(|now| *now != found) == Some(true) {
                all.try_set(found);
            }
        });
    });
    all
}

/// Where one goes on with it; nothing where only a newer page can.
fn href(desk: Desk, one: &Unfinished) -> Option<String> {
    if (one.form, one.about) == (Form::Organization, None) {
        return Some("/".to_owned());
    }
    match (one.form, one.about?) {
        (Form::Need, Key::Need(need)) => Some(format!("/needs/{need}/edit")),
        (Form::Remark | Form::Return, Key::Need(need)) => Some(format!("/inbox?need={need}")),
        (Form::Dispatch, Key::Need(need)) => Some(format!("/needs/{need}/dispatch")),
        (
            Form::Take | Form::TakeOffer | Form::Wait | Form::Close | Form::HandOver,
            Key::Need(need),
        ) => Some(format!("/needs/{need}")),
        (Form::TakeDispatch | Form::DeclineDispatch, key) => {
            let item = untrack(|| desk.list_item(&key))?;
            Some(format!("/needs/{}", item.summary.dispatch()?.facts.need))
        }
        (Form::Dispute, key) => {
            let item = untrack(|| desk.list_item(&key))?;
            match item.summary.order()?.facts.need {
                Some(need) => Some(format!("/needs/{need}")),
                None => Some(format!("/orders/{}", key.id())),
            }
        }
        (Form::Supply, Key::Supply(supply)) => Some(format!("/supplies/{supply}/edit")),
        (Form::Pick | Form::ReturnSupply, Key::Supply(supply)) => {
            Some(format!("/supplies/{supply}"))
        }
        (Form::Accept | Form::Decline, key) => {
            let item = untrack(|| desk.list_item(&key))?;
            Some(format!("/supplies/{}", item.summary.pick()?.facts.supply))
        }
        (Form::Review, Key::Order(order)) => Some(format!("/orders/{order}/review")),
        (Form::StillInUse, Key::Order(order)) => Some(format!("/orders/{order}/use")),
        (Form::Organization, Key::Organization(org)) => Some(format!("/organizations/{org}/edit")),
        (_, Key::Organization(org)) => Some(format!("/organizations/{org}")),
        (_, Key::Order(order)) => Some(format!("/orders/{order}")),
        _ => None,
    }
}

/// Whether the text that is shown is a title.
fn is_written(form: Form) -> bool {
    matches!(form, Form::Need | Form::Supply)
}

/// What it is and what it is about: `没发的进展：村口缺路灯`.
#[must_use]
pub fn title(desk: Desk, one: &Unfinished) -> String {
    let about = one.about.and_then(|key| untrack(|| desk.list_item(&key)));
    let about = about.map(|item| item.summary.title().to_owned());
    // A need that nobody has seen yet has no title but the one on its form.
    let about = about.or_else(|| is_written(one.form).then(|| one.text.clone()));
    match about.filter(|title| !title.is_empty()) {
        Some(title) => format!("{}：{title}", one.form.label()),
        None => one.form.label().to_owned(),
    }
}

/// All of it, each with its link and a button that deletes it.
#[component]
pub fn UnfinishedWork() -> impl IntoView {
    let desk = use_desk();
    let all = unfinished(desk);
    let asked = RwSignal::new(None::<Unfinished>);
    let asks = RwSignal::new(false);
    let lines = move || all.get().unwrap_or_default();
    let ask = move |one: Unfinished| {
        asked.set(Some(one));
        asks.set(true);
    };
    let count = move || all.with(|all| all.as_ref().map_or(0, Vec::len));
    view! {
        {move || (count() > 0).then(|| view! {
            <section class="card" id="unfinished" data-testid="unfinished-work">
                <div class="row">
                    <h2>"没写完、没发出的"</h2>
                    <span class="pill is-wait">{count}</span>
                </div>
                <p class="meta">"都只在这台设备上。点开接着写；不要的可以删掉。"</p>
                <ul class="lines">
                    <For each=lines key=Clone::clone let:one>
                        <Line one=one on_delete=ask />
                    </For>
                </ul>
            </section>
        })}
        <Sheet open=asks title="删掉这一条？">
            {move || asked.get_untracked().map(|one| view! { <Delete one=one open=asks /> })}
        </Sheet>
    }
}

#[component]
fn Line(one: Unfinished, #[prop(into)] on_delete: Callback<Unfinished>) -> impl IntoView {
    let desk = use_desk();
    let words = title(desk, &one);
    let label = format!("删除{words}");
    let text = (!is_written(one.form) && !one.text.is_empty())
        .then(|| view! { <span class="meta words">{words::short(&one.text, SHORT)}</span> });
    let what = match href(desk, &one) {
        Some(href) => view! { <a class="link" href=href>{words}</a> }.into_any(),
        None => view! { <span>{words}</span> }.into_any(),
    };
    view! {
        <li>
            <span>{what}{text}</span>
            <button
                class="btn is-quiet is-small" type="button" aria-label=label
                on:click=move |_| on_delete.run(one.clone())
            >
                "删除"
            </button>
        </li>
    }
}

/// The question before a draft is deleted.
#[component]
fn Delete(one: Unfinished, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let trouble = RwSignal::new(None::<&'static str>);
    let is_change = is_written(one.form)
        && matches!(
            desk.actor().role,
            Role::Village { .. } | Role::Member { .. }
        )
        && one
            .about
            .is_some_and(|key| untrack(|| desk.list_item(&key)).is_some());
    let ready = steady(|| ());
    let name = StoredValue::new(one.name.clone());
    let delete = move |()| {
        spawn_local(async move {
            if desk.delete_draft(&name.get_value()).await.is_ok() {
                desk.look_again();
                open.try_set(false);
            } else {
                trouble.try_set(Some("没有删掉：浏览器现在不让动存储。请再点一次。"));
            }
        });
    };
    view! {
        <p><b>{title(desk, &one)}</b></p>
        {(!is_written(one.form) && !one.text.is_empty()).then(|| view! { <p class="words">{one.text.clone()}</p> })}
        <p>{if is_change {
            "删掉的只是没发出的改动，原来的仍有效。"
        } else {
            "删掉以后找不回来。"
        }}</p>
        <p class="error" role="alert">{move || trouble.get()}</p>
        <div class="btn-row">
            <Act class="btn is-alert" ready=ready on_press=delete>"删除"</Act>
            <button class="btn is-main" type="button" on:click=move |_| open.set(false)>"留着"</button>
        </div>
    }
}
