//! SQL of what entities are found by, for PostgreSQL: rows in `projection` with their terms.

use super::installation;
use crate::storage::StorageError;
use crate::storage::projection::{ProjectionRow, TERMS_KEY, TERMS_LAYOUT};
use sqlx::{Connection, PgConnection, Row};

/// How many rows are indexed at a time.
const ROWS: i64 = 1_000;

pub(super) async fn write(
    conn: &mut PgConnection,
    rows: &[ProjectionRow],
) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    // An array of arrays must be a rectangle, so each row's terms travel as one text; no term has white space in it.
    sqlx::query(
        "INSERT INTO projection (kind, id, region, topic, stage, updated_at, text, terms) \
         SELECT kind, id, region, topic, stage, updated_at, text, string_to_array(terms, ' ') \
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[]) \
           t (kind, id, region, topic, stage, updated_at, text, terms) \
         ON CONFLICT (kind, id) DO UPDATE SET region = excluded.region, topic = excluded.topic, \
         stage = excluded.stage, updated_at = excluded.updated_at, text = excluded.text, terms = excluded.terms",
    )
    .bind(rows.iter().map(|r| r.kind.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.region).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.topic.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.stage.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.updated_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.text.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.terms().join(" ")).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the terms of every row, if the database has none or those of another layout: after the migration that brought them, and after a
/// change of [`ProjectionRow::terms`]. One server does it while others that start wait; a million rows take some minutes, once.
pub(super) async fn index(conn: &mut PgConnection) -> Result<(), StorageError> {
    if is_indexed(conn).await? {
        return Ok(());
    }
    let mut transaction = conn.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('xiangdan terms'))")
        .execute(&mut *transaction)
        .await?;
    if is_indexed(&mut transaction).await? {
        return Ok(());
    }
    let mut after = (String::new(), String::new());
    loop {
        // Locked, so that what another server writes meanwhile is not overwritten with what it was.
        let found = sqlx::query(
            "SELECT kind, id, region, topic, stage, updated_at, text FROM projection \
             WHERE (kind, id) > ($1, $2) ORDER BY kind, id LIMIT $3 FOR UPDATE",
        )
        .bind(&after.0)
        .bind(&after.1)
        .bind(ROWS)
        .fetch_all(&mut *transaction)
        .await?;
        let found = found.iter().map(|row| {
            Ok::<_, StorageError>(ProjectionRow {
                kind: row.try_get(0)?,
                id: row.try_get(1)?,
                region: row.try_get(2)?,
                topic: row.try_get(3)?,
                stage: row.try_get(4)?,
                updated_at: row.try_get(5)?,
                text: row.try_get(6)?,
            })
        });
        let rows: Vec<ProjectionRow> = found.collect::<Result<_, _>>()?;
        let Some(last) = rows.last() else { break };
        after = (last.kind.clone(), last.id.clone());
        write(&mut transaction, &rows).await?;
    }
    installation::set_meta(&mut transaction, TERMS_KEY, TERMS_LAYOUT).await?;
    transaction.commit().await?;
    // Without statistics the planner takes every term for rare.
    sqlx::query("ANALYZE projection").execute(conn).await?;
    Ok(())
}

async fn is_indexed(conn: &mut PgConnection) -> Result<bool, StorageError> {
    let layout = installation::meta(conn, TERMS_KEY).await?;
    Ok(layout.as_deref() == Some(TERMS_LAYOUT))
}
