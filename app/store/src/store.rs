//! [`Store`] on IndexedDB: two database connections, opened concurrently and reopened when the browser has closed them.

use crate::cipher::{Cipher, is_sealed_place};
use crate::error::{Failure, not_opened};
use crate::handle::{Handle, Slot};
use crate::opening::{Missing, Opening, Wanted};
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
    /// Whether new values are sealed: not while the PIN is being turned off.
    seals: Cell<bool>,
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
            seals: Cell::new(false),
        }
    }

    /// The same for a person who has a PIN on this device, which was right.
    #[must_use]
    pub fn sealed(scope: &str, cipher: Cipher) -> Self {
        let store = Self::new(scope);
        *store.cipher.borrow_mut() = Some(cipher);
        store.seals.set(true);
        store
    }

    fn cipher(&self) -> Option<Cipher> {
        self.cipher.borrow().clone()
    }

    /// Whether what is written now is sealed.
    #[must_use]
    pub fn seals(&self) -> bool {
        self.seals.get()
    }

    /// From now on everything is sealed, and what is there already, too. May be broken off at any time: what is sealed and what is not can
    /// both be read, and the next start goes on.
    ///
    /// # Errors
    /// What the browser says; calling it again goes on.
    pub async fn seal_everything(&self, cipher: Cipher) -> Result<(), StoreError> {
        *self.cipher.borrow_mut() = Some(cipher);
        self.seals.set(true);
        self.convert(true).await
    }

    /// From now on nothing is sealed, what is there is unsealed, and then the PIN is gone. May be broken off at any time.
    ///
    /// # Errors
    /// What the browser says; calling it again goes on.
    pub async fn unseal_everything(&self) -> Result<(), StoreError> {
        pin::leave(&self.scope).await?;
        self.seals.set(false);
        self.convert(false).await?;
        pin::remove(&self.scope).await
    }

    /// Goes on with what was broken off: sealing the rest, or unsealing it.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn go_on_sealing(&self) -> Result<(), StoreError> {
        if self.cipher.borrow().is_none() {
            return Ok(());
        }
        if pin::is_leaving(&self.scope).await? {
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
                self.on(area.database(), async |db| {
                    transaction::replace(db, area, &replaced).await
                })
                .await?;
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
    async fn sealed_ops(&self, ops: Vec<Op>) -> Result<Vec<Op>, StoreError> {
        let cipher = self.cipher().filter(|_| self.seals.get());
        let Some(cipher) = cipher else {
            return Ok(ops);
        };
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
        &self,
        from: u64,
        entries: &[Vec<u8>],
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let Some(cipher) = self.cipher() else {
            return Ok(entries.to_vec());
        };
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
        // Sealing takes its time before the transaction, in which nothing else may be awaited.
        let ops = self.sealed_ops(ops).await?;
        self.on(which, async |db| {
            transaction::write(db, which, guard.as_ref(), &ops).await
        })
        .await
    }

    async fn append(&self, entries: Vec<Vec<u8>>) -> Result<u64, StoreError> {
        let mut likely = self.next_seq.take();
        let first = loop {
            // A sealed entry is bound to its number, so the number is known first; if it was taken meanwhile, it is sealed again.
            let sealed = if self.seals.get() {
                let from = match likely {
                    Some(from) => from,
                    None => self.stored_next_seq().await?,
                };
                likely = Some(from);
                Some(self.sealed_entries(from, &entries).await?)
            } else {
                None
            };
            let written = sealed.as_ref().unwrap_or(&entries);
            let appended = self.on(Which::Durable, async |db| {
                transaction::append(db, written, likely).await
            });
            match appended.await? {
                Some(first) => break first,
                // Another tab has appended meanwhile: the next try reads the number first.
                None => likely = None,
            }
        };
        self.next_seq.set(Some(first + entries.len() as u64));
        Ok(first)
    }
}
