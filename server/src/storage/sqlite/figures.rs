//! SQL of facts and tallies, for SQLite. What they are: `storage::figures`.

use super::{ROWS, run};
use crate::storage::StorageError;
use crate::storage::browse::codes;
use crate::storage::figures::{
    Cell, EntityFacts, FactRow, FiguresQuery, FoundFigure, LEVELS, TallyRow, above, changes,
    level_number,
};
use domain::Level;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::BTreeSet;

/// Replaces the facts of these entities, and sums up every tally they touch.
pub(super) async fn write(
    conn: &mut SqliteConnection,
    entities: &[EntityFacts],
) -> Result<(), StorageError> {
    let mut touched = BTreeSet::new();
    for entities in entities.chunks(ROWS) {
        let keys: Vec<_> = entities.iter().map(|e| (&e.kind, &e.id)).collect();
        let stored = sqlx::query(
            "SELECT f.kind, f.id, f.name, f.region, f.from_day FROM json_each(?) t \
             CROSS JOIN fact f ON f.kind = t.value ->> 0 AND f.id = t.value ->> 1",
        )
        .bind(serde_json::to_string(&keys)?)
        .fetch_all(&mut *conn)
        .await?;
        let stored = stored.iter().map(fact).collect::<Result<_, _>>()?;
        let changes = changes(stored, entities);
        if changes.replaced.is_empty() {
            continue;
        }
        sqlx::query(
            "DELETE FROM fact WHERE (kind, id) IN \
             (SELECT value ->> 0, value ->> 1 FROM json_each(?))",
        )
        .bind(serde_json::to_string(&changes.replaced)?)
        .execute(&mut *conn)
        .await?;
        insert(conn, &changes.rows).await?;
        touched.extend(changes.touched);
    }
    sum_up(conn, touched).await
}

async fn insert(conn: &mut SqliteConnection, rows: &[FactRow]) -> Result<(), StorageError> {
    for rows in rows.chunks(ROWS) {
        let mut sql =
            QueryBuilder::<Sqlite>::new("INSERT INTO fact (kind, id, name, region, from_day) ");
        sql.push_values(rows, |mut to, row| {
            to.push_bind(row.kind.as_str())
                .push_bind(row.id.as_str())
                .push_bind(row.name.as_str())
                .push_bind(row.region)
                .push_bind(row.from_day);
        });
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}

async fn sum_up(
    conn: &mut SqliteConnection,
    mut cells: BTreeSet<Cell>,
) -> Result<(), StorageError> {
    if cells.is_empty() {
        return Ok(());
    }
    for level in LEVELS {
        cells = above(&cells, level);
        let these = serde_json::to_string(&cells)?;
        let number = level_number(level);
        sqlx::query(
            "DELETE FROM tally WHERE (level, region, kind, name) IN \
             (SELECT ?1, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2))",
        )
        .bind(number)
        .bind(&these)
        .execute(&mut *conn)
        .await?;
        let sum = if level == Level::Village {
            sqlx::query(
                "INSERT INTO tally (level, region, kind, name, from_day, n) \
                 SELECT ?1, f.region, f.kind, f.name, f.from_day, count(*) FROM json_each(?2) t \
                 CROSS JOIN fact f ON f.kind = t.value ->> 1 AND f.name = t.value ->> 2 \
                 AND f.region = t.value ->> 0 GROUP BY f.region, f.kind, f.name, f.from_day",
            )
            .bind(number)
            .bind(&these)
        } else {
            sqlx::query(
                "INSERT INTO tally (level, region, kind, name, from_day, n) \
                 SELECT ?1, t.value ->> 0, b.kind, b.name, b.from_day, sum(b.n) FROM json_each(?2) t \
                 CROSS JOIN tally b ON b.level = ?1 + 1 \
                 AND b.region BETWEEN t.value ->> 0 AND (t.value ->> 0) + ?3 - 1 \
                 AND b.kind = t.value ->> 1 AND b.name = t.value ->> 2 \
                 GROUP BY t.value ->> 0, b.kind, b.name, b.from_day",
            )
            .bind(number)
            .bind(&these)
            .bind(level.codes().cast_signed())
        };
        sum.execute(&mut *conn).await?;
    }
    Ok(())
}

/// The numbers of a region.
pub(super) async fn figures(
    conn: &mut SqliteConnection,
    query: &FiguresQuery,
) -> Result<Vec<FoundFigure>, StorageError> {
    let (first, last) = codes(query.region);
    let rows = sqlx::query(
        "SELECT region / ?1 * ?1 AS at, kind, name, sum(n) FROM tally \
         WHERE level = ?2 AND region BETWEEN ?3 AND ?4 AND from_day <= ?5 \
         GROUP BY at, kind, name ORDER BY at, kind, name",
    )
    .bind(query.codes())
    .bind(query.stored_level())
    .bind(first)
    .bind(last)
    .bind(i64::from(query.today.0))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            FoundFigure::read(
                row.try_get(0)?,
                row.try_get(1)?,
                row.try_get(2)?,
                row.try_get(3)?,
            )
        })
        .collect()
}

/// Every fact.
pub(super) async fn facts(conn: &mut SqliteConnection) -> Result<Vec<FactRow>, StorageError> {
    let rows = sqlx::query("SELECT kind, id, name, region, from_day FROM fact")
        .fetch_all(conn)
        .await?;
    rows.iter().map(fact).collect()
}

/// Every tally.
pub(super) async fn tallies(conn: &mut SqliteConnection) -> Result<Vec<TallyRow>, StorageError> {
    let rows = sqlx::query("SELECT level, region, kind, name, from_day, n FROM tally")
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(TallyRow {
                level: row.try_get(0)?,
                region: row.try_get(1)?,
                kind: row.try_get(2)?,
                name: row.try_get(3)?,
                from_day: row.try_get(4)?,
                n: row.try_get(5)?,
            })
        })
        .collect()
}

fn fact(row: &SqliteRow) -> Result<FactRow, StorageError> {
    Ok(FactRow {
        kind: row.try_get(0)?,
        id: row.try_get(1)?,
        name: row.try_get(2)?,
        region: row.try_get(3)?,
        from_day: row.try_get(4)?,
    })
}
