//! SQL of what happens by itself, for SQLite.

use super::{ROWS, run};
use crate::storage::StorageError;
use crate::storage::due::DueRow;
use domain::{Key, Millis};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

/// What is due by `until`, what waits longest first; only what comes behind this row, if there is one.
pub(super) async fn read(
    conn: &mut SqliteConnection,
    until: Millis,
    after: Option<&DueRow>,
    limit: usize,
) -> Result<Vec<DueRow>, StorageError> {
    let rows = sqlx::query(
        "SELECT kind, id, job, at FROM due WHERE at <= ? AND (at, kind, id, job) > (?, ?, ?, ?) \
         ORDER BY at, kind, id, job LIMIT ?",
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

pub(super) async fn write(
    conn: &mut SqliteConnection,
    over: &[DueRow],
    due: &[DueRow],
) -> Result<(), StorageError> {
    for row in over {
        sqlx::query("DELETE FROM due WHERE kind = ? AND id = ? AND job = ? AND at = ?")
            .bind(&row.kind)
            .bind(&row.id)
            .bind(&row.job)
            .bind(row.at.0)
            .execute(&mut *conn)
            .await?;
    }
    for rows in due.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO due (kind, id, job, at) ");
        sql.push_values(rows, |mut to, row| {
            to.push_bind(row.kind.as_str())
                .push_bind(row.id.as_str())
                .push_bind(row.job.as_str())
                .push_bind(row.at.0);
        });
        sql.push(" ON CONFLICT (kind, id, job) DO UPDATE SET at = excluded.at");
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}

/// Puts these rows in the place of all that belong to these entities, which this transaction has locked.
pub(super) async fn replace(
    conn: &mut SqliteConnection,
    of: &[Key],
    due: &[DueRow],
) -> Result<(), StorageError> {
    let keys: Vec<_> = of.iter().map(|key| (key.kind().name(), key.id())).collect();
    sqlx::query(
        "DELETE FROM due WHERE (kind, id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
    )
    .bind(serde_json::to_string(&keys)?)
    .execute(&mut *conn)
    .await?;
    write(conn, &[], due).await
}
