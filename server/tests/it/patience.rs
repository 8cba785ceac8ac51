//! What slow, silent and too many callers cost: nothing that anybody else would notice.

use crate::http::{Connection, Process, Stream};
use crate::support::*;
use serde_json::json;
use server::connections::ConnectionLimits;
use server::site::Site;
use server::{App, Config, Options, StorageBackend};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

async fn start(limits: ConnectionLimits) -> (SocketAddr, Arc<StorageBackend>) {
    let backend = StorageBackend::in_memory(Options::default()).await;
    let backend = Arc::new(backend.expect("backend"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let config = Config {
        limits,
        ..Config::default()
    };
    let app = App::new(backend.clone(), Site::folder(Path::new(".")), &config);
    tokio::spawn(app.serve(listener, std::future::pending()));
    (address, backend)
}

/// Limits that a test sees the end of.
fn short() -> ConnectionLimits {
    ConnectionLimits {
        head: Duration::from_millis(300),
        silence: Duration::from_millis(300),
        body: Duration::from_millis(900),
        ..ConnectionLimits::default()
    }
}

/// Blocking work, on a thread for it.
async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("no panic")
}

fn send(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connects");
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).expect("set");
    stream.write_all(text.as_bytes()).expect("sent");
    stream
}

/// What comes until the other side closes.
fn rest(mut stream: &TcpStream) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "in time"),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const HEAD: &str = "POST /api/v1/sign_in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_come_and_a_connection_without_requests_are_closed() {
    let (address, _backend) = start(short()).await;
    off(move || {
        for text in ["", "POST /api/v1/sign_in HTTP/1.1\r\nHost:"] {
            let told = rest(&send(address, text));
            assert!(!told.contains(" 200 "), "{told}");
        }
        let told = rest(&send(address, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"));
        assert!(
            told.starts_with("HTTP/1.1 200"),
            "answered, then closed: {told}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_silent_or_drips_is_not_waited_for() {
    let (address, _backend) = start(short()).await;
    off(move || {
        let silent = send(address, &format!("{HEAD}Content-Length: 100\r\n\r\n{{"));
        let told = rest(&silent);
        assert!(told.starts_with("HTTP/1.1 503"), "{told}");
        assert!(
            told.contains("unavailable"),
            "the page sends it again: {told}"
        );

        let mut drips = send(address, &format!("{HEAD}Content-Length: 4000\r\n\r\n{{"));
        let pace = Some(Duration::from_millis(50));
        drips.set_read_timeout(pace).expect("set");
        let (started, mut head) = (Instant::now(), [0; 12]);
        loop {
            match drips.read(&mut head) {
                Ok(0) => panic!("closed without an answer"),
                Ok(_) => break,
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    drips.write_all(b" ").expect("sent");
                }
                Err(error) => panic!("{error}"),
            }
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "it is read for ever"
            );
        }
        assert_eq!(&head, b"HTTP/1.1 503");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_keep_nobody_out() {
    let limits = ConnectionLimits {
        connections: 1_000,
        ..ConnectionLimits::default()
    };
    let (address, _backend) = start(limits).await;
    off(move || {
        let first = send(address, "");
        let idle: Vec<TcpStream> = (0..1_100).map(|_| send(address, "")).collect();
        let mut connection = Connection::open(address).expect("connects");
        let (status, _) = connection.get("/health").expect("answers");
        assert_eq!(status, 200);
        assert_eq!(rest(&first), "", "who was idle longest has made room");
        drop(idle);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_listens_four_times_and_the_oldest_stream_ends() {
    let (address, backend) = start(ConnectionLimits::default()).await;
    let actor = actor(1, village());
    backend
        .put_account(&phone(1), PASSWORD, actor.clone())
        .await
        .expect("account");
    let caller = backend.start_session(actor.user).await.expect("session");
    let cookie = format!("xiangdan_session={}", caller.session.expect("token").0);
    let streams = off(move || {
        let open = || Stream::open(address, "/api/v1/hints", &cookie).expect("a stream");
        let mut streams: Vec<Stream> = (0..6).map(|_| open().next().0).collect();
        for ended in streams.drain(..2) {
            assert!(ended.ends(), "the oldest end");
        }
        streams
    })
    .await;
    assert_eq!(streams.len(), 4);
    assert_eq!(backend.cache().hub.listeners(), 4);
}

/// The memory of a process that is in use, in KiB.
fn resident(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id()));
    let status = status.expect("of Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let digits = line.and_then(|line| line.split_whitespace().nth(1));
    digits.and_then(|d| d.parse().ok()).expect("a number")
}

#[test]
fn wrong_passwords_take_the_same_memory_again_and_again() {
    let folder = tempfile::tempdir().expect("folder");
    let process = Process::serve_with(folder.path(), |command| {
        command
            .env("RUST_LOG", "error")
            .env("XIANGDAN_TRUST_PROXY", "true")
    });
    let attempt = |n: usize| {
        let mut connection = Connection::open(process.address).expect("connects");
        let body = json!({ "phone": format!("139{n:08}"), "password": "wrong" }).to_string();
        let from = ("x-forwarded-for".to_owned(), format!("192.0.2.{}", n % 200));
        let reply = connection.ask("/api/v1/sign_in", "", &[from], &body);
        assert_eq!(reply.expect("answers").status, 401);
    };
    let attempts = |numbers: std::ops::Range<usize>| {
        // Eight at a time, so that as many threads check passwords as ever do.
        std::thread::scope(|scope| {
            for lane in 0..8 {
                let mine = numbers.clone().filter(move |n| n % 8 == lane);
                scope.spawn(|| mine.for_each(attempt));
            }
        });
    };
    let before = resident(&process);
    attempts(0..10);
    let after_ten = resident(&process);
    attempts(10..100);
    let after_hundred = resident(&process);
    let told = format!("{before} KiB, {after_ten} after ten, {after_hundred} after a hundred");
    println!("{told}");
    assert!(after_ten < before + 48 * 1024, "{told}");
    assert!(after_hundred < after_ten + 8 * 1024, "{told}");
}
