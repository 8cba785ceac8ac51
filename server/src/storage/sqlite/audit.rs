//! SQL of the audit trail, for SQLite.

use super::{ROWS, run};
use crate::storage::StorageError;
use crate::storage::audit::{KeptEntry, KeptTrail, TrailQuery, TrailRow};
use crate::storage::chain::{Head, LANE, Lanes};
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
        "SELECT at, user, client, command, before, after, change, refused FROM audit WHERE kind = ? AND id = ? ORDER BY no",
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

pub(super) async fn write(
    conn: &mut SqliteConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    for rows in work.audit.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO audit (at, user, client, mutation, command, kind, id, after, change, region, refused, lane, link, hash) ",
        );
        sql.push_values(rows, |mut row, chained| {
            let entry = &chained.row;
            row.push_bind(entry.at.0)
                .push_bind(entry.user.map(|u| u.to_string()))
                .push_bind(entry.client.map(|c| c.to_string()))
                .push_bind(entry.mutation.map(|m| m.to_string()))
                .push_bind(entry.command.as_str())
                .push_bind(entry.kind.as_ref())
                .push_bind(entry.id.as_str())
                .push_bind(entry.after.as_deref())
                .push_bind(entry.change.as_deref())
                .push_bind(entry.region.map(|r| r.number().cast_signed()))
                .push_bind(entry.refused.as_deref())
                .push_bind(chained.lane.as_str())
                .push_bind(chained.link)
                .push_bind(chained.hash.as_str());
        });
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}

pub(super) async fn page(
    conn: &mut SqliteConnection,
    query: &TrailQuery,
) -> Result<Vec<TrailRow>, StorageError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "SELECT a.no, a.at, a.user, u.actor, a.client, a.command, a.kind, a.id, a.before, a.after, a.change, a.refused, e.kind, e.body \
         FROM audit a LEFT JOIN user u ON u.id = a.user LEFT JOIN entity e ON e.id = a.id AND (e.kind = a.kind \
         OR a.kind = 'contact' AND e.kind IN ('need', 'order', 'pick', 'supply')) WHERE TRUE",
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
        ("user", &query.user),
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

pub(super) async fn lanes(conn: &mut SqliteConnection) -> Result<Lanes, StorageError> {
    let rows = sqlx::query(
        "SELECT l.lane, l.link, l.hash, o.after FROM audit o \
         JOIN audit l ON l.lane = o.id AND l.link = (SELECT max(link) FROM audit WHERE lane = o.id) WHERE o.kind = ?",
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
