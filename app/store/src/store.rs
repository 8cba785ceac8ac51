//! [`Store`] on IndexedDB: two database connections, opened concurrently and reopened when the browser has closed them.

use crate::error::{Failure, not_opened};
use crate::handle::{Handle, Slot};
use crate::opening::{Missing, Opening, Wanted};
use crate::{cache, durable, marker, transaction};
use indexed_db_futures::database::Database;
use indexed_db_futures::factory::DBFactory;
use std::cell::Cell;
use std::rc::Rc;
use sync::ports::{
    Area, CACHE_FORMAT, Database as Which, Guard, Op, Opened, Store, StoreError, StoreKey,
};
use sync::together::both;

/// A closed connection is replaced at most this often in one operation. One replacement happens in practice; three in a row mean
/// that the browser is shutting down or its storage is broken, and more tries would only drain the battery.
const REOPENINGS: u32 = 3;

/// The store of one person on this device. Each tab has its own; they share the databases.
pub struct IndexedDbStore {
    scope: String,
    durable: Slot,
    cache: Slot,
    /// What [`Store::open`] has found before it failed half-way; the next call returns it.
    untold: Cell<Opened>,
    /// The number that the next entry of the outbox gets, unless another tab appends first.
    next_seq: Cell<Option<u64>>,
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
        }
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
        self.on(area.database(), async |db| {
            transaction::load(db, area).await
        })
        .await
    }

    async fn get(&self, area: Area, keys: &[StoreKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.on(area.database(), async |db| {
            transaction::get(db, area, keys).await
        })
        .await
    }

    async fn write(&self, guard: Option<Guard>, ops: Vec<Op>) -> Result<(), StoreError> {
        // An area of the other database is not found in this one; then the transaction fails and writes nothing.
        let mut areas = guard.iter().map(|g| g.area).chain(ops.iter().map(Op::area));
        let Some(which) = areas.next().map(Area::database) else {
            return Ok(());
        };
        self.on(which, async |db| {
            transaction::write(db, which, guard.as_ref(), &ops).await
        })
        .await
    }

    async fn append(&self, entries: Vec<Vec<u8>>) -> Result<u64, StoreError> {
        let mut likely = self.next_seq.take();
        let first = loop {
            let appended = self.on(Which::Durable, async |db| {
                transaction::append(db, &entries, likely).await
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
