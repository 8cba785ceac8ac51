//! What a device knows: the rows of its feeds, where each feed was read to, and what of its own is still pending.
//! A value without I/O: it plans writes and is told when they are done.

use crate::key_hash::ByKey;
use crate::log::{self, Location, Packer, Record, Segment};
use crate::ports::{Area, Guard, Op, StoreError, StoreKey};
use crate::summary::Summary;
use crate::wire::{Cursor, ExchangeAnswer, FeedPage};
use domain::library::{Query, words};
use domain::{ClientId, Day, Entity, EntityKind, Feed, Head, Key, Millis, Table, View};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The key of the cache's state in [`Area::State`].
const STATE: &str = "state";
/// More segments than this are compacted: every answer with news adds one.
const MAX_SEGMENTS: u64 = 200;
/// Less garbage than this is never worth a compaction.
const MIN_GARBAGE_BYTES: u64 = 512 * 1024;

/// Where the cache stands. Written in the same transaction as the rows it speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheState {
    /// Whose cache this is.
    pub client: Option<ClientId>,
    /// The server's epoch.
    pub epoch: String,
    /// How far each feed was read.
    pub cursors: Table<Feed, Cursor>,
    /// All own mutations up to this number are contained in the rows, or were refused.
    pub covered: u64,
    /// The last time the server answered, by the server's clock.
    pub last_contact: Millis,
    /// Whether every feed was complete at that time.
    pub complete: bool,
    /// Private data that this person may not see any more still lies in the chunks: the next compaction removes it.
    purge: bool,
    /// The next chunk's number.
    next_chunk: u64,
    /// The next segment's number.
    next_segment: u64,
    /// The first segment that is still there.
    first_segment: u64,
    /// Bytes of all bodies ever packed since the last compaction.
    packed_bytes: u64,
}

/// What one feed says of an entity, in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Placed {
    feed: Feed,
    ver: u64,
    view: View,
    body: Location,
}

/// An entity that is known through at least one feed.
#[derive(Debug)]
struct Item {
    key: Key,
    placed: Vec<Placed>,
    head: Option<Summary>,
    haystack: OnceCell<Box<str>>,
}

impl Item {
    /// The fullest view counts; feeds of one answer are of one moment.
    fn best(&self) -> Option<&Placed> {
        self.placed.iter().max_by_key(|p| p.view)
    }
}

/// A change of one's own that is not yet in the rows.
#[derive(Clone, Debug)]
pub struct Overlaid {
    /// The entity as it will be if the server agrees.
    pub entity: Entity,
    /// Its summary.
    pub head: Option<Rc<Head>>,
    /// The mutation that touched it last.
    pub seq: u64,
}

/// A line of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which entity.
    pub key: Key,
    /// Its summary.
    pub head: Rc<Head>,
    /// The number of the last own mutation that is not yet confirmed, if there is one.
    pub pending: Option<u64>,
}

/// What a query finds: among the rows, or among own changes with the number of the last one.
#[derive(Clone, Copy)]
enum Found<'a> {
    Stored(&'a Summary),
    Own(&'a Rc<Head>, u64),
}

impl Found<'_> {
    fn outline(&self) -> &Head {
        match self {
            Self::Stored(summary) => summary.outline(),
            Self::Own(head, _) => head,
        }
    }

    fn listed(self, key: Key) -> Listed {
        let (head, pending) = match self {
            Self::Stored(summary) => (summary.whole(), None),
            Self::Own(head, seq) => (head, Some(seq)),
        };
        Listed {
            key,
            head: Rc::clone(head),
            pending,
        }
    }
}

/// What an answer will change once it is written.
#[derive(Debug)]
pub struct Plan {
    /// What must still hold when it is written.
    pub guard: Guard,
    /// What to write, in one transaction.
    pub ops: Vec<Op>,
    /// What to tell the replica when that is done.
    pub news: News,
}

/// What a replica knows more when a plan has been written.
#[derive(Debug)]
pub struct News {
    state: CacheState,
    stored_state: Vec<u8>,
    segment: Segment,
}

/// Everything a device knows.
#[derive(Debug, Default)]
pub struct Replica {
    state: CacheState,
    stored_state: Option<Vec<u8>>,
    items: Vec<Item>,
    index: HashMap<Key, usize, ByKey>,
    live_bytes: u64,
    overlay: Table<Key, Overlaid>,
    version: u64,
}

fn corrupt(what: &str) -> impl Fn(postcard::Error) -> StoreError + '_ {
    move |e| StoreError::Corrupt(format!("{what}: {e}"))
}

impl Replica {
    /// Reads what the cache holds.
    pub fn read(
        state: Option<Vec<u8>>,
        segments: &[(StoreKey, Vec<u8>)],
    ) -> Result<Self, StoreError> {
        let mut replica = Self::default();
        if let Some(bytes) = &state {
            replica.state = postcard::from_bytes(bytes).map_err(corrupt("state"))?;
        } else if !segments.is_empty() {
            return Err(StoreError::Corrupt("segments without a state".to_owned()));
        }
        replica.stored_state = state;
        let expected = replica.state.first_segment..replica.state.next_segment;
        if segments.len() as u64 != expected.end - expected.start {
            return Err(StoreError::Corrupt("segments are missing".to_owned()));
        }
        for ((key, bytes), number) in segments.iter().zip(expected) {
            if *key != StoreKey::Number(number) {
                return Err(StoreError::Corrupt(format!("segment {number} is missing")));
            }
            let segment = log::read_segment(bytes).map_err(corrupt("segment"))?;
            replica.apply(segment);
        }
        Ok(replica)
    }

    /// The key under which the state lies.
    #[must_use]
    pub fn state_key() -> StoreKey {
        StoreKey::from(STATE)
    }

    /// Where the cache stands.
    #[must_use]
    pub fn state(&self) -> &CacheState {
        &self.state
    }

    /// Whether what the store holds is what this replica was read from or last wrote.
    #[must_use]
    pub fn is_current(&self, stored_state: Option<&[u8]>) -> bool {
        self.stored_state.as_deref() == stored_state
    }

    /// A number that grows with every change a list could show.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    fn guard(&self) -> Guard {
        Guard {
            area: Area::State,
            key: Self::state_key(),
            value: self.stored_state.clone(),
        }
    }

    /// Plans what an answer changes. Rows that this version cannot read are left out.
    /// `client` is who asked; a cache of another client starts anew.
    pub fn plan(&self, client: ClientId, answer: &ExchangeAnswer) -> Result<Plan, StoreError> {
        let (mut state, mut forget, pages) = self.read_on(client, answer);
        let mut packer = Packer::new(state.next_chunk);
        let mut records = Vec::with_capacity(pages.iter().map(|page| page.rows.len()).sum());
        for page in pages {
            read_rows(page, &mut packer, &mut records);
        }
        forget.sort_unstable();
        forget.dedup();
        state.purge |= !forget.is_empty() || records.iter().any(|r| self.loses_full_view(r));
        let (chunks, next_chunk) = packer.finish();
        let segments = log::pack_segments(&forget, &records).map_err(corrupt("packing"))?;

        let mut ops: Vec<Op> = Vec::with_capacity(chunks.len() + segments.len() + 1);
        for (number, bytes) in chunks {
            state.packed_bytes += bytes.len() as u64;
            ops.push(Op::Put(Area::Chunks, number.into(), bytes));
        }
        state.next_chunk = next_chunk;
        for bytes in segments {
            ops.push(Op::Put(Area::Segments, state.next_segment.into(), bytes));
            state.next_segment += 1;
        }
        state.complete = !answer.more && answer.feeds.iter().all(|f| f.complete);
        if state.complete && answer.stop.is_none() {
            state.covered = state.covered.max(answer.last_seq);
        }
        state.last_contact = state.last_contact.max(answer.server_time);
        self.planned(ops, state, Segment { forget, records })
    }

    /// Where an answer moves the cursors, what it makes void, and which of its pages are news.
    fn read_on<'a>(
        &self,
        client: ClientId,
        answer: &'a ExchangeAnswer,
    ) -> (CacheState, Vec<Feed>, Vec<&'a FeedPage>) {
        let mut state = self.state.clone();
        let mut forget: Vec<Feed> = Vec::new();
        let mut pages = Vec::with_capacity(answer.feeds.len());
        if state.epoch != answer.epoch {
            forget.extend(state.cursors.keys().copied());
            state.cursors.clear();
            state.epoch.clone_from(&answer.epoch);
        }
        if state.client != Some(client) {
            state.client = Some(client);
            state.covered = 0;
        }
        for feed in &answer.drop {
            if state.cursors.remove(feed).is_some() {
                forget.push(*feed);
            }
        }
        for page in &answer.feeds {
            let known = state.cursors.get(&page.feed);
            let backwards = known.is_some_and(|k| !page.cursor.covers(k));
            if backwards && !page.reset {
                // A late answer. A feed never goes backwards.
                continue;
            }
            if page.reset && known.is_some() {
                forget.push(page.feed);
            }
            state.cursors.insert(page.feed, page.cursor.clone());
            pages.push(page);
        }
        (state, forget, pages)
    }

    /// Where the cache will stand when this answer has been written: what the next request can start from meanwhile.
    #[must_use]
    pub fn state_after(&self, client: ClientId, answer: &ExchangeAnswer) -> CacheState {
        self.read_on(client, answer).0
    }

    /// A plan whose last write is the state, guarded by the state as it is now.
    fn planned(
        &self,
        mut ops: Vec<Op>,
        state: CacheState,
        segment: Segment,
    ) -> Result<Plan, StoreError> {
        let stored_state = postcard::to_allocvec(&state).map_err(corrupt("state"))?;
        let put = Op::Put(Area::State, Self::state_key(), stored_state.clone());
        ops.push(put);
        Ok(Plan {
            guard: self.guard(),
            ops,
            news: News {
                state,
                stored_state,
                segment,
            },
        })
    }

    /// Whether a plan changes nothing but the time of the last contact, and that by less than `ms`: not worth a write.
    #[must_use]
    pub fn is_only_contact(&self, plan: &Plan, ms: i64) -> bool {
        let News { state, segment, .. } = &plan.news;
        let mut state = state.clone();
        let passed = state.last_contact.since(self.state.last_contact);
        state.last_contact = self.state.last_contact;
        state == self.state
            && passed < ms
            && segment.forget.is_empty()
            && segment.records.is_empty()
    }

    /// The plan has been written.
    pub fn commit(&mut self, news: News) {
        self.stored_state = Some(news.stored_state);
        self.state = news.state;
        self.apply(news.segment);
    }

    fn apply(&mut self, segment: Segment) {
        if !segment.forget.is_empty() || !segment.records.is_empty() {
            self.version += 1;
        }
        if !segment.forget.is_empty() {
            self.forget(&segment.forget);
        }
        for record in segment.records {
            self.apply_record(record);
        }
    }

    fn forget(&mut self, feeds: &[Feed]) {
        let mut at = 0;
        while let Some(item) = self.items.get_mut(at) {
            let before: u64 = bytes_of(&item.placed);
            item.placed.retain(|p| !feeds.contains(&p.feed));
            self.live_bytes -= before - bytes_of(&item.placed);
            if item.placed.is_empty() {
                self.remove_item(at);
            } else {
                at += 1;
            }
        }
    }

    fn remove_item(&mut self, at: usize) {
        let gone = self.items.swap_remove(at);
        self.index.remove(&gone.key);
        if let Some(moved) = self.items.get(at) {
            self.index.insert(moved.key, at);
        }
    }

    fn apply_record(&mut self, record: Record) {
        let at = self.index.get(&record.key).copied();
        let Some(body) = record.body.filter(|_| record.view != View::Gone) else {
            if let Some(at) = at
                && let Some(item) = self.items.get_mut(at)
            {
                let before = bytes_of(&item.placed);
                item.placed.retain(|p| p.feed != record.feed);
                self.live_bytes -= before - bytes_of(&item.placed);
                if item.placed.is_empty() {
                    self.remove_item(at);
                }
            }
            return;
        };
        let placed = Placed {
            feed: record.feed,
            ver: record.ver,
            view: record.view,
            body,
        };
        let at = at.unwrap_or_else(|| {
            self.items.push(Item {
                key: record.key,
                placed: Vec::with_capacity(1),
                head: None,
                haystack: OnceCell::new(),
            });
            self.index.insert(record.key, self.items.len() - 1);
            self.items.len() - 1
        });
        let Some(item) = self.items.get_mut(at) else {
            return;
        };
        self.live_bytes += u64::from(body.len);
        match item.placed.iter_mut().find(|p| p.feed == record.feed) {
            Some(old) => {
                self.live_bytes -= u64::from(old.body.len);
                *old = placed;
            }
            None => item.placed.push(placed),
        }
        item.head = record.head;
        item.haystack = OnceCell::new();
    }

    /// Whether a record takes away the full view of an entity that a feed has shown.
    fn loses_full_view(&self, record: &Record) -> bool {
        let item = self
            .index
            .get(&record.key)
            .and_then(|at| self.items.get(*at));
        record.view != View::Full
            && item.is_some_and(|i| {
                i.placed
                    .iter()
                    .any(|p| p.feed == record.feed && p.view == View::Full)
            })
    }

    /// Whether rewriting what lives would free a good part of the cache. What may not be seen any more must leave the
    /// disk at once.
    #[must_use]
    pub fn wants_compaction(&self) -> bool {
        let garbage = self.state.packed_bytes.saturating_sub(self.live_bytes);
        self.state.purge
            || self.state.next_segment - self.state.first_segment > MAX_SEGMENTS
            || (garbage > MIN_GARBAGE_BYTES && garbage > self.live_bytes)
    }

    /// Plans to write everything that lives anew and to remove the rest. `chunks` are all chunks.
    pub fn plan_compaction(&self, chunks: &[(StoreKey, Vec<u8>)]) -> Result<Plan, StoreError> {
        let chunk = |n: u64| {
            chunks
                .binary_search_by(|(key, _)| key.cmp(&StoreKey::Number(n)))
                .ok()
                .and_then(|at| chunks.get(at))
                .map(|(_, bytes)| bytes.as_slice())
        };
        let mut state = self.state.clone();
        let mut packer = Packer::new(state.next_chunk);
        let mut records = Vec::new();
        for item in &self.items {
            for placed in &item.placed {
                let body = chunk(placed.body.chunk)
                    .and_then(|bytes| log::slice(bytes, placed.body))
                    .ok_or_else(|| StoreError::Corrupt(format!("body of {}", item.key)))?;
                records.push(Record {
                    feed: placed.feed,
                    key: item.key,
                    ver: placed.ver,
                    view: placed.view,
                    body: Some(packer.add(body.as_bytes())),
                    head: item.head.clone(),
                });
            }
        }
        let (packed, next_chunk) = packer.finish();
        let mut ops = vec![Op::Clear(Area::Chunks), Op::Clear(Area::Segments)];
        state.packed_bytes = 0;
        state.purge = false;
        for (number, bytes) in packed {
            state.packed_bytes += bytes.len() as u64;
            ops.push(Op::Put(Area::Chunks, number.into(), bytes));
        }
        state.next_chunk = next_chunk;
        state.first_segment = state.next_segment;
        for bytes in log::pack_segments(&[], &records).map_err(corrupt("packing"))? {
            ops.push(Op::Put(Area::Segments, state.next_segment.into(), bytes));
            state.next_segment += 1;
        }
        let forget = Vec::new();
        self.planned(ops, state, Segment { forget, records })
    }

    /// Where the fullest body of an entity lies.
    #[must_use]
    pub fn location(&self, key: &Key) -> Option<(Location, View)> {
        let best = self.items.get(*self.index.get(key)?)?.best()?;
        Some((best.body, best.view))
    }

    /// Everything known, feed by feed: for checks.
    pub fn placements(&self) -> impl Iterator<Item = (Feed, Key, u64, View, Location)> + '_ {
        self.items.iter().flat_map(|item| {
            item.placed
                .iter()
                .map(|p| (p.feed, item.key, p.ver, p.view, p.body))
        })
    }

    /// How many entities are known from the server.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is known from the server.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many entities of a kind are shown, own changes included.
    #[must_use]
    pub fn count(&self, kind: EntityKind) -> usize {
        let stored = self.items.iter().filter(|i| i.key.kind() == kind).count();
        let added = self
            .overlay
            .keys()
            .filter(|k| k.kind() == kind && !self.index.contains_key(k))
            .count();
        stored + added
    }

    /// Replaces what is shown over the rows.
    pub fn set_overlay(&mut self, overlay: Table<Key, Overlaid>) {
        if !(overlay.is_empty() && self.overlay.is_empty()) {
            self.version += 1;
        }
        self.overlay = overlay;
    }

    /// Adds to what is shown over the rows.
    pub fn overlay_with(&mut self, key: Key, overlaid: Overlaid) {
        self.version += 1;
        self.overlay.insert(key, overlaid);
    }

    /// What is shown over the rows for an entity.
    #[must_use]
    pub fn overlaid(&self, key: &Key) -> Option<&Overlaid> {
        self.overlay.get(key)
    }

    /// The summary of an entity as it is shown.
    #[must_use]
    pub fn listed(&self, key: &Key) -> Option<Listed> {
        if let Some(over) = self.overlay.get(key) {
            return Some(Listed {
                key: *key,
                head: over.head.clone()?,
                pending: Some(over.seq),
            });
        }
        let item = self.items.get(*self.index.get(key)?)?;
        Some(Listed {
            key: *key,
            head: Rc::clone(item.head.as_ref()?.whole()),
            pending: None,
        })
    }

    /// The summaries of all needs and orders that fit, as they are shown; in no order.
    #[must_use]
    pub fn heads(&self, fits: impl Fn(&Key, &Head) -> bool) -> Vec<Listed> {
        let mut out = Vec::new();
        for item in &self.items {
            if let Some(head) = item.head.as_ref().map(Summary::whole)
                && !self.overlay.contains_key(&item.key)
                && fits(&item.key, head)
            {
                out.push(Listed {
                    key: item.key,
                    head: head.clone(),
                    pending: None,
                });
            }
        }
        for (key, over) in self.overlay.iter() {
            if let Some(head) = &over.head
                && fits(key, head)
            {
                out.push(Listed {
                    key: *key,
                    head: head.clone(),
                    pending: Some(over.seq),
                });
            }
        }
        out
    }

    /// The published needs that fit a query, in its order, at most `most` of them, and how many there are.
    #[must_use]
    pub fn library(&self, query: &Query, today: Day, most: usize) -> (Vec<Listed>, usize) {
        let wanted = words(&query.text);
        let mut found: Vec<(&Key, Found<'_>)> = Vec::new();
        for item in &self.items {
            let Some(head) = &item.head else { continue };
            if !query.fits(head.outline())
                || (!self.overlay.is_empty() && self.overlay.contains_key(&item.key))
            {
                continue;
            }
            if !wanted.is_empty() {
                let text = item
                    .haystack
                    .get_or_init(|| head.whole().haystack().into_boxed_str());
                if !wanted.iter().all(|w| text.contains(w.as_str())) {
                    continue;
                }
            }
            found.push((&item.key, Found::Stored(head)));
        }
        for (key, over) in self.overlay.iter() {
            if let Some(head) = &over.head
                && query.fits(head)
                && (wanted.is_empty() || {
                    let text = head.haystack();
                    wanted.iter().all(|w| text.contains(w.as_str()))
                })
            {
                found.push((key, Found::Own(head, over.seq)));
            }
        }
        let total = found.len();
        let by_query = |a: &(&Key, Found<'_>), b: &(&Key, Found<'_>)| {
            let order = query.order(a.1.outline(), b.1.outline(), today);
            order.then_with(|| b.0.cmp(a.0))
        };
        if most < total {
            found.select_nth_unstable_by(most, by_query);
            found.truncate(most);
        }
        found.sort_unstable_by(by_query);
        let listed = found
            .into_iter()
            .map(|(key, found)| found.listed(*key))
            .collect();
        (listed, total)
    }

    /// The counties of the library with their names and how many open needs each has, by name.
    #[must_use]
    pub fn counties(&self) -> Vec<(domain::RegionCode, String, usize)> {
        let mut found: Table<domain::RegionCode, (String, usize)> = Table::new();
        for item in &self.items {
            if let Some(head) = item.head.as_ref().filter(|h| h.outline().is_open()) {
                let county = head.outline().village.county();
                let entry =
                    found.get_or_insert_with(county, || (head.whole().county_name.clone(), 0));
                entry.1 += 1;
            }
        }
        found
            .into_iter()
            .map(|(code, (name, n))| (code, name, n))
            .collect()
    }
}

fn bytes_of(placed: &[Placed]) -> u64 {
    placed.iter().map(|p| u64::from(p.body.len)).sum()
}

fn read_rows(page: &FeedPage, packer: &mut Packer, records: &mut Vec<Record>) {
    for row in &page.rows {
        let Ok(key) = row.key() else { continue };
        let body = row.body.as_ref().filter(|_| row.view != View::Gone);
        let head = body.and_then(|b| Head::from_json(key.kind(), b.get()).ok().flatten());
        let head = head.map(Summary::from);
        records.push(Record {
            feed: page.feed,
            key,
            ver: row.ver,
            view: row.view,
            body: body.map(|b| packer.add(b.get().as_bytes())),
            head,
        });
    }
}
