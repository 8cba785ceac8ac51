//! Moving an installation: every row of every table from one database into another, counted and compared.

use super::tables::{TABLES, Table, Value, Values};
use super::{Storage, StorageError};
use sha2::{Digest, Sha256};

/// How many rows are in memory at a time.
const ROWS: usize = 500;

/// What a table holds: how many rows, and a digest of all of them in the order of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The table.
    pub table: &'static str,
    /// How many rows.
    pub rows: i64,
    /// SHA-256 over every value of every row.
    pub digest: [u8; 32],
}

/// Copies everything into an empty database, in one transaction, and compares. Only while no server runs on either: what
/// one of them wrote meanwhile would show as a difference. The epoch travels too, so devices go on as if nothing had
/// happened.
pub async fn copy(from: &dyn Storage, to: &dyn Storage) -> Result<Vec<Content>, StorageError> {
    for table in &TABLES {
        let there = to.read_rows(table, None, 1).await?;
        // A database that a server has started on knows its epoch, and nothing else.
        if table.name != "meta" && !there.is_empty() {
            return Err(StorageError::NotEmpty(1, table.name));
        }
    }
    let mut transaction = to.begin().await?;
    let mut copied = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        transaction.empty(table).await?;
        let mut content = Counting::default();
        let mut after = None;
        loop {
            let rows = from.read_rows(table, after.as_ref(), ROWS).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last[..table.key].to_vec());
            rows.iter().for_each(|row| content.add(row));
            transaction.insert_rows(table, rows).await?;
        }
        copied.push(content.of(table));
    }
    transaction.commit().await?;
    for (copied, table) in copied.iter().zip(&TABLES) {
        if content(to, table).await? != *copied || content(from, table).await? != *copied {
            // An interrupted or wrong copy must not be taken for one: the target is as empty as before.
            clear(to).await?;
            return Err(StorageError::CopyDiffers(table.name));
        }
    }
    Ok(copied)
}

/// What a table holds.
pub async fn content(
    storage: &dyn Storage,
    table: &'static Table,
) -> Result<Content, StorageError> {
    let mut content = Counting::default();
    let mut after = None;
    loop {
        let rows = storage.read_rows(table, after.as_ref(), ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last[..table.key].to_vec());
        rows.iter().for_each(|row| content.add(row));
    }
    Ok(content.of(table))
}

async fn clear(storage: &dyn Storage) -> Result<(), StorageError> {
    let mut transaction = storage.begin().await?;
    for table in &TABLES {
        transaction.empty(table).await?;
    }
    transaction.commit().await
}

#[derive(Default)]
struct Counting {
    rows: i64,
    digest: Sha256,
}

impl Counting {
    /// Lengths stand before texts, so that no two rows look the same.
    fn add(&mut self, row: &Values) {
        self.rows += 1;
        for value in row {
            match value {
                Value::Null => self.digest.update([0]),
                Value::Integer(number) => {
                    self.digest.update([1]);
                    self.digest.update(number.to_be_bytes());
                }
                Value::Text(text) => self.bytes(2, text.as_bytes()),
                Value::Bytes(bytes) => self.bytes(3, bytes),
            }
        }
    }

    fn bytes(&mut self, kind: u8, bytes: &[u8]) {
        self.digest.update([kind]);
        self.digest.update((bytes.len() as u64).to_be_bytes());
        self.digest.update(bytes);
    }

    fn of(self, table: &Table) -> Content {
        Content {
            table: table.name,
            rows: self.rows,
            digest: self.digest.finalize().into(),
        }
    }
}

/// A copy of every table in memory, for the simulation's backups.
#[cfg(feature = "faults")]
#[derive(Clone, Debug, Default)]
pub struct Backup(Vec<Vec<Values>>);

#[cfg(feature = "faults")]
impl Backup {
    /// Everything as it is now.
    pub async fn of(storage: &dyn Storage) -> Result<Self, StorageError> {
        let mut tables = Vec::with_capacity(TABLES.len());
        for table in &TABLES {
            tables.push(storage.read_rows(table, None, usize::MAX).await?);
        }
        Ok(Self(tables))
    }

    /// Everything as it was then. Only while nothing else writes.
    pub async fn put_back(&self, storage: &dyn Storage) -> Result<(), StorageError> {
        let mut transaction = storage.begin().await?;
        for (table, rows) in TABLES.iter().zip(&self.0) {
            transaction.empty(table).await?;
            if !rows.is_empty() {
                transaction.insert_rows(table, rows.clone()).await?;
            }
        }
        transaction.commit().await
    }
}
