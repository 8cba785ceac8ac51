//! Whole tables row by row, for PostgreSQL: what copies read and write. Names come from `tables`, never from outside.

use super::projections;
use crate::storage::StorageError;
use crate::storage::projection::ProjectionRow;
use crate::storage::tables::{Kind, Table, Value, Values};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, QueryBuilder, Row};

/// How many rows one statement writes.
const ROWS: usize = 400;

pub(super) async fn read(
    conn: &mut PgConnection,
    table: &'static Table,
    after: Option<&Values>,
    limit: usize,
) -> Result<Vec<Values>, StorageError> {
    let (columns, key) = (table.column_list(), table.key_list());
    let mut sql =
        QueryBuilder::<Postgres>::new(format!("SELECT {columns} FROM \"{}\"", table.name));
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
    conn: &mut PgConnection,
    table: &'static Table,
) -> Result<(), StorageError> {
    let sql = format!("DELETE FROM \"{}\"", table.name);
    sqlx::query(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

pub(super) async fn insert(
    conn: &mut PgConnection,
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
    // PostgreSQL takes 65,535 values in a statement.
    for rows in values.chunks(ROWS) {
        let head = format!("INSERT INTO \"{}\" ({}) ", table.name, table.column_list());
        let mut sql = QueryBuilder::<Postgres>::new(head);
        sql.push_values(rows, |mut row, values| {
            for (value, (_, kind)) in values.iter().zip(table.columns) {
                match (value.clone(), kind) {
                    (Value::Integer(number), _) => row.push_bind(number),
                    (Value::Text(text), _) => row.push_bind(text),
                    (Value::Bytes(bytes), _) => row.push_bind(bytes),
                    (Value::Null, Kind::Integer) => row.push_bind(None::<i64>),
                    (Value::Null, Kind::Text) => row.push_bind(None::<String>),
                    (Value::Null, Kind::Bytes) => row.push_bind(None::<Vec<u8>>),
                };
            }
        });
        sql.build().persistent(false).execute(&mut *conn).await?;
    }
    if table.name == "audit" {
        // The next entry goes on counting after these.
        sqlx::query("SELECT setval(pg_get_serial_sequence('audit', 'no'), max(no)) FROM audit")
            .execute(conn)
            .await?;
    }
    Ok(())
}
