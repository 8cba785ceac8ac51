//! One process works on an SQLite file: whoever comes beside it is refused, and changes nothing.

use crate::http::{Connection, Process};
use crate::support::*;
use server::{Options, StorageBackend};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs a sub-command that does not wait for others to end.
fn run(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xiangdan"))
        .args(args)
        .arg("--data")
        .arg(data)
        .args(["--wait", "0"])
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "error")
        .output()
        .expect("runs")
}

async fn prepare(data: &Path) {
    let backend = StorageBackend::open(&data.join("xiangdan.sqlite"), Options::default())
        .await
        .expect("backend");
    let actor = actor(1, village());
    backend
        .put_account(&phone(1), PASSWORD, actor)
        .await
        .expect("account");
    backend.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_live_server_nothing_else_writes() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path();
    prepare(data).await;
    let mut process = Process::serve(data);
    let file = data.join("xiangdan.sqlite");
    let named = file.to_str().expect("text").to_owned();
    let elsewhere = folder.path().join("other.sqlite");
    let elsewhere = elsewhere.to_str().expect("text");
    let commands: [&[&str]; 11] = [
        &["serve", "--addr", "127.0.0.1:0"],
        &["restored"],
        &["demo"],
        &["migrate"],
        &["import-regions"],
        &["create-admin", "--phone", "13900000009", "--name", "甲"],
        &["reset-password", "--phone", "13800000001"],
        &["close-account", "--phone", "13800000001"],
        &["daily-orders", "--org", "51430000500000001T"],
        &["copy", "--from", &named, "--to", elsewhere],
        &["copy", "--from", elsewhere, "--to", &named],
    ];
    for args in commands {
        if args[0] == "copy" && args[2] == elsewhere {
            let other = server::storage::Location::File(elsewhere.into());
            let made = StorageBackend::open(&other, Options::default()).await;
            made.expect("another database").shut_down().await;
        }
        let output = run(data, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{args:?}");
        assert!(
            said.contains("in use by another xiangdan") && said.contains(&named),
            "{args:?}: {said}"
        );
    }
    let check = run(data, &["check"]);
    assert!(check.status.success(), "looking disturbs nobody");
    let mut connection = Connection::open(process.address).expect("connects");
    let (status, _) = connection.get("/health").expect("answers");
    assert_eq!(status, 200);
    process.kill();
    let output = run(data, &["restored"]);
    assert!(output.status.success(), "the lock ends with its process");
}

/// A connection with an unfinished request holds the old server for its grace period; the new one waits for it, and gives up before the
/// old one has written its last.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_ending_keeps_the_lock_until_its_last_write() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("folder");
    prepare(folder.path()).await;
    let mut process = Process::serve(folder.path());
    let mut unfinished = std::net::TcpStream::connect(process.address).expect("connects");
    let head = "POST /api/v1/sign_in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    unfinished.write_all(head.as_bytes()).expect("written");
    // The first one's answer shows that the request before it has begun.
    let mut connection = Connection::open(process.address).expect("connects");
    connection.get("/health").expect("answers");
    let terminate = Command::new("kill")
        .args(["-TERM", &process.child.id().to_string()])
        .status();
    assert!(terminate.expect("kill").success());
    let output = run(folder.path(), &["serve", "--addr", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("in use by another xiangdan"), "{said}");
    assert!(
        process.child.try_wait().expect("asked").is_none(),
        "it is still ending"
    );

    let mut next = Command::new(env!("CARGO_BIN_EXE_xiangdan"))
        .args(["serve", "--addr", "127.0.0.1:0", "--wait", "60", "--data"])
        .arg(folder.path())
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "info")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut log = BufReader::new(next.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("waiting for it to end") {
        line.clear();
        assert!(
            log.read_line(&mut line).expect("a line") > 0,
            "it says that it waits"
        );
    }
    drop(unfinished);
    assert!(process.child.wait().expect("ended").success());
    let mut said = String::new();
    BufReader::new(next.stdout.take().expect("piped"))
        .read_line(&mut said)
        .expect("a line");
    assert!(said.contains("listening"), "{said}");
    next.kill().expect("killed");
    next.wait().expect("ended");
}
