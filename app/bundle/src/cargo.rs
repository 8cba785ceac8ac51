//! Calls cargo to compile a package to WebAssembly.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The compiler target for browsers.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Rust's standard library, built from its source for size.
const BUILD_STD: [&str; 2] = ["-Zbuild-std=std", "-Zbuild-std-features=optimize_for_size"];

/// How the wasm is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Small: profile `wasm`, lowered, compressed.
    Release,
    /// Quick to build: profile `dev`.
    Dev,
}

/// The workspace this runs in: the nearest folder upwards with a `Cargo.lock`.
///
/// # Errors
/// None is found.
pub fn root() -> Result<PathBuf> {
    let here = env::current_dir()?;
    let root = here
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("app").is_dir());
    Ok(root.context("run this inside the project")?.to_owned())
}

/// Where cargo puts what it builds.
#[must_use]
pub fn target_folder(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

/// Builds a package for the browser and returns the path of its wasm.
///
/// # Errors
/// The package does not build, or makes no single wasm file.
pub fn build(root: &Path, package: &str, mode: Mode) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let profile = match mode {
        Mode::Release => "wasm",
        Mode::Dev => "dev",
    };
    let mut command = Command::new(cargo);
    command.arg("build");
    if mode == Mode::Release {
        // The stable compiler accepts unstable flags only with this variable.
        command.env("RUSTC_BOOTSTRAP", "1").args(BUILD_STD);
    }
    let in_parts = is_in_parts(package, mode);
    if in_parts {
        command.args(["--features", "split"]);
    }
    let output = command
        .current_dir(root)
        .args([
            "--package",
            package,
            "--target",
            TARGET,
            "--profile",
            profile,
        ])
        .args(["--message-format", "json-render-diagnostics"])
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            flags(root, mode, in_parts).join("\u{1f}"),
        )
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("package `{package}` does not build for the browser, see above");
    }
    artifact(&String::from_utf8_lossy(&output.stdout), package)
}

/// Whether the package is built to be cut into parts: the page, when a browser far away has to load it. A quick build
/// and the benchmark page stay whole.
fn is_in_parts(package: &str, mode: Mode) -> bool {
    package == "app" && mode == Mode::Release
}

fn flags(root: &Path, mode: Mode, in_parts: bool) -> Vec<String> {
    // Leptos' views without their types: smaller, and quicker to build. Quick builds use it too, so that both kinds of build
    // accept the same code.
    let erased = "--cfg=erase_components".to_owned();
    if mode == Mode::Dev {
        return vec![erased];
    }
    let mut flags = vec![erased];
    if in_parts {
        // `wasm_split` finds by the linker's relocations which functions call which.
        flags.push("-Clink-args=--emit-relocs".to_owned());
    }
    // wasm-opt cannot lower these two features. Without reference types wasm-bindgen keeps the browser's objects in a JavaScript array.
    flags.push(
        "-Ctarget-feature=-reference-types,-multivalue,-bulk-memory,-bulk-memory-opt".to_owned(),
    );
    // What has a single caller is inlined at any size, and huge functions with hundreds of variables compress badly. What needs much room on the
    // stack stays a function of its own.
    flags.push("-Cllvm-args=-inline-max-stacksize=256".to_owned());
    // The standard library is built with the page, for size, and a panic is only a trap, so no code that
    // formats messages is linked. boot.js covers the page after a trap (`docs/decisions/0004-small-views.md`, superseded by 0005, has
    // the measured size).
    flags.extend(
        [
            "-Zunstable-options",
            "-Cpanic=immediate-abort",
            "-Zlocation-detail=none",
            "-Zfmt-debug=none",
        ]
        .map(str::to_owned),
    );
    // Reproducible build: without this machine's paths, another checkout of the same commit gives the same bytes.
    flags.push(format!("--remap-path-prefix={}=/xiangdan", root.display()));
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(cargo_home) =
        home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))
    {
        flags.push(format!(
            "--remap-path-prefix={}=/crates",
            cargo_home.join("registry/src").display()
        ));
    }
    flags
}

/// Finds the wasm of the package in cargo's messages.
fn artifact(messages: &str, package: &str) -> Result<PathBuf> {
    let mut found = Vec::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        if message["reason"] != "compiler-artifact" || message["target"]["name"] != package {
            continue;
        }
        for file in message["filenames"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
        {
            if file.ends_with(".wasm") {
                found.push(PathBuf::from(file));
            }
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!(
            "package `{package}` makes no wasm: it needs `crate-type = [\"cdylib\", \"rlib\"]` or a main"
        ),
        _ => bail!("package `{package}` makes more than one wasm: {found:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wasm_is_found_among_other_artifacts() {
        let messages = r#"
            {"reason":"compiler-artifact","target":{"name":"domain"},"filenames":["/t/libdomain.rlib"]}
            {"reason":"compiler-artifact","target":{"name":"app"},"filenames":["/t/libapp.rlib","/t/app.wasm"]}
            {"reason":"build-finished","success":true}"#;
        assert_eq!(
            artifact(messages, "app").expect("found"),
            PathBuf::from("/t/app.wasm")
        );
    }

    #[test]
    fn a_package_without_wasm_says_what_it_needs() {
        let error = artifact("{\"reason\":\"build-finished\"}", "app").expect_err("none");
        assert!(error.to_string().contains("cdylib"), "{error}");
    }

    #[test]
    fn only_the_released_page_is_built_to_be_cut_into_parts() {
        assert!(is_in_parts("app", Mode::Release));
        assert!(!is_in_parts("app", Mode::Dev));
        assert!(!is_in_parts("bench", Mode::Release));
        let relocations = |in_parts| {
            let flags = flags(Path::new("/x"), Mode::Release, in_parts);
            flags.iter().any(|flag| flag.contains("--emit-relocs"))
        };
        assert!(relocations(true) && !relocations(false));
    }
}
