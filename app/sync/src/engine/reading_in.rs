//! Reading unsent work back in from a file that this device or another one has saved.

use super::Engine;
use crate::outbox::Notice;
use crate::ports::{Area, Clock, Op, Random, Remote, Store, StoreError, StoreKey};
use crate::sent;
use crate::unsent_file::{UnsentFile, UnsentFileError};
use domain::MutationId;
use std::collections::BTreeSet;

/// What a file brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadIn {
    /// Mutations that are in the outbox now.
    pub unsent: usize,
    /// Rejections that are shown now.
    pub refused: usize,
    /// Of both, those that this device has, or has sent, already.
    pub known: usize,
}

/// Why a file was not read in. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadInError {
    /// The file.
    #[error(transparent)]
    File(#[from] UnsentFileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<S: Store, R: Remote, C: Clock, G: Random> Engine<S, R, C, G> {
    /// Puts the work of a file into the outbox, after what is there, under new numbers and with its old ids.
    ///
    /// # Errors
    /// [`ReadInError`].
    pub async fn read_in(&self, text: &str) -> Result<ReadIn, ReadInError> {
        let user = self.actor.borrow().user;
        let file = UnsentFile::read(text, user)?;
        // Another tab may have sent some of it.
        self.refresh().await?;
        let known = self.known_ids().await?;
        let is_new = |id: &MutationId| !known.contains(id);
        let mut read_in = ReadIn::default();
        let mut bytes = Vec::new();
        for entry in file.entries().filter(|e| is_new(&e.id)) {
            let written = entry.to_bytes();
            bytes.push(written.map_err(|e| StoreError::Corrupt(e.to_string()))?);
        }
        read_in.unsent = bytes.len();
        let mut notices = Vec::new();
        for notice in file.refused().iter().filter(|n| is_new(&n.entry.id)) {
            notices.push(put_notice(notice)?);
        }
        read_in.refused = notices.len();
        let all = file.entries().count() + file.refused().len();
        read_in.known = all - read_in.unsent - read_in.refused;
        if !notices.is_empty() {
            self.store.write(None, notices).await?;
        }
        if !bytes.is_empty() {
            self.store.append(bytes).await?;
        }
        self.refresh().await?;
        Ok(read_in)
    }

    /// The ids of all work that this device has or has sent.
    async fn known_ids(&self) -> Result<BTreeSet<MutationId>, StoreError> {
        let identity = self.store.load(Area::Identity).await?;
        let (sent, _) = sent::take_back(&identity);
        let inner = self.inner.borrow();
        let pending = inner.pending.iter().map(|p| p.entry.id);
        let refused = inner.notices.iter().map(|n| n.entry.id);
        let sent = sent.iter().map(|entry| entry.id);
        Ok(pending.chain(refused).chain(sent).collect())
    }
}

/// What keeps a rejection until the person has put it away.
pub(super) fn put_notice(notice: &Notice) -> Result<Op, StoreError> {
    let bytes = serde_json::to_vec(notice).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let key = StoreKey::Text(notice.entry.id.to_string());
    Ok(Op::Put(Area::Notices, key, bytes))
}
