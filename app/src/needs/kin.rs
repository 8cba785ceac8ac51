//! What a need has to do with others: villages that need the same, needs that were merged into it, the need into which it was merged; and what
//! else can be done with it: printing, sharing, taking it down.

use crate::desk::use_desk;
use crate::ui::trouble;
use domain::commands::AlsoNeed;
use domain::needs::offers::{may_also_need, may_take_down};
use domain::{Command, Key, Level, Need, NeedState, Rejection, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Other villages and other needs.
#[component]
pub fn Kin(need: Need) -> impl IntoView {
    let desk = use_desk();
    let merged_into = match &need.state {
        NeedState::Merged { into, .. } => Some(view! {
            <p class="note is-fact">
                "这条和另一条是同一件事，在那一条上接着办。"
                <a class="link" href=format!("/needs/{into}")>"打开那一条"</a>
            </p>
        }),
        _ => None,
    };
    let others = need.other_villages();
    let others = (others > 0)
        .then(|| view! { <p data-testid="also-needed">{format!("另有 {others} 个村也需要")}</p> });
    let own = match &desk.actor().role {
        Role::Village { place } => Some(place.village),
        _ => None,
    };
    let is_bureau = matches!(desk.actor().role, Role::Bureau { .. });
    let merged = need.merged.iter().filter(|m| is_bureau || Some(m.place.village) == own).map(|m| {
        let title = if m.title.is_empty() { m.place.village_name.clone() } else { format!("{} · {}", m.place.village_name, m.title) };
        let part = is_bureau.then(|| view! { <a class="link" href=format!("/follow/merge?a={}&b={}", need.id, m.need)>"看合并，拆开"</a> });
        view! {
            <p class="links"><a class="link" href=format!("/needs/{}", m.need)>{format!("合并进来的：{title}")}</a>{part}</p>
        }
    }).collect_view();
    let also = may_also_need(&need, &desk.actor())
        .is_ok()
        .then(move || view! { <Also need=need /> });
    view! { {merged_into}{others}{merged}{also} }
}

/// One's own village needs the same, or not any more.
#[component]
fn Also(need: Need) -> impl IntoView {
    let desk = use_desk();
    let id = need.id;
    let Role::Village { place } = desk.actor().role else {
        return ().into_any();
    };
    let is_there = need
        .also
        .iter()
        .any(|also| also.place.village == place.village);
    let failed = RwSignal::new(None::<String>);
    let say = move |_| {
        spawn_local(async move {
            let said = desk
                .submit(AlsoNeed {
                    need: id,
                    wanted: !is_there,
                })
                .await;
            failed.try_set(said.err().map(|error| trouble::sentence(&error)));
        });
    };
    let waits = move || {
        desk.own_commands_on(Key::Need(id))
            .iter()
            .any(|c| matches!(c, Command::AlsoNeed(_)))
    };
    let (words, button) = match is_there {
        true => ("已记上你们村也需要，县里和组织看得到", "不用记了"),
        false => ("你们村也要的话，记上就行，不用再发一条", "我们村也需要"),
    };
    view! {
        <p class="meta">{words}{move || waits().then_some("（等待发送）")}</p>
        <button class="btn is-quiet is-wide" type="button" on:click=say>{button}</button>
        <div role="alert">{move || failed.get().map(|why| view! { <p class="note is-alert">{why}</p> })}</div>
    }
    .into_any()
}

/// Printing and sharing; for a county's officers, taking it down.
pub fn more_acts(need: &Need) -> impl IntoView + use<> {
    let desk = use_desk();
    let id = need.id;
    let is_county = matches!(&desk.actor().role, Role::Bureau { region, .. } if region.level() == Level::County);
    let down = match may_take_down(need, &desk.actor()) {
        Ok(_) => true,
        Err(why) => matches!(why, Rejection::AwaitsConfirmation { .. }),
    };
    let sent = !matches!(need.state, NeedState::Draft);
    view! {
        <p class="links">
            {sent.then(|| view! { <a class="link" href=format!("/needs/{id}/sheet")>"打印、分享"</a> })}
            {(down && is_county).then(|| view! { <a class="link" href=format!("/needs/{id}/down")>"下架"</a> })}
        </p>
    }
}
