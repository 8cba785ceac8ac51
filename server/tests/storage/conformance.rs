//! The conformance suite: what the storage port promises, on SQLite in memory, in a file, and on PostgreSQL.

use crate::databases;
use crate::people::{account, actor, organization, published, village};
use domain::{ClientId, Feed, Millis, MutationId, View};
use server::storage::browse::BrowseQuery;
use server::storage::pull::{Limits, Pulled, Wanted};
use server::storage::sqlite::SqliteStorage;
use server::storage::tables::{TABLES, Table, Value, Values};
use server::storage::work_rows::{
    ChangedEntity, ClientRow, NeedIndexRow, Placement, StoredVerdict, WorkRows, view_number,
};
use server::storage::{Location, SharedStorage, Storage, accounts::StoredSession};
use std::sync::Arc;
use sync::wire::Cursor;

macro_rules! on_every_database {
    ($($name:ident)*) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::memory().await).await;
            })*
        }
        mod in_a_file {
            $(#[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().expect("a folder");
                let location = super::Location::File(folder.path().join("x.sqlite"));
                super::$name(super::open(&location).await).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::open(&super::databases::postgres().await).await).await;
            })*
        }
    };
}

on_every_database! {
    a_unit_of_work_is_all_or_nothing
    a_feeds_version_rises_by_one_in_every_transaction
    a_feed_is_read_in_the_order_of_versions_kinds_and_identifiers
    a_page_ends_where_the_next_one_begins
    a_device_and_what_it_reads_come_from_one_snapshot
    whoever_starts_from_nothing_does_not_hear_of_what_is_gone
    a_cursor_ahead_of_the_feed_starts_again
    verdicts_and_devices_are_found_again
    who_is_not_active_any_more_has_no_session
    sessions_are_moved_ended_and_removed_when_they_have_expired
    needs_are_found_by_village_topic_stage_and_words
    the_first_epoch_stays
    every_table_gives_back_what_was_put_into_it
    one_server_leads
}

async fn memory() -> SharedStorage {
    Arc::new(SqliteStorage::in_memory().await.expect("in memory"))
}

async fn open(location: &Location) -> SharedStorage {
    server::storage::open(location).await.expect("opens")
}

fn feed(n: u64) -> Feed {
    format!("needs:4312{n:02}000000").parse().expect("a feed")
}

fn entity(id: &str, rev: i64) -> ChangedEntity {
    ChangedEntity {
        kind: "need",
        id: id.to_owned(),
        rev,
        body: format!("{{\"id\":\"{id}\",\"rev\":{rev}}}"),
        public: Some(format!("{{\"rev\":{rev}}}")),
    }
}

fn shown(feed: Feed, id: &str, view: View) -> Placement {
    Placement {
        feed,
        kind: "need",
        id: id.to_owned(),
        view: view_number(view),
    }
}

/// Commits these entities, each shown in full in that feed.
async fn put(storage: &dyn Storage, feed: Feed, entities: &[(&str, i64)]) -> Vec<(Feed, i64)> {
    write(
        storage,
        &WorkRows {
            entities: entities.iter().map(|(id, rev)| entity(id, *rev)).collect(),
            placements: entities
                .iter()
                .map(|(id, _)| shown(feed, id, View::Full))
                .collect(),
            ..WorkRows::default()
        },
    )
    .await
}

async fn write(storage: &dyn Storage, rows: &WorkRows) -> Vec<(Feed, i64)> {
    let mut transaction = storage.begin().await.expect("begins");
    let versions = transaction.write(rows).await.expect("writes");
    transaction.commit().await.expect("commits");
    versions
}

fn want(feed: Feed, cursor: Option<Cursor>) -> Wanted {
    Wanted {
        feed,
        cursor,
        version: None,
        reset: false,
    }
}

async fn pull(storage: &dyn Storage, wanted: Vec<Wanted>, rows: usize) -> Pulled {
    let limits = Limits {
        rows,
        ..Limits::default()
    };
    storage.pull(None, wanted, limits).await.expect("pulls")
}

fn ids(pulled: &Pulled) -> Vec<(u64, String)> {
    let rows = pulled.feeds.iter().flat_map(|page| &page.rows);
    rows.map(|row| (row.ver, row.id.clone())).collect()
}

async fn a_unit_of_work_is_all_or_nothing(storage: SharedStorage) {
    let rows = WorkRows {
        entities: vec![entity("a", 1)],
        placements: vec![shown(feed(1), "a", View::Full)],
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

async fn a_feeds_version_rises_by_one_in_every_transaction(storage: SharedStorage) {
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

async fn a_feed_is_read_in_the_order_of_versions_kinds_and_identifiers(storage: SharedStorage) {
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

async fn a_page_ends_where_the_next_one_begins(storage: SharedStorage) {
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
                    let at = (1..=3).find(|n| feed(*n) == page.feed).expect("wanted");
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

async fn a_device_and_what_it_reads_come_from_one_snapshot(storage: SharedStorage) {
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
        placements: vec![shown(feed(1), "a", View::Public)],
        ..WorkRows::default()
    };
    write(&*storage, &rows).await;
    assert_eq!(asked(vec![]).await.client, Some(row));
    let news = asked(vec![want(feed(1), None), want(feed(2), None)]).await;
    assert_eq!((news.client, ids(&news).len()), (Some(row), 1));
    assert_eq!(news.feeds[0].rows[0].view, View::Public);
    let body = news.feeds[0].rows[0].body.as_ref().expect("a body");
    assert_eq!(body.get(), "{\"rev\":1}");
    let cursor = Some(Cursor::after(1));
    let nothing = asked(vec![want(feed(1), cursor)]).await;
    assert_eq!((nothing.client, nothing.feeds.len()), (Some(row), 0));
}

async fn whoever_starts_from_nothing_does_not_hear_of_what_is_gone(storage: SharedStorage) {
    put(&*storage, feed(1), &[("a", 1), ("b", 1)]).await;
    let rows = WorkRows {
        placements: vec![shown(feed(1), "a", View::Gone)],
        ..WorkRows::default()
    };
    write(&*storage, &rows).await;
    let new = pull(&*storage, vec![want(feed(1), None)], 10).await;
    assert_eq!(ids(&new), [(1, "b".to_owned())]);
    let old = pull(&*storage, vec![want(feed(1), Some(Cursor::after(1)))], 10).await;
    assert_eq!(ids(&old), [(2, "a".to_owned())]);
    assert_eq!(old.feeds[0].rows[0].view, View::Gone);
    assert!(old.feeds[0].rows[0].body.is_none());
}

async fn a_cursor_ahead_of_the_feed_starts_again(storage: SharedStorage) {
    put(&*storage, feed(1), &[("a", 1)]).await;
    for cursor in [Cursor::after(9), Cursor::after(u64::MAX)] {
        let pulled = pull(&*storage, vec![want(feed(1), Some(cursor))], 10).await;
        assert!(pulled.feeds[0].reset);
        assert_eq!(ids(&pulled), [(1, "a".to_owned())]);
        assert_eq!(pulled.feeds[0].cursor, Cursor::after(1));
    }
}

async fn verdicts_and_devices_are_found_again(storage: SharedStorage) {
    let (client, other) = (
        ClientId::from_random([1; 16]),
        ClientId::from_random([2; 16]),
    );
    let user = actor(1, village()).user;
    let mutation = |n| MutationId::from_random([n; 16]);
    let verdict = StoredVerdict {
        client,
        seq: 1,
        json: "\"applied\"".to_owned(),
    };
    let at = |last_seq, is_new, verdicts| WorkRows {
        now: Millis(5),
        clients: vec![(client, ClientRow { user, last_seq }, is_new)],
        verdicts,
        ..WorkRows::default()
    };
    write(
        &*storage,
        &at(1, true, vec![(mutation(1), verdict.clone())]),
    )
    .await;
    write(&*storage, &at(2, false, vec![])).await;
    let mut transaction = storage.begin().await.expect("begins");
    let clients = transaction
        .lock_clients(&[other, client])
        .await
        .expect("locks");
    assert_eq!(clients, [(client, ClientRow { user, last_seq: 2 })].into());
    let verdicts = transaction.verdicts(&[mutation(1), mutation(2)]).await;
    assert_eq!(
        verdicts.expect("reads"),
        [(mutation(1), verdict.clone())].into()
    );
    let second = at(2, false, vec![(mutation(1), verdict)]);
    assert!(
        transaction.write(&second).await.is_err(),
        "a second verdict"
    );
    transaction.roll_back().await.expect("rolls back");
    let found = storage.client(client).await.expect("reads");
    assert_eq!(found.map(|row| row.last_seq), Some(2));
}

async fn who_is_not_active_any_more_has_no_session(storage: SharedStorage) {
    let person = account(1, village(), true);
    let user = person.actor.user;
    let session = StoredSession {
        user,
        touched_at: Millis(10),
        expires_at: Millis(100),
    };
    let mut transaction = storage.begin().await.expect("begins");
    transaction
        .put_account(&person, Millis(1))
        .await
        .expect("puts");
    transaction
        .start_session(&[7; 32], session)
        .await
        .expect("starts");
    transaction.commit().await.expect("commits");
    let found = storage
        .account_by_phone(&person.phone)
        .await
        .expect("reads");
    assert_eq!(
        found.map(|a| (a.actor, a.active)),
        Some((person.actor.clone(), true))
    );
    assert!(storage.session(&[7; 32]).await.expect("reads").is_some());

    let mut transaction = storage.begin().await.expect("begins");
    let closed = account(1, village(), false);
    transaction
        .put_account(&closed, Millis(2))
        .await
        .expect("puts");
    transaction.commit().await.expect("commits");
    assert!(storage.session(&[7; 32]).await.expect("reads").is_none());
    let found = storage.account(user).await.expect("reads");
    assert_eq!(found.map(|a| a.active), Some(false));
    assert_eq!(storage.count_accounts().await.expect("counts"), 1);
    assert!(
        storage
            .account_by_phone("1")
            .await
            .expect("reads")
            .is_none()
    );
}

async fn sessions_are_moved_ended_and_removed_when_they_have_expired(storage: SharedStorage) {
    let user = actor(1, village()).user;
    let until = |expires_at| StoredSession {
        user,
        touched_at: Millis(10),
        expires_at: Millis(expires_at),
    };
    let mut transaction = storage.begin().await.expect("begins");
    for (token, expires_at) in [(1, 100), (2, 200), (3, 300)] {
        transaction
            .start_session(&[token; 32], until(expires_at))
            .await
            .expect("starts");
    }
    transaction
        .touch_session(&[1; 32], Millis(20), Millis(400))
        .await
        .expect("touches");
    transaction.end_session(&[3; 32]).await.expect("ends");
    transaction
        .remove_expired_sessions(Millis(250))
        .await
        .expect("removes");
    transaction.commit().await.expect("commits");
    let mut left = Vec::new();
    for token in 1..=3 {
        let session = storage.session(&[token; 32]).await.expect("reads");
        left.push(session.map(|s| (s.touched_at.0, s.expires_at.0)));
    }
    assert_eq!(left, [Some((20, 400)), None, None]);
    let mut transaction = storage.begin().await.expect("begins");
    transaction.end_sessions(user).await.expect("ends");
    transaction.commit().await.expect("commits");
    assert!(storage.session(&[1; 32]).await.expect("reads").is_none());
}

async fn needs_are_found_by_village_topic_stage_and_words(storage: SharedStorage) {
    let row = |n: i64, village: i64, stage: &str, words: &str| NeedIndexRow {
        id: format!("{n}"),
        village,
        topic: if n % 2 == 0 { "health" } else { "care" }.to_owned(),
        stage: stage.to_owned(),
        updated_at: n / 2,
        words: words.to_owned(),
    };
    let needs = vec![
        row(1, 10, "published", "路灯 100% 坏了_"),
        row(2, 10, "published", "水管 abc"),
        row(3, 11, "published", "路灯 木脚村"),
        row(4, 12, "draft", "路灯"),
        row(5, 20, "published", "路灯"),
    ];
    let rows = WorkRows {
        entities: needs.iter().map(|n| entity(&n.id, 1)).collect(),
        needs,
        ..WorkRows::default()
    };
    write(&*storage, &rows).await;
    let base = BrowseQuery {
        from_village: 10,
        to_village: 20,
        full: true,
        limit: 10,
        ..BrowseQuery::default()
    };
    let found = async |query: BrowseQuery| {
        let found = storage.browse(&query).await.expect("browses");
        let ids: Vec<String> = found.into_iter().map(|f| f.id).collect();
        ids.join(" ")
    };
    let words = |words: &[&str]| BrowseQuery {
        words: words.iter().map(|w| (*w).to_owned()).collect(),
        ..base.clone()
    };
    assert_eq!(
        found(base.clone()).await,
        "3 2 1",
        "newest first, no drafts"
    );
    assert_eq!(found(words(&["路灯"])).await, "3 1");
    assert_eq!(found(words(&["路灯", "木脚"])).await, "3");
    // Nothing in a word stands for something else.
    assert_eq!(found(words(&["100%"])).await, "1");
    assert_eq!(found(words(&["_"])).await, "1");
    assert_eq!(found(words(&["a%c"])).await, "");
    let topic = BrowseQuery {
        topic: Some("health".to_owned()),
        ..base.clone()
    };
    assert_eq!(found(topic).await, "2");
    let public = BrowseQuery {
        full: false,
        ..base.clone()
    };
    assert_eq!(found(public).await, "4 3 2 1");
    let after = BrowseQuery {
        after: Some((1, "3".to_owned())),
        ..base.clone()
    };
    assert_eq!(
        found(after).await,
        "2 1",
        "the same time, an identifier before"
    );
    let one = BrowseQuery {
        need: Some("2".to_owned()),
        stage: Some("published".to_owned()),
        ..base
    };
    assert_eq!(found(one).await, "2");
}

async fn the_first_epoch_stays(storage: SharedStorage) {
    assert_eq!(storage.meta("epoch").await.expect("reads"), None);
    assert_eq!(
        storage.meta_or_set("epoch", "one").await.expect("sets"),
        "one"
    );
    assert_eq!(
        storage.meta_or_set("epoch", "two").await.expect("keeps"),
        "one"
    );
    storage.set_meta("epoch", "three").await.expect("sets");
    assert_eq!(
        storage.meta("epoch").await.expect("reads").as_deref(),
        Some("three")
    );
}

/// Something for every column, NULL where that is allowed in every second row.
fn row_of(table: &Table, n: i64) -> Values {
    use server::storage::tables::Kind;
    let nullable = |name: &str| {
        matches!(
            (table.name, name),
            ("entity", "public")
                | ("region", "valid_from" | "valid_to" | "successor")
                | ("audit", "user" | "client" | "mutation" | "before" | "after")
        )
    };
    let columns = table.columns.iter();
    columns
        .map(|(name, kind)| match kind {
            _ if n % 2 == 0 && nullable(name) => Value::Null,
            Kind::Integer => Value::Integer(n),
            Kind::Text => Value::Text(format!("{n:03} {name} 乡单 \u{1f4e6} '\"\\")),
            Kind::Bytes => Value::Bytes(vec![n as u8, 0, 255]),
        })
        .collect()
}

async fn every_table_gives_back_what_was_put_into_it(storage: SharedStorage) {
    for table in &TABLES {
        let mut rows: Vec<Values> = (0..5).map(|n| row_of(table, n)).collect();
        let mut transaction = storage.begin().await.expect("begins");
        transaction.empty(table).await.expect("empties");
        // Whatever the order in which they come.
        rows.reverse();
        transaction
            .insert_rows(table, rows.clone())
            .await
            .expect("inserts");
        transaction.commit().await.expect("commits");
        rows.reverse();
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = storage
                .read_rows(table, after.as_ref(), 2)
                .await
                .expect("reads");
            let Some(last) = page.last() else { break };
            after = Some(last[..table.key].to_vec());
            found.extend(page);
        }
        assert_eq!(found, rows, "{}", table.name);
    }
    // The audit trail goes on counting behind what was put there.
    let told = server::storage::work_rows::AuditRow {
        at: Millis(1),
        user: actor(1, village()).user,
        client: None,
        mutation: None,
        command: "PutAccount".to_owned(),
        kind: "user",
        id: "x".to_owned(),
        before: None,
        after: Some("{}".to_owned()),
    };
    let rows = WorkRows {
        audit: vec![told.clone(), told],
        ..WorkRows::default()
    };
    write(&*storage, &rows).await;
    assert_eq!(storage.trail("user", "x").await.expect("reads").len(), 2);
}

async fn one_server_leads(storage: SharedStorage) {
    let mut lead = storage
        .try_lead("a job")
        .await
        .expect("asks")
        .expect("nobody led");
    assert!(lead.is_held().await);
    let other = storage.try_lead("a job").await.expect("asks");
    assert_eq!(
        other.is_none(),
        storage.shares_data(),
        "the sole server always leads"
    );
    assert!(
        storage
            .try_lead("another job")
            .await
            .expect("asks")
            .is_some()
    );
    drop((lead, other));
    for attempt in 0.. {
        if storage.try_lead("a job").await.expect("asks").is_some() {
            break;
        }
        assert!(attempt < 100, "the lead was never given up");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// What real entities come to: the rows are computed above the port, so this is the same on both.
#[tokio::test]
async fn both_databases_hold_the_same_after_the_same_work() {
    use server::group_commit::Write;
    use server::{Options, StorageBackend};
    let mut contents = Vec::new();
    for storage in [memory().await, open(&databases::postgres().await).await] {
        let backend = StorageBackend::start(storage, Options::default())
            .await
            .expect("starts");
        let needs = (0..50).map(|n| domain::Entity::Need(Box::new(published(n, 3))));
        let entities = needs.chain([organization(1)]).collect();
        backend
            .write(Write::PutEntities(entities))
            .await
            .expect("puts");
        let mut found = Vec::new();
        for table in TABLES.iter().filter(|t| t.is_synchronised) {
            let content = server::storage::copy::content(&**backend.database(), table).await;
            found.push(content.expect("reads"));
        }
        let check = backend.database().check().await.expect("checks");
        assert_eq!((check.wrong, check.entities), (vec![], 51));
        contents.push(found);
        backend.shut_down().await;
    }
    assert_eq!(contents[0], contents[1]);
}
