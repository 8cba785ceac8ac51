//! The state of the installation, for administrators.

use domain::{Actor, Millis, UserId};
use serde::{Deserialize, Serialize};

/// Asks for the state of the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationRequest {
    /// For whom; a server that knows the session as somebody else's shows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Look first whether everything stored agrees with itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInPerson {
    /// Who.
    pub actor: Actor,
    /// On how many devices.
    pub devices: u32,
    /// When the server heard of one of them last, to the day.
    pub last: Millis,
}

/// A fault of the page that somebody reported, with all that are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFault {
    /// The code that people see.
    pub code: String,
    /// The build.
    pub build: String,
    /// On which page.
    pub page: String,
    /// What happened.
    pub kind: String,
    /// How often it was reported.
    pub times: u32,
    /// When first.
    pub first: Millis,
    /// When last.
    pub last: Millis,
}

/// What a look at everything stored has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// When, by the server.
    pub at: Millis,
    /// How many entities were looked at.
    pub entities: u64,
    /// How many things are wrong.
    pub wrong: u64,
    /// The first of them, for the person who runs the server.
    pub lines: Vec<String>,
}

/// The state of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationAnswer {
    /// The program's version.
    pub version: String,
    /// `SQLite` or `PostgreSQL`.
    pub database: String,
    /// How large the database is.
    pub bytes: u64,
    /// The last migration, by its number and name.
    pub migration: String,
    /// How many accounts there are.
    pub accounts: u64,
    /// How many regions there are.
    pub regions: u64,
    /// Why nothing can be written, if that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<String>,
    /// When a copy was made last by `xiangdan backup` or this page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_backup: Option<Millis>,
    /// What the last check found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_check: Option<CheckResult>,
    /// What counting all figures again, and following the trail, found in the last night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_recount: Option<CheckResult>,
    /// How many people are signed in.
    pub people: u64,
    /// Those of them who were seen last.
    pub signed_in: Vec<SignedInPerson>,
    /// Faults that pages reported, the latest first.
    pub faults: Vec<StoredFault>,
    /// When it was read, by the server.
    pub as_of: Millis,
}
