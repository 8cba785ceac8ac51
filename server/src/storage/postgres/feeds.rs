//! SQL of feeds, for PostgreSQL: their versions, what they show, and reading them.

use crate::storage::StorageError;
use crate::storage::pull::{FeedRow, FeedRows, Limits, Pulled, Span, Wanted, pages};
use crate::storage::work_rows::{ClientRow, WorkRows};
use async_trait::async_trait;
use domain::{ClientId, Feed};
use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};
use std::collections::HashMap;

/// What is read together comes from one snapshot, never from a replica, which may lag behind.
pub(super) const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

pub(super) async fn pull(
    conn: &mut PgConnection,
    client: Option<ClientId>,
    wanted: Vec<Wanted>,
    limits: Limits,
) -> Result<Pulled, StorageError> {
    // Mostly there is nothing new, and one statement is a snapshot by itself.
    let (row, versions) = standing(conn, client, &wanted).await?;
    if news(wanted.clone(), &versions).is_empty() {
        return Ok(Pulled {
            client: row,
            ..Pulled::default()
        });
    }
    let mut snapshot = conn.begin_with(SNAPSHOT).await?;
    let (client, versions) = standing(&mut snapshot, client, &wanted).await?;
    let spans = news(wanted, &versions);
    let (feeds, more) = pages(&mut Rows(&mut snapshot), spans, limits).await?;
    snapshot.commit().await?;
    Ok(Pulled {
        client,
        feeds,
        more,
    })
}

/// What is to be read of the feeds that have something new.
fn news(wanted: Vec<Wanted>, versions: &HashMap<Feed, i64>) -> Vec<Span> {
    let spans = wanted.into_iter().filter_map(|want| {
        let version = versions.get(&want.feed).copied().unwrap_or(0);
        let version = version.cast_unsigned();
        (!want.is_up_to_date(version)).then(|| Span::of(want, version))
    });
    spans.collect()
}

/// The device's row and the feeds' versions, from one snapshot.
async fn standing(
    conn: &mut PgConnection,
    client: Option<ClientId>,
    wanted: &[Wanted],
) -> Result<(Option<ClientRow>, HashMap<Feed, i64>), StorageError> {
    let names: Vec<String> = wanted.iter().map(|w| w.feed.to_string()).collect();
    let rows = sqlx::query(
        "SELECT f.name, f.ver, c.\"user\", c.last_seq FROM (SELECT 1) one \
         LEFT JOIN feed f ON f.name = ANY($1) LEFT JOIN client c ON c.id = $2",
    )
    .bind(names)
    .bind(client.map(|c| c.to_string()))
    .fetch_all(conn)
    .await?;
    let mut versions = HashMap::with_capacity(rows.len());
    let mut client = None;
    for row in &rows {
        if row.try_get::<Option<&str>, _>(0)?.is_some() {
            let (feed, version) = version_of(row)?;
            versions.insert(feed, version);
        }
        if let (None, Some(user)) = (client, row.try_get::<Option<&str>, _>(2)?) {
            client = Some(ClientRow {
                user: user
                    .parse()
                    .map_err(|_| StorageError::Data(format!("client of user {user}")))?,
                last_seq: row.try_get::<i64, _>(3)?.try_into().unwrap_or(0),
            });
        }
    }
    Ok((client, versions))
}

pub(super) async fn versions(
    conn: &mut PgConnection,
    of: Option<&[Feed]>,
) -> Result<HashMap<Feed, i64>, StorageError> {
    let names: Option<Vec<String>> = of.map(|of| of.iter().map(ToString::to_string).collect());
    let rows = sqlx::query("SELECT name, ver FROM feed WHERE $1::text[] IS NULL OR name = ANY($1)")
        .bind(names)
        .fetch_all(conn)
        .await?;
    rows.iter().map(version_of).collect()
}

fn version_of(row: &PgRow) -> Result<(Feed, i64), StorageError> {
    let name: &str = row.try_get(0)?;
    let feed = name
        .parse()
        .map_err(|_| StorageError::Data(format!("feed {name}")))?;
    Ok((feed, row.try_get(1)?))
}

/// Raises the version of every feed that is touched, and shows there what is in it from that version on.
///
/// The rows of feeds are locked in the order of their names, and stay so until the commit: whoever raises a version next waits for
/// this one to be visible, so a feed's versions become visible in their order.
pub(super) async fn write(
    conn: &mut PgConnection,
    work: &WorkRows,
) -> Result<Vec<(Feed, i64)>, StorageError> {
    if work.placements.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "INSERT INTO feed (name, ver) SELECT name, 1 FROM unnest($1::text[]) WITH ORDINALITY t (name, n) \
         ORDER BY t.n ON CONFLICT (name) DO UPDATE SET ver = feed.ver + 1 RETURNING name, ver",
    )
    .bind(work.feeds())
    .fetch_all(&mut *conn)
    .await?;
    let versions: HashMap<Feed, i64> = rows.iter().map(version_of).collect::<Result<_, _>>()?;
    let placements = &work.placements;
    let version = |feed: &Feed| versions.get(feed).copied().unwrap_or(0) - work.stamped_early;
    sqlx::query(
        "INSERT INTO placement (feed, kind, id, ver, view) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) \
         ON CONFLICT (feed, kind, id) DO UPDATE SET ver = excluded.ver, view = excluded.view",
    )
    .bind(
        placements
            .iter()
            .map(|p| p.feed.to_string())
            .collect::<Vec<_>>(),
    )
    .bind(placements.iter().map(|p| p.kind).collect::<Vec<_>>())
    .bind(placements.iter().map(|p| p.id.as_str()).collect::<Vec<_>>())
    .bind(
        placements
            .iter()
            .map(|p| version(&p.feed))
            .collect::<Vec<_>>(),
    )
    .bind(placements.iter().map(|p| p.view).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(versions.into_iter().collect())
}

/// The rows of one snapshot.
struct Rows<'a>(&'a mut PgConnection);

#[async_trait]
impl FeedRows for Rows<'_> {
    async fn of_one(&mut self, span: &Span, limit: i64) -> Result<Vec<FeedRow>, StorageError> {
        let rows = sqlx::query(
            "SELECT p.ver, p.kind, p.id, p.view, CASE p.view WHEN 2 THEN e.body WHEN 1 THEN e.public END \
             FROM placement p LEFT JOIN entity e ON e.kind = p.kind AND e.id = p.id \
             WHERE p.feed = $1 AND (p.ver, p.kind, p.id) > ($2, $3, $4) AND p.ver <= $7 \
             AND p.view >= $5 \
             ORDER BY p.ver, p.kind, p.id LIMIT $6",
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
             FROM (SELECT w.n, p.ver, p.kind, p.id, p.view \
               FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) \
                 WITH ORDINALITY w (feed, after_ver, after_kind, after_id, to_ver, least_view, n) \
               CROSS JOIN LATERAL (SELECT * FROM placement p WHERE p.feed = w.feed \
                 AND (p.ver, p.kind, p.id) > (w.after_ver, w.after_kind, w.after_id) \
                 AND p.ver <= w.to_ver AND p.view >= w.least_view \
                 ORDER BY p.ver, p.kind, p.id LIMIT $7) p \
               ORDER BY w.n, p.ver, p.kind, p.id LIMIT $7) f \
             LEFT JOIN entity e ON e.kind = f.kind AND e.id = f.id \
             ORDER BY f.n, f.ver, f.kind, f.id",
        )
        .bind(spans.iter().map(|s| s.feed.to_string()).collect::<Vec<_>>())
        .bind(spans.iter().map(|s| s.after_ver).collect::<Vec<_>>())
        .bind(spans.iter().map(|s| s.after_kind.as_str()).collect::<Vec<_>>())
        .bind(spans.iter().map(|s| s.after_id.as_str()).collect::<Vec<_>>())
        .bind(spans.iter().map(|s| s.to_ver.cast_signed()).collect::<Vec<_>>())
        .bind(spans.iter().map(|s| s.least_view).collect::<Vec<_>>())
        .bind(limit)
        .fetch_all(&mut *self.0)
        .await?;
        let mut found: HashMap<usize, Vec<FeedRow>> = HashMap::new();
        for row in &rows {
            // Ordinality counts from one.
            let place = usize::try_from(row.try_get::<i64, _>(5)? - 1).unwrap_or(usize::MAX);
            found.entry(place).or_default().push(feed_row(row)?);
        }
        Ok(found)
    }
}

fn feed_row(row: &PgRow) -> Result<FeedRow, StorageError> {
    Ok(FeedRow {
        ver: row.try_get(0)?,
        kind: row.try_get(1)?,
        id: row.try_get(2)?,
        view: row.try_get(3)?,
        body: row.try_get(4)?,
    })
}
