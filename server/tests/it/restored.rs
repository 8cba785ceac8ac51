//! The data folder of a real server is put back from a backup: nothing that devices still hold is lost.

use crate::http::{Connection, Process};
use crate::support::*;
use domain::ClientId;
use serde_json::{Value, json};
use server::{Options, StorageBackend};
use std::fs;
use std::path::Path;
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("removed");
    }
    fs::create_dir_all(to).expect("folder");
    for entry in fs::read_dir(from).expect("folder") {
        let file = entry.expect("entry").path();
        if file.is_dir() {
            continue; // The releases' files are no data.
        }
        fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("copied");
    }
}

fn restored(data: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_xiangdan"))
        .args(["restored", "--data"])
        .arg(data)
        .env_remove("DATABASE_URL")
        .env("RUST_LOG", "error")
        .output()
        .expect("runs")
}

/// One exchange with a server that runs for it alone.
fn exchange(data: &Path, cookie: &str, request: &Value) -> Value {
    let mut process = Process::serve(data);
    let mut connection = Connection::open(process.address).expect("connects");
    let answer = connection.post("/api/v1/exchange", cookie, request);
    process.kill();
    let (status, answer) = answer.expect("answers");
    assert_eq!(status, 200, "{answer}");
    answer
}

fn request(client: u8, epoch: &Value, needs: &[u64]) -> Value {
    let mutations = needs.iter().map(|n| {
        let seq = if client == 1 { *n } else { *n - needs[0] + 1 };
        json!({
            "seq": seq, "id": mutation_id(ClientId::from_random([1; 16]), *n), "name": "SaveNeed", "v": 1, "at": 0,
            "args": { "need": id(*n), "content": content("路灯需要安装", 3) },
        })
    });
    json!({
        "v": 1, "client": ClientId::from_random([client; 16]), "epoch": epoch, "cursors": {},
        "mutations": mutations.collect::<Vec<_>>(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_put_back_to_a_backup_asks_devices_for_what_it_has_lost() {
    let folder = tempfile::tempdir().expect("folder");
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    let file = data.join("xiangdan.sqlite");
    assert!(!restored(&data).status.success(), "there is nothing yet");
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

    let first = exchange(&data, &cookie, &request(1, &json!(""), &[1]));
    let epoch = first["epoch"].clone();
    copy(&data, &backup);
    let second = exchange(&data, &cookie, &request(1, &epoch, &[2]));
    assert_eq!(second["last_seq"], 2);
    copy(&backup, &data);
    assert!(restored(&data).status.success());

    let third = exchange(&data, &cookie, &request(1, &epoch, &[3]));
    assert_ne!(third["epoch"], epoch);
    assert_eq!(third["results"], json!([]), "older work comes first");
    assert_eq!(third["last_seq"], 1);
    assert_eq!(third["feeds"][0]["reset"], true);
    let all = exchange(&data, &cookie, &request(2, &third["epoch"], &[1, 2, 3]));
    let applied = |seq: u64| json!({ "seq": seq, "verdict": "applied" });
    let known = json!({ "seq": 1, "verdict": "applied", "duplicate": true });
    assert_eq!(all["results"], json!([known, applied(2), applied(3)]));
}
