//! What happens by itself: once, however many servers there are, by the server's clock.

use crate::databases;
use crate::people::{Device, NOW, member, need_id, organization, published, uuid, village};
use domain::commands::TakeOrder;
use domain::orders::{OrderHappened, OrderStage};
use domain::{
    Command, Contact, Entity, EntityKind, ItemNo, Millis, Order, OrderId, OrderLine, Revision,
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

/// How often the trail has this job.
async fn times(backend: &StorageBackend, job: &str) -> usize {
    let id = order_id().to_string();
    let trail = backend.database().trail("order", &id);
    let trail = trail.await.expect("a trail");
    trail.iter().filter(|entry| entry.command == job).count()
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
    let take: Command = TakeOrder {
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
    .into();
    let args = serde_json::from_str(&take.args().expect("json")).expect("json");
    let mutation = taker.mutation(take.name(), &args);
    taker.exchange(first, &[mutation]).await.expect("taken");
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
        let rows = storage.due(Millis(i64::MAX), 10).await.expect("rows");
        assert_eq!(rows.len(), 1);
        let mut transaction = storage.begin().await.expect("begins");
        transaction.write_due(&rows, &[]).await.expect("removed");
        transaction.commit().await.expect("commits");
        storage.set_meta("due", "0").await.expect("forgotten");
        before.shut_down().await;
        let after = server(&location, &clock).await;
        let again = after.database().due(Millis(i64::MAX), 10).await;
        assert_eq!(again.expect("rows"), rows);
        after.shut_down().await;
    }
}
