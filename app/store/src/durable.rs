//! Unsent work, refusals, drafts, identity. Its format is frozen: what it must hold differently one day goes into another
//! database, since an older page has to be able to send what a newer one has kept, and the other way round.

use indexed_db_futures::Build;
use indexed_db_futures::database::Database;
use sync::ports::{Area, Database as Which};

/// Never raised by this page; one that is higher belongs to a page that we do not know.
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
