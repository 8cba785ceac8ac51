//! Server-sent events: a publish-subscribe hub that tells listening devices which feeds have changed.

use domain::{Feed, UserId};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Changes within this time are sent in one event (coalescing).
const COALESCE: Duration = Duration::from_millis(60);

/// How many streams one session has at most. One of a browser's tabs listens; a phone that was out of reach leaves some behind, which
/// nobody reads any more. So the oldest ends when another one begins.
const MOST_OF_A_SESSION: usize = 4;

/// Publishes the feeds that have changed to listening devices. Hints may be lost, since the next exchange finds the changes
/// anyway.
#[derive(Debug, Default)]
pub struct Hub {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    by_feed: HashMap<Feed, Vec<Arc<Listener>>>,
    /// The streams of each session, oldest first.
    by_session: HashMap<[u8; 32], Vec<Arc<Listener>>>,
    closed: bool,
}

#[derive(Debug)]
struct Listener {
    user: UserId,
    session: Option<[u8; 32]>,
    feeds: Vec<Feed>,
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct State {
    pending: BTreeMap<Feed, i64>,
    closed: bool,
}

/// The subscription of one listening device. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription {
    hub: Arc<Hub>,
    listener: Arc<Listener>,
}

impl Hub {
    /// Subscribes a device. The first event contains `present`, the present version of every feed; see [`Subscription::tell`].
    #[must_use]
    pub fn subscribe(
        self: &Arc<Self>,
        user: UserId,
        session: Option<[u8; 32]>,
        feeds: &[Feed],
        present: BTreeMap<Feed, i64>,
    ) -> Subscription {
        let mut inner = lock(&self.inner);
        let listener = Arc::new(Listener {
            user,
            session,
            feeds: feeds.to_vec(),
            state: Mutex::new(State {
                pending: present,
                closed: inner.closed,
            }),
            wake: Notify::new(),
        });
        listener.wake.notify_one();
        if let Some(session) = session {
            let streams = inner.by_session.entry(session).or_default();
            streams.push(Arc::clone(&listener));
            if streams.len() > MOST_OF_A_SESSION {
                streams.remove(0).end();
            }
        }
        for feed in feeds {
            inner
                .by_feed
                .entry(*feed)
                .or_default()
                .push(Arc::clone(&listener));
        }
        drop(inner);
        Subscription {
            hub: Arc::clone(self),
            listener,
        }
    }

    /// Tells everybody who follows one of these feeds.
    pub fn publish(&self, changed: &[(Feed, i64)]) {
        let inner = lock(&self.inner);
        for (feed, ver) in changed {
            for listener in inner.by_feed.get(feed).into_iter().flatten() {
                lock(&listener.state).pending.insert(*feed, *ver);
                listener.wake.notify_one();
            }
        }
    }

    /// Ends the streams of a person: their rights have changed.
    pub fn close_user(&self, user: UserId) {
        self.close_where(|listener| listener.user == user);
    }

    /// Ends the streams of a session that was signed out.
    pub fn close_session(&self, session: &[u8; 32]) {
        self.close_where(|listener| listener.session.as_ref() == Some(session));
    }

    /// Ends all streams, now and from now on.
    pub fn close(&self) {
        lock(&self.inner).closed = true;
        self.close_where(|_| true);
    }

    /// Ends all streams, because hints may have been missed: their devices exchange and listen again.
    pub fn start_again(&self) {
        self.close_where(|_| true);
    }

    /// How many devices are listening.
    #[must_use]
    pub fn listeners(&self) -> usize {
        let inner = lock(&self.inner);
        let mut seen: Vec<*const Listener> =
            inner.by_feed.values().flatten().map(Arc::as_ptr).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    }

    fn close_where(&self, which: impl Fn(&Listener) -> bool) {
        let inner = lock(&self.inner);
        for listener in inner.by_feed.values().flatten().filter(|l| which(l)) {
            listener.end();
        }
    }
}

impl Listener {
    fn end(&self) {
        lock(&self.state).closed = true;
        self.wake.notify_one();
    }
}

impl Subscription {
    /// Tells this device alone about the present versions, which were read after it subscribed.
    pub fn tell(&self, present: &[(Feed, i64)]) {
        let mut state = lock(&self.listener.state);
        for (feed, ver) in present {
            // A version published since then is newer, and stays.
            state.pending.entry(*feed).or_insert(*ver);
        }
        drop(state);
        self.listener.wake.notify_one();
    }

    /// Waits for changes; `None` when the stream is over.
    pub async fn next(&self) -> Option<Vec<(Feed, i64)>> {
        loop {
            self.listener.wake.notified().await;
            if lock(&self.listener.state).closed {
                return None;
            }
            tokio::time::sleep(COALESCE).await;
            let mut state = lock(&self.listener.state);
            if state.closed {
                return None;
            }
            if !state.pending.is_empty() {
                return Some(std::mem::take(&mut state.pending).into_iter().collect());
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut inner = lock(&self.hub.inner);
        if let Some(session) = &self.listener.session
            && let Some(streams) = inner.by_session.get_mut(session)
        {
            streams.retain(|l| !Arc::ptr_eq(l, &self.listener));
            if streams.is_empty() {
                inner.by_session.remove(session);
            }
        }
        for feed in &self.listener.feeds {
            if let Some(listeners) = inner.by_feed.get_mut(feed) {
                listeners.retain(|l| !Arc::ptr_eq(l, &self.listener));
                if listeners.is_empty() {
                    inner.by_feed.remove(feed);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(text: &str) -> Feed {
        text.parse().expect("feed")
    }

    #[tokio::test]
    async fn changes_are_told_together_and_only_to_those_who_follow() {
        let hub = Arc::new(Hub::default());
        let (a, b) = (feed("needs:431230000000"), feed("needs:431229000000"));
        let user = UserId::from_random([1; 16]);
        let listening = hub.subscribe(user, None, &[a], BTreeMap::from([(a, 3)]));
        assert_eq!(
            listening.next().await,
            Some(vec![(a, 3)]),
            "the present comes first"
        );
        hub.publish(&[(a, 4), (b, 9)]);
        hub.publish(&[(a, 5)]);
        assert_eq!(listening.next().await, Some(vec![(a, 5)]));
        assert_eq!(hub.listeners(), 1);
        drop(listening);
        assert_eq!(hub.listeners(), 0);
    }

    #[tokio::test]
    async fn a_session_has_four_streams_and_the_oldest_ends_first() {
        let hub = Arc::new(Hub::default());
        let (a, user) = (feed("needs:431230000000"), UserId::from_random([1; 16]));
        let listen = |session| hub.subscribe(user, Some([session; 32]), &[a], BTreeMap::new());
        let mut streams: Vec<_> = (0..4).map(|_| listen(1)).collect();
        let other = listen(2);
        streams.push(listen(1));
        assert_eq!(streams.remove(0).next().await, None);
        hub.publish(&[(a, 1)]);
        for stream in streams.iter().chain([&other]) {
            assert_eq!(stream.next().await, Some(vec![(a, 1)]));
        }
        drop((streams, other));
        assert!(lock(&hub.inner).by_session.is_empty());
    }

    #[tokio::test]
    async fn a_stream_ends_when_the_person_loses_the_right() {
        let hub = Arc::new(Hub::default());
        let a = feed("needs:431230000000");
        let (one, two) = (UserId::from_random([1; 16]), UserId::from_random([2; 16]));
        let first = hub.subscribe(one, None, &[a], BTreeMap::new());
        let second = hub.subscribe(two, None, &[a], BTreeMap::new());
        hub.close_user(one);
        assert_eq!(first.next().await, None);
        hub.publish(&[(a, 1)]);
        assert_eq!(second.next().await, Some(vec![(a, 1)]));
        hub.close();
        assert_eq!(second.next().await, None);
    }
}
