use super::{Database, StorageError};
use domain::{Entity, Millis, UserId};
use sqlx::Row;

/// One entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, by the server.
    pub at: Millis,
    /// Who.
    pub user: String,
    /// From which device; none for what was not a person's mutation.
    pub client: Option<String>,
    /// By which command.
    pub command: String,
    /// The entity's JSON before; none if it was not there.
    pub before: Option<String>,
    /// The entity's JSON after.
    pub after: Option<String>,
}

/// A change to one entity that somebody made in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Millis,
    /// Who.
    pub user: UserId,
    /// By which command.
    pub command: &'static str,
    /// The entity before; none if it was not there.
    pub before: Option<Entity>,
    /// The entity after.
    pub after: Entity,
}

impl Database {
    /// What happened to an entity, oldest first.
    pub async fn trail(&self, kind: &str, id: &str) -> Result<Vec<AuditEntry>, StorageError> {
        let rows = sqlx::query(
            "SELECT at, user, client, command, before, after FROM audit WHERE kind = ? AND id = ? ORDER BY no",
        )
        .bind(kind)
        .bind(id)
        .fetch_all(&self.reading)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    at: Millis(row.try_get(0)?),
                    user: row.try_get(1)?,
                    client: row.try_get(2)?,
                    command: row.try_get(3)?,
                    before: row.try_get(4)?,
                    after: row.try_get(5)?,
                })
            })
            .collect()
    }
}
