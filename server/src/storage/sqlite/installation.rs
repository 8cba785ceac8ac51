//! SQL of what belongs to the installation, for SQLite: `meta` and regions.

use super::{ROWS, run};
use crate::regions::Region;
use crate::storage::StorageError;
use crate::storage::browse::codes;
use crate::storage::regions::{RegionsQuery, in_use, region};
use domain::{Day, Level, RegionCode};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

pub(super) async fn meta(
    conn: &mut SqliteConnection,
    key: &str,
) -> Result<Option<String>, StorageError> {
    let row = sqlx::query("SELECT value FROM meta WHERE key = ?")
        .bind(key)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|r| r.try_get(0)).transpose()?)
}

pub(super) async fn set_meta(
    conn: &mut SqliteConnection,
    key: &str,
    value: &str,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(key)
    .bind(value)
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn meta_or_set(
    conn: &mut SqliteConnection,
    key: &str,
    value: &str,
) -> Result<String, StorageError> {
    sqlx::query("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING")
        .bind(key)
        .bind(value)
        .execute(&mut *conn)
        .await?;
    let there = meta(conn, key).await?;
    Ok(there.unwrap_or_else(|| value.to_owned()))
}

/// Replaces the table of regions.
pub(super) async fn put_regions(
    conn: &mut SqliteConnection,
    regions: &[Region],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM region")
        .execute(&mut *conn)
        .await?;
    for rows in regions.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO region (code, name, valid_from, valid_to, successor) ",
        );
        sql.push_values(rows, |mut row, region| {
            row.push_bind(region.code.number().cast_signed())
                .push_bind(region.name.as_str())
                .push_bind(region.valid_from.map(|d| d.to_string()))
                .push_bind(region.valid_to.map(|d| d.to_string()))
                .push_bind(region.successor.map(|c| c.number().cast_signed()));
        });
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}

/// The rows of these regions that are in use, by code.
pub(super) async fn regions_by_code(
    conn: &mut SqliteConnection,
    codes: &[RegionCode],
    today: Day,
) -> Result<Vec<Region>, StorageError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let today = today.to_string();
    let mut sql = QueryBuilder::<Sqlite>::new(
        "SELECT code, name, valid_from, valid_to, successor FROM region WHERE (valid_from IS NULL OR valid_from <= ",
    );
    sql.push_bind(today.clone())
        .push(") AND (valid_to IS NULL OR valid_to >= ")
        .push_bind(today)
        .push(") AND code IN (");
    let mut list = sql.separated(", ");
    for code in codes {
        list.push_bind(code.number().cast_signed());
    }
    sql.push(") ORDER BY code");
    let rows = sql.build().persistent(false).fetch_all(conn).await?;
    rows.iter().map(region_of).collect()
}

/// The regions of one level inside a region, or everywhere, that are in use, by code.
pub(super) async fn regions_inside(
    conn: &mut SqliteConnection,
    region: Option<RegionCode>,
    level: Level,
    today: Day,
) -> Result<Vec<Region>, StorageError> {
    let (first, last) = region.map_or((0, i64::MAX), codes);
    let sql = format!(
        "SELECT code, name, valid_from, valid_to, successor FROM region WHERE code BETWEEN ?1 AND ?2 \
         AND {} AND code % {} = 0 ORDER BY code",
        in_use!("?3"),
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

fn region_of(row: &SqliteRow) -> Result<Region, StorageError> {
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
    conn: &mut SqliteConnection,
    region: RegionCode,
    today: Day,
) -> Result<bool, StorageError> {
    let found = sqlx::query(concat!(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM region WHERE code = ?1 AND ",
        in_use!("?2"),
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
    conn: &mut SqliteConnection,
    query: &RegionsQuery,
) -> Result<Vec<Region>, StorageError> {
    let rows = sqlx::query(
        "SELECT code, name, valid_from, valid_to, successor FROM region \
         WHERE code BETWEEN ?1 AND ?2 AND code % ?3 = 0 ORDER BY code",
    )
    .bind(query.first)
    .bind(query.last)
    .bind(query.step)
    .fetch_all(conn)
    .await?;
    rows.iter().map(region_of).collect()
}
