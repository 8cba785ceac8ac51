//! The state of a database, for administrators.

use api::{FaultReport, StoredFault};
use domain::Millis;

/// How many faults of the page are kept: those that were reported last.
pub const FAULTS: i64 = 300;
/// How many of them, and of those who are signed in, are told.
pub const TOLD: i64 = 50;

/// What a database says of itself.
#[derive(Clone, Debug, Default)]
pub struct StorageState {
    /// `SQLite` or `PostgreSQL`.
    pub database: &'static str,
    /// How large it is.
    pub bytes: i64,
    /// The last migration.
    pub migration: String,
    /// When a copy was made last, if that is known.
    pub last_backup: Option<Millis>,
    /// How many people are signed in.
    pub people: i64,
    /// Those who were seen last: their actor as JSON, on how many devices, and when.
    pub signed_in: Vec<(String, i64, i64)>,
    /// Faults of the page, the latest first.
    pub faults: Vec<StoredFault>,
}

/// A fault of the page to be kept.
#[derive(Clone, Debug)]
pub struct FaultRow {
    /// The code that people see.
    pub code: String,
    /// What was reported.
    pub report: FaultReport,
}
