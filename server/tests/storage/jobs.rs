//! What happens by itself: once, however many servers there are, by the server's clock.

use crate::databases;
use crate::people::{
    COUNTY, Device, NOW, code, member, need_id, org, organization, published, uuid, village,
};
use domain::commands::{
    ConfirmDelivery, LeaveReview, MarkDelivered, SuspendOrganization, TakeOrder,
};
use domain::orders::{OrderHappened, OrderStage};
use domain::organizations::OrgStage;
use domain::reviews::Answer;
use domain::{
    Command, Contact, Department, Entity, EntityKind, ItemNo, Key, Millis, Order, OrderId,
    OrderLine, Organization, Review, ReviewId, Revision, Role,
};
use server::group_commit::Write;
use server::ports::Clock;
use server::storage::Location;
use server::{Options, StorageBackend};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const DAY_MS: i64 = 86_400_000;

struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

async fn server(location: &Location, clock: &Arc<SetClock>) -> StorageBackend {
    let options = Options {
        clock: clock.clone(),
        keeps_time: false,
        ..Options::default()
    };
    StorageBackend::open(location, options)
        .await
        .expect("starts")
}

fn order_id() -> OrderId {
    OrderId::from_random(uuid(5, 1))
}

async fn order(backend: &StorageBackend) -> Order {
    let (kind, id) = (EntityKind::Order, order_id().to_string());
    let kept = backend.database().kept_trail(kind.name(), &id).await;
    let body = kept.expect("a trail").body.expect("an order");
    match Entity::from_json(kind, &body).expect("an order") {
        Entity::Order(order) => *order,
        other => panic!("{other:?}"),
    }
}

async fn stored(backend: &StorageBackend, key: Key) -> Entity {
    let kind = key.kind();
    let kept = backend.database().kept_trail(kind.name(), &key.id()).await;
    let body = kept.expect("a trail").body.expect("an entity");
    Entity::from_json(kind, &body).expect("an entity")
}

/// How often the trail has this job.
async fn times(backend: &StorageBackend, job: &str) -> usize {
    times_on(backend, Key::Order(order_id()), job).await
}

async fn times_on(backend: &StorageBackend, key: Key, job: &str) -> usize {
    let id = key.id();
    let trail = backend.database().trail(key.kind().name(), &id);
    let trail = trail.await.expect("a trail");
    trail.iter().filter(|entry| entry.command == job).count()
}

fn take() -> TakeOrder {
    TakeOrder {
        order: order_id(),
        need: need_id(1),
        lines: vec![OrderLine {
            item: ItemNo(1),
            quantity: 2,
        }],
        due: NOW.day().plus(30),
        contact: Some(Contact {
            name: "龙海燕".to_owned(),
            phone: "19900001111".to_owned(),
        }),
        seen: Some(Revision(0)),
    }
}

/// Somebody does something, which the server applies.
async fn does(device: &mut Device, backend: &StorageBackend, command: impl Into<Command>) {
    let command = command.into();
    let args = serde_json::from_str(&command.args().expect("json")).expect("json");
    let mutation = device.mutation(command.name(), &args);
    let answer = device.exchange(backend, &[mutation]).await;
    let answer = serde_json::to_string(&answer.expect("an answer")).expect("json");
    assert!(!answer.contains("rejected"), "{}: {answer}", command.name());
}

/// An order is taken, nothing is heard of it, and these servers look at the same time.
async fn happens_once(location: &Location, number: usize) {
    let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
    let mut servers = Vec::new();
    for _ in 0..number {
        servers.push(server(location, &clock).await);
    }
    let first = &servers[0];
    let given = vec![organization(1), Entity::from(published(1, 3))];
    first.write(Write::PutEntities(given)).await.expect("given");
    let _cadre = Device::new(first, 1, village()).await;
    let mut taker = Device::new(first, 2, member(1)).await;
    does(&mut taker, first, take()).await;
    for (days, job, stage) in [
        (29, "RemindHolder", OrderStage::Active),
        (1, "RemindHolder", OrderStage::Active),
        (15, "MarkReleasable", OrderStage::Active),
        (15, "LapseOrder", OrderStage::Lapsed),
    ] {
        clock.0.fetch_add(days * DAY_MS, Ordering::SeqCst);
        let all = servers.iter().map(StorageBackend::do_what_is_due);
        for done in futures_util::future::join_all(all).await {
            done.expect("looks");
        }
        let expected = usize::from(days != 29);
        assert_eq!(times(first, job).await, expected, "{job} after {days} days");
        assert_eq!(order(first).await.state.stage(), stage);
    }
    let now = order(first).await;
    let asked = |event: &&domain::orders::OrderEvent| event.what == OrderHappened::RenewalAsked;
    assert_eq!(now.history.iter().filter(asked).count(), 1);
    // Nothing is due any more but what the need still waits for, and all that is stored agrees with itself.
    assert_eq!(first.do_what_is_due().await.expect("looks"), 0);
    let findings = first.database().check().await.expect("checks");
    assert_eq!(findings.wrong, Vec::<String>::new());
    for server in &servers {
        server.shut_down().await;
    }
}

#[tokio::test]
async fn what_is_due_happens_once_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    happens_once(&Location::File(folder.path().join("x.sqlite")), 1).await;
}

#[tokio::test]
async fn what_is_due_happens_once_on_two_servers() {
    happens_once(&databases::postgres().await, 2).await;
}

/// A database whose entities were written before there were jobs gets their rows when it is opened.
#[tokio::test]
async fn rows_are_made_for_what_was_there_before() {
    for location in [
        Location::File(
            tempfile::tempdir()
                .expect("a folder")
                .keep()
                .join("x.sqlite"),
        ),
        databases::postgres().await,
    ] {
        let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
        let before = server(&location, &clock).await;
        let need = Entity::from(published(1, 3));
        let put = Write::PutEntities(vec![need.clone()]);
        before.write(put).await.expect("given");
        let storage = before.database();
        let rows = storage.due(Millis(i64::MAX), None, 10).await.expect("rows");
        assert_eq!(rows.len(), 1);
        let mut transaction = storage.begin().await.expect("begins");
        transaction.write_due(&rows, &[]).await.expect("removed");
        transaction.commit().await.expect("commits");
        storage.set_meta("due", "0").await.expect("forgotten");
        before.shut_down().await;
        let after = server(&location, &clock).await;
        let again = after.database().due(Millis(i64::MAX), None, 10).await;
        assert_eq!(again.expect("rows"), rows);
        after.shut_down().await;
    }
}

fn review_id() -> ReviewId {
    ReviewId::from_random(uuid(6, 1))
}

async fn review(backend: &StorageBackend) -> Review {
    match stored(backend, Key::Review(review_id())).await {
        Entity::Review(review) => *review,
        other => panic!("{other:?}"),
    }
}

async fn suspended(backend: &StorageBackend) -> Organization {
    match stored(backend, Key::Organization(org(1))).await {
        Entity::Organization(org) => *org,
        other => panic!("{other:?}"),
    }
}

/// A review is opened after its days, the village is asked months later, and a suspension ends, on servers that look at the same time.
async fn what_follows_an_order_happens_once(location: &Location, number: usize) {
    let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
    let mut servers = Vec::new();
    for _ in 0..number {
        servers.push(server(location, &clock).await);
    }
    let first = &servers[0];
    let given = vec![organization(1), Entity::from(published(1, 3))];
    first.write(Write::PutEntities(given)).await.expect("given");
    let mut cadre = Device::new(first, 1, village()).await;
    let mut holder = Device::new(first, 2, member(1)).await;
    let bureau = Role::Bureau {
        region: code(COUNTY),
        region_name: "通道侗族自治县".to_owned(),
        department: Department::CivilAffairs,
    };
    let mut officer = Device::new(first, 3, bureau).await;
    let order_id = order_id();
    does(&mut holder, first, take()).await;
    let note = String::new();
    let delivered = MarkDelivered {
        order: order_id,
        note,
    };
    does(&mut holder, first, delivered).await;
    let confirm = ConfirmDelivery {
        order: order_id,
        seen: None,
    };
    does(&mut cadre, first, confirm).await;
    let left = LeaveReview {
        review: review_id(),
        order: order_id,
        answers: [Answer::Yes, Answer::Partly, Answer::Yes],
        words: String::new(),
    };
    does(&mut cadre, first, left).await;
    let suspend = SuspendOrganization {
        organization: org(1),
        words: "年检没有通过".to_owned(),
        until: Some(NOW.day().plus(19)),
        seen: None,
    };
    does(&mut officer, first, suspend).await;
    let organization = Key::Organization(org(1));
    for (days, reviews, suspensions, questions) in [
        (13, 0, 0, 0),
        (1, 1, 0, 0),
        (6, 1, 1, 0),
        (163, 1, 1, 1),
        (182, 1, 1, 2),
    ] {
        clock.0.fetch_add(days * DAY_MS, Ordering::SeqCst);
        let all = servers.iter().map(StorageBackend::do_what_is_due);
        for done in futures_util::future::join_all(all).await {
            done.expect("looks");
        }
        assert_eq!(times(first, "EndReviews").await, reviews, "{days} more");
        assert_eq!(
            times(first, "AskStillInUse").await,
            questions,
            "{days} more"
        );
        let ended = times_on(first, organization, "EndSuspension").await;
        assert_eq!(ended, suspensions, "{days} more");
        let open = review(first).await.opened.is_some();
        assert_eq!(open, reviews == 1);
        let approved = suspended(first).await.stage() == OrgStage::Approved;
        assert_eq!(approved, suspensions == 1);
        assert_eq!(order(first).await.uses.len(), questions);
    }
    let findings = first.database().check().await.expect("checks");
    assert_eq!(findings.wrong, Vec::<String>::new());
    for server in &servers {
        server.shut_down().await;
    }
}

#[tokio::test]
async fn what_follows_an_order_happens_once_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    what_follows_an_order_happens_once(&Location::File(folder.path().join("x.sqlite")), 1).await;
}

#[tokio::test]
async fn what_follows_an_order_happens_once_on_two_servers() {
    what_follows_an_order_happens_once(&databases::postgres().await, 2).await;
}

/// A body that cannot be read: behind the server's back, as a fault of the disk would leave it.
async fn spoil(location: &Location, id: &str) {
    let sql = "UPDATE entity SET body = 'x' WHERE id = $1";
    match location {
        Location::File(file) => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut conn = sqlx::ConnectOptions::connect(&options)
                .await
                .expect("opens");
            let done = sqlx::query(sql).bind(id).execute(&mut conn).await;
            assert_eq!(done.expect("spoilt").rows_affected(), 1);
        }
        Location::Postgres(url) => {
            let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(url)
                .await
                .expect("opens");
            let done = sqlx::query(sql).bind(id).execute(&mut conn).await;
            assert_eq!(done.expect("spoilt").rows_affected(), 1);
        }
    }
}

/// More than share a transaction cannot be read, and all that comes behind them is done.
#[tokio::test]
async fn what_cannot_be_read_keeps_nothing_else_waiting() {
    for location in [
        Location::File(
            tempfile::tempdir()
                .expect("a folder")
                .keep()
                .join("x.sqlite"),
        ),
        databases::postgres().await,
    ] {
        let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
        let before = server(&location, &clock).await;
        let needs: Vec<Entity> = (1..=120).map(|n| published(n, 3).into()).collect();
        before
            .write(Write::PutEntities(needs))
            .await
            .expect("given");
        before.shut_down().await;
        let sound = 120;
        for n in 1..sound {
            spoil(&location, &need_id(n).to_string()).await;
        }
        let after = server(&location, &clock).await;
        let due = async || {
            let rows = after.database().due(Millis(i64::MAX), None, 1_000).await;
            rows.expect("rows")
        };
        let rows = due().await;
        let of_sound = |row: &&server::storage::due::DueRow| row.id == need_id(sound).to_string();
        let first = rows
            .iter()
            .find(of_sound)
            .expect("something is due")
            .clone();
        clock.0.store(first.at.0 + 1, Ordering::SeqCst);
        after.do_what_is_due().await.expect("looks");
        let rows = due().await;
        assert!(!rows.contains(&first), "the sound one is done");
        let spoilt = rows.iter().filter(|row| row.id != first.id);
        assert!(spoilt.count() >= 119, "the others stay");
        after.shut_down().await;
    }
}

/// Several servers that start at once on a database of an older layout make its rows once, whole, and leave none of the old ones.
#[tokio::test]
async fn servers_that_start_at_once_make_the_rows_together() {
    let location = databases::postgres().await;
    let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
    let before = server(&location, &clock).await;
    let needs = (1..=30).map(|n| Entity::from(published(n, 3))).collect();
    before
        .write(Write::PutEntities(needs))
        .await
        .expect("given");
    let storage = before.database();
    let rows = storage
        .due(Millis(i64::MAX), None, 100)
        .await
        .expect("rows");
    assert_eq!(rows.len(), 30);
    let mut transaction = storage.begin().await.expect("begins");
    // Some rows are missing, and an older layout has left one that means nothing any more.
    transaction
        .write_due(&rows[..20], &[])
        .await
        .expect("removed");
    let mut stale = rows[25].clone();
    stale.job = "end_suspension".to_owned();
    transaction.write_due(&[], &[stale]).await.expect("put");
    transaction.commit().await.expect("commits");
    storage.set_meta("due", "0").await.expect("forgotten");
    before.shut_down().await;
    let start = || server(&location, &clock);
    let all = futures_util::future::join_all([start(), start(), start(), start()]).await;
    for one in &all {
        let found = one.database().due(Millis(i64::MAX), None, 100).await;
        assert_eq!(found.expect("rows"), rows);
    }
    assert_eq!(
        all[0].database().check().await.expect("looks").wrong,
        Vec::<String>::new()
    );
    for one in all {
        one.shut_down().await;
    }
}

/// The check and the nightly recount look at one snapshot: servers that write meanwhile do not look like faults.
#[tokio::test]
async fn a_check_beside_servers_that_write_finds_nothing_wrong() {
    let location = databases::postgres().await;
    let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
    let servers = [
        server(&location, &clock).await,
        server(&location, &clock).await,
    ];
    let write = async |server: &StorageBackend, from: u64| {
        for n in 0..60 {
            let needs = (0..5).map(|m| Entity::from(published(from + n * 5 + m, 3)));
            let write = Write::Load {
                user: domain::UserId::from_random([7; 16]),
                command: "LoadDesignations",
                entities: needs.collect(),
            };
            server.write(write).await.expect("written");
        }
    };
    let look = async {
        for _ in 0..25 {
            let found = servers[0].database().check().await.expect("looks");
            assert_eq!(found.wrong, Vec::<String>::new());
            let found = servers[1].database().recount().await.expect("counts");
            assert_eq!((found.differences, found.lines), (0, Vec::new()));
        }
    };
    tokio::join!(write(&servers[0], 1), write(&servers[1], 1_000), look);
    for server in servers {
        server.shut_down().await;
    }
}

/// However many servers there are, everything is counted again once in a night.
#[tokio::test]
async fn everything_is_counted_again_once_in_a_night() {
    let location = databases::postgres().await;
    let night = NOW.day().plus(1).start().plus(3 * 3_600_000 + 1);
    let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
    let servers = [
        server(&location, &clock).await,
        server(&location, &clock).await,
    ];
    let put = Write::PutEntities(vec![Entity::from(published(1, 3))]);
    servers[0].write(put).await.expect("given");
    let count = async || {
        let both = tokio::join!(servers[0].recount_at_night(), servers[1].recount_at_night());
        usize::from(both.0.expect("asks")) + usize::from(both.1.expect("asks"))
    };
    clock.0.store(night.0 - 3_600_000, Ordering::SeqCst);
    assert_eq!(count().await, 0, "it is not the hour");
    clock.0.store(night.0, Ordering::SeqCst);
    assert_eq!(count().await, 1);
    assert_eq!(count().await, 0);
    clock.0.store(night.0 + DAY_MS, Ordering::SeqCst);
    assert_eq!(count().await, 1);
    let told = servers[1]
        .database()
        .meta("recounted")
        .await
        .expect("reads");
    let told: serde_json::Value = serde_json::from_str(&told.expect("told")).expect("reads");
    assert_eq!(
        (&told["wrong"], &told["entities"], &told["at"]),
        (&0.into(), &1.into(), &(night.0 + DAY_MS).into())
    );
    for server in servers {
        server.shut_down().await;
    }
}

/// A figure or a fact that is not what it counts, and a trail that was changed, are found.
#[tokio::test]
async fn counting_again_finds_what_was_changed_behind_the_servers_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.sqlite");
    let postgres = databases::postgres().await;
    let Location::Postgres(url) = &postgres else {
        panic!("a URL")
    };
    for (number, location) in [Location::File(file.clone()), postgres.clone()]
        .iter()
        .enumerate()
    {
        let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
        let backend = server(location, &clock).await;
        let needs = (1..=3).map(|n| Entity::from(published(n, 3))).collect();
        backend
            .write(Write::Load {
                user: domain::UserId::from_random([7; 16]),
                command: "LoadDesignations",
                entities: needs,
            })
            .await
            .expect("given");
        let found = backend.database().recount().await.expect("counts");
        assert_eq!(
            (found.differences, found.entities),
            (0, 3),
            "{:?}",
            found.lines
        );
        assert!(found.entries >= 3);
        for sql in [
            "UPDATE tally SET n = n + 1 WHERE level = 3 AND name = 'all'",
            "DELETE FROM fact WHERE name = 'published'",
            "UPDATE audit SET command = 'Nothing' WHERE no = (SELECT max(no) FROM audit)",
        ] {
            if number == 0 {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
                let mut db = sqlx::ConnectOptions::connect(&options)
                    .await
                    .expect("opens");
                sqlx::query(sql).execute(&mut db).await.expect("changed");
            } else {
                let mut db: sqlx::PgConnection =
                    <sqlx::PgConnection as sqlx::Connection>::connect(url)
                        .await
                        .expect("opens");
                sqlx::query(sql).execute(&mut db).await.expect("changed");
            }
            let now = backend.database().recount().await.expect("counts");
            assert!(!now.lines.is_empty(), "{sql}");
        }
        let found = backend.database().recount().await.expect("counts");
        let all = found.lines.join("\n");
        assert!(all.contains("the number of need/all"), "{all}");
        assert!(all.contains("counts as something else"), "{all}");
        assert!(all.contains("was changed"), "{all}");
        backend.shut_down().await;
    }
}

/// A list of these villages, as a file has it.
fn list(name: &str, villages: &[String]) -> Vec<server::loading::Row> {
    let mut csv = "区划代码,地名,名录,开始日期,结束日期,来源\n".to_owned();
    for village in villages {
        csv.push_str(&format!("{village},,{name},2026-01-01,,某文件\n"));
    }
    server::loading::rows("a.csv", csv.as_bytes()).expect("a table")
}

/// While a large list is loaded others wait no longer than for one batch; it holds whole for whoever asks, and goes on after a crash.
async fn a_large_list_is_loaded(location: &Location, rows: usize) -> (Duration, Duration) {
    let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
    let backend = server(location, &clock).await;
    let regions = server::regions::Regions::hunan().expect("regions");
    let villages: Vec<String> = regions
        .level(domain::Level::Village)
        .take(rows)
        .map(|row| row.code.to_string())
        .collect();
    let put = Write::PutRegions(regions.rows().to_vec());
    backend.write(put).await.expect("regions");
    let loader = server::designations::Loader {
        user: domain::UserId::from_random([7; 16]),
        region: None,
        now: NOW,
    };
    let table = list("重点帮扶村", &villages);
    let over = std::sync::atomic::AtomicBool::new(false);
    let started = std::time::Instant::now();
    let loading = async {
        let loaded = backend.load_designations_of(table, loader, |l| l.bad.is_empty());
        let told = loaded.await.expect("loads");
        assert_eq!((told.new as usize, told.applied), (villages.len(), true));
        over.store(true, Ordering::SeqCst);
    };
    let waiting = async {
        let mut longest = Duration::ZERO;
        for n in 1.. {
            if over.load(Ordering::SeqCst) {
                break;
            }
            let began = std::time::Instant::now();
            let write = Write::PutEntities(vec![Entity::from(published(1 + n % 7, 3))]);
            backend.write(write).await.expect("written");
            longest = longest.max(began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        longest
    };
    let ((), longest) = tokio::join!(loading, waiting);
    let took = started.elapsed();
    assert_eq!(
        backend.database().check().await.expect("looks").wrong,
        Vec::<String>::new()
    );
    backend.shut_down().await;
    (took, longest)
}

#[tokio::test]
async fn a_large_list_keeps_nobody_waiting_for_all_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = std::env::var("XIANGDAN_ROWS").ok();
    let rows = rows.and_then(|n| n.parse().ok()).unwrap_or(1_500);
    for location in [
        Location::File(folder.path().join("x.sqlite")),
        databases::postgres().await,
    ] {
        let (took, longest) = a_large_list_is_loaded(&location, rows).await;
        println!("{location:?}: {rows} rows in {took:?}, another write waited {longest:?}");
        assert!(longest * 3 < took, "{longest:?} of {took:?}");
    }
}

/// A load that was broken off after it began to hold: whoever asks has the whole list, and the next server carries it out.
#[tokio::test]
async fn a_load_that_was_broken_off_holds_whole_and_is_carried_out() {
    let folder = tempfile::tempdir().expect("a folder");
    for location in [
        Location::File(folder.path().join("x.sqlite")),
        databases::postgres().await,
    ] {
        let clock = Arc::new(SetClock(AtomicI64::new(NOW.0)));
        let backend = server(&location, &clock).await;
        let regions = server::regions::Regions::hunan().expect("regions");
        let put = Write::PutRegions(regions.rows().to_vec());
        backend.write(put).await.expect("regions");
        let villages: Vec<String> = regions
            .level(domain::Level::Village)
            .step_by(37)
            .take(700)
            .map(|row| row.code.to_string())
            .collect();
        let loader = server::designations::Loader {
            user: domain::UserId::from_random([7; 16]),
            region: None,
            now: NOW,
        };
        let load = async |backend: &StorageBackend, villages: &[String]| {
            let table = list("示范创建村", villages);
            let told = backend.load_designations_of(table, loader, |l| l.bad.is_empty());
            told.await.expect("loads")
        };
        let told = load(&backend, &villages[..600]).await;
        assert_eq!((told.new, told.gone), (600, 0));
        let meta = async |key: &str| backend.database().meta(key).await.expect("reads");
        let done: serde_json::Value =
            serde_json::from_str(&meta("designation_load").await.expect("a load")).expect("reads");
        let batches = done["batches"].as_u64().expect("a number");
        assert!(batches > 2, "{done}");
        assert_eq!(done["done"], done["batches"]);
        // The server ends after the list was written down and began to hold, before anything of it is carried out.
        let asks = async |backend: &StorageBackend, device: &Device| {
            let request = api::DesignationsRequest {
                user: None,
                region: None,
            };
            let told = api::Backend::designations(backend, &device.caller, request).await;
            told.expect("lists").lists[0].regions
        };
        let device = Device::new(&backend, 1, Role::Administrator).await;
        assert_eq!(asks(&backend, &device).await, 600);
        backend.stop_writing().await;
        let table = list("示范创建村", &villages[200..]);
        let broken = backend.load_designations_of(table, loader, |l| l.bad.is_empty());
        assert!(broken.await.is_err());
        let query = server::storage::figures::FiguresQuery {
            region: code("430000000000"),
            level: domain::Level::Province,
            today: NOW.day(),
        };
        let stored = backend.database().figures(&query);
        let stored = stored.await.expect("figures");
        let listed = stored
            .iter()
            .find(|f| f.kind == "designation" && f.name == "listed");
        assert_eq!(listed.map(|f| f.n), Some(600), "nothing is carried out");
        assert_eq!(asks(&backend, &device).await, 500, "and it holds");
        let again = backend.restarted(Options {
            clock: clock.clone(),
            keeps_time: false,
            ..Options::default()
        });
        let again = again.await.expect("starts");
        let told = load(&again, &villages[200..]).await;
        assert_eq!((told.same, told.new, told.gone), (500, 0, 0));
        assert_eq!(asks(&again, &device).await, 500);
        let found = again.database().check().await.expect("looks");
        assert_eq!(found.wrong, Vec::<String>::new());
        again.shut_down().await;
    }
}
