//! A tab that was left open over a release still loads its later parts.

use crate::support::*;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use server::{App, Config};
use std::fs;
use std::path::Path;
use tower::ServiceExt;

/// A site as the bundler writes it.
fn site(folder: &Path, build: &str) -> std::path::PathBuf {
    let site = folder.join(format!("site-{build}"));
    let files = [
        ("index.html".to_owned(), format!("<!doctype html>{build}")),
        (format!("assets/part-{build}.wasm"), format!("wasm {build}")),
        (
            format!("assets/part-{build}.wasm.br"),
            format!("br {build}"),
        ),
        (
            format!("assets/part-{build}.wasm.gz"),
            format!("gz {build}"),
        ),
        ("assets/style-5a3e.css".to_owned(), "a{}".to_owned()),
        (
            "build.json".to_owned(),
            format!(
                r#"{{"id": "{build}", "files": ["index.html", "assets/part-{build}.wasm", "assets/style-5a3e.css", "assets/../x"]}}"#
            ),
        ),
    ];
    fs::create_dir_all(site.join("assets")).expect("folder");
    for (name, text) in files {
        fs::write(site.join(name), text).expect("file");
    }
    site
}

/// The server of a release, until it is stopped for the next one.
struct Running {
    app: App,
    router: Router,
}

async fn start(folder: &Path, build: &str) -> Running {
    let config = Config {
        data: folder.join("data"),
        site: site(folder, build),
        ..Config::default()
    };
    let app = App::open(&config).await.expect("starts");
    let router = app.router();
    Running { app, router }
}

impl Running {
    async fn get(&self, path: &str, accepts: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::get(path)
            .header(header::ACCEPT_ENCODING, accepts)
            .body(Body::empty())
            .expect("request");
        let answer = self.router.clone().oneshot(request).await;
        let (parts, body) = answer.expect("infallible").into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("body");
        let text = String::from_utf8_lossy(&body).into_owned();
        (parts.status, parts.headers, text)
    }

    /// The next binary has another site inside: only what the data folder keeps is left of this one.
    async fn stop(self, folder: &Path, build: &str) {
        self.app.backend().shut_down().await;
        fs::remove_dir_all(folder.join(format!("site-{build}"))).expect("removed");
    }
}

#[tokio::test]
async fn the_assets_of_the_release_before_are_served_and_older_ones_are_gone() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let first = start(folder, "a1").await;
    assert_eq!(first.get("/assets/part-a1.wasm", "").await.2, "wasm a1");
    first.stop(folder, "a1").await;

    let second = start(folder, "b2").await;
    assert_eq!(second.get("/assets/part-b2.wasm", "").await.2, "wasm b2");
    for (accepts, encoding, text) in [
        ("", None, "wasm a1"),
        ("gzip", Some("gzip"), "gz a1"),
        ("gzip, br", Some("br"), "br a1"),
    ] {
        let (status, headers, body) = second.get("/assets/part-a1.wasm", accepts).await;
        assert_eq!((status, body.as_str()), (StatusCode::OK, text));
        assert_eq!(headers[header::CONTENT_TYPE], "application/wasm");
        assert_eq!(
            headers[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(headers[header::VARY], "accept-encoding");
        let told = headers.get(header::CONTENT_ENCODING);
        assert_eq!(told.and_then(|v| v.to_str().ok()), encoding);
    }
    // Only assets: the page is always the present one.
    assert!(second.get("/", "").await.2.contains("b2"));
    second.stop(folder, "b2").await;

    // The same release again, after a crash, say: it does not push out the one before.
    let again = start(folder, "b2").await;
    assert_eq!(again.get("/assets/part-a1.wasm", "").await.0, 200);
    again.stop(folder, "b2").await;

    let third = start(folder, "c3").await;
    assert_eq!(third.get("/assets/part-b2.wasm", "").await.2, "wasm b2");
    let (status, headers, body) = third.get("/assets/part-a1.wasm", "").await;
    assert_eq!(status, 404);
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert!(!body.contains("<!doctype"), "{body}");
    for path in [
        "/assets/order",
        "/assets/../order",
        "/assets/b2/part-b2.wasm",
        "/assets/part-b2.wasm.br",
        "/part-b2.wasm",
    ] {
        assert_eq!(third.get(path, "").await.0, 404, "{path}");
    }
    third.stop(folder, "c3").await;
}

#[tokio::test]
async fn a_server_whose_data_folder_cannot_keep_them_serves_all_the_same() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    fs::create_dir_all(folder.join("data")).expect("folder");
    fs::write(folder.join("data/assets"), "in the way").expect("file");
    let running = start(folder, "a1").await;
    assert_eq!(running.get("/assets/part-a1.wasm", "").await.2, "wasm a1");
    running.stop(folder, "a1").await;
}

#[tokio::test]
async fn a_site_in_a_folder_still_has_its_previous_build_beside_it() {
    let server = Server::start().await;
    assert_eq!(server.get("/assets/app-0000.js", &[]).await.body, "old");
}
