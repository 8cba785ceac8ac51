//! The documents name files and modules that are there.

#![expect(
    clippy::expect_used,
    reason = "in tests a broken assumption should stop the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).expect("a document")
}

/// What stands between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn has_module(path: &str) -> bool {
    let mut parts = path.split("::");
    let folder = match parts.next() {
        Some("app") => "app/src".to_owned(),
        Some("server") => "server/src".to_owned(),
        Some(package) => format!("app/{package}/src"),
        None => return false,
    };
    let inside: PathBuf = parts.collect();
    let path = root().join(folder).join(inside);
    path.is_dir() || path.with_extension("rs").is_file()
}

#[test]
fn the_glossary_says_where_each_word_is() {
    let glossary = document("docs/GLOSSARY.md");
    let mut seen = 0;
    for line in glossary.lines() {
        // Chinese, name in the code, meaning, where.
        let [_, _, _, _, place, _] = line.split('|').collect::<Vec<_>>()[..] else {
            continue;
        };
        for place in code(place) {
            seen += 1;
            let is_there = has_module(place) || root().join(place).exists();
            assert!(is_there, "{place} is not there: {line}");
        }
    }
    assert!(seen > 100, "the glossary's form has changed: {seen} places");
}

#[test]
fn files_that_documents_name_are_there() {
    let folders = ["app/", "server/", "docs/", "end2end/", "public/", "style/"];
    let mut seen = 0;
    for name in [
        "README.md",
        "CONTRIBUTING.md",
        "docs/ARCHITECTURE.md",
        "docs/SYNC.md",
        "docs/EVOLUTION.md",
        "docs/GLOSSARY.md",
    ] {
        let text = document(name);
        for path in code(&text).filter(|c| folders.iter().any(|f| c.starts_with(f))) {
            // `folder/NNNN_what.sql` and `folder/{a,b}` are forms, and a command goes on after its file.
            if path.contains(['*', '{', '<', ' ', 'N', '…']) {
                continue;
            }
            seen += 1;
            assert!(root().join(path).exists(), "{name} names {path}");
        }
    }
    assert!(seen > 30, "documents name files otherwise: {seen} seen");
}
