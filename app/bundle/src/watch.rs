//! A file watcher (polling): waits for a source to change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// When each source was last written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(BTreeMap<PathBuf, SystemTime>);

/// How often the sources are looked at. Looking at some hundred files takes about a millisecond.
const PAUSE: Duration = Duration::from_millis(300);

impl Sources {
    /// Looks at every file in the folders and files given, hidden ones and programs from npm left out.
    #[must_use]
    pub fn look(roots: &[PathBuf]) -> Self {
        let mut found = BTreeMap::new();
        for root in roots {
            look_into(root, &mut found);
        }
        Self(found)
    }

    /// Waits until something is added, removed or written, and then until it has been quiet for a moment: editors and
    /// version control write many files at once. Says which file it was.
    #[must_use]
    pub fn wait(self, roots: &[PathBuf]) -> (Self, PathBuf) {
        loop {
            thread::sleep(PAUSE);
            let mut now = Self::look(roots);
            let Some(changed) = self.first_difference(&now) else {
                continue;
            };
            loop {
                thread::sleep(PAUSE);
                let later = Self::look(roots);
                if later == now {
                    return (now, changed);
                }
                now = later;
            }
        }
    }

    fn first_difference(&self, now: &Self) -> Option<PathBuf> {
        let written = now
            .0
            .iter()
            .find(|(path, time)| self.0.get(*path) != Some(*time));
        let gone = self.0.keys().find(|path| !now.0.contains_key(*path));
        written.map(|(path, _)| path).or(gone).cloned()
    }
}

fn look_into(path: &Path, found: &mut BTreeMap<PathBuf, SystemTime>) {
    if let Ok(entries) = fs::read_dir(path) {
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name != "node_modules" && name.as_encoded_bytes().first() != Some(&b'.') {
                look_into(&entry.path(), found);
            }
        }
    } else if let Ok(time) = fs::metadata(path).and_then(|data| data.modified()) {
        found.insert(path.to_owned(), time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_a_changed_and_a_removed_file_are_differences() {
        let folder = tempfile::tempdir().expect("folder");
        let roots = [folder.path().to_owned()];
        let file = folder.path().join("a.css");
        let empty = Sources::look(&roots);
        fs::write(&file, "1").expect("written");
        let one = Sources::look(&roots);
        assert_eq!(empty.first_difference(&one), Some(file.clone()));
        assert_eq!(one.first_difference(&Sources::look(&roots)), None);
        fs::remove_file(&file).expect("removed");
        assert_eq!(one.first_difference(&Sources::look(&roots)), Some(file));
    }
}
