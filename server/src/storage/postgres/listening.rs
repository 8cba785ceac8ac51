//! LISTEN and NOTIFY: what other servers have changed.
//!
//! Notifications that were sent while there was no connection are lost, so after each interruption everything may have
//! changed. A connection can also die without a word: every server tells itself and the others each minute that it is there, and
//! one that has heard nothing for two minutes and a half, not even itself, connects anew.

use crate::storage::StorageError;
use crate::storage::changes::{self, Change};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout_at};

/// The channel all servers of a database listen to.
pub(super) const CHANNEL: &str = "xiangdan";
/// How long the text of one notification is at most; PostgreSQL takes less than 8,000 bytes.
pub(super) const LONGEST: usize = 7_900;

const HEARTBEAT: Duration = Duration::from_secs(60);
const SILENCE: Duration = Duration::from_secs(150);
/// How long to wait before connecting anew, at first and at most.
const WAIT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How many changes wait to be followed; the listener waits beyond that.
const QUEUE: usize = 1_024;

/// Listens from now on, until the receiver is dropped.
pub(super) async fn start(
    options: PgConnectOptions,
    server: String,
) -> Result<mpsc::Receiver<Change>, StorageError> {
    let listener = connect(&options).await?;
    let (tell, told) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        let gone = tell.clone();
        tokio::select! {
            () = gone.closed() => {}
            () = listen(listener, options, &server, &tell) => {}
        }
    });
    Ok(told)
}

async fn listen(
    (mut pool, mut listener): (PgPool, PgListener),
    options: PgConnectOptions,
    server: &str,
    tell: &mpsc::Sender<Change>,
) {
    loop {
        hear(&pool, &mut listener, server, tell).await;
        tracing::warn!("the connection that listens to other servers was lost");
        // Nobody may go on trusting what was read before.
        if tell.send(Change::Everything).await.is_err() {
            return;
        }
        let mut wait = WAIT.0;
        (pool, listener) = loop {
            sleep(wait).await;
            match connect(&options).await {
                Ok(connected) => break connected,
                Err(error) => tracing::warn!(%error, "listening to other servers fails"),
            }
            wait = (wait * 2).min(WAIT.1);
        };
        // What was told meanwhile was missed.
        if tell.send(Change::Everything).await.is_err() {
            return;
        }
    }
}

/// A pool of two connections: one listens, one says that this server is there.
async fn connect(options: &PgConnectOptions) -> Result<(PgPool, PgListener), StorageError> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .connect_with(options.clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    // It would connect anew by itself, and what was missed would go unnoticed for a moment.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    Ok((pool, listener))
}

/// Hears until the connection is lost or silent.
async fn hear(pool: &PgPool, listener: &mut PgListener, server: &str, tell: &mpsc::Sender<Change>) {
    let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        let received = tokio::select! {
            received = timeout_at(heard + SILENCE, listener.try_recv()) => received,
            _ = heartbeat.tick() => {
                let sent = sqlx::query("SELECT pg_notify($1, $2)")
                    .bind(CHANNEL)
                    .bind(server)
                    .execute(pool)
                    .await;
                if sent.is_err() {
                    return;
                }
                continue;
            }
        };
        let Ok(Ok(Some(notification))) = received else {
            return;
        };
        heard = Instant::now();
        let (from, changes) = changes::read(notification.payload());
        if from == server {
            continue;
        }
        for change in changes {
            if tell.send(change).await.is_err() {
                return;
            }
        }
    }
}
