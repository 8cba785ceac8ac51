//! The audit trail: lanes, pages, and the chain as it is read back.

use super::write;
use domain::{Millis, RegionCode};
use server::storage::audit::TrailQuery;
use server::storage::chain::{ChainedRow, Examination, Lane};
use server::storage::tables::AUDIT;
use server::storage::work_rows::{AuditRow, WorkRows};
use server::storage::{SharedStorage, Storage};

/// An entry of the trail without a person.
pub(super) fn entry(n: i64, command: &str, kind: &'static str, id: &str) -> AuditRow {
    AuditRow {
        at: Millis(n),
        user: None,
        client: None,
        mutation: None,
        command: command.to_owned(),
        kind: kind.into(),
        id: id.to_owned(),
        region: None,
        refused: None,
        change: None,
        after: Some("{}".to_owned()),
    }
}

/// Writes entries as the next ones of a new lane.
pub(super) async fn put(storage: &dyn Storage, name: &str, entries: Vec<AuditRow>) {
    let mut tx = storage.begin().await.expect("begins");
    let lanes = tx.lanes().await.expect("lanes");
    tx.roll_back().await.expect("ends");
    let (mut lane, first) = Lane::open(name.to_owned(), lanes, Millis(0)).expect("opens");
    let chained = entries.into_iter().map(|row| lane.add(row).expect("adds"));
    let audit: Vec<ChainedRow> = std::iter::once(first).chain(chained).collect();
    let rows = WorkRows {
        audit,
        ..WorkRows::default()
    };
    write(storage, &rows).await;
}

fn region(code: &str) -> RegionCode {
    code.parse().expect("a code")
}

pub(super) async fn the_trail_is_read_page_by_page_and_by_region(storage: SharedStorage) {
    let mut entries = Vec::new();
    for (n, village) in (1..=9).zip(
        ["431230104201", "431230104202", "430521100200"]
            .iter()
            .cycle(),
    ) {
        let command = if n % 2 == 0 { "ScreenNeed" } else { "PostNeed" };
        entries.push(AuditRow {
            region: Some(region(village)),
            refused: (n % 4 == 0).then(|| "\"already_approved\"".to_owned()),
            ..entry(n, command, "need", &n.to_string())
        });
    }
    put(&*storage, "a", entries).await;
    let ask = async |query: TrailQuery| -> Vec<i64> {
        let query = TrailQuery {
            limit: 100,
            ..query
        };
        let found = storage.trail_page(&query);
        let found = found.await.expect("a page");
        let numbers = found.iter().filter(|row| row.kind == "need");
        numbers.map(|row| row.at.0).collect()
    };
    let of = |code: &str| TrailQuery {
        region: Some(region(code)),
        ..TrailQuery::default()
    };
    assert_eq!(
        ask(TrailQuery::default()).await,
        [9, 8, 7, 6, 5, 4, 3, 2, 1]
    );
    assert_eq!(ask(of("431230000000")).await, [8, 7, 5, 4, 2, 1]);
    assert_eq!(ask(of("430500000000")).await, [9, 6, 3]);
    assert_eq!(ask(of("430000000000")).await.len(), 9);
    let screened = TrailQuery {
        command: Some("ScreenNeed".to_owned()),
        from: Some(Millis(3)),
        until: Some(Millis(8)),
        ..TrailQuery::default()
    };
    assert_eq!(ask(screened).await, [6, 4]);
    let refused = |refused| TrailQuery {
        refused: Some(refused),
        ..of("431230000000")
    };
    assert_eq!(ask(refused(true)).await, [8, 4]);
    assert_eq!(ask(refused(false)).await, [7, 5, 2, 1]);
    let one = TrailQuery {
        kind: Some("need".to_owned()),
        id: Some("7".to_owned()),
        ..TrailQuery::default()
    };
    assert_eq!(ask(one).await, [7]);
    // From page to page nothing is missing and nothing comes twice.
    let mut query = TrailQuery {
        limit: 4,
        ..TrailQuery::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = storage.trail_page(&query).await.expect("a page");
        let Some(last) = page.last() else { break };
        query.before = Some(last.no);
        seen.extend(
            page.iter()
                .filter(|row| row.kind == "need")
                .map(|row| row.at.0),
        );
    }
    assert_eq!(seen, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
}

pub(super) async fn every_lane_is_followed_to_its_end(storage: SharedStorage) {
    for name in ["a", "b", "c"] {
        let entries = (1..=3).map(|n| entry(n, "PostNeed", "need", &format!("{name}{n}")));
        put(&*storage, name, entries.collect()).await;
    }
    let lanes = storage.lanes().await.expect("lanes");
    let mut ends: Vec<(&str, i64)> = lanes
        .found
        .iter()
        .map(|(head, _)| (head.lane.as_str(), head.link))
        .collect();
    ends.sort_unstable();
    assert_eq!(ends, [("a", 4), ("b", 4), ("c", 4)]);
    let mut examination = Examination::new(&lanes);
    let rows = storage.read_rows(&AUDIT, None, 100).await.expect("rows");
    examination.look_at(&rows);
    let examined = examination.done();
    assert_eq!((examined.entries, examined.wrong), (12, Vec::new()));
    // Two servers that took the same place of one lane would not both be believed.
    let mut tx = storage.begin().await.expect("begins");
    let (_, first) = Lane::open("a".to_owned(), lanes, Millis(0)).expect("opens");
    let rows = WorkRows {
        audit: vec![first],
        ..WorkRows::default()
    };
    assert!(tx.write(&rows).await.is_err());
}
