//! Settings of a region from a terminal: the same rule as on the page, without a device.

use crate::backend::StorageBackend;
use crate::group_commit::Write;
use crate::storage::StorageError;
use domain::commands::SetSettings;
use domain::settings::{InForce, PublishRule, Setting, Settings, chain};
use domain::trail::TERMINAL;
use domain::{
    Actor, Command, Entity, Key, Known, Millis, RegionCode, Rejection, Role, Undecided, decide,
};
use std::collections::BTreeMap;

/// What is set anew of what a region decides for itself; the rest stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionChange {
    /// The region.
    pub region: RegionCode,
    /// Who must agree before a need is published; an inner none goes by the region above.
    pub publish: Option<Option<PublishRule>>,
    /// Limits and periods; none goes by the region above.
    pub numbers: BTreeMap<Setting, Option<u32>>,
}

/// Why settings cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The rule refuses it.
    #[error("{}", .0.sentence())]
    Refused(Rejection),
    /// Another server changed them at the same time.
    #[error("another server has changed these settings meanwhile; try again")]
    Conflict,
    /// The database cannot be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl RegionChange {
    /// The entities that its decision reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Key> {
        chain(self.region).map(Key::Settings)
    }

    /// Decides it as an administrator's command.
    pub(crate) fn decide(&self, known: &Known, now: Millis) -> Result<Vec<Entity>, Rejection> {
        let before = known.settings(self.region).ok().flatten().cloned();
        let before = before.unwrap_or_else(|| Settings::none_of(self.region));
        let mut numbers = before.numbers;
        for (setting, value) in &self.numbers {
            match value {
                Some(value) => numbers.insert(*setting, *value),
                None => numbers.remove(setting),
            };
        }
        let command = Command::SetSettings(SetSettings {
            region: self.region,
            publish: self.publish.unwrap_or(before.publish),
            numbers,
            help: before.help,
            seen: before.revision,
        });
        let actor = Actor {
            user: TERMINAL,
            name: String::new(),
            role: Role::Administrator,
            library: Vec::new(),
        };
        match decide(&command, &actor, known, now) {
            Ok(changes) => Ok(changes.puts),
            Err(Undecided::Rejected(rejection)) => Err(rejection),
            Err(Undecided::NotLoaded(key)) => Err(Rejection::NotFound { kind: key.kind() }),
        }
    }
}

impl StorageBackend {
    /// What holds in a region.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn settings_of(&self, region: RegionCode) -> Result<InForce, StorageError> {
        let known = self.settings_above(region).await?;
        InForce::of(&known, region)
            .map_err(|missing| StorageError::Data(format!("{} is missing", missing.0.id())))
    }

    /// Changes what a region decides for itself, and leaves the rest.
    ///
    /// # Errors
    /// The rule refuses it, or the database cannot be written.
    pub async fn set_settings(&self, change: RegionChange) -> Result<(), SettingsError> {
        let known = self.settings_above(change.region).await?;
        change
            .decide(&known, self.clock.now())
            .map_err(SettingsError::Refused)?;
        let written = self
            .writer
            .write_if(Write::SetSettings(Box::new(change)))
            .await?;
        written.then_some(()).ok_or(SettingsError::Conflict)
    }

    /// The settings of a region and of those above it, as they are stored.
    async fn settings_above(&self, region: RegionCode) -> Result<Known, StorageError> {
        let keys: Vec<Key> = chain(region).map(Key::Settings).collect();
        let mut transaction = self.storage.begin().await?;
        let rows = transaction.read_entities(&keys).await?;
        transaction.roll_back().await?;
        let mut known = Known::default();
        for key in keys {
            let row = rows.iter().find(|row| row.key == key);
            let entity = row.map(|row| Entity::from_json(key.kind(), &row.body));
            known.insert(key, entity.transpose()?);
        }
        Ok(known)
    }
}
