//! Whole tables row by row, for SQLite: what copies read and write. Names come from `tables`, never from outside.

use super::{ROWS, projections, run};
use crate::storage::StorageError;
use crate::storage::projection::ProjectionRow;
use crate::storage::tables::{Kind, Table, Value, Values};
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite, SqliteConnection};

pub(super) async fn read(
    conn: &mut SqliteConnection,
    table: &'static Table,
    after: Option<&Values>,
    limit: usize,
) -> Result<Vec<Values>, StorageError> {
    let (columns, key) = (table.column_list(), table.key_list());
    let mut sql = QueryBuilder::<Sqlite>::new(format!("SELECT {columns} FROM \"{}\"", table.name));
    if let Some(after) = after {
        sql.push(format!(" WHERE ({key}) > ("));
        let mut values = sql.separated(", ");
        for value in after {
            match value.clone() {
                Value::Null => values.push_bind(None::<i64>),
                Value::Integer(number) => values.push_bind(number),
                Value::Text(text) => values.push_bind(text),
                Value::Bytes(bytes) => values.push_bind(bytes),
            };
        }
        sql.push(")");
    }
    sql.push(format!(" ORDER BY {key} LIMIT "));
    sql.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = sql.build().persistent(false).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            let columns = table.columns.iter().enumerate();
            columns
                .map(|(n, (_, kind))| {
                    Ok(match kind {
                        Kind::Integer => row
                            .try_get::<Option<i64>, _>(n)?
                            .map_or(Value::Null, Value::Integer),
                        Kind::Text => row
                            .try_get::<Option<String>, _>(n)?
                            .map_or(Value::Null, Value::Text),
                        Kind::Bytes => row
                            .try_get::<Option<Vec<u8>>, _>(n)?
                            .map_or(Value::Null, Value::Bytes),
                    })
                })
                .collect()
        })
        .collect()
}

pub(super) async fn empty(
    conn: &mut SqliteConnection,
    table: &'static Table,
) -> Result<(), StorageError> {
    if table.name == "projection" {
        return projections::empty(conn).await;
    }
    let sql = format!("DELETE FROM \"{}\"", table.name);
    sqlx::query(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

pub(super) async fn insert(
    conn: &mut SqliteConnection,
    table: &'static Table,
    values: Vec<Values>,
) -> Result<(), StorageError> {
    if table.name == "projection" {
        // With their terms, which no copy carries.
        for values in values.chunks(ROWS) {
            let rows: Result<Vec<_>, _> = values.iter().map(ProjectionRow::try_from).collect();
            projections::write(conn, &rows?).await?;
        }
        return Ok(());
    }
    for rows in values.chunks(ROWS) {
        let head = format!("INSERT INTO \"{}\" ({}) ", table.name, table.column_list());
        let mut sql = QueryBuilder::<Sqlite>::new(head);
        sql.push_values(rows, |mut row, values| {
            for value in values {
                match value.clone() {
                    Value::Null => row.push_bind(None::<i64>),
                    Value::Integer(number) => row.push_bind(number),
                    Value::Text(text) => row.push_bind(text),
                    Value::Bytes(bytes) => row.push_bind(bytes),
                };
            }
        });
        run(sql, conn, rows.len().max(9)).await?;
    }
    Ok(())
}
