//! The durable database: unsent work, rejections, drafts, identity. Its format is frozen, since an older page must be able to send
//! what a newer one has kept, and the other way round. A future format needs another database.

use indexed_db_futures::Build;
use indexed_db_futures::database::Database;
use sync::ports::{Area, Database as Which};

/// The IndexedDB version. It is never raised; a database with a higher version was made by a newer page.
pub(crate) const VERSION: u32 = 1;

/// Its name for a person.
pub(crate) fn name(scope: &str) -> String {
    format!("xiangdan-outbox-{scope}")
}

/// Version 1: an object store for each durable area, keys outside the values.
pub(crate) fn create(db: &Database) -> indexed_db_futures::Result<()> {
    for area in Area::ALL {
        if area.database() == Which::Durable {
            db.create_object_store(area.name()).build()?;
        }
    }
    Ok(())
}
