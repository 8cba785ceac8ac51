//! Writes a site into a folder incrementally: unchanged files are not touched, so that nothing is rebuilt or reloaded because of
//! them.

use crate::compress::Packed;
use crate::site::Site;
use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What `build.json` says.
#[derive(Debug, Serialize, Deserialize)]
struct Build {
    id: String,
    files: Vec<String>,
}

/// Brings `folder` to hold the site and nothing else. With `previous`, the hashed files of another build found in `folder`
/// go there first: pages opened before the update still ask for them.
///
/// # Errors
/// A file cannot be written.
pub fn write(
    site: &Site,
    packed: &BTreeMap<String, Packed>,
    folder: &Path,
    previous: Option<&Path>,
) -> Result<()> {
    if let Some(previous) = previous {
        keep_previous(site, folder, previous)?;
    }
    let mut wanted: BTreeMap<String, Vec<u8>> = site.files.clone();
    for (path, packed) in packed {
        wanted.insert(format!("{path}.br"), packed.brotli.clone());
        wanted.insert(format!("{path}.gz"), packed.gzip.clone());
    }
    let build = Build {
        id: site.id.clone(),
        files: site.files.keys().cloned().collect(),
    };
    wanted.insert("build.json".into(), serde_json::to_vec(&build)?);

    // index.html is written last, so that a reader of the folder always finds every file it names.
    let (page, rest): (Vec<_>, Vec<_>) = wanted
        .iter()
        .partition(|(path, _)| path.starts_with("index.html"));
    for (path, content) in rest.into_iter().chain(page) {
        let path = folder.join(path);
        if fs::read(&path).is_ok_and(|there| there == *content) {
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for path in files(folder)? {
        if !wanted.contains_key(&path) {
            fs::remove_file(folder.join(path))?;
        }
    }
    Ok(())
}

/// If `folder` holds another build, moves its hashed files to the previous ones.
fn keep_previous(site: &Site, folder: &Path, previous: &Path) -> Result<()> {
    let assets = previous.join("assets");
    // The server's build embeds this folder, so it must exist after the very first build too.
    fs::create_dir_all(&assets)?;
    let Ok(text) = fs::read(folder.join("build.json")) else {
        return Ok(());
    };
    let Ok(build) = serde_json::from_slice::<Build>(&text) else {
        return Ok(());
    };
    if build.id == site.id {
        return Ok(());
    }
    let gone: BTreeSet<String> = files(folder)?
        .into_iter()
        .filter(|path| path.starts_with("assets/") && !site.files.contains_key(unpacked(path)))
        .collect();
    for old in files(previous)? {
        if !gone.contains(&old) {
            fs::remove_file(previous.join(old))?;
        }
    }
    for path in gone {
        fs::copy(folder.join(&path), previous.join(&path))?;
    }
    Ok(())
}

fn unpacked(path: &str) -> &str {
    path.strip_suffix(".br")
        .or_else(|| path.strip_suffix(".gz"))
        .unwrap_or(path)
}

/// All files below a folder, by path with `/`, sorted; none where there is no folder.
///
/// # Errors
/// A folder below cannot be read.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if let Some(relative) = path.strip_prefix(folder)?.to_str() {
                found.push(relative.replace('\\', "/"));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(id: &str, files: &[(&str, &str)]) -> Site {
        let mut all: BTreeMap<String, Vec<u8>> = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect();
        all.insert("index.html".into(), id.as_bytes().to_vec());
        Site {
            id: id.into(),
            files: all,
            first_visit: BTreeSet::new(),
            parts: BTreeMap::new(),
        }
    }

    #[test]
    fn a_second_build_keeps_the_first_ones_assets_aside_and_a_third_forgets_them() {
        let folder = tempfile::tempdir().expect("folder");
        let (out, previous) = (folder.path().join("site"), folder.path().join("previous"));
        let write =
            |site: &Site| write(site, &BTreeMap::new(), &out, Some(&previous)).expect("written");
        let assets = |folder: &Path| -> Vec<String> {
            files(folder)
                .expect("files")
                .into_iter()
                .filter(|path| path.starts_with("assets/"))
                .collect()
        };
        write(&site(
            "1",
            &[("assets/a-1.js", "1"), ("assets/same.css", "s")],
        ));
        assert!(previous.join("assets").is_dir());
        assert!(assets(&previous).is_empty());
        let second = site("2", &[("assets/a-2.js", "2"), ("assets/same.css", "s")]);
        write(&second);
        write(&second); // Building the same again changes nothing.
        assert_eq!(assets(&out), ["assets/a-2.js", "assets/same.css"]);
        assert_eq!(assets(&previous), ["assets/a-1.js"]);
        write(&site(
            "3",
            &[("assets/a-3.js", "3"), ("assets/same.css", "s")],
        ));
        assert_eq!(assets(&previous), ["assets/a-2.js"]);
    }

    #[test]
    fn an_unchanged_file_is_not_written_again() {
        let folder = tempfile::tempdir().expect("folder");
        let site = site("1", &[("assets/a.js", "1")]);
        let time = || {
            fs::metadata(folder.path().join("assets/a.js"))
                .and_then(|m| m.modified())
                .expect("time")
        };
        write(&site, &BTreeMap::new(), folder.path(), None).expect("written");
        let before = time();
        std::thread::sleep(std::time::Duration::from_millis(20));
        write(&site, &BTreeMap::new(), folder.path(), None).expect("written");
        assert_eq!(time(), before);
    }
}
