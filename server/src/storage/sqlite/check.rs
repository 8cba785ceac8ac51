//! SQL of the consistency check, for SQLite: everything in one snapshot.

use super::{audit, due, feeds, figures, rows};
use crate::storage::StorageError;
use crate::storage::chain::Lanes;
use crate::storage::check::{Inspection, PlacementRow};
use crate::storage::projection::ProjectionRow;
use crate::storage::recount::{self, Recount, Snapshot};
use crate::storage::tables::{Table, Values};
use async_trait::async_trait;
use domain::Millis;
use sqlx::{Connection, Row, SqliteConnection};

pub(super) async fn inspect(conn: &mut SqliteConnection) -> Result<Inspection, StorageError> {
    let mut found = Inspection::default();
    let mut snapshot = conn.begin().await?;
    for row in sqlx::query("PRAGMA integrity_check")
        .fetch_all(&mut *snapshot)
        .await?
    {
        let line: String = row.try_get(0)?;
        if line != "ok" {
            found.integrity.push(format!("the file: {line}"));
        }
    }
    found.versions = feeds::versions(&mut snapshot, None).await?;
    for row in sqlx::query("SELECT kind, id, body FROM entity")
        .fetch_all(&mut *snapshot)
        .await?
    {
        found
            .entities
            .push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    for row in sqlx::query("SELECT feed, kind, id, ver, view FROM placement")
        .fetch_all(&mut *snapshot)
        .await?
    {
        found.placements.push(PlacementRow {
            feed: row.try_get(0)?,
            kind: row.try_get(1)?,
            id: row.try_get(2)?,
            ver: row.try_get(3)?,
            view: row.try_get(4)?,
        });
    }
    for row in
        sqlx::query("SELECT kind, id, region, topic, stage, updated_at, text FROM projection")
            .fetch_all(&mut *snapshot)
            .await?
    {
        found.projections.push(ProjectionRow {
            kind: row.try_get(0)?,
            id: row.try_get(1)?,
            region: row.try_get(2)?,
            topic: row.try_get(3)?,
            stage: row.try_get(4)?,
            updated_at: row.try_get(5)?,
            text: row.try_get(6)?,
        });
    }
    found.facts = figures::facts(&mut snapshot).await?;
    found.tallies = figures::tallies(&mut snapshot).await?;
    found.without_terms =
        sqlx::query_scalar("SELECT (SELECT count(*) FROM projection) - (SELECT count(*) FROM projection_terms_docsize)")
            .fetch_one(&mut *snapshot)
            .await?;
    found.due = due::read(&mut snapshot, Millis(i64::MAX), None, usize::MAX).await?;
    for row in sqlx::query(
        "SELECT v.client, v.seq FROM verdict v LEFT JOIN client c ON c.id = v.client \
         WHERE c.last_seq IS NULL OR v.seq > c.last_seq",
    )
    .fetch_all(&mut *snapshot)
    .await?
    {
        found.beyond_last.push((row.try_get(0)?, row.try_get(1)?));
    }
    found.trail = recount::trail(&mut Pages(&mut snapshot)).await?;
    snapshot.commit().await?;
    Ok(found)
}

/// Counts everything again, in one snapshot.
pub(super) async fn recount(conn: &mut SqliteConnection) -> Result<Recount, StorageError> {
    let mut snapshot = conn.begin().await?;
    let found = recount::recount(&mut Pages(&mut snapshot)).await?;
    snapshot.commit().await?;
    Ok(found)
}

/// A snapshot on one connection.
struct Pages<'a>(&'a mut SqliteConnection);

#[async_trait]
impl Snapshot for Pages<'_> {
    async fn rows(
        &mut self,
        table: &'static Table,
        after: Option<&Values>,
        limit: usize,
    ) -> Result<Vec<Values>, StorageError> {
        rows::read(self.0, table, after, limit).await
    }

    async fn lanes(&mut self) -> Result<Lanes, StorageError> {
        audit::lanes(self.0).await
    }
}
