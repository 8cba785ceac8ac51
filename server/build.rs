//! With feature `embed`, writes a table of the site's files for `src/site.rs` to compile in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=XIANGDAN_SITE");
    let mut table = String::from("&[\n");
    if env::var_os("CARGO_FEATURE_EMBED").is_some() {
        let root =
            PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("..");
        let site =
            env::var_os("XIANGDAN_SITE").map_or_else(|| root.join("target/site"), PathBuf::from);
        if !site.join("index.html").is_file() {
            return Err(io::Error::other(format!(
                "feature `embed` needs the built site in {}: run `make site` first",
                site.display()
            )));
        }
        // The previous build's files come first, so that a file of the present build wins.
        let mut previous = site.clone().into_os_string();
        previous.push("-previous");
        for folder in [PathBuf::from(previous), site] {
            if folder.is_dir() {
                println!("cargo:rerun-if-changed={}", folder.display());
                list(&folder, &folder, &mut table)?;
            }
        }
    }
    table.push(']');
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("site_files.rs"), table)
}

/// Adds every file below `folder`, in a stable order.
fn list(root: &Path, folder: &Path, table: &mut String) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            list(root, &path, table)?;
        } else {
            let name = path
                .strip_prefix(root)
                .map_err(io::Error::other)?
                .to_string_lossy()
                .replace('\\', "/");
            let full = path.canonicalize()?;
            writeln!(table, "    ({name:?}, include_bytes!({full:?})),")
                .map_err(io::Error::other)?;
        }
    }
    Ok(())
}
