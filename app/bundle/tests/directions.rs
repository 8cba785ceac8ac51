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
const MAY_USE: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("sync", &["domain"]),
    ("store", &["domain", "sync"]),
    ("api", &["domain", "sync"]),
    ("view_macros", &[]),
    ("view", &["view_macros"]),
    ("app", &["domain", "sync", "store", "api", "view"]),
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
