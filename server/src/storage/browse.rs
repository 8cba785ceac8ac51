use super::unit::word;
use super::{Database, StorageError};
use crate::backend::unavailable;
use api::{ApiError, BrowseAnswer, BrowseRequest};
use domain::{Actor, Need, RegionCode, Role};
use sqlx::{QueryBuilder, Row, Sqlite};

/// How many needs a page holds unless the caller wants fewer.
const PAGE: u32 = 50;
/// How many words a search looks for; the rest is ignored.
const MAX_WORDS: usize = 8;

/// What the caller may see of what they ask for: officers everything of their region but drafts, everybody else the
/// published needs without what is private.
struct Scope {
    region: RegionCode,
    full: bool,
}

/// One page of needs.
pub async fn browse(
    db: &Database,
    actor: &Actor,
    request: &BrowseRequest,
) -> Result<BrowseAnswer, ApiError> {
    let scope = scope(actor, request)?;
    let after = request.after.as_deref().map(position).transpose()?;
    let limit = request.limit.unwrap_or(PAGE).clamp(1, 100);
    page(db, &scope, request, after, limit)
        .await
        .map_err(|e| unavailable(&e))
}

fn scope(actor: &Actor, request: &BrowseRequest) -> Result<Scope, ApiError> {
    match &actor.role {
        Role::Bureau { region, .. } => {
            let wanted = request.region.unwrap_or(*region);
            if region.contains(wanted) {
                Ok(Scope {
                    region: wanted,
                    full: true,
                })
            } else {
                Err(ApiError::Forbidden)
            }
        }
        Role::Village { place } => {
            let region = request.region.unwrap_or_else(|| place.county());
            Ok(Scope {
                region,
                full: false,
            })
        }
        Role::Member { .. } => {
            let region = request
                .region
                .or(actor.library.first().copied())
                .ok_or(ApiError::Forbidden)?;
            Ok(Scope {
                region,
                full: false,
            })
        }
        Role::Administrator => Err(ApiError::Forbidden),
    }
}

/// Reads where the last page ended: `1795536000000/67e5…`.
fn position(after: &str) -> Result<(i64, String), ApiError> {
    let malformed = || ApiError::Malformed {
        detail: "`after` must be what `next` was".to_owned(),
    };
    let (time, id) = after.split_once('/').ok_or_else(malformed)?;
    Ok((time.parse().map_err(|_| malformed())?, id.to_owned()))
}

async fn page(
    db: &Database,
    scope: &Scope,
    request: &BrowseRequest,
    after: Option<(i64, String)>,
    limit: u32,
) -> Result<BrowseAnswer, StorageError> {
    let first = scope.region.number().cast_signed();
    let last = first + region_size(scope.region);
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT n.updated_at, n.id, ");
    sql.push(if scope.full { "e.body" } else { "e.public" });
    sql.push(
        " FROM need_index n JOIN entity e ON e.kind = 'need' AND e.id = n.id WHERE n.village >= ",
    );
    sql.push_bind(first)
        .push(" AND n.village < ")
        .push_bind(last);
    sql.push(if scope.full {
        " AND n.stage <> 'draft'"
    } else {
        " AND e.public IS NOT NULL"
    });
    if let Some(need) = request.need {
        sql.push(" AND n.id = ").push_bind(need.to_string());
    }
    if let Some(topic) = &request.topic {
        sql.push(" AND n.topic = ").push_bind(word(topic));
    }
    if let Some(stage) = &request.stage {
        sql.push(" AND n.stage = ").push_bind(word(stage));
    }
    for wanted in request
        .text
        .to_lowercase()
        .split_whitespace()
        .take(MAX_WORDS)
    {
        sql.push(" AND instr(n.words, ")
            .push_bind(wanted.to_owned())
            .push(") > 0");
    }
    if let Some((time, id)) = after {
        sql.push(" AND (n.updated_at, n.id) < (")
            .push_bind(time)
            .push(", ")
            .push_bind(id)
            .push(")");
    }
    sql.push(" ORDER BY n.updated_at DESC, n.id DESC LIMIT ")
        .push_bind(i64::from(limit) + 1);
    let mut rows = sql.build().persistent(false).fetch_all(&db.reading).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = match rows.last().filter(|_| more) {
        Some(row) => Some(format!(
            "{}/{}",
            row.try_get::<i64, _>(0)?,
            row.try_get::<String, _>(1)?
        )),
        None => None,
    };
    let needs = rows
        .iter()
        .map(|row| Ok(serde_json::from_str::<Need>(&row.try_get::<String, _>(2)?)?))
        .collect::<Result<_, StorageError>>()?;
    Ok(BrowseAnswer { needs, next })
}

/// How many codes lie inside a region of this level.
fn region_size(region: RegionCode) -> i64 {
    use domain::Level;
    match region.level() {
        Level::Province => 10_000_000_000,
        Level::City => 100_000_000,
        Level::County => 1_000_000,
        Level::Town => 1_000,
        Level::Village => 1,
    }
}
