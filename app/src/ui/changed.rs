//! What the village has changed in a need while somebody reads it.

use crate::words;
use domain::money::grouped;
use domain::{Contact, Day, NeedContent, NeedItem};
use leptos::prelude::*;

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which question.
    pub what: &'static str,
    /// The answer that was read; empty when there was none.
    pub before: String,
    /// The answer now; empty when there is none.
    pub after: String,
}

fn items(items: &[NeedItem]) -> String {
    let words = |item: &NeedItem| format!("{} {}", item.name, item.unit.amount(item.quantity));
    items.iter().map(words).collect::<Vec<_>>().join("、")
}

fn contact(contact: Option<&Contact>) -> String {
    contact.map_or_else(String::new, |c| format!("{} {}", c.name, c.phone))
}

/// The answers of the form that differ, in the order of the form.
#[must_use]
pub fn changes(before: &NeedContent, after: &NeedContent, today: Day) -> Vec<Change> {
    let households = |c: &NeedContent| c.households.map_or_else(String::new, |h| format!("{h} 户"));
    let budget = |c: &NeedContent| c.budget.map_or_else(String::new, |b| b.to_string());
    let urgent = |c: &NeedContent| if c.urgent { "急" } else { "不急" };
    let all: [(&str, String, String); 11] = [
        ("标题", before.title.clone(), after.title.clone()),
        ("情况说明", before.details.clone(), after.details.clone()),
        (
            "类别",
            before.topic.label().to_owned(),
            after.topic.label().to_owned(),
        ),
        (
            "哪种帮助",
            before.help.label().to_owned(),
            after.help.label().to_owned(),
        ),
        ("要什么", items(&before.items), items(&after.items)),
        (
            "最晚",
            words::day(before.deadline, today),
            words::day(after.deadline, today),
        ),
        (
            "受益人数",
            format!("{} 人", grouped(before.persons.into())),
            format!("{} 人", grouped(after.persons.into())),
        ),
        ("受益户数", households(before), households(after)),
        ("大约要", budget(before), budget(after)),
        (
            "急不急",
            urgent(before).to_owned(),
            urgent(after).to_owned(),
        ),
        (
            "联系人",
            contact(before.contact.as_ref()),
            contact(after.contact.as_ref()),
        ),
    ];
    all.into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(what, before, after)| Change {
            what,
            before,
            after,
        })
        .collect()
}

/// What was changed, each answer as it was read and as it is now; and the button of who has read it.
#[component]
pub fn Changed(
    /// What was changed; empty when nothing was.
    #[prop(into)]
    changed: Signal<Vec<Change>>,
    /// The person has read it.
    #[prop(into)]
    on_read: Callback<()>,
) -> impl IntoView {
    let or_none = |words: String| match words.trim() {
        "" => "没有写".to_owned(),
        _ => words,
    };
    let lines = move || {
        changed
            .get()
            .into_iter()
            .map(
                |Change {
                     what,
                     before,
                     after,
                 }| {
                    view! {
                        <dt>{what}</dt>
                        <dd><del>{or_none(before)}</del>" → "<ins>{or_none(after)}</ins></dd>
                    }
                },
            )
            .collect_view()
    };
    move || {
        (!changed.with(Vec::is_empty)).then(|| view! {
            <div class="note is-alert changed">
                <p><b>"村里刚改了这条，先看看改了什么："</b></p>
                <dl class="facts">{lines}</dl>
                <button class="btn is-small" type="button" on:click=move |_| on_read.run(())>"改动看过了"</button>
            </div>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::text::read_json;

    fn lamps() -> NeedContent {
        let content = r#"{"title":"村口缺路灯 12 盏","topic":"environment","help":"relief",
            "items":[{"no":1,"name":"路灯","quantity":12,"unit":"盏"}],"deadline":"2026-12-31","persons":320}"#;
        read_json(content).expect("a content")
    }

    #[test]
    fn what_was_read_is_told_apart_from_what_stands_there_now() {
        let before = lamps();
        let mut after = lamps();
        assert_eq!(changes(&before, &after, Day(0)), []);
        after.title = "村部要建办公楼".to_owned();
        after.items[0].name = "办公楼".to_owned();
        after.items[0].quantity = 1;
        after.budget = Some(domain::Fen(300_000_000));
        let told = changes(&before, &after, Day(0));
        let whats: Vec<_> = told.iter().map(|c| c.what).collect();
        assert_eq!(whats, ["标题", "要什么", "大约要"]);
        assert_eq!(told[1].before, "路灯 12 盏");
        assert_eq!(told[2].before, "");
    }
}
