//! Push and pull: exchanges with the server, writing its answers, then trimming the outbox and compacting the cache.

use super::reading_in::put_notice;
use super::{CONTACT_MS, Engine, Inner, MAX_ROUNDS, SyncError, Synced, TRIES};
use crate::outbox::{self, Notice, Pending};
use crate::ports::{
    Area, CLIENT, Clock, Guard, NEXT_SEQ, Op, Random, Remote, RemoteError, Store, StoreError,
};
use crate::replica::{CacheState, Plan};
use crate::sent;
use crate::together::both;
use crate::wire::{self, Cursor, ExchangeAnswer, ExchangeRequest, Verdict};
use domain::{ClientId, Command, MutationId};
use std::collections::BTreeMap;

impl<S: Store, R: Remote, C: Clock, G: Random> Engine<S, R, C, G> {
    /// Exchanges with the server until nothing is waiting on either side.
    ///
    /// # Errors
    /// What stopped it; everything is kept and the next call goes on.
    pub async fn sync(&self) -> Result<Synced, SyncError> {
        if self.syncing.replace(true) {
            return Ok(Synced::default());
        }
        self.inner.borrow_mut().received = 0;
        self.changed();
        let result = self.sync_or_mend().await;
        self.syncing.set(false);
        self.inner.borrow_mut().last_error = result.as_ref().err().cloned();
        self.changed();
        result
    }

    /// Syncs, and again if the durable database was removed meanwhile and has been made anew.
    async fn sync_or_mend(&self) -> Result<Synced, SyncError> {
        match self.sync_rounds().await {
            Err(SyncError::Store(StoreError::Lost)) => {
                self.mend_loss().await?;
                self.sync_rounds().await
            }
            result => result,
        }
    }

    async fn sync_rounds(&self) -> Result<Synced, SyncError> {
        if self.has_unsent() {
            // What waits may be in memory only, if the browser has cleared the storage meanwhile: then it is written down before it is sent.
            self.store.get(Area::Identity, &[CLIENT.into()]).await?;
        }
        self.trim().await?;
        let mut synced = Synced::default();
        let mut renewed = false;
        let mut recalled = 0;
        let mut ahead = None;
        // Answered requests with mutations. After each of them the next request may be four times as large (slow start).
        let mut answered_batches = 0;
        while synced.rounds < MAX_ROUNDS {
            let (request, answered) = match ahead.take() {
                Some(asked) => asked,
                None => {
                    let request = self.request(answered_batches);
                    let answered = self.send(&request).await;
                    (request, answered)
                }
            };
            let answer = match answered {
                Ok(answer) => answer,
                Err(SyncError::Remote(RemoteError::Identity)) if !renewed => {
                    renewed = true;
                    self.renew_identity(None).await?;
                    continue;
                }
                // Another tab has recalled a decision of this request, or released one.
                Err(SyncError::Store(StoreError::Conflict)) if recalled < TRIES => {
                    recalled += 1;
                    self.refresh().await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            synced.rounds += 1;
            synced.rows += answer.feeds.iter().map(|f| f.rows.len()).sum::<usize>();
            self.inner.borrow_mut().received = synced.rows;
            synced.verdicts += answer.results.len();
            answered_batches += u32::from(!answer.results.is_empty());
            let mut more = answer.more || answer.feeds.iter().any(|f| !f.complete);
            if let Some(stop) = &answer.stop {
                synced.retry_after_ms = Some(stop.retry_after_ms);
            }
            self.note_verdicts(&request, &answer);
            let go_on = answer.stop.is_none() && (more || self.has_unsent());
            let next = go_on.then(|| self.request_after(&request, &answer, answered_batches));
            more |= !match next.flatten() {
                None => self.absorb(&request, answer).await?,
                // Pipelining: the next request is sent while this answer is written.
                Some(next) => {
                    let absorb = self.absorb(&request, answer);
                    let (answered, absorbed) = both(self.send(&next), absorb).await;
                    ahead = Some((next, answered));
                    absorbed?
                }
            };
            let done = !more && (!self.has_unsent() || synced.retry_after_ms.is_some());
            if done && ahead.is_none() {
                break;
            }
        }
        Ok(synced)
    }

    async fn send(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, SyncError> {
        if sabotaged!(self, TrimOnSend) {
            let sent = request.mutations.iter();
            let ops = sent
                .map(|m| Op::Delete(Area::Outbox, m.seq.into()))
                .collect();
            self.store.write(None, ops).await?;
        }
        if self.other_user.get() {
            return Err(RemoteError::OtherUser.into());
        }
        self.release(request).await?;
        let sent = self.clock.now();
        let answered = self.remote.exchange(request).await;
        let now = self.clock.now();
        let mut inner = self.inner.borrow_mut();
        match &answered {
            Ok(answer) => {
                inner.server_clock.hear(sent, now, answer.server_time);
                let ahead_ms = inner.server_clock.ahead_ms();
                inner.replica.set_ahead_ms(ahead_ms);
                inner
                    .page_size
                    .answered(answer.body_bytes(), now.since(sent));
            }
            Err(RemoteError::OtherUser) => self.other_user.set(true),
            Err(RemoteError::Unreachable(_)) => inner.page_size.failed(),
            Err(_) => {}
        }
        Ok(answered?)
    }

    /// Notes durably that the decisions in this request may have left, before it leaves: from then on no tab recalls them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another tab has recalled one of them, or released one.
    async fn release(&self, request: &ExchangeRequest) -> Result<(), StoreError> {
        let (guard, (released, op)) = {
            let inner = self.inner.borrow();
            if inner.hold_ms == 0 || inner.client != request.client {
                return Ok(());
            }
            let is_decision = |id: MutationId| {
                let found = inner.pending.iter().find(|p| p.entry.id == id);
                found.is_none_or(|p| p.command.as_ref().is_ok_and(Command::is_decision))
            };
            let last = request.mutations.iter().rfind(|m| is_decision(m.id));
            let Some(last) = last.filter(|m| !inner.released.has(request.client, m.seq)) else {
                return Ok(());
            };
            let guard = inner.released.guard();
            (guard, inner.released.with(request.client, last.seq)?)
        };
        self.store.write(Some(guard), vec![op]).await?;
        self.inner.borrow_mut().released = released;
        Ok(())
    }

    fn has_unsent(&self) -> bool {
        let inner = self.inner.borrow();
        inner.sendable(self.now()).next().is_some()
    }

    fn request(&self, answered_batches: u32) -> ExchangeRequest {
        let inner = self.inner.borrow();
        self.request_from(&inner, inner.replica.state(), answered_batches)
    }

    /// The request to send while this answer is still being written (pipelining); none when another tab has written to the cache
    /// meanwhile, or the answer comes from another epoch. If the write fails, the next answer does not match the cursors in
    /// the cache, and its rows are asked for again.
    fn request_after(
        &self,
        request: &ExchangeRequest,
        answer: &ExchangeAnswer,
        answered_batches: u32,
    ) -> Option<ExchangeRequest> {
        if !self.is_basis(request) || request.epoch != answer.epoch {
            return None;
        }
        let inner = self.inner.borrow();
        let state = inner.replica.state_after(request.client, answer);
        Some(self.request_from(&inner, &state, answered_batches))
    }

    fn request_from(
        &self,
        inner: &Inner,
        state: &CacheState,
        answered_batches: u32,
    ) -> ExchangeRequest {
        let user = self.actor.borrow().user;
        let now = self.now();
        ExchangeRequest {
            v: wire::VERSION,
            user: (!sabotaged!(self, UserNotNamed)).then_some(user),
            client: inner.client,
            epoch: state.epoch.clone(),
            cursors: wire_cursors(state),
            mutations: if inner.knows_epoch(state) {
                outbox::batch(&inner.pending, answered_batches, |p| {
                    inner.held_ms(p, now).is_some()
                })
            } else {
                Vec::new()
            },
            page_bytes: Some(inner.page_size.bytes()),
        }
    }

    /// Writes an answer down, whose verdicts are noted already: first the rows, the cursors and what they cover in one
    /// transaction, then the rejections. A crash in between loses nothing: a mutation without a verdict is sent again and gets
    /// the same one. Returns false when another tab has written to the cache since the request: then the rows are not written but asked for
    /// again.
    async fn absorb(
        &self,
        request: &ExchangeRequest,
        mut answer: ExchangeAnswer,
    ) -> Result<bool, StoreError> {
        if self.other_user.get() {
            return Ok(true);
        }
        if sabotaged!(self, IgnoreDrop) {
            answer.drop.clear();
        }
        if sabotaged!(self, CoverAtOnce) {
            answer.more = false;
            answer.feeds.iter_mut().for_each(|f| f.complete = true);
        }
        if sabotaged!(self, CursorBackwards) {
            answer.feeds.iter_mut().for_each(|f| f.reset = true);
        }
        if sabotaged!(self, UnreadableSkipped) {
            let knowledge = self.replica().knowledge();
            for page in &mut answer.feeds {
                page.rows.retain(|row| knowledge.can_read(row));
            }
        }
        if self.inner.borrow().is_restored(request, &answer) {
            self.renew_identity(Some(&answer.epoch)).await?;
        }
        let fits = self.write_rows(request, &answer).await?;
        self.rebase().await?;
        self.keep_refusals().await?;
        self.compact_if_worth().await?;
        self.changed();
        Ok(fits)
    }

    /// Whether a request was made by this client and from where the cache now stands.
    fn is_basis(&self, request: &ExchangeRequest) -> bool {
        let inner = self.inner.borrow();
        let state = inner.replica.state();
        inner.client == request.client
            && state.epoch == request.epoch
            && wire_cursors(state) == request.cursors
    }

    /// Writes the rows of an answer, unless another tab wrote first (guard conflict).
    async fn write_rows(
        &self,
        request: &ExchangeRequest,
        answer: &ExchangeAnswer,
    ) -> Result<bool, StoreError> {
        if !self.is_basis(request) {
            return Ok(false);
        }
        let plan = {
            let mut inner = self.inner.borrow_mut();
            let page_bytes = inner.page_size.measured();
            inner.replica.set_page_bytes(page_bytes);
            let plan = inner.replica.plan(request.client, answer)?;
            if inner.replica.is_only_contact(&plan, CONTACT_MS) {
                return Ok(true);
            }
            plan
        };
        let Plan {
            mut guard,
            mut ops,
            news,
        } = plan;
        if sabotaged!(self, CursorTooEarly)
            && let Some(state @ Op::Put(_, _, bytes)) = ops.last().cloned().as_ref()
        {
            self.store
                .write(Some(guard.clone()), vec![state.clone()])
                .await?;
            guard.value = Some(bytes.clone());
            ops.pop();
        }
        match self.store.write(Some(guard), ops).await {
            Ok(()) => {
                self.inner.borrow_mut().replica.commit(news);
                Ok(true)
            }
            Err(StoreError::Conflict) => {
                self.refresh().await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Verdicts go by the mutation's id: another tab may have numbered the outbox anew meanwhile.
    fn note_verdicts(&self, request: &ExchangeRequest, answer: &ExchangeAnswer) {
        let mut inner = self.inner.borrow_mut();
        inner.last_contact = inner.last_contact.max(answer.server_time);
        if inner.client != request.client {
            return;
        }
        for result in &answer.results {
            let sent = request.mutations.iter().find(|m| m.seq == result.seq);
            let Some(id) = sent.map(|m| m.id) else {
                continue;
            };
            if let Some(p) = inner.pending.iter_mut().find(|p| p.entry.id == id) {
                p.verdict = Some(result.verdict.clone());
            }
        }
    }

    /// Moves rejected mutations from the outbox to the notices, in one strict transaction.
    async fn keep_refusals(&self) -> Result<(), StoreError> {
        let mut ops = Vec::new();
        let mut notices = Vec::new();
        for p in &self.inner.borrow().pending {
            if let Some(Verdict::Rejected(refused)) = &p.verdict {
                let notice = Notice {
                    entry: p.entry.clone(),
                    refused: refused.clone(),
                };
                if !sabotaged!(self, RefusalNotKept) {
                    ops.push(put_notice(&notice)?);
                    notices.push(notice);
                }
                ops.push(Op::Delete(Area::Outbox, p.seq.into()));
            }
        }
        if ops.is_empty() {
            return Ok(());
        }
        self.store.write(None, ops).await?;
        let mut inner = self.inner.borrow_mut();
        let told: Vec<MutationId> = notices.iter().map(|n| n.entry.id).collect();
        inner.pending.retain(|p| !told.contains(&p.entry.id));
        inner.notices.retain(|n| !told.contains(&n.entry.id));
        inner.notices.extend(notices);
        Ok(())
    }

    /// Moves what an earlier sync has seen applied and contained in the rows from the outbox to the history. One sync late on
    /// purpose: the cache is written with relaxed durability, and until it has reached the disk the outbox can still show the
    /// work.
    async fn trim(&self) -> Result<(), StoreError> {
        let (done, ops, guard, sent) = {
            let inner = self.inner.borrow();
            let covered = inner.covered();
            let is_done = |p: &&Pending| p.seq <= covered && p.verdict == Some(Verdict::Applied);
            let done: Vec<u64> = inner
                .pending
                .iter()
                .filter(is_done)
                .map(|p| p.seq)
                .collect();
            if done.is_empty() || !inner.knows_epoch(inner.replica.state()) {
                return Ok(());
            }
            let mut sent = inner.sent.clone();
            let entries = inner.pending.iter().filter(is_done).map(|p| &p.entry);
            let ops = sent.keep(&inner.replica.state().epoch, entries)?;
            (done, ops, inner.sent.guard(), sent)
        };
        let deletes = done
            .iter()
            .map(|seq| Op::Delete(Area::Outbox, (*seq).into()));
        let deletes: Vec<Op> = deletes.collect();
        let kept = if sabotaged!(self, SentForgotten) {
            Err(StoreError::Quota)
        } else {
            let ops = deletes.iter().cloned().chain(ops).collect();
            self.store.write(Some(guard), ops).await
        };
        match kept {
            Ok(()) => self.inner.borrow_mut().sent = sent,
            // Another tab wrote first (guard conflict): the next sync trims.
            Err(StoreError::Conflict) => return self.refresh().await,
            // There is no room for the history, which is best effort: the mutations only leave the outbox.
            Err(StoreError::Quota) => self.store.write(None, deletes).await?,
            Err(error) => return Err(error),
        }
        self.inner
            .borrow_mut()
            .pending
            .retain(|p| done.binary_search(&p.seq).is_err());
        Ok(())
    }

    /// Takes a new identity and numbers the unsent work from 1 again. Mutation ids stay, so that what the server has
    /// applied under the old identity is recognised and not applied twice. With the epoch of a server that was `restored`, what an
    /// earlier epoch had applied comes first.
    pub(super) async fn renew_identity(&self, restored: Option<&str>) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            self.refresh().await?;
            if restored.is_some_and(|epoch| self.inner.borrow().sent.epoch == epoch) {
                // Another tab wrote first (guard conflict) and has renewed the identity already.
                return Ok(());
            }
            if restored.is_none() {
                self.trim().await?;
            }
            let client = ClientId::from_random(self.random.bytes());
            let next = self.store.get(Area::Identity, &[NEXT_SEQ.into()]).await?;
            let next = next.into_iter().next().flatten();
            let guard = Guard {
                area: Area::Identity,
                key: NEXT_SEQ.into(),
                value: next,
            };
            let mut sent = self.inner.borrow().sent.clone();
            let mut ops = vec![Op::Clear(Area::Outbox), sent.renumber(restored)?];
            let mut entries = Vec::new();
            if restored.is_some() {
                let identity = self.store.load(Area::Identity).await?;
                let (again, deletes) = sent::take_back(&identity);
                entries = again;
                ops.extend(deletes);
            }
            let known: Vec<MutationId> = entries.iter().map(|e| e.id).collect();
            // What may have left is offered first, since it is older; under its new numbers it still may have left.
            let mut left = entries.len() as u64;
            // Applied mutations that the rows do not contain yet are offered again too, so that their overlay stays until they are.
            let change = {
                let inner = self.inner.borrow();
                for p in &inner.pending {
                    if !known.contains(&p.entry.id) {
                        entries.push(p.entry.clone());
                        if inner.released.has(inner.client, p.seq) {
                            left = entries.len() as u64;
                        }
                    }
                }
                inner.released.with(client, left)?
            };
            ops.push(change.1);
            let mut seq = 1;
            for mut entry in entries {
                if sabotaged!(self, NewIdsOnRenewal) {
                    entry.id = MutationId::from_random(self.random.bytes());
                }
                let bytes = entry
                    .to_bytes()
                    .map_err(|e| StoreError::Corrupt(e.to_string()))?;
                ops.push(Op::Put(Area::Outbox, seq.into(), bytes));
                seq += 1;
            }
            let digits = seq.to_string().into_bytes();
            ops.push(Op::Put(Area::Identity, NEXT_SEQ.into(), digits));
            let id = client.to_string().into_bytes();
            ops.push(Op::Put(Area::Identity, CLIENT.into(), id));
            match self.store.write(Some(guard), ops).await {
                Ok(()) => {
                    self.inner.borrow_mut().is_now(client);
                    return self.refresh().await;
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    async fn compact_if_worth(&self) -> Result<(), StoreError> {
        if !self.replica().wants_compaction() {
            return Ok(());
        }
        let chunks = self.store.load(Area::Chunks).await?;
        let plan = self.replica().plan_compaction(&chunks);
        let plan = match plan {
            Ok(plan) => plan,
            // A body is missing: another tab has compacted meanwhile, or the cache is damaged.
            Err(StoreError::Corrupt(_)) if self.is_current().await? => {
                return self.discard_cache().await;
            }
            Err(StoreError::Corrupt(_)) => return self.refresh().await,
            Err(error) => return Err(error),
        };
        match self.store.write(Some(plan.guard), plan.ops).await {
            Ok(()) => {
                self.inner.borrow_mut().replica.commit(plan.news);
                Ok(())
            }
            // Another tab wrote first (guard conflict), or there is no room for a second copy: the next sync tries again.
            Err(StoreError::Conflict | StoreError::Quota) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The cursors by the names of their feeds.
fn wire_cursors(state: &CacheState) -> BTreeMap<String, Cursor> {
    let cursors = state.cursors.iter();
    cursors
        .map(|(feed, cursor)| (feed.to_string(), cursor.clone()))
        .collect()
}
