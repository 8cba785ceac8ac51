//! A snapshot of the entities that were looked up for deciding a command.

use crate::kinds::{Entity, Key};
use std::collections::BTreeMap;

/// Entities that were looked up, or the knowledge that they are not there. A rule that asks for one that was not looked up
/// gets [`NotLoaded`], so that "not loaded yet" is never taken for "there is none".
#[derive(Clone, Debug, Default)]
pub struct Known {
    found: BTreeMap<Key, Option<Entity>>,
}

/// An entity that has not been looked up yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLoaded(pub Key);

impl Known {
    /// Remembers an entity, or that there is none.
    pub fn insert(&mut self, key: Key, entity: Option<Entity>) {
        self.found.insert(key, entity);
    }

    /// The entity; none when it is not there.
    ///
    /// # Errors
    /// It has not been looked up.
    pub fn get(&self, key: Key) -> Result<Option<&Entity>, NotLoaded> {
        self.found
            .get(&key)
            .map(Option::as_ref)
            .ok_or(NotLoaded(key))
    }
}
