//! Forward compatibility: which kinds and bodies this version of the page can read. A device keeps what it cannot read as it came,
//! so that a newer version can read it after an update.

use crate::log::Segment;
use crate::row_key::{RowKey, Unknown};
use domain::{Entity, Key};

/// What a page can read: everything its rules know. Tests make pages that know less, as one of an earlier release does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Knowledge {
    #[cfg(feature = "testkit")]
    unknown: Option<Lacking>,
}

/// What an earlier release does not know.
#[cfg(feature = "testkit")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// The kind of that name.
    Kind(&'static str),
    /// Bodies with this text in them: a variant that came later.
    Variant(&'static str),
}

impl Knowledge {
    /// What a page of an earlier release does not know.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub fn without(lacking: Lacking) -> Self {
        Self {
            unknown: Some(lacking),
        }
    }

    #[cfg(feature = "testkit")]
    fn knows_kind(self, kind: &str) -> bool {
        !matches!(self.unknown, Some(Lacking::Kind(name)) if name == kind)
    }

    #[cfg(feature = "testkit")]
    fn knows_variants(self, body: &str) -> bool {
        !matches!(self.unknown, Some(Lacking::Variant(text)) if body.contains(text))
    }

    #[cfg(not(feature = "testkit"))]
    fn knows_kind(self, _: &str) -> bool {
        true
    }

    #[cfg(not(feature = "testkit"))]
    fn knows_variants(self, _: &str) -> bool {
        true
    }

    /// The key of a row.
    #[must_use]
    pub fn key(self, kind: &str, id: &str) -> RowKey {
        if self.knows_kind(kind) {
            return RowKey::parse(kind, id);
        }
        RowKey::Unknown(Box::new(Unknown {
            kind: kind.to_owned(),
            id: id.to_owned(),
        }))
    }

    /// The entity in a body; none when a newer version wrote it.
    #[must_use]
    pub fn read(self, key: Key, body: &str) -> Option<Entity> {
        if !self.knows_variants(body) {
            return None;
        }
        Entity::from_json(key.kind(), body).ok()
    }

    /// Whether this page can read a row.
    #[must_use]
    pub fn can_read(self, row: &crate::wire::Row) -> bool {
        let Some(key) = self.key(&row.kind, &row.id).known() else {
            return false;
        };
        row.body
            .as_ref()
            .is_none_or(|body| self.read(key, body.get()).is_some())
    }

    /// A segment as this page can read it.
    pub(crate) fn limit(self, mut segment: Segment) -> Segment {
        for record in &mut segment.records {
            if let Some(key) = record.key.known()
                && !self.knows_kind(key.kind().name())
            {
                record.key = self.key(key.kind().name(), &key.id());
                record.summary = None;
            }
        }
        segment
    }
}
