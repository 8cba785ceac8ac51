//! Dependencies point one way (`docs/ARCHITECTURE.md`), read from cargo's own account of the workspace.

#![expect(
    clippy::expect_used,
    reason = "in tests a broken assumption should stop the test"
)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// What each crate of the workspace may use of the others. Tests of a crate may use what the crate may.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("sync", &["domain"]),
    ("store", &["domain", "sync"]),
    ("api", &["domain", "sync"]),
    ("app", &["domain", "sync", "store", "api"]),
    ("bench", &["domain", "sync", "store", "api"]),
    ("server", &["domain", "sync", "api"]),
    ("bundle", &[]),
];

/// What the pure crates never see, not even through others.
const EDGES: [&str; 7] = [
    "leptos",
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "tokio",
    "sqlx",
    "gloo-net",
];

fn cargo(arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(arguments)
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).expect("text")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

#[test]
fn crates_use_only_those_before_them() {
    let metadata = cargo(&["metadata", "--format-version", "1", "--locked", "--offline"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let members: BTreeSet<&str> = list(&metadata["workspace_members"])
        .iter()
        .map(text)
        .collect();
    let known: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut seen = BTreeSet::new();
    for package in list(&metadata["packages"]) {
        if !members.contains(text(&package["id"])) {
            continue;
        }
        let name = text(&package["name"]);
        let allowed = known
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` is new: say above what it may use"));
        seen.insert(name);
        for dependency in list(&package["dependencies"]) {
            let other = text(&dependency["name"]);
            // A crate may name itself to switch on its own features for its tests.
            if known.contains_key(other) && dependency["path"].is_string() && other != name {
                assert!(allowed.contains(&other), "`{name}` must not use `{other}`");
            }
        }
    }
    assert_eq!(
        seen.len(),
        MAY_USE.len(),
        "a crate above is not in the workspace: {seen:?}"
    );
}

#[test]
fn domain_and_sync_never_see_a_browser_a_runtime_or_a_database() {
    for (name, features) in [("domain", ""), ("sync", "testkit")] {
        // As the crate is built by itself: another crate's features are that crate's affair.
        let tree = cargo(&[
            "tree",
            "--package",
            name,
            "--features",
            features,
            "--edges",
            "normal",
            "--target",
            "all",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--locked",
            "--offline",
        ]);
        let used: BTreeSet<&str> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert!(used.contains("serde"), "the list is complete: {used:?}");
        for edge in EDGES {
            assert!(
                !used.contains(edge),
                "`{name}` uses `{edge}`: see `cargo tree -p {name} -i {edge}`"
            );
        }
    }
}

/// The areas of the pages: each is a part of the program that is fetched when it is needed.
const AREAS: [&str; 14] = [
    "account",
    "accounts",
    "admin",
    "following",
    "library",
    "needs",
    "office",
    "orders",
    "organizations",
    "review",
    "sheets",
    "supplies",
    "todo",
    "trail",
];

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Whether a source names a module of the crate `app`.
fn names(source: &Path, module: &str) -> bool {
    let text = std::fs::read_to_string(source).expect("text");
    text.contains(&format!("crate::{module}::"))
}

#[test]
fn areas_know_what_they_share_and_never_each_other() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    for area in AREAS {
        let mut files = Vec::new();
        sources(&pages.join(area), &mut files);
        assert!(files.len() > 1, "{area} is a folder of pages");
        for file in files {
            for other in AREAS.iter().filter(|other| **other != area) {
                assert!(!names(&file, other), "{} uses {other}", file.display());
            }
            assert!(!names(&file, "routes"), "{} uses routes", file.display());
        }
    }
    for shared in ["ui", "desk", "device"] {
        let mut files = Vec::new();
        sources(&pages.join(shared), &mut files);
        for file in files {
            let area = AREAS.iter().find(|area| names(&file, area));
            assert_eq!(area, None, "{} uses an area", file.display());
        }
    }
}
