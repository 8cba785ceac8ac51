//! SQL of verdicts and devices, for PostgreSQL.

use crate::storage::StorageError;
use crate::storage::work_rows::{ClientRow, StoredVerdict, WorkRows};
use domain::{ClientId, MutationId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use std::collections::HashMap;

pub(super) async fn client(
    conn: &mut PgConnection,
    client: ClientId,
) -> Result<Option<ClientRow>, StorageError> {
    let row = sqlx::query("SELECT id, \"user\", last_seq FROM client WHERE id = $1")
        .bind(client.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok(client_row(&row)?.1)).transpose()
}

/// Rows are locked in the order in which they are given out, so in that of their identifiers. A device that has no row yet is not
/// locked: of two servers that insert it, the slower one repeats its transaction.
pub(super) async fn lock_clients(
    conn: &mut PgConnection,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, ClientRow>, StorageError> {
    let ids: Vec<String> = clients.iter().map(ToString::to_string).collect();
    let rows = sqlx::query(
        "SELECT id, \"user\", last_seq FROM client WHERE id = ANY($1) ORDER BY id FOR UPDATE",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    rows.iter().map(client_row).collect()
}

fn client_row(row: &PgRow) -> Result<(ClientId, ClientRow), StorageError> {
    let (id, user): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    let unreadable = |_| StorageError::Data(format!("client {id} of user {user}"));
    let row = ClientRow {
        user: user.parse().map_err(unreadable)?,
        last_seq: row.try_get::<i64, _>(2)?.try_into().unwrap_or(0),
    };
    Ok((id.parse().map_err(unreadable)?, row))
}

pub(super) async fn verdicts(
    conn: &mut PgConnection,
    mutations: &[MutationId],
) -> Result<HashMap<MutationId, StoredVerdict>, StorageError> {
    if mutations.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = mutations.iter().map(ToString::to_string).collect();
    let rows =
        sqlx::query("SELECT mutation, client, seq, verdict FROM verdict WHERE mutation = ANY($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    rows.iter()
        .map(|row| {
            let (mutation, client): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
            let unreadable =
                |_| StorageError::Data(format!("verdict on {mutation} of client {client}"));
            let stored = StoredVerdict {
                client: client.parse().map_err(unreadable)?,
                seq: row.try_get::<i64, _>(2)?.try_into().unwrap_or(0),
                json: row.try_get(3)?,
            };
            Ok((mutation.parse().map_err(unreadable)?, stored))
        })
        .collect()
}

/// A new device is inserted and nothing else (optimistic concurrency); the others are locked by this transaction.
pub(super) async fn write_clients(
    conn: &mut PgConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    for (is_new, sql) in [
        (
            true,
            "INSERT INTO client (id, \"user\", last_seq, seen_at) \
             SELECT t.id, t.who, t.last_seq, $4 FROM unnest($1::text[], $2::text[], $3::bigint[]) t (id, who, last_seq)",
        ),
        (
            false,
            "UPDATE client c SET last_seq = t.last_seq, seen_at = $4 \
             FROM unnest($1::text[], $2::text[], $3::bigint[]) t (id, who, last_seq) WHERE c.id = t.id",
        ),
    ] {
        let rows: Vec<_> = work.clients.iter().filter(|c| c.2 == is_new).collect();
        if rows.is_empty() {
            continue;
        }
        sqlx::query(sql)
            .bind(
                rows.iter()
                    .map(|(id, ..)| id.to_string())
                    .collect::<Vec<_>>(),
            )
            .bind(
                rows.iter()
                    .map(|(_, row, _)| row.user.to_string())
                    .collect::<Vec<_>>(),
            )
            .bind(
                rows.iter()
                    .map(|(_, row, _)| row.last_seq.cast_signed())
                    .collect::<Vec<_>>(),
            )
            .bind(work.now.0)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

pub(super) async fn write_verdicts(
    conn: &mut PgConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    let rows = &work.verdicts;
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(if work.first_verdict_stays {
        // A server with the duplicate fault writes a second verdict; a sound one never does.
        "INSERT INTO verdict (mutation, client, seq, verdict, at) \
         SELECT t.*, $5 FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) t \
         ON CONFLICT (mutation) DO NOTHING"
    } else {
        "INSERT INTO verdict (mutation, client, seq, verdict, at) \
         SELECT t.*, $5 FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) t"
    })
    .bind(
        rows.iter()
            .map(|(id, _)| id.to_string())
            .collect::<Vec<_>>(),
    )
    .bind(
        rows.iter()
            .map(|(_, v)| v.client.to_string())
            .collect::<Vec<_>>(),
    )
    .bind(
        rows.iter()
            .map(|(_, v)| v.seq.cast_signed())
            .collect::<Vec<_>>(),
    )
    .bind(
        rows.iter()
            .map(|(_, v)| v.json.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(work.now.0)
    .execute(conn)
    .await?;
    Ok(())
}
