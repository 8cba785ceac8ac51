//! SQL of the database's state, for SQLite.

use crate::storage::StorageError;
use crate::storage::state::{FAULTS, FaultRow, StorageState, TOLD};
use api::StoredFault;
use domain::Millis;
use sqlx::{Row, SqliteConnection};

pub(super) async fn state(
    conn: &mut SqliteConnection,
    now: Millis,
) -> Result<StorageState, StorageError> {
    let bytes = sqlx::query_scalar(
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    )
    .fetch_one(&mut *conn)
    .await?;
    let migration = sqlx::query(
        "SELECT version, description FROM _sqlx_migrations ORDER BY version DESC LIMIT 1",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let migration = match migration {
        Some(row) => format!(
            "{} {}",
            row.try_get::<i64, _>(0)?,
            row.try_get::<String, _>(1)?
        ),
        None => String::new(),
    };
    let people =
        sqlx::query_scalar("SELECT count(DISTINCT user) FROM session WHERE expires_at > ?1")
            .bind(now.0)
            .fetch_one(&mut *conn)
            .await?;
    let signed_in = sqlx::query(
        "SELECT u.actor, count(*), max(s.touched_at) FROM session s JOIN user u ON u.id = s.user \
         WHERE s.expires_at > ?1 GROUP BY u.id, u.actor ORDER BY 3 DESC, u.id LIMIT ?2",
    )
    .bind(now.0)
    .bind(TOLD)
    .fetch_all(&mut *conn)
    .await?;
    let signed_in = signed_in.iter();
    let signed_in = signed_in
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect::<Result<_, sqlx::Error>>()?;
    let faults = sqlx::query(
        "SELECT code, build, page, kind, times, first_at, last_at FROM page_fault \
         ORDER BY last_at DESC, code LIMIT ?1",
    )
    .bind(TOLD)
    .fetch_all(&mut *conn)
    .await?;
    let faults = faults.iter();
    let faults = faults
        .map(|row| {
            Ok(StoredFault {
                code: row.try_get(0)?,
                build: row.try_get(1)?,
                page: row.try_get(2)?,
                kind: row.try_get(3)?,
                times: u32::try_from(row.try_get::<i64, _>(4)?).unwrap_or(u32::MAX),
                first: Millis(row.try_get(5)?),
                last: Millis(row.try_get(6)?),
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    Ok(StorageState {
        database: "SQLite",
        bytes,
        migration,
        last_backup: None,
        people,
        signed_in,
        faults,
    })
}

pub(super) async fn put_fault(
    conn: &mut SqliteConnection,
    fault: &FaultRow,
    now: Millis,
) -> Result<(), StorageError> {
    let FaultRow { code, report } = fault;
    sqlx::query(
        "INSERT INTO page_fault (code, build, page, kind, stack, times, first_at, last_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?6) \
         ON CONFLICT (code) DO UPDATE SET times = page_fault.times + 1, page = excluded.page, last_at = excluded.last_at",
    )
    .bind(code)
    .bind(&report.build)
    .bind(&report.page)
    .bind(&report.kind)
    .bind(report.stack.join("\n"))
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "DELETE FROM page_fault WHERE code NOT IN \
         (SELECT code FROM page_fault ORDER BY last_at DESC, code LIMIT ?1)",
    )
    .bind(FAULTS)
    .execute(conn)
    .await?;
    Ok(())
}
