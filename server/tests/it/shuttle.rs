//! The second binary really starts under shuttle-runtime, with a stand-in for the platform's secrets.

use crate::http::Connection;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// Answers every request with an empty set of secrets.
fn stand_in() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
    let address = listener.local_addr().expect("address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("connection");
            let mut lines = BufReader::new(stream.try_clone().expect("clone")).lines();
            let asked = lines.next().expect("a line").expect("text");
            assert!(
                asked.starts_with("GET /projects/proj_LOCAL/resources/secrets"),
                "{asked}"
            );
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|l| !l.is_empty()))
            {}
            let body = r#"{"type":"secrets","state":"ready","config":{},"output":{},"data":{}}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream
                .write_all((head + body).as_bytes())
                .expect("answered");
        }
    });
    address
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn the_same_application_answers_under_shuttle_runtime() {
    let folder = tempfile::tempdir().expect("folder");
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a free port")
        .port();
    let _running = Running(
        Command::new(env!("CARGO_BIN_EXE_xiangdan-shuttle"))
            .env("SHUTTLE_ENV", "local")
            .env("SHUTTLE_PROJECT_ID", "proj_LOCAL")
            .env("SHUTTLE_PROJECT_NAME", "xiangdan")
            .env("SHUTTLE_RUNTIME_IP", "127.0.0.1")
            .env("SHUTTLE_RUNTIME_PORT", port.to_string())
            .env("SHUTTLE_API", format!("http://{}", stand_in()))
            .env("XIANGDAN_DATA", folder.path())
            .spawn()
            .expect("starts"),
    );
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut connection = loop {
        match Connection::open(address) {
            Ok(connection) => break connection,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(50));
    };
    let (status, health) = connection.get("/health").expect("an answer");
    assert_eq!((status, health["status"].as_str()), (200, Some("ok")));
    let asked = serde_json::json!({ "phone": "13800000001", "password": "x" });
    let (status, refused) = connection
        .post("/api/v1/sign_in", "", &asked)
        .expect("an answer");
    assert_eq!(
        (status, refused["code"].as_str()),
        (401, Some("wrong_credentials"))
    );
}
