//! Storage that the browser clears under an open page: what waits is still in memory, so it is written down again.

use super::load::read_outbox;
use super::reading_in::put_notice;
use super::{Engine, TRIES};
use crate::ports::{Area, CLIENT, Clock, Guard, NEXT_SEQ, Op, Random, Remote, Store, StoreError};
use crate::sent;
use domain::{ClientId, MutationId};

/// The key in [`Area::Identity`] under which lies which loss was mended last.
pub(super) const MENDED: &str = "mended";

impl<S: Store, R: Remote, C: Clock, G: Random> Engine<S, R, C, G> {
    /// Does something with the durable database, and again if that was removed meanwhile and has been made anew.
    pub(super) async fn mending<T>(
        &self,
        work: impl AsyncFn() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match work().await {
            Err(StoreError::Lost) => {
                self.mend_loss().await?;
                work().await
            }
            result => result,
        }
    }

    /// The durable database is gone: makes it anew, under a new identity, since numbers of the old one are used, and writes down what
    /// this tab remembers. Forms that were being filled in and what was kept of sent work cannot be brought back; the person is told.
    pub(super) async fn mend_loss(&self) -> Result<(), StoreError> {
        self.store.open().await?;
        for _ in 0..TRIES {
            let client = ClientId::from_random(self.random.bytes());
            let guard = Guard {
                area: Area::Identity,
                key: CLIENT.into(),
                value: None,
            };
            let mut ops = Vec::new();
            let mut seq = 1_u64;
            {
                let inner = self.inner.borrow();
                // What may have left still may, under its new number.
                let mut left = 0;
                for p in &inner.pending {
                    if sabotaged!(self, LossNotMended) {
                        break;
                    }
                    let bytes = p.entry.to_bytes();
                    let bytes = bytes.map_err(|e| StoreError::Corrupt(e.to_string()))?;
                    ops.push(Op::Put(Area::Outbox, seq.into(), bytes));
                    if inner.released.has(inner.client, p.seq) {
                        left = seq;
                    }
                    seq += 1;
                }
                ops.push(inner.released.with(client, left)?.1);
                for notice in &inner.notices {
                    ops.push(put_notice(notice)?);
                }
            }
            let digits = seq.to_string().into_bytes();
            ops.push(Op::Put(Area::Identity, NEXT_SEQ.into(), digits));
            let id = client.to_string().into_bytes();
            ops.push(Op::Put(Area::Identity, MENDED.into(), id.clone()));
            ops.push(Op::Put(Area::Identity, CLIENT.into(), id));
            match self.store.write(Some(guard), ops).await {
                Ok(()) => {
                    {
                        let mut inner = self.inner.borrow_mut();
                        inner.storage_lost = true;
                        inner.is_now(client);
                    }
                    return self.refresh_once().await;
                }
                // Another tab has made the database anew first and has written down what it remembers.
                Err(StoreError::Conflict) => {
                    self.inner.borrow_mut().storage_lost = true;
                    return self.refresh_once().await;
                }
                // It was removed again.
                Err(StoreError::Lost) => drop(self.store.open().await?),
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Lost)
    }

    /// Another tab has taken a new identity. If that was because the durable database was removed, it has written down only what it
    /// remembers: what only this tab does is added.
    pub(super) async fn append_what_is_missing(&self) -> Result<(), StoreError> {
        let there = read_outbox(&self.store).await?;
        if there.mended == self.inner.borrow().mended {
            return Ok(());
        }
        let (sent, _) = sent::take_back(&self.store.load(Area::Identity).await?);
        let refused = there.notices.iter().map(|notice| notice.entry.id);
        let sent = sent.iter().map(|entry| entry.id);
        let known = there.pending.iter().map(|p| p.entry.id);
        let known: Vec<MutationId> = known.chain(refused).chain(sent).collect();
        let mut missing = Vec::new();
        for p in &self.inner.borrow().pending {
            if !p.is_rejected() && !known.contains(&p.entry.id) {
                let bytes = p.entry.to_bytes();
                missing.push(bytes.map_err(|e| StoreError::Corrupt(e.to_string()))?);
            }
        }
        if !missing.is_empty() {
            self.store.append(missing).await?;
        }
        Ok(())
    }
}
