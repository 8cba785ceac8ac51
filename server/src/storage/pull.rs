//! Keyset paging through feeds: what a device has not seen yet, in the order of versions, kinds and identifiers.

use super::StorageError;
use super::work_rows::ClientRow;
use async_trait::async_trait;
use domain::{Feed, Visibility};
use serde::Serialize;
use std::collections::HashMap;
use sync::wire::{Cursor, FeedPage, Json, Row as WireRow};

/// A feed to read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which.
    pub feed: Feed,
    /// How far the device has it; `None` if not at all.
    pub cursor: Option<Cursor>,
    /// The version it is known to have; it may have a later one by now. Known only to the sole writer.
    pub version: Option<u64>,
    /// Whether what the device has of it is to be forgotten whatever the cursor says.
    pub reset: bool,
}

impl Wanted {
    /// Whether there is nothing to tell of it when it has this version.
    #[must_use]
    pub fn is_up_to_date(&self, version: u64) -> bool {
        !self.reset && self.cursor.as_ref() == Some(&Cursor::after(version))
    }
}

/// How much one answer carries at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows.
    pub rows: usize,
    /// Bytes of bodies; one row more may come on top.
    pub bytes: usize,
}

/// An answer carries at least this many bytes, however few are asked for, so that nobody asks for ever.
const LEAST_BYTES: usize = 4 * 1024;
/// A row is hardly ever shorter than this: a page of few bytes need not look at many.
const ROW_BYTES: usize = 256;

impl Limits {
    /// These limits, and no more bytes than a device with a bad line asks for.
    #[must_use]
    pub fn at_most(self, bytes: Option<u32>) -> Self {
        let asked = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let bytes = self.bytes.min(asked.unwrap_or(usize::MAX).max(LEAST_BYTES));
        Self {
            rows: self.rows.min(bytes / ROW_BYTES).max(1),
            bytes,
        }
    }
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

/// What was read, all from one snapshot.
#[derive(Debug, Default)]
pub struct Pulled {
    /// The row of the device that was asked for, if it has one.
    pub client: Option<ClientRow>,
    /// A page of each feed that has news, as far as there is room.
    pub feeds: Vec<FeedPage>,
    /// Whether more is waiting.
    pub more: bool,
}

/// Which rows of a feed are wanted.
#[derive(Debug, Serialize)]
pub(super) struct Span {
    pub(super) feed: Feed,
    #[serde(skip)]
    reset: bool,
    /// After this place in the order of versions, kinds and ids,
    pub(super) after_ver: i64,
    pub(super) after_kind: String,
    pub(super) after_id: String,
    /// up to this version.
    pub(super) to_ver: u64,
    /// The least view: whoever starts from nothing need not hear what is gone.
    pub(super) least_view: i64,
}

impl Span {
    pub(super) fn of(want: Wanted, version: u64) -> Self {
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
            after_ver: i64::try_from(after_ver).unwrap_or(i64::MAX),
            after_kind,
            after_id,
            to_ver: version,
            least_view,
        }
    }
}

/// A row of a feed, as a database gives it.
#[derive(Debug)]
pub(super) struct FeedRow {
    pub(super) ver: i64,
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) view: i64,
    pub(super) body: Option<String>,
}

/// Where rows of feeds come from: one snapshot of a database.
#[async_trait]
pub(super) trait FeedRows: Send {
    /// At most so many rows of one feed, in order.
    async fn of_one(&mut self, span: &Span, limit: i64) -> Result<Vec<FeedRow>, StorageError>;
    /// At most so many rows of all these feeds together, by the feed's place.
    async fn of_all(
        &mut self,
        spans: &[Span],
        limit: i64,
    ) -> Result<HashMap<usize, Vec<FeedRow>>, StorageError>;
}

/// Reads pages of these feeds until there is no more room.
pub(super) async fn pages(
    snapshot: &mut dyn FeedRows,
    spans: Vec<Span>,
    limits: Limits,
) -> Result<(Vec<FeedPage>, bool), StorageError> {
    let mut left = limits;
    let mut pages = Vec::with_capacity(spans.len());
    let mut more = false;
    // Whoever has every feed mostly misses little: one statement finds all of it. Of much it would order all to give a page.
    let mut found = if spans.len() > 1 && spans.iter().all(|span| span.after_ver > 1) {
        Some(snapshot.of_all(&spans, limit(left.rows)).await?)
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
            None => snapshot.of_one(&span, limit(left.rows)).await?,
        };
        let page = page(&span, rows, &mut left)?;
        more |= !page.complete;
        pages.push(page);
    }
    Ok((pages, more))
}

/// One row more than there is room for tells that more is waiting.
fn limit(room: usize) -> i64 {
    i64::try_from(room + 1).unwrap_or(i64::MAX)
}

/// The page of these rows, as far as there is room.
fn page(span: &Span, rows: Vec<FeedRow>, left: &mut Limits) -> Result<FeedPage, StorageError> {
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
        let body = row.body;
        left.rows -= 1;
        left.bytes = left
            .bytes
            .saturating_sub(body.as_ref().map_or(0, String::len));
        let view = match row.view {
            2 => Visibility::Full,
            1 => Visibility::Public,
            _ => Visibility::Gone,
        };
        page.rows.push(WireRow {
            ver: row.ver.cast_unsigned(),
            kind: row.kind,
            id: row.id,
            view,
            body: body.map(Json::new).transpose()?,
        });
    }
    Ok(page)
}
