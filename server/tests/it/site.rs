//! Static files, their caching headers, and the security headers.

use crate::support::*;
use axum::http::header;

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = Server::start().await;
    for path in [
        "/",
        "/needs/1",
        "/health",
        "/api/v1/nothing",
        "/assets/none.js",
    ] {
        let answer = server.get(path, &[]).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{path}"
        );
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(answer.headers[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(answer.headers["cross-origin-opener-policy"], "same-origin");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_sent_in_the_smallest_form() {
    let server = Server::start().await;
    let plain = server.get("/assets/app-1a2b.js", &[]).await;
    assert_eq!(plain.body, "console.log(1)");
    assert_eq!(
        plain.headers[header::CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        plain.headers[header::CONTENT_TYPE],
        "text/javascript; charset=utf-8"
    );
    assert_eq!(plain.headers[header::VARY], "accept-encoding");
    let small = server
        .get("/assets/app-1a2b.js", &[("accept-encoding", "gzip, br")])
        .await;
    assert_eq!(
        (
            small.body.as_str(),
            small.headers[header::CONTENT_ENCODING].to_str().ok()
        ),
        (Some("BROTLI"), Some("br"))
    );
    let packed = server
        .get("/assets/app-1a2b.js", &[("accept-encoding", "gzip")])
        .await;
    assert_eq!(packed.body, "GZIP");
    assert_eq!(
        server.get("/assets/app-0000.js", &[]).await.body,
        "old",
        "the previous build's files stay"
    );
    assert_eq!(server.get("/assets/app-1a2b.js.br", &[]).await.status, 404);
}

#[tokio::test]
async fn pages_are_the_application_and_missing_files_are_missing() {
    let server = Server::start().await;
    for path in ["/", "/needs/67e5", "/sign-in"] {
        let page = server.get(path, &[("sec-fetch-mode", "navigate")]).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.as_str().is_some_and(|b| b.contains("乡单")));
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-cache");
    }
    assert_eq!(
        server.get("/sw.js", &[]).await.headers[header::CACHE_CONTROL],
        "no-cache"
    );
    for path in [
        "/assets/missing.js",
        "/missing.png",
        "/../data/xiangdan.sqlite",
        "/assets/../../data/xiangdan.sqlite",
    ] {
        let missing = server.get(path, &[]).await;
        assert_eq!(missing.status, 404, "{path}");
        assert_eq!(missing.headers[header::CACHE_CONTROL], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let server = Server::start().await;
    let first = server.get("/", &[]).await;
    let tag = first.headers[header::ETAG]
        .to_str()
        .expect("tag")
        .to_owned();
    let again = server.get("/", &[("if-none-match", &tag)]).await;
    assert_eq!(
        (again.status.as_u16(), again.body.as_str()),
        (304, Some(""))
    );
}

#[tokio::test]
async fn the_server_says_that_it_works() {
    let server = Server::start().await;
    let health = server.get("/health", &[]).await;
    assert_eq!(
        (health.status.as_u16(), health.body["status"].as_str()),
        (200, Some("ok"))
    );
}
