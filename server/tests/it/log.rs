//! What a real process writes into its log while strangers send it what they like: short lines, and nothing of a sign-in.

use crate::http::{Connection, Process};
use crate::support::*;
use serde_json::json;
use server::{Options, StorageBackend};
use std::fs;

const SECRETS: [&str; 5] = [
    "13800000001",
    "13912345678",
    "correct horse",
    "s3cret-password",
    "20261128",
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_caller_sent_is_in_the_log_but_a_short_head() {
    let folder = tempfile::tempdir().expect("folder");
    let backend = StorageBackend::open(&folder.path().join("xiangdan.sqlite"), Options::default())
        .await
        .expect("backend");
    backend
        .put_account(&phone(1), PASSWORD, actor(1, village()))
        .await
        .expect("account");
    backend.shut_down().await;
    let mut process = Process::serve_with(folder.path(), |command| {
        command
            .env("RUST_LOG", "debug,server=trace")
            .stderr(fs::File::create(folder.path().join("log")).expect("a file"))
    });
    let mut connection = Connection::open(process.address).expect("connects");
    let mut post = |path: &str, cookie: &str, body: &str| {
        let reply = connection.ask(path, cookie, &[], body).expect("answers");
        let told = String::from_utf8_lossy(&reply.body).into_owned();
        (
            reply.status,
            told,
            reply.header("set-cookie").map(str::to_owned),
        )
    };
    // Every way in which a sign-in can be written wrongly.
    for body in [
        r#"{"phone":13800000001,"password":"s3cret-password"}"#,
        r#"{"phone":"13800000001","password":20261128}"#,
        r#"{"phone":["13912345678"],"password":"s3cret-password"}"#,
        r#"{"phone":"13912345678","password":{"correct horse":1}}"#,
        r#"{"phone":"13912345678"}"#,
        r#""13912345678 correct horse""#,
        r#"["13912345678","s3cret-password"]"#,
        r#"{"phone":"13912345678","password":"s3cret-password""#,
        r#"{"phone":"13912345678","password":"s3cret-password","password":"correct horse"}"#,
        r#"{"phone":"13912345678","password":"s3cret-\u00zzpassword"}"#,
    ] {
        let (status, told, _) = post("/api/v1/sign_in", "", body);
        assert!(matches!(status, 400 | 401), "{body}: {status}");
        for secret in SECRETS {
            assert!(!told.contains(secret), "{body}: {told}");
        }
    }
    for password in ["s3cret-password", PASSWORD] {
        let body = json!({ "phone": "13912345678", "password": password }).to_string();
        assert_eq!(post("/api/v1/sign_in", "", &body).0, 401);
    }
    let body = json!({ "phone": phone(1), "password": PASSWORD }).to_string();
    let (status, _, cookie) = post("/api/v1/sign_in", "", &body);
    assert_eq!(status, 200);
    let cookie = cookie.expect("a cookie");
    let cookie = cookie.split(';').next().expect("its value").to_owned();
    let token = cookie.split('=').nth(1).expect("its value").to_owned();
    assert_eq!(post("/api/v1/me", &cookie, "{}").0, 200);
    let wrong = format!(
        r#"{{"v":1,"client":13912345678,"epoch":"{}"}}"#,
        "s3cret-password".repeat(100)
    );
    assert_eq!(post("/api/v1/exchange", &cookie, &wrong).0, 400);
    let unknown = "13912345678".repeat(1_000);
    let client = domain::ClientId::from_random([1; 16]);
    let mutations = json!({ "v": 1, "client": client, "epoch": "", "cursors": {}, "mutations": [
        { "seq": 1, "id": mutation_id(client, 1), "name": unknown, "v": 1, "args": {}, "at": 0 },
        { "seq": 2, "id": mutation_id(client, 2), "name": "SubmitNeed", "v": 1, "args": { "need": unknown }, "at": 0 },
    ]});
    let (status, told, _) = post("/api/v1/exchange", &cookie, &mutations.to_string());
    assert_eq!(status, 200);
    assert!(
        told.len() < 2_000,
        "what cannot be read is not sent back: {told}"
    );
    post(&format!("/api/v1/{}", "x".repeat(8_000)), "", "{}");
    post("/api/v1/me%0a2026-11-28T00:00:00Z%20INFO", "", "{}");

    // Before anybody is signed in nothing long is read, and nothing of it comes back.
    for (path, status) in [
        ("/api/v1/sign_in", 413),
        ("/api/v1/sign_out", 413),
        ("/api/v1/me", 413),
        ("/api/v1/exchange", 401),
        ("/api/v1/browse", 401),
        ("/api/v1/report_fault", 413),
    ] {
        let long = format!("\"{}\"", "13912345678 ".repeat(20_000));
        let mut connection = Connection::open(process.address).expect("connects");
        // The server may answer and close before it has all.
        if let Ok(reply) = connection.ask(path, "", &[], &long) {
            assert_eq!(reply.status, status, "{path}");
            assert!(reply.body.len() < 1_000, "{path}");
        }
    }
    process.kill();
    let log = fs::read_to_string(folder.path().join("log")).expect("a log");
    for secret in SECRETS.into_iter().chain([token.as_str()]) {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    assert!(log.contains("/api/v1/sign_in"), "there is a log");
    let longest = log.lines().map(str::len).max().unwrap_or(0);
    assert!(longest < 600, "a line of {longest} bytes");
}
