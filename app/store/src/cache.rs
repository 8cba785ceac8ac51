//! The cache database: rows of the server, which can be fetched again. Its name contains its format, so a new format is a new
//! database. A page removes databases of older formats and never opens one of a newer format.

use indexed_db_futures::Build;
use indexed_db_futures::database::Database;
use indexed_db_futures::factory::DBFactory;
use sync::ports::{Area, CACHE_FORMAT, Database as Which};

/// The version inside IndexedDB: the format is in the name, so this one stays.
pub(crate) const VERSION: u32 = 1;

const PREFIX: &str = "xiangdan-cache-";

/// Its name for a person, in a format.
pub(crate) fn name(format: u32, scope: &str) -> String {
    format!("{PREFIX}{format}-{scope}")
}

/// Format 1: an object store for each area of the cache, keys outside the values.
pub(crate) fn create(db: &Database) -> indexed_db_futures::Result<()> {
    for area in Area::ALL {
        if area.database() == Which::Cache {
            db.create_object_store(area.name()).build()?;
        }
    }
    Ok(())
}

/// The format and the person of a cache, by its name.
fn read_name(name: &str) -> Option<(u32, &str)> {
    let (format, scope) = name.strip_prefix(PREFIX)?.split_once('-')?;
    Some((format.parse().ok()?, scope))
}

/// All databases of this origin; none where the browser cannot list them (Firefox before 126, Safari before 14).
pub(crate) async fn listed(factory: &DBFactory) -> Option<Vec<String>> {
    let found = factory.databases().ok()?.await.ok()?;
    let names = found.filter_map(Result::ok);
    Some(names.map(|details| details.name().to_owned()).collect())
}

/// The newest format that a page has made for this person, if it is newer than ours. It is unknown where `databases()` is
/// missing: then caches of two formats exist side by side until the newer page opens again, and nothing is lost.
pub(crate) fn newer(names: &[String], scope: &str) -> Option<u32> {
    let formats = names.iter().filter_map(|n| read_name(n));
    let ours = formats
        .filter(|(_, s)| *s == scope)
        .map(|(format, _)| format);
    ours.max().filter(|format| *format > CACHE_FORMAT)
}

/// The caches of older formats, of all persons, since they only take room.
pub(crate) fn older(names: Option<&[String]>, scope: &str) -> Vec<String> {
    match names {
        Some(names) => {
            let is_older = |n: &&String| read_name(n).is_some_and(|(f, _)| f < CACHE_FORMAT);
            names.iter().filter(is_older).cloned().collect()
        }
        None => (0..CACHE_FORMAT).map(|f| name(f, scope)).collect(),
    }
}

/// Caches of one person, of all formats.
pub(crate) fn all_of(names: Option<&[String]>, scope: &str) -> Vec<String> {
    match names {
        Some(names) => {
            let is_theirs = |n: &&String| read_name(n).is_some_and(|(_, s)| s == scope);
            names.iter().filter(is_theirs).cloned().collect()
        }
        None => (0..=CACHE_FORMAT).map(|f| name(f, scope)).collect(),
    }
}

/// Requests the removal without waiting for it: an older page in another tab may keep a database open for a while. Removal is
/// requested again at the next opening.
pub(crate) fn remove_without_waiting(factory: &DBFactory, names: &[String]) {
    for name in names {
        let _ = factory.delete_db(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn formats_are_read_from_names() {
        assert_eq!(read_name("xiangdan-cache-12-a-b-c"), Some((12, "a-b-c")));
        for other in [
            "xiangdan-cache-x-a",
            "xiangdan-outbox-a",
            "xiangdan-cache-1",
        ] {
            assert_eq!(read_name(other), None, "{other}");
        }
    }
}
