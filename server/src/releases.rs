//! The assets of the last two releases, kept for tabs that were left open over an update.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The release that is served and the one before it. A tab that was left open since then still loads its later parts.
const KEPT: usize = 2;
/// The builds that are kept, one a line, the one that was started last at the end.
const ORDER: &str = "order";
/// Where a release is written before it gets its name, so that a folder with a build's name is always whole.
const UNFINISHED: &str = ".unfinished";

/// A release, as far as a page that is open needs it later.
pub(crate) struct Release<'a> {
    /// Names the build.
    pub(crate) build: String,
    /// The files below `assets/`, packed ones too, by name. A name has a hash of the content in it.
    pub(crate) assets: Vec<(String, Cow<'a, [u8]>)>,
}

/// The assets of the last releases, in the data folder: the next server binary has another site inside and does not know them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Releases {
    files: Arc<HashMap<String, PathBuf>>,
}

impl Releases {
    /// Adds the release to those in `folder` and removes the ones that are too old.
    pub(crate) fn keep(folder: &Path, release: &Release<'_>) -> io::Result<Self> {
        let build = release.build.as_str();
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        if build.is_empty() || build.starts_with('.') || !build.bytes().all(is_plain) {
            return Err(io::Error::other(format!(
                "{build:?} cannot be the name of a folder"
            )));
        }
        fs::create_dir_all(folder)?;
        if !folder.join(build).is_dir() {
            write(folder, release)?;
        }
        let mut builds: Vec<String> = fs::read_to_string(folder.join(ORDER))
            .unwrap_or_default()
            .lines()
            .filter(|line| *line != build && folder.join(line).is_dir())
            .map(str::to_owned)
            .collect();
        builds.push(build.to_owned());
        builds.drain(..builds.len().saturating_sub(KEPT));
        // The list is written before folders are removed. If this is interrupted, the next start continues.
        replace(folder, ORDER, (builds.join("\n") + "\n").as_bytes())?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let keeps = builds
                .iter()
                .any(|build| entry.file_name() == build.as_str());
            if entry.file_type()?.is_dir() && !keeps {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Self::read(folder, &builds)
    }

    fn read(folder: &Path, builds: &[String]) -> io::Result<Self> {
        let mut files = HashMap::new();
        for build in builds {
            for entry in fs::read_dir(folder.join(build))? {
                let entry = entry?;
                if let Some(name) = entry.file_name().to_str() {
                    files.insert(name.to_owned(), entry.path());
                }
            }
        }
        Ok(Self {
            files: Arc::new(files),
        })
    }

    /// Where the asset of this name is, if a kept release has it. Only names that were written here are known, so no path leads
    /// out of the folder.
    pub(crate) fn find(&self, name: &str) -> Option<&Path> {
        self.files.get(name).map(PathBuf::as_path)
    }
}

fn write(folder: &Path, release: &Release<'_>) -> io::Result<()> {
    let unfinished = folder.join(UNFINISHED);
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir(&unfinished)?;
    for (name, content) in &release.assets {
        create(&unfinished.join(name), content)?;
    }
    fs::rename(&unfinished, folder.join(&release.build))
}

/// Replaces a file atomically (write to a temporary file, then rename).
fn replace(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let new = folder.join(format!("{name}.new"));
    create(&new, content)?;
    fs::rename(new, folder.join(name))
}

/// Writes a file and syncs it to disk (fsync). Without that it could be there but empty after a power cut.
fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn start(folder: &Path, build: &str) -> Releases {
        let release = Release {
            build: build.to_owned(),
            assets: vec![
                (format!("app-{build}.js"), Cow::Borrowed(b"1")),
                ("same.css".to_owned(), Cow::Borrowed(b"s")),
            ],
        };
        Releases::keep(folder, &release).expect("kept")
    }

    fn known(releases: &Releases) -> BTreeSet<&str> {
        releases.files.keys().map(String::as_str).collect()
    }

    #[test]
    fn the_release_before_is_kept_and_older_ones_are_not() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(
            known(&start(folder.path(), "A")),
            BTreeSet::from(["app-A.js", "same.css"])
        );
        let second = start(folder.path(), "B");
        assert_eq!(
            known(&second),
            BTreeSet::from(["app-A.js", "app-B.js", "same.css"])
        );
        let third = start(folder.path(), "C");
        assert_eq!(
            known(&third),
            BTreeSet::from(["app-B.js", "app-C.js", "same.css"])
        );
        assert!(!folder.path().join("A").exists());
    }

    #[test]
    fn starting_the_same_release_again_forgets_nothing() {
        let folder = tempfile::tempdir().expect("folder");
        for build in ["A", "B", "B", "B"] {
            start(folder.path(), build);
        }
        assert!(start(folder.path(), "B").find("app-A.js").is_some());
        // Back to the one before: then the newer one is what open tabs may have.
        let back = start(folder.path(), "A");
        assert!(back.find("app-A.js").is_some() && back.find("app-B.js").is_some());
        assert!(start(folder.path(), "C").find("app-B.js").is_none());
    }

    #[test]
    fn a_release_that_was_interrupted_while_it_was_written_is_written_again() {
        let folder = tempfile::tempdir().expect("folder");
        start(folder.path(), "A");
        let unfinished = folder.path().join(UNFINISHED);
        fs::create_dir(&unfinished).expect("folder");
        fs::write(unfinished.join("app-B.js"), "").expect("file");
        let path = start(folder.path(), "B");
        let path = path.find("app-B.js").expect("known");
        assert_eq!(fs::read(path).expect("file"), b"1");
        assert!(!unfinished.exists());
    }

    #[test]
    fn a_build_with_a_name_that_leads_elsewhere_is_not_kept() {
        let folder = tempfile::tempdir().expect("folder");
        for build in ["", "..", ".x", "a/b", "order\n"] {
            let release = Release {
                build: build.to_owned(),
                assets: vec![],
            };
            assert!(
                Releases::keep(folder.path(), &release).is_err(),
                "{build:?}"
            );
        }
    }
}
