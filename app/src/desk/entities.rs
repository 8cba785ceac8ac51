//! Whole entities as they are shown: the replica with the own unsent acts on top (optimistic update).

use crate::desk::Desk;
use domain::settings::{InForce, chain};
use domain::{Entity, Key, Organization, RegionCode, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;
use sync::engine::{ReadError, Seen};

/// What is known of an entity at the moment.
#[derive(Clone, Debug)]
pub enum Known {
    /// It is being read; show a skeleton of the same height.
    Reading,
    /// It is not on this device.
    Absent,
    /// It is here, and a newer version wrote it: this page shows it after its update.
    Newer,
    /// Here it is.
    Here(Box<Seen>),
}

impl Desk {
    /// An entity as it is shown, kept up to date.
    #[must_use]
    pub fn entity(
        self,
        key: impl Fn() -> Option<Key> + 'static,
    ) -> ReadSignal<Known, LocalStorage> {
        let (known, set_known) = signal_local(Known::Reading);
        Effect::new(move || {
            self.track();
            let Some(key) = key() else {
                set_known.set(Known::Absent);
                return;
            };
            let engine = self.engine();
            spawn_local(async move {
                let found = match engine.entity(key).await {
                    Ok(Some(seen)) => Known::Here(Box::new(seen)),
                    Err(ReadError::Newer(_)) => Known::Newer,
                    Ok(None) | Err(ReadError::Store(_)) => Known::Absent,
                };
                // The page may be gone by now.
                set_known.try_set(found);
            });
        });
        known
    }

    /// Several entities as they are shown, kept up to date; those that are not on this device are left out. Nothing while
    /// they are read for the first time.
    #[must_use]
    pub fn entities(
        self,
        keys: impl Fn() -> Vec<Key> + 'static,
    ) -> ReadSignal<Option<Vec<Seen>>, LocalStorage> {
        let (found, set_found) = signal_local(None);
        Effect::new(move || {
            self.track();
            let keys = keys();
            let engine = self.engine();
            spawn_local(async move {
                // After a failure the next change reads them again.
                if let Ok(seen) = engine.shown(&keys).await {
                    // The page may be gone by now.
                    set_found.try_set(Some(seen));
                }
            });
        });
        found
    }

    /// What is set for a region, as far as this device knows, kept up to date.
    #[must_use]
    pub fn in_force(self, region: impl Fn() -> Option<RegionCode> + 'static) -> Memo<InForce> {
        let regions = move || region().into_iter().flat_map(chain).map(Key::Settings);
        let found = self.entities(move || regions().collect());
        Memo::new(move |_| {
            let found = found.get().unwrap_or_default().into_iter();
            let settings = found.filter_map(|seen| match seen.entity {
                Entity::Settings(settings) => Some(*settings),
                _ => None,
            });
            InForce::from_nearest(settings.collect())
        })
    }

    /// The organization of the member who is signed in, kept up to date.
    #[must_use]
    pub fn own_organization(self) -> Memo<Option<Organization>> {
        let org = match self.actor().role {
            Role::Member { org, .. } => Some(Key::Organization(org)),
            _ => None,
        };
        let known = self.entity(move || org);
        Memo::new(move |_| {
            known.with(|known| match known {
                Known::Here(seen) => match &seen.entity {
                    Entity::Organization(org) => Some((**org).clone()),
                    _ => None,
                },
                _ => None,
            })
        })
    }

    /// An entity as it is shown at this moment; nothing when it is not on this device.
    pub async fn read(self, key: Key) -> Option<Seen> {
        self.engine().entity(key).await.ok().flatten()
    }
}
