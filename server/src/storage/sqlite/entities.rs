//! SQL of entities, for SQLite.

use super::{ROWS, projections, run};
use crate::storage::StorageError;
use crate::storage::work_rows::{EntityRow, WorkRows};
use domain::Key;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

pub(super) async fn read(
    conn: &mut SqliteConnection,
    keys: &[Key],
) -> Result<Vec<EntityRow>, StorageError> {
    let mut found = Vec::with_capacity(keys.len());
    // A statement that stays prepared; the sole writer asks only for what it does not have in memory.
    for key in keys {
        let row = sqlx::query("SELECT body, rev FROM entity WHERE kind = ? AND id = ?")
            .bind(key.kind().name())
            .bind(key.id())
            .fetch_optional(&mut *conn)
            .await?;
        if let Some(row) = row {
            found.push(EntityRow {
                key: *key,
                body: row.try_get(0)?,
                rev: row.try_get(1)?,
            });
        }
    }
    Ok(found)
}

pub(super) async fn write(
    conn: &mut SqliteConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    for entities in work.entities.chunks(ROWS) {
        let mut sql =
            QueryBuilder::<Sqlite>::new("INSERT INTO entity (kind, id, rev, body, public) ");
        sql.push_values(entities, |mut row, entity| {
            row.push_bind(entity.kind)
                .push_bind(entity.id.as_str())
                .push_bind(entity.rev)
                .push_bind(entity.body.as_str())
                .push_bind(entity.public.as_deref());
        });
        sql.push(
            " ON CONFLICT (kind, id) DO UPDATE SET rev = excluded.rev, body = excluded.body, \
             public = excluded.public",
        );
        run(sql, conn, entities.len()).await?;
    }
    projections::write(conn, &work.projections).await
}
