//! The lock of an SQLite file: one process has it from before it opens the file until after its last write.
//!
//! The lock is the operating system's, on a file of its own beside the database, so that it ends with the process however
//! that ends. It is not on the database itself: closing that file would give up the locks that SQLite holds on it.

use super::StorageError;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often somebody who waits tries again.
const AGAIN: Duration = Duration::from_millis(50);

/// The lock, until it is dropped.
#[derive(Debug)]
pub(crate) struct FileLock {
    _held: File,
}

impl FileLock {
    /// Takes the lock of this database. Another process that has it may be about to end, so it is waited for, but not
    /// longer than `patience`.
    pub(crate) async fn take(database: &Path, patience: Duration) -> Result<Self, StorageError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(&real(database)))?;
        let until = Instant::now() + patience;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _held: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(StorageError::InUse(database.display().to_string()));
                }
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            if !told {
                told = true;
                tracing::info!(database = %database.display(), "another xiangdan works on it; waiting for it to end");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// The file itself, whichever links lead to it.
fn real(database: &Path) -> PathBuf {
    database
        .canonicalize()
        .ok()
        .or_else(|| {
            let folder = match database.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            Some(folder.canonicalize().ok()?.join(database.file_name()?))
        })
        .unwrap_or_else(|| database.to_owned())
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_by_whatever_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.sqlite");
        std::fs::create_dir(folder.path().join("deep")).expect("a folder");
        let first = FileLock::take(&file, Duration::ZERO).await.expect("taken");
        for same in ["x.sqlite", "deep/../x.sqlite"] {
            let second = FileLock::take(&folder.path().join(same), Duration::ZERO).await;
            assert!(matches!(second, Err(StorageError::InUse(_))), "{same}");
        }
        let other = folder.path().join("y.sqlite");
        FileLock::take(&other, Duration::ZERO)
            .await
            .expect("another file");
        drop(first);
        FileLock::take(&file, Duration::ZERO)
            .await
            .expect("free again");
    }

    #[tokio::test]
    async fn who_is_about_to_end_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("x.sqlite");
        let first = FileLock::take(&file, Duration::ZERO).await.expect("taken");
        let waiting = FileLock::take(&file, Duration::from_secs(20));
        let (second, ()) = tokio::join!(waiting, async move { drop(first) });
        second.expect("taken after the first");
    }
}
