//! SQL of entities, for PostgreSQL.

use super::projections;
use crate::storage::StorageError;
use crate::storage::work_rows::{ChangedEntity, EntityRow, WorkRows};
use domain::Key;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

pub(super) async fn read(
    conn: &mut PgConnection,
    keys: &[Key],
) -> Result<Vec<EntityRow>, StorageError> {
    let (kinds, ids) = columns(keys);
    let rows = sqlx::query(
        "SELECT e.kind, e.id, e.rev, e.body FROM entity e \
         JOIN unnest($1::text[], $2::text[]) k (kind, id) ON e.kind = k.kind AND e.id = k.id",
    )
    .bind(kinds)
    .bind(ids)
    .fetch_all(conn)
    .await?;
    rows.iter().map(entity_row).collect()
}

/// Rows are locked in the order in which they are given out, so in that of their keys.
pub(super) async fn lock(
    conn: &mut PgConnection,
    keys: &[Key],
) -> Result<Vec<EntityRow>, StorageError> {
    let (kinds, ids) = columns(keys);
    let rows = sqlx::query(
        "SELECT e.kind, e.id, e.rev, e.body FROM entity e \
         WHERE (e.kind, e.id) IN (SELECT * FROM unnest($1::text[], $2::text[])) \
         ORDER BY e.kind, e.id FOR UPDATE OF e",
    )
    .bind(kinds)
    .bind(ids)
    .fetch_all(conn)
    .await?;
    rows.iter().map(entity_row).collect()
}

fn columns(keys: &[Key]) -> (Vec<&'static str>, Vec<String>) {
    keys.iter().map(|key| (key.kind().name(), key.id())).unzip()
}

fn entity_row(row: &PgRow) -> Result<EntityRow, StorageError> {
    let (kind, id): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    Ok(EntityRow {
        key: Key::parse(&kind, &id).map_err(|e| StorageError::Data(e.to_string()))?,
        rev: row.try_get(2)?,
        body: row.try_get(3)?,
    })
}

/// A new entity is inserted and nothing else: if another server was faster, that is an error and the transaction is repeated.
/// The others are locked by this transaction.
pub(super) async fn write(conn: &mut PgConnection, work: &WorkRows) -> Result<(), StorageError> {
    let mut new: Vec<&ChangedEntity> = work.entities.iter().filter(|e| e.rev == 1).collect();
    new.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    let known: Vec<&ChangedEntity> = work.entities.iter().filter(|e| e.rev != 1).collect();
    write_as(
        conn,
        "INSERT INTO entity (kind, id, rev, body, public) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])",
        &new,
    )
    .await?;
    write_as(
        conn,
        "UPDATE entity e SET rev = t.rev, body = t.body, public = t.public \
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[]) \
           t (kind, id, rev, body, public) WHERE e.kind = t.kind AND e.id = t.id",
        &known,
    )
    .await?;
    projections::write(conn, &work.projections).await
}

async fn write_as(
    conn: &mut PgConnection,
    sql: &'static str,
    rows: &[&ChangedEntity],
) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(sql)
        .bind(rows.iter().map(|r| r.kind).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.rev).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.body.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.public.as_deref()).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}
