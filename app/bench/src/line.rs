//! Lines of a list as JSON, for the runner's script.

use domain::{Day, Millis};
use serde::Serialize;
use sync::replica::ListItem;

/// What a row of the list shows.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    title: &'a str,
    town: &'a str,
    village: &'a str,
    items: &'a str,
    who: &'a str,
    deadline: Day,
    at: Millis,
    pending: bool,
}

/// Lines as JSON: quicker into script than an object built field by field.
pub(crate) fn json(items: &[ListItem]) -> Result<String, serde_json::Error> {
    let lines: Vec<Line<'_>> = items
        .iter()
        .filter_map(|item| {
            let need = item.summary.need()?;
            Some(Line {
                id: item.key.id(),
                title: &need.texts.title,
                town: &need.texts.town_name,
                village: &need.texts.village_name,
                items: &need.texts.items,
                who: &need.texts.holder,
                deadline: need.facts.deadline,
                at: need.facts.at,
                pending: item.pending.is_some(),
            })
        })
        .collect();
    serde_json::to_string(&lines)
}
