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
