//! Needs page by page: the query as a database is asked it. Who may ask what is decided above, in `crate::browse`.

/// A page to read: newest first, beyond the last page's end (keyset paging).
#[derive(Clone, Debug, Default)]
pub struct BrowseQuery {
    /// Villages from this code on,
    pub from_village: i64,
    /// up to, without, this one.
    pub to_village: i64,
    /// Whole needs of every stage but drafts, or published ones without what is private.
    pub full: bool,
    /// This need alone.
    pub need: Option<String>,
    /// Of this topic.
    pub topic: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// With each of these words in lower case.
    pub words: Vec<String>,
    /// Older than this: time of the last change, and identifier.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: i64,
}

/// A need that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundNeed {
    /// When it was last changed.
    pub updated_at: i64,
    /// Its identifier.
    pub id: String,
    /// Its JSON, as much of it as was asked for.
    pub body: String,
}
