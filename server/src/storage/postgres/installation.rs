//! SQL of what belongs to the installation, for PostgreSQL: `meta` and regions.

use crate::regions::Region;
use crate::storage::StorageError;
use crate::storage::browse::codes;
use crate::storage::regions::{RegionsQuery, in_use, region};
use domain::{Day, Level, RegionCode};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

pub(super) async fn meta(
    conn: &mut PgConnection,
    key: &str,
) -> Result<Option<String>, StorageError> {
    let row = sqlx::query("SELECT value FROM meta WHERE key = $1")
        .bind(key)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|r| r.try_get(0)).transpose()?)
}

pub(super) async fn set_meta(
    conn: &mut PgConnection,
    key: &str,
    value: &str,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(key)
    .bind(value)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn meta_or_set(
    conn: &mut PgConnection,
    key: &str,
    value: &str,
) -> Result<String, StorageError> {
    sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING")
        .bind(key)
        .bind(value)
        .execute(&mut *conn)
        .await?;
    let there = meta(conn, key).await?;
    Ok(there.unwrap_or_else(|| value.to_owned()))
}

/// Replaces the table of regions.
pub(super) async fn put_regions(
    conn: &mut PgConnection,
    regions: &[Region],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM region")
        .execute(&mut *conn)
        .await?;
    let code = |code: &RegionCode| code.number().cast_signed();
    sqlx::query(
        "INSERT INTO region (code, name, valid_from, valid_to, successor) \
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])",
    )
    .bind(regions.iter().map(|r| code(&r.code)).collect::<Vec<_>>())
    .bind(regions.iter().map(|r| r.name.as_str()).collect::<Vec<_>>())
    .bind(
        regions
            .iter()
            .map(|r| r.valid_from.map(|d| d.to_string()))
            .collect::<Vec<_>>(),
    )
    .bind(
        regions
            .iter()
            .map(|r| r.valid_to.map(|d| d.to_string()))
            .collect::<Vec<_>>(),
    )
    .bind(
        regions
            .iter()
            .map(|r| r.successor.as_ref().map(code))
            .collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The rows of these regions that are in use, by code.
pub(super) async fn regions_by_code(
    conn: &mut PgConnection,
    codes: &[RegionCode],
    today: Day,
) -> Result<Vec<Region>, StorageError> {
    let wanted: Vec<i64> = codes.iter().map(|c| c.number().cast_signed()).collect();
    let rows = sqlx::query(concat!(
        "SELECT code, name, valid_from, valid_to, successor FROM region WHERE code = ANY($1) AND ",
        in_use!("$2"),
        " ORDER BY code",
    ))
    .bind(wanted)
    .bind(today.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter().map(region_of).collect()
}

/// The regions of one level inside a region, or everywhere, that are in use, by code.
pub(super) async fn regions_inside(
    conn: &mut PgConnection,
    region: Option<RegionCode>,
    level: Level,
    today: Day,
) -> Result<Vec<Region>, StorageError> {
    let (first, last) = region.map_or((0, i64::MAX), codes);
    let sql = format!(
        "SELECT code, name, valid_from, valid_to, successor FROM region WHERE code BETWEEN $1 AND $2 \
         AND {} AND code % {} = 0 ORDER BY code",
        in_use!("$3"),
        level.codes()
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(first)
        .bind(last)
        .bind(today.to_string())
        .fetch_all(conn)
        .await?;
    let regions = rows.iter().map(region_of);
    regions
        .filter(|found| found.as_ref().map_or(true, |r| r.code.level() == level))
        .collect()
}

fn region_of(row: &PgRow) -> Result<Region, StorageError> {
    region((
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
        row.try_get(4)?,
    ))
}

/// Whether a region is in use; every one is while there is no table.
pub(super) async fn is_in_use(
    conn: &mut PgConnection,
    region: RegionCode,
    today: Day,
) -> Result<bool, StorageError> {
    let found = sqlx::query(concat!(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM region WHERE code = $1 AND ",
        in_use!("$2"),
        ") OR NOT EXISTS (SELECT 1 FROM region)",
    ))
    .bind(region.number().cast_signed())
    .bind(today.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Regions by their codes.
pub(super) async fn regions(
    conn: &mut PgConnection,
    query: &RegionsQuery,
) -> Result<Vec<Region>, StorageError> {
    let rows = sqlx::query(
        "SELECT code, name, valid_from, valid_to, successor FROM region \
         WHERE code BETWEEN $1 AND $2 AND code % $3 = 0 ORDER BY code",
    )
    .bind(query.first)
    .bind(query.last)
    .bind(query.step)
    .fetch_all(conn)
    .await?;
    rows.iter().map(region_of).collect()
}
