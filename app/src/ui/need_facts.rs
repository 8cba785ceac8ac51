//! The facts of a need, as officers read them.

use crate::desk::use_desk;
use crate::ui::call::Call;
use crate::words;
use domain::money::grouped;
use domain::needs::PledgeStage;
use domain::{Need, NeedState};
use leptos::prelude::*;

/// What a village asks for, as officers read it: words, items, numbers, who to call, who has taken what.
#[component]
pub fn NeedFacts(
    /// The need.
    need: Need,
) -> impl IntoView {
    let today = use_desk().today();
    let content = &need.content;
    let public = matches!(
        need.state,
        NeedState::Published { .. } | NeedState::Closed { .. }
    );
    let items = content
        .items
        .iter()
        .map(|item| {
            let left = need.left(item);
            view! {
                <tr>
                    <td>{item.name.clone()}</td>
                    <td class="number">{item.unit.amount(item.quantity)}</td>
                    {public.then(|| view! { <td class="number">{item.unit.amount(left)}</td> })}
                </tr>
            }
        })
        .collect_view();
    let persons = grouped(content.persons.into());
    let people = match content.households {
        Some(households) => format!("{} 户 · {persons} 人", grouped(households.into())),
        None => format!("{persons} 人"),
    };
    let contact = content.contact.clone().map(|contact| {
        view! {
            <dt>"联系人"</dt>
            <dd><Call contact=contact /></dd>
        }
    });
    let details = content.details.trim().to_owned();
    let place = need.place.line();
    let (kind, until) = (
        format!("{} · {}", content.topic.label(), content.help.label()),
        format!(
            "{}（{}）",
            words::day(content.deadline, today),
            words::time_left(content.deadline, today)
        ),
    );
    let budget = content
        .budget
        .map(|b| view! { <dt>"大约要"</dt><dd>{b.to_string()}</dd> });
    let pledges = view! { <Pledges need=need /> };
    view! {
        <p class="meta">{place}</p>
        {(!details.is_empty()).then(|| view! { <p class="words">{details}</p> })}
        <div class="table-wrap">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"要什么"</th>
                        <th scope="col" class="number">"要多少"</th>
                        {public.then(|| view! { <th scope="col" class="number">"还剩"</th> })}
                    </tr>
                </thead>
                <tbody>{items}</tbody>
            </table>
        </div>
        <dl class="facts">
            <dt>"类别"</dt>
            <dd>{kind}</dd>
            <dt>"最晚"</dt>
            <dd>{until}</dd>
            <dt>"受益"</dt>
            <dd>{people}</dd>
            {budget}
            {contact}
        </dl>
        {pledges}
    }
}

/// Who has taken what.
#[component]
fn Pledges(need: Need) -> impl IntoView {
    (!need.pledges.is_empty()).then(|| {
        let lines = need
            .pledges
            .iter()
            .map(|pledge| {
                let (class, stage) = match pledge.stage {
                    _ if need.is_disputed_on(pledge) => ("pill is-alert", "村里说没做到"),
                    PledgeStage::Active => ("pill", "进行中"),
                    PledgeStage::Delivered => ("pill is-you", "等村里确认"),
                    PledgeStage::Confirmed => ("pill is-done", "村里已确认"),
                };
                view! {
                    <li>
                        <span>
                            {pledge.org_name.clone()}
                            <br/>
                            <span class="meta">{need.words_of(&pledge.lines)}</span>
                        </span>
                        <span class=class>{stage}</span>
                    </li>
                }
            })
            .collect_view();
        view! { <h3>"谁接了"</h3><ul class="lines">{lines}</ul> }
    })
}
