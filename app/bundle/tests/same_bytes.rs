//! The site is a function of its sources: built twice from nothing, every byte is the same.

#![expect(
    clippy::expect_used,
    reason = "in tests a broken assumption should stop the test"
)]

use bundle::build::Builder;
use bundle::cargo::Mode;
use bundle::javascript::Offers;
use bundle::{budget, output, wasm_opt};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A module with a function that copies memory, which the first version of WebAssembly has no instruction for.
const COPIES: &[u8] = &[
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
    0x01, 0x04, 0x01, 0x60, 0x00, 0x00, // type 0: () -> ()
    0x03, 0x02, 0x01, 0x00, // function 0 of type 0
    0x05, 0x03, 0x01, 0x00, 0x01, // one page of memory
    0x07, 0x11, 0x02, // two exports
    0x06, b'm', b'e', b'm', b'o', b'r', b'y', 0x02, 0x00, // the memory
    0x04, b'c', b'o', b'p', b'y', 0x00, 0x00, // the function
    0x0a, 0x0e, 0x01, 0x0c, 0x00, // code
    0x41, 0x00, 0x41, 0x08, 0x41, 0x04, // to 0, from 8, 4 bytes
    0xfc, 0x0a, 0x00, 0x00, 0x0b, // memory.copy, end
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn builder(cache: &Path) -> Builder {
    Builder::new(&root(), cache, Mode::Release, |_| {}).expect("set up")
}

/// Builds the real page, style and public files around a small program, without anything kept from earlier.
fn build() -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("folder");
    let (cache, out) = (folder.path().join("cache"), folder.path().join("site"));
    let builder = builder(&cache);
    let program = builder
        .program("app", COPIES, Offers::Start)
        .expect("program");
    let site = builder.site(program, None).expect("site");
    let packed = builder.pack(&site.files).expect("packed");
    let sizes = budget::Sizes::of(&site, &packed);
    assert!(sizes.over_budget().is_empty(), "{}", sizes.table());
    output::write(&site, &packed, &out, None).expect("written");
    let files = output::files(&out).expect("files");
    let read = |path: String| {
        let content = fs::read(out.join(&path)).expect("read");
        (path, content)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn two_builds_of_the_same_sources_give_the_same_bytes() {
    let (one, two) = (build(), build());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&two));
    for (path, content) in &one {
        assert!(two.get(path) == Some(content), "{path} differs");
    }
    for path in [
        "index.html",
        "index.html.br",
        "index.html.gz",
        "sw.js",
        "precache.json",
        "build.json",
    ] {
        assert!(one.contains_key(path), "no {path}: {:?}", names(&one));
    }
}

#[test]
fn a_wasm_newer_than_the_first_version_is_noticed_and_lowered() {
    let programs = bundle::program::Programs::find(&root()).expect("set up");
    let refused = wasm_opt::check(&programs, COPIES).expect_err("memory.copy is newer");
    assert!(format!("{refused:#}").contains("2019"), "{refused:#}");

    let folder = tempfile::tempdir().expect("folder");
    let program = builder(folder.path())
        .program("app", COPIES, Offers::Start)
        .expect("program");
    wasm_opt::check(&programs, &program.wasm).expect("lowered");
}
