use super::{Database, StorageError};
use domain::{Feed, Visibility};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};
use std::collections::HashMap;
use sync::wire::{Cursor, FeedPage, Json, Row as WireRow};

/// A feed to read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which.
    pub feed: Feed,
    /// How far the device has it; `None` if not at all.
    pub cursor: Option<Cursor>,
    /// The version it is known to have; it may have a later one by now.
    pub version: u64,
    /// Whether what the device has of it is to be forgotten whatever the cursor says.
    pub reset: bool,
}

/// How much one answer carries at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows.
    pub rows: usize,
    /// Bytes of bodies; one row more may come on top.
    pub bytes: usize,
}

/// On a village's line a page should arrive within seconds: a megabyte is about 200 kB compressed.
impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 1_000,
            bytes: 1 << 20,
        }
    }
}

impl Database {
    /// What these feeds hold beyond the cursors, all from one snapshot, and whether more is waiting.
    pub async fn pull(
        &self,
        wanted: Vec<Wanted>,
        limits: Limits,
    ) -> Result<(Vec<FeedPage>, bool), StorageError> {
        let mut conn = self.reading.acquire().await?;
        if let [want] = &wanted[..]
            && want.cursor.as_ref().is_none_or(|c| c.ver <= want.version)
        {
            // The commonest case, a device that hears of its own change: one statement is a snapshot by itself.
            let mut left = limits;
            let span = Span::of(want.clone(), want.version);
            let rows = rows_of(&mut conn, &span, left.rows).await?;
            let page = page(&span, rows, &mut left)?;
            let more = !page.complete;
            return Ok((vec![page], more));
        }
        let mut snapshot = conn.begin().await?;
        let versions = versions(&mut snapshot, &wanted).await?;
        let spans: Vec<Span> = wanted
            .into_iter()
            .map(|want| {
                let version = versions.get(&want.feed).copied().unwrap_or(0);
                Span::of(want, version)
            })
            .collect();
        let mut left = limits;
        let mut pages = Vec::with_capacity(spans.len());
        let mut more = false;
        // Whoever has every feed mostly misses little: one statement finds all of it. Of much it would order all to give a page.
        let mut found = if spans.iter().all(|span| span.after_ver > 1) {
            Some(rows_of_all(&mut snapshot, &spans, left.rows).await?)
        } else {
            None
        };
        for (n, span) in spans.into_iter().enumerate() {
            if left.rows == 0 || left.bytes == 0 {
                more = true;
                break;
            }
            let rows = match &mut found {
                Some(found) => found.remove(&n).unwrap_or_default(),
                None => rows_of(&mut snapshot, &span, left.rows).await?,
            };
            let page = page(&span, rows, &mut left)?;
            more |= !page.complete;
            pages.push(page);
        }
        snapshot.commit().await?;
        Ok((pages, more))
    }
}

/// The first statement fixes the snapshot that all later ones see.
async fn versions(
    conn: &mut SqliteConnection,
    wanted: &[Wanted],
) -> Result<HashMap<Feed, u64>, StorageError> {
    let names: Vec<Feed> = wanted.iter().map(|w| w.feed).collect();
    let rows =
        sqlx::query("SELECT name, ver FROM feed WHERE name IN (SELECT value FROM json_each(?))")
            .bind(serde_json::to_string(&names)?)
            .fetch_all(conn)
            .await?;
    rows.iter()
        .map(|row| {
            let name: String = row.try_get(0)?;
            let feed = name
                .parse()
                .map_err(|_| StorageError::Data(format!("feed {name}")))?;
            Ok((feed, row.try_get::<i64, _>(1)?.cast_unsigned()))
        })
        .collect()
}

/// Which rows of a feed are wanted.
#[derive(Debug, Serialize)]
struct Span {
    feed: Feed,
    #[serde(skip)]
    reset: bool,
    /// After this place in the order of versions, kinds and ids,
    after_ver: i64,
    after_kind: String,
    after_id: String,
    /// up to this version.
    to_ver: u64,
    /// The least view: whoever starts from nothing need not hear what is gone.
    least_view: i64,
}

impl Span {
    fn of(want: Wanted, version: u64) -> Self {
        // A cursor ahead of the feed comes from data that is gone, such as before a backup was restored.
        let ahead = want.cursor.as_ref().is_some_and(|c| c.ver > version);
        let reset = want.reset || ahead;
        let from = want.cursor.filter(|_| !reset).unwrap_or_default();
        let least_view = i64::from(from == Cursor::default());
        let (after_ver, (after_kind, after_id)) = match from.within {
            Some(within) => (from.ver, within),
            None => (from.ver.saturating_add(1), Default::default()),
        };
        Self {
            feed: want.feed,
            reset,
            after_ver: after_ver.cast_signed(),
            after_kind,
            after_id,
            to_ver: version,
            least_view,
        }
    }
}

/// One row more than there is room for tells that more is waiting.
fn limit(room: usize) -> i64 {
    i64::try_from(room + 1).unwrap_or(i64::MAX)
}

async fn rows_of(
    conn: &mut SqliteConnection,
    span: &Span,
    room: usize,
) -> Result<Vec<SqliteRow>, StorageError> {
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
    .bind(limit(room))
    .bind(span.to_ver.cast_signed())
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The rows of many feeds, by the feed's place, until there is no more room.
async fn rows_of_all(
    conn: &mut SqliteConnection,
    spans: &[Span],
    room: usize,
) -> Result<HashMap<usize, Vec<SqliteRow>>, StorageError> {
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
    .bind(limit(room))
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<usize, Vec<SqliteRow>> = HashMap::new();
    for row in rows {
        let place = usize::try_from(row.try_get::<i64, _>(5)?).unwrap_or(usize::MAX);
        found.entry(place).or_default().push(row);
    }
    Ok(found)
}

/// The page of these rows, as far as there is room.
fn page(span: &Span, rows: Vec<SqliteRow>, left: &mut Limits) -> Result<FeedPage, StorageError> {
    let mut page = FeedPage {
        feed: span.feed.to_string(),
        reset: span.reset,
        rows: Vec::with_capacity(rows.len()),
        cursor: Cursor::after(span.to_ver),
        complete: true,
    };
    for row in rows {
        if left.rows == 0 || left.bytes == 0 {
            page.complete = false;
            if let Some(last) = page.rows.last() {
                page.cursor = Cursor {
                    ver: last.ver,
                    within: Some((last.kind.clone(), last.id.clone())),
                };
            }
            break;
        }
        let body: Option<String> = row.try_get(4)?;
        left.rows -= 1;
        left.bytes = left
            .bytes
            .saturating_sub(body.as_ref().map_or(0, String::len));
        let view = match row.try_get(3)? {
            2_i64 => Visibility::Full,
            1 => Visibility::Public,
            _ => Visibility::Gone,
        };
        page.rows.push(WireRow {
            ver: row.try_get::<i64, _>(0)?.cast_unsigned(),
            kind: row.try_get(1)?,
            id: row.try_get(2)?,
            view,
            body: body.map(Json::new).transpose()?,
        });
    }
    Ok(page)
}
