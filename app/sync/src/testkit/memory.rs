//! A fake store in memory for fault injection: its disk survives crashes, loses relaxed writes, and can be cleared or damaged.

use crate::ports::{Area, Database, Guard, NEXT_SEQ, Op, Opened, Store, StoreError, StoreKey};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

type Values = BTreeMap<(Area, StoreKey), Vec<u8>>;

/// The disk: its contents survive a crash.
#[derive(Clone, Debug, Default)]
struct Disk {
    values: Values,
    /// The cache as of the last flush: all that relaxed durability guarantees after a crash.
    flushed_cache: Option<Values>,
    backup: Option<Values>,
    durable_exists: bool,
    cache_exists: bool,
    durable_was_lost: bool,
    /// The durable database was cleared and the store has not been opened since.
    durable_is_gone: bool,
    /// Crash at this many operations from now: before it takes effect, or after it without an answer.
    crash: Option<(u64, Moment)>,
    quota: Option<usize>,
    operations: u64,
}

/// When a crash happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The operation has no effect.
    Before,
    /// The operation takes effect, but its caller gets no answer.
    After,
}

/// A store in memory. Clones share one disk: a clone is what a tab opens after another one has died.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    disk: Rc<RefCell<Disk>>,
}

fn crashed() -> StoreError {
    StoreError::Unavailable("crashed".to_owned())
}

impl MemoryStore {
    /// Crashes at the n-th operation from now (0: the next one). Every later operation fails until [`Self::restart`].
    pub fn crash_in(&self, operations: u64, moment: Moment) {
        self.disk.borrow_mut().crash = Some((operations, moment));
    }

    /// Whether it has crashed.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        matches!(self.disk.borrow().crash, Some((0, Moment::Before)))
            && self.disk.borrow().operations > 0
    }

    /// After a crash: works again. With `torn`, what the cache wrote since the last flush is lost, as relaxed durability
    /// permits; the durable database has everything it ever confirmed.
    pub fn restart(&self, torn: bool) {
        let mut disk = self.disk.borrow_mut();
        disk.crash = None;
        disk.operations = 0;
        if torn {
            disk.values
                .retain(|(area, _), _| area.database() == Database::Durable);
            let flushed = disk.flushed_cache.clone().unwrap_or_default();
            disk.values.extend(flushed);
        }
    }

    /// What the cache holds now reaches the disk.
    pub fn flush(&self) {
        let mut disk = self.disk.borrow_mut();
        let cache = disk.values.iter();
        let cache = cache.filter(|((area, _), _)| area.database() == Database::Cache);
        disk.flushed_cache = Some(cache.map(|(k, v)| (k.clone(), v.clone())).collect());
    }

    /// Makes a backup of the device.
    pub fn back_up(&self) {
        let mut disk = self.disk.borrow_mut();
        disk.backup = Some(disk.values.clone());
    }

    /// Restores the backup: both databases, or only the durable one, are as they were then. False if there is no backup.
    pub fn put_back(&self, durable_only: bool) -> bool {
        let mut disk = self.disk.borrow_mut();
        let Some(backup) = disk.backup.clone() else {
            return false;
        };
        let keeps = |area: Area| durable_only && area.database() == Database::Cache;
        disk.values.retain(|(area, _), _| keeps(*area));
        let back = backup.into_iter().filter(|((area, _), _)| !keeps(*area));
        disk.values.extend(back);
        true
    }

    /// The browser clears a database, also under open tabs: until one of them opens the store again, the durable one is
    /// [`StoreError::Lost`].
    pub fn wipe(&self, database: Database) {
        let mut disk = self.disk.borrow_mut();
        disk.values
            .retain(|(area, _), _| area.database() != database);
        match database {
            Database::Durable => {
                disk.durable_was_lost = disk.durable_exists;
                disk.durable_exists = false;
                disk.durable_is_gone = true;
            }
            Database::Cache => {
                disk.cache_exists = false;
                disk.flushed_cache = None;
            }
        }
    }

    /// Changes a stored value without going through a transaction, as damage does; true if there was a value.
    pub fn damage(&self, area: Area, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut disk = self.disk.borrow_mut();
        let mut found = disk.values.iter_mut().filter(|((a, _), _)| *a == area);
        found.next().map(|(_, value)| change(value)).is_some()
    }

    /// Lets the device have room for this many bytes only.
    pub fn set_quota(&self, bytes: Option<usize>) {
        self.disk.borrow_mut().quota = bytes;
    }

    /// How many bytes are stored.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.disk.borrow().values.values().map(Vec::len).sum()
    }

    /// Runs one operation, unless it is the one that crashes.
    fn run<T>(
        &self,
        operation: impl FnOnce(&mut Disk) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut disk = self.disk.borrow_mut();
        disk.operations += 1;
        match disk.crash {
            Some((0, Moment::Before)) => return Err(crashed()),
            Some((0, Moment::After)) => {
                disk.crash = Some((0, Moment::Before));
                let _lost = operation(&mut disk);
                return Err(crashed());
            }
            Some((n, moment)) => disk.crash = Some((n - 1, moment)),
            None => {}
        }
        operation(&mut disk)
    }
}

impl Disk {
    fn has(&self, area: Area) -> Result<(), StoreError> {
        match area.database() {
            Database::Durable if self.durable_is_gone => Err(StoreError::Lost),
            _ => Ok(()),
        }
    }

    fn change(
        &mut self,
        guard: Option<Guard>,
        change: impl FnOnce(&mut Values),
    ) -> Result<(), StoreError> {
        if let Some(guard) = guard
            && self.values.get(&(guard.area, guard.key)) != guard.value.as_ref()
        {
            return Err(StoreError::Conflict);
        }
        let mut values = self.values.clone();
        change(&mut values);
        let bytes: usize = values.values().map(Vec::len).sum();
        if self.quota.is_some_and(|quota| bytes > quota) {
            return Err(StoreError::Quota);
        }
        self.values = values;
        Ok(())
    }
}

impl Store for MemoryStore {
    async fn open(&self) -> Result<Opened, StoreError> {
        self.run(|disk| {
            let opened = Opened {
                durable_is_new: !disk.durable_exists,
                cache_is_new: !disk.cache_exists,
                durable_was_lost: std::mem::take(&mut disk.durable_was_lost),
            };
            disk.durable_exists = true;
            disk.durable_is_gone = false;
            disk.cache_exists = true;
            Ok(opened)
        })
    }

    async fn load(&self, area: Area) -> Result<Vec<(StoreKey, Vec<u8>)>, StoreError> {
        self.run(|disk| {
            disk.has(area)?;
            let all = disk.values.iter().filter(|((a, _), _)| *a == area);
            Ok(all.map(|((_, k), v)| (k.clone(), v.clone())).collect())
        })
    }

    async fn get(&self, area: Area, keys: &[StoreKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        self.run(|disk| {
            disk.has(area)?;
            let get = |key: &StoreKey| disk.values.get(&(area, key.clone())).cloned();
            Ok(keys.iter().map(get).collect())
        })
    }

    async fn write(&self, guard: Option<Guard>, ops: Vec<Op>) -> Result<(), StoreError> {
        self.run(|disk| {
            for op in &ops {
                disk.has(op.area())?;
            }
            disk.change(guard, |values| {
                for op in ops {
                    match op {
                        Op::Put(area, key, value) => {
                            values.insert((area, key), value);
                        }
                        Op::Delete(area, key) => {
                            values.remove(&(area, key));
                        }
                        Op::Clear(area) => values.retain(|(a, _), _| *a != area),
                    }
                }
            })
        })
    }

    async fn append(&self, entries: Vec<Vec<u8>>) -> Result<u64, StoreError> {
        self.run(|disk| {
            disk.has(Area::Outbox)?;
            let at = (Area::Identity, StoreKey::from(NEXT_SEQ));
            let first = match disk.values.get(&at) {
                None => 1,
                Some(digits) => std::str::from_utf8(digits)
                    .ok()
                    .and_then(|d| d.parse::<u64>().ok())
                    .ok_or_else(|| StoreError::Corrupt("next_seq".to_owned()))?,
            };
            disk.change(None, |values| {
                let next = first + entries.len() as u64;
                for (seq, entry) in (first..).zip(entries) {
                    values.insert((Area::Outbox, seq.into()), entry);
                }
                values.insert(at, next.to_string().into_bytes());
            })?;
            Ok(first)
        })
    }
}
