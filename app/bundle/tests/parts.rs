//! A program in parts: `fixtures/parts` is built, cut, joined, lowered, and run in node behind a network that fails.

#![expect(
    clippy::expect_used,
    reason = "in tests a broken assumption should stop the test"
)]

use bundle::build::{Builder, Program};
use bundle::cargo::{self, Mode};
use bundle::javascript::Offers;
use bundle::symbols::Names;
use bundle::{site, split};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the parts are loaded from: `answer` says what the network does, `asked` what it was asked for.
const NODE: &str = r#"
import { readFileSync } from "node:fs";
import init, { show } from "./glue.js";
let answer, asked = [], failed = [];
globalThis.fetch = async (address) => {
  asked.push(address.split("/").pop().split("-")[0]);
  return answer(readFileSync("." + address), address);
};
globalThis.dispatchEvent = (event) => failed.push({ type: event.type, ...event.detail });
console.error = () => {};
const typed = (type) => (bytes, address) =>
  Object.defineProperty(new Response(bytes, { headers: { "content-type": type } }), "url", { value: "http://x" + address });
const wasm = typed("application/wasm");
const only = (part, other) => (bytes, address) => (address.includes(part) ? other : wasm)(bytes, address);
async function step(area, network) {
  [answer, asked, failed] = [network, [], []];
  const shown = await show(area, 3).catch((error) => "failed: " + error);
  return { shown, asked, failed };
}
await init({ module_or_path: readFileSync("./app.wasm") });
const steps = [
  await step("needs", only("inside", () => new Response("", { status: 404 }))),
  await step("needs", only("needs", typed("text/html; charset=utf-8"))),
  await step("needs", only("needs", () => { throw new TypeError("no network"); })),
  await step("needs", only("needs", (bytes, address) => wasm(bytes.subarray(0, 50), address))),
  await step("needs", only("needs", typed("application/octet-stream"))),
  await step("account", only("shared", () => new Response("", { status: 404 }))),
  await step("account", only("shared", () => { throw new TypeError("no network"); })),
  await step("account", wasm),
  await step("orders", wasm),
  await step("inside", wasm),
  await step("needs", wasm),
];
process.on("uncaughtException", ({ stack }) => {
  console.log(JSON.stringify({ steps, stack }));
  process.exit(0);
});
show("review", 100);
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What rustc makes of the fixture, built as the page is.
fn fixture() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parts");
    let built = cargo::build(&folder, "app", Mode::Release).expect("the fixture builds");
    fs::read(built).expect("a wasm")
}

/// Makes the program from nothing kept.
fn program(rustc: &[u8]) -> Program {
    let cache = tempfile::tempdir().expect("folder");
    let builder = Builder::new(&root(), cache.path(), Mode::Release, |_| {}).expect("set up");
    builder.program("app", rustc, Offers::All).expect("program")
}

/// Runs the program behind the networks of [`NODE`].
fn run(program: &Program) -> Value {
    let folder = tempfile::tempdir().expect("folder");
    let write = |path: &str, content: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    };
    write("package.json", br#"{"type":"module"}"#);
    write("glue.js", program.glue.as_bytes());
    write("app.wasm", &program.wasm);
    write("run.js", NODE.as_bytes());
    let addresses = site::addresses_of(&program.parts);
    for (part, wasm) in &program.parts {
        write(addresses[part].trim_start_matches('/'), wasm);
    }
    let output = Command::new("node")
        .arg("run.js")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("node runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_program_in_parts_runs_and_tries_again_what_did_not_load() {
    let rustc = fixture();
    assert!(split::wanted(&rustc).expect("a wasm"));
    let made = program(&rustc);

    let ran = run(&made);
    let all = "all share 3, since true";
    let two = "two share 0, two share 1, two share 2";
    let others = format!("others share 0, others share 1, others share 2; {all}");
    let needs = format!("needs: {all}; {two}");
    let failed = |part: &str, status: u32| json!([{ "type": "xiangdan-part-failed", "part": part, "status": status }]);
    let step = |shown: &str, asked: &[&str], failed: Value| json!({ "shown": shown, "asked": asked, "failed": failed });
    let expected = [
        step(
            "failed: not loaded",
            &["inside", "needs"],
            failed("inside", 404),
        ),
        // What came instead is not kept for the part, and what did come is.
        step(
            "failed: not loaded",
            &["inside", "needs"],
            failed("needs", 200),
        ),
        step("failed: not loaded", &["needs"], failed("needs", 0)),
        step("failed: not loaded", &["needs"], failed("needs", 0)),
        // A type that was changed on the way does no harm. The village's home runs without what other areas share.
        step(&needs, &["needs"], json!([])),
        // Any other area has that fetched beside it, also if it uses none of it.
        step(
            "failed: not loaded",
            &["shared", "account"],
            failed("shared", 404),
        ),
        step(
            "failed: not loaded",
            &["shared", "account"],
            failed("account", 0), // Without an answer, the part that was asked for.
        ),
        step(
            &format!("account: {all}"),
            &["shared", "account"],
            json!([]),
        ),
        // A part calls another.
        step(
            &format!("orders: {two}; {others}, after review: {others}"),
            &["orders", "review"],
            json!([]),
        ),
        step(&format!("inside: {all}"), &[], json!([])),
        step(&needs, &[], json!([])),
    ];
    let steps = ran["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), expected.len());
    for (step, expected) in steps.iter().zip(&expected) {
        assert_eq!(step, expected);
    }
    let names = Names {
        build: "b1".into(),
        files: made.functions.clone(),
    };
    let stack = names.explain(ran["stack"].as_str().expect("a stack"));
    let found: Vec<&str> = stack.lines().filter(|line| line.contains('→')).collect();
    assert_eq!(
        found.first(),
        Some(&"    → app::shared_by_others"),
        "{stack}"
    );
    assert!(
        found.iter().any(|line| line.ends_with("_review")),
        "{stack}"
    );

    // Names that depend on where the sources lie, or that nobody needs, are in no file.
    let has = |wasm: &[u8], name: &str| wasm.windows(name.len()).any(|w| w == name.as_bytes());
    for wasm in made.parts.values().chain([&made.wasm]) {
        for name in [
            "_WASM_SPLIT_MARKER",
            "__wasm_split_00",
            "__canary",
            "shared_by_",
        ] {
            assert!(!has(wasm, name), "{name} is in a file");
        }
    }
    // But which function is where is known of every file.
    let names = |part: &str| -> Vec<&str> {
        let mut files = made.functions.iter();
        let (_, functions) = files
            .find(|(path, _)| path.starts_with(&format!("assets/{part}-")))
            .expect("its functions");
        functions
            .own
            .iter()
            .map(|(.., name)| name.as_str())
            .collect()
    };
    for (part, function) in [
        ("inside", "app::shared_by_all"),
        ("inside", "app::shared_by_two"),
        ("shared", "app::shared_by_others"),
    ] {
        assert!(names(part).contains(&function), "{:?}", names(part));
    }
    assert!(names("app").iter().any(|name| name.contains("dlmalloc")));

    let again = program(&rustc);
    assert!(again.parts == made.parts && again.wasm == made.wasm && again.glue == made.glue);
}
