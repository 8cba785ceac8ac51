//! Feeds: versions, pages, cursors, snapshots.

use super::{entity, feed, ids, pull, put, shown, want, write};
use crate::people::{actor, village};
use domain::{ClientId, Visibility};
use server::storage::SharedStorage;
use server::storage::pull::Limits;
use server::storage::work_rows::{ClientRow, WorkRows};
use sync::wire::Cursor;

pub(super) async fn a_unit_of_work_is_all_or_nothing(storage: SharedStorage) {
    let rows = WorkRows {
        entities: vec![entity("a", 1)],
        placements: vec![shown(feed(1), "a", Visibility::Full)],
        ..WorkRows::default()
    };
    let mut undone = storage.begin().await.expect("begins");
    undone.write(&rows).await.expect("writes");
    undone.roll_back().await.expect("rolls back");
    let mut dropped = storage.begin().await.expect("begins");
    dropped.write(&rows).await.expect("writes");
    drop(dropped);
    let nothing = pull(&*storage, vec![want(feed(1), None)], 10).await;
    assert_eq!(ids(&nothing), []);
    assert_eq!(write(&*storage, &rows).await, [(feed(1), 1)]);
    let all = pull(&*storage, vec![want(feed(1), None)], 10).await;
    assert_eq!(ids(&all), [(1, "a".to_owned())]);
    let body = all.feeds[0].rows[0].body.as_ref().expect("a body");
    assert_eq!(body.get(), "{\"id\":\"a\",\"rev\":1}", "byte for byte");
}

pub(super) async fn a_feeds_version_rises_by_one_in_every_transaction(storage: SharedStorage) {
    assert_eq!(
        put(&*storage, feed(1), &[("a", 1), ("b", 1)]).await,
        [(feed(1), 1)]
    );
    assert_eq!(put(&*storage, feed(1), &[("a", 2)]).await, [(feed(1), 2)]);
    assert_eq!(put(&*storage, feed(2), &[("c", 1)]).await, [(feed(2), 1)]);
    let all = storage.versions(None).await.expect("versions");
    assert_eq!(all, [(feed(1), 2), (feed(2), 1)].into());
    let some = storage
        .versions(Some(&[feed(2), feed(3)]))
        .await
        .expect("versions");
    assert_eq!(some, [(feed(2), 1)].into());
}

pub(super) async fn a_feed_is_read_in_the_order_of_versions_kinds_and_identifiers(
    storage: SharedStorage,
) {
    // A collation of people's language would sort these otherwise.
    let names = ["Z", "a", "B", "é", "_", "乡", "z"];
    let entities: Vec<(&str, i64)> = names.iter().map(|n| (*n, 1)).collect();
    put(&*storage, feed(1), &entities).await;
    put(&*storage, feed(1), &[("B", 2)]).await;
    let all = pull(&*storage, vec![want(feed(1), None)], 100).await;
    let found = ids(&all);
    let order: Vec<&str> = found.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(order, ["Z", "_", "a", "z", "é", "乡", "B"]);
    assert_eq!(found.last().map(|(ver, _)| *ver), Some(2));
}

pub(super) async fn a_page_ends_where_the_next_one_begins(storage: SharedStorage) {
    for (n, size) in [(1, 3), (2, 5), (3, 2)] {
        let names: Vec<String> = (0..size).map(|k| format!("{n}-{k}")).collect();
        let entities: Vec<(&str, i64)> = names.iter().map(|n| (n.as_str(), 1)).collect();
        put(&*storage, feed(n), &entities[..1]).await;
        put(&*storage, feed(n), &entities[1..]).await;
    }
    // From nothing, and from a first version: the two ways to read several feeds.
    for (from, expected) in [(None, 10), (Some(Cursor::after(1)), 7)] {
        for room in 1..=11 {
            let mut cursors = vec![from.clone(); 3];
            let mut found = Vec::new();
            for round in 0.. {
                assert!(round < 20, "it never ends");
                let wanted = (1..=3).map(|n| want(feed(n), cursors[n as usize - 1].clone()));
                let pulled = pull(&*storage, wanted.collect(), room).await;
                assert!(pulled.feeds.iter().map(|p| p.rows.len()).sum::<usize>() <= room);
                found.extend(ids(&pulled).into_iter().map(|(_, id)| id));
                for page in &pulled.feeds {
                    let at = (1..=3)
                        .find(|n| feed(*n).to_string() == page.feed)
                        .expect("wanted");
                    cursors[at as usize - 1] = Some(page.cursor.clone());
                }
                if !pulled.more {
                    break;
                }
            }
            let all = found.len();
            found.sort();
            found.dedup();
            assert_eq!(
                (all, found.len()),
                (expected, expected),
                "{room} rows a page"
            );
        }
    }
}

pub(super) async fn a_device_and_what_it_reads_come_from_one_snapshot(storage: SharedStorage) {
    let client = ClientId::from_random([1; 16]);
    let row = ClientRow {
        user: actor(1, village()).user,
        last_seq: 7,
    };
    let asked = async |wanted| {
        let pulled = storage.pull(Some(client), wanted, Limits::default()).await;
        pulled.expect("pulls")
    };
    assert_eq!(asked(vec![]).await.client, None);
    let rows = WorkRows {
        clients: vec![(client, row, true)],
        entities: vec![entity("a", 1)],
        placements: vec![shown(feed(1), "a", Visibility::Public)],
        ..WorkRows::default()
    };
    write(&*storage, &rows).await;
    assert_eq!(asked(vec![]).await.client, Some(row));
    let news = asked(vec![want(feed(1), None), want(feed(2), None)]).await;
    assert_eq!((news.client, ids(&news).len()), (Some(row), 1));
    assert_eq!(news.feeds[0].rows[0].view, Visibility::Public);
    let body = news.feeds[0].rows[0].body.as_ref().expect("a body");
    assert_eq!(body.get(), "{\"rev\":1}");
    let cursor = Some(Cursor::after(1));
    let nothing = asked(vec![want(feed(1), cursor)]).await;
    assert_eq!((nothing.client, nothing.feeds.len()), (Some(row), 0));
}

pub(super) async fn whoever_starts_from_nothing_does_not_hear_of_what_is_gone(
    storage: SharedStorage,
) {
    put(&*storage, feed(1), &[("a", 1), ("b", 1)]).await;
    let rows = WorkRows {
        placements: vec![shown(feed(1), "a", Visibility::Gone)],
        ..WorkRows::default()
    };
    write(&*storage, &rows).await;
    let new = pull(&*storage, vec![want(feed(1), None)], 10).await;
    assert_eq!(ids(&new), [(1, "b".to_owned())]);
    let old = pull(&*storage, vec![want(feed(1), Some(Cursor::after(1)))], 10).await;
    assert_eq!(ids(&old), [(2, "a".to_owned())]);
    assert_eq!(old.feeds[0].rows[0].view, Visibility::Gone);
    assert!(old.feeds[0].rows[0].body.is_none());
}

pub(super) async fn a_cursor_ahead_of_the_feed_starts_again(storage: SharedStorage) {
    put(&*storage, feed(1), &[("a", 1)]).await;
    for cursor in [Cursor::after(9), Cursor::after(u64::MAX)] {
        let pulled = pull(&*storage, vec![want(feed(1), Some(cursor))], 10).await;
        assert!(pulled.feeds[0].reset);
        assert_eq!(ids(&pulled), [(1, "a".to_owned())]);
        assert_eq!(pulled.feeds[0].cursor, Cursor::after(1));
    }
}
