//! The database grows in proportion to what was sent, even when the same entities are written again and again.

use crate::support::*;
use domain::ProgressId;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const DAY_MS: i64 = 86_400_000;

/// The bytes of the database with its log.
fn on_disk(folder: &Path) -> u64 {
    ["xiangdan.sqlite", "xiangdan.sqlite-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(folder.join("data").join(name)).ok())
        .map(|file| file.len())
        .sum()
}

/// The memory of this process in bytes.
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages.split(' ').nth(1).and_then(|n| n.parse::<u64>().ok());
    resident.unwrap_or(0) * 4096
}

struct Sent {
    bytes: u64,
    applied: u64,
}

impl Sent {
    async fn send(&mut self, server: &Server, person: &mut Person, name: &str, args: Value) {
        self.bytes += args.to_string().len() as u64;
        let result = person.does(server, name, args).await;
        let refused = &result["verdict"]["rejected"]["rejection"];
        if refused.is_null() {
            self.applied += 1;
        } else {
            assert!(refused["limit_reached"].is_object(), "{result}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_edits_and_twelve_hundred_reports_grow_with_what_was_sent() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let mut holder = server.person(3, member(0)).await;
    let mut neighbour = server.person(4, village()).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    let take = json!({ "order": id(2), "need": id(1), "lines": [{ "item": 1, "quantity": 3 }], "due": due(), "contact": callable() });
    let taken = holder.does(&server, "TakeOrder", take).await;
    assert_eq!(taken["verdict"], "applied", "{taken}");
    let before = on_disk(server.folder.path());
    let memory_before = memory();
    let mut sent = Sent {
        bytes: 0,
        applied: 0,
    };
    let mut slowest = Duration::ZERO;
    for n in 0..2_000_u64 {
        // Thirty edits a day are enough; more are rejected.
        if n % 35 == 0 {
            server.clock.forward(DAY_MS / 10);
        }
        if n % 350 == 0 {
            server.clock.forward(DAY_MS);
        }
        let mut content = content("路灯需要安装", 3);
        content.details = format!("第 {n} 次改：村口到小学一公里没有路灯。");
        let edit = json!({ "need": id(1), "content": content });
        sent.send(&server, &mut cadre, "EditNeed", edit).await;
        if n % 100 == 0 {
            let start = Instant::now();
            let save = json!({ "need": id(100 + n), "content": content });
            let saved = neighbour.does(&server, "SaveNeed", save).await;
            assert_eq!(saved["verdict"], "applied", "{saved}");
            slowest = slowest.max(start.elapsed());
        }
    }
    for n in 0..1_200_u64 {
        if n % 12 == 0 && n < 1_000 {
            server.clock.forward(DAY_MS / 8);
        }
        let mut progress = [7; 16];
        progress[..8].copy_from_slice(&n.to_be_bytes());
        let report = json!({
            "order": id(2), "progress": ProgressId::from_random(progress),
            "text": format!("第 {n} 次：又装好一盏，晚上都亮了。"), "cash": 100, "goods": 0, "persons": 1, "visits": 2,
        });
        sent.send(&server, &mut holder, "ReportProgress", report)
            .await;
        if n % 100 == 0 {
            let start = Instant::now();
            let save = json!({ "need": id(5_000 + n), "content": content("路灯需要安装", 3) });
            let saved = neighbour.does(&server, "SaveNeed", save).await;
            assert_eq!(saved["verdict"], "applied", "{saved}");
            slowest = slowest.max(start.elapsed());
        }
    }
    let grown = on_disk(server.folder.path()) - before;
    let memory = memory().saturating_sub(memory_before);
    let ratio = grown as f64 / sent.bytes as f64;
    println!(
        "sent {} bytes, {} of 3,200 applied; the database grew by {grown} ({ratio:.1} times), memory by {memory}; a neighbour's \
         save took {slowest:?} at most",
        sent.bytes, sent.applied
    );
    assert!(sent.applied > 200, "{}", sent.applied);
    assert!(ratio <= 20.0, "{grown} for {} bytes", sent.bytes);
    // Nextest gives each test a process; elsewhere the memory of other tests is in it.
    if std::env::var_os("NEXTEST").is_some() {
        assert!(memory < 64 << 20, "{memory} bytes of memory");
    }
    // Far above what it takes on a quiet machine; that is measured in docs/BENCHMARKS.md.
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    // The trail still tells all of it.
    let trail = server.backend.database().trail("order", &id(2)).await;
    let trail = trail.expect("trail");
    assert!(trail.iter().all(|entry| entry.after.is_some()));
    assert!(trail.windows(2).all(|two| two[0].after == two[1].before));
}
