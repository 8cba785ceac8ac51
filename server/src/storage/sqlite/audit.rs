//! SQL of the audit trail, for SQLite.

use super::{ROWS, run};
use crate::storage::StorageError;
use crate::storage::audit::AuditEntry;
use crate::storage::work_rows::WorkRows;
use domain::Millis;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

pub(super) async fn trail(
    conn: &mut SqliteConnection,
    kind: &str,
    id: &str,
) -> Result<Vec<AuditEntry>, StorageError> {
    let rows = sqlx::query(
        "SELECT at, user, client, command, before, after FROM audit WHERE kind = ? AND id = ? ORDER BY no",
    )
    .bind(kind)
    .bind(id)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AuditEntry {
                at: Millis(row.try_get(0)?),
                user: row.try_get(1)?,
                client: row.try_get(2)?,
                command: row.try_get(3)?,
                before: row.try_get(4)?,
                after: row.try_get(5)?,
            })
        })
        .collect()
}

pub(super) async fn write(
    conn: &mut SqliteConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    for rows in work.audit.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO audit (at, user, client, mutation, command, kind, id, before, after) ",
        );
        sql.push_values(rows, |mut row, entry| {
            row.push_bind(entry.at.0)
                .push_bind(entry.user.to_string())
                .push_bind(entry.client.map(|c| c.to_string()))
                .push_bind(entry.mutation.map(|m| m.to_string()))
                .push_bind(entry.command.as_str())
                .push_bind(entry.kind)
                .push_bind(entry.id.as_str())
                .push_bind(entry.before.as_deref())
                .push_bind(entry.after.as_deref());
        });
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}
