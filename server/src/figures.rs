//! Numbers by region, for officers. Who may see them is a rule: `domain::figures::visible`.

use crate::backend::unavailable;
use crate::regions::{Region, short_name};
use crate::storage::browse::BrowseQuery;
use crate::storage::figures::{FiguresQuery, FoundFigure};
use crate::storage::regions::RegionsQuery;
use crate::storage::{Storage, StorageError};
use api::{ApiError, CountedRegion, FiguresAnswer, FiguresRequest, NamedRegion, Number};
use domain::{Actor, EntityKind, Level, Millis, RegionCode, Role};
use std::collections::BTreeMap;

/// The numbers of a region and of the regions one level below it.
pub(crate) async fn figures(
    storage: &dyn Storage,
    actor: &Actor,
    request: &FiguresRequest,
    now: Millis,
) -> Result<FiguresAnswer, ApiError> {
    let region = domain::figures::visible(actor, request.region).ok_or(ApiError::Forbidden)?;
    let top = match &actor.role {
        Role::Bureau { region, .. } => *region,
        _ => region,
    };
    counted(storage, top, region, now)
        .await
        .map_err(|e| unavailable(&e))
}

/// The level below; a village is counted by itself.
pub(crate) fn below(level: Level) -> Level {
    match level {
        Level::Province => Level::City,
        Level::City => Level::County,
        Level::County => Level::Town,
        Level::Town | Level::Village => Level::Village,
    }
}

async fn counted(
    storage: &dyn Storage,
    top: RegionCode,
    region: RegionCode,
    now: Millis,
) -> Result<FiguresAnswer, StorageError> {
    let level = below(region.level());
    let query = FiguresQuery {
        region,
        level,
        today: now.day(),
    };
    let mut by_region: BTreeMap<RegionCode, Vec<FoundFigure>> = BTreeMap::new();
    for found in storage.figures(&query).await? {
        by_region.entry(found.region).or_default().push(found);
    }
    let mut all: BTreeMap<(String, String), u64> = BTreeMap::new();
    for found in by_region.values().flatten() {
        *all.entry((found.kind.clone(), found.name.clone()))
            .or_default() += found.n;
    }
    let numbers = all.into_iter();
    let numbers = numbers.map(|((kind, figure), n)| Number { kind, figure, n });
    let mut above = named_above(storage, region).await?;
    let own = above.pop().unwrap_or_else(|| unnamed(region));
    let rows = if region.level() == Level::Village {
        Vec::new()
    } else {
        storage
            .regions(&RegionsQuery::down_to(level, region))
            .await?
    };
    let mut below = Vec::with_capacity(rows.len());
    for row in rows.iter().filter(|row| row.code.level() == level) {
        let found = by_region.remove(&row.code).unwrap_or_default();
        // A code that has ended is shown for as long as something still lies in it.
        if row.valid_to.is_none_or(|last| last >= query.today) || !found.is_empty() {
            let names: Vec<&NamedRegion> = above.iter().chain([&own]).collect();
            below.push(with(named(row, &names), found));
        }
    }
    // What belongs to the region as a whole, and to codes that the table does not have.
    if region.level() != Level::Village {
        for (code, found) in by_region {
            let named = if code == region {
                own.clone()
            } else {
                unnamed(code)
            };
            below.push(with(named, found));
        }
    }
    above.retain(|region| top.contains(region.code));
    Ok(FiguresAnswer {
        counted: CountedRegion {
            region: own,
            numbers: numbers.collect(),
        },
        above,
        below,
        as_of: now,
        newest: newest(storage, region).await?,
    })
}

fn with(region: NamedRegion, found: Vec<FoundFigure>) -> CountedRegion {
    let number = |found: FoundFigure| Number {
        kind: found.kind,
        figure: found.name,
        n: found.n,
    };
    CountedRegion {
        region,
        numbers: found.into_iter().map(number).collect(),
    }
}

/// A code that the table does not have.
fn unnamed(code: RegionCode) -> NamedRegion {
    NamedRegion {
        code,
        name: code.to_string(),
    }
}

/// A region as people call it, below those regions.
fn named(row: &Region, above: &[&NamedRegion]) -> NamedRegion {
    let name_of = |level: Level| {
        let found = above
            .iter()
            .find(|region| region.code == row.code.at(level));
        found.map_or("", |region| region.name.as_str())
    };
    NamedRegion {
        code: row.code,
        name: match row.code.level() {
            Level::Village => short_name(&row.name, name_of(Level::County), name_of(Level::Town)),
            _ => row.name.clone(),
        },
    }
}

/// A region and all it lies in, the largest first, as far as the table has them.
async fn named_above(
    storage: &dyn Storage,
    region: RegionCode,
) -> Result<Vec<NamedRegion>, StorageError> {
    let mut out: Vec<NamedRegion> = Vec::new();
    for level in [
        Level::Province,
        Level::City,
        Level::County,
        Level::Town,
        Level::Village,
    ] {
        let code = region.at(level);
        if code.level() != level {
            break;
        }
        let rows = storage.regions(&RegionsQuery::one(code)).await?;
        let names: Vec<&NamedRegion> = out.iter().collect();
        let found = rows.first().map(|row| named(row, &names));
        out.push(found.unwrap_or_else(|| unnamed(code)));
    }
    Ok(out)
}

/// What people call a region; its code where the table has no name.
pub(crate) async fn name(
    storage: &dyn Storage,
    region: RegionCode,
) -> Result<String, StorageError> {
    let named = named_above(storage, region).await?;
    Ok(named
        .into_iter()
        .next_back()
        .map_or_else(String::new, |region| region.name))
}

/// When something was changed last in a region.
async fn newest(storage: &dyn Storage, region: RegionCode) -> Result<Option<Millis>, StorageError> {
    let mut newest = None;
    for kind in [EntityKind::Need, EntityKind::Order] {
        let query = BrowseQuery {
            kind,
            ..BrowseQuery::of(region, 1)
        };
        let found = storage.browse(&query).await?;
        newest = newest.max(found.first().map(|found| Millis(found.updated_at)));
    }
    Ok(newest)
}
