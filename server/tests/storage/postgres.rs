//! What only a database with several servers has: conflicts, notifications, lost connections.

use crate::databases;
use crate::people::{account, village};
use domain::{ClientId, Feed, Millis, MutationId, UserId};
use server::storage::changes::Change;
use server::storage::work_rows::{ChangedEntity, ClientRow, StoredVerdict, WorkRows};
use server::storage::{Location, SharedStorage, StorageError};
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

async fn open(location: &Location) -> SharedStorage {
    server::storage::open(location).await.expect("opens")
}

pub async fn connect(location: &Location) -> PgConnection {
    let Location::Postgres(url) = location else {
        panic!("a file")
    };
    PgConnection::connect(url).await.expect("connects")
}

/// Cuts connections to the database but this one, those whose present statement begins so.
pub async fn cut(connection: &mut PgConnection, statement: &str) -> u64 {
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND starts_with(query, $1)";
    sqlx::query(sql)
        .bind(statement)
        .execute(connection)
        .await
        .expect("cuts")
        .rows_affected()
}

async fn next(changes: &mut mpsc::Receiver<Change>) -> Change {
    let heard = timeout(Duration::from_secs(20), changes.recv()).await;
    heard.expect("in time").expect("goes on")
}

fn an_entity() -> WorkRows {
    let entity = ChangedEntity {
        kind: "need",
        id: "a".to_owned(),
        rev: 1,
        body: "{}".to_owned(),
        public: None,
    };
    WorkRows {
        entities: vec![entity],
        ..WorkRows::default()
    }
}

fn a_device() -> WorkRows {
    let row = ClientRow {
        user: UserId::from_random([1; 16]),
        last_seq: 1,
    };
    WorkRows {
        clients: vec![(ClientId::from_random([1; 16]), row, true)],
        ..WorkRows::default()
    }
}

fn a_verdict() -> WorkRows {
    let verdict = StoredVerdict {
        client: ClientId::from_random([1; 16]),
        seq: 1,
        json: "\"applied\"".to_owned(),
    };
    WorkRows {
        verdicts: vec![(MutationId::from_random([1; 16]), verdict)],
        ..WorkRows::default()
    }
}

#[tokio::test]
async fn of_two_servers_that_insert_the_same_the_slower_one_repeats() {
    let storage = open(&databases::postgres().await).await;
    for rows in [an_entity(), a_device(), a_verdict()] {
        let mut faster = storage.begin().await.expect("begins");
        faster.write(&rows).await.expect("writes");
        let slower = {
            let (storage, rows) = (storage.clone(), rows.clone());
            tokio::spawn(async move {
                let mut slower = storage.begin().await?;
                slower.write(&rows).await
            })
        };
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!slower.is_finished(), "it waits for the faster one");
        faster.commit().await.expect("commits");
        let error = slower
            .await
            .expect("ends")
            .expect_err("it is there already");
        assert!(error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn a_phone_number_that_somebody_has_is_no_reason_to_repeat() {
    let storage = open(&databases::postgres().await).await;
    let mut transaction = storage.begin().await.expect("begins");
    let mut other = account(2, village(), true);
    other.phone = account(1, village(), true).phone;
    let now = Millis(1);
    transaction
        .put_account(&account(1, village(), true), now)
        .await
        .expect("puts");
    let error = transaction
        .put_account(&other, now)
        .await
        .expect_err("taken");
    assert!(
        !error.is_retryable() && !error.is_connection_lost(),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_from_the_future_is_left_alone() {
    let location = databases::postgres().await;
    open(&location).await.close().await;
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
               VALUES (99, 'later', TRUE, '\\x00', 0)";
    let mut connection = connect(&location).await;
    sqlx::query(sql)
        .execute(&mut connection)
        .await
        .expect("set");
    let opened = server::storage::open(&location).await;
    assert!(
        matches!(opened, Err(StorageError::SchemaTooNew { found: 99, .. })),
        "{opened:?}"
    );
}

#[tokio::test]
async fn several_servers_can_start_on_a_new_database_at_once() {
    let location = databases::postgres().await;
    let opened = (0..6).map(|_| server::storage::open(&location));
    for storage in futures_util::future::join_all(opened).await {
        let storage = storage.expect("opens");
        assert_eq!(storage.count_accounts().await.expect("counts"), 0);
    }
}

#[tokio::test]
async fn other_servers_hear_what_was_committed_and_nothing_else() {
    let location = databases::postgres().await;
    let (here, there) = (open(&location).await, open(&location).await);
    let mut own = here.changes().await.expect("listens").expect("others");
    let mut heard = there.changes().await.expect("listens").expect("others");
    let feeds: Vec<Change> = (0..1_000)
        .map(|n| {
            let feed: Feed = format!("village:43{n:010}").parse().expect("a feed");
            Change::Feed(feed, 1_000_000 + n)
        })
        .collect();
    let user = UserId::from_random([9; 16]);
    let undone = [Change::Sessions(user)];
    let mut transaction = here.begin().await.expect("begins");
    transaction.tell(&undone).await.expect("tells");
    transaction.roll_back().await.expect("rolls back");
    let mut transaction = here.begin().await.expect("begins");
    transaction.tell(&feeds).await.expect("tells");
    transaction.commit().await.expect("commits");
    for change in &feeds {
        assert_eq!(next(&mut heard).await, *change);
    }
    let nothing = timeout(Duration::from_millis(200), own.recv()).await;
    assert!(
        nothing.is_err(),
        "a server does not listen to itself: {nothing:?}"
    );
}

#[tokio::test]
async fn after_a_lost_connection_everything_may_have_changed() {
    let location = databases::postgres().await;
    let (here, there) = (open(&location).await, open(&location).await);
    let mut heard = there.changes().await.expect("listens").expect("others");
    let mut connection = connect(&location).await;
    for round in 0..3 {
        assert_eq!(cut(&mut connection, "LISTEN").await, 1);
        // As soon as it is lost, and when it is there again.
        assert_eq!(next(&mut heard).await, Change::Everything);
        assert_eq!(next(&mut heard).await, Change::Everything);
        let change = Change::Session([round; 32]);
        let mut transaction = here.begin().await.expect("begins");
        transaction
            .tell(std::slice::from_ref(&change))
            .await
            .expect("tells");
        transaction.commit().await.expect("commits");
        assert_eq!(next(&mut heard).await, change);
    }
}

#[tokio::test]
async fn a_lead_is_lost_with_its_connection() {
    let location = databases::postgres().await;
    let storage = open(&location).await;
    let mut lead = storage
        .try_lead("a job")
        .await
        .expect("asks")
        .expect("leads");
    let mut connection = connect(&location).await;
    assert_eq!(cut(&mut connection, "SELECT pg_try_advisory_lock").await, 1);
    assert!(!lead.is_held().await);
    assert!(storage.try_lead("a job").await.expect("asks").is_some());
}

/// As after the migration that brought the terms.
#[tokio::test]
async fn terms_that_are_missing_are_made_when_the_database_is_opened() {
    use server::storage::browse::BrowseQuery;
    use server::{Options, StorageBackend};
    let location = databases::postgres().await;
    let backend = StorageBackend::open(&location, Options::default()).await;
    let backend = backend.expect("starts");
    let needs = (0..30).map(|n| domain::Entity::Need(Box::new(crate::people::published(n, 3))));
    let put = server::group_commit::Write::PutEntities(needs.collect());
    backend.write(put).await.expect("puts");
    backend.shut_down().await;
    let mut connection = connect(&location).await;
    for sql in [
        "UPDATE projection SET terms = NULL",
        "DELETE FROM meta WHERE key = 'terms'",
    ] {
        sqlx::query(sql)
            .execute(&mut connection)
            .await
            .expect("runs");
    }
    let (one, other) = tokio::join!(open(&location), open(&location));
    other.close().await;
    let mut query = BrowseQuery::of(crate::people::code(crate::people::COUNTY), 100);
    query.words = vec!["路灯".to_owned()];
    query.budget = 0;
    assert_eq!(one.browse(&query).await.expect("browses").len(), 30);
    assert_eq!(
        one.check().await.expect("checks").wrong,
        Vec::<String>::new()
    );
}
