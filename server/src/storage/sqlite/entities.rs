//! SQL of entities and of what needs are found by, for SQLite.

use super::{ROWS, run};
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
    for needs in work.needs.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO need_index (id, village, topic, stage, updated_at, words) ",
        );
        sql.push_values(needs, |mut row, need| {
            row.push_bind(need.id.as_str())
                .push_bind(need.village)
                .push_bind(need.topic.as_str())
                .push_bind(need.stage.as_str())
                .push_bind(need.updated_at)
                .push_bind(need.words.as_str());
        });
        sql.push(
            " ON CONFLICT (id) DO UPDATE SET village = excluded.village, topic = excluded.topic, \
             stage = excluded.stage, updated_at = excluded.updated_at, words = excluded.words",
        );
        run(sql, conn, needs.len()).await?;
    }
    Ok(())
}
