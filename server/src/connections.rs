//! Connections: how many there are, how long they may be silent, and which one has to go when there are too many.
//!
//! A connection is idle while it has no request: it has sent no head yet, or its last answer is through. When all places are taken,
//! the one that has been idle longest makes room for a new one, so idle connections never keep anybody out.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tower::Service;

/// What connections and requests may take.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How many connections there are at most.
    pub connections: usize,
    /// For how long a connection waits for the next request's head, or for the rest of one.
    pub head: Duration,
    /// For how long a body may be silent.
    pub silence: Duration,
    /// How long a whole body may take: 512 KiB at 20 kbit/s.
    pub body: Duration,
    /// For how long nothing of an answer may be taken: a phone that is out of reach for a moment goes on.
    pub taking: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 4_000,
            head: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            body: Duration::from_secs(240),
            taking: Duration::from_secs(120),
        }
    }
}

/// A request's head is no longer: cookies and the headers of proxies fit.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Files that are open beside connections: the database's, the site's.
const OTHER_FILES: usize = 128;
/// How long it takes until it is tried again to accept a connection when the system has no more files to give.
const AGAIN: Duration = Duration::from_millis(200);

/// Serves connections until `stop` resolves, then lets requests that have begun come to their end, but not longer than `patience`.
/// Afterwards nothing is served any more.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stop: impl Future<Output = ()>,
    patience: Duration,
) {
    let most = limits
        .connections
        .min(files().saturating_sub(OTHER_FILES))
        .max(1);
    let places = Arc::new(Places::default());
    let (stopped, stopping) = watch::channel(false);
    let mut open = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let Some(place) = places.take(most) else {
                        tracing::warn!(most, "all connections are busy; another one is turned away");
                        continue;
                    };
                    // TCP_NODELAY: small answers are sent without delay.
                    drop(stream.set_nodelay(true));
                    let router = router.clone();
                    open.spawn(connection(stream, peer, router, limits, place, stopping.clone()));
                }
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be accepted");
                    places.close_longest_idle();
                    tokio::time::sleep(AGAIN).await;
                }
            },
            Some(_) = open.join_next() => {}
            () = &mut stop => break,
        }
    }
    drop(listener);
    stopped.send_replace(true);
    let all = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, all).await.is_err() {
        tracing::warn!("cutting off connections that did not end");
        open.shutdown().await;
    }
}

/// Whether the caller is to blame, who has gone again.
fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// How many files this process may have open: as many as the system lets it have, up to a number that is plenty.
#[cfg(unix)]
fn files() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    const PLENTY: u64 = 16_384;
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(PLENTY).min(PLENTY);
    let now = limit.current.unwrap_or(PLENTY);
    if now >= most {
        return usize::try_from(now).unwrap_or(usize::MAX);
    }
    let raised = Rlimit {
        current: Some(most),
        maximum: limit.maximum,
    };
    let files = setrlimit(Resource::Nofile, raised).map_or(now, |()| most);
    usize::try_from(files).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn files() -> usize {
    usize::MAX
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    limits: ConnectionLimits,
    place: Place,
    mut stopping: watch::Receiver<bool>,
) {
    let seat = Arc::clone(&place.seat);
    let service = service_fn(|request: Request<Incoming>| {
        let busy = Busy::with(Arc::clone(&seat));
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answering = router.clone().call(request);
        async move {
            let response = answering.await?;
            Ok::<_, Infallible>(response.map(|body| Answer { body, _busy: busy }))
        }
    });
    let io = TokioIo::new(Patient::new(stream, limits.taking));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_header_size(MAX_HEAD_BYTES)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let mut told = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                break;
            }
            _ = stopping.wait_for(|stopped| *stopped), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
            () = place.seat.leave.notified() => break,
        }
    }
}

/// The places of all connections.
#[derive(Debug, Default)]
struct Places(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    seats: HashMap<u64, Arc<Seat>>,
}

/// One connection's place.
#[derive(Debug)]
struct Seat {
    /// Since when it has no request; `None` while it has one.
    idle_since: Mutex<Option<Instant>>,
    /// Told when it has to make room.
    leave: Notify,
}

/// Gives the place back when it is dropped.
struct Place {
    places: Arc<Places>,
    number: u64,
    seat: Arc<Seat>,
}

impl Places {
    /// A place for a new connection. If all are taken, the connection that has been idle longest has to go; none if none is idle.
    fn take(self: &Arc<Self>, most: usize) -> Option<Place> {
        let mut taken = lock(&self.0);
        if taken.seats.len() >= most && !taken.close_longest_idle() {
            return None;
        }
        let number = taken.next;
        taken.next += 1;
        let seat = Arc::new(Seat {
            idle_since: Mutex::new(Some(Instant::now())),
            leave: Notify::new(),
        });
        taken.seats.insert(number, Arc::clone(&seat));
        Some(Place {
            places: Arc::clone(self),
            number,
            seat,
        })
    }

    fn close_longest_idle(&self) {
        lock(&self.0).close_longest_idle();
    }
}

impl Taken {
    fn close_longest_idle(&mut self) -> bool {
        let idle = self
            .seats
            .iter()
            .filter_map(|(number, seat)| Some(((*lock(&seat.idle_since))?, *number)));
        let Some((_, number)) = idle.min() else {
            return false;
        };
        if let Some(seat) = self.seats.remove(&number) {
            seat.leave.notify_one();
        }
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.places.0).seats.remove(&self.number);
    }
}

/// Marks a connection as busy until its answer is through.
struct Busy(Arc<Seat>);

impl Busy {
    fn with(seat: Arc<Seat>) -> Self {
        *lock(&seat.idle_since) = None;
        Self(seat)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        *lock(&self.0.idle_since) = Some(Instant::now());
    }
}

/// The body of an answer. While it is there, its connection is busy.
struct Answer {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that fails when nothing that is written to it is taken for too long.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            stalled: None,
        }
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.stalled = None;
            return done;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watch(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(cx, done)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let caller = TcpStream::connect(address).await.expect("connects");
        let (stream, _) = listener.accept().await.expect("accepts");
        let mut answer = Patient::new(stream, Duration::from_millis(50));
        let mut written = 0;
        let error = loop {
            let bytes = [0; 65_536];
            let writing = poll_fn(|cx| Pin::new(&mut answer).poll_write(cx, &bytes));
            match writing.await {
                Ok(count) => written += count,
                Err(error) => break error,
            }
            assert!(written < 1 << 30, "it never stops");
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(caller);
    }

    #[test]
    fn who_has_been_idle_longest_makes_room_and_who_is_busy_stays() {
        let places = Arc::new(Places::default());
        let first = places.take(2).expect("a place");
        let second = places.take(2).expect("a place");
        let busy = Busy::with(Arc::clone(&first.seat));
        let third = places.take(2).expect("the second goes");
        assert!(!lock(&places.0).seats.contains_key(&second.number));
        assert!(lock(&places.0).seats.contains_key(&first.number));
        let also_busy = Busy::with(Arc::clone(&third.seat));
        assert!(places.take(2).is_none(), "both are busy");
        drop(also_busy);
        drop(busy);
        assert!(places.take(2).is_some());
        drop((first, second, third));
        assert!(lock(&places.0).seats.len() <= 1);
    }
}
