//! Browsing, for those who keep no replica. Who may see what is a rule: `domain::needs::browsable`.

use crate::storage::browse::{BrowseQuery, CountedCounty, FoundNeed};
use crate::storage::projection::word;
use crate::storage::{Storage, StorageError};
use api::{ApiError, BrowseAnswer, BrowseRequest, County};
use domain::{Actor, Level, RegionCode, Visibility};
use std::collections::HashMap;
use sync::wire::Json;

/// How many needs a page holds unless the caller wants fewer.
const PAGE: u32 = 50;
/// How many words a search looks for; the rest is ignored.
const MAX_WORDS: usize = 8;

/// One page of needs.
pub(crate) async fn browse(
    storage: &dyn Storage,
    actor: &Actor,
    request: &BrowseRequest,
) -> Result<BrowseAnswer, ApiError> {
    let (region, visibility) =
        domain::needs::browsable(actor, request.region).ok_or(ApiError::Forbidden)?;
    if request.counties {
        if visibility != Visibility::Full {
            return Err(ApiError::Forbidden);
        }
        let found = counties(storage, region).await;
        return found.map_err(|e| crate::backend::unavailable(&e));
    }
    let after = request.after.as_deref().map(position).transpose()?;
    let limit = request.limit.unwrap_or(PAGE).clamp(1, 100);
    let words = domain::text::words(&request.text);
    let query = BrowseQuery {
        full: visibility == Visibility::Full,
        need: request.need.map(|need| need.to_string()),
        topic: request.topic.as_ref().map(word),
        stage: request.stage.map(|stage| stage.name().to_owned()),
        words: words.into_iter().take(MAX_WORDS).collect(),
        after,
        // One more than the page holds tells that there is another page.
        ..BrowseQuery::of(region, i64::from(limit) + 1)
    };
    let found = storage.browse(&query).await;
    found
        .and_then(|found| page(found, limit as usize))
        .map_err(|e| crate::backend::unavailable(&e))
}

/// The counties of a region, each with the name of its city.
async fn counties(storage: &dyn Storage, region: RegionCode) -> Result<BrowseAnswer, StorageError> {
    let found = storage.count_by_county(region).await?;
    let names: HashMap<RegionCode, &str> = found
        .iter()
        .map(|row| (row.code, row.name.as_str()))
        .collect();
    let county = |row: &CountedCounty| County {
        code: row.code,
        name: row.name.clone(),
        city_name: names
            .get(&row.code.at(Level::City))
            .map_or_else(String::new, |name| (*name).to_owned()),
        needs: row.needs,
    };
    let counties = found
        .iter()
        .filter(|row| row.code.level() == Level::County)
        .map(county)
        .collect();
    Ok(BrowseAnswer {
        needs: Vec::new(),
        next: None,
        counties,
    })
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
    Ok(BrowseAnswer {
        needs,
        next,
        counties: Vec::new(),
    })
}

/// Reads where the last page ended: `1795536000000/67e5…`.
fn position(after: &str) -> Result<(i64, String), ApiError> {
    let malformed = || ApiError::Malformed {
        detail: "`after` must be what `next` was".to_owned(),
    };
    let (time, id) = after.split_once('/').ok_or_else(malformed)?;
    Ok((time.parse().map_err(|_| malformed())?, id.to_owned()))
}
