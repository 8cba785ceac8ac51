//! A build cache (content-addressed): results of slow steps, stored under the digest of their inputs, so that a second run skips
//! the steps.

use crate::names;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// A folder of results, each named by what it was made from.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Results are kept in `folder`, which is made when the first one is.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The result of `make`, from the cache if it was made from the same `inputs` before. `step` names the step and its
    /// version: change it when the same inputs shall give something else.
    ///
    /// # Errors
    /// What `make` says, or a cache that cannot be written.
    pub fn step(
        &self,
        step: &str,
        inputs: &[&[u8]],
        make: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Vec<u8>> {
        let key = names::digest(std::iter::once(step.as_bytes()).chain(inputs.iter().copied()));
        let path = self.folder.join(format!("{step}-{key}"));
        if let Ok(kept) = fs::read(&path) {
            return Ok(kept);
        }
        let made = make()?;
        fs::create_dir_all(&self.folder)?;
        // Two builds at once must not read each other's half-written results.
        let unfinished = self
            .folder
            .join(format!("{step}-{key}.{}", std::process::id()));
        fs::write(&unfinished, &made)
            .with_context(|| format!("cannot write {}", unfinished.display()))?;
        fs::rename(&unfinished, &path)?;
        Ok(made)
    }

    /// The same for a step that makes several files, kept as one so that none is of another run.
    ///
    /// # Errors
    /// Those of [`Self::step`].
    pub fn files(
        &self,
        step: &str,
        inputs: &[&[u8]],
        make: impl FnOnce() -> Result<BTreeMap<String, Vec<u8>>>,
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        let kept = self.step(step, inputs, || {
            let files = make()?;
            let sizes: Vec<(&str, usize)> = files
                .iter()
                .map(|(name, content)| (name.as_str(), content.len()))
                .collect();
            let mut joined = serde_json::to_vec(&sizes)?;
            joined.push(b'\n');
            joined.extend(files.values().flatten());
            Ok(joined)
        })?;
        let line = kept.iter().position(|byte| *byte == b'\n');
        let (sizes, content) = kept.split_at(line.context("a list of files")?);
        let sizes: Vec<(String, usize)> = serde_json::from_slice(sizes)?;
        let mut rest = content.get(1..).unwrap_or_default();
        let mut files = BTreeMap::new();
        for (name, size) in sizes {
            let (file, after) = rest.split_at_checked(size).context("a whole file")?;
            files.insert(name, file.to_vec());
            rest = after;
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_step_runs_again_only_when_an_input_changed() {
        let folder = tempfile::tempdir().expect("folder");
        let cache = Cache::new(folder.path().to_owned());
        let runs = Cell::new(0);
        let run = |input: &[u8]| {
            cache
                .step("upper", &[input], || {
                    runs.set(runs.get() + 1);
                    Ok(input.to_ascii_uppercase())
                })
                .expect("made")
        };
        assert_eq!(run(b"a"), b"A");
        assert_eq!(run(b"a"), b"A");
        assert_eq!(runs.get(), 1);
        assert_eq!(run(b"b"), b"B");
        assert_eq!(runs.get(), 2);
    }

    #[test]
    fn a_step_of_several_files_gives_the_same_ones_again() {
        let folder = tempfile::tempdir().expect("folder");
        let cache = Cache::new(folder.path().to_owned());
        let files = BTreeMap::from([
            ("a".to_owned(), b"1\n2".to_vec()),
            ("b/c".to_owned(), Vec::new()),
        ]);
        let made = cache.files("step", &[b"x"], || Ok(files.clone()));
        assert_eq!(made.expect("made"), files);
        let kept = cache.files("step", &[b"x"], || anyhow::bail!("not again"));
        assert_eq!(kept.expect("kept"), files);
    }
}
