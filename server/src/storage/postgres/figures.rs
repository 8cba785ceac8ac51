//! SQL of facts and tallies, for PostgreSQL. What they are: `storage::figures`.
//!
//! Two servers must not sum up the same town at the same time, each without the other's village. So the counties whose tallies a
//! transaction touches are locked, in their order, before the feeds; a change in a county locks that county's feed anyway.

use crate::storage::StorageError;
use crate::storage::browse::codes;
use crate::storage::figures::{
    Cell, EntityFacts, FactRow, FiguresQuery, FoundFigure, LEVELS, TallyRow, above, changes,
    level_number,
};
use domain::Level;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use std::collections::BTreeSet;

/// The first of the two numbers of the advisory locks on counties' tallies; the second is the county's.
const TALLIES: i32 = 0x7A11;

/// Replaces the facts of these entities, and sums up every tally they touch.
pub(super) async fn write(
    conn: &mut PgConnection,
    entities: &[EntityFacts],
) -> Result<(), StorageError> {
    if entities.is_empty() {
        return Ok(());
    }
    let stored = sqlx::query(
        "SELECT f.kind, f.id, f.name, f.region, f.from_day FROM fact f \
         JOIN unnest($1::text[], $2::text[]) t (kind, id) ON f.kind = t.kind AND f.id = t.id",
    )
    .bind(entities.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>())
    .bind(entities.iter().map(|e| e.id.as_str()).collect::<Vec<_>>())
    .fetch_all(&mut *conn)
    .await?;
    let stored = stored.iter().map(fact).collect::<Result<_, _>>()?;
    // Sorted, so that two transactions that write the same new rows wait for one another and not in a circle.
    let mut changes = changes(stored, entities);
    if changes.replaced.is_empty() {
        return Ok(());
    }
    changes.rows.sort_unstable();
    let (kinds, ids): (Vec<_>, Vec<_>) = changes.replaced.into_iter().unzip();
    sqlx::query(
        "DELETE FROM fact WHERE (kind, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
    )
    .bind(kinds)
    .bind(ids)
    .execute(&mut *conn)
    .await?;
    let rows = &changes.rows;
    sqlx::query(
        "INSERT INTO fact (kind, id, name, region, from_day) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])",
    )
    .bind(rows.iter().map(|r| r.kind.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.region).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.from_day).collect::<Vec<_>>())
    .execute(&mut *conn)
    .await?;
    sum_up(conn, changes.touched).await
}

async fn sum_up(conn: &mut PgConnection, mut cells: BTreeSet<Cell>) -> Result<(), StorageError> {
    let county = Level::County.codes().cast_signed();
    let counties: BTreeSet<i32> = cells
        .iter()
        .filter_map(|(region, ..)| i32::try_from(region / county).ok())
        .collect();
    sqlx::query("SELECT pg_advisory_xact_lock($1, c) FROM unnest($2::int[]) c")
        .bind(TALLIES)
        .bind(counties.into_iter().collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?;
    for level in LEVELS {
        cells = above(&cells, level);
        let regions: Vec<i64> = cells.iter().map(|(region, ..)| *region).collect();
        let kinds: Vec<&str> = cells.iter().map(|(_, kind, _)| kind.as_str()).collect();
        let names: Vec<&str> = cells.iter().map(|(.., name)| name.as_str()).collect();
        let number = level_number(level);
        sqlx::query(
            "DELETE FROM tally WHERE level = $1 AND (region, kind, name) IN \
             (SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[]))",
        )
        .bind(number)
        .bind(&regions)
        .bind(&kinds)
        .bind(&names)
        .execute(&mut *conn)
        .await?;
        let sum = if level == Level::Village {
            sqlx::query(
                "INSERT INTO tally (level, region, kind, name, from_day, n) \
                 SELECT $1, f.region, f.kind, f.name, f.from_day, count(*) \
                 FROM unnest($2::bigint[], $3::text[], $4::text[]) t (region, kind, name) \
                 JOIN fact f ON f.kind = t.kind AND f.name = t.name AND f.region = t.region \
                 GROUP BY f.region, f.kind, f.name, f.from_day",
            )
            .bind(number)
            .bind(&regions)
            .bind(&kinds)
            .bind(&names)
        } else {
            sqlx::query(
                "INSERT INTO tally (level, region, kind, name, from_day, n) \
                 SELECT $1, t.region, b.kind, b.name, b.from_day, sum(b.n)::bigint \
                 FROM unnest($2::bigint[], $3::text[], $4::text[]) t (region, kind, name) \
                 JOIN tally b ON b.level = $1 + 1 AND b.region BETWEEN t.region AND t.region + $5 - 1 \
                 AND b.kind = t.kind AND b.name = t.name \
                 GROUP BY t.region, b.kind, b.name, b.from_day",
            )
            .bind(number)
            .bind(&regions)
            .bind(&kinds)
            .bind(&names)
            .bind(level.codes().cast_signed())
        };
        sum.execute(&mut *conn).await?;
    }
    Ok(())
}

/// The numbers of a region.
pub(super) async fn figures(
    conn: &mut PgConnection,
    query: &FiguresQuery,
) -> Result<Vec<FoundFigure>, StorageError> {
    let (first, last) = codes(query.region);
    let rows = sqlx::query(
        "SELECT region / $1 * $1 AS at, kind, name, sum(n)::bigint FROM tally \
         WHERE level = $2 AND region BETWEEN $3 AND $4 AND from_day <= $5 \
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
pub(super) async fn facts(conn: &mut PgConnection) -> Result<Vec<FactRow>, StorageError> {
    let rows = sqlx::query("SELECT kind, id, name, region, from_day FROM fact")
        .fetch_all(conn)
        .await?;
    rows.iter().map(fact).collect()
}

/// Every tally.
pub(super) async fn tallies(conn: &mut PgConnection) -> Result<Vec<TallyRow>, StorageError> {
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

fn fact(row: &PgRow) -> Result<FactRow, StorageError> {
    Ok(FactRow {
        kind: row.try_get(0)?,
        id: row.try_get(1)?,
        name: row.try_get(2)?,
        region: row.try_get(3)?,
        from_day: row.try_get(4)?,
    })
}
