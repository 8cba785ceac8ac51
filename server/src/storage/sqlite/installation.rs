//! SQL of what belongs to the installation, for SQLite: `meta` and regions.

use super::{ROWS, run};
use crate::regions::Region;
use crate::storage::StorageError;
use crate::storage::browse::codes;
use crate::storage::regions::{RegionsQuery, region};
use domain::{Level, RegionCode};
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
) -> Result<Vec<Region>, StorageError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::<Sqlite>::new(
        "SELECT code, name, valid_from, successor FROM region WHERE valid_to IS NULL AND code IN (",
    );
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
) -> Result<Vec<Region>, StorageError> {
    let (first, last) = region.map_or((0, i64::MAX), codes);
    let sql = format!(
        "SELECT code, name, valid_from, successor FROM region WHERE code BETWEEN ?1 AND ?2 \
         AND valid_to IS NULL AND code % {} = 0 ORDER BY code",
        level.codes()
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(first)
        .bind(last)
        .fetch_all(conn)
        .await?;
    let regions = rows.iter().map(region_of);
    regions
        .filter(|found| found.as_ref().map_or(true, |r| r.code.level() == level))
        .collect()
}

fn region_of(row: &SqliteRow) -> Result<Region, StorageError> {
    let wrong = |what: &str| StorageError::Data(format!("a region: {what}"));
    let code = |number: i64| {
        RegionCode::try_from(number.cast_unsigned()).map_err(|_| wrong(&number.to_string()))
    };
    let from: Option<String> = row.try_get(2)?;
    Ok(Region {
        code: code(row.try_get(0)?)?,
        name: row.try_get(1)?,
        valid_from: from.and_then(|day| day.parse().ok()),
        valid_to: None,
        successor: row.try_get::<Option<i64>, _>(3)?.map(code).transpose()?,
    })
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
    rows.iter()
        .map(|row| {
            region((
                row.try_get(0)?,
                row.try_get(1)?,
                row.try_get(2)?,
                row.try_get(3)?,
                row.try_get(4)?,
            ))
        })
        .collect()
}
