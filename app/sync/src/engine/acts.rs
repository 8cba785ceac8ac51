//! What people do: decided here at once on what this device knows, kept, and shown over what the server said.

use super::{Engine, Seen, SubmitError};
use crate::log;
use crate::outbox::{Entry, Pending};
use crate::ports::{Area, Clock, Random, Remote, Store, StoreError, StoreKey};
use crate::replica::Overlaid;
use domain::{
    Command, Entity, Head, Key, Millis, MutationId, Rejection, Snapshot, Table, View, decide, json,
};
use std::rc::Rc;

impl<S: Store, R: Remote, C: Clock, G: Random> Engine<S, R, C, G> {
    /// Keeps what a person did, so that a killed tab cannot lose it, and shows it at once.
    ///
    /// # Errors
    /// [`SubmitError::Rejected`] when this device knows already that it will be refused: nothing is kept then, the form
    /// stays open. [`SubmitError::Store`] when it could not be stored.
    pub async fn submit(&self, command: impl Into<Command>) -> Result<u64, SubmitError> {
        self.submit_all(vec![command.into()]).await
    }

    /// Keeps several acts in their order, all or none. Returns the number of the first.
    ///
    /// # Errors
    /// As [`Engine::submit`]; the first refusal counts.
    pub async fn submit_all(&self, commands: Vec<Command>) -> Result<u64, SubmitError> {
        let now = self.clock.now();
        let mut overlaid = Table::new();
        let mut entries = Vec::with_capacity(commands.len());
        let mut bytes = Vec::with_capacity(commands.len());
        for (n, command) in commands.iter().enumerate() {
            let changes = self.decide_here(command, now, &overlaid).await?;
            let changes = changes.map_err(|r| SubmitError::Rejected(Box::new(r)))?;
            for entity in changes.puts {
                overlaid.insert(entity.key(), (n as u64, entity));
            }
            let id = MutationId::from_random(self.random.bytes());
            let unreadable = |e: json::Error| StoreError::Corrupt(e.to_string());
            let entry = Entry::new(id, command, now).map_err(unreadable)?;
            bytes.push(entry.to_bytes().map_err(unreadable)?);
            entries.push(entry);
        }
        let first = self.store.append(bytes).await?;
        let mut inner = self.inner.borrow_mut();
        for (n, (entry, command)) in entries.into_iter().zip(commands).enumerate() {
            inner.pending.push(Pending {
                seq: first + n as u64,
                entry,
                command: Ok(command),
                verdict: None,
            });
        }
        inner.pending.sort_by_key(|p| p.seq);
        for (key, (n, entity)) in overlaid {
            let over = overlay_of(entity, first + n);
            inner.replica.overlay_with(key, over);
        }
        drop(inner);
        self.changed();
        Ok(first)
    }

    /// Decides a command on what this device knows, with `over` on top.
    async fn decide_here(
        &self,
        command: &Command,
        now: Millis,
        over: &Table<Key, (u64, Entity)>,
    ) -> Result<Result<domain::Changes, Rejection>, StoreError> {
        let actor = self.actor();
        let mut known = Snapshot::default();
        loop {
            let keys = command.reads(&actor, &known);
            if keys.is_empty() {
                return Ok(decide(command, &actor, &known, now));
            }
            let missing: Vec<Key> = keys
                .iter()
                .filter(|k| !over.contains_key(k))
                .copied()
                .collect();
            let found = self.shown(&missing).await?;
            for (key, entity) in missing.into_iter().zip(found) {
                known.insert(key, entity.map(|s| s.entity));
            }
            for key in keys {
                if let Some((_, entity)) = over.get(&key) {
                    known.insert(key, Some(entity.clone()));
                }
            }
        }
    }

    /// An entity as it is shown: own pending changes over what the server said.
    pub async fn entity(&self, key: Key) -> Result<Option<Seen>, StoreError> {
        Ok(self.shown(&[key]).await?.pop().flatten())
    }

    /// Several entities as they are shown.
    pub async fn shown(&self, keys: &[Key]) -> Result<Vec<Option<Seen>>, StoreError> {
        let mut base: Vec<Key> = Vec::new();
        let mut out: Vec<Option<Seen>> = Vec::with_capacity(keys.len());
        {
            let inner = self.inner.borrow();
            for key in keys {
                let over = inner.replica.overlaid(key);
                out.push(over.map(|o| Seen {
                    entity: o.entity.clone(),
                    view: View::Full,
                    pending: Some(o.seq),
                }));
                if over.is_none() {
                    base.push(*key);
                }
            }
        }
        let mut stored = self.stored(&base).await?.into_iter();
        for seen in out.iter_mut().filter(|s| s.is_none()) {
            *seen = stored.next().flatten().map(|(entity, view)| Seen {
                entity,
                view,
                pending: None,
            });
        }
        Ok(out)
    }

    /// What the server said, without own changes.
    pub async fn stored(&self, keys: &[Key]) -> Result<Vec<Option<(Entity, View)>>, StoreError> {
        let mut tries = 0;
        loop {
            let locations: Vec<_> = {
                let inner = self.inner.borrow();
                keys.iter().map(|k| inner.replica.location(k)).collect()
            };
            let mut wanted: Vec<u64> = locations.iter().flatten().map(|(l, _)| l.chunk).collect();
            wanted.sort_unstable();
            wanted.dedup();
            if wanted.is_empty() {
                return Ok(vec![None; keys.len()]);
            }
            let numbers: Vec<StoreKey> = wanted.iter().map(|n| StoreKey::Number(*n)).collect();
            let found = self.store.get(Area::Chunks, &numbers).await?;
            let chunks: Table<u64, Vec<u8>> = wanted
                .into_iter()
                .zip(found)
                .filter_map(|(n, bytes)| Some((n, bytes?)))
                .collect();
            let mut out = Vec::with_capacity(keys.len());
            let mut torn = false;
            for (key, location) in keys.iter().zip(&locations) {
                let Some((at, view)) = location else {
                    out.push(None);
                    continue;
                };
                let entity = chunks
                    .get(&at.chunk)
                    .and_then(|bytes| log::slice(bytes, *at))
                    .and_then(|body| Entity::from_json(key.kind(), body).ok());
                torn |= entity.is_none();
                out.push(entity.map(|e| (e, *view)));
            }
            if !torn {
                return Ok(out);
            }
            // Another tab has compacted the cache, or the cache is damaged: read it again, at last start it anew.
            tries += 1;
            match tries {
                // Boxed: reading anew may ask for bodies again.
                1 => Box::pin(self.refresh()).await?,
                2 => Box::pin(self.discard_cache()).await?,
                _ => return Err(StoreError::Corrupt("bodies are missing".to_owned())),
            }
        }
    }

    /// Decides all pending mutations again on what the server said.
    pub(super) async fn rebase(&self) -> Result<(), StoreError> {
        let pending: Vec<(u64, Command, Millis)> = {
            let inner = self.inner.borrow();
            inner
                .pending
                .iter()
                .filter(|p| inner.shows(p))
                .filter_map(|p| Some((p.seq, p.command.clone().ok()?, p.entry.at)))
                .collect()
        };
        let actor = self.actor();
        let mut known = Snapshot::default();
        let mut overlay: Table<Key, Overlaid> = Table::new();
        for (seq, command, at) in pending {
            loop {
                let keys = command.reads(&actor, &known);
                if keys.is_empty() {
                    break;
                }
                let found = self.stored(&keys).await?;
                for (key, entity) in keys.into_iter().zip(found) {
                    known.insert(key, entity.map(|(e, _)| e));
                }
            }
            // A refusal shows nothing; the server's word on it is awaited.
            if let Ok(changes) = decide(&command, &actor, &known, at) {
                for entity in changes.puts {
                    known.insert(entity.key(), Some(entity.clone()));
                    overlay.insert(entity.key(), overlay_of(entity, seq));
                }
            }
        }
        self.inner.borrow_mut().replica.set_overlay(overlay);
        Ok(())
    }
}

fn overlay_of(entity: Entity, seq: u64) -> Overlaid {
    Overlaid {
        head: Head::of(&entity).map(Rc::new),
        entity,
        seq,
    }
}
