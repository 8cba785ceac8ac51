//! SQL of accounts, invitations and sessions, for PostgreSQL.

use crate::storage::StorageError;
use crate::storage::accounts::{
    AccountIndex, AccountQuery, ListedAccount, ListedSession, NewAccount, StoredAccount,
    StoredInvitation, StoredSession, department_name, number,
};
use crate::storage::browse::codes;
use crate::storage::figures::region_of;
use domain::accounts::{AccountState, Below};
use domain::{CreditCode, Level, Millis, RegionCode, UserId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

/// The columns of an account.
const COLUMNS: &str = "u.phone, u.actor, u.password, u.active, u.creator";

pub(super) async fn account_by_phone(
    conn: &mut PgConnection,
    phone: &str,
) -> Result<Option<StoredAccount>, StorageError> {
    Ok(accounts_by_phone(conn, &[phone.to_owned()]).await?.pop())
}

pub(super) async fn accounts_by_phone(
    conn: &mut PgConnection,
    phones: &[String],
) -> Result<Vec<StoredAccount>, StorageError> {
    if phones.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
    sql.push(COLUMNS)
        .push(" FROM \"user\" u WHERE u.phone IN (");
    let mut list = sql.separated(", ");
    for phone in phones {
        list.push_bind(phone.clone());
    }
    sql.push(")");
    let rows = sql
        .build()
        .persistent(phones.len() == 1)
        .fetch_all(conn)
        .await?;
    rows.iter().map(account_of).collect()
}

pub(super) async fn account(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<Option<StoredAccount>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM \"user\" u WHERE u.id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| account_of(&row))
        .transpose()
}

/// An account as it is, locked until the end.
pub(super) async fn lock_account(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<Option<StoredAccount>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM \"user\" u WHERE u.id = $1 FOR UPDATE");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(user.to_string())
        .fetch_optional(conn)
        .await?
        .map(|row| account_of(&row))
        .transpose()
}

/// Whether somebody has applied for an organization.
pub(super) async fn has_applied(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<bool, StorageError> {
    let found = sqlx::query(
        "SELECT 1 FROM entity WHERE kind = 'organization' AND body::jsonb ->> 'applicant' = $1 LIMIT 1",
    )
    .bind(user.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// The codes of the organizations for which somebody has applied.
pub(super) async fn applications(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<Vec<CreditCode>, StorageError> {
    let rows = sqlx::query(
        "SELECT id FROM entity WHERE kind = 'organization' AND body::jsonb ->> 'applicant' = $1",
    )
    .bind(user.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get(0)?;
            id.parse()
                .map_err(|_| StorageError::Data(format!("no organization: {id}")))
        })
        .collect()
}

/// How many active accounts stand for each region; members and applicants stand for none.
pub(super) async fn accounts_by_region(
    conn: &mut PgConnection,
) -> Result<Vec<(RegionCode, u64)>, StorageError> {
    let rows = sqlx::query(
        r#"SELECT region, count(*) FROM "user" WHERE active AND kind IN ('village', 'bureau') GROUP BY region"#,
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let n: i64 = row.try_get(1)?;
            Ok((region_of(row.try_get(0)?)?, n.cast_unsigned()))
        })
        .collect()
}

fn account_of(row: &PgRow) -> Result<StoredAccount, StorageError> {
    let actor: String = row.try_get(1)?;
    let creator: Option<String> = row.try_get(4)?;
    Ok(StoredAccount {
        phone: row.try_get(0)?,
        actor: serde_json::from_str(&actor)?,
        password: row.try_get(2)?,
        active: row.try_get::<i64, _>(3)? != 0,
        creator: creator.as_deref().map(user_of).transpose()?,
    })
}

fn user_of(text: &str) -> Result<UserId, StorageError> {
    text.parse()
        .map_err(|_| StorageError::Data(format!("no user: {text}")))
}

/// One page of accounts, by region and person.
pub(super) async fn accounts(
    conn: &mut PgConnection,
    query: &AccountQuery,
) -> Result<Vec<ListedAccount>, StorageError> {
    if query.below.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
    sql.push(COLUMNS).push(
        ", u.region, i.expires_at, (SELECT max(s.touched_at) FROM session s WHERE s.\"user\" = u.id) \
         FROM \"user\" u LEFT JOIN invitation i ON i.\"user\" = u.id WHERE (",
    );
    for (n, below) in query.below.iter().enumerate() {
        sql.push(if n == 0 { "(" } else { " OR (" });
        push_below(&mut sql, below);
        sql.push(")");
    }
    sql.push(")");
    if let Some(account) = query.account {
        sql.push(" AND u.id = ").push_bind(account.to_string());
    }
    if let Some(inside) = query.inside {
        let (first, last) = codes(inside);
        sql.push(" AND u.region BETWEEN ")
            .push_bind(first)
            .push(" AND ")
            .push_bind(last);
    }
    if let Some(kind) = query.kind {
        sql.push(" AND u.kind = ").push_bind(kind.name());
    }
    push_state(&mut sql, query);
    for word in &query.words {
        sql.push(" AND strpos(u.text, ")
            .push_bind(word.clone())
            .push(") > 0");
    }
    if let Some((region, id)) = &query.after {
        sql.push(" AND (u.region, u.id) > (")
            .push_bind(*region)
            .push(", ")
            .push_bind(id.clone())
            .push(")");
    }
    sql.push(" ORDER BY u.region, u.id LIMIT ")
        .push_bind(query.limit);
    let rows = sql.build().persistent(false).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(ListedAccount {
                account: account_of(row)?,
                region: row.try_get(5)?,
                invited_until: row.try_get::<Option<i64>, _>(6)?.map(Millis),
                seen_at: row.try_get::<Option<i64>, _>(7)?.map(Millis),
            })
        })
        .collect()
}

fn push_below(sql: &mut QueryBuilder<Postgres>, below: &Below) {
    match below {
        Below::Villages(county) => {
            let (first, last) = codes(*county);
            sql.push("u.kind = 'village' AND u.region BETWEEN ")
                .push_bind(first)
                .push(" AND ")
                .push_bind(last);
        }
        Below::Bureaus(region, department) => {
            let (first, last) = codes(*region);
            let below = if region.level() == Level::Province {
                Level::City
            } else {
                Level::County
            };
            sql.push("u.kind = 'bureau' AND u.department = ")
                .push_bind(department_name(*department))
                .push(" AND u.region BETWEEN ")
                .push_bind(first)
                .push(" AND ")
                .push_bind(last)
                .push(format!(" AND u.region % {} = 0", below.codes()))
                .push(" AND u.region <> ")
                .push_bind(number(*region));
        }
        Below::Registered(region) => {
            sql.push(
                "u.kind = 'member' AND u.org IN (SELECT e.id FROM entity e \
                 WHERE e.kind = 'organization' AND (e.body::jsonb ->> 'registered_in')::bigint = ",
            )
            .push_bind(number(*region))
            .push(")");
        }
        Below::Members(org) => {
            sql.push("u.kind = 'member' AND u.actor::jsonb #>> '{role,member,owner}' = 'false' AND u.org = ")
                .push_bind(org.to_string());
        }
        Below::AllBureaus => {
            sql.push(format!(
                "u.kind = 'bureau' AND u.region % {} = 0",
                Level::County.codes()
            ));
        }
    }
}

fn push_state(sql: &mut QueryBuilder<Postgres>, query: &AccountQuery) {
    match query.state {
        None => sql.push(""),
        Some(AccountState::Closed) => sql.push(" AND u.active = 0"),
        Some(AccountState::Active) => sql.push(" AND u.active = 1 AND u.password LIKE '$%'"),
        Some(AccountState::Invited) => sql
            .push(" AND u.active = 1 AND u.password NOT LIKE '$%' AND i.expires_at > ")
            .push_bind(query.now.0),
        Some(AccountState::Waiting) => sql
            .push(
                " AND u.active = 1 AND u.password NOT LIKE '$%' \
                 AND coalesce(i.expires_at, 0) <= ",
            )
            .push_bind(query.now.0),
    };
}

pub(super) async fn invitation(
    conn: &mut PgConnection,
    code: &[u8; 32],
) -> Result<Option<StoredInvitation>, StorageError> {
    let row = sqlx::query(
        "SELECT \"user\", issuer, issued_at, expires_at FROM invitation WHERE code = $1",
    )
    .bind(code.as_slice())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(StoredInvitation {
            user: user_of(row.try_get(0)?)?,
            code: *code,
            issuer: user_of(row.try_get(1)?)?,
            issued_at: Millis(row.try_get(2)?),
            expires_at: Millis(row.try_get(3)?),
        })
    })
    .transpose()
}

pub(super) async fn put_invitation(
    conn: &mut PgConnection,
    invitation: &StoredInvitation,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO invitation (\"user\", code, issuer, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (\"user\") DO UPDATE SET code = excluded.code, issuer = excluded.issuer, \
         issued_at = excluded.issued_at, expires_at = excluded.expires_at",
    )
    .bind(invitation.user.to_string())
    .bind(invitation.code.as_slice())
    .bind(invitation.issuer.to_string())
    .bind(invitation.issued_at.0)
    .bind(invitation.expires_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether there was one that had not expired; it is gone then.
pub(super) async fn take_invitation(
    conn: &mut PgConnection,
    code: &[u8; 32],
    now: Millis,
) -> Result<bool, StorageError> {
    let done = sqlx::query("DELETE FROM invitation WHERE code = $1 AND expires_at > $2")
        .bind(code.as_slice())
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn end_invitation(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM invitation WHERE \"user\" = $1")
        .bind(user.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes the numbers of closed accounts free for others: what the person did stays under their account.
pub(super) async fn free_closed_phones(
    conn: &mut PgConnection,
    phones: &[String],
) -> Result<(), StorageError> {
    for phone in phones {
        sqlx::query(
            "UPDATE \"user\" SET phone = phone || '/' || id WHERE phone = $1 AND active = 0",
        )
        .bind(phone)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

pub(super) async fn session(
    conn: &mut PgConnection,
    token: &[u8; 32],
) -> Result<Option<StoredSession>, StorageError> {
    sqlx::query("SELECT \"user\", touched_at, expires_at FROM session WHERE token = $1")
        .bind(token.as_slice())
        .fetch_optional(conn)
        .await?
        .map(|row| {
            Ok(StoredSession {
                user: user_of(row.try_get(0)?)?,
                touched_at: Millis(row.try_get(1)?),
                expires_at: Millis(row.try_get(2)?),
            })
        })
        .transpose()
}

/// The sessions of a person, the one that was used last first.
pub(super) async fn sessions(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<Vec<ListedSession>, StorageError> {
    let rows = sqlx::query(
        "SELECT token, created_at, touched_at, expires_at, device FROM session WHERE \"user\" = $1 \
         ORDER BY touched_at DESC, created_at DESC, token",
    )
    .bind(user.to_string())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let token: Vec<u8> = row.try_get(0)?;
            let token = token
                .try_into()
                .map_err(|_| StorageError::Data("a session without a token".to_owned()))?;
            Ok(ListedSession {
                token,
                created_at: Millis(row.try_get(1)?),
                session: StoredSession {
                    user,
                    touched_at: Millis(row.try_get(2)?),
                    expires_at: Millis(row.try_get(3)?),
                },
                device: row.try_get(4)?,
            })
        })
        .collect()
}

pub(super) async fn put_account(
    conn: &mut PgConnection,
    account: &NewAccount,
    now: Millis,
) -> Result<(), StorageError> {
    let index = AccountIndex::of(account);
    sqlx::query(
        "INSERT INTO \"user\" (id, phone, password, actor, active, created_at, updated_at, creator, \
         kind, region, org, department, text) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, \
         password = excluded.password, actor = excluded.actor, active = excluded.active, \
         updated_at = excluded.updated_at, kind = excluded.kind, region = excluded.region, \
         org = excluded.org, department = excluded.department, text = excluded.text",
    )
    .bind(account.actor.user.to_string())
    .bind(&account.phone)
    .bind(&account.password)
    .bind(serde_json::to_string(&account.actor)?)
    .bind(i64::from(account.active))
    .bind(now.0)
    .bind(now.0)
    .bind(account.creator.map(|user| user.to_string()))
    .bind(index.kind)
    .bind(index.region)
    .bind(index.org)
    .bind(index.department)
    .bind(index.text)
    .execute(&mut *conn)
    .await?;
    if !account.active {
        end_sessions(conn, account.actor.user).await?;
        end_invitation(conn, account.actor.user).await?;
    }
    Ok(())
}

pub(super) async fn people_of(
    conn: &mut PgConnection,
    org: CreditCode,
    applicant: Option<UserId>,
) -> Result<Vec<NewAccount>, StorageError> {
    let rows = sqlx::query(
        "SELECT phone, password, actor FROM \"user\" WHERE active <> 0 AND (org = $1 OR id = $2) \
         ORDER BY id FOR UPDATE",
    )
    .bind(org.to_string())
    .bind(applicant.map(|user| user.to_string()))
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let actor: String = row.try_get(2)?;
            Ok(NewAccount {
                phone: row.try_get(0)?,
                password: row.try_get(1)?,
                actor: serde_json::from_str(&actor)?,
                active: true,
                creator: None,
            })
        })
        .collect()
}

pub(super) async fn start_session(
    conn: &mut PgConnection,
    token: &[u8; 32],
    session: StoredSession,
    device: &str,
) -> Result<(), StorageError> {
    // Repeated after a commit of which nobody knew, it is there already.
    sqlx::query(
        "INSERT INTO session (token, \"user\", created_at, touched_at, expires_at, device) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (token) DO NOTHING",
    )
    .bind(token.as_slice())
    .bind(session.user.to_string())
    .bind(session.touched_at.0)
    .bind(session.touched_at.0)
    .bind(session.expires_at.0)
    .bind(device)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM session WHERE \"user\" = $1 AND expires_at < $2")
        .bind(session.user.to_string())
        .bind(session.touched_at.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn touch_session(
    conn: &mut PgConnection,
    token: &[u8; 32],
    now: Millis,
    expires_at: Millis,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE session SET touched_at = $1, expires_at = $2 WHERE token = $3")
        .bind(now.0)
        .bind(expires_at.0)
        .bind(token.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn end_session(
    conn: &mut PgConnection,
    token: &[u8; 32],
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM session WHERE token = $1")
        .bind(token.as_slice())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn end_sessions(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM session WHERE \"user\" = $1")
        .bind(user.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn remove_expired_sessions(
    conn: &mut PgConnection,
    before: Millis,
) -> Result<(), StorageError> {
    sqlx::query("DELETE FROM session WHERE expires_at < $1")
        .bind(before.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// The key of somebody's data on one device.
pub(super) async fn data_key(
    conn: &mut PgConnection,
    user: UserId,
    device: &str,
) -> Result<Option<[u8; 32]>, StorageError> {
    let row = sqlx::query("SELECT key FROM data_key WHERE \"user\" = $1 AND device = $2")
        .bind(user.to_string())
        .bind(device)
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        let key: Vec<u8> = row.try_get(0)?;
        key.try_into()
            .map_err(|_| StorageError::Data("a data key of another length".to_owned()))
    })
    .transpose()
}

/// Keeps a key, unless there is one.
pub(super) async fn put_data_key(
    conn: &mut PgConnection,
    user: UserId,
    device: &str,
    key: &[u8; 32],
    now: Millis,
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO data_key (\"user\", device, key, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (\"user\", device) DO NOTHING",
    )
    .bind(user.to_string())
    .bind(device)
    .bind(key.as_slice())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}
