//! SQL of accounts and sessions, for SQLite.

use crate::storage::StorageError;
use crate::storage::accounts::{NewAccount, StoredAccount, StoredSession};
use domain::{Actor, CreditCode, Millis, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

pub(super) async fn account_by_phone(
    conn: &mut SqliteConnection,
    phone: &str,
) -> Result<Option<StoredAccount>, StorageError> {
    sqlx::query("SELECT actor, password, active FROM user WHERE phone = ?")
        .bind(phone)
        .fetch_optional(conn)
        .await?
        .map(|row| account_of(&row))
        .transpose()
}

pub(super) async fn account(
    conn: &mut SqliteConnection,
    user: UserId,
) -> Result<Option<StoredAccount>, StorageError> {
    sqlx::query("SELECT actor, password, active FROM user WHERE id = ?")
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| account_of(&row))
        .transpose()
}

fn account_of(row: &SqliteRow) -> Result<StoredAccount, StorageError> {
    let actor: String = row.try_get(0)?;
    Ok(StoredAccount {
        actor: serde_json::from_str(&actor)?,
        password: row.try_get(1)?,
        active: row.try_get::<i64, _>(2)? != 0,
    })
}

pub(super) async fn session(
    conn: &mut SqliteConnection,
    token: &[u8; 32],
) -> Result<Option<StoredSession>, StorageError> {
    sqlx::query("SELECT user, touched_at, expires_at FROM session WHERE token = ?")
        .bind(token.as_slice())
        .fetch_optional(conn)
        .await?
        .map(|row| {
            let user: String = row.try_get(0)?;
            Ok(StoredSession {
                user: user
                    .parse()
                    .map_err(|_| StorageError::Data(format!("session of user {user}")))?,
                touched_at: Millis(row.try_get(1)?),
                expires_at: Millis(row.try_get(2)?),
            })
        })
        .transpose()
}

pub(super) async fn put_account(
    conn: &mut SqliteConnection,
    account: &NewAccount,
    now: Millis,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO user (id, phone, password, actor, active, created_at, updated_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, \
         password = excluded.password, actor = excluded.actor, active = excluded.active, \
         updated_at = excluded.updated_at",
    )
    .bind(account.actor.user.to_string())
    .bind(&account.phone)
    .bind(&account.password)
    .bind(serde_json::to_string(&account.actor)?)
    .bind(i64::from(account.active))
    .bind(now.0)
    .bind(now.0)
    .execute(&mut *conn)
    .await?;
    if !account.active {
        end_sessions(conn, account.actor.user).await?;
    }
    Ok(())
}

pub(super) async fn add_account(
    conn: &mut SqliteConnection,
    account: &NewAccount,
    now: Millis,
) -> Result<bool, StorageError> {
    let added = sqlx::query(
        "INSERT INTO user (id, phone, password, actor, active, created_at, updated_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(account.actor.user.to_string())
    .bind(&account.phone)
    .bind(&account.password)
    .bind(serde_json::to_string(&account.actor)?)
    .bind(i64::from(account.active))
    .bind(now.0)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn people_of(
    conn: &mut SqliteConnection,
    org: CreditCode,
    applicant: Option<UserId>,
) -> Result<Vec<Actor>, StorageError> {
    let rows = sqlx::query(
        "SELECT actor FROM user WHERE active <> 0 AND (actor LIKE ? OR id = ?) ORDER BY id",
    )
    .bind(format!("%\"org\":\"{org}\"%"))
    .bind(applicant.map(|user| user.to_string()))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let actor: String = row.try_get(0)?;
            Ok(serde_json::from_str(&actor)?)
        })
        .collect()
}

pub(super) async fn put_actor(
    conn: &mut SqliteConnection,
    actor: &Actor,
    now: Millis,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE user SET actor = ?, updated_at = ? WHERE id = ?")
        .bind(serde_json::to_string(actor)?)
        .bind(now.0)
        .bind(actor.user.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn start_session(
    conn: &mut SqliteConnection,
    token: &[u8; 32],
    session: StoredSession,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO session (token, user, created_at, touched_at, expires_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(token.as_slice())
    .bind(session.user.to_string())
    .bind(session.touched_at.0)
    .bind(session.touched_at.0)
    .bind(session.expires_at.0)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM session WHERE user = ? AND expires_at < ?")
        .bind(session.user.to_string())
        .bind(session.touched_at.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn touch_session(
    conn: &mut SqliteConnection,
    token: &[u8; 32],
    now: Millis,
    expires_at: Millis,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE session SET touched_at = ?, expires_at = ? WHERE token = ?")
        .bind(now.0)
        .bind(expires_at.0)
        .bind(token.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn end_session(
    conn: &mut SqliteConnection,
    token: &[u8; 32],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM session WHERE token = ?")
        .bind(token.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn end_sessions(
    conn: &mut SqliteConnection,
    user: UserId,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM session WHERE user = ?")
        .bind(user.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn remove_expired_sessions(
    conn: &mut SqliteConnection,
    before: Millis,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM session WHERE expires_at < ?")
        .bind(before.0)
        .execute(conn)
        .await?;
    Ok(())
}
