//! SQL of the audit trail, for PostgreSQL.

use crate::storage::StorageError;
use crate::storage::audit::{KeptEntry, KeptTrail, TrailQuery, TrailRow};
use crate::storage::chain::{Head, LANE, Lanes};
use crate::storage::work_rows::{AuditRow, WorkRows};
use domain::Millis;
use sqlx::{Connection, PgConnection, Postgres, QueryBuilder, Row};

pub(super) async fn trail(
    conn: &mut PgConnection,
    kind: &str,
    id: &str,
) -> Result<KeptTrail, StorageError> {
    let mut snapshot = conn.begin_with(super::feeds::SNAPSHOT).await?;
    let rows = sqlx::query(
        "SELECT at, \"user\", client, command, before, after, change, refused FROM audit \
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
                user: row.try_get::<Option<String>, _>(1)?.unwrap_or_default(),
                client: row.try_get(2)?,
                command: row.try_get(3)?,
                before: row.try_get(4)?,
                after: row.try_get(5)?,
                change: row.try_get(6)?,
                is_refused: row.try_get::<Option<String>, _>(7)?.is_some(),
            })
        })
        .collect::<Result<_, _>>()?;
    let body = body.map(|row| row.try_get(0)).transpose()?;
    Ok(KeptTrail { entries, body })
}

pub(super) async fn write(conn: &mut PgConnection, work: &WorkRows) -> Result<(), StorageError> {
    let rows: Vec<&AuditRow> = work.audit.iter().map(|chained| &chained.row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    // The numbers follow the order of the array.
    sqlx::query(
        "INSERT INTO audit (at, \"user\", client, mutation, command, kind, id, after, change, region, refused, lane, link, hash) \
         SELECT t.at, t.who, t.client, t.mutation, t.command, t.kind, t.id, t.after, t.change, t.region, t.refused, \
           t.lane, t.link, t.hash \
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], \
           $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::bigint[], $14::text[]) WITH ORDINALITY \
           AS t (at, who, client, mutation, command, kind, id, after, change, region, refused, lane, link, hash, n) ORDER BY t.n",
    )
    .bind(rows.iter().map(|r| r.at.0).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|r| r.user.map(|u| u.to_string()))
            .collect::<Vec<_>>(),
    )
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
    .bind(rows.iter().map(|r| r.kind.as_ref()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.after.as_deref()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.change.as_deref()).collect::<Vec<_>>())
    .bind(
        rows.iter()
            .map(|r| r.region.map(|region| region.number().cast_signed()))
            .collect::<Vec<_>>(),
    )
    .bind(rows.iter().map(|r| r.refused.as_deref()).collect::<Vec<_>>())
    .bind(work.audit.iter().map(|r| r.lane.as_str()).collect::<Vec<_>>())
    .bind(work.audit.iter().map(|r| r.link).collect::<Vec<_>>())
    .bind(work.audit.iter().map(|r| r.hash.as_str()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn page(
    conn: &mut PgConnection,
    query: &TrailQuery,
) -> Result<Vec<TrailRow>, StorageError> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "SELECT a.no, a.at, a.\"user\", u.actor, a.client, a.command, a.kind, a.id, a.before, a.after, a.change, a.refused, e.kind, e.body \
         FROM audit a LEFT JOIN \"user\" u ON u.id = a.\"user\" LEFT JOIN entity e ON e.id = a.id AND e.kind = ANY (CASE a.kind \
         WHEN 'contact' THEN ARRAY['need', 'order', 'pick', 'supply'] ELSE ARRAY[a.kind] END) WHERE TRUE",
    );
    if let Some((codes, region)) = query.area() {
        // The number stands in the text, as in the index on the same expression.
        sql.push(format!(" AND a.region / {codes} = "))
            .push_bind(region);
    } else if query.in_some_region() {
        sql.push(" AND a.region IS NOT NULL");
    }
    if let Some(from) = query.from {
        sql.push(" AND a.at >= ").push_bind(from.0);
    }
    if let Some(until) = query.until {
        sql.push(" AND a.at < ").push_bind(until.0);
    }
    for (column, value) in [
        ("\"user\"", &query.user),
        ("command", &query.command),
        ("kind", &query.kind),
        ("id", &query.id),
    ] {
        if let Some(value) = value {
            sql.push(format!(" AND a.{column} = "))
                .push_bind(value.as_str());
        }
    }
    match query.refused {
        Some(true) => drop(sql.push(" AND a.refused IS NOT NULL")),
        Some(false) => drop(sql.push(" AND a.refused IS NULL")),
        None => {}
    }
    if let Some(before) = query.before {
        sql.push(" AND a.no < ").push_bind(before);
    }
    sql.push(" ORDER BY a.no DESC LIMIT ")
        .push_bind(query.limit);
    let rows = sql.build().fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(TrailRow {
                no: row.try_get(0)?,
                at: Millis(row.try_get(1)?),
                user: row.try_get(2)?,
                actor: row.try_get(3)?,
                client: row.try_get(4)?,
                command: row.try_get(5)?,
                kind: row.try_get(6)?,
                id: row.try_get(7)?,
                before: row.try_get(8)?,
                after: row.try_get(9)?,
                change: row.try_get(10)?,
                refused: row.try_get(11)?,
                of: row.try_get(12)?,
                body: row.try_get(13)?,
            })
        })
        .collect()
}

pub(super) async fn lanes(conn: &mut PgConnection) -> Result<Lanes, StorageError> {
    let rows = sqlx::query(
        "SELECT l.lane, l.link, l.hash, o.after FROM audit o \
         JOIN audit l ON l.lane = o.id AND l.link = (SELECT max(link) FROM audit WHERE lane = o.id) WHERE o.kind = $1",
    )
    .bind(LANE)
    .fetch_all(&mut *conn)
    .await?;
    let found = rows
        .iter()
        .map(|row| {
            let (lane, link, hash) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok((Head { lane, link, hash }, row.try_get(3)?))
        })
        .collect::<Result<Vec<_>, StorageError>>()?;
    let unchained = match found.is_empty() {
        true => {
            sqlx::query_scalar("SELECT count(*) FROM audit WHERE lane IS NULL")
                .fetch_one(conn)
                .await?
        }
        false => 0,
    };
    Ok(Lanes { found, unchained })
}
