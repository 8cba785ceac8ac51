//! The local replica (partial replication): the rows of the feeds that this device follows, how far each feed was read, and the
//! own pending changes shown over the rows (optimistic update). It is a value without I/O: it plans writes and is told when they
//! are done.

use crate::key_hash::ByKey;
use crate::knowledge::Knowledge;
use crate::log::{self, Location, Packer, Record, Segment};
use crate::packed::PackedSummary;
use crate::ports::{Area, Guard, Op, StoreError, StoreKey};
use crate::row_key::RowKey;
use crate::wire::{Cursor, ExchangeAnswer, FeedPage, Json};
use domain::library::{Listed, Query, Show};
use domain::needs::NeedFacts;
use domain::supplies::SupplyFacts;
use domain::text::words;
use domain::{ClientId, Day, Entity, EntityKind, Facts, Feed, Key, Millis, Summary, Visibility};
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// The key of the cache's state in [`Area::State`].
const STATE: &str = "state";
/// With more segments than this the cache is compacted, since every answer with news adds a segment.
const MAX_SEGMENTS: u64 = 200;
/// Fewer bytes of superseded bodies (garbage) than this are not worth a compaction.
const MIN_GARBAGE_BYTES: u64 = 512 * 1024;

/// Where the cache stands. Written in the same transaction as the rows it speaks of, as JSON: fields may be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheState {
    /// Whose cache this is.
    pub client: Option<ClientId>,
    /// The server's epoch.
    pub epoch: String,
    /// How far each feed was read.
    pub cursors: BTreeMap<Feed, Cursor>,
    /// All own mutations up to this number are contained in the rows, or were rejected.
    pub covered: u64,
    /// The time of the server's last answer, by the server's clock.
    pub last_contact: Millis,
    /// Whether every feed was complete at that time.
    pub complete: bool,
    /// How far the server's clock is ahead of this device's, in milliseconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ahead_ms: i64,
    /// How large a page the line carried when it was last measured, in bytes; 0 when it never was.
    #[serde(default, skip_serializing_if = "is_default")]
    pub page_bytes: u32,
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

impl CacheState {
    /// Writes the packed bodies and counts their numbers and bytes on.
    fn put_chunks(&mut self, packer: Packer, ops: &mut Vec<Op>) {
        let (chunks, next_chunk) = packer.finish();
        for (number, bytes) in chunks {
            self.packed_bytes += bytes.len() as u64;
            ops.push(Op::Put(Area::Chunks, number.into(), bytes));
        }
        self.next_chunk = next_chunk;
    }

    /// Writes these records as segments and counts their numbers on.
    fn put_segments(
        &mut self,
        forget: &[Feed],
        records: &[Record],
        ops: &mut Vec<Op>,
    ) -> Result<(), StoreError> {
        for bytes in log::pack_segments(forget, records).map_err(corrupt("packing"))? {
            ops.push(Op::Put(Area::Segments, self.next_segment.into(), bytes));
            self.next_segment += 1;
        }
        Ok(())
    }
}

/// What one feed says of an entity, in memory.
#[derive(Clone, Debug)]
struct Placed {
    feed: Feed,
    ver: u64,
    visibility: Visibility,
    body: Location,
    /// None when this version cannot read the body.
    summary: Option<PackedSummary>,
}

/// An entity that is known through at least one feed.
#[derive(Debug)]
struct Item {
    key: RowKey,
    placed: Vec<Placed>,
    /// The text that a search looks through, built at the first search.
    searched: OnceCell<Box<str>>,
}

impl Item {
    /// The placement that shows most of the entity. It is never older than the others, since all feeds of an answer were read
    /// from one snapshot.
    fn best(&self) -> Option<&Placed> {
        self.placed.iter().max_by_key(|p| p.visibility)
    }

    /// What lists show: the summary of the same view, whichever feed came last.
    fn summary(&self) -> Option<&PackedSummary> {
        self.best()?.summary.as_ref()
    }

    /// Forgets what a feed has shown. True if nothing shows this entity any more.
    fn leave(&mut self, is_left: impl Fn(Feed) -> bool) -> bool {
        self.placed.retain(|p| !is_left(p.feed));
        self.searched = OnceCell::new();
        self.placed.is_empty()
    }
}

/// A change of one's own that is not yet in the rows.
#[derive(Clone, Debug)]
pub struct Overlaid {
    /// The entity as it will be if the server agrees.
    pub entity: Entity,
    /// Its summary.
    pub summary: Rc<Summary>,
    /// The mutation that touched it last.
    pub seq: u64,
}

/// A line of a list.
#[derive(Clone, Debug)]
pub struct ListItem {
    /// Which entity.
    pub key: Key,
    /// Its summary.
    pub summary: Rc<Summary>,
    /// The number of the last own mutation that is not yet confirmed, if there is one.
    pub pending: Option<u64>,
}

/// An entity as a query meets it: among the rows, or among own changes with the number of the last one.
#[derive(Clone, Copy)]
enum Candidate<'a> {
    Stored(&'a Item, &'a PackedSummary),
    Own(&'a Overlaid),
}

impl Candidate<'_> {
    fn facts(&self) -> Facts {
        match self {
            Self::Stored(_, summary) => summary.facts(),
            Self::Own(over) => over.summary.facts(),
        }
    }

    fn need_facts(&self) -> Option<&NeedFacts> {
        match self {
            Self::Stored(_, summary) => summary.need_facts(),
            Self::Own(over) => over.summary.need().map(|need| &need.facts),
        }
    }

    fn supply_facts(&self) -> Option<&SupplyFacts> {
        match self {
            Self::Stored(_, summary) => summary.supply_facts(),
            Self::Own(over) => over.summary.supply().map(|supply| &supply.facts),
        }
    }

    /// Whether all of these words occur in what a search looks through.
    fn has_words(&self, wanted: &[String]) -> bool {
        let all_in = |text: &str| wanted.iter().all(|w| text.contains(w.as_str()));
        wanted.is_empty()
            || match self {
                Self::Stored(item, summary) => {
                    all_in(item.searched.get_or_init(|| match summary.whole() {
                        Some(summary) => summary.searched().into_boxed_str(),
                        None => Box::default(),
                    }))
                }
                Self::Own(over) => all_in(&over.summary.searched()),
            }
    }

    fn list_item(&self, key: Key) -> Option<ListItem> {
        let (summary, pending) = match self {
            Self::Stored(_, summary) => (summary.whole()?, None),
            Self::Own(over) => (&over.summary, Some(over.seq)),
        };
        Some(ListItem {
            key,
            summary: Rc::clone(summary),
            pending,
        })
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

/// What the replica takes over into memory once a plan has been written.
#[derive(Debug)]
pub struct News {
    state: CacheState,
    stored_state: Vec<u8>,
    segment: Segment,
}

/// The local replica of one device.
#[derive(Debug, Default)]
pub struct Replica {
    state: CacheState,
    stored_state: Option<Vec<u8>>,
    items: Vec<Item>,
    index: HashMap<RowKey, usize, ByKey>,
    live_bytes: u64,
    overlay: BTreeMap<Key, Overlaid>,
    version: u64,
    /// A newer version has written here: its summaries are left as they are.
    is_newer: bool,
    knowledge: Knowledge,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn corrupt<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> StoreError + '_ {
    move |e| StoreError::Corrupt(format!("{what}: {e}"))
}

impl Replica {
    /// An empty replica.
    #[must_use]
    pub fn new(knowledge: Knowledge) -> Self {
        Self {
            knowledge,
            ..Self::default()
        }
    }

    /// Replaces the rows. The overlay stays until the pending mutations are decided anew.
    pub fn replace(&mut self, rows: Self) {
        let overlay = std::mem::take(&mut self.overlay);
        let version = self.version.max(rows.version) + 1;
        *self = rows;
        (self.overlay, self.version) = (overlay, version);
    }

    /// Reads what the cache holds.
    pub fn read(
        state: Option<Vec<u8>>,
        segments: &[(StoreKey, Vec<u8>)],
        knowledge: Knowledge,
    ) -> Result<Self, StoreError> {
        let mut replica = Self::new(knowledge);
        if let Some(bytes) = &state {
            replica.state = serde_json::from_slice(bytes).map_err(corrupt("state"))?;
        } else if !segments.is_empty() {
            return Err(StoreError::Corrupt("segments without a state".to_owned()));
        }
        replica.stored_state = state;
        let expected = replica.state.first_segment..replica.state.next_segment;
        if segments.len() as u64 != expected.end - expected.start {
            return Err(StoreError::Corrupt("segments are missing".to_owned()));
        }
        let mut read = Vec::with_capacity(segments.len());
        for ((key, bytes), number) in segments.iter().zip(expected) {
            if *key != StoreKey::Number(number) {
                return Err(StoreError::Corrupt(format!("segment {number} is missing")));
            }
            read.push(log::read_segment(bytes).map_err(corrupt("segment"))?);
        }
        // Most records are of an entity each: the tables are made as large as they become, once.
        let records = read.iter().map(|segment| segment.records.len()).sum();
        replica.items.reserve(records);
        replica.index.reserve(records);
        for segment in read {
            replica.apply(replica.knowledge.limit(segment));
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

    /// Notes how far the server's clock is ahead. The next write keeps it; it is not worth one of its own.
    pub fn set_ahead_ms(&mut self, ahead_ms: i64) {
        self.state.ahead_ms = ahead_ms;
    }

    /// Takes over what was measured of the line. It is written with the next rows.
    pub fn set_page_bytes(&mut self, page_bytes: u32) {
        self.state.page_bytes = page_bytes;
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

    /// Plans what an answer changes. Rows that this version cannot read are kept as they came, without a summary.
    /// `client` is who asked; a cache of another client starts anew.
    pub fn plan(&self, client: ClientId, answer: &ExchangeAnswer) -> Result<Plan, StoreError> {
        let (mut state, mut forget, pages) = self.read_on(client, answer);
        let mut packer = Packer::new(state.next_chunk);
        let mut records = Vec::with_capacity(pages.iter().map(|(_, page)| page.rows.len()).sum());
        for (feed, page) in pages {
            self.read_rows(feed, page, &mut packer, &mut records);
        }
        forget.sort_unstable();
        forget.dedup();
        state.purge |= !forget.is_empty() || records.iter().any(|r| self.loses_full_view(r));
        let mut ops = Vec::new();
        state.put_chunks(packer, &mut ops);
        state.put_segments(&forget, &records, &mut ops)?;
        state.complete = !answer.more && answer.feeds.iter().all(|f| f.complete);
        if state.complete && answer.stop.is_none() {
            state.covered = state.covered.max(answer.last_seq);
        }
        state.last_contact = state.last_contact.max(answer.server_time);
        let segment = Segment {
            forget,
            records,
            is_newer: false,
        };
        self.planned(ops, state, segment)
    }

    /// How an answer moves the cursors, which feeds it makes void, and which of its pages are new.
    fn read_on<'a>(
        &self,
        client: ClientId,
        answer: &'a ExchangeAnswer,
    ) -> (CacheState, Vec<Feed>, Vec<(Feed, &'a FeedPage)>) {
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
        for feed in answer.drop.iter().filter_map(|name| name.parse().ok()) {
            if state.cursors.remove(&feed).is_some() {
                forget.push(feed);
            }
        }
        for page in &answer.feeds {
            // The name belongs to a family of feeds that this version does not know.
            let Ok(feed) = page.feed.parse::<Feed>() else {
                continue;
            };
            let known = state.cursors.get(&feed);
            let backwards = known.is_some_and(|k| !page.cursor.covers(k));
            if backwards && !page.reset {
                // This answer arrived after a later one. A cursor never goes backwards.
                continue;
            }
            if page.reset && known.is_some() {
                forget.push(feed);
            }
            state.cursors.insert(feed, page.cursor.clone());
            pages.push((feed, page));
        }
        (state, forget, pages)
    }

    /// The state of the cache once this answer has been written. The next request starts from it while the write still runs.
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
        let stored_state = serde_json::to_vec(&state).map_err(corrupt("state"))?;
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
        self.is_newer |= segment.is_newer;
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
            let is_gone = item.leave(|feed| feeds.contains(&feed));
            self.live_bytes -= before - bytes_of(&item.placed);
            if is_gone {
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
            self.index.insert(moved.key.clone(), at);
        }
    }

    fn apply_record(&mut self, record: Record) {
        let at = self.index.get(&record.key).copied();
        let Some(body) = record
            .body
            .filter(|_| record.visibility != Visibility::Gone)
        else {
            if let Some(at) = at
                && let Some(item) = self.items.get_mut(at)
            {
                let before = bytes_of(&item.placed);
                let is_gone = item.leave(|feed| feed == record.feed);
                self.live_bytes -= before - bytes_of(&item.placed);
                if is_gone {
                    self.remove_item(at);
                }
            }
            return;
        };
        let placed = Placed {
            feed: record.feed,
            ver: record.ver,
            visibility: record.visibility,
            body,
            summary: record.summary,
        };
        let at = at.unwrap_or_else(|| {
            self.index.insert(record.key.clone(), self.items.len());
            self.items.push(Item {
                key: record.key,
                placed: Vec::with_capacity(1),
                searched: OnceCell::new(),
            });
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
        item.searched = OnceCell::new();
    }

    /// Whether a record takes away the full view of an entity that a feed has shown.
    fn loses_full_view(&self, record: &Record) -> bool {
        let item = self
            .index
            .get(&record.key)
            .and_then(|at| self.items.get(*at));
        record.visibility != Visibility::Full
            && item.is_some_and(|i| {
                i.placed
                    .iter()
                    .any(|p| p.feed == record.feed && p.visibility == Visibility::Full)
            })
    }

    /// Whether a compaction is due: garbage outweighs the live rows, there are too many segments, or the disk still holds private
    /// data that this person may not see any more.
    #[must_use]
    pub fn wants_compaction(&self) -> bool {
        let garbage = self.state.packed_bytes.saturating_sub(self.live_bytes);
        self.state.purge
            || self.state.next_segment - self.state.first_segment > MAX_SEGMENTS
            || (garbage > MIN_GARBAGE_BYTES && garbage > self.live_bytes)
    }

    /// Plans a compaction: all live rows are written anew, and the rest is removed. `chunks` are all chunks.
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
                    key: item.key.clone(),
                    ver: placed.ver,
                    visibility: placed.visibility,
                    body: Some(packer.add(body.as_bytes())),
                    summary: placed.summary.clone(),
                });
            }
        }
        let mut ops = vec![Op::Clear(Area::Chunks), Op::Clear(Area::Segments)];
        state.packed_bytes = 0;
        state.purge = false;
        state.put_chunks(packer, &mut ops);
        state.first_segment = state.next_segment;
        state.put_segments(&[], &records, &mut ops)?;
        let segment = Segment {
            records,
            ..Segment::default()
        };
        self.planned(ops, state, segment)
    }

    /// Where the fullest body of an entity lies.
    #[must_use]
    pub fn location(&self, key: &Key) -> Option<(Location, Visibility)> {
        let best = self.item(key)?.best()?;
        Some((best.body, best.visibility))
    }

    fn item(&self, key: &Key) -> Option<&Item> {
        self.items.get(*self.index.get(&RowKey::from(*key))?)
    }

    /// Which rows this version can read.
    #[must_use]
    pub fn knowledge(&self) -> Knowledge {
        self.knowledge
    }

    /// Views whose body has no summary: they came to a version that could not read them, or their summaries have another
    /// layout. With each the feed that shows it, and where its body lies.
    #[must_use]
    pub fn unread(&self) -> Vec<(Key, Feed, Location)> {
        let views = |item: &'_ Item| {
            let key = item.key.known()?;
            let unread = item.placed.iter().filter(|p| p.summary.is_none());
            Some(
                unread
                    .map(move |p| (key, p.feed, p.body))
                    .collect::<Vec<_>>(),
            )
        };
        self.items.iter().filter_map(views).flatten().collect()
    }

    /// Shows views that can be read after all, and plans to keep their summaries; no plan when a newer version has written here.
    pub fn plan_read(
        &mut self,
        summaries: Vec<(Key, Feed, Summary)>,
    ) -> Result<Option<Plan>, StoreError> {
        let mut records = Vec::new();
        for (key, feed, summary) in summaries {
            let key = RowKey::from(key);
            let at = self.index.get(&key).copied();
            let Some(item) = at.and_then(|at| self.items.get_mut(at)) else {
                continue;
            };
            let Some(placed) = item.placed.iter_mut().find(|p| p.feed == feed) else {
                continue;
            };
            let summary = PackedSummary::from(summary);
            placed.summary = Some(summary.clone());
            records.push(Record {
                feed,
                key,
                ver: placed.ver,
                visibility: placed.visibility,
                body: Some(placed.body),
                summary: Some(summary),
            });
            item.searched = OnceCell::new();
            self.version += 1;
        }
        if self.is_newer || records.is_empty() {
            return Ok(None);
        }
        let mut state = self.state.clone();
        let mut ops = Vec::new();
        state.put_segments(&[], &records, &mut ops)?;
        let segment = Segment {
            records,
            ..Segment::default()
        };
        self.planned(ops, state, segment).map(Some)
    }

    /// All placements, feed by feed, for checks in tests.
    pub fn placements(
        &self,
    ) -> impl Iterator<Item = (Feed, RowKey, u64, Visibility, Location)> + '_ {
        self.items.iter().flat_map(|item| {
            item.placed
                .iter()
                .map(|p| (p.feed, item.key.clone(), p.ver, p.visibility, p.body))
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
        let of_kind = |item: &&Item| item.key.known().is_some_and(|k| k.kind() == kind);
        let stored = self.items.iter().filter(of_kind).count();
        let added = self
            .overlay
            .keys()
            .filter(|k| k.kind() == kind && self.item(k).is_none())
            .count();
        stored + added
    }

    /// Replaces what is shown over the rows.
    pub fn set_overlay(&mut self, overlay: BTreeMap<Key, Overlaid>) {
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
    pub fn list_item(&self, key: &Key) -> Option<ListItem> {
        if let Some(over) = self.overlay.get(key) {
            return Candidate::Own(over).list_item(*key);
        }
        let item = self.item(key)?;
        Candidate::Stored(item, item.summary()?).list_item(*key)
    }

    /// Every entity as it is shown: rows that this version can read, with own changes over them.
    fn candidates(&self) -> impl Iterator<Item = (Key, Candidate<'_>)> {
        let stored = self.items.iter().filter_map(|item| {
            let (key, summary) = (item.key.known()?, item.summary()?);
            let is_own = !self.overlay.is_empty() && self.overlay.contains_key(&key);
            (!is_own).then_some((key, Candidate::Stored(item, summary)))
        });
        let own = self.overlay.iter();
        stored.chain(own.map(|(key, over)| (*key, Candidate::Own(over))))
    }

    /// The summaries of everything whose facts fit, as it is shown; in no order.
    #[must_use]
    pub fn list(&self, fits: impl Fn(&Facts) -> bool) -> Vec<ListItem> {
        self.candidates()
            .filter(|(_, candidate)| fits(&candidate.facts()))
            .filter_map(|(key, candidate)| candidate.list_item(key))
            .collect()
    }

    /// The facts of every need that fits, as it is shown; in no order.
    pub fn needs(
        &self,
        fits: impl Fn(&NeedFacts) -> bool,
    ) -> impl Iterator<Item = (Key, NeedFacts)> {
        self.candidates()
            .filter_map(move |(key, candidate)| match candidate.need_facts() {
                Some(need) if fits(need) => Some((key, *need)),
                _ => None,
            })
    }

    /// The published needs that fit a query, in its order, at most `most` of them, and how many there are.
    #[must_use]
    pub fn library(&self, query: &Query, today: Day, most: usize) -> (Vec<ListItem>, usize) {
        self.listed(query, today, most, |candidate| {
            candidate.need_facts().filter(|need| query.fits(*need))
        })
    }

    /// The published supplies that fit a query, in its order, at most `most` of them, and how many there are. Those whose time is over are
    /// left out where something must be left.
    #[must_use]
    pub fn supplies(&self, query: &Query, today: Day, most: usize) -> (Vec<ListItem>, usize) {
        self.listed(query, today, most, |candidate| {
            let is_over = |supply: &SupplyFacts| query.show == Show::Open && supply.to < today;
            let fitting = candidate.supply_facts().filter(|s| query.fits(*s));
            fitting.filter(|supply| !is_over(supply))
        })
    }

    fn listed<'a, T: Listed + Copy + 'a>(
        &'a self,
        query: &Query,
        today: Day,
        most: usize,
        fitting: impl for<'b> Fn(&'b Candidate<'a>) -> Option<&'b T>,
    ) -> (Vec<ListItem>, usize) {
        let wanted = words(&query.text);
        let mut found: Vec<(Key, T, Candidate<'_>)> = self
            .candidates()
            .filter_map(|(key, candidate)| {
                let facts = *fitting(&candidate)?;
                candidate
                    .has_words(&wanted)
                    .then_some((key, facts, candidate))
            })
            .collect();
        let total = found.len();
        let by_query = |a: &(Key, T, Candidate<'_>), b: &(Key, T, Candidate<'_>)| {
            let order = query.order(&a.1, &b.1, today);
            order.then_with(|| b.0.cmp(&a.0))
        };
        if most < total {
            found.select_nth_unstable_by(most, by_query);
            found.truncate(most);
        }
        found.sort_unstable_by(by_query);
        let items = found
            .into_iter()
            .filter_map(|(key, _, candidate)| candidate.list_item(key))
            .collect();
        (items, total)
    }

    /// The counties of the library with their names and how many open needs each has, by code.
    #[must_use]
    pub fn counties(&self) -> Vec<(domain::RegionCode, String, usize)> {
        let mut found: BTreeMap<domain::RegionCode, (String, usize)> = BTreeMap::new();
        for item in &self.items {
            let Some(summary) = item.summary() else {
                continue;
            };
            if let Some(need) = summary.need_facts()
                && need.is_open()
            {
                let name = || {
                    let need = summary.whole().and_then(|s| s.need());
                    need.map_or_else(String::new, |n| n.texts.county_name.clone())
                };
                let county = need.village.county();
                found.entry(county).or_insert_with(|| (name(), 0)).1 += 1;
            }
        }
        found
            .into_iter()
            .map(|(code, (name, n))| (code, name, n))
            .collect()
    }

    fn read_rows(
        &self,
        feed: Feed,
        page: &FeedPage,
        packer: &mut Packer,
        records: &mut Vec<Record>,
    ) {
        for row in &page.rows {
            let key = self.knowledge.key(&row.kind, &row.id);
            let body = row
                .body
                .as_ref()
                .filter(|_| row.view != Visibility::Gone)
                .map(Json::get);
            let read = |body| self.knowledge.read(key.known()?, body);
            let summary = body.and_then(read).map(|entity| entity.summary());
            records.push(Record {
                feed,
                key,
                ver: row.ver,
                visibility: row.view,
                body: body.map(|b| packer.add(b.as_bytes())),
                summary: summary.map(PackedSummary::from),
            });
        }
    }
}

fn bytes_of(placed: &[Placed]) -> u64 {
    placed.iter().map(|p| u64::from(p.body.len)).sum()
}
