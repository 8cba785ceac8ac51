//! Several servers on one PostgreSQL database, in one process.

use crate::databases;
use crate::people::{
    Device, account, actor, callable, content, member, need_id, organization, published, uuid,
    village,
};
use crate::postgres::{connect, cut};
use api::{ApiError, Backend};
use domain::{ClientId, Entity, Key, NeedId, OrderId};
use serde_json::{Value, json};
use server::group_commit::Write;
use server::storage::Location;
use server::{Options, StorageBackend};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use sync::wire::{ExchangeAnswer, Verdict};

async fn server(location: &Location) -> Arc<StorageBackend> {
    let backend = StorageBackend::open(location, Options::default()).await;
    Arc::new(backend.expect("starts"))
}

async fn two_servers() -> (Location, [Arc<StorageBackend>; 2]) {
    let location = databases::postgres().await;
    let servers = [server(&location).await, server(&location).await];
    (location, servers)
}

fn save(need: NeedId) -> Value {
    json!({ "need": need, "content": content("路灯需要安装", 3) })
}

fn take(order: u64, need: u64, quantity: u64) -> Value {
    json!({
        "order": OrderId::from_random(uuid(5, order)), "need": need_id(need),
        "lines": [{ "item": 1, "quantity": quantity }], "due": crate::people::NOW.day().plus(30), "contact": callable(),
    })
}

fn applied(answer: &ExchangeAnswer) -> usize {
    let results = answer.results.iter();
    results
        .filter(|r| matches!(r.verdict, Verdict::Applied))
        .count()
}

/// Waits until something that another server tells has arrived.
async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within two seconds");
}

#[tokio::test]
async fn what_one_server_has_accepted_the_other_shows_at_once() {
    let (_, [a, b]) = two_servers().await;
    assert_eq!(a.epoch(), b.epoch());
    let mut cadre = Device::new(&a, 1, village()).await;
    for n in 0..20 {
        let mutation = cadre.mutation("SaveNeed", &save(need_id(n)));
        let (first, second) = if n % 2 == 0 { (&a, &b) } else { (&b, &a) };
        let answer = cadre.exchange(first, &[mutation]).await.expect("answers");
        assert_eq!((applied(&answer), answer.last_seq), (1, n + 1));
        assert!(!answer.feeds.is_empty());
        // Nothing is missing there, not even the number of what was sent here.
        let other = cadre.exchange(second, &[]).await.expect("answers");
        assert_eq!((other.last_seq, other.feeds.len()), (n + 1, 0));
    }
}

#[tokio::test]
async fn who_is_signed_out_or_shut_out_on_one_server_is_so_on_the_other() {
    let (_, [a, b]) = two_servers().await;
    let out = Device::new(&a, 1, village()).await;
    let shut = Device::new(&a, 2, village()).await;
    let moved = Device::new(&a, 3, village()).await;
    for device in [&out, &shut, &moved] {
        b.me(&device.caller).await.expect("known there");
    }
    a.sign_out(&out.caller).await.expect("signs out");
    let closed = Write::PutAccount(Box::new(account(2, village(), false)));
    a.write(closed).await.expect("shut out");
    let other = Write::PutAccount(Box::new(account(3, member(1), true)));
    a.write(other).await.expect("moved");
    // Two seconds: less than what is kept in memory lives by itself.
    for device in [&out, &shut] {
        soon("signed out", async || {
            b.me(&device.caller).await == Err(ApiError::SignedOut)
        })
        .await;
    }
    soon("another role", async || {
        let me = b.me(&moved.caller).await.expect("still in");
        me.actor == actor(3, member(1))
    })
    .await;
}

#[tokio::test]
async fn a_device_that_listens_on_one_server_hears_of_changes_on_the_other() {
    let (location, [a, b]) = two_servers().await;
    let mut cadre = Device::new(&a, 1, village()).await;
    let profile = b.me(&cadre.caller).await.expect("known");
    let feeds: Vec<domain::Feed> = profile.feeds.iter().map(|f| f.parse().unwrap()).collect();
    let listen = || {
        let hub = &b.cache().hub;
        hub.subscribe(profile.actor.user, None, &feeds, BTreeMap::new())
    };
    let listening = listen();
    let mutation = cadre.mutation("SaveNeed", &save(need_id(1)));
    cadre.exchange(&a, &[mutation]).await.expect("answers");
    let heard = tokio::time::timeout(Duration::from_secs(5), listening.next()).await;
    let heard = heard.expect("in time").expect("goes on");
    assert!(
        heard
            .iter()
            .any(|(feed, ver)| *ver == 1 && feeds.contains(feed)),
        "{heard:?}"
    );
    // What cannot be heard may be anything: the stream ends, and the device asks.
    cut(&mut connect(&location).await, "LISTEN").await;
    let ended = tokio::time::timeout(Duration::from_secs(5), listening.next()).await;
    assert_eq!(ended.expect("in time"), None);
}

#[tokio::test]
async fn a_request_that_reaches_two_servers_at_once_takes_effect_once() {
    let (_, [a, b]) = two_servers().await;
    let mut cadre = Device::new(&a, 1, village()).await;
    for n in 0..60 {
        let mutation = cadre.mutation("SaveNeed", &save(need_id(n)));
        let first = cadre.request(std::slice::from_ref(&mutation));
        let mut second = first.clone();
        if n % 2 == 0 {
            // The same mutation under a new client id.
            second["client"] = json!(ClientId::from_random(uuid(6, n)));
            second["mutations"][0]["seq"] = json!(1);
        }
        let request = |body: &Value| serde_json::from_value(body.clone()).expect("a request");
        let (one, two) = tokio::join!(
            a.exchange(&cadre.caller, request(&first)),
            b.exchange(&cadre.caller, request(&second)),
        );
        let (one, two) = (one.expect("answers"), two.expect("answers"));
        assert_eq!((applied(&one), applied(&two)), (1, 1));
        assert_ne!(
            one.results[0].duplicate, two.results[0].duplicate,
            "round {n}"
        );
        let trail = a.database().trail("need", &need_id(n).to_string()).await;
        assert_eq!(trail.expect("reads").len(), 1, "it took effect once");
    }
    let check = a.database().check().await.expect("checks");
    assert_eq!(check.wrong, Vec::<String>::new());
}

/// Two devices with the same identifier, as after a restored phone: of two mutations with one number, one counts.
#[tokio::test]
async fn two_mutations_with_one_number_at_two_servers_are_a_conflict() {
    let (_, [a, b]) = two_servers().await;
    let mut cadre = Device::new(&a, 1, village()).await;
    for n in 0..60 {
        let mutation = cadre.mutation("SaveNeed", &save(need_id(2 * n)));
        let mut other = mutation.clone();
        other["id"] = json!(NeedId::from_random(uuid(8, n)));
        other["args"] = save(need_id(2 * n + 1));
        let request = |mutation: &Value| {
            let body = cadre.request(std::slice::from_ref(mutation));
            serde_json::from_value(body).expect("a request")
        };
        let (one, two) = tokio::join!(
            a.exchange(&cadre.caller, request(&mutation)),
            b.exchange(&cadre.caller, request(&other)),
        );
        let (winner, loser) = if one.is_ok() { (one, two) } else { (two, one) };
        assert_eq!(applied(&winner.expect("one counts")), 1);
        assert_eq!(loser.err(), Some(ApiError::ClientConflict), "round {n}");
    }
    let check = a.database().check().await.expect("checks");
    assert_eq!((check.wrong, check.entities), (vec![], 60));
}

/// Promise G4: a device that heard its new number without the rows would stop showing its own work.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_never_hears_its_number_without_its_rows() {
    const MUTATIONS: u64 = 300;
    let (_, [a, b]) = two_servers().await;
    let mut sending = Device::new(&a, 1, village()).await;
    let mut reading = Device {
        caller: sending.caller.clone(),
        client: sending.client,
        seq: 0,
        cursors: json!({}),
        epoch: String::new(),
    };
    let sent = tokio::spawn(async move {
        for n in 0..MUTATIONS {
            let mutation = sending.mutation("SaveNeed", &save(need_id(n)));
            sending.exchange(&a, &[mutation]).await.expect("answers");
        }
    });
    let (mut rows, mut last_seq, mut steps) = (0, 0, 0);
    while last_seq < MUTATIONS {
        let answer = reading.exchange(&b, &[]).await.expect("answers");
        assert!(!answer.more, "few enough for one page");
        rows += answer
            .feeds
            .iter()
            .map(|p| p.rows.len() as u64)
            .sum::<u64>();
        assert_eq!(answer.last_seq, rows, "one need for each mutation");
        steps += u64::from(answer.last_seq > last_seq);
        last_seq = answer.last_seq;
    }
    sent.await.expect("nobody was told anything wrong");
    assert!(steps > 20, "only {steps} states were seen");
}

/// Pairs of organizations, each at its own server, take the same last pieces at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn pieces_are_taken_once_in_10000_races() {
    const PAIRS: u64 = 8;
    const AT_ONCE: u64 = 25;
    const ROUNDS: u64 = 50;
    let (_, servers) = two_servers().await;
    let needs = 0..PAIRS * AT_ONCE * ROUNDS;
    let mut entities: Vec<Entity> = (0..2 * PAIRS).map(organization).collect();
    entities.extend(
        needs
            .clone()
            .map(|n| Entity::Need(Box::new(published(n, 1)))),
    );
    for part in entities.chunks(2_000) {
        let put = Write::PutEntities(part.to_vec());
        servers[0].write(put).await.expect("puts");
    }
    let racing = (0..PAIRS).map(|pair| {
        let servers = servers.clone();
        tokio::spawn(async move {
            let mut rivals = [
                Device::new(&servers[0], 2 * pair, member(2 * pair)).await,
                Device::new(&servers[1], 2 * pair + 1, member(2 * pair + 1)).await,
            ];
            let mut won = [0; 2];
            for round in 0..ROUNDS {
                let first = (pair * ROUNDS + round) * AT_ONCE;
                let [x, y] = &mut rivals;
                let orders = |device: &mut Device, side: u64, turned: bool| {
                    let mut needs: Vec<u64> = (first..first + AT_ONCE).collect();
                    if turned {
                        needs.reverse();
                    }
                    let orders = needs.into_iter();
                    orders
                        .map(|n| device.mutation("TakeOrder", &take(2 * n + side, n, 1)))
                        .collect::<Vec<_>>()
                };
                // In opposite orders: without sorted locks they would wait for one another.
                let (a, b) = (orders(x, 0, false), orders(y, 1, true));
                let (a, b) = tokio::join!(x.exchange(&servers[0], &a), y.exchange(&servers[1], &b));
                let (a, b) = (a.expect("answers"), b.expect("answers"));
                let taken = [applied(&a), applied(&b)];
                assert_eq!(taken[0] + taken[1], AT_ONCE as usize, "each piece once");

                won[0] += taken[0];
                won[1] += taken[1];
            }
            won
        })
    });
    let mut won = [0; 2];
    for pair in futures_util::future::join_all(racing).await {
        let pair = pair.expect("nobody was told anything wrong");
        won = [won[0] + pair[0], won[1] + pair[1]];
    }
    assert_eq!(won[0] + won[1], 10_000);
    assert!(won.iter().all(|n| *n > 1_000), "it was no race: {won:?}");
    let check = servers[1].database().check().await.expect("checks");
    assert_eq!(check.wrong, Vec::<String>::new());
}

/// Every connection to the database is cut again and again, also while commits are on their way.
#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_lose_nothing_and_repeat_nothing() {
    const DEVICES: u64 = 8;
    const EACH: u64 = 40;
    let (location, servers) = two_servers().await;
    let done = Arc::new(AtomicBool::new(false));
    let cutting = {
        let done = Arc::clone(&done);
        tokio::spawn(async move {
            let mut connection = connect(&location).await;
            let mut cuts = 0;
            while !done.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(40)).await;
                // A commit on its way: it has happened or not.
                for statement in ["COMMIT", "INSERT", "SELECT pg_notify", ""] {
                    cuts += cut(&mut connection, statement).await;
                    tokio::time::sleep(Duration::from_millis(15)).await;
                }
            }
            cuts
        })
    };
    let mut ready = Vec::new();
    for n in 0..DEVICES {
        // Also this meets cut connections.
        loop {
            let put = Write::PutAccount(Box::new(account(n, village(), true)));
            if servers[0].write(put).await.is_ok()
                && let Ok(caller) = servers[0].start_session(actor(n, village()).user).await
            {
                ready.push(Device {
                    caller,
                    client: ClientId::from_random(uuid(4, n)),
                    seq: 0,
                    cursors: json!({}),
                    epoch: String::new(),
                });
                break;
            }
        }
    }
    let working = ready.into_iter().enumerate().map(|(n, mut device)| {
        let servers = servers.clone();
        tokio::spawn(async move {
            for seq in 0..EACH {
                let need = need_id(n as u64 * EACH + seq);
                let mutation = [device.mutation("SaveNeed", &save(need))];
                let mut attempts = 0;
                let answer = loop {
                    attempts += 1;
                    assert!(attempts < 300, "it never comes through");
                    let server = &servers[(n + attempts) % 2];
                    match device.exchange(server, &mutation).await {
                        Ok(answer) => break answer,
                        Err(ApiError::Unavailable { .. }) => {
                            tokio::time::sleep(Duration::from_millis(10)).await;
                        }
                        Err(error) => panic!("device {n} is told {error:?}"),
                    }
                };
                assert_eq!((applied(&answer), answer.last_seq), (1, seq + 1));
            }
        })
    });
    for device in futures_util::future::join_all(working).await {
        device.expect("nobody was told anything wrong");
    }
    done.store(true, Ordering::SeqCst);
    let cuts = cutting.await.expect("cuts");
    assert!(cuts > 50, "only {cuts} connections were cut");
    tokio::time::sleep(Duration::from_millis(100)).await;
    for n in 0..DEVICES * EACH {
        let key = Key::Need(need_id(n));
        let trail = loop {
            if let Ok(trail) = servers[0].database().trail("need", &key.id()).await {
                break trail;
            }
        };
        assert_eq!(trail.len(), 1, "{key} took effect once");
    }
    let check = servers[1].database().check().await.expect("checks");
    assert_eq!(
        (check.wrong, check.entities),
        (vec![], (DEVICES * EACH) as usize)
    );
}
