//! An installation moves from one database to another, and its devices go on.

use crate::databases;
use crate::people::{
    COUNTY, Device, code, content, member, need_id, organization, published, village,
};
use domain::Entity;
use serde_json::json;
use server::group_commit::Write;
use server::regions::Regions;
use server::storage::browse::BrowseQuery;
use server::storage::tables::TABLES;
use server::storage::{Location, StorageError, copy};
use server::{Options, StorageBackend};
use std::process::Command;

async fn start(location: &Location) -> StorageBackend {
    let backend = StorageBackend::open(location, Options::default()).await;
    backend.expect("starts")
}

/// An installation with a bit of everything, and a device that has read all of it.
async fn fill(location: &Location) -> Device {
    let backend = start(location).await;
    let regions = Regions::hunan().expect("regions").rows()[..300].to_vec();
    backend
        .write(Write::PutRegions(regions))
        .await
        .expect("regions");
    let needs = (0..30).map(|n| Entity::Need(Box::new(published(n, 3))));
    let entities = needs.chain([organization(1)]).collect();
    backend
        .write(Write::PutEntities(entities))
        .await
        .expect("puts");
    Device::new(&backend, 2, member(1)).await;
    let mut cadre = Device::new(&backend, 1, village()).await;
    let args = json!({ "need": need_id(99), "content": content("路灯需要安装", 3) });
    let mutation = cadre.mutation("SaveNeed", &args);
    cadre
        .exchange(&backend, &[mutation])
        .await
        .expect("answers");
    backend.shut_down().await;
    cadre
}

#[tokio::test]
async fn an_installation_moves_there_and_back_and_devices_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| Location::File(folder.path().join(name));
    let (first, second) = (file("first.sqlite"), databases::postgres().await);
    let mut cadre = fill(&first).await;
    let mut contents = Vec::new();
    for (from, to) in [(&first, &second), (&second, &file("third.sqlite"))] {
        let (from, to) = (
            server::storage::open(from).await.expect("opens"),
            server::storage::open(to).await.expect("opens"),
        );
        contents.push(copy::copy(&*from, &*to).await.expect("copies"));
        assert!(matches!(
            copy::copy(&*from, &*to).await,
            Err(StorageError::NotEmpty(..))
        ));
        from.close().await;
        to.close().await;
    }
    assert_eq!(contents[0], contents[1]);
    let rows = |table| {
        let mut contents = contents[0].iter();
        contents.find(|c| c.table == table).map(|c| c.rows)
    };
    assert_eq!(
        (rows("entity"), rows("region"), rows("session")),
        (Some(32), Some(300), Some(2))
    );
    let (seq, cursors) = (cadre.seq, cadre.cursors.clone());
    for location in [&second, &file("third.sqlite")] {
        (cadre.seq, cadre.cursors) = (seq, cursors.clone());
        let backend = start(location).await;
        let check = backend.database().check().await.expect("checks");
        assert_eq!(check.wrong, Vec::<String>::new());
        // The index of terms was made anew.
        let mut query = BrowseQuery::of(code(COUNTY), 100);
        query.words = vec!["路灯".to_owned()];
        query.budget = 0;
        let found = backend.database().browse(&query).await.expect("browses");
        assert_eq!(found.len(), 30, "drafts are left out");
        // The same session, epoch and cursors: nothing is sent again.
        let answer = cadre.exchange(&backend, &[]).await.expect("answers");
        assert_eq!((answer.last_seq, answer.feeds.len()), (cadre.seq, 0));
        let args = json!({ "need": need_id(99), "content": content("路灯换个名字", 3) });
        let mutation = cadre.mutation("SaveNeed", &args);
        let answer = cadre
            .exchange(&backend, &[mutation])
            .await
            .expect("answers");
        assert_eq!(answer.feeds.len(), 1);
        backend.shut_down().await;
    }
}

#[tokio::test]
async fn the_sub_commands_work_on_both_databases() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.sqlite");
    let Location::Postgres(url) = databases::postgres().await else {
        panic!("a file")
    };
    let run = |args: &[&str], database: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xiangdan"));
        command
            .args(args)
            .args(["--data"])
            .arg(folder.path())
            .env_remove("DATABASE_URL")
            .env("RUST_LOG", "warn");
        if let Some(database) = database {
            command.env("DATABASE_URL", database);
        }
        let output = command.output().expect("runs");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    };
    let path = file.to_str().expect("a path");
    assert!(!run(&["restored"], Some(&url)).0, "there is nothing yet");
    assert!(
        !run(&["copy", "--from", path, "--to", &url], None).0,
        "nothing to copy"
    );
    for database in [path, url.as_str()] {
        for args in [
            &["migrate"][..],
            &["import-regions"],
            &["create-admin", "--phone", "13800000001", "--name", "管理员"],
            &["restored"],
            &["check"],
        ] {
            let (fine, text) = run(args, Some(database));
            assert!(fine, "{args:?} on {database}: {text}");
            assert!(
                !text.contains("user=xiangdan"),
                "the address is not shown: {text}"
            );
        }
    }
    let (fine, text) = run(&["copy", "--from", path, "--to", &url], None);
    assert!(!fine && text.contains("not empty"), "{text}");
    let Location::Postgres(new) = databases::postgres().await else {
        panic!("a file")
    };
    let (fine, text) = run(&["copy", "--from", path, "--to", &new], None);
    assert!(fine && text.contains("row for row"), "{text}");
    let (fine, text) = run(&["check", "--database", &new], None);
    assert!(fine, "{text}");
    let (fine, text) = run(&["check"], Some("postgres://me:s3cret@127.0.0.1:1/none"));
    assert!(!fine && !text.contains("s3cret"), "{text}");
}

/// A table or column that is not in the list would be left behind.
#[tokio::test]
async fn every_table_and_column_of_both_schemas_is_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.sqlite");
    let location = databases::postgres().await;
    for location in [&Location::File(file.clone()), &location] {
        server::storage::open(location)
            .await
            .expect("opens")
            .close()
            .await;
    }
    let listed = |derived: &[&str]| {
        let columns = TABLES
            .iter()
            .flat_map(|t| t.columns.iter().map(|(c, _)| format!("{}.{c}", t.name)));
        let derived = derived.iter().map(|c| (*c).to_owned());
        let mut listed: Vec<String> = columns.chain(derived).collect();
        listed.sort();
        listed
    };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let mut sqlite = sqlx::ConnectOptions::connect(&options)
        .await
        .expect("connects");
    let sql = "SELECT t.name || '.' || c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
               WHERE t.type = 'table' AND t.name <> '_sqlx_migrations' AND t.name NOT LIKE 'projection\\_terms%' ESCAPE '\\' ORDER BY 1";
    let found: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(&mut sqlite)
        .await
        .expect("reads");
    // What is made of other columns is not copied: a projection's number, and the index of its terms.
    assert_eq!(found, listed(&["projection.no"]), "SQLite");
    let sql = "SELECT (table_name || '.' || column_name) COLLATE \"C\" FROM information_schema.columns \
               WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations' ORDER BY 1";
    let mut postgres = crate::postgres::connect(&location).await;
    let found: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(&mut postgres)
        .await
        .expect("reads");
    assert_eq!(found, listed(&["projection.terms"]), "PostgreSQL");
}

#[test]
fn migrations_are_numbered_alike() {
    let names = |folder: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(folder);
        let files = std::fs::read_dir(folder).expect("a folder");
        let names = files.map(|f| {
            f.expect("a file")
                .file_name()
                .into_string()
                .expect("a name")
        });
        names.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
