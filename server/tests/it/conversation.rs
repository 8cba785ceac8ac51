//! `docs/golden/conversation.json` is sent for real: its requests, in its order, over HTTP to a started server, by nothing
//! that knows more than `docs/SYNC.md` says: JSON, a cookie, and the stream of hints as text.
//!
//! The server's clock stands at `now` and its random numbers are fixed, so answers are compared as they are. Only `detail` of
//! an error is not: its words may change. `XIANGDAN_BLESS=1` writes the answers (and the epoch and cursors that each
//! request carries on from its sender's last answer) into the file.

use crate::http::{Connection, Reply, Stream};
use crate::support::TestClock;
use domain::{Actor, Entity, EntityKind};
use serde_json::{Map, Value, json};
use server::group_commit::Write;
use server::site::Site;
use server::storage::accounts::NewAccount;
use server::{App, Config, Options, StorageBackend};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const DAY_MS: i64 = 24 * 3_600_000;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/golden/{name}.json"))
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(golden(name)).expect("a golden file");
    serde_json::from_str(&text).expect("JSON")
}

/// Random numbers that are always the same.
struct Fixed(AtomicU64);

impl server::ports::Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}

/// The server of the conversation, with the accounts and entities that the file gives it.
struct Started {
    address: SocketAddr,
    backend: Arc<StorageBackend>,
    clock: Arc<TestClock>,
}

/// On which database.
#[derive(Clone, Copy)]
enum Kind {
    Sqlite,
    Postgres,
}

async fn start(given: &Value, on: Kind) -> Started {
    let clock = Arc::new(TestClock::at(given["now"].as_i64().expect("a time")));
    let options = Options {
        clock: clock.clone(),
        random: Arc::new(Fixed(AtomicU64::new(1))),
        keeps_time: false,
        ..Options::default()
    };
    let backend = match on {
        Kind::Sqlite => StorageBackend::in_memory(options).await,
        Kind::Postgres => StorageBackend::open(&crate::databases::postgres().await, options).await,
    };
    let backend = Arc::new(backend.expect("backend"));
    let entities = list(&given["entities"]).iter().map(|entity| {
        let kinds = [
            EntityKind::Organization,
            EntityKind::Settings,
            EntityKind::Order,
        ];
        let kind = kinds.into_iter().find(|k| entity["kind"] == k.name());
        Entity::from_json(kind.expect("a kind"), &entity["body"].to_string()).expect("an entity")
    });
    let put = Write::PutEntities(entities.collect());
    backend.write(put).await.expect("entities");
    for account in list(&given["accounts"]) {
        let actor: Actor = serde_json::from_value(account["actor"].clone()).expect("an actor");
        let put = backend.put_account(text(&account["phone"]), text(&account["password"]), actor);
        put.await.expect("an account");
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = App::new(
        backend.clone(),
        Site::folder(Path::new(".")),
        &Config::default(),
    );
    tokio::spawn(app.serve(listener, std::future::pending()));
    Started {
        address,
        backend,
        clock,
    }
}

/// The state of a client written from `docs/SYNC.md` alone.
#[derive(Default)]
struct Stranger {
    cookie: String,
    epoch: String,
    cursors: Map<String, Value>,
    hints: Option<Stream>,
}

impl Stranger {
    fn hear(&mut self, reply: &Reply, answer: &Value) {
        if let Some(cookie) = reply.header("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let Some(epoch) = answer["epoch"]
            .as_str()
            .filter(|_| answer["feeds"].is_array())
        else {
            return;
        };
        if answer["last_seq"].is_null() {
            return;
        }
        epoch.clone_into(&mut self.epoch);
        for page in list(&answer["feeds"]) {
            self.cursors
                .insert(text(&page["feed"]).to_owned(), page["cursor"].clone());
        }
        for feed in list(&answer["drop"]) {
            self.cursors.remove(text(feed));
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The body as it travels: the one mutation that is shown may stand for many.
fn body_of(step: &Value) -> Value {
    let mut body = step["body"].clone();
    if let Some(times) = step["mutations_times"].as_u64() {
        let shown = body["mutations"][0].clone();
        let first = shown["seq"].as_u64().expect("a number");
        let many = (first..first + times).map(|seq| {
            let mut mutation = shown.clone();
            mutation["seq"] = seq.into();
            mutation
        });
        body["mutations"] = many.collect();
    }
    body
}

fn without_detail(mut answer: Value) -> Value {
    if let Some(detail) = answer.get_mut("detail") {
        *detail = "…".into();
    }
    answer
}

async fn converse(file: &mut Value, bless: bool, on: Kind) {
    let server = start(file, on).await;
    let mut people: BTreeMap<String, Stranger> = BTreeMap::new();
    for step in file["steps"].as_array_mut().expect("steps") {
        let why = step["why"].as_str().unwrap_or_default().to_owned();
        if let Some(days) = step["days"].as_i64() {
            server.clock.forward(days * DAY_MS);
            if step["due"] == true {
                server.backend.do_what_is_due().await.expect("done");
            }
            continue;
        }
        let who = text(&step["who"]).to_owned();
        if step["becomes"].is_object() {
            let actor: Actor = serde_json::from_value(step["becomes"].clone()).expect("an actor");
            let account = NewAccount {
                phone: "19900000004".to_owned(),
                password: "-".to_owned(),
                actor,
                active: true,
                creator: None,
            };
            let put = Write::PutAccount(Box::new(account));
            server.backend.write(put).await.expect("an account");
            continue;
        }
        let person = people.entry(who).or_default();
        if step["listens"].is_string() || step["hears"].is_string() || step["hears"] == true {
            let (opened, address) = (person.hints.take(), server.address);
            let (path, cookie) = (
                step["listens"].as_str().map(str::to_owned),
                person.cookie.clone(),
            );
            let (stream, heard) = off(move || {
                let open = |path: String| Stream::open(address, &path, &cookie).expect("a stream");
                path.map(open).or(opened).expect("listens").next()
            })
            .await;
            person.hints = Some(stream);
            if bless {
                step["hears"] = heard.into();
            } else {
                assert_eq!(step["hears"], heard.as_str(), "{why}");
            }
            continue;
        }
        if step["disk_full"] == true {
            server.backend.faults().fail_commits(1);
        }
        if bless && step["body"]["cursors"].is_object() {
            step["body"]["epoch"] = person.epoch.clone().into();
            step["body"]["cursors"] = person.cursors.clone().into();
        }
        let headers: Vec<(String, String)> = step["headers"]
            .as_object()
            .map(|h| {
                h.iter()
                    .map(|(k, v)| (k.clone(), text(v).to_owned()))
                    .collect()
            })
            .unwrap_or_default();
        let (path, body) = (text(&step["post"]).to_owned(), body_of(step).to_string());
        let (cookie, address) = (person.cookie.clone(), server.address);
        let times = step["times"].as_u64().unwrap_or(1);
        let reply = off(move || {
            let mut connection = Connection::open(address).expect("connects");
            let mut ask = || {
                connection
                    .ask(&path, &cookie, &headers, &body)
                    .expect("answers")
            };
            (1..times).for_each(|_| drop(ask()));
            ask()
        })
        .await;
        let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
        person.hear(&reply, &answer);
        let answer = without_detail(answer);
        let retry_after = reply.header("retry-after").map(str::to_owned);
        if bless {
            step["status"] = reply.status.into();
            if let Some(seconds) = retry_after {
                step["retry_after"] = seconds.into();
            }
            step["answer"] = answer;
        } else {
            assert_eq!(step["status"], reply.status, "{why}: {answer}");
            assert_eq!(
                step["retry_after"].as_str(),
                retry_after.as_deref(),
                "{why}"
            );
            assert_eq!(step["answer"], answer, "{why}");
        }
    }
}

/// Runs a blocking function on a thread for blocking work.
async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work);
    tokio::time::timeout(Duration::from_secs(30), done)
        .await
        .expect("in time")
        .expect("no panic")
}

#[tokio::test]
async fn the_documented_conversation_is_what_a_real_server_answers() {
    let mut file = read("conversation");
    let bless = std::env::var_os("XIANGDAN_BLESS").is_some();
    converse(&mut file, bless, Kind::Sqlite).await;
    if bless {
        let text = serde_json::to_string_pretty(&file).expect("JSON") + "\n";
        std::fs::write(golden("conversation"), text).expect("written");
    }
}

#[tokio::test]
async fn it_is_what_a_server_on_postgres_answers_too() {
    converse(&mut read("conversation"), false, Kind::Postgres).await;
}

/// All exchanges of the conversation that were answered: what was sent, and what came back.
fn exchanges(file: &Value) -> Vec<(&Value, &Value)> {
    list(&file["steps"])
        .iter()
        .filter(|step| step["answer"]["last_seq"].is_number())
        .map(|step| (&step["body"], &step["answer"]))
        .collect()
}

/// The name of a rejection: its tag stands outside.
fn code(rejection: &Value) -> &str {
    let tag = rejection
        .as_object()
        .and_then(|tagged| tagged.keys().next());
    tag.map_or_else(|| text(rejection), String::as_str)
}

#[test]
fn every_documented_command_is_applied_in_the_conversation() {
    let (file, commands) = (read("conversation"), read("mutations"));
    for command in list(&commands) {
        let applied = exchanges(&file).into_iter().any(|(body, answer)| {
            list(&body["mutations"]).iter().any(|sent| {
                let fits = ["name", "v", "args"]
                    .iter()
                    .all(|f| sent[*f] == command[*f]);
                let verdict = list(&answer["results"])
                    .iter()
                    .find(|r| r["seq"] == sent["seq"]);
                fits && verdict.is_some_and(|r| r["verdict"] == "applied")
            })
        });
        assert!(applied, "{} is never sent and applied", command["name"]);
    }
    assert_eq!(list(&commands).len(), domain::Command::NAMES.len());
}

#[test]
fn every_documented_rejection_comes_back_in_the_conversation() {
    let (file, documented) = (read("conversation"), read("rejections"));
    let heard: Vec<&Value> = exchanges(&file)
        .into_iter()
        .flat_map(|(_, answer)| list(&answer["results"]))
        .filter_map(|result| result["verdict"]["rejected"].get("rejection"))
        .collect();
    for rejection in list(&documented) {
        let rejection = &rejection["rejection"];
        assert!(heard.contains(&rejection), "{rejection} never comes back");
    }
    let known: BTreeSet<String> = list(&documented)
        .iter()
        .map(|r| code(&r["rejection"]).to_owned())
        .collect();
    let came: BTreeSet<String> = heard.into_iter().map(|r| code(r).to_owned()).collect();
    assert_eq!((known.len(), came), (44, known));
}

#[test]
fn the_documented_request_is_one_of_the_conversation_and_the_answer_shows_what_answers_hold() {
    let (file, request, answer) = (
        read("conversation"),
        read("exchange-request"),
        read("exchange-answer"),
    );
    let all = exchanges(&file);
    assert!(all.iter().any(|(body, _)| **body == request), "{request}");
    for (field, shown) in answer.as_object().expect("an object") {
        // A server stops before a mutation only when it fails inside; no request brings that about.
        let comes = |a: &Value| a.get(field).is_some_and(|v| *v != json!([]));
        assert!(
            field == "stop" || all.iter().any(|(_, a)| comes(a)),
            "{field}: {shown}"
        );
    }
}

#[test]
fn sync_md_has_a_line_for_every_error_command_and_refusal() {
    let file = read("conversation");
    let document = golden("../SYNC").with_extension("md");
    let document = std::fs::read_to_string(document).expect("docs/SYNC.md");
    let has_line = |start: String| document.lines().any(|line| line.starts_with(&start));
    let errors: BTreeSet<(u64, &str)> = list(&file["steps"])
        .iter()
        .filter_map(|step| Some((step["status"].as_u64()?, step["answer"]["code"].as_str()?)))
        .collect();
    assert_eq!(errors.len(), 14, "{errors:?}");
    for (status, code) in errors {
        assert!(
            has_line(format!("| {status} | `{code}`")),
            "{status} {code}"
        );
    }
    for name in domain::Command::NAMES {
        assert!(has_line(format!("| `{name}` | ")), "{name}");
    }
    for rejection in list(&read("rejections")) {
        let code = code(&rejection["rejection"]);
        assert!(has_line(format!("| `{code}` | ")), "{code}");
    }
}
