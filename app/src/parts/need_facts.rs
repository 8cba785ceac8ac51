use crate::desk::use_desk;
use crate::words;
use domain::need::PledgeStage;
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
    let public = matches!(need.state, NeedState::Published { .. } | NeedState::Closed { .. });
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
    let people = match content.households {
        Some(households) => format!("{households} 户 · {} 人", content.persons),
        None => format!("{} 人", content.persons),
    };
    let contact = content.contact.clone().map(|contact| {
        let digits: String = contact.phone.chars().filter(char::is_ascii_digit).collect();
        view! {
            <dt>"联系人"</dt>
            <dd>{contact.name}" "<a class="link" href=format!("tel:{digits}")>{contact.phone}</a></dd>
        }
    });
    let details = content.details.trim().to_owned();
    view! {
        <p class="meta">{need.place.line()}</p>
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
            <dd>{format!("{} · {}", content.topic.label(), content.help.label())}</dd>
            <dt>"最晚"</dt>
            <dd>{format!("{}（{}）", words::day(content.deadline, today), words::time_left(content.deadline, today))}</dd>
            <dt>"受益"</dt>
            <dd>{people}</dd>
            {content.budget.map(|budget| view! { <dt>"大约要"</dt><dd>{budget.to_string()}</dd> })}
            {contact}
        </dl>
        <Pledges need=need.clone() />
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
