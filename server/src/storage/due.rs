//! What happens by itself: rows beside entities that say which job is due when. They are a pure function of the entity, like projections, and
//! are written in the same transaction.

use super::tables::{TABLES, Value, Values};
use super::unit_of_work::Stored;
use super::{Storage, StorageError};
use domain::jobs::{Due, Job, Overdue};
use domain::{Entity, Key, Millis};
use std::time::Duration;

/// What the rows of a database say they were made by. Raise it when a kind's `due` says something else of entities that are there: the next
/// start makes all rows anew.
const DUE_LAYOUT: &str = "2";
/// Where `meta` says which layout the rows have.
const DUE_KEY: &str = "due";
/// How many entities are read at a time to make their rows.
const ENTITIES: usize = 1_000;

/// A job of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueRow {
    /// The entity's kind.
    pub kind: String,
    /// The entity's identifier.
    pub id: String,
    /// The job's name.
    pub job: String,
    /// When it is due.
    pub at: Millis,
}

impl DueRow {
    /// The rows of an entity.
    #[must_use]
    pub fn of(entity: &Entity) -> Vec<Self> {
        let key = entity.key();
        let row = |due: Due| Self {
            kind: key.kind().name().to_owned(),
            id: key.id(),
            job: due.job.name().to_owned(),
            at: due.at,
        };
        entity.due().into_iter().map(row).collect()
    }

    /// What the rules make of it; none for a job of a newer version.
    pub(crate) fn overdue(&self) -> Option<Overdue> {
        Some(Overdue {
            key: Key::parse(&self.kind, &self.id).ok()?,
            due: Due {
                job: Job::from_name(&self.job)?,
                at: self.at,
            },
        })
    }
}

/// How long a server waits before it looks again whether another one has made the rows.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Makes the rows of everything that is there, if the database has none yet or those of another layout. Of several servers that start, one
/// does it while the others wait; each entity is locked while its rows are made, so that what a server writes meanwhile is not overwritten.
pub(crate) async fn index(storage: &dyn Storage) -> Result<(), StorageError> {
    loop {
        if is_indexed(storage).await? {
            return Ok(());
        }
        if let Some(_lead) = storage.try_lead("make the rows of what is due").await? {
            // Another one may have led before this one.
            return match is_indexed(storage).await? {
                true => Ok(()),
                false => make(storage).await,
            };
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn is_indexed(storage: &dyn Storage) -> Result<bool, StorageError> {
    Ok(storage.meta(DUE_KEY).await?.as_deref() == Some(DUE_LAYOUT))
}

async fn make(storage: &dyn Storage) -> Result<(), StorageError> {
    let Some(entities) = TABLES.iter().find(|table| table.name == "entity") else {
        return Ok(());
    };
    let mut after: Option<Values> = None;
    loop {
        let rows = storage
            .read_rows(entities, after.as_ref(), ENTITIES)
            .await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.iter().take(entities.key).cloned().collect());
        let key = |row: &Values| match row.as_slice() {
            [Value::Text(kind), Value::Text(id), ..] => Key::parse(kind, id).ok(),
            _ => None,
        };
        let mut keys: Vec<Key> = rows.iter().filter_map(key).collect();
        keys.sort_unstable();
        let mut transaction = storage.begin().await?;
        let mut due = Vec::new();
        for row in transaction.lock_entities(&keys).await? {
            // What cannot be read is named by the consistency check.
            if let Ok(stored) = Stored::try_from(row) {
                due.extend(DueRow::of(&stored.entity));
            }
        }
        transaction.replace_due(&keys, &due).await?;
        transaction.commit().await?;
    }
    storage.set_meta(DUE_KEY, DUE_LAYOUT).await
}
