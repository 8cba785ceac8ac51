//! SQL of the audit trail, for SQLite.

use super::{ROWS, run};
use crate::storage::StorageError;
use crate::storage::audit::{KeptEntry, KeptTrail};
use crate::storage::work_rows::WorkRows;
use domain::Millis;
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection};

pub(super) async fn trail(
    conn: &mut SqliteConnection,
    kind: &str,
    id: &str,
) -> Result<KeptTrail, StorageError> {
    let mut snapshot = conn.begin().await?;
    let rows = sqlx::query(
        "SELECT at, user, client, command, before, after, change FROM audit WHERE kind = ? AND id = ? ORDER BY no",
    )
    .bind(kind)
    .bind(id)
    .fetch_all(&mut *snapshot)
    .await?;
    let body = sqlx::query("SELECT body FROM entity WHERE kind = ? AND id = ?")
        .bind(kind)
        .bind(id)
        .fetch_optional(&mut *snapshot)
        .await?;
    snapshot.commit().await?;
    let entries = rows
        .iter()
        .map(|row| -> Result<KeptEntry, StorageError> {
            Ok(KeptEntry {
                at: Millis(row.try_get(0)?),
                user: row.try_get(1)?,
                client: row.try_get(2)?,
                command: row.try_get(3)?,
                before: row.try_get(4)?,
                after: row.try_get(5)?,
                change: row.try_get(6)?,
            })
        })
        .collect::<Result<_, _>>()?;
    let body = body.map(|row| row.try_get(0)).transpose()?;
    Ok(KeptTrail { entries, body })
}

pub(super) async fn write(
    conn: &mut SqliteConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    for rows in work.audit.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO audit (at, user, client, mutation, command, kind, id, after, change) ",
        );
        sql.push_values(rows, |mut row, entry| {
            row.push_bind(entry.at.0)
                .push_bind(entry.user.to_string())
                .push_bind(entry.client.map(|c| c.to_string()))
                .push_bind(entry.mutation.map(|m| m.to_string()))
                .push_bind(entry.command.as_str())
                .push_bind(entry.kind)
                .push_bind(entry.id.as_str())
                .push_bind(entry.after.as_deref())
                .push_bind(entry.change.as_deref());
        });
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}
