//! Leader election: an advisory lock on a connection of its own, which PostgreSQL gives up with the connection.

use crate::storage::{Lead, StorageError};
use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Row};

struct Leading(PgConnection);

pub(super) async fn try_lead(
    options: &PgConnectOptions,
    job: &'static str,
) -> Result<Option<Box<dyn Lead>>, StorageError> {
    let mut connection = options.connect().await?;
    let taken: bool = sqlx::query("SELECT pg_try_advisory_lock(hashtextextended($1, 0))")
        .bind(format!("xiangdan {job}"))
        .fetch_one(&mut connection)
        .await?
        .try_get(0)?;
    if taken {
        return Ok(Some(Box::new(Leading(connection))));
    }
    connection.close().await?;
    Ok(None)
}

#[async_trait]
impl Lead for Leading {
    async fn is_held(&mut self) -> bool {
        self.0.ping().await.is_ok()
    }
}
