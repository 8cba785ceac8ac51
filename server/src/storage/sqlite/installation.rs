//! SQL of what belongs to the installation, for SQLite: `meta` and regions.

use super::{ROWS, run};
use crate::regions::Region;
use crate::storage::StorageError;
use crate::storage::regions::{RegionsQuery, region};
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
