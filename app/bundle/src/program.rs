//! Runs the programs that come from npm.

use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// How much of what a failed program printed is shown.
const LINES_OF_AN_ERROR: usize = 12;

/// The npm programs of the project, as `setup.sh` installed them.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: PathBuf,
    /// The lock file's text: what the programs make may change when it does.
    pub versions: String,
}

impl Programs {
    /// Finds the programs of the workspace at `root`.
    ///
    /// # Errors
    /// They are not installed.
    pub fn find(root: &Path) -> Result<Self> {
        let folder = root.join("end2end/node_modules/.bin");
        if !folder.is_dir() {
            bail!("npm packages are missing: run app/bundle/setup.sh");
        }
        let versions = fs::read_to_string(root.join("end2end/package-lock.json"))?;
        Ok(Self { folder, versions })
    }

    /// The part of the lock file about one package, to know when its results may change.
    ///
    /// # Errors
    /// The package is not in the lock file.
    pub fn version(&self, package: &str) -> Result<String> {
        let lock: serde_json::Value = serde_json::from_str(&self.versions)?;
        let version = lock["packages"][format!("node_modules/{package}")]["version"].as_str();
        Ok(version
            .with_context(|| {
                format!("npm package `{package}` is not in end2end/package-lock.json")
            })?
            .to_owned())
    }

    /// Runs a program in `folder`.
    ///
    /// # Errors
    /// The program is missing, or fails; the error then contains what it printed.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: &str,
        folder: &Path,
        arguments: &[A],
    ) -> Result<()> {
        let output = Command::new(self.folder.join(program))
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot run {program}: run app/bundle/setup.sh"))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            // A validator may print the same about a thousand functions; the last lines name the reason.
            let lines: Vec<&str> = text.trim().lines().collect();
            let (_, end) = lines.split_at(lines.len().saturating_sub(LINES_OF_AN_ERROR));
            bail!("{program} failed:\n{}", end.join("\n"));
        }
        Ok(())
    }
}

/// A folder for the files of one step, removed when the step is over.
#[derive(Debug)]
pub struct Workshop(PathBuf);

impl Workshop {
    /// Makes an empty folder.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("xiangdan-bundle-{}-{count}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
