//! Crash reports of pages: limits, log and metrics.

use crate::http::{Connection, Process};
use crate::support::*;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use domain::Role;
use serde_json::{Value, json};
use server::config::Secret;
use server::site::Site;
use server::{App, Config};
use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::process::Stdio;
use tower::ServiceExt;

const PATH: &str = "/api/v1/report_fault";
const NEAR: &str = "127.0.0.1:50000";
const FAR: &str = "192.0.2.7:50000";

/// The report that `boot.js` is compared with as well, and its code.
fn golden() -> (Value, String) {
    let text = include_str!("../../../docs/golden/fault-report.json");
    let golden: Value = serde_json::from_str(text).expect("JSON");
    let code = golden["code"].as_str().expect("a code").to_owned();
    (golden["report"].clone(), code)
}

/// The server's router with other settings.
fn router(server: &Server, set: impl FnOnce(&mut Config)) -> Router {
    let mut config = Config::default();
    set(&mut config);
    let site = Site::folder(&server.folder.path().join("site"));
    App::new(server.backend.clone(), site, &config).router()
}

async fn send(router: &Router, peer: &str, mut request: Request<Body>) -> (StatusCode, String) {
    let peer: SocketAddr = peer.parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    let answer = router.clone().oneshot(request).await.expect("infallible");
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.expect("body");
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

async fn report(router: &Router, peer: &str, body: &Value) -> (StatusCode, Value) {
    let request = Request::post(PATH)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .expect("request");
    let (status, text) = send(router, peer, request).await;
    (status, serde_json::from_str(&text).expect("JSON"))
}

async fn metrics(router: &Router, peer: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = Request::get("/metrics");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(router, peer, request.body(Body::empty()).expect("request")).await
}

/// The value of one line.
fn value(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

#[tokio::test]
async fn anybody_may_report_a_fault_whether_signed_in_or_not() {
    let server = Server::start().await;
    let (body, _) = golden();
    let mut cookies = vec![None];
    let roles = [
        village(),
        member(0),
        county_bureau(),
        city_bureau(),
        Role::Administrator,
    ];
    for (n, role) in (1..).zip(roles) {
        let person = server.person(n, role).await;
        cookies.push(Some(person.cookie().to_owned()));
    }
    for cookie in &cookies {
        let answer = server.post(PATH, cookie.as_deref(), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body, Value::Null);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
    let seventh = server.post(PATH, cookies[1].as_deref(), &body).await;
    assert_eq!(seventh.status, 429, "the limit is the network's");
}

#[tokio::test]
async fn one_network_and_all_together_have_to_wait_after_too_many() {
    let server = Server::start().await;
    let router = router(&server, |_| {});
    let (body, _) = golden();
    for _ in 0..6 {
        assert_eq!(report(&router, FAR, &body).await.0, 200);
    }
    let (status, told) = report(&router, FAR, &body).await;
    assert_eq!(
        (status.as_u16(), &told["code"], &told["retry_after_s"]),
        (429, &json!("too_many_attempts"), &json!(600))
    );
    let mut taken = 6;
    for n in 1..=150 {
        let peer = format!("198.51.100.{n}:50000");
        if report(&router, &peer, &body).await.0 == 200 {
            taken += 1;
        }
    }
    assert_eq!(taken, 120);
    server.clock.forward(10 * 60_000);
    assert_eq!(report(&router, FAR, &body).await.0, 200);
    let (_, text) = metrics(&router, NEAR, &[]).await;
    let build = body["build"].as_str().expect("a build");
    let name = format!("xiangdan_page_faults_total{{build=\"{build}\"}}");
    assert_eq!(value(&text, &name), Some(121));
    let limited = "xiangdan_page_fault_reports_refused_total{reason=\"limit\"}";
    assert_eq!(value(&text, limited), Some(1 + 150 - 114));
}

#[tokio::test]
async fn a_report_that_boot_js_would_not_send_is_refused_and_counted() {
    let server = Server::start().await;
    let router = router(&server, |_| {});
    let (good, _) = golden();
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let bodies = [
        with("build", json!("a\nb")),
        with("page", json!("/needs/431230104201")),
        with("kind", json!("王建国 13900000001")),
        with("stack", json!(["http://x/app.wasm"])),
        with("stack", json!("no list")),
        json!({}),
    ];
    let refused = bodies.len() as u64;
    for (n, body) in bodies.iter().enumerate() {
        let peer = format!("198.51.100.{n}:50000");
        let (status, told) = report(&router, &peer, body).await;
        assert_eq!(
            (status.as_u16(), &told["code"]),
            (400, &json!("malformed")),
            "{body}"
        );
    }
    // The request is rejected by its size alone; its body is not read.
    let large = with("kind", json!("k".repeat(9_000)));
    let (status, told) = report(&router, FAR, &large).await;
    assert_eq!((status.as_u16(), &told["limit_bytes"]), (413, &json!(8192)));
    let (_, text) = metrics(&router, NEAR, &[]).await;
    let name = "xiangdan_page_fault_reports_refused_total{reason=\"malformed\"}";
    assert_eq!(value(&text, name), Some(refused + 1));
    assert!(!text.contains("xiangdan_page_faults_total{"), "{text}");
}

#[tokio::test]
async fn the_numbers_are_for_this_machine_and_for_who_has_the_token() {
    let server = Server::start().await;
    let closed = router(&server, |_| {});
    let (status, text) = metrics(&closed, NEAR, &[]).await;
    assert_eq!(status, 200);
    assert!(
        value(&text, "xiangdan_uptime_seconds").is_some()
            && value(&text, "xiangdan_listeners") == Some(0),
        "{text}"
    );
    let officer = server.person(1, Role::Administrator).await;
    let session = format!("xiangdan_session={}", officer.cookie());
    for (peer, headers) in [
        (FAR, &[][..]),
        (FAR, &[("cookie", session.as_str())]),
        (FAR, &[("authorization", "Bearer ")]),
        (FAR, &[("x-forwarded-for", "127.0.0.1")]),
        (NEAR, &[("x-forwarded-for", "127.0.0.1")]),
        (NEAR, &[("x-forwarded-for", "")]),
        (NEAR, &[("forwarded", "for=192.0.2.1")]),
    ] {
        let (status, text) = metrics(&closed, peer, headers).await;
        assert_eq!(status, 404, "{peer} {headers:?}");
        assert!(!text.contains("xiangdan_"), "{text}");
    }
    // Also where proxies are believed, being called this machine does not make one this machine.
    let behind = router(&server, |config| {
        config.proxies = server::networks::Proxies::Everybody;
    });
    let forged = [("x-forwarded-for", "127.0.0.1")];
    assert_eq!(metrics(&behind, NEAR, &forged).await.0, 404);

    let open = router(&server, |config| {
        config.metrics_token = Secret::new("a long word");
    });
    let right = ("authorization", "Bearer a long word");
    let proxy = ("x-forwarded-for", "192.0.2.1");
    assert_eq!(metrics(&open, FAR, &[right]).await.0, 200);
    assert_eq!(metrics(&open, NEAR, &[right, proxy]).await.0, 200);
    let wrong = [("authorization", "Bearer a long wore")];
    assert_eq!(metrics(&open, FAR, &wrong).await.0, 404);
    assert_eq!(metrics(&open, FAR, &[]).await.0, 404);
}

#[tokio::test]
async fn answers_are_counted_by_class() {
    let server = Server::start().await;
    let router = router(&server, |_| {});
    for path in ["/", "/", "/assets/none.js"] {
        let request = Request::get(path).body(Body::empty()).expect("request");
        send(&router, FAR, request).await;
    }
    let (_, text) = metrics(&router, NEAR, &[]).await;
    for (class, count) in [("2xx", 2), ("4xx", 1), ("5xx", 0)] {
        let name = format!("xiangdan_answers_total{{status=\"{class}\"}}");
        assert_eq!(value(&text, &name), Some(count), "{text}");
    }
    // Every line is a comment or a name with a number.
    for line in text.lines() {
        let number = line.rsplit(' ').next().and_then(|n| n.parse::<u64>().ok());
        assert!(line.starts_with("# ") || number.is_some(), "{line}");
    }
}

#[test]
fn the_log_says_where_it_happened_and_nothing_of_who_told_it() {
    let folder = tempfile::tempdir().expect("folder");
    let log = folder.path().join("log");
    let file = fs::File::create(&log).expect("file");
    let mut process = Process::serve_with(&folder.path().join("data"), |command| {
        command
            .env("XIANGDAN_LOG", "json")
            .env("RUST_LOG", "warn")
            .stderr(Stdio::from(file))
    });
    let (body, code) = golden();
    let mut connection = Connection::open(process.address).expect("connects");
    let cookie = "xiangdan_session=0123456789abcdef";
    let reply = connection.ask(PATH, cookie, &[], &body.to_string());
    assert_eq!(reply.expect("an answer").status, 200);
    let text = connection.get_raw("/metrics").expect("an answer");
    assert_eq!(
        text.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let text = String::from_utf8(text.body).expect("text");
    assert!(text.contains("xiangdan_page_faults_total{build="), "{text}");
    process.kill();

    let log = fs::read_to_string(log).expect("a log");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["target"] == "page_fault")
        .collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert_eq!(lines[0]["level"], "WARN");
    let fields = lines[0]["fields"].as_object().expect("fields");
    let names: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
    let expected = ["build", "code", "kind", "message", "page", "stack"];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(fields["code"], code.as_str());
    for secret in ["127.0.0.1", "0123456789abcdef"] {
        assert!(!log.contains(secret), "{log}");
    }
}
