//! Signing in and out, sessions, rate limits, and protection against cross-site requests.

use crate::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

fn cookie_of(answer: &Answer) -> String {
    let set = answer.headers[header::SET_COOKIE].to_str().expect("text");
    set.split(['=', ';']).nth(1).expect("value").to_owned()
}

#[tokio::test]
async fn signing_in_gives_a_cookie_that_no_script_reads_and_signing_out_ends_it() {
    let server = Server::start().await;
    server.person(1, village()).await;
    let body = json!({ "phone": "+86 138-0000-0001", "password": PASSWORD });
    let answer = server.post("/api/v1/sign_in", None, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let set = answer.headers[header::SET_COOKIE].to_str().expect("text");
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict") && !set.contains("Secure"),
        "{set}"
    );
    assert!(answer.body["actor"]["role"]["village"].is_object());
    let feeds = answer.body["feeds"].as_array().expect("feeds");
    assert!(
        feeds.contains(&json!(format!("village:{VILLAGE}"))),
        "{feeds:?}"
    );
    let cookie = cookie_of(&answer);
    let me = server.post("/api/v1/me", Some(&cookie), &json!({})).await;
    assert_eq!(me.body, answer.body);
    let stored = std::fs::read(server.folder.path().join("data/xiangdan.sqlite-wal")).expect("log");
    assert!(
        !stored.windows(cookie.len()).any(|w| w == cookie.as_bytes()),
        "the secret itself is never stored"
    );

    assert_eq!(
        server
            .post("/api/v1/sign_out", Some(&cookie), &json!({}))
            .await
            .status,
        200
    );
    let me = server.post("/api/v1/me", Some(&cookie), &json!({})).await;
    assert_eq!(
        (me.status.as_u16(), &me.body["code"]),
        (401, &json!("signed_out"))
    );
}

#[tokio::test]
async fn a_session_that_is_used_lives_on_and_one_that_is_not_ends() {
    const DAY: i64 = 24 * 3_600_000;
    let server = Server::start().await;
    let cadre = server.person(1, village()).await;
    for _ in 0..4 {
        server.clock.forward(20 * DAY);
        assert_eq!(
            server
                .post("/api/v1/me", Some(cadre.cookie()), &json!({}))
                .await
                .status,
            200
        );
    }
    server.clock.forward(31 * DAY);
    assert_eq!(
        server
            .post("/api/v1/me", Some(cadre.cookie()), &json!({}))
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn guessing_passwords_soon_has_to_wait_and_a_good_one_costs_nothing() {
    let server = Server::start().await;
    server.person(1, village()).await;
    server.person(2, village()).await;
    let try_in = async |phone: String, password: &str| {
        server
            .post(
                "/api/v1/sign_in",
                None,
                &json!({ "phone": phone, "password": password }),
            )
            .await
    };
    for _ in 0..12 {
        assert_eq!(try_in(phone(2), PASSWORD).await.status, 200);
    }
    for _ in 0..10 {
        let wrong = try_in(phone(1), "wrong").await;
        assert_eq!(
            (wrong.status.as_u16(), &wrong.body["code"]),
            (401, &json!("wrong_credentials"))
        );
    }
    let limited = try_in(phone(1), PASSWORD).await;
    assert_eq!(
        (limited.status.as_u16(), &limited.body["code"]),
        (429, &json!("too_many_attempts"))
    );
    assert_eq!(limited.headers[header::RETRY_AFTER], "30");
    server.clock.forward(30_000);
    assert_eq!(try_in(phone(1), PASSWORD).await.status, 200);
    assert_eq!(
        try_in("13999999999".into(), PASSWORD).await.status,
        401,
        "an unknown number looks like a wrong password"
    );
}

#[tokio::test]
async fn requests_that_another_site_sends_are_not_heard() {
    let server = Server::start().await;
    let cadre = server.person(1, village()).await;
    let ask = async |name: &'static str, value: &'static str| {
        let request = Request::post("/api/v1/me")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::HOST, "xiangdan.example")
            .header(
                header::COOKIE,
                format!("xiangdan_session={}", cadre.cookie()),
            )
            .header(name, value)
            .body(Body::from("{}"))
            .expect("request");
        server.ask(request).await
    };
    assert_eq!(ask("sec-fetch-site", "same-origin").await.status, 200);
    assert_eq!(ask("origin", "https://xiangdan.example").await.status, 200);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let refused = ask(name, value).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["code"]),
            (403, &json!("foreign_origin")),
            "{name}: {value}"
        );
    }
    let form = Request::post("/api/v1/me")
        .body(Body::from("a=b"))
        .expect("request");
    let refused = server.ask(form).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["code"]),
        (415, &json!("not_json"))
    );
}

#[tokio::test]
async fn every_error_is_json_that_says_what_to_do() {
    let server = Server::start().await;
    for path in ["/api/v1/nothing", "/api/v2/me", "/api"] {
        let answer = server.post(path, None, &json!({})).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["code"]),
            (404, &json!("not_found")),
            "{path}"
        );
        assert!(answer.body["action"].is_string());
    }
    let answer = server.get("/api/v1/me", &[]).await;
    assert_eq!(answer.status, 404);
    let broken = Request::post("/api/v1/exchange")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{\"v\":"))
        .expect("request");
    let answer = server.ask(broken).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (401, &json!("signed_out")),
        "nothing is read of somebody who is not signed in"
    );
    let cadre = server.person(1, village()).await;
    let broken = Request::post("/api/v1/exchange")
        .header(header::CONTENT_TYPE, "application/json")
        .header(
            header::COOKIE,
            format!("xiangdan_session={}", cadre.cookie()),
        )
        .body(Body::from("{\"v\":"))
        .expect("request");
    let answer = server.ask(broken).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (400, &json!("malformed"))
    );
    let answer = server
        .post("/api/v1/exchange", None, &server_request())
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (401, &json!("signed_out"))
    );
}

fn server_request() -> serde_json::Value {
    json!({ "v": 1, "client": id(1), "epoch": "", "cursors": {}, "mutations": [] })
}

#[tokio::test]
async fn hints_name_what_changed_and_end_with_the_session() {
    use http_body_util::BodyExt;
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let request = Request::get("/api/v1/hints")
        .header(
            header::COOKIE,
            format!("xiangdan_session={}", cadre.cookie()),
        )
        .body(Body::empty())
        .expect("request");
    let mut stream = server.send(request).await.into_body();
    let mut next = async || {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(5), stream.frame())
            .await
            .expect("in time")?;
        Some(
            String::from_utf8(frame.expect("frame").into_data().expect("data").to_vec())
                .expect("text"),
        )
    };
    let present = next().await.expect("the present comes first");
    assert!(
        present.contains("event: hint") && present.contains(&format!("village:{VILLAGE}")),
        "{present}"
    );
    cadre
        .does(
            &server,
            "PostNeed",
            json!({ "need": id(1), "content": content("路灯需要安装", 1) }),
        )
        .await;
    let changed = next().await.expect("a change is told");
    assert!(
        changed.contains(&format!("{{\"feed\":\"village:{VILLAGE}\",\"ver\":1}}")),
        "{changed}"
    );
    server
        .post("/api/v1/sign_out", Some(cadre.cookie()), &json!({}))
        .await;
    assert_eq!(next().await, None);
    assert_eq!(server.get("/api/v1/hints", &[]).await.status, 401);
}

/// What the browser would send the next time it signs in: every cookie that was set.
fn cookies_of(answer: &Answer) -> String {
    let set = answer.headers.get_all(header::SET_COOKIE).iter();
    let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}

async fn sign_in(server: &Server, cookies: &str, phone: &str, password: &str) -> Answer {
    let request = Request::post("/api/v1/sign_in")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, cookies)
        .body(Body::from(
            json!({ "phone": phone, "password": password }).to_string(),
        ))
        .expect("request");
    server.ask(request).await
}

#[tokio::test]
async fn whoever_tries_passwords_does_not_keep_the_owner_out_of_their_own_device() {
    let server = Server::start().await;
    server.person(1, village()).await;
    server.person(2, village()).await;
    let first = sign_in(&server, "", &phone(1), PASSWORD).await;
    assert_eq!(first.status, 200);
    let device = first
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.starts_with("xiangdan_device="))
        .expect("a device cookie");
    assert!(
        device.contains("HttpOnly")
            && device.contains("SameSite=Strict")
            && device.contains("Path=/api/v1;"),
        "{device}"
    );
    let own = cookies_of(&first);
    for n in 0..10 {
        let wrong = sign_in(&server, "", &phone(1), "wrong").await;
        assert_eq!(wrong.status, 401, "{n}");
    }
    let elsewhere = sign_in(&server, "", &phone(1), PASSWORD).await;
    assert_eq!(elsewhere.status, 429, "on a device nobody knows");
    let others = cookies_of(&sign_in(&server, "", &phone(2), PASSWORD).await);
    let on_others = sign_in(&server, &others, &phone(1), PASSWORD).await;
    assert_eq!(on_others.status, 429, "on somebody else's device");
    let again = sign_in(&server, &own, &phone(1), PASSWORD).await;
    assert_eq!(again.status, 200, "on the owner's device");
    // Another server on the same data, or this one started again, knows the device too.
    server.backend.stop_writing().await;
    let clock = server.clock.clone();
    let options = server::Options {
        clock,
        ..server::Options::default()
    };
    let restarted = server
        .backend
        .restarted(options)
        .await
        .expect("starts again");
    let config = server::Config::default();
    let site = server::site::Site::folder(server.folder.path());
    let router = server::App::new(std::sync::Arc::new(restarted), site, &config).router();
    let server = Server { router, ..server };
    for _ in 0..10 {
        assert_eq!(sign_in(&server, "", &phone(1), "wrong").await.status, 401);
    }
    assert_eq!(sign_in(&server, "", &phone(1), PASSWORD).await.status, 429);
    assert_eq!(
        sign_in(&server, &own, &phone(1), PASSWORD).await.status,
        200
    );
}

#[tokio::test]
async fn many_numbers_from_one_network_are_noticed_and_stopped() {
    let server = Server::start().await;
    server.person(1, village()).await;
    for n in 0..30 {
        let number = format!("139{n:08}");
        let wrong = sign_in(&server, "", &number, "123456").await;
        assert_eq!(wrong.status, 401, "{n}");
    }
    let limited = sign_in(&server, "", "13900000031", "123456").await;
    assert_eq!(
        (limited.status.as_u16(), &limited.body["code"]),
        (429, &json!("too_many_attempts"))
    );
    let numbers = server.get("/metrics", &[]).await.body;
    let told = "xiangdan_sign_ins_refused_total{by=\"numbers\"} 1";
    assert!(numbers.as_str().expect("text").contains(told), "{numbers}");
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let server = Server::start().await;
    server.person(1, village()).await;
    server.person(2, village()).await;
    let me = async |cookies: &str| {
        let request = Request::post("/api/v1/me")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, cookies)
            .body(Body::from("{}"))
            .expect("request");
        server.ask(request).await.status
    };
    let first = cookies_of(&sign_in(&server, "", &phone(1), PASSWORD).await);
    assert_eq!(me(&first).await, 200);
    let elsewhere = cookies_of(&sign_in(&server, "", &phone(1), PASSWORD).await);
    let wrong = sign_in(&server, &first, &phone(1), "wrong").await;
    assert_eq!(
        (wrong.status.as_u16(), me(&first).await.as_u16()),
        (401, 200)
    );
    let second = cookies_of(&sign_in(&server, &first, &phone(1), PASSWORD).await);
    assert_eq!(
        (me(&first).await.as_u16(), me(&second).await.as_u16()),
        (401, 200)
    );
    // Somebody else on the same device.
    let third = cookies_of(&sign_in(&server, &second, &phone(2), PASSWORD).await);
    assert_eq!(
        (me(&second).await.as_u16(), me(&third).await.as_u16()),
        (401, 200)
    );
    assert_eq!(me(&elsewhere).await, 200, "other devices stay signed in");
}
