use super::{Database, StorageError};
use domain::{Actor, Millis, UserId};
use sqlx::{Row, sqlite::SqliteRow};

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// The person in their role.
    pub actor: Actor,
    /// The argon2 hash of the password.
    pub password: String,
    /// Whether they may sign in.
    pub active: bool,
}

/// An account to store. The phone number is what one signs in with.
#[derive(Clone)]
pub struct NewAccount {
    /// The phone number, digits only.
    pub phone: String,
    /// The argon2 hash of the password.
    pub password: String,
    /// The person in their role.
    pub actor: Actor,
    /// Whether they may sign in.
    pub active: bool,
}

/// A session as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredSession {
    /// Whose.
    pub user: UserId,
    /// When its expiry was last moved.
    pub touched_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
}

impl Database {
    /// The account of a phone number.
    pub async fn account_by_phone(
        &self,
        phone: &str,
    ) -> Result<Option<StoredAccount>, StorageError> {
        sqlx::query("SELECT actor, password, active FROM user WHERE phone = ?")
            .bind(phone)
            .fetch_optional(&self.reading)
            .await?
            .map(|row| account(&row))
            .transpose()
    }

    /// The account of a person.
    pub async fn account(&self, user: UserId) -> Result<Option<StoredAccount>, StorageError> {
        sqlx::query("SELECT actor, password, active FROM user WHERE id = ?")
            .bind(user.to_string())
            .fetch_optional(&self.reading)
            .await?
            .map(|row| account(&row))
            .transpose()
    }

    /// How many accounts there are.
    pub async fn count_accounts(&self) -> Result<i64, StorageError> {
        Ok(sqlx::query("SELECT count(*) FROM user")
            .fetch_one(&self.reading)
            .await?
            .try_get(0)?)
    }

    /// The session whose secret has this SHA-256.
    pub async fn session(&self, token: &[u8; 32]) -> Result<Option<StoredSession>, StorageError> {
        sqlx::query("SELECT user, touched_at, expires_at FROM session WHERE token = ?")
            .bind(token.as_slice())
            .fetch_optional(&self.reading)
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
}

fn account(row: &SqliteRow) -> Result<StoredAccount, StorageError> {
    let actor: String = row.try_get(0)?;
    Ok(StoredAccount {
        actor: serde_json::from_str(&actor)?,
        password: row.try_get(1)?,
        active: row.try_get::<i64, _>(2)? != 0,
    })
}
