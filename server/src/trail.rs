//! The audit trail for those who may read it. Who may is a rule: `domain::trail::readable`.

use crate::storage::audit::{CONTACT, TrailQuery, TrailRow};
use crate::storage::difference::Difference;
use crate::storage::{Storage, StorageError};
use api::ApiError;
use api::trail::{TrailAnswer, TrailEntry, TrailRequest, ValueChange};
use domain::trail::{Author, Readable, readable};
use domain::{Actor, Entity, EntityKind, Rejection, Role};
use serde_json::Value;

/// How many entries a page holds unless the caller wants others.
const PAGE: u32 = 50;
/// The most that a page holds: an export asks for such pages.
const MOST: u32 = 500;

/// The field under which entities have a person to call: a name and a number.
const CONTACT_FIELD: &str = "contact";
/// What the trail shows in its place.
const HIDDEN: &str = "（不显示）";

pub(crate) async fn trail(
    storage: &dyn Storage,
    actor: &Actor,
    request: &TrailRequest,
) -> Result<TrailAnswer, ApiError> {
    let region = match readable(actor).ok_or(ApiError::Forbidden)? {
        Readable::Everything => None,
        Readable::Region(region) => Some(region),
    };
    let limit = request.limit.unwrap_or(PAGE).clamp(1, MOST);
    let query = TrailQuery {
        region,
        from: request.from.map(domain::Day::start),
        until: request.until.map(|day| day.plus(1).start()),
        user: request.person.map(|person| person.to_string()),
        command: request.command.clone(),
        kind: request.kind.clone(),
        id: request.id.clone(),
        refused: request.refused,
        before: request.before,
        // One more than the page holds tells that there is another page.
        limit: i64::from(limit) + 1,
    };
    let found = storage.trail_page(&query).await;
    found
        .and_then(|found| page(found, limit as usize))
        .map_err(|e| crate::backend::unavailable(&e))
}

fn page(mut found: Vec<TrailRow>, limit: usize) -> Result<TrailAnswer, StorageError> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.no);
    let entries = found.into_iter().map(entry).collect::<Result<_, _>>()?;
    Ok(TrailAnswer { entries, next })
}

fn entry(row: TrailRow) -> Result<TrailEntry, StorageError> {
    let actor: Option<Actor> = row.actor.as_deref().map(serde_json::from_str).transpose()?;
    let refused: Option<Rejection> = row
        .refused
        .as_deref()
        .map(serde_json::from_str)
        .transpose()?;
    let changes = changes(&row)?;
    let title = row.of.as_deref().zip(row.body.as_deref());
    let title = title.and_then(|(of, body)| {
        let entity = Entity::from_json(EntityKind::from_name(of)?, body).ok()?;
        let title = entity.summary().title().to_owned();
        Some(match shown_together(&row) {
            1 => title,
            shown => format!("{title} 等 {shown} 条"),
        })
    });
    let user = row.user.as_deref().and_then(|user| user.parse().ok());
    let author = user.map_or(Author::System, Author::of);
    let name = author.name().map(str::to_owned);
    Ok(TrailEntry {
        no: row.no,
        at: row.at,
        person: author.person(),
        name: name
            .or_else(|| actor.as_ref().map(|actor| actor.name.clone()))
            .unwrap_or_default(),
        role: actor.as_ref().map_or_else(String::new, role),
        device: row.client,
        command: row.command,
        kind: row.kind,
        id: row.id,
        title: title.unwrap_or_default(),
        refused: refused.map(|rejection| rejection.sentence()),
        changes,
    })
}

/// How many contacts an entry says were shown with one question.
fn shown_together(row: &TrailRow) -> usize {
    let after = row.after.as_deref().filter(|_| row.kind == CONTACT);
    let after: Option<Value> = after.and_then(|after| serde_json::from_str(after).ok());
    let of_kind = |fields: &serde_json::Map<String, Value>| {
        fields.values().find_map(Value::as_array).map(Vec::len)
    };
    after
        .as_ref()
        .and_then(Value::as_object)
        .and_then(of_kind)
        .unwrap_or(1)
}

fn role(actor: &Actor) -> String {
    match &actor.role {
        Role::Village { place } => format!("{} 村干部", place.line()),
        Role::Member { org_name, .. } => org_name.clone(),
        Role::Bureau {
            region_name,
            department,
            ..
        } => format!("{region_name} {}", department.label()),
        Role::Applicant => "正在登记的社会组织".to_owned(),
        Role::Administrator => "管理员".to_owned(),
    }
}

fn changes(row: &TrailRow) -> Result<Vec<ValueChange>, StorageError> {
    let read = |text: &Option<String>| text.as_deref().map(serde_json::from_str).transpose();
    let difference: Difference = match &row.change {
        Some(change) => serde_json::from_str(change)?,
        None => {
            let nothing = || Value::Object(serde_json::Map::new());
            let before: Option<Value> = read(&row.before)?;
            let after: Option<Value> = read(&row.after)?;
            Difference::between(
                &before.unwrap_or_else(nothing),
                &after.unwrap_or_else(nothing),
            )
        }
    };
    let mut out = Vec::new();
    for (at, before, after) in difference.values() {
        spread(at, before, after, &mut out);
    }
    Ok(out)
}

/// Whether a place in an entity lies in a contact.
fn is_of_contact(at: &str) -> bool {
    at.split('/').any(|part| part == CONTACT_FIELD)
}

/// Whether an entity shows a contact anywhere in it.
pub(crate) fn has_contact(body: &Value) -> bool {
    match body {
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            (name == CONTACT_FIELD && value.is_object()) || has_contact(value)
        }),
        Value::Array(all) => all.iter().any(has_contact),
        _ => false,
    }
}

/// A value with others inside as those, so that a person reads one thing in a line.
fn spread(at: &str, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<ValueChange>) {
    let inside = |value: Option<&Value>| -> Vec<(String, Value)> {
        match value {
            Some(Value::Object(fields)) => {
                fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
            }
            Some(Value::Array(all)) => all
                .iter()
                .enumerate()
                .map(|(n, v)| (n.to_string(), v.clone()))
                .collect(),
            _ => Vec::new(),
        }
    };
    let (olds, news) = (inside(before), inside(after));
    if olds.is_empty() && news.is_empty() {
        let hides = is_of_contact(at);
        let text = |value: Option<&Value>| {
            value.map(|value| match value {
                Value::Null => value.to_string(),
                // That it changed is told; whom to call is told where the trail says who was shown it.
                _ if hides => HIDDEN.to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        out.push(ValueChange {
            at: at.to_owned(),
            before: text(before),
            after: text(after),
        });
        return;
    }
    for (key, value) in olds {
        spread(&format!("{at}/{key}"), Some(&value), None, out);
    }
    for (key, value) in news {
        spread(&format!("{at}/{key}"), None, Some(&value), out);
    }
}
