//! Browsing, for those who keep no replica. Who may see what is a rule: `domain::needs::browsable`.

use crate::backend::unavailable;
use crate::designation_loads::Lenses;
use crate::storage::browse::{BrowseQuery, CountedCounty, FoundNeed};
use crate::storage::figures::FiguresQuery;
use crate::storage::projection::word;
use crate::storage::{Storage, StorageError};
use api::{ApiError, BrowseAnswer, BrowseRequest, County};
use domain::figures::{self, Figure};
use domain::{Actor, Day, EntityKind, Level, Millis, RegionCode, Visibility};
use std::collections::HashMap;
use sync::wire::Json;

/// How many needs a page holds unless the caller wants fewer.
const PAGE: u32 = 50;
/// How many words a search looks for; the rest is ignored.
const MAX_WORDS: usize = 8;

/// One page of needs.
pub(crate) async fn browse(
    storage: &dyn Storage,
    lenses: &Lenses,
    actor: &Actor,
    request: &BrowseRequest,
    now: Millis,
) -> Result<BrowseAnswer, ApiError> {
    let kind = request.kind.unwrap_or(EntityKind::Need);
    let (region, visibility) = visible(kind, actor, request).ok_or(ApiError::Forbidden)?;
    if request.counties {
        if visibility != Visibility::Full {
            return Err(ApiError::Forbidden);
        }
        let found = counties(storage, region, now.day()).await;
        return found.map_err(|e| unavailable(&e));
    }
    let after = request.after.as_deref().map(position).transpose()?;
    let limit = request.limit.unwrap_or(PAGE).clamp(1, 100);
    let words = domain::text::words(&request.text);
    let today = now.day();
    let figure = figure(kind, request)?;
    // Figures count what is not published too.
    if (figure.is_some() || request.own) && visibility != Visibility::Full {
        return Err(ApiError::Forbidden);
    }
    let own = region.number().cast_signed();
    let regions = match &request.designation {
        None => None,
        Some(name) => {
            let lens = lenses.lens(storage, name, region, today).await;
            let ranges = lens.map_err(|e| unavailable(&e))?.ranges().into_iter();
            let signed = |(first, last): (u64, u64)| (first.cast_signed(), last.cast_signed());
            Some(ranges.map(signed).collect())
        }
    };
    let regions = match regions {
        _ if !request.own => regions,
        None => Some(vec![(own, own)]),
        Some(ranges) => {
            let ranges: Vec<(i64, i64)> = ranges;
            let bears = ranges.iter().any(|(a, z)| (*a..=*z).contains(&own));
            Some(if bears { vec![(own, own)] } else { Vec::new() })
        }
    };
    let query = BrowseQuery {
        kind,
        full: visibility == Visibility::Full,
        need: (request.need.map(|need| need.to_string())).or_else(|| request.id.clone()),
        figure: figure.map(|figure| (figure.name.to_owned(), today)),
        regions,
        topic: request.topic.as_ref().map(word),
        stage: request.stage.map(|stage| stage.name().to_owned()),
        words: words.into_iter().take(MAX_WORDS).collect(),
        after,
        // One more than the page holds tells that there is another page.
        ..BrowseQuery::of(region, i64::from(limit) + 1)
    };
    let found = storage.browse(&query).await;
    let page = found.and_then(|found| page(found, limit as usize));
    let mut page = page.map_err(|e| unavailable(&e))?;
    page.as_of = now;
    if query.full {
        let own = request.own && request.designation.is_none();
        let told = about(storage, &query, &mut page, today, own).await;
        told.map_err(|e| unavailable(&e))?;
    }
    Ok(page)
}

/// Where somebody may look for things of a kind, and how much of them they see.
fn visible(
    kind: EntityKind,
    actor: &Actor,
    request: &BrowseRequest,
) -> Option<(RegionCode, Visibility)> {
    if kind == EntityKind::Need {
        return domain::needs::browsable(actor, request.region);
    }
    // Kinds that are not counted are not found either.
    if figures::figures(kind).is_empty() {
        return None;
    }
    figures::visible(actor, request.region).map(|region| (region, Visibility::Full))
}

/// The figure that is asked for.
fn figure(kind: EntityKind, request: &BrowseRequest) -> Result<Option<Figure>, ApiError> {
    let Some(name) = &request.figure else {
        return Ok(None);
    };
    let figure = figures::figure(kind, name);
    figure.map(Some).ok_or_else(|| ApiError::Malformed {
        detail: "`figure` names no figure of this kind".to_owned(),
    })
}

/// What an officer is told beside a first page: the region's name, and how many there are in all, by the same facts that the numbers of
/// the region are summed up from.
async fn about(
    storage: &dyn Storage,
    query: &BrowseQuery,
    page: &mut BrowseAnswer,
    today: Day,
    own: bool,
) -> Result<(), StorageError> {
    if query.after.is_some() || query.need.is_some() {
        return Ok(());
    }
    page.region_name = crate::figures::name(storage, query.region).await?;
    let is_plain = query.topic.is_none()
        && query.stage.is_none()
        && (query.regions.is_none() || own)
        && query.words.is_empty();
    if is_plain {
        let name = query.figure.as_ref().map_or(figures::ALL, |(name, _)| name);
        let counted = FiguresQuery {
            region: query.region,
            // Beside the regions below stands what belongs to the region as a whole.
            level: if own {
                crate::figures::below(query.region.level())
            } else {
                query.region.level()
            },
            today,
        };
        let counted = storage.figures(&counted).await?;
        let counted = counted.iter().filter(|c| {
            c.kind == query.kind.name() && c.name == name && (!own || c.region == query.region)
        });
        page.count = Some(counted.map(|c| c.n).sum());
    }
    Ok(())
}

/// The counties of a region, each with the name of its city.
async fn counties(
    storage: &dyn Storage,
    region: RegionCode,
    today: Day,
) -> Result<BrowseAnswer, StorageError> {
    let found = storage.count_by_county(region, today).await?;
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
        counties,
        ..BrowseAnswer::default()
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
        ..BrowseAnswer::default()
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
