//! Error mapping: every error of IndexedDB leads either to a new database handle and another try, or to a
//! [`StoreError`] for the engine.

use indexed_db_futures::error::{DomException, Error, OpenDbError};
use indexed_db_futures::internals::SystemRepr;
use sync::ports::StoreError;

/// Why a transaction did nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database connection is closed or closing. Nothing was written, and a new connection may succeed.
    Dead(String),
    /// A new connection would fail in the same way, so the engine gets this error.
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
            // Only reading deserializes, so the stored value is not ours. The crate's own message would format floating-point
            // numbers, which costs the page 4 kB of code.
            Error::Serialisation(_) => Self::Told(StoreError::Corrupt(
                "a value of another kind than the page writes".to_owned(),
            )),
            Error::MissingData(error) => Self::Told(StoreError::Unavailable(error.to_string())),
            Error::Unknown(error) => Self::Told(StoreError::Unavailable(error.to_string())),
        }
    }
}

/// The failure of a transaction that was aborted. `reason` is the transaction's own `error`, which names the cause best. It is
/// missing when the browser closed the database (storage cleared, storage process gone); then a new connection may succeed.
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
        // `transaction()` on a closed connection; Safari after its storage process has died; Chromium on shutdown.
        "InvalidStateError" | "AbortError" => Failure::Dead(said),
        "UnknownError" | "TransactionInactiveError" if speaks_of_the_connection(&said) => {
            Failure::Dead(said)
        }
        // Chromium, for a value whose file is damaged.
        "NotReadableError" | "DataError" => Failure::Told(StoreError::Corrupt(said)),
        _ => Failure::Told(StoreError::Unavailable(said)),
    }
}

/// "The database connection is closing", "Connection to Indexed Database server lost", "Connection is closing"; Chromium says "Internal
/// error" of a database whose files have been removed under it.
fn speaks_of_the_connection(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["clos", "lost", "internal error"]
        .iter()
        .any(|word| said.contains(word))
}

/// Why a database could not be opened or deleted.
pub(crate) fn not_opened(error: OpenDbError) -> StoreError {
    match error {
        // The crate takes any exception of `indexedDB.open` for a TypeError about version 0, which is never asked for here.
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
