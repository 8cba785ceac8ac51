//! Browsing, for those who keep no replica: who may see what of what they ask for.

use crate::storage::browse::{BrowseQuery, FoundNeed};
use crate::storage::projection::word;
use crate::storage::{Storage, StorageError};
use api::{ApiError, BrowseAnswer, BrowseRequest};
use domain::{Actor, RegionCode, Role};
use sync::wire::Json;

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
pub(crate) async fn browse(
    storage: &dyn Storage,
    actor: &Actor,
    request: &BrowseRequest,
) -> Result<BrowseAnswer, ApiError> {
    let scope = scope(actor, request)?;
    let after = request.after.as_deref().map(position).transpose()?;
    let limit = request.limit.unwrap_or(PAGE).clamp(1, 100);
    let words = domain::text::words(&request.text);
    let query = BrowseQuery {
        full: scope.full,
        need: request.need.map(|need| need.to_string()),
        topic: request.topic.as_ref().map(word),
        stage: request.stage.as_ref().map(word),
        words: words.into_iter().take(MAX_WORDS).collect(),
        after,
        // One more than the page holds tells that there is another page.
        ..BrowseQuery::of(scope.region, i64::from(limit) + 1)
    };
    let found = storage.browse(&query).await;
    found
        .and_then(|found| page(found, limit as usize))
        .map_err(|e| crate::backend::unavailable(&e))
}

fn page(mut found: Vec<FoundNeed>, limit: usize) -> Result<BrowseAnswer, StorageError> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("{}/{}", last.updated_at, last.id));
    let needs = found
        .into_iter()
        .map(|found| Ok(Json::new(found.body)?))
        .collect::<Result<_, StorageError>>()?;
    Ok(BrowseAnswer { needs, next })
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
