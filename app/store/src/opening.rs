//! Opening one database: the request starts before its future is polled, so that two databases open concurrently. The future must
//! be polled before `upgradeneeded` fires: during the upgrade the request is `done` already, and `indexed_db_futures`, first polled
//! then, returns a database on which no transaction can begin.

use crate::blocked::unless_blocked;
use crate::error::{is_version_error, not_opened};
use indexed_db_futures::Build;
use indexed_db_futures::database::{Database, VersionChangeEvent};
use indexed_db_futures::factory::DBFactory;
use indexed_db_futures::future::OpenDbRequest;
use indexed_db_futures::internals::SystemRepr;
use std::cell::Cell;
use std::rc::Rc;
use sync::ports::StoreError;

/// What to open.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Its name.
    pub(crate) name: String,
    /// The version this page knows.
    pub(crate) version: u32,
    /// Makes its object stores, where there is none.
    pub(crate) create: fn(&Database) -> indexed_db_futures::Result<()>,
    /// What to do where there is none.
    pub(crate) missing: Missing,
}

/// What to do where the database does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Create it.
    Create,
    /// Abort the upgrade, so that no database is created.
    Leave,
}

/// A database that is being opened.
pub(crate) struct Opening {
    wanted: Wanted,
    factory: DBFactory,
    request: OpenDbRequest,
    was_missing: Rc<Cell<bool>>,
}

impl Opening {
    /// Asks for the database.
    pub(crate) fn start(factory: &DBFactory, wanted: Wanted) -> Result<Self, StoreError> {
        let was_missing = Rc::new(Cell::new(false));
        let upgrade = {
            let was_missing = was_missing.clone();
            let Wanted {
                create, missing, ..
            } = wanted;
            move |event: VersionChangeEvent, db: Database| {
                was_missing.set(event.old_version() == 0.0);
                match missing {
                    Missing::Create => create(&db),
                    Missing::Leave => give_up(&db),
                }
            }
        };
        let request = factory
            .open_db(wanted.name.clone())
            .with_version(wanted.version)
            .with_on_upgrade_needed(upgrade)
            .build()
            .map_err(not_opened)?;
        Ok(Self {
            wanted,
            factory: factory.clone(),
            request,
            was_missing,
        })
    }

    /// The database, and whether it is new; none where it is missing and was to be left so.
    pub(crate) async fn finish(self) -> Result<Option<(Database, bool)>, StoreError> {
        let Self {
            wanted,
            factory,
            mut request,
            was_missing,
        } = self;
        let raw = request.as_sys().clone();
        match unless_blocked(&mut request, &raw).await {
            Some(Ok(db)) => Ok(Some((db, was_missing.get()))),
            Some(Err(error)) if is_version_error(&error) => Err(StoreError::SchemaTooNew {
                found: version(&factory, &wanted.name).await?,
                known: wanted.version,
            }),
            Some(Err(_)) if was_missing.get() && wanted.missing == Missing::Leave => Ok(None),
            Some(Err(error)) => Err(not_opened(error)),
            None => {
                // The request succeeds once the other tab is closed; the connection is closed then, or it would block later upgrades.
                wasm_bindgen_futures::spawn_local(async move {
                    if let Ok(db) = request.await {
                        db.close();
                    }
                });
                Err(StoreError::Unavailable(format!(
                    "{} is held by another tab",
                    wanted.name
                )))
            }
        }
    }
}

/// Aborts the upgrade so that no database is created. Only an object store gives access to the upgrade's transaction.
fn give_up(db: &Database) -> indexed_db_futures::Result<()> {
    let store = db.create_object_store("none").build()?;
    Ok(store.transaction().as_sys().abort()?)
}

/// The version a database has.
async fn version(factory: &DBFactory, name: &str) -> Result<u32, StoreError> {
    let request = factory.open_db(name).build().map_err(not_opened)?;
    let db = request.await.map_err(not_opened)?;
    let version = db.version();
    db.close();
    Ok(version as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn wanted(version: u32) -> Wanted {
        Wanted {
            name: "blocked".to_owned(),
            version,
            create: |_| Ok(()),
            missing: Missing::Create,
        }
    }

    #[wasm_bindgen_test]
    async fn an_upgrade_held_up_by_a_deaf_tab_is_told_and_closes_what_opens_later() {
        let factory = DBFactory::new().unwrap();
        let opening = Opening::start(&factory, wanted(1)).unwrap();
        let (deaf, is_new) = opening.finish().await.unwrap().unwrap();
        assert!(is_new);
        let told = Opening::start(&factory, wanted(2)).unwrap().finish().await;
        let told = told.map(|opened| opened.map(|(_, is_new)| is_new));
        assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
        deaf.close();
        // Waits behind the upgrade, and would be blocked if that had stayed open.
        let (db, is_new) = Opening::start(&factory, wanted(3))
            .unwrap()
            .finish()
            .await
            .unwrap()
            .unwrap();
        assert!(!is_new);
        db.close();
    }
}
