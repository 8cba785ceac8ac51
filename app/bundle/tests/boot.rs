//! The boot script in node: which parts of the program it asks for at once.

use bundle::split;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// As little of a browser as the script needs; the cases are what it remembers: who, and their home.
const NODE: &str = r#"
import { readFileSync } from "node:fs";
const [path, before, ...cases] = process.argv.slice(1);
const element = { remove() {} };
for (const remembered of cases) {
  const [actor, home] = remembered.split("/");
  const asked = [];
  Object.assign(globalThis, {
    addEventListener() {},
    window: { indexedDB: {} },
    indexedDB: {},
    localStorage: { getItem: (key) => ({ "xiangdan-actor": actor, "xiangdan-home": home })[key] || null },
    document: { getElementById: () => element, createElement: () => ({}), head: { append: (link) => asked.push(link) } },
  });
  const script = readFileSync(path, "utf8")
    .replace("{{glue}}", "data:text/javascript,export default async () => {}")
    .replace('"{{parts}}"', JSON.stringify({ inside: "/i", shared: "/s", needs: "/n", library: "/l", review: "/r", office: "/o" }))
    .replace('"{{before}}"', before);
  await import("data:text/javascript," + encodeURIComponent(script + "//" + remembered));
  const strange = asked.filter((link) => link.rel !== "preload" || link.as !== "fetch" || link.crossOrigin !== "anonymous");
  console.log(strange.length ? JSON.stringify(strange) : asked.map((link) => link.href).join(" "));
}
"#;

#[test]
fn a_remembered_person_gets_the_parts_of_their_home_at_once() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("page/boot.js");
    let cases = [
        ("somebody/needs", "/i /n"),
        ("somebody/library", "/i /l"),
        ("somebody/review", "/i /s /r"),
        ("somebody/office", "/i /s /o"),
        // A part that this build does not have, or none that is remembered.
        ("somebody/account", "/i"),
        ("somebody/", "/i"),
        // After signing out only the home is remembered.
        ("/needs", ""),
        ("/", ""),
    ];
    let parts: BTreeMap<String, ()> = ["inside", "shared", "needs", "library", "review", "office"]
        .map(|part| (part.to_owned(), ()))
        .into();
    let before = serde_json::to_string(&split::order(parts.keys(), &parts)).expect("JSON");
    let output = Command::new("node")
        .args(["--input-type=module", "--eval", NODE])
        .arg(page)
        .arg(before)
        .args(cases.iter().map(|(remembered, _)| remembered))
        .stdin(Stdio::null())
        .output()
        .expect("node runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let asked = String::from_utf8(output.stdout).expect("text");
    for ((remembered, expected), asked) in cases.iter().zip(asked.split('\n')) {
        assert_eq!(asked, *expected, "{remembered}");
    }
}
