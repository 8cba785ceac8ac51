//! When to sync: leader election among the tabs of a person, exponential backoff, server-sent hints and wake-ups.

use crate::desk::Desk;
use crate::device::clock::random_bytes;
use crate::device::hints;
use crate::device::remote;
use crate::device::timer::pause;
use api::trail::{TrailAnswer, TrailRequest};
use api::{ApiError, BrowseAnswer, BrowseRequest};
use domain::Command;
use domain::orders::ReleaseReason;
use futures_util::future::select;
use leptos::prelude::*;
use std::pin::pin;
use sync::backoff::Backoff;
use sync::engine::{Status, SyncError};
use sync::outbox::Notice;
use sync::ports::RemoteError;

/// A visible tab syncs at least this often.
const IDLE_MS: u64 = 60_000;
/// The clock is looked at this often, since a phone that sleeps misses timers.
const LOOK_AT_CLOCK_MS: u64 = 600_000;
/// Mutations that follow one another within this time go in one request (debounce).
const GATHER_MS: u64 = 50;

impl Desk {
    /// Syncs now, then whenever something calls for it, at the latest after [`IDLE_MS`].
    pub(super) async fn keep_syncing(self) {
        let mut backoff = Backoff::default();
        while !self.is_over() {
            let bell = self.bell.get_value();
            let rung = bell.rung();
            let engine = self.engine();
            let before = engine.replica().version();
            let wait = match engine.sync().await {
                Ok(synced) => {
                    backoff.succeeded();
                    self.offline.try_set(false);
                    self.look_at_the_day();
                    self.forget_what_was_taken_back();
                    if synced.verdicts > 0 || engine.replica().version() != before {
                        self.tell_tabs();
                    }
                    let wait = synced.retry_after_ms.unwrap_or(IDLE_MS);
                    // What is held back leaves as soon as it may.
                    match engine.held().first() {
                        Some((_, left)) => wait.min(left.unsigned_abs()),
                        None => wait,
                    }
                }
                Err(error) => {
                    self.offline.try_set(true);
                    let random = u64::from_le_bytes(
                        random_bytes().first_chunk().copied().unwrap_or_default(),
                    );
                    match error {
                        SyncError::Remote(RemoteError::Busy { retry_after_ms }) => retry_after_ms,
                        SyncError::Remote(RemoteError::OtherUser) => {
                            self.wait_for_own_session().await;
                            0
                        }
                        _ => backoff.failed(random),
                    }
                }
            };
            select(pin!(pause(wait)), pin!(bell.after(rung))).await;
            // Debounce: mutations that follow one another go in one request.
            pause(GATHER_MS).await;
        }
    }

    /// Somebody else is signed in at the server, and no other tab has said so. The server is asked who it is until this desk's person is
    /// back; nothing of theirs goes along with the question.
    async fn wait_for_own_session(self) {
        let engine = self.engine();
        while engine.is_other_user() && !self.is_over() {
            let bell = self.bell.get_value();
            let rung = bell.rung();
            select(pin!(pause(IDLE_MS)), pin!(bell.after(rung))).await;
            if engine.is_other_user()
                && !self.is_over()
                && let Ok(profile) = remote::me().await
            {
                engine.set_actor(profile.actor);
            }
        }
    }

    /// Shows the next day when it begins. A phone that sleeps misses timers, so it also looks from time to time.
    pub(super) async fn keep_the_day(self) {
        while !self.is_over() {
            let left = u64::try_from(self.now().until_next_day()).unwrap_or(0);
            pause((left + 1_000).min(LOOK_AT_CLOCK_MS)).await;
            self.look_at_the_day();
        }
    }

    /// Asks the server for needs that no device keeps, for this desk's person.
    ///
    /// # Errors
    /// See [`remote::browse`].
    pub async fn browse(self, request: BrowseRequest) -> Result<BrowseAnswer, ApiError> {
        let user = Some(self.actor().user);
        remote::browse(&BrowseRequest { user, ..request }).await
    }

    /// Asks the server for a page of the audit trail, for this desk's person.
    ///
    /// # Errors
    /// See [`remote::trail`].
    pub async fn trail(self, request: TrailRequest) -> Result<TrailAnswer, ApiError> {
        let user = Some(self.actor().user);
        remote::trail(&TrailRequest { user, ..request }).await
    }

    /// Puts away the rejections of taking and of releasing an order, if the person changed their mind before the server answered:
    /// the order is not wanted any more.
    fn forget_what_was_taken_back(self) {
        let refused = self.engine().notices();
        let order = |n: &Notice| match n.entry.command() {
            Ok(Command::ReleaseOrder(c)) => Some((c.order, c.reason == ReleaseReason::ChangedMind)),
            Ok(command) => command.order_made().map(|order| (order, false)),
            Err(_) => None,
        };
        let orders: Vec<_> = refused.iter().filter_map(order).collect();
        for notice in &refused {
            if order(notice).is_some_and(|(order, _)| orders.contains(&(order, true))) {
                self.dismiss(notice.entry.id);
            }
        }
    }

    /// Keeps a stream of hints open while the server can be reached.
    pub(super) async fn keep_listening(self) {
        while !self.is_over() {
            let Some(over) = self.over.try_get_value() else {
                return;
            };
            let listening = hints::listen(move || self.sync_now());
            select(pin!(listening), pin!(over.after(0))).await;
            pause(5_000).await;
            while !self.is_over() && self.offline.try_get_untracked() == Some(true) {
                pause(1_000).await;
            }
        }
    }

    /// Requests a sync soon, in this tab or in the leading one.
    pub fn sync_now(self) {
        if let Some(bell) = self.bell.try_get_value() {
            bell.ring();
        }
        if self.leads.try_get_untracked() == Some(false) {
            self.tell_tabs();
        }
    }

    pub(super) fn tell_tabs(&self) {
        if let Some(tabs) = self.tabs.try_get_value() {
            tabs.tell();
        }
    }

    /// The state of syncing. Tracked.
    #[must_use]
    pub fn status(self) -> Status {
        self.track();
        self.engine().status()
    }

    /// Whether the last try to reach the server failed. Tracked.
    #[must_use]
    pub fn is_offline(self) -> bool {
        self.offline.get()
    }
}
