//! SQL of verdicts and devices, for SQLite.

use super::{ROWS, run};
use crate::storage::StorageError;
use crate::storage::work_rows::{ClientRow, StoredVerdict, WorkRows};
use domain::{ClientId, MutationId};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use std::collections::HashMap;

pub(super) async fn client(
    conn: &mut SqliteConnection,
    client: ClientId,
) -> Result<Option<ClientRow>, StorageError> {
    let row = sqlx::query("SELECT user, last_seq FROM client WHERE id = ?")
        .bind(client.to_string())
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        let user: String = row.try_get(0)?;
        Ok(ClientRow {
            user: user
                .parse()
                .map_err(|_| StorageError::Data(format!("client of user {user}")))?,
            last_seq: row.try_get::<i64, _>(1)?.try_into().unwrap_or(0),
        })
    })
    .transpose()
}

pub(super) async fn clients(
    conn: &mut SqliteConnection,
    clients: &[ClientId],
) -> Result<HashMap<ClientId, ClientRow>, StorageError> {
    let mut found = HashMap::new();
    for id in clients {
        if let Some(row) = client(conn, *id).await? {
            found.insert(*id, row);
        }
    }
    Ok(found)
}

pub(super) async fn verdicts(
    conn: &mut SqliteConnection,
    mutations: &[MutationId],
) -> Result<HashMap<MutationId, StoredVerdict>, StorageError> {
    if mutations.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "SELECT mutation, client, seq, verdict FROM verdict WHERE mutation IN (SELECT value FROM json_each(?))",
    )
    .bind(serde_json::to_string(mutations)?)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let (mutation, client): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let stored = StoredVerdict {
                client: client
                    .parse()
                    .map_err(|_| StorageError::Data(format!("verdict of client {client}")))?,
                seq: row.try_get::<i64, _>(2)?.try_into().unwrap_or(0),
                json: row.try_get(3)?,
            };
            let mutation = mutation
                .parse()
                .map_err(|_| StorageError::Data(format!("verdict on {mutation}")))?;
            Ok((mutation, stored))
        })
        .collect()
}

pub(super) async fn write_clients(
    conn: &mut SqliteConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    for rows in work.clients.chunks(ROWS) {
        let mut sql =
            QueryBuilder::<Sqlite>::new("INSERT INTO client (id, user, last_seq, seen_at) ");
        sql.push_values(rows, |mut row, (id, client, _)| {
            row.push_bind(id.to_string())
                .push_bind(client.user.to_string())
                .push_bind(client.last_seq.cast_signed())
                .push_bind(work.now.0);
        });
        sql.push(" ON CONFLICT (id) DO UPDATE SET last_seq = excluded.last_seq, seen_at = excluded.seen_at");
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}

pub(super) async fn write_verdicts(
    conn: &mut SqliteConnection,
    work: &WorkRows,
) -> Result<(), StorageError> {
    for rows in work.verdicts.chunks(ROWS) {
        let mut sql = QueryBuilder::<Sqlite>::new(
            "INSERT INTO verdict (mutation, client, seq, verdict, at) ",
        );
        sql.push_values(rows, |mut row, (mutation, verdict)| {
            row.push_bind(mutation.to_string())
                .push_bind(verdict.client.to_string())
                .push_bind(verdict.seq.cast_signed())
                .push_bind(verdict.json.as_str())
                .push_bind(work.now.0);
        });
        if work.first_verdict_stays {
            // A server with the duplicate fault writes a second verdict; a sound one never does.
            sql.push(" ON CONFLICT (mutation) DO NOTHING");
        }
        run(sql, conn, rows.len()).await?;
    }
    Ok(())
}
