//! Durability: the real process is killed under load, and no acknowledged mutation is lost.

use crate::http::{Connection, Process};
use crate::support::*;
use domain::{ClientId, Key};
use serde_json::{Value, json};
use server::{Options, StorageBackend};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const DEVICES: u8 = 8;

/// What one device knows: how far it got, and what it was told.
#[derive(Default)]
struct Device {
    cookie: String,
    acknowledged: u64,
}

async fn prepare(data: &Path) -> Vec<Device> {
    let backend = StorageBackend::open(&data.join("xiangdan.sqlite"), Options::default())
        .await
        .expect("backend");
    let mut devices = Vec::new();
    for n in 0..DEVICES {
        let actor = actor(n, village());
        backend
            .put_account(&phone(n), PASSWORD, actor.clone())
            .await
            .expect("account");
        let caller = backend.start_session(actor.user).await.expect("session");
        devices.push(Device {
            cookie: caller.session.expect("token").0,
            acknowledged: 0,
        });
    }
    backend.shut_down().await;
    devices
}

fn need_of(device: u8, seq: u64) -> String {
    id(u64::from(device) << 32 | seq)
}

fn request(device: u8, seq: u64) -> Value {
    let client = ClientId::from_random([100 + device; 16]);
    json!({
        "v": 1, "client": client, "epoch": "", "cursors": {},
        "mutations": [{
            "seq": seq, "id": mutation_id(client, seq), "name": "SaveNeed", "v": 1, "at": 0,
            "args": { "need": need_of(device, seq), "content": content("路灯需要安装", 3) },
        }],
    })
}

/// Sends one mutation after the other until the server is gone. The first one repeats what may have been lost.
fn storm(device: u8, state: &Mutex<Device>, address: std::net::SocketAddr, total: &AtomicU64) {
    let (cookie, mut seq) = {
        let state = state.lock().expect("lock");
        (state.cookie.clone(), state.acknowledged + 1)
    };
    let Ok(mut connection) = Connection::open(address) else {
        return;
    };
    while let Ok((status, answer)) =
        connection.post("/api/v1/exchange", &cookie, &request(device, seq))
    {
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["results"][0]["verdict"], "applied", "{answer}");
        assert_eq!(answer["last_seq"], seq);
        state.lock().expect("lock").acknowledged = seq;
        total.fetch_add(1, Ordering::SeqCst);
        seq += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_server_in_a_storm_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("folder");
    let devices: Vec<_> = prepare(folder.path())
        .await
        .into_iter()
        .map(|d| Arc::new(Mutex::new(d)))
        .collect();
    let total = Arc::new(AtomicU64::new(0));
    for round in 0..6_u64 {
        let mut process = Process::serve(folder.path());
        let address = process.address;
        let storms: Vec<_> = devices
            .iter()
            .enumerate()
            .map(|(n, device)| {
                let (device, total) = (Arc::clone(device), Arc::clone(&total));
                thread::spawn(move || storm(n as u8, &device, address, &total))
            })
            .collect();
        thread::sleep(Duration::from_millis(150 + 67 * round));
        process.kill();
        for storm in storms {
            storm.join().expect("no device was told anything wrong");
        }
        verify(folder.path(), &devices).await;
    }
    assert!(total.load(Ordering::SeqCst) > 100, "the storm was no storm");
}

/// Everything acknowledged is there, once, with its verdict; and what is there agrees with itself.
async fn verify(data: &Path, devices: &[Arc<Mutex<Device>>]) {
    let backend = StorageBackend::open(&data.join("xiangdan.sqlite"), Options::default())
        .await
        .expect("opens again");
    let found = backend.database().check().await.expect("check");
    assert_eq!(found.wrong, Vec::<String>::new());
    let mut expected = BTreeMap::new();
    for (n, device) in devices.iter().enumerate() {
        let acknowledged = device.lock().expect("lock").acknowledged;
        for seq in 1..=acknowledged {
            expected.insert(need_of(n as u8, seq), seq);
        }
    }
    for need in expected.keys() {
        let key = Key::parse("need", need).expect("key");
        let trail = backend
            .database()
            .trail("need", &key.id())
            .await
            .expect("trail");
        assert_eq!(trail.len(), 1, "{need} took effect once");
    }
    assert!(found.entities >= expected.len());
    backend.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_the_server_finishes_what_it_has_accepted() {
    let folder = tempfile::tempdir().expect("folder");
    let device = Arc::new(Mutex::new(prepare(folder.path()).await.remove(0)));
    let mut process = Process::serve(folder.path());
    let (address, total) = (process.address, Arc::new(AtomicU64::new(0)));
    let storming = {
        let (device, total) = (Arc::clone(&device), Arc::clone(&total));
        thread::spawn(move || storm(0, &device, address, &total))
    };
    thread::sleep(Duration::from_millis(200));
    let pid = process.child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill")
            .success()
    );
    let ended = process.child.wait().expect("ended");
    assert!(ended.success(), "{ended}");
    storming.join().expect("no device was told anything wrong");
    verify(folder.path(), &[device]).await;
}
