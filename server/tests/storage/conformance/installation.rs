//! Browsing, whole tables, the epoch, leadership.

use super::{entity, memory, open, write};
use crate::databases;
use crate::people::{actor, organization, published, village};
use domain::Millis;
use server::storage::SharedStorage;
use server::storage::browse::BrowseQuery;
use server::storage::tables::{TABLES, Table, Value, Values};
use server::storage::work_rows::{NeedIndexRow, WorkRows};

pub(super) async fn needs_are_found_by_village_topic_stage_and_words(storage: SharedStorage) {
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

pub(super) async fn the_first_epoch_stays(storage: SharedStorage) {
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

pub(super) async fn every_table_gives_back_what_was_put_into_it(storage: SharedStorage) {
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
        change: None,
        after: Some("{}".to_owned()),
    };
    let rows = WorkRows {
        audit: vec![told.clone(), told],
        ..WorkRows::default()
    };
    write(&*storage, &rows).await;
    assert_eq!(storage.trail("user", "x").await.expect("reads").len(), 2);
}

pub(super) async fn one_server_leads(storage: SharedStorage) {
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
