//! SQL of what happens by itself, for PostgreSQL.

use crate::storage::StorageError;
use crate::storage::due::DueRow;
use domain::{Key, Millis};
use sqlx::{PgConnection, Row};

/// What is due by `until`, what waits longest first; only what comes behind this row, if there is one.
pub(super) async fn read(
    conn: &mut PgConnection,
    until: Millis,
    after: Option<&DueRow>,
    limit: usize,
) -> Result<Vec<DueRow>, StorageError> {
    let rows = sqlx::query(
        "SELECT kind, id, job, at FROM due WHERE at <= $1 AND (at, kind, id, job) > ($2, $3, $4, $5) \
         ORDER BY at, kind, id, job LIMIT $6",
    )
    .bind(until.0)
    .bind(after.map_or(i64::MIN, |row| row.at.0))
    .bind(after.map_or("", |row| row.kind.as_str()))
    .bind(after.map_or("", |row| row.id.as_str()))
    .bind(after.map_or("", |row| row.job.as_str()))
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DueRow {
                kind: row.try_get(0)?,
                id: row.try_get(1)?,
                job: row.try_get(2)?,
                at: Millis(row.try_get(3)?),
            })
        })
        .collect()
}

/// The rows belong to entities that this transaction has locked, so the order of locks is theirs.
pub(super) async fn write(
    conn: &mut PgConnection,
    over: &[DueRow],
    due: &[DueRow],
) -> Result<(), StorageError> {
    let texts = |rows: &[DueRow], of: fn(&DueRow) -> &String| -> Vec<String> {
        rows.iter().map(|row| of(row).clone()).collect()
    };
    let times = |rows: &[DueRow]| -> Vec<i64> { rows.iter().map(|row| row.at.0).collect() };
    for (rows, sql) in [
        (
            over,
            "DELETE FROM due d USING unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) t (kind, id, job, at) \
             WHERE d.kind = t.kind AND d.id = t.id AND d.job = t.job AND d.at = t.at",
        ),
        (
            due,
            "INSERT INTO due (kind, id, job, at) \
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) \
             ON CONFLICT (kind, id, job) DO UPDATE SET at = excluded.at",
        ),
    ] {
        if rows.is_empty() {
            continue;
        }
        sqlx::query(sql)
            .bind(texts(rows, |row| &row.kind))
            .bind(texts(rows, |row| &row.id))
            .bind(texts(rows, |row| &row.job))
            .bind(times(rows))
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Puts these rows in the place of all that belong to these entities, which this transaction has locked.
pub(super) async fn replace(
    conn: &mut PgConnection,
    of: &[Key],
    due: &[DueRow],
) -> Result<(), StorageError> {
    sqlx::query(
        "DELETE FROM due WHERE (kind, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
    )
    .bind(of.iter().map(|key| key.kind().name()).collect::<Vec<_>>())
    .bind(of.iter().map(Key::id).collect::<Vec<_>>())
    .execute(&mut *conn)
    .await?;
    write(conn, &[], due).await
}
