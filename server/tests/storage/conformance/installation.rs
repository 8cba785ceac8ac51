//! Whole tables, the epoch, leadership.

use super::trail::{entry, put};
use super::{memory, open};
use crate::databases;
use crate::people::{organization, published};
use domain::{Level, Millis};
use server::regions::Region;
use server::storage::SharedStorage;
use server::storage::regions::RegionsQuery;
use server::storage::state::{FAULTS, FaultRow, TOLD};
use server::storage::tables::{TABLES, Table, Value, Values};

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
                | ("user", "creator")
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
    let told = || entry(1, "PutAccount", "user", "x");
    put(&*storage, "a lane", vec![told(), told()]).await;
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

pub(super) async fn a_database_tells_its_state_and_keeps_the_last_faults(storage: SharedStorage) {
    let fault = |n: usize| FaultRow {
        code: format!("{n:06}"),
        report: api::FaultReport {
            build: "b".to_owned(),
            page: "/".to_owned(),
            kind: "unreachable".to_owned(),
            stack: vec!["x".to_owned()],
        },
    };
    let mut transaction = storage.begin().await.expect("begins");
    // One more than are kept; the first is reported again, so it is not the oldest.
    let most = usize::try_from(FAULTS).expect("small");
    for (at, n) in (0..=most).chain([0]).enumerate() {
        let now = Millis(i64::try_from(at).expect("small") + 1);
        transaction.put_fault(&fault(n), now).await.expect("keeps");
    }
    transaction.commit().await.expect("commits");
    let state = storage.state(Millis(10)).await.expect("tells");
    assert_eq!(state.faults.len(), usize::try_from(TOLD).expect("small"));
    let last = &state.faults[0];
    assert_eq!(
        (last.code.as_str(), last.times),
        ("000000", 1),
        "it had made room for a newer one"
    );
    assert!(state.bytes > 0 && !state.migration.is_empty());
    assert_eq!((state.people, state.signed_in.len()), (0, 0));
}

pub(super) async fn regions_are_found_by_level(storage: SharedStorage) {
    let region = |code: &str, name: &str, valid_to: Option<&str>| Region {
        code: code.parse().expect("a code"),
        name: name.to_owned(),
        valid_from: None,
        valid_to: valid_to.map(|day| day.parse().expect("a day")),
        successor: valid_to.map(|_| "430200000000".parse().expect("a code")),
    };
    let all = [
        region("430000000000", "湖南省", None),
        region("430100000000", "长沙市", Some("2026-06-30")),
        region("430102000000", "芙蓉区", None),
        region("430200000000", "株洲市", None),
    ];
    let mut transaction = storage.begin().await.expect("begins");
    transaction.put_regions(&all).await.expect("puts");
    transaction.commit().await.expect("commits");
    let names = async |query: RegionsQuery| {
        let found = storage.regions(&query).await.expect("finds");
        found
            .into_iter()
            .map(|row| row.name)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let province = "430000000000".parse().expect("a code");
    let city = "430100000000".parse().expect("a code");
    assert_eq!(names(RegionsQuery::provinces()).await, "湖南省");
    assert_eq!(
        names(RegionsQuery::down_to(Level::City, province)).await,
        "湖南省 长沙市 株洲市"
    );
    assert_eq!(
        names(RegionsQuery::down_to(Level::County, city)).await,
        "长沙市 芙蓉区"
    );
    assert_eq!(names(RegionsQuery::one(city)).await, "长沙市");
    let found = storage.regions(&RegionsQuery::all()).await.expect("finds");
    assert_eq!(found, all);
}
