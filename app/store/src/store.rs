//! [`Store`] on IndexedDB: two database connections, opened concurrently and reopened when the browser has closed them.

use crate::cipher::{Cipher, is_sealed_place};
use crate::error::{Failure, not_opened};
use crate::handle::{Handle, Slot};
use crate::opening::{Missing, Opening, Wanted};
use crate::sealing::{self, SEALED_WITH};
use crate::transaction::Appended;
use crate::{cache, cipher, durable, marker, pin, transaction};
use indexed_db_futures::database::Database;
use indexed_db_futures::factory::DBFactory;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use sync::ports::{
    Area, CACHE_FORMAT, Database as Which, Guard, NEXT_SEQ, Op, Opened, Store, StoreError, StoreKey,
};
use sync::together::both;

/// A closed connection is replaced at most this often in one operation. One replacement happens in practice; three in a row mean
/// that the browser is shutting down or its storage is broken, and more tries would only drain the battery.
const REOPENINGS: u32 = 3;

/// So many values are sealed or unsealed in one transaction.
const CONVERTED_AT_ONCE: usize = 50;

/// The store of one person on this device. Each tab has its own; they share the databases.
pub struct IndexedDbStore {
    scope: String,
    durable: Slot,
    cache: Slot,
    /// What [`Store::open`] has found before it failed half-way; the next call returns it.
    untold: Cell<Opened>,
    /// The number that the next entry of the outbox gets, unless another tab appends first.
    next_seq: Cell<Option<u64>>,
    /// What values are sealed with, if this person has a PIN on this device.
    cipher: RefCell<Option<Cipher>>,
    /// Whether the key counts in the durable database and in the cache, as far as this tab knows. Each transaction looks again.
    counts: [Cell<Counts>; 2],
}

/// Whether this tab's key is the one that new values are sealed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Counts {
    /// Nobody has looked.
    #[default]
    Unknown,
    /// It is.
    Yes,
    /// It is not: the PIN was taken off, perhaps in another tab.
    No,
}

impl IndexedDbStore {
    /// A store for the person with this id. Nothing is touched until it is opened.
    #[must_use]
    pub fn new(scope: &str) -> Self {
        Self {
            scope: scope.to_owned(),
            durable: Slot::default(),
            cache: Slot::default(),
            untold: Cell::default(),
            next_seq: Cell::new(None),
            cipher: RefCell::new(None),
            counts: Default::default(),
        }
    }

    /// The same for a person who has a PIN on this device, which was right.
    #[must_use]
    pub fn sealed(scope: &str, cipher: Cipher) -> Self {
        let store = Self::new(scope);
        *store.cipher.borrow_mut() = Some(cipher);
        store
    }

    fn cipher(&self) -> Option<Cipher> {
        self.cipher.borrow().clone()
    }

    /// Whether what is written now is sealed.
    #[must_use]
    pub fn seals(&self) -> bool {
        self.cipher.borrow().is_some() && self.counts_in(Which::Durable).get() != Counts::No
    }

    fn counts_in(&self, which: Which) -> &Cell<Counts> {
        let [durable, cache] = &self.counts;
        match which {
            Which::Durable => durable,
            Which::Cache => cache,
        }
    }

    /// What new values of a database are sealed with; none if they are not. A cache that was made anew says nothing yet, and asks the
    /// durable database.
    async fn sealing(&self, which: Which) -> Result<Option<Cipher>, StoreError> {
        let Some(cipher) = self.cipher() else {
            return Ok(None);
        };
        if self.counts_in(which).get() == Counts::Unknown {
            self.begins(Which::Durable, &cipher).await?;
            match self.counts_in(Which::Durable).get() {
                Counts::Yes if which == Which::Cache => self.begins(which, &cipher).await?,
                counts => self.counts_in(which).set(counts),
            }
        }
        let counts = [Which::Durable, which].map(|which| self.counts_in(which).get());
        Ok(Some(cipher).filter(|_| counts == [Counts::Yes; 2]))
    }

    async fn begins(&self, which: Which, cipher: &Cipher) -> Result<(), StoreError> {
        let mark = self
            .on(which, async |db| {
                transaction::change_mark(db, which, |mark| mark.begin(cipher.name())).await
            })
            .await?;
        let counts = if mark.is(cipher.name()) {
            Counts::Yes
        } else {
            Counts::No
        };
        self.counts_in(which).set(counts);
        Ok(())
    }

    /// A transaction has found that the key does not count any more.
    fn look_again(&self) {
        for counts in &self.counts {
            counts.set(Counts::Unknown);
        }
    }

    /// From now on everything is sealed, and what is there already, too. May be broken off at any time: what is sealed and what is not can
    /// both be read, and the next start goes on.
    ///
    /// # Errors
    /// What the browser says; calling it again goes on.
    pub async fn seal_everything(&self, cipher: Cipher) -> Result<(), StoreError> {
        *self.cipher.borrow_mut() = Some(cipher);
        self.look_again();
        if self.sealing(Which::Durable).await?.is_none() {
            // Another tab has taken it off since it was set.
            return Err(StoreError::Conflict);
        }
        self.convert(true).await
    }

    /// From now on nothing is sealed, in no tab, what is there is unsealed, and then the PIN is gone. May be broken off at any time.
    ///
    /// # Errors
    /// What the browser says; calling it again goes on. [`StoreError::Conflict`] where the PIN is not this tab's any more.
    pub async fn unseal_everything(&self) -> Result<(), StoreError> {
        let cipher = self.cipher().ok_or(StoreError::Conflict)?;
        pin::leave(&self.scope, cipher.name()).await?;
        // Both databases say so before anything is unsealed: what a tab writes from here on is not sealed, and what was sealed is there.
        for which in [Which::Durable, Which::Cache] {
            self.on(which, async |db| {
                transaction::change_mark(db, which, |mark| mark.end(cipher.name())).await
            })
            .await?;
            self.counts_in(which).set(Counts::No);
        }
        self.convert(false).await?;
        pin::remove(&self.scope, cipher.name()).await
    }

    /// Ends what was broken off while the PIN was being taken off, before another one is set.
    ///
    /// # Errors
    /// What the browser says; calling it again goes on.
    pub async fn finish_unsealing(&self) -> Result<(), StoreError> {
        match self.cipher() {
            Some(cipher) if pin::is_leaving(&self.scope, cipher.name()).await? => {
                self.unseal_everything().await
            }
            _ => Ok(()),
        }
    }

    /// Goes on with what was broken off: sealing the rest, or unsealing it.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn go_on_sealing(&self) -> Result<(), StoreError> {
        let Some(cipher) = self.cipher() else {
            return Ok(());
        };
        if pin::is_leaving(&self.scope, cipher.name()).await? {
            self.unseal_everything().await
        } else {
            self.convert(true).await
        }
    }

    /// Seals or unseals what is stored, some values at a time. A value that is written meanwhile stays as it was written.
    async fn convert(&self, seal: bool) -> Result<(), StoreError> {
        let Some(cipher) = self.cipher() else {
            return Ok(());
        };
        for area in Area::ALL {
            if seal && self.sealing(area.database()).await?.is_none() {
                return Ok(());
            }
            let sealed_with = seal.then(|| cipher.name());
            let stored = self
                .on(area.database(), async |db| {
                    transaction::load(db, area).await
                })
                .await?;
            let differ: Vec<(StoreKey, Vec<u8>)> = stored
                .into_iter()
                .filter(|(key, value)| {
                    is_sealed_place(area, key) && cipher::is_sealed(value) != seal
                })
                .collect();
            for some in differ.chunks(CONVERTED_AT_ONCE) {
                let new = if seal {
                    let plain = some
                        .iter()
                        .map(|(key, value)| (area, key.clone(), value.clone()));
                    cipher.seal(plain.collect()).await?
                } else {
                    let mut values = some.to_vec();
                    cipher.unseal(area, &mut values).await?;
                    values.into_iter().map(|(_, value)| value).collect()
                };
                let both = some.iter().zip(new);
                let replaced: Vec<(StoreKey, Vec<u8>, Vec<u8>)> = both
                    .map(|((key, old), new)| (key.clone(), old.clone(), new))
                    .collect();
                let done = self.on(area.database(), async |db| {
                    transaction::replace(db, area, &replaced, sealed_with).await
                });
                if !done.await? {
                    // The PIN was taken off meanwhile, and everything is being unsealed.
                    self.look_again();
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Unseals what was read. Sealed values without a key belong to somebody who has a PIN and has not said it.
    async fn opened(
        &self,
        area: Area,
        values: &mut [(StoreKey, Vec<u8>)],
    ) -> Result<(), StoreError> {
        match self.cipher() {
            Some(cipher) => cipher.unseal(area, values).await,
            None if values.iter().any(|(_, value)| cipher::is_sealed(value)) => {
                Err(StoreError::Unavailable("sealed by a PIN".to_owned()))
            }
            None => Ok(()),
        }
    }

    /// Seals what is to be written.
    async fn sealed_ops(cipher: &Cipher, ops: Vec<Op>) -> Result<Vec<Op>, StoreError> {
        let wanted = |op: &Op| matches!(op, Op::Put(area, key, _) if is_sealed_place(*area, key));
        let plain = ops
            .iter()
            .filter(|op| wanted(op))
            .filter_map(|op| match op {
                Op::Put(area, key, value) => Some((*area, key.clone(), value.clone())),
                Op::Delete(..) | Op::Clear(_) => None,
            });
        let mut sealed = cipher.seal(plain.collect()).await?.into_iter();
        Ok(ops
            .into_iter()
            .map(|op| match op {
                Op::Put(area, key, value) if is_sealed_place(area, &key) => {
                    let value = sealed.next().unwrap_or(value);
                    Op::Put(area, key, value)
                }
                op => op,
            })
            .collect())
    }

    /// Entries of the outbox, sealed for the numbers from this one on.
    async fn sealed_entries(
        cipher: &Cipher,
        from: u64,
        entries: &[Vec<u8>],
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let numbered = (from..).zip(entries);
        let plain = numbered.map(|(seq, entry)| (Area::Outbox, seq.into(), entry.clone()));
        cipher.seal(plain.collect()).await
    }

    /// The number that the next entry of the outbox gets, as it is stored.
    async fn stored_next_seq(&self) -> Result<u64, StoreError> {
        let key = [StoreKey::from(NEXT_SEQ)];
        let found = self.get(Area::Identity, &key).await?.pop().flatten();
        let digits = found.unwrap_or_else(|| b"1".to_vec());
        let number = std::str::from_utf8(&digits)
            .ok()
            .and_then(|t| t.parse().ok());
        number.ok_or_else(|| StoreError::Corrupt(NEXT_SEQ.to_owned()))
    }

    fn slot(&self, which: Which) -> &Slot {
        match which {
            Which::Durable => &self.durable,
            Which::Cache => &self.cache,
        }
    }

    fn wanted(&self, which: Which, missing: Missing) -> Wanted {
        match which {
            Which::Durable => Wanted {
                name: durable::name(&self.scope),
                version: durable::VERSION,
                create: durable::create,
                missing,
            },
            Which::Cache => Wanted {
                name: cache::name(CACHE_FORMAT, &self.scope),
                version: cache::VERSION,
                create: cache::create,
                missing,
            },
        }
    }

    /// Opens the databases that are not open yet, concurrently; returns for each whether it is new.
    async fn open_both(
        &self,
        factory: &DBFactory,
        missing: Missing,
    ) -> [Result<bool, StoreError>; 2] {
        let start = |which| {
            if self.slot(which).get().is_some() {
                return Ok(None);
            }
            Opening::start(factory, self.wanted(which, missing)).map(Some)
        };
        let (durable, cache) = (start(Which::Durable), start(Which::Cache));
        let (durable, cache) = both(
            self.finish(durable, Which::Durable),
            self.finish(cache, Which::Cache),
        )
        .await;
        [durable, cache]
    }

    /// Keeps the handle; true if the database is new.
    async fn finish(
        &self,
        opening: Result<Option<Opening>, StoreError>,
        which: Which,
    ) -> Result<bool, StoreError> {
        let Some(opening) = opening? else {
            return Ok(false);
        };
        let opened = opening.finish().await?;
        Ok(opened.is_some_and(|(db, is_new)| {
            self.slot(which).set(Rc::new(Handle::new(db)));
            is_new
        }))
    }

    /// An open connection. A lost cache is created again, and the engine fills it. A lost durable database is not: numbers from 1 again
    /// under the same client would be taken for old ones, so the engine is told and opens the store again.
    async fn handle(&self, which: Which) -> Result<Rc<Handle>, StoreError> {
        if let Some(handle) = self.slot(which).get() {
            return Ok(handle);
        }
        let missing = match which {
            Which::Durable => Missing::Leave,
            Which::Cache => Missing::Create,
        };
        let factory = DBFactory::new().map_err(not_opened)?;
        let opening = Opening::start(&factory, self.wanted(which, missing))?;
        let (db, _) = opening.finish().await?.ok_or(StoreError::Lost)?;
        let handle = Rc::new(Handle::new(db));
        self.slot(which).set(handle.clone());
        Ok(handle)
    }

    /// Runs one transaction. On a closed connection it has written nothing, so it runs again on a new one.
    async fn on<T>(
        &self,
        which: Which,
        work: impl AsyncFn(&Database) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let mut reopened = 0;
        loop {
            let handle = self.handle(which).await?;
            match work(handle.db()).await {
                Ok(value) => return Ok(value),
                Err(Failure::Told(error)) => return Err(error),
                Err(Failure::Dead(said)) => {
                    self.slot(which).drop_if(&handle);
                    if reopened == REOPENINGS {
                        return Err(StoreError::Unavailable(said));
                    }
                    reopened += 1;
                }
            }
        }
    }
}

impl Store for IndexedDbStore {
    async fn open(&self) -> Result<Opened, StoreError> {
        let factory = DBFactory::new().map_err(not_opened)?;
        transaction::commit_everywhere();
        // Existing databases open while `databases()` still runs, which saves time at each start after the first. Missing ones
        // are created only when its list contains no cache of a newer format.
        let present = async {
            if marker::is_set(&self.scope) {
                // A failed opening is repeated below, where its error is returned.
                drop(self.open_both(&factory, Missing::Leave).await);
            }
        };
        let (names, ()) = both(cache::listed(&factory), present).await;
        if let Some(found) = names.as_deref().and_then(|n| cache::newer(n, &self.scope)) {
            self.durable.clear();
            self.cache.clear();
            return Err(StoreError::SchemaTooNew {
                found,
                known: CACHE_FORMAT,
            });
        }
        let [durable, cache] = self.open_both(&factory, Missing::Create).await;
        let mut untold = self.untold.get();
        if durable == Ok(true) {
            untold.durable_is_new = true;
            untold.durable_was_lost |= marker::is_set(&self.scope);
            marker::set(&self.scope);
        }
        untold.cache_is_new |= cache == Ok(true);
        self.untold.set(untold);
        durable?;
        cache?;
        cache::remove_without_waiting(&factory, &cache::older(names.as_deref(), &self.scope));
        Ok(self.untold.take())
    }

    async fn load(&self, area: Area) -> Result<Vec<(StoreKey, Vec<u8>)>, StoreError> {
        let mut loaded = self
            .on(area.database(), async |db| {
                transaction::load(db, area).await
            })
            .await?;
        if sealing::area(area.database()) == area {
            loaded.retain(|(key, _)| *key != StoreKey::from(SEALED_WITH));
        }
        self.opened(area, &mut loaded).await?;
        Ok(loaded)
    }

    async fn get(&self, area: Area, keys: &[StoreKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = self
            .on(area.database(), async |db| {
                transaction::get(db, area, keys).await
            })
            .await?;
        if !found.iter().flatten().any(|value| cipher::is_sealed(value)) {
            return Ok(found);
        }
        let mut values: Vec<(StoreKey, Vec<u8>)> = keys
            .iter()
            .cloned()
            .zip(found.iter().map(|value| value.clone().unwrap_or_default()))
            .collect();
        self.opened(area, &mut values).await?;
        let values = values.into_iter().zip(found);
        Ok(values
            .map(|((_, value), found)| found.map(|_| value))
            .collect())
    }

    async fn write(&self, guard: Option<Guard>, ops: Vec<Op>) -> Result<(), StoreError> {
        // An area of the other database is not found in this one; then the transaction fails and writes nothing.
        let mut areas = guard.iter().map(|g| g.area).chain(ops.iter().map(Op::area));
        let Some(which) = areas.next().map(Area::database) else {
            return Ok(());
        };
        loop {
            // Sealing takes its time before the transaction, in which nothing else may be awaited.
            let cipher = self.sealing(which).await?;
            let sealed = match &cipher {
                Some(cipher) => Some(Self::sealed_ops(cipher, ops.clone()).await?),
                None => None,
            };
            let written = sealed.as_ref().unwrap_or(&ops);
            let name = cipher.as_ref().map(Cipher::name);
            let done = self.on(which, async |db| {
                transaction::write(db, which, guard.as_ref(), written, name).await
            });
            if done.await? {
                return Ok(());
            }
            self.look_again();
        }
    }

    async fn append(&self, entries: Vec<Vec<u8>>) -> Result<u64, StoreError> {
        let mut likely = self.next_seq.take();
        let first = loop {
            // A sealed entry is bound to its number, so the number is known first; if it was taken meanwhile, it is sealed again.
            let cipher = self.sealing(Which::Durable).await?;
            let sealed = if let Some(cipher) = &cipher {
                let from = match likely {
                    Some(from) => from,
                    None => self.stored_next_seq().await?,
                };
                likely = Some(from);
                Some(Self::sealed_entries(cipher, from, &entries).await?)
            } else {
                None
            };
            let written = sealed.as_ref().unwrap_or(&entries);
            let appended = self.on(Which::Durable, async |db| {
                let name = cipher.as_ref().map(Cipher::name);
                transaction::append(db, written, likely, name).await
            });
            match appended.await? {
                Appended::From(first) => break first,
                // Another tab has appended meanwhile: the next try reads the number first.
                Appended::Taken => likely = None,
                Appended::KeyEnded => self.look_again(),
            }
        };
        self.next_seq.set(Some(first + entries.len() as u64));
        Ok(first)
    }
}
