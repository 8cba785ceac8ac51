//! A list for a matchmaking meeting (对接会): chosen needs, with room for notes.

use crate::desk::use_desk;
use crate::ui::choice::Choice;
use crate::ui::filters::{topic_of, topic_value, topics};
use crate::ui::place;
use crate::ui::shell::Shell;
use crate::words;
use domain::{Facts, Key, NeedId, Topic};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is chosen, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Chosen {
    topic: Option<Topic>,
    needs: BTreeSet<NeedId>,
}

/// The page with the list.
#[component]
pub fn Meeting() -> impl IntoView {
    let desk = use_desk();
    let kept = place::kept(desk.scope(), "meeting", Chosen::default());
    let topic = Memo::new(move |_| kept.with(|kept| kept.topic));
    let listed = Memo::new(move |_| {
        let topic = topic.get();
        let fits = |facts: &Facts| matches!(facts, Facts::Need(need) if need.is_open() && topic.is_none_or(|t| t == need.topic));
        let mut listed: Vec<_> = desk
            .list(fits)
            .into_iter()
            .filter_map(|item| {
                let Key::Need(id) = item.key else { return None };
                let need = item.summary.need()?;
                let what = if need.texts.left.is_empty() {
                    need.texts.items.clone()
                } else {
                    format!("还差 {}", need.texts.left)
                };
                Some((
                    need.facts.urgent,
                    need.facts.deadline,
                    id,
                    need.texts.title.clone(),
                    format!("{} {}", need.texts.town_name, need.texts.village_name),
                    what,
                ))
            })
            .collect();
        listed.sort_by_key(|(urgent, deadline, id, ..)| (!urgent, *deadline, *id));
        listed
    });
    let count = Memo::new(move |_| {
        kept.with(|kept| {
            listed.with(|listed| {
                listed
                    .iter()
                    .filter(|(_, _, id, ..)| kept.needs.contains(id))
                    .count()
            })
        })
    });
    let toggle = move |id: NeedId| {
        kept.update(|kept| {
            if !kept.needs.remove(&id) {
                kept.needs.insert(id);
            }
        });
    };
    let choose_topic = move |value: String| kept.update(|kept| kept.topic = topic_of(&value));
    let value = Signal::derive(move || {
        topic
            .get()
            .map_or_else(String::new, |t| topic_value(t).to_owned())
    });
    let print = move |_| {
        // A browser without printing does nothing.
        let _printing = window().print();
    };
    let rows = move || {
        let today = desk.today();
        listed.get().into_iter().map(|(urgent, deadline, id, title, place, what)| {
            let chosen = Memo::new(move |_| kept.with(|kept| kept.needs.contains(&id)));
            view! {
                <tr class:is-left-out=move || !chosen.get()>
                    <td class="on-screen">
                        <label class="check"><input type="checkbox" aria-label=format!("选 {title}") prop:checked=move || chosen.get() on:change=move |_| toggle(id) /></label>
                    </td>
                    <td><b>{title.clone()}</b>{urgent.then_some("（急）")}<br/><span class="meta">{place}</span></td>
                    <td>{what}<br/><span class="meta">{words::before(deadline, today)}</span></td>
                    <td class="on-paper room"></td>
                </tr>
            }
        }).collect_view()
    };
    let empty = move || {
        listed.with(Vec::is_empty).then(|| view! {
        <div class="empty"><h2>"没有可选的需求"</h2><p>"发布了、还没接满的需求会列在这里。"</p></div>
    })
    };
    view! {
        <Shell title="对接会清单" back="/county">
            <div class="chips is-line" role="group" aria-label="筛选">
                <Choice label="类别" options=topics() value=value on_choose=choose_topic />
            </div>
            <p class="count on-screen" role="status">{move || format!("选了 {} 条。选好后打印，右边留空给会上记。", count.get())}</p>
            <table class="table meeting">
                <thead><tr><th class="on-screen" scope="col"><span class="unseen">"选"</span></th><th scope="col">"需求"</th><th scope="col">"要什么"</th><th class="on-paper" scope="col">"谁接、记一笔"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {empty}
            <div class="btn-row">
                <button class="btn is-main" type="button" disabled=move || count.get() == 0 on:click=print>"打印选中的"</button>
            </div>
        </Shell>
    }
}
