//! A need on one sheet of A4, with a code that opens it; and its link, to be shared.

use crate::desk::{Known, use_desk};
use crate::sheets::foot::{PassOn, address, foot};
use crate::ui::newer::Newer;
use crate::ui::shell::{Shell, path_id};
use crate::words;
use domain::money::grouped;
use domain::{Entity, Key, Need, NeedId, NeedState};
use leptos::prelude::*;

/// The page with the sheet.
#[component]
pub fn NeedSheet() -> impl IntoView {
    let desk = use_desk();
    let id = path_id::<NeedId>();
    let known = desk.entity(move || id.map(Key::Need));
    let back = id.map_or_else(|| "/".to_owned(), |id| format!("/needs/{id}"));
    let body = move || {
        known.with(|known| match known {
            Known::Here(seen) => match &seen.entity {
                Entity::Need(need) => view! { <Paper need=(**need).clone() /> }.into_any(),
                _ => ().into_any(),
            },
            Known::Reading => view! { <div class="card skeleton" aria-busy="true"><i></i><i></i><i></i></div> }.into_any(),
            Known::Newer => view! { <Newer /> }.into_any(),
            Known::Absent => view! {
                <div class="empty"><h2>"这条需求不在这台设备上"</h2><p>"打开需求看得到，才能打印。有网时同步后再试。"</p></div>
            }
            .into_any(),
        })
    };
    view! { <Shell title="打印、分享" back=back>{body}</Shell> }
}

/// What is sent with the link, and for whom it opens.
fn message(need: &Need) -> String {
    format!(
        "{}（{}）\n{}\n要登录乡单才能打开；发布在项目库里的，服务这个县的组织和本县的村都看得到。",
        need.content.title,
        need.place.line(),
        address(&format!("needs/{}", need.id))
    )
}

#[component]
fn Paper(need: Need) -> impl IntoView {
    let desk = use_desk();
    let today = desk.today();
    let content = &need.content;
    let is_public = matches!(
        need.state,
        NeedState::Published { .. } | NeedState::Closed { .. }
    );
    let items = content
        .items
        .iter()
        .map(|item| {
            let left = item.unit.amount(need.left(item));
            view! {
                <tr>
                    <td>{item.name.clone()}</td>
                    <td class="number">{item.unit.amount(item.quantity)}</td>
                    {is_public.then(|| view! { <td class="number">{left}</td> })}
                </tr>
            }
        })
        .collect_view();
    let waits = (!is_public).then(|| view! {
        <p class="note is-you">{format!("这条现在是“{}”，还不在项目库里，组织扫码打不开。", need.state.stage().label())}</p>
    });
    view! {
        {waits}
        <article class="card a4" aria-label="需求单">
            <div class="row is-top">
                <h2>{content.title.clone()}</h2>
                <span class="meta">"需求单"</span>
            </div>
            <p>{need.place.line()}</p>
            <table class="table">
                <thead><tr><th scope="col">"要什么"</th><th scope="col">"要多少"</th>{is_public.then(|| view! { <th scope="col">"还差"</th> })}</tr></thead>
                <tbody>{items}</tbody>
            </table>
            {(!content.details.trim().is_empty()).then(|| view! { <p class="words">{content.details.trim().to_owned()}</p> })}
            <dl class="facts">
                <dt>"类别"</dt><dd>{format!("{} · {}", content.topic.label(), content.help.label())}</dd>
                <dt>"最晚"</dt><dd>{words::day(content.deadline, today)}</dd>
                <dt>"受益"</dt><dd>{format!("{} 人", grouped(content.persons.into()))}</dd>
                {content.budget.map(|b| view! { <dt>"大约要"</dt><dd>{b.to_string()}</dd> })}
            </dl>
            {foot(&format!("needs/{}", need.id), "打开这条需求的二维码")}
        </article>
        <PassOn title=need.content.title.clone() text=message(&need) />
        <p class="hint">"收到的人要登录乡单；不在服务地区的组织、外县的村，打开会看到说明，看不到内容。"</p>
    }
}
