//! A disk that is full for a while: the server says so, and goes on by itself when there is room again.

use crate::http::{Connection, Process};
use crate::support::*;
use domain::ClientId;
use serde_json::{Value, json};
use server::{Options, StorageBackend};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// How large a file of the process may become, as soon as it serves.
fn limit_files(process: &Process, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit")
        .args(["--pid", &process.child.id().to_string(), &limit])
        .status();
    assert!(set.expect("prlimit of util-linux").success());
}

fn save(seq: u64) -> Value {
    let client = ClientId::from_random([1; 16]);
    json!({
        "v": 1, "client": client, "epoch": "", "cursors": {},
        "mutations": [{
            "seq": seq, "id": mutation_id(client, seq), "name": "SaveNeed", "v": 1, "at": 0,
            "args": { "need": id(seq), "content": content("路灯需要安装", 3) },
        }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_writing_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("xiangdan.sqlite");
    let backend = StorageBackend::open(&file, Options::default())
        .await
        .expect("backend");
    let actor = actor(1, village());
    backend
        .put_account(&phone(1), PASSWORD, actor.clone())
        .await
        .expect("account");
    let caller = backend.start_session(actor.user).await.expect("session");
    let cookie = caller.session.expect("token").0;
    backend.shut_down().await;

    // What a file may not grow to is an error for who writes it, not the end of the process.
    let mut process = Process::serve_with(folder.path(), |command| {
        let program = command.get_program().to_owned();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(program);
        shell.args(command.get_args());
        *command = shell;
        command
            .process_group(0)
            .env_remove("DATABASE_URL")
            .env("RUST_LOG", "off")
            .stdout(std::process::Stdio::piped())
    });
    let mut connection = Connection::open(process.address).expect("connects");
    let mut health = || connection.get("/health").expect("answers");
    assert_eq!(health().0, 200);
    for round in 0..2 {
        limit_files(&process, "524288");
        let mut exchange = Connection::open(process.address).expect("connects");
        let mut post = |seq| {
            exchange
                .post("/api/v1/exchange", &cookie, &save(seq))
                .expect("answers")
        };
        let mut seq = 1;
        if round > 0 {
            // The device asks how far it is.
            let (_, answer) = post(1);
            seq = answer["last_seq"].as_u64().expect("a number") + 1;
        }
        let full = loop {
            let (status, answer) = post(seq);
            if status != 200 {
                break (status, answer);
            }
            seq += 1;
            assert!(seq < 2_000, "the disk is never full");
        };
        assert_eq!(
            (full.0, &full.1["code"]),
            (503, &json!("unavailable")),
            "{full:?}"
        );
        let (status, told) = health();
        assert_eq!(
            (status, &told["status"]),
            (503, &json!("failing")),
            "{told}"
        );
        assert!(told["reason"].is_string(), "{told}");
        let (status, answer) = exchange
            .post("/api/v1/me", &cookie, &json!({}))
            .expect("answers");
        assert_eq!(status, 200, "what only reads goes on: {answer}");

        limit_files(&process, "unlimited");
        let mut post = |seq| {
            exchange
                .post("/api/v1/exchange", &cookie, &save(seq))
                .expect("answers")
        };
        let (status, answer) = post(seq);
        assert_eq!(
            (status, &answer["last_seq"]),
            (200, &json!(seq)),
            "{answer}"
        );
        assert_eq!(health().0, 200);
    }
    process.kill();
    let backend = StorageBackend::open(&file, Options::default())
        .await
        .expect("opens");
    let found = backend.database().check().await.expect("check");
    assert_eq!(found.wrong, Vec::<String>::new());
    backend.shut_down().await;
}
