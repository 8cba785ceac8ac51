//! Optimistic updates: a command is decided at once on what this device knows, stored in the outbox, and shown over the rows of
//! the server.

use super::{Engine, ReadError, Seen, SubmitError, TRIES};
use crate::log::{self, Location};
use crate::outbox::{Entry, Pending};
use crate::ports::{Area, Clock, Op, Random, Remote, Store, StoreError, StoreKey};
use crate::replica::Overlaid;
use domain::{
    Changes, Command, Entity, Key, Known, Millis, MutationId, Rejection, Visibility, decide_loading,
};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// So many acts are remembered, to recognise one that is done twice at once.
const REMEMBERED: usize = 16;

/// The acts that were stored last.
#[derive(Default)]
pub(super) struct Done {
    /// How many were stored since this tab was opened.
    count: u64,
    /// Each with its place in that count and the number of its first mutation.
    last: VecDeque<(u64, Vec<Command>, u64)>,
}

impl Done {
    fn remember(&mut self, commands: Vec<Command>, seq: u64) {
        self.count += 1;
        self.last.push_back((self.count, commands, seq));
        if self.last.len() > REMEMBERED {
            self.last.pop_front();
        }
    }

    /// The number under which the same act was stored after `count`.
    fn same_since(&self, count: u64, commands: &[Command]) -> Option<u64> {
        let is_same = |done: &[Command]| {
            done.len() == commands.len() && done.iter().zip(commands).all(|(a, b)| a.is_same_act(b))
        };
        self.last
            .iter()
            .find(|(at, done, _)| *at > count && is_same(done))
            .map(|(_, _, seq)| *seq)
    }
}

impl<S: Store, R: Remote, C: Clock, G: Random> Engine<S, R, C, G> {
    /// Keeps what a person did, so that a killed tab cannot lose it, and shows it at once.
    ///
    /// # Errors
    /// [`SubmitError::Rejected`] when the rules reject it on what this device knows: nothing is kept then, the form
    /// stays open. [`SubmitError::Store`] when it could not be stored.
    pub async fn submit(&self, command: impl Into<Command>) -> Result<u64, SubmitError> {
        self.submit_all(vec![command.into()]).await
    }

    /// Keeps several acts in their order, all or none. Returns the number of the first. Who does the same thing again while it is
    /// being kept (a double click) has done it once.
    ///
    /// # Errors
    /// As [`Engine::submit`]; the first rejection is returned.
    pub async fn submit_all(&self, commands: Vec<Command>) -> Result<u64, SubmitError> {
        let before = self.done.borrow().count;
        let _turn = self.turns.take().await;
        let same = self.done.borrow().same_since(before, &commands);
        if let Some(seq) = same {
            return Ok(seq);
        }
        let seq = self.keep(commands.clone()).await?;
        self.done.borrow_mut().remember(commands, seq);
        Ok(seq)
    }

    async fn keep(&self, commands: Vec<Command>) -> Result<u64, SubmitError> {
        let now = self.clock.now();
        let mut overlaid = BTreeMap::new();
        let mut entries = Vec::with_capacity(commands.len());
        let mut bytes = Vec::with_capacity(commands.len());
        for (n, command) in commands.iter().enumerate() {
            let changes = self.decide_here(command, now, &overlaid).await?;
            let changes = changes.map_err(|r| SubmitError::Rejected(Box::new(r)))?;
            for entity in changes.puts {
                overlaid.insert(entity.key(), (n as u64, entity));
            }
            let id = MutationId::from_random(self.random.bytes());
            let unreadable = |e: serde_json::Error| StoreError::Corrupt(e.to_string());
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

    /// Sets how long decisions are held back before they are sent, in milliseconds. They are in the outbox meanwhile.
    pub fn hold_decisions(&self, ms: i64) {
        self.inner.borrow_mut().hold_ms = ms;
    }

    /// The decisions that are held back, oldest first, each with how many milliseconds are left to recall it.
    #[must_use]
    pub fn held(&self) -> Vec<(Pending, i64)> {
        let now = self.clock.now();
        let inner = self.inner.borrow();
        let held = inner
            .pending
            .iter()
            .filter_map(|p| Some((p.clone(), inner.held_ms(p, now)?)));
        held.collect()
    }

    /// Lets go what is held back: the person leaves, and nobody will recall it any more.
    pub async fn let_go(&self) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let (guard, change) = {
                let inner = self.inner.borrow();
                let now = self.clock.now();
                let is_held = |p: &&Pending| inner.held_ms(p, now).is_some();
                let Some(last) = inner.pending.iter().rfind(is_held) else {
                    return Ok(());
                };
                let guard = inner.released.guard();
                (guard, inner.released.with(inner.client, last.seq)?)
            };
            let (released, op) = change;
            match self.store.write(Some(guard), vec![op]).await {
                Ok(()) => {
                    self.inner.borrow_mut().released = released;
                    self.changed();
                    return Ok(());
                }
                Err(StoreError::Conflict) => self.refresh().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes a decision that is held back out of the outbox: it was never made. False when it may have left already.
    pub async fn recall(&self, id: MutationId) -> Result<bool, StoreError> {
        let _turn = self.turns.take().await;
        for _ in 0..TRIES {
            let (seq, guard, (released, op)) = {
                let inner = self.inner.borrow();
                let found = inner.pending.iter().find(|p| p.entry.id == id);
                let now = self.clock.now();
                let is_held = |p: &&Pending| inner.held_ms(p, now).is_some();
                let Some(p) = found.filter(is_held) else {
                    return Ok(false);
                };
                let change = inner.released.again(inner.client)?;
                (p.seq, inner.released.guard(), change)
            };
            let ops = vec![Op::Delete(Area::Outbox, seq.into()), op];
            match self.store.write(Some(guard), ops).await {
                Ok(()) => {
                    {
                        let mut inner = self.inner.borrow_mut();
                        inner.released = released;
                        inner.pending.retain(|p| p.entry.id != id);
                    }
                    self.rebase().await?;
                    self.changed();
                    return Ok(true);
                }
                // Another tab has released or recalled something meanwhile.
                Err(StoreError::Conflict) => self.refresh().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Decides a command on what this device knows. The changes in `over` count before the stored rows.
    async fn decide_here(
        &self,
        command: &Command,
        now: Millis,
        over: &BTreeMap<Key, (u64, Entity)>,
    ) -> Result<Result<Changes, Rejection>, ReadError> {
        let load = async |key: Key| match over.get(&key) {
            Some((_, entity)) => Ok(Some(entity.clone())),
            None => Ok(self.entity(key).await?.map(|seen| seen.entity)),
        };
        decide_loading(command, &self.actor(), &mut Known::default(), now, load).await
    }

    /// An entity as it is shown: own pending changes (the optimistic update) over what the server said.
    pub async fn entity(&self, key: Key) -> Result<Option<Seen>, ReadError> {
        loop {
            let cleared = self.cleared.get();
            let over = self.inner.borrow().replica.overlaid(&key).cloned();
            if let Some(over) = over {
                return Ok(Some(Seen {
                    entity: over.entity,
                    visibility: Visibility::Full,
                    pending: Some(over.seq),
                }));
            }
            let stored = self.stored(key).await?;
            // If the cache was cleared as damaged meanwhile, pending changes were decided anew and may show this entity now.
            if stored.is_some() || self.cleared.get() == cleared {
                return Ok(stored.map(|(entity, visibility)| Seen {
                    entity,
                    visibility,
                    pending: None,
                }));
            }
        }
    }

    /// Several entities as they are shown, read together; those that are not on this device, or that only a newer page can read, are
    /// left out.
    pub async fn shown(&self, keys: &[Key]) -> Result<Vec<Seen>, StoreError> {
        let found: Vec<_> = {
            let inner = self.inner.borrow();
            keys.iter()
                .filter(|key| inner.replica.overlaid(key).is_none())
                .filter_map(|key| Some((*key, inner.replica.location(key)?)))
                .collect()
        };
        let locations: Vec<Location> = found.iter().map(|(_, (at, _))| *at).collect();
        let bodies = self.bodies(&locations).await?;
        let knowledge = self.replica().knowledge();
        let read: BTreeMap<Key, (Entity, Visibility)> = found
            .into_iter()
            .zip(bodies)
            .filter_map(|((key, (_, visibility)), body)| {
                Some((key, (knowledge.read(key, &body?)?, visibility)))
            })
            .collect();
        let mut out = Vec::with_capacity(keys.len());
        for key in keys {
            let seen = match read.get(key).cloned() {
                Some((entity, visibility)) => Ok(Some(Seen {
                    entity,
                    visibility,
                    pending: None,
                })),
                // An own change, or a body that another tab has moved meanwhile.
                None => self.entity(*key).await,
            };
            match seen {
                Ok(seen) => out.extend(seen),
                Err(ReadError::Newer(_)) => {}
                Err(ReadError::Store(error)) => return Err(error),
            }
        }
        Ok(out)
    }

    /// What the server said, without own changes.
    pub async fn stored(&self, key: Key) -> Result<Option<(Entity, Visibility)>, ReadError> {
        // Another tab may compact the cache between looking up the place and reading it.
        for _ in 0..TRIES {
            let found = self.inner.borrow().replica.location(&key);
            let Some((location, visibility)) = found else {
                return Ok(None);
            };
            if let Some(body) = self.bodies(&[location]).await?.pop().flatten() {
                let entity = self.replica().knowledge().read(key, &body);
                let entity = entity.ok_or(ReadError::Newer(key))?;
                return Ok(Some((entity, visibility)));
            }
            // Boxed: `reload` calls this function again to read bodies.
            if !Box::pin(self.reload()).await? {
                // The cache is what this tab wrote, and a body in it is damaged. It is a copy: the next sync fetches it anew.
                self.clear_cache().await?;
                // Boxed: `rebase` calls this function, which finds an empty cache now and returns.
                Box::pin(self.rebase()).await?;
            }
        }
        Err(StoreError::Corrupt("bodies are missing".to_owned()).into())
    }

    /// The bodies at these places; none for one that is missing or damaged.
    pub(super) async fn bodies(
        &self,
        locations: &[Location],
    ) -> Result<Vec<Option<String>>, StoreError> {
        let mut wanted: Vec<u64> = locations.iter().map(|at| at.chunk).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let numbers: Vec<StoreKey> = wanted.iter().map(|n| StoreKey::Number(*n)).collect();
        let chunks = self.store.get(Area::Chunks, &numbers).await?;
        let body = |at: &Location| {
            let chunk = chunks
                .get(wanted.binary_search(&at.chunk).ok()?)?
                .as_ref()?;
            log::slice(chunk, *at).map(str::to_owned)
        };
        Ok(locations.iter().map(body).collect())
    }

    /// Decides all pending mutations again on what the server said (rebase), and again if the cache was cleared meanwhile.
    pub(super) async fn rebase(&self) -> Result<(), StoreError> {
        loop {
            let cleared = self.cleared.get();
            let overlay = self.decide_pending().await?;
            if self.cleared.get() == cleared {
                self.inner.borrow_mut().replica.set_overlay(overlay);
                return Ok(());
            }
        }
    }

    async fn decide_pending(&self) -> Result<BTreeMap<Key, Overlaid>, StoreError> {
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
        let mut known = Known::default();
        let mut overlay: BTreeMap<Key, Overlaid> = BTreeMap::new();
        for (seq, command, at) in pending {
            let load = async |key: Key| Ok(self.stored(key).await?.map(|(entity, _)| entity));
            // A rejected mutation has no overlay, and neither has one that only a newer page can read: the server's verdict is
            // awaited.
            let changes = match decide_loading(&command, &actor, &mut known, at, load).await {
                Ok(Ok(changes)) => changes,
                Ok(Err(_)) | Err(ReadError::Newer(_)) => continue,
                Err(ReadError::Store(error)) => return Err(error),
            };
            for entity in changes.puts {
                known.insert(entity.key(), Some(entity.clone()));
                overlay.insert(entity.key(), overlay_of(entity, seq));
            }
        }
        Ok(overlay)
    }
}

fn overlay_of(entity: Entity, seq: u64) -> Overlaid {
    Overlaid {
        summary: Rc::new(entity.summary()),
        entity,
        seq,
    }
}
