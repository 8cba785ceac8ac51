//! SQL of feeds, for SQLite: their versions, what they show, and reading them.

use super::{ROWS, run, verdicts};
use crate::storage::StorageError;
use crate::storage::pull::{FeedRow, FeedRows, Limits, Pulled, Span, Wanted, pages};
use crate::storage::work_rows::WorkRows;
use async_trait::async_trait;
use domain::{ClientId, Feed};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::HashMap;

pub(super) async fn pull(
    conn: &mut SqliteConnection,
    client: Option<ClientId>,
    wanted: Vec<Wanted>,
    limits: Limits,
) -> Result<Pulled, StorageError> {
    if let ([want], None) = (&wanted[..], client)
        && let Some(version) = want.version
        && want.cursor.as_ref().is_none_or(|c| c.ver <= version)
    {
        // The commonest case, a device that hears of its own change: one statement is a snapshot by itself.
        let spans = vec![Span::of(want.clone(), version)];
        let (feeds, more) = pages(&mut Rows(conn), spans, limits).await?;
        return Ok(Pulled {
            client: None,
            feeds,
            more,
        });
    }
    let mut snapshot = conn.begin().await?;
    // The first statement fixes the snapshot that all later ones see.
    let names: Vec<Feed> = wanted.iter().map(|w| w.feed).collect();
    let versions = versions(&mut snapshot, Some(&names)).await?;
    let client = match client {
        Some(client) => verdicts::client(&mut snapshot, client).await?,
        None => None,
    };
    let spans = wanted
        .into_iter()
        .filter_map(|want| {
            let version = versions.get(&want.feed).copied().unwrap_or(0);
            let version = version.cast_unsigned();
            (!want.is_up_to_date(version)).then(|| Span::of(want, version))
        })
        .collect();
    let (feeds, more) = pages(&mut Rows(&mut snapshot), spans, limits).await?;
    snapshot.commit().await?;
    Ok(Pulled {
        client,
        feeds,
        more,
    })
}

pub(super) async fn versions(
    conn: &mut SqliteConnection,
    of: Option<&[Feed]>,
) -> Result<HashMap<Feed, i64>, StorageError> {
    let rows = match of {
        None => {
            sqlx::query("SELECT name, ver FROM feed")
                .fetch_all(conn)
                .await?
        }
        Some(feeds) => {
            sqlx::query("SELECT name, ver FROM feed WHERE name IN (SELECT value FROM json_each(?))")
                .bind(serde_json::to_string(feeds)?)
                .fetch_all(conn)
                .await?
        }
    };
    rows.iter().map(version_of).collect()
}

fn version_of(row: &SqliteRow) -> Result<(Feed, i64), StorageError> {
    let name: String = row.try_get(0)?;
    let feed = name
        .parse()
        .map_err(|_| StorageError::Data(format!("feed {name}")))?;
    Ok((feed, row.try_get(1)?))
}

/// Raises the version of every feed that is touched, and shows there what is in it from that version on.
pub(super) async fn write(
    conn: &mut SqliteConnection,
    work: &WorkRows,
) -> Result<Vec<(Feed, i64)>, StorageError> {
    let names = work.feeds();
    let mut versions = HashMap::with_capacity(names.len());
    for names in names.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO feed (name, ver) ");
        sql.push_values(names, |mut row, name| {
            row.push_bind(name).push_bind(1_i64);
        });
        sql.push(" ON CONFLICT (name) DO UPDATE SET ver = ver + 1 RETURNING name, ver");
        let rows = sql
            .build()
            .persistent(names.len() <= 8)
            .fetch_all(&mut *conn)
            .await?;
        for row in &rows {
            let (feed, version) = version_of(row)?;
            versions.insert(feed, version);
        }
    }
    for placements in work.placements.chunks(ROWS) {
        let mut sql =
            QueryBuilder::<Sqlite>::new("INSERT INTO placement (feed, kind, id, ver, view) ");
        sql.push_values(placements, |mut row, placement| {
            let version = versions.get(&placement.feed).copied().unwrap_or(0);
            row.push_bind(placement.feed.to_string())
                .push_bind(placement.kind)
                .push_bind(placement.id.as_str())
                .push_bind(version - work.stamped_early)
                .push_bind(placement.view);
        });
        sql.push(
            " ON CONFLICT (feed, kind, id) DO UPDATE SET ver = excluded.ver, view = excluded.view",
        );
        run(sql, conn, placements.len()).await?;
    }
    Ok(versions.into_iter().collect())
}

/// The rows of one snapshot.
struct Rows<'a>(&'a mut SqliteConnection);

#[async_trait]
impl FeedRows for Rows<'_> {
    async fn of_one(&mut self, span: &Span, limit: i64) -> Result<Vec<FeedRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT p.ver, p.kind, p.id, p.view, CASE p.view WHEN 2 THEN e.body WHEN 1 THEN e.public END \
             FROM placement p LEFT JOIN entity e ON e.kind = p.kind AND e.id = p.id \
             WHERE p.feed = ?1 AND (p.ver, p.kind, p.id) > (?2, ?3, ?4) AND p.ver <= ?7 \
             AND p.view >= ?5 \
             ORDER BY p.ver, p.kind, p.id LIMIT ?6",
        )
        .bind(span.feed.to_string())
        .bind(span.after_ver)
        .bind(&span.after_kind)
        .bind(&span.after_id)
        .bind(span.least_view)
        .bind(limit)
        .bind(span.to_ver.cast_signed())
        .fetch_all(&mut *self.0)
        .await?;
        rows.iter().map(feed_row).collect()
    }

    async fn of_all(
        &mut self,
        spans: &[Span],
        limit: i64,
    ) -> Result<HashMap<usize, Vec<FeedRow>>, StorageError> {
        let rows = sqlx::query(
            "SELECT f.ver, f.kind, f.id, f.view, CASE f.view WHEN 2 THEN e.body WHEN 1 THEN e.public END, f.n \
             FROM (SELECT j.key AS n, p.ver, p.kind, p.id, p.view \
               FROM json_each(?1) j CROSS JOIN placement p \
               WHERE p.feed = j.value ->> 'feed' \
               AND (p.ver, p.kind, p.id) > (j.value ->> 'after_ver', j.value ->> 'after_kind', j.value ->> 'after_id') \
               AND p.ver <= j.value ->> 'to_ver' AND p.view >= j.value ->> 'least_view' \
               ORDER BY n, p.ver, p.kind, p.id LIMIT ?2) f \
             LEFT JOIN entity e ON e.kind = f.kind AND e.id = f.id \
             ORDER BY f.n, f.ver, f.kind, f.id",
        )
        .bind(serde_json::to_string(spans)?)
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        let mut found: HashMap<usize, Vec<FeedRow>> = HashMap::new();
        for row in &rows {
            let place = usize::try_from(row.try_get::<i64, _>(5)?).unwrap_or(usize::MAX);
            found.entry(place).or_default().push(feed_row(row)?);
        }
        Ok(found)
    }
}

fn feed_row(row: &SqliteRow) -> Result<FeedRow, StorageError> {
    Ok(FeedRow {
        ver: row.try_get(0)?,
        kind: row.try_get(1)?,
        id: row.try_get(2)?,
        view: row.try_get(3)?,
        body: row.try_get(4)?,
    })
}
