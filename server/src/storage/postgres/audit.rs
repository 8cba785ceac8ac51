//! SQL of the audit trail, for PostgreSQL.

use crate::storage::StorageError;
use crate::storage::audit::{KeptEntry, KeptTrail};
use crate::storage::work_rows::WorkRows;
use domain::Millis;
use sqlx::{Connection, PgConnection, Row};

pub(super) async fn trail(
    conn: &mut PgConnection,
    kind: &str,
    id: &str,
) -> Result<KeptTrail, StorageError> {
    let mut snapshot = conn.begin_with(super::feeds::SNAPSHOT).await?;
    let rows = sqlx::query(
        "SELECT at, \"user\", client, command, before, after, change FROM audit \
         WHERE kind = $1 AND id = $2 ORDER BY no",
    )
    .bind(kind)
    .bind(id)
    .fetch_all(&mut *snapshot)
    .await?;
    let body = sqlx::query("SELECT body FROM entity WHERE kind = $1 AND id = $2")
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

pub(super) async fn write(conn: &mut PgConnection, work: &WorkRows) -> Result<(), StorageError> {
    let rows = &work.audit;
    if rows.is_empty() {
        return Ok(());
    }
    // The numbers follow the order of the array.
    sqlx::query(
        "INSERT INTO audit (at, \"user\", client, mutation, command, kind, id, after, change) \
         SELECT t.at, t.who, t.client, t.mutation, t.command, t.kind, t.id, t.after, t.change \
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], \
           $8::text[], $9::text[]) WITH ORDINALITY \
           AS t (at, who, client, mutation, command, kind, id, after, change, n) ORDER BY t.n",
    )
    .bind(rows.iter().map(|r| r.at.0).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.user.to_string()).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|r| r.client.map(|c| c.to_string()))
            .collect::<Vec<_>>(),
    )
    .bind(
        rows.iter()
            .map(|r| r.mutation.map(|m| m.to_string()))
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|r| r.command.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.kind).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.after.as_deref()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.change.as_deref()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}
