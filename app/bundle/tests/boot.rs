//! The boot script in node: which parts of the program it asks for at once.

use std::path::Path;
use std::process::{Command, Stdio};

/// As little of a browser as the script needs; `actor` is what it remembers.
const NODE: &str = r#"
import { readFileSync } from "node:fs";
const [path, ...actors] = process.argv.slice(1);
const element = { remove() {} };
for (const actor of actors) {
  const asked = [];
  Object.assign(globalThis, {
    addEventListener() {},
    window: { indexedDB: {} },
    indexedDB: {},
    localStorage: { getItem: (key) => (key === "xiangdan-actor" && actor) || null },
    document: { getElementById: () => element, createElement: () => ({}), head: { append: (link) => asked.push(link) } },
  });
  const script = readFileSync(path, "utf8")
    .replace("{{glue}}", "data:text/javascript,export default async () => {}")
    .replace('"{{parts}}"', JSON.stringify({ inside: "/i", needs: "/n", library: "/l", review: "/r", office: "/o" }));
  await import("data:text/javascript," + encodeURIComponent(script + "//" + actor));
  const strange = asked.filter((link) => link.rel !== "preload" || link.as !== "fetch" || link.crossOrigin !== "anonymous");
  console.log(strange.length ? JSON.stringify(strange) : asked.map((link) => link.href).join(" "));
}
"#;

#[test]
fn a_remembered_person_gets_the_parts_of_their_home_at_once() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("page/boot.js");
    let actor = |role: &str| format!(r#"{{"user":"u","name":"n","role":{role},"library":[]}}"#);
    let bureau = |region: &str| {
        actor(&format!(
            r#"{{"role":"bureau","region":"{region}","department":"civil_affairs"}}"#
        ))
    };
    let cases = [
        (actor(r#"{"role":"village","place":{}}"#), "/i /n"),
        (
            actor(r#"{"role":"member","org":"x","owner":true}"#),
            "/i /l",
        ),
        (bureau("520423000000"), "/i /r"),
        (bureau("520400000000"), "/i /o"),
        (bureau("520000000000"), "/i /o"),
        // Its home has no part of its own in this program.
        (actor(r#"{"role":"administrator"}"#), "/i"),
        (actor(r#"{"role":"one of a later build"}"#), "/i"),
        (String::new(), ""),
        ("not JSON".to_owned(), ""),
        ("{}".to_owned(), ""),
    ];
    let output = Command::new("node")
        .args(["--input-type=module", "--eval", NODE])
        .arg(page)
        .args(cases.iter().map(|(actor, _)| actor))
        .stdin(Stdio::null())
        .output()
        .expect("node runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let asked = String::from_utf8(output.stdout).expect("text");
    for ((actor, expected), asked) in cases.iter().zip(asked.split('\n')) {
        assert_eq!(asked, *expected, "{actor}");
    }
}
