//! Every error of IndexedDB is sorted here, once: what calls for a new handle, and what the engine is told.

use indexed_db_futures::error::{DomException, Error, OpenDbError};
use indexed_db_futures::internals::SystemRepr;
use sync::ports::StoreError;

/// Why a transaction did nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The handle is dead or dying; another one may do. Nothing was written.
    Dead(String),
    /// Another handle would fail in the same way.
    Told(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Told(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::DomException(exception) => named(exception.as_sys()),
            // Only reading converts: something else wrote this. The crate's own words print numbers with fractions,
            // which costs the page 4 kB.
            Error::Serialisation(_) => Self::Told(StoreError::Corrupt(
                "a value of another kind than the page writes".to_owned(),
            )),
            Error::MissingData(error) => Self::Told(StoreError::Unavailable(error.to_string())),
            Error::Unknown(error) => Self::Told(StoreError::Unavailable(error.to_string())),
        }
    }
}

/// A transaction ended without being committed. `reason` is what the transaction itself says, and says best; it has none
/// when it was ended from outside: by the browser closing the database (storage cleared, its process gone), which a new
/// handle survives.
pub(crate) fn aborted(error: Error, reason: Option<&web_sys::DomException>) -> Failure {
    match (error, reason) {
        (_, Some(reason)) => named(reason),
        (Error::MissingData(error), None) => Failure::Dead(error.to_string()),
        (error, None) => error.into(),
    }
}

fn named(exception: &web_sys::DomException) -> Failure {
    let said = format!("{}: {}", exception.name(), exception.message());
    match exception.name().as_str() {
        "QuotaExceededError" => Failure::Told(StoreError::Quota),
        // A transaction asked of a closed handle; Safari after its storage process has died; Chromium on shutdown.
        "InvalidStateError" | "AbortError" => Failure::Dead(said),
        "UnknownError" | "TransactionInactiveError" if speaks_of_the_connection(&said) => {
            Failure::Dead(said)
        }
        // Chromium, for a value whose file is damaged.
        "NotReadableError" | "DataError" => Failure::Told(StoreError::Corrupt(said)),
        _ => Failure::Told(StoreError::Unavailable(said)),
    }
}

/// "The database connection is closing", "Connection to Indexed Database server lost", "Connection is closing".
fn speaks_of_the_connection(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    said.contains("clos") || said.contains("lost")
}

/// Why a database could not be opened or deleted.
pub(crate) fn not_opened(error: OpenDbError) -> StoreError {
    match error {
        // The crate's word for anything that `indexedDB.open` throws; the version is never zero here.
        OpenDbError::VersionZero => {
            StoreError::Unavailable("the browser forbids IndexedDB here".to_owned())
        }
        OpenDbError::Base(error) => match error.into() {
            Failure::Dead(said) => StoreError::Unavailable(said),
            Failure::Told(error) => error,
        },
        OpenDbError::UnsupportedEnvironment | OpenDbError::NullFactory => {
            StoreError::Unavailable("there is no IndexedDB here".to_owned())
        }
    }
}

/// Whether a newer version of the page has upgraded the database.
pub(crate) fn is_version_error(error: &OpenDbError) -> bool {
    let OpenDbError::Base(Error::DomException(exception)) = error else {
        return false;
    };
    // `DomException::Other` carries it: the crate has no name for it.
    matches!(exception, DomException::Other(e) if e.name() == "VersionError")
}
