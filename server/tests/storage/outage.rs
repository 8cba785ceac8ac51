//! PostgreSQL without room, and who may be on a database at the same time.

use crate::databases;
use crate::people::{Device, content, need_id, village};
use crate::postgres::connect;
use api::ApiError;
use serde_json::json;
use server::storage::{self, Location, Purpose, StorageError};
use server::{Options, StorageBackend};
use std::time::Duration;

async fn run(location: &Location, sql: &'static str) {
    let mut connection = connect(location).await;
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("runs");
}

#[tokio::test]
async fn a_full_disk_is_told_and_writing_goes_on_when_there_is_room() {
    let location = databases::postgres().await;
    let backend = StorageBackend::open(&location, Options::default())
        .await
        .expect("opens");
    let mut cadre = Device::new(&backend, 1, village()).await;
    assert_eq!(backend.writing_fails().await, None);
    run(
        &location,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$; \
         CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON entity EXECUTE FUNCTION no_room(); \
         CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON meta EXECUTE FUNCTION no_room()",
    )
    .await;
    let save = |n: u64| json!({ "need": need_id(n), "content": content("路灯需要安装", 3) });
    let first = cadre.mutation("SaveNeed", &save(1));
    for _ in 0..3 {
        let refused = cadre.exchange(&backend, std::slice::from_ref(&first)).await;
        assert!(
            matches!(refused, Err(ApiError::Unavailable { .. })),
            "{refused:?}"
        );
        assert_eq!(backend.writing_fails().await, Some("the disk is full"));
    }
    run(
        &location,
        "DROP TRIGGER no_room ON entity; DROP TRIGGER no_room ON meta",
    )
    .await;
    let answer = cadre.exchange(&backend, &[first]).await.expect("answers");
    assert_eq!(answer.last_seq, 1);
    assert_eq!(backend.writing_fails().await, None);
    backend.shut_down().await;
}

#[tokio::test]
async fn who_wants_to_be_alone_is_refused_beside_a_server() {
    let location = databases::postgres().await;
    let backend = StorageBackend::open(&location, Options::default())
        .await
        .expect("opens");
    let alone = storage::open_for(Purpose::Alone, &location, Duration::ZERO).await;
    let error = alone.map(drop).expect_err("refused");
    assert!(matches!(error, StorageError::InUse(_)), "{error}");
    assert!(!error.to_string().contains("user="), "{error}");
    let beside = storage::open_for(Purpose::Work, &location, Duration::ZERO).await;
    beside.expect("another server").close().await;
    let looking = storage::open_to_read(&location).await.expect("looks");
    assert!(looking.check().await.expect("checks").wrong.is_empty());
    looking.close().await;
    backend.shut_down().await;
    drop(backend);
    let alone = storage::open_for(Purpose::Alone, &location, Duration::from_secs(20)).await;
    alone.expect("alone now").close().await;
}

#[tokio::test]
async fn a_database_with_somebody_elses_tables_is_left_alone() {
    let location = databases::postgres().await;
    let looking = storage::open_to_read(&location).await.map(drop);
    assert!(matches!(
        looking,
        Err(StorageError::SchemaTooOld { found: 0, .. })
    ));
    run(&location, "CREATE TABLE letters (id bigint PRIMARY KEY)").await;
    let opened = storage::open(&location).await.map(drop);
    let error = opened.expect_err("refused");
    assert!(matches!(error, StorageError::NotOurs(_)), "{error}");
    run(&location, "CREATE TABLE meta (a text); DROP TABLE meta").await;
    run(&location, "DROP TABLE letters").await;
    storage::open(&location)
        .await
        .expect("empty again")
        .close()
        .await;
}
