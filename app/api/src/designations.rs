//! Lists of designations: what there is, and loading a dated, sourced table.

use domain::{Millis, RegionCode, UserId};
use serde::{Deserialize, Serialize};

/// Which lists there are in a region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignationsRequest {
    /// For whom; a server that knows the session as somebody else's shows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// In this region; by default the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionCode>,
}

/// A list, as far as it lies in the region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignationList {
    /// What the regions in it are called.
    pub name: String,
    /// How many regions bear it today.
    pub regions: u32,
    /// How many are still to begin or have ended.
    pub other_days: u32,
    /// Where the newest of them come from.
    pub source: String,
    /// When it was loaded last.
    pub loaded_at: Millis,
}

/// The lists of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignationsAnswer {
    /// By name.
    pub lists: Vec<DesignationList>,
    /// When it was read, by the server.
    pub as_of: Millis,
}

/// A table to load: looked through first, then applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRequest {
    /// For whom; a server that knows the session as somebody else's does nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The file's name; its end says its form.
    pub file: String,
    /// The file, as base64.
    pub content: String,
    /// The difference that the person has seen and wants; without it nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apply: Option<String>,
}

/// A row that cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Its line, the header being the first.
    pub line: u32,
    /// What stands there.
    pub text: String,
    /// What is wrong, and what to do, as a sentence.
    pub problem: String,
}

/// One thing that loading would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What happens.
    pub what: Differs,
    /// What it is about: a region with its name.
    pub title: String,
    /// What is different, as a sentence; may be empty.
    pub words: String,
}

/// What loading would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// It is added.
    New,
    /// It is there and says something else.
    Changed,
    /// It is there and not in the file: it ends.
    Gone,
}

/// What a table holds, compared with what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadAnswer {
    /// How many rows the file has.
    pub rows: u32,
    /// How many say what is known already.
    pub same: u32,
    /// How many are added.
    pub new: u32,
    /// How many are changed.
    pub changed: u32,
    /// How many end.
    pub gone: u32,
    /// The first of the differences.
    pub differences: Vec<Difference>,
    /// How many rows cannot be loaded; as long as there is one, nothing is.
    pub bad: u32,
    /// The first of those rows.
    pub bad_rows: Vec<BadRow>,
    /// Names the difference, to be sent back with it.
    pub difference: String,
    /// Whether it was applied by this request.
    pub applied: bool,
}
