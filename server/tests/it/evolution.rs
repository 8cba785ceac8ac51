//! What an earlier release has left in its database, this one opens (`docs/EVOLUTION.md`). Each fixture is the file of a release after
//! some work, written once by `XIANGDAN_FREEZE=1 cargo test -p server --test it evolution` and never again.

use crate::support::*;
use domain::Key;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;
use server::{Options, StorageBackend};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The releases whose databases are in use, newest last.
const RELEASES: [&str; 1] = ["1"];
/// Where this release's own fixture goes.
const RELEASE: &str = "1";

fn fixture(release: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/fixtures/release-{release}.sqlite.gz"))
}

/// The work that every fixture holds: a need, an order on it with a report, and a rejection.
async fn freeze() {
    let file = fixture(RELEASE);
    assert!(!file.exists(), "{} is frozen", file.display());
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let mut holder = server.person(3, member(0)).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    let take = json!({ "order": id(2), "need": id(1), "lines": [{ "item": 1, "quantity": 2 }], "due": due(), "contact": callable() });
    let taken = holder.does(&server, "TakeOrder", take).await;
    assert_eq!(taken["verdict"], "applied", "{taken}");
    let report = json!({ "order": id(2), "progress": id(3), "text": "装好一盏" });
    let reported = holder.does(&server, "ReportProgress", report).await;
    assert_eq!(reported["verdict"], "applied", "{reported}");
    let again = json!({ "need": id(1) });
    let refused = cadre.does(&server, "SubmitNeed", again).await;
    assert!(refused["verdict"]["rejected"].is_object(), "{refused}");
    server.backend.shut_down().await;
    let bytes = std::fs::read(server.folder.path().join("data/xiangdan.sqlite")).expect("a file");
    let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
    zipped.write_all(&bytes).expect("zipped");
    let zipped = zipped.finish().expect("zipped");
    std::fs::write(file, zipped).expect("written");
}

#[tokio::test]
async fn the_database_of_every_release_is_opened() {
    if std::env::var_os("XIANGDAN_FREEZE").is_some() {
        freeze().await;
    }
    for release in RELEASES {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("xiangdan.sqlite");
        let zipped = std::fs::File::open(fixture(release)).expect("a fixture");
        let mut bytes = Vec::new();
        let mut unzipped = GzDecoder::new(zipped);
        unzipped.read_to_end(&mut bytes).expect("unzipped");
        std::fs::write(&file, bytes).expect("written");

        let backend = StorageBackend::open(&file, Options::default())
            .await
            .expect("opens");
        let found = backend.database().check().await.expect("checks");
        assert_eq!(found.wrong, Vec::<String>::new(), "release {release}");
        // Who had an account signs in, and reads what there is.
        let nobody = api::Caller {
            session: None,
            device: None,
            ip: std::net::IpAddr::from([127, 0, 0, 1]),
            kind: String::new(),
        };
        let signed_in = api::Backend::sign_in(&backend, &nobody, &phone(1), PASSWORD).await;
        let signed_in = signed_in.expect("signs in");
        let caller = api::Caller {
            session: Some(signed_in.token),
            device: None,
            ..nobody
        };
        let request =
            json!({ "v": 1, "client": id(9), "epoch": "", "cursors": {}, "mutations": [] });
        let request = serde_json::from_value(request).expect("a request");
        let answer = api::Backend::exchange(&backend, &caller, request).await;
        let answer = answer.expect("answers");
        let mut keys: Vec<String> = answer
            .feeds
            .iter()
            .flat_map(|page| &page.rows)
            .map(|row| format!("{}/{}", row.kind, row.id))
            .collect();
        keys.sort();
        assert_eq!(
            keys,
            [format!("need/{}", id(1)), format!("order/{}", id(2))]
        );
        // The trail goes back to the beginning.
        let order = Key::parse("order", &id(2)).expect("a key");
        let trail = backend.database().trail("order", &order.id()).await;
        let trail = trail.expect("a trail");
        let commands: Vec<&str> = trail.iter().map(|entry| entry.command.as_str()).collect();
        assert_eq!(commands, ["TakeOrder", "ReportProgress"]);
        assert!(trail.iter().all(|entry| entry.after.is_some()));
        backend.shut_down().await;
    }
}
