//! Two real servers on one database, 32 devices, and now and then one server is killed with -9 and started again.
//!
//! Nothing that was acknowledged is lost, nothing takes effect twice, no poller misses a change, and pledges never exceed needs. Ten
//! seconds in `make test`; `make two-servers` runs a minute, on a cluster that waits for its disk.

use crate::databases;
use crate::http::{Connection, Process};
use crate::people::{
    Device, callable, content, member, need_id, organization, published, uuid, village,
};
use domain::{Entity, OrderId};
use serde_json::{Value, json};
use server::group_commit::Write;
use server::storage::Location;
use server::storage::check::Inspection;
use server::{Options, StorageBackend};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const VILLAGES: u64 = 12;
const MEMBERS: u64 = 16;
const POLLERS: u64 = 4;
/// Needs that everybody competes for, and the pieces of each.
const NEEDS: (u64, u64) = (60, 40);
/// How many pieces of one need are taken in one order, at most.
const MOST: u64 = 3;

/// Where both servers listen now.
type Addresses = Arc<[Mutex<SocketAddr>; 2]>;

/// What a device was told, to be found in the database in the end.
#[derive(Default)]
struct Told {
    /// Acknowledged as applied: needs saved, or orders with their need and quantity.
    saved: Vec<u64>,
    taken: Vec<(u64, u64, u64)>,
    refused: u64,
    client: String,
    last_seq: u64,
    duplicates: u64,
    /// The last version seen of each row: feed, kind, identifier.
    seen: BTreeMap<(String, String, String), u64>,
}

/// Sends the same until some server answers it.
struct Line {
    addresses: Addresses,
    at: usize,
    connection: Option<Connection>,
}

impl Line {
    fn exchange(&mut self, cookie: &str, request: &Value) -> Value {
        let give_up = Instant::now() + Duration::from_secs(30);
        loop {
            assert!(Instant::now() < give_up, "no server answers");
            if self.connection.is_none() {
                self.at += 1;
                let address = *self.addresses[self.at % 2].lock().unwrap();
                self.connection = Connection::open(address).ok();
            }
            let answer = match &mut self.connection {
                Some(connection) => connection.post("/api/v1/exchange", cookie, request),
                None => Err(std::io::ErrorKind::NotConnected.into()),
            };
            match answer {
                Ok((200, answer)) => return answer,
                Ok((503, _)) => {}
                Ok((status, answer)) => panic!("{status}: {answer}"),
                Err(_) => self.connection = None,
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn two_servers_lose_nothing_repeat_nothing_and_hide_nothing() {
    let seconds = std::env::var("XIANGDAN_TWO_SERVERS_SECONDS");
    let seconds = seconds.ok().and_then(|s| s.parse().ok()).unwrap_or(10);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let location = runtime.block_on(databases::postgres());
    let devices = runtime.block_on(prepare(&location));
    let Location::Postgres(url) = &location else {
        panic!("a file")
    };
    let folders = [
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    ];
    let start = |folder: &Path| {
        Process::serve_with(folder, |command| {
            command.env("RUST_LOG", "error").env("DATABASE_URL", url)
        })
    };
    let mut processes = folders.each_ref().map(|folder| start(folder.path()));
    let addresses: Addresses = Arc::new(processes.each_ref().map(|p| Mutex::new(p.address)));
    let (working, polling) = (
        Arc::new(AtomicBool::new(true)),
        Arc::new(AtomicBool::new(true)),
    );
    let answered = Arc::new(AtomicU64::new(0));
    let mut threads: Vec<_> = devices
        .into_iter()
        .enumerate()
        .map(|(n, device)| {
            let line = Line {
                addresses: Arc::clone(&addresses),
                at: n,
                connection: None,
            };
            let answered = Arc::clone(&answered);
            let n = n as u64;
            let going = Arc::clone(if n < VILLAGES + MEMBERS {
                &working
            } else {
                &polling
            });
            thread::spawn(move || match n {
                0..VILLAGES => save_needs(n, device, line, &going, &answered),
                n if n < VILLAGES + MEMBERS => take_pieces(n, device, line, &going, &answered),
                _ => poll(device, line, &going),
            })
        })
        .collect();
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut kills = 0;
    while Instant::now() < until {
        thread::sleep(Duration::from_millis(700 + 130 * (kills % 5)));
        let which = (kills % 2) as usize;
        processes[which].kill();
        // For a moment there is one server only.
        thread::sleep(Duration::from_millis(100));
        processes[which] = start(folders[which].path());
        *addresses[which].lock().unwrap() = processes[which].address;
        kills += 1;
    }
    working.store(false, Ordering::SeqCst);
    let pollers = threads.split_off((VILLAGES + MEMBERS) as usize);
    let finish = |threads: Vec<thread::JoinHandle<Told>>| -> Vec<Told> {
        let ended = threads.into_iter().map(thread::JoinHandle::join);
        ended
            .map(|told| told.expect("nobody was told anything wrong"))
            .collect()
    };
    let told = finish(threads);
    polling.store(false, Ordering::SeqCst);
    let seen = finish(pollers);
    drop(processes);
    let found = runtime.block_on(look(&location, &told));
    compare(&found, &told, &seen);
    let answered = answered.load(Ordering::SeqCst);
    let duplicates: u64 = told.iter().map(|t| t.duplicates).sum();
    eprintln!(
        "{seconds} s, {kills} kills: {answered} mutations acknowledged ({} per second), {duplicates} of them at the second try, \
         {} orders applied, {} refused",
        answered / seconds,
        told.iter().map(|t| t.taken.len()).sum::<usize>(),
        told.iter().map(|t| t.refused).sum::<u64>(),
    );
    assert!(answered > 10 * seconds, "the storm was no storm");
}

async fn prepare(location: &Location) -> Vec<Device> {
    let backend = StorageBackend::open(location, Options::default())
        .await
        .expect("starts");
    let mut entities: Vec<Entity> = (0..MEMBERS).map(organization).collect();
    entities.extend((0..NEEDS.0).map(|n| Entity::Need(Box::new(published(n, NEEDS.1)))));
    backend
        .write(Write::PutEntities(entities))
        .await
        .expect("puts");
    let mut devices = Vec::new();
    for n in 0..VILLAGES + MEMBERS + POLLERS {
        let role = match n {
            0..VILLAGES => village(),
            n if n < VILLAGES + MEMBERS => member(n - VILLAGES),
            n if n % 2 == 0 => village(),
            n => member(n % MEMBERS),
        };
        let mut device = Device::new(&backend, n, role).await;
        backend.epoch().clone_into(&mut device.epoch);
        devices.push(device);
    }
    backend.shut_down().await;
    devices
}

fn saved(device: u64, seq: u64) -> u64 {
    1_000_000 * (device + 1) + seq
}

fn save_needs(
    n: u64,
    mut device: Device,
    mut line: Line,
    going: &AtomicBool,
    answered: &AtomicU64,
) -> Told {
    let mut told = Told::default();
    while going.load(Ordering::SeqCst) {
        let need = saved(n, device.seq);
        let args = json!({ "need": need_id(need), "content": content("路灯需要安装", 3) });
        let mutation = device.mutation("SaveNeed", &args);
        if one(&mut told, &mut device, &mut line, &mutation, answered) {
            told.saved.push(need);
        }
    }
    told
}

fn take_pieces(
    n: u64,
    mut device: Device,
    mut line: Line,
    going: &AtomicBool,
    answered: &AtomicU64,
) -> Told {
    let mut told = Told::default();
    while going.load(Ordering::SeqCst) {
        let order = saved(n, device.seq);
        let need = order.wrapping_mul(2_654_435_761) % NEEDS.0;
        let quantity = 1 + order % MOST;
        let args = json!({
            "order": OrderId::from_random(uuid(5, order)), "need": need_id(need),
            "lines": [{ "item": 1, "quantity": quantity }], "due": crate::people::NOW.day().plus(200), "contact": callable(),
        });
        let mutation = device.mutation("TakeOrder", &args);
        if one(&mut told, &mut device, &mut line, &mutation, answered) {
            told.taken.push((order, need, quantity));
        } else {
            told.refused += 1;
        }
    }
    told
}

/// Sends one mutation until it is acknowledged; whether it was applied.
fn one(
    told: &mut Told,
    device: &mut Device,
    line: &mut Line,
    mutation: &Value,
    answered: &AtomicU64,
) -> bool {
    let cookie = device.caller.session.as_ref().expect("a session").0.clone();
    let answer = line.exchange(&cookie, &device.request(std::slice::from_ref(mutation)));
    for page in answer["feeds"].as_array().expect("feeds") {
        device.cursors[page["feed"].as_str().expect("a feed")] = page["cursor"].clone();
    }
    assert_eq!(answer["last_seq"], device.seq, "{answer}");
    let result = &answer["results"][0];
    assert_eq!(result["seq"], device.seq, "{answer}");
    told.client = device.client.to_string();
    told.last_seq = device.seq;
    told.duplicates += u64::from(result["duplicate"] == true);
    answered.fetch_add(1, Ordering::SeqCst);
    let verdict = &result["verdict"];
    let is_late = verdict["rejected"]["rejection"]["taken"].is_object();
    assert!(verdict == "applied" || is_late, "{verdict}");
    !is_late
}

/// Reads on and on from where it stands, at whichever server answers.
fn poll(mut device: Device, mut line: Line, going: &AtomicBool) -> Told {
    let mut told = Told::default();
    let cookie = device.caller.session.as_ref().expect("a session").0.clone();
    loop {
        let last = !going.load(Ordering::SeqCst);
        // Another server each time.
        line.connection = None;
        let answer = line.exchange(&cookie, &device.request(&[]));
        for page in answer["feeds"].as_array().expect("feeds") {
            let feed = page["feed"].as_str().expect("a feed");
            assert!(
                page.get("reset").is_none() || device.cursors.get(feed).is_none(),
                "{page}"
            );
            for row in page["rows"].as_array().expect("rows") {
                let text = |name: &str| row[name].as_str().expect("a text").to_owned();
                let ver = row["ver"].as_u64().expect("a version");
                let before = told
                    .seen
                    .insert((feed.to_owned(), text("kind"), text("id")), ver);
                assert!(
                    before.is_none_or(|before| before < ver),
                    "a row came twice: {row}"
                );
            }
            device.cursors[feed] = page["cursor"].clone();
        }
        if last && answer["more"] != true {
            return told;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What the database holds in the end.
struct Found {
    stored: Inspection,
    wrong: Vec<String>,
    /// How often each entity was changed, by the audit trail.
    trails: BTreeMap<String, usize>,
    last_seq: BTreeMap<String, u64>,
}

async fn look(location: &Location, told: &[Told]) -> Found {
    let storage = server::storage::open(location).await.expect("opens");
    let mut trails = BTreeMap::new();
    for told in told {
        for need in &told.saved {
            let id = need_id(*need).to_string();
            let trail = storage.trail("need", &id).await.expect("reads");
            trails.insert(id, trail.len());
        }
        for (order, ..) in &told.taken {
            let id = OrderId::from_random(uuid(5, *order)).to_string();
            let trail = storage.trail("order", &id).await.expect("reads");
            trails.insert(id, trail.len());
        }
    }
    let mut last_seq = BTreeMap::new();
    for told in told {
        let client = told.client.parse().expect("a client");
        let row = storage.client(client).await.expect("reads");
        last_seq.insert(told.client.clone(), row.map_or(0, |row| row.last_seq));
    }
    let found = Found {
        stored: storage.inspect().await.expect("reads"),
        wrong: storage.check().await.expect("checks").wrong,
        trails,
        last_seq,
    };
    storage.close().await;
    found
}

fn compare(found: &Found, told: &[Told], seen: &[Told]) {
    assert_eq!(
        found.wrong,
        Vec::<String>::new(),
        "pledges never exceed needs, and all agrees"
    );
    let stored: BTreeMap<(&str, &str), &str> = found
        .stored
        .entities
        .iter()
        .map(|(kind, id, body)| ((kind.as_str(), id.as_str()), body.as_str()))
        .collect();
    let (mut saved, mut taken) = (0, 0);
    let mut pledged: BTreeMap<u64, u64> = BTreeMap::new();
    for told in told {
        assert_eq!(
            found.last_seq[&told.client], told.last_seq,
            "as far as it was told"
        );
        for need in &told.saved {
            let id = need_id(*need).to_string();
            assert!(stored.contains_key(&("need", id.as_str())), "{id} was lost");
            assert_eq!(found.trails[&id], 1, "{id} took effect once");
            saved += 1;
        }
        for (order, need, quantity) in &told.taken {
            let id = OrderId::from_random(uuid(5, *order)).to_string();
            assert!(
                stored.contains_key(&("order", id.as_str())),
                "{id} was lost"
            );
            assert_eq!(found.trails[&id], 1, "{id} took effect once");
            *pledged.entry(*need).or_default() += quantity;
            taken += 1;
        }
    }
    // Everything was acknowledged in the end, so nothing else is there.
    let count = |kind: &str| stored.keys().filter(|(k, _)| *k == kind).count();
    assert_eq!(
        (count("need"), count("order")),
        (saved + NEEDS.0 as usize, taken)
    );
    for n in 0..NEEDS.0 {
        let id = need_id(n).to_string();
        let need: domain::Need =
            serde_json::from_str(stored[&("need", id.as_str())]).expect("a need");
        let item = need.content.items[0].no;
        let sum = pledged.get(&n).copied().unwrap_or(0);
        assert_eq!(
            need.pledged(item),
            sum,
            "{id}: what was taken is what was told"
        );
        assert!(sum <= NEEDS.1);
    }
    for poller in seen {
        let feeds: std::collections::BTreeSet<&String> =
            poller.seen.keys().map(|(f, ..)| f).collect();
        let mut compared = 0;
        for row in found
            .stored
            .placements
            .iter()
            .filter(|p| feeds.contains(&p.feed))
        {
            let key = (row.feed.clone(), row.kind.clone(), row.id.clone());
            let ver = poller.seen.get(&key).copied();
            // What was gone before a poller heard of it, it need not hear of.
            assert!(
                ver == Some(row.ver.cast_unsigned()) || (ver.is_none() && row.view == 0),
                "a poller missed {key:?}: it has {ver:?}, the feed {}",
                row.ver
            );
            compared += 1;
        }
        assert!(compared > 30, "only {compared} rows were compared");
    }
}
