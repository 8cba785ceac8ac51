//! The simulated network: the real backend behind a network that drops, duplicates and delays requests, and loses answers.

use crate::oracle::Oracle;
use api::{ApiError, Backend, Caller};
use domain::{Actor, Millis};
use server::StorageBackend;
use server::ports::Clock;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use sync::ports::{Remote, RemoteError};
use sync::testkit::chance::Chance;
use sync::wire::{ExchangeAnswer, ExchangeRequest};

/// The server's clock, set by hand.
#[derive(Debug)]
pub(crate) struct ServerClock(pub(crate) AtomicI64);

impl Clock for ServerClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

/// What all devices share.
pub(crate) struct Wire {
    /// The servers that run now: one on SQLite, two on one PostgreSQL database.
    pub(crate) servers: RefCell<Vec<Arc<StorageBackend>>>,
    /// Which of them a request reaches.
    pub(crate) balance: Chance,
    pub(crate) clock: Arc<ServerClock>,
    pub(crate) oracle: RefCell<Oracle>,
    /// Requests that were delayed and arrive later: from whose device, with which cookie, and what.
    pub(crate) ghosts: RefCell<Vec<(usize, Cookie, ExchangeRequest)>>,
    /// Who everybody is, as the server knows it.
    pub(crate) actors: RefCell<Vec<Actor>>,
    pub(crate) faulty: Cell<bool>,
}

impl Wire {
    /// The servers that run now.
    pub(crate) fn servers(&self) -> Vec<Arc<StorageBackend>> {
        self.servers.borrow().clone()
    }

    /// The first of them, which does what is not an exchange.
    pub(crate) fn backend(&self) -> Arc<StorageBackend> {
        Arc::clone(&self.servers.borrow()[0])
    }

    fn any(&self) -> Arc<StorageBackend> {
        let servers = self.servers.borrow();
        if servers.len() == 1 {
            return Arc::clone(&servers[0]);
        }
        let at = self.balance.below(servers.len() as u64);
        Arc::clone(&servers[usize::try_from(at).unwrap_or(0)])
    }

    fn fail_commits(&self, n: u32) {
        for server in self.servers() {
            server.faults().fail_commits(n);
        }
    }

    /// Hands a request of the device of `owner` to the server as text, and tells the oracle what it answered. G11: a device is answered
    /// only while its own person is signed in, so nothing is decided under another one and no rows of theirs arrive.
    pub(crate) async fn deliver(
        &self,
        owner: usize,
        cookie: &Cookie,
        request: &ExchangeRequest,
    ) -> Result<ExchangeAnswer, ApiError> {
        let mut newer = serde_json::to_value(request).unwrap();
        if owner % 2 == 1 {
            // A page one release ahead of the server names what the server does not know.
            newer["v"] = (sync::wire::VERSION + 1).into();
            newer["supplies"] = true.into();
            newer["cursors"]["supplies:431230000000"] = "3".into();
        }
        let text = newer.to_string();
        let request: ExchangeRequest = serde_json::from_str(&text).unwrap();
        let (client, sent) = (request.client, request.mutations.clone());
        let answer = self.any().exchange(&cookie.caller, request).await?;
        assert_eq!(
            cookie.person, owner,
            "G11: the device of one person was answered under another one"
        );
        let actor = self.actors.borrow()[owner].clone();
        self.oracle
            .borrow_mut()
            .hear(&actor, self.clock.now(), client, &sent, &answer);
        let text = serde_json::to_string(&answer).unwrap();
        Ok(serde_json::from_str(&text).unwrap())
    }
}

/// Who is signed in in a browser, which all of its tabs share.
#[derive(Clone)]
pub(crate) struct Cookie {
    pub(crate) person: usize,
    pub(crate) caller: Caller,
}

/// One device's way to the server.
#[derive(Clone)]
pub(crate) struct FaultyRemote {
    pub(crate) wire: Rc<Wire>,
    pub(crate) person: usize,
    /// The session of the device's person.
    pub(crate) caller: Caller,
    /// The session that goes along with requests: somebody else may have signed in on the device.
    pub(crate) cookie: Rc<RefCell<Cookie>>,
    pub(crate) chance: Chance,
}

fn error(error: &ApiError) -> RemoteError {
    match error {
        ApiError::SignedOut => RemoteError::SignIn,
        ApiError::OtherUser => RemoteError::OtherUser,
        ApiError::SequenceGap { .. } | ApiError::ClientConflict => RemoteError::Identity,
        ApiError::Unavailable { .. } => RemoteError::Busy { retry_after_ms: 1 },
        error => panic!("the server refuses a request of the engine: {error:?}"),
    }
}

impl Remote for FaultyRemote {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        let lost = |what: &str| Err(RemoteError::Unreachable(what.to_owned()));
        let faulty = self.wire.faulty.get();
        // Whatever else the device does may happen while a request is on its way.
        tokio::task::yield_now().await;
        if faulty && self.chance.percent(10) {
            return lost("dropped");
        }
        if faulty && self.chance.percent(6) {
            let ghost = (self.person, self.cookie.borrow().clone(), request.clone());
            self.wire.ghosts.borrow_mut().push(ghost);
            if self.chance.percent(50) {
                return lost("delayed");
            }
        }
        if faulty && self.chance.percent(4) {
            self.wire.fail_commits(1);
        }
        let cookie = self.cookie.borrow().clone();
        let mut answer = self.wire.deliver(self.person, &cookie, request).await;
        self.wire.fail_commits(0);
        if faulty && self.chance.percent(5) {
            answer = self.wire.deliver(self.person, &cookie, request).await;
        }
        tokio::task::yield_now().await;
        if faulty && self.chance.percent(10) {
            return lost("the answer was lost");
        }
        answer.map_err(|e| error(&e))
    }
}
