//! Loading a list of designations in bounded batches. A list of a province has thousands of rows, and one transaction for all of them would keep
//! everybody else waiting. So the whole difference is written down first (a write-ahead log in `meta`), then one value says that it holds, and
//! only then it is carried out, county by county. Whoever asks the server reads the old list until that value is set and the new one from then
//! on; a device gets each county's at once. What was broken off before that value never held; what was broken off after it is carried out by
//! the next server that leads.

use crate::group_commit::{Write, Writer};
use crate::storage::{Lead, Storage, StorageError};
use domain::designations::Lens;
use domain::{Day, Designation, Entity, Millis, RegionCode, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where `meta` says which load holds, and how far it is carried out.
const LOAD: &str = "designation_load";
/// So many rows share a transaction, or those of one county if they are more.
const BATCH: usize = 200;
/// How long one load waits before it looks again whether the one before is done.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A load that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Load {
    /// Names it; the next one has another.
    id: String,
    /// Who has loaded.
    user: UserId,
    /// How many batches it has.
    batches: usize,
    /// How many of them are carried out.
    done: usize,
}

impl Load {
    fn is_over(&self) -> bool {
        self.done >= self.batches
    }
}

fn batch_key(n: usize) -> String {
    format!("{LOAD}/{n}")
}

/// The load that holds.
async fn load(storage: &dyn Storage) -> Result<Option<Load>, StorageError> {
    let json = storage.meta(LOAD).await?;
    Ok(json.map(|json| serde_json::from_str(&json)).transpose()?)
}

async fn batch(storage: &dyn Storage, n: usize) -> Result<Vec<Designation>, StorageError> {
    let json = storage.meta(&batch_key(n)).await?.unwrap_or_default();
    Ok(serde_json::from_str(&json)?)
}

/// What is loaded, in batches of whole counties: a device that follows a county's board gets its list at once.
fn batches(puts: Vec<Designation>) -> Vec<Vec<Designation>> {
    let mut by_county: BTreeMap<RegionCode, Vec<Designation>> = BTreeMap::new();
    for put in puts {
        by_county.entry(put.region.county()).or_default().push(put);
    }
    let mut out: Vec<Vec<Designation>> = Vec::new();
    for county in by_county.into_values() {
        match out.last_mut() {
            Some(last) if last.len() + county.len() <= BATCH => last.extend(county),
            _ => out.push(county),
        }
    }
    out
}

/// The right to load, for one server at a time; what another one has left is carried out first.
pub(crate) async fn begin(
    storage: &dyn Storage,
    writer: &Writer,
) -> Result<Box<dyn Lead>, StorageError> {
    loop {
        if let Some(lead) = storage.try_lead("load designations").await? {
            carry_out(storage, writer).await?;
            return Ok(lead);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Carries out what was broken off, unless a server is about to.
pub(crate) async fn finish(storage: &dyn Storage, writer: &Writer) -> Result<(), StorageError> {
    if load(storage).await?.is_none_or(|load| load.is_over()) {
        return Ok(());
    }
    if let Some(_lead) = storage.try_lead("load designations").await? {
        carry_out(storage, writer).await?;
    }
    Ok(())
}

/// Writes down what is loaded, lets it hold, and carries it out.
pub(crate) async fn apply(
    storage: &dyn Storage,
    writer: &Writer,
    user: UserId,
    now: Millis,
    puts: Vec<Designation>,
) -> Result<(), StorageError> {
    let batches = batches(puts);
    for (n, batch) in batches.iter().enumerate() {
        storage
            .set_meta(&batch_key(n), &serde_json::to_string(batch)?)
            .await?;
    }
    let before = load(storage).await?.map_or(0, |load| {
        load.id
            .split('-')
            .next_back()
            .map_or(0, |n| n.parse().unwrap_or(0))
    });
    let load = Load {
        id: format!("{}-{}", now.0, before + 1),
        user,
        batches: batches.len(),
        done: 0,
    };
    storage
        .set_meta(LOAD, &serde_json::to_string(&load)?)
        .await?;
    carry_out(storage, writer).await
}

async fn carry_out(storage: &dyn Storage, writer: &Writer) -> Result<(), StorageError> {
    let Some(mut load) = load(storage).await? else {
        return Ok(());
    };
    while !load.is_over() {
        // A batch whose end was not noted is carried out once more: what is there already is left as it is.
        let batch = batch(storage, load.done).await?;
        writer
            .write(Write::Load {
                user: load.user,
                command: "LoadDesignations",
                entities: batch.into_iter().map(Entity::from).collect(),
            })
            .await?;
        load.done += 1;
        storage
            .set_meta(LOAD, &serde_json::to_string(&load)?)
            .await?;
        storage.set_meta(&batch_key(load.done - 1), "[]").await?;
    }
    Ok(())
}

/// What is stored, with what holds and is not carried out yet. Read again where another load began to hold meanwhile.
pub(crate) async fn as_it_holds(
    storage: &dyn Storage,
    inside: Option<RegionCode>,
) -> Result<Vec<Designation>, StorageError> {
    loop {
        let before = load(storage).await?;
        let mut found = crate::designations::stored(storage, inside).await?;
        if let Some(load) = before.as_ref().filter(|load| !load.is_over()) {
            let mut over = HashMap::new();
            for n in load.done..load.batches {
                over.extend(batch(storage, n).await?.into_iter().map(|d| (d.id, d)));
            }
            for one in &mut found {
                if let Some(new) = over.remove(&one.id) {
                    *one = new;
                }
            }
            let is_inside = |d: &Designation| inside.is_none_or(|own| own.contains(d.region));
            found.extend(over.into_values().filter(is_inside));
        }
        // Batches that were carried out meanwhile are in what was read, or are read from the write-ahead log.
        if load(storage).await? == before {
            return Ok(found);
        }
    }
}

/// What a lens is found by: the list, the region in which it was looked for, the day.
type At = (String, RegionCode, Day);

/// Lenses that were looked up since the last load. A list changes some times a year, and each page of needs under a lens asks for it.
#[derive(Debug, Default)]
pub(crate) struct Lenses(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The load they belong to.
    load: Option<String>,
    lenses: HashMap<At, Arc<Lens>>,
}

/// More are forgotten.
const MOST_LENSES: usize = 256;

impl Lenses {
    /// The lens, as the last load has it.
    pub(crate) async fn lens(
        &self,
        storage: &dyn Storage,
        name: &str,
        region: RegionCode,
        on: Day,
    ) -> Result<Arc<Lens>, StorageError> {
        let id = load(storage).await?.map(|load| load.id);
        let at = (name.to_owned(), region, on);
        if id.is_some()
            && let Some(lens) = self.kept(id.as_ref(), &at)
        {
            return Ok(lens);
        }
        let found = crate::designations::lens(storage, name, region, on).await?;
        let lens = Arc::new(found);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.load != id || kept.lenses.len() >= MOST_LENSES {
            *kept = Kept {
                load: id,
                lenses: HashMap::new(),
            };
        }
        kept.lenses.insert(at, Arc::clone(&lens));
        Ok(lens)
    }

    fn kept(&self, id: Option<&String>, at: &At) -> Option<Arc<Lens>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_theirs = kept.load.as_ref() == id;
        kept.lenses.get(at).filter(|_| is_theirs).cloned()
    }
}
