//! SQL of what entities are found by, for SQLite: rows in `projection`, their terms in the full-text index `projection_terms`.

use super::{ROWS, installation, run};
use crate::storage::StorageError;
use crate::storage::projection::{ProjectionRow, TERMS_KEY, TERMS_LAYOUT};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Writes rows, and the terms of those that have other terms than before.
pub(super) async fn write(
    conn: &mut SqliteConnection,
    rows: &[ProjectionRow],
) -> Result<(), StorageError> {
    for rows in rows.chunks(ROWS) {
        write_some(conn, rows).await?;
    }
    Ok(())
}

async fn write_some(
    conn: &mut SqliteConnection,
    rows: &[ProjectionRow],
) -> Result<(), StorageError> {
    let before = numbers(conn, rows).await?;
    // Numbers are given out here, so that one statement can write all terms; the transaction has the file to itself.
    let mut next: i64 = sqlx::query_scalar("SELECT ifnull(max(no), 0) FROM projection")
        .fetch_one(&mut *conn)
        .await?;
    let numbered: Vec<(i64, &ProjectionRow)> = rows
        .iter()
        .map(
            |row| match before.get(&(row.kind.as_str(), row.id.as_str())) {
                Some((no, _)) => (*no, row),
                None => {
                    next += 1;
                    (next, row)
                }
            },
        )
        .collect();
    let mut sql = QueryBuilder::<Sqlite>::new(
        "INSERT INTO projection (no, kind, id, region, topic, stage, updated_at, text) ",
    );
    sql.push_values(&numbered, |mut to, (no, row)| {
        to.push_bind(no)
            .push_bind(row.kind.as_str())
            .push_bind(row.id.as_str())
            .push_bind(row.region)
            .push_bind(row.topic.as_str())
            .push_bind(row.stage.as_str())
            .push_bind(row.updated_at)
            .push_bind(row.text.as_str());
    });
    sql.push(
        " ON CONFLICT (no) DO UPDATE SET region = excluded.region, topic = excluded.topic, \
         stage = excluded.stage, updated_at = excluded.updated_at, text = excluded.text",
    );
    run(sql, conn, numbered.len()).await?;
    let has_other_terms = |(_, row): &(i64, &ProjectionRow)| {
        let before = before.get(&(row.kind.as_str(), row.id.as_str()));
        before.is_none_or(|(_, before)| !row.has_terms_of(before))
    };
    let changed: Vec<_> = numbered.into_iter().filter(has_other_terms).collect();
    write_terms(conn, &changed).await
}

/// The rows as they are, with their numbers.
async fn numbers<'a>(
    conn: &mut SqliteConnection,
    rows: &'a [ProjectionRow],
) -> Result<HashMap<(&'a str, &'a str), (i64, ProjectionRow)>, StorageError> {
    let mut sql = QueryBuilder::<Sqlite>::new(format!(
        "SELECT {COLUMNS} FROM projection WHERE (kind, id) IN ("
    ));
    sql.push_values(rows, |mut to, row| {
        to.push_bind(row.kind.as_str()).push_bind(row.id.as_str());
    });
    sql.push(")");
    let found = sql
        .build()
        .persistent(rows.len() <= 8)
        .fetch_all(conn)
        .await?;
    let found: Vec<(i64, ProjectionRow)> = found.iter().map(row).collect::<Result<_, _>>()?;
    let mut found: HashMap<(String, String), (i64, ProjectionRow)> = found
        .into_iter()
        .map(|(no, row)| ((row.kind.clone(), row.id.clone()), (no, row)))
        .collect();
    let rows = rows.iter();
    Ok(rows
        .filter_map(|row| {
            let there = found.remove(&(row.kind.clone(), row.id.clone()))?;
            Some(((row.kind.as_str(), row.id.as_str()), there))
        })
        .collect())
}

const COLUMNS: &str = "no, kind, id, region, topic, stage, updated_at, text";

fn row(row: &SqliteRow) -> Result<(i64, ProjectionRow), StorageError> {
    Ok((
        row.try_get(0)?,
        ProjectionRow {
            kind: row.try_get(1)?,
            id: row.try_get(2)?,
            region: row.try_get(3)?,
            topic: row.try_get(4)?,
            stage: row.try_get(5)?,
            updated_at: row.try_get(6)?,
            text: row.try_get(7)?,
        },
    ))
}

async fn write_terms(
    conn: &mut SqliteConnection,
    rows: &[(i64, &ProjectionRow)],
) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql =
        QueryBuilder::<Sqlite>::new("INSERT OR REPLACE INTO projection_terms (rowid, terms) ");
    sql.push_values(rows, |mut to, (no, row)| {
        to.push_bind(*no).push_bind(tokens(&row.terms()));
    });
    run(sql, conn, rows.len()).await
}

/// Terms as the tokenizer takes them: the hexadecimal digits of their UTF-8, parted by spaces. The same for a document and for a query that
/// wants all of them.
pub(super) fn tokens(terms: &[String]) -> String {
    let mut out = String::with_capacity(terms.len() * 14);
    for term in terms {
        if !out.is_empty() {
            out.push(' ');
        }
        for byte in term.bytes() {
            let _ = write!(out, "{byte:02x}");
        }
    }
    out
}

/// Removes everything.
pub(super) async fn empty(conn: &mut SqliteConnection) -> Result<(), StorageError> {
    for sql in [
        "DELETE FROM projection",
        "INSERT INTO projection_terms (projection_terms) VALUES ('delete-all')",
    ] {
        sqlx::query(sql).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Makes the terms of every row, if the file has none or those of another layout: after the migration that brought them, and after a change
/// of [`ProjectionRow::terms`]. In one transaction, so that it is done or not done; a million rows take about two minutes, once.
pub(super) async fn index(writing: &SqlitePool) -> Result<(), StorageError> {
    let mut conn = writing.acquire().await?;
    let layout = installation::meta(&mut conn, TERMS_KEY).await?;
    if layout.as_deref() == Some(TERMS_LAYOUT) {
        return Ok(());
    }
    let mut transaction = conn.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("INSERT INTO projection_terms (projection_terms) VALUES ('delete-all')")
        .execute(&mut *transaction)
        .await?;
    let mut after = 0_i64;
    loop {
        let mut sql =
            QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM projection WHERE no > "));
        sql.push_bind(after)
            .push(" ORDER BY no LIMIT ")
            .push_bind(ROWS as i64);
        let found = sql.build().fetch_all(&mut *transaction).await?;
        let found: Vec<_> = found.iter().map(row).collect::<Result<_, _>>()?;
        let Some((last, _)) = found.last() else { break };
        after = *last;
        let rows: Vec<_> = found.iter().map(|(no, row)| (*no, row)).collect();
        write_terms(&mut transaction, &rows).await?;
    }
    installation::set_meta(&mut transaction, TERMS_KEY, TERMS_LAYOUT).await?;
    transaction.commit().await?;
    Ok(())
}
