use domain::{Day, Millis};
use serde::Serialize;
use sync::replica::Listed;

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
pub(crate) fn json(listed: &[Listed]) -> Result<String, serde_json::Error> {
    let lines: Vec<Line<'_>> = listed
        .iter()
        .map(|row| Line {
            id: row.key.id(),
            title: &row.head.title,
            town: &row.head.town_name,
            village: &row.head.village_name,
            items: &row.head.items,
            who: &row.head.who,
            deadline: row.head.day,
            at: row.head.at,
            pending: row.pending.is_some(),
        })
        .collect();
    serde_json::to_string(&lines)
}
