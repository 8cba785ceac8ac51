//! The key of a row, known or unknown (forward compatibility): a row of a kind that this version does not know is kept under the
//! server's name for it until an update can read it.

use domain::{EntityKind, Key};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// Which entity a row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// The key of a kind that this version knows.
    Known(Key),
    /// A key whose kind or form of identifier this version does not know.
    Unknown(Box<Unknown>),
}

/// The kind's name and the identifier as the server wrote them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unknown {
    /// The kind's name.
    pub kind: String,
    /// The identifier.
    pub id: String,
}

/// An identifier as the cache keeps it: 16 bytes where it is a UUID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StoredId {
    Uuid(Uuid),
    Text(String),
}

impl RowKey {
    /// The key of a row that names this kind and this identifier.
    #[must_use]
    pub fn parse(kind: &str, id: &str) -> Self {
        match Key::parse(kind, id) {
            Ok(key) => Self::Known(key),
            Err(_) => Self::Unknown(Box::new(Unknown {
                kind: kind.to_owned(),
                id: id.to_owned(),
            })),
        }
    }

    /// The key, if this version knows the kind.
    #[must_use]
    pub fn known(&self) -> Option<Key> {
        match self {
            Self::Known(key) => Some(*key),
            Self::Unknown(_) => None,
        }
    }

    /// The kind's name.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Known(key) => key.kind().name(),
            Self::Unknown(unknown) => &unknown.kind,
        }
    }

    pub(crate) fn stored_id(&self) -> StoredId {
        match self {
            Self::Known(key) => match key.uuid() {
                Some(uuid) => StoredId::Uuid(uuid),
                None => StoredId::Text(key.id()),
            },
            Self::Unknown(unknown) => StoredId::Text(unknown.id.clone()),
        }
    }

    /// The key of what the cache keeps under a kind's name; `known` is the kind of that name, looked up once for many.
    pub(crate) fn from_stored(name: &str, known: Option<EntityKind>, id: StoredId) -> Self {
        match (known, id) {
            (Some(kind), StoredId::Uuid(uuid)) => match Key::from_uuid(kind, uuid) {
                Some(key) => Self::Known(key),
                None => Self::parse(name, &uuid.to_string()),
            },
            (_, StoredId::Uuid(uuid)) => Self::parse(name, &uuid.to_string()),
            (_, StoredId::Text(id)) => Self::parse(name, &id),
        }
    }
}

impl From<Key> for RowKey {
    fn from(key: Key) -> Self {
        Self::Known(key)
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(key) => key.fmt(f),
            Self::Unknown(unknown) => write!(f, "{}/{}", unknown.kind, unknown.id),
        }
    }
}
