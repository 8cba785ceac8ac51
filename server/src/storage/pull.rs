use super::{Database, StorageError};
use domain::{Feed, View};
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
            let page = page(&mut conn, want.clone(), want.version, &mut left).await?;
            let more = !page.complete;
            return Ok((vec![page], more));
        }
        let mut snapshot = conn.begin().await?;
        let versions = versions(&mut snapshot, &wanted).await?;
        let mut left = limits;
        let mut pages = Vec::with_capacity(wanted.len());
        let mut more = false;
        for want in wanted {
            if left.rows == 0 || left.bytes == 0 {
                more = true;
                break;
            }
            let version = versions.get(&want.feed).copied().unwrap_or(0);
            let page = page(&mut snapshot, want, version, &mut left).await?;
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

async fn page(
    conn: &mut SqliteConnection,
    want: Wanted,
    version: u64,
    left: &mut Limits,
) -> Result<FeedPage, StorageError> {
    // A cursor ahead of the feed comes from data that is gone, such as before a backup was restored.
    let ahead = want.cursor.as_ref().is_some_and(|c| c.ver > version);
    let reset = want.reset || ahead;
    let from = want.cursor.filter(|_| !reset).unwrap_or_default();
    // Whoever starts from nothing need not hear what is gone.
    let gone_from = if from == Cursor::default() {
        i64::from(true)
    } else {
        0
    };
    let (after_ver, (after_kind, after_id)) = match from.within {
        Some(within) => (from.ver, within),
        None => (from.ver.saturating_add(1), Default::default()),
    };
    let rows = sqlx::query(
        "SELECT p.ver, p.kind, p.id, p.view, CASE p.view WHEN 2 THEN e.body WHEN 1 THEN e.public END \
         FROM placement p LEFT JOIN entity e ON e.kind = p.kind AND e.id = p.id \
         WHERE p.feed = ?1 AND (p.ver, p.kind, p.id) > (?2, ?3, ?4) AND p.ver <= ?7 \
         AND p.view >= ?5 \
         ORDER BY p.ver, p.kind, p.id LIMIT ?6",
    )
    .bind(want.feed.to_string())
    .bind(after_ver.cast_signed())
    .bind(after_kind)
    .bind(after_id)
    .bind(gone_from)
    .bind(i64::try_from(left.rows + 1).unwrap_or(i64::MAX))
    .bind(version.cast_signed())
    .fetch_all(conn)
    .await?;
    let mut page = FeedPage {
        feed: want.feed,
        reset,
        rows: Vec::with_capacity(rows.len()),
        cursor: Cursor::after(version),
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
            2_i64 => View::Full,
            1 => View::Public,
            _ => View::Gone,
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
