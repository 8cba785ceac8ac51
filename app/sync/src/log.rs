//! The cache's format, an append-only log with compaction: bodies are packed into chunks, records into segments. Superseded
//! bodies and records stay until a compaction writes the live ones anew and removes the rest.
//!
//! Why: writing 5,000 rows one by one took 610–1,093 ms where 100 chunks took 75–177 ms, but decoding every body before
//! the first list cost 359 ms at 10,000 rows. So lists run on segments alone, and a body is read when it is opened.

use crate::key_hash::checksum;
use crate::packed::PackedSummary;
use crate::row_key::{RowKey, StoredId};
use domain::kinds::SUMMARY_LAYOUT;
use domain::{EntityKind, Feed, Visibility};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Chunks and segments stay below this size: Chromium writes larger values as files of their own.
pub const CHUNK_BYTES: usize = 48 * 1024;

/// Where a body lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// In which chunk.
    pub chunk: u64,
    /// From which byte.
    pub offset: u32,
    /// How many bytes.
    pub len: u32,
    /// The checksum of these bytes. A body with another checksum is damaged; one that has it and cannot be read was written by a
    /// newer version.
    pub sum: u32,
}

/// What a feed says of an entity.
#[derive(Clone, Debug)]
pub struct Record {
    /// Which feed.
    pub feed: Feed,
    /// Which entity.
    pub key: RowKey,
    /// In which version of the feed.
    pub ver: u64,
    /// How much the feed shows of it.
    pub visibility: Visibility,
    /// Where the body lies; none when it is gone.
    pub body: Option<Location>,
    /// The summary; none when this version cannot read the body, or the segment holds another layout of summaries.
    pub summary: Option<PackedSummary>,
}

/// A segment: first the feeds to forget, then records that supersede earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Segment {
    /// The feeds of which all earlier records are void.
    pub forget: Vec<Feed>,
    /// The records, which supersede earlier ones of the same feed and key.
    pub records: Vec<Record>,
    /// Whether a newer version wrote it: this one then leaves the summaries as they are.
    pub is_newer: bool,
}

/// What a segment begins with. It, [`Fields`] and the state are the frame of the cache: they stay readable while [`CACHE_FORMAT`]
/// stays, whatever kinds and summaries come.
///
/// [`CACHE_FORMAT`]: crate::ports::CACHE_FORMAT
#[derive(Serialize, Deserialize)]
struct Header {
    /// The layout of the summaries in here, [`SUMMARY_LAYOUT`] of whoever wrote it.
    layout: u32,
    forget: Vec<Feed>,
    /// The feeds that records name by their place in here.
    feeds: Vec<Feed>,
    /// The names of the kinds that records name by their place in here.
    kinds: Vec<String>,
    records: usize,
}

/// A record: the places of its feed and its kind in the header, its identifier, version, visibility and body, and how many
/// bytes of summary follow.
type Fields = (u16, u16, StoredId, u64, Visibility, Option<Location>, u32);

/// A table of what records name by its place.
fn place_of<T>(table: &mut Vec<T>, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u16 {
    let at = table.iter().position(is_it).unwrap_or_else(|| {
        table.push(make());
        table.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn pack(record: &Record, header: &mut Header) -> Result<Vec<u8>, postcard::Error> {
    let feed = place_of(&mut header.feeds, |f| *f == record.feed, || record.feed);
    let kind = record.key.kind();
    let kind = place_of(&mut header.kinds, |k| k == kind, || kind.to_owned());
    let summary = match &record.summary {
        Some(summary) => summary.pack()?,
        None => Vec::new(),
    };
    let fields: Fields = (
        feed,
        kind,
        record.key.stored_id(),
        record.ver,
        record.visibility,
        record.body,
        u32::try_from(summary.len()).unwrap_or(u32::MAX),
    );
    let mut out = postcard::to_allocvec(&fields)?;
    out.extend(summary);
    Ok(out)
}

/// Packs records into segments of at most [`CHUNK_BYTES`] each. `forget` goes into the first one.
pub fn pack_segments(forget: &[Feed], records: &[Record]) -> Result<Vec<Vec<u8>>, postcard::Error> {
    let mut out = Vec::new();
    let mut forget = forget.to_vec();
    let mut from = 0;
    while from < records.len() || !forget.is_empty() {
        let mut header = Header {
            layout: SUMMARY_LAYOUT,
            forget: std::mem::take(&mut forget),
            feeds: Vec::new(),
            kinds: Vec::new(),
            records: 0,
        };
        let mut body = Vec::new();
        let mut to = from;
        while let Some(record) = records.get(to) {
            let bytes = pack(record, &mut header)?;
            // Room for the tables, about 21 bytes for each feed and fewer for each kind, and the counts.
            let tables = (header.feeds.len() + header.kinds.len()) * 24 + 64;
            if to > from && body.len() + bytes.len() + tables > CHUNK_BYTES {
                break;
            }
            body.extend(bytes);
            to += 1;
        }
        header.records = to - from;
        let mut segment = postcard::to_allocvec(&header)?;
        segment.extend(body);
        out.push(segment);
        from = to;
    }
    Ok(out)
}

/// Reads a segment.
pub fn read_segment(bytes: &[u8]) -> Result<Segment, postcard::Error> {
    let bytes: Rc<[u8]> = Rc::from(bytes);
    let (header, rest): (Header, _) = postcard::take_from_bytes(&bytes)?;
    let kinds: Vec<(&str, Option<EntityKind>)> = header
        .kinds
        .iter()
        .map(|name| (name.as_str(), EntityKind::from_name(name)))
        .collect();
    let bad = postcard::Error::DeserializeBadEncoding;
    let mut at = bytes.len() - rest.len();
    let mut records = Vec::with_capacity(header.records.min(10_000));
    for _ in 0..header.records {
        let rest = bytes.get(at..).unwrap_or_default();
        let (fields, rest): (Fields, _) = postcard::take_from_bytes(rest)?;
        let (feed, kind, id, ver, visibility, body, summary_bytes) = fields;
        at = bytes.len() - rest.len();
        let end = at
            .checked_add(summary_bytes as usize)
            .filter(|end| *end <= bytes.len())
            .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        let (name, kind) = *kinds.get(usize::from(kind)).ok_or(bad.clone())?;
        let key = RowKey::from_stored(name, kind, id);
        let is_readable = header.layout == SUMMARY_LAYOUT && end > at && key.known().is_some();
        let summary = if is_readable {
            Some(PackedSummary::read(&bytes, at..end)?)
        } else {
            None
        };
        at = end;
        records.push(Record {
            feed: *header.feeds.get(usize::from(feed)).ok_or(bad.clone())?,
            key,
            ver,
            visibility,
            body,
            summary,
        });
    }
    Ok(Segment {
        forget: header.forget,
        records,
        is_newer: header.layout > SUMMARY_LAYOUT,
    })
}

/// Packs bodies into chunks.
#[derive(Debug)]
pub struct Packer {
    next: u64,
    chunk: Vec<u8>,
    full: Vec<(u64, Vec<u8>)>,
}

impl Packer {
    /// Packs into chunks numbered from `next` on.
    #[must_use]
    pub fn new(next: u64) -> Self {
        Self {
            next,
            chunk: Vec::new(),
            full: Vec::new(),
        }
    }

    /// Adds a body and says where it will lie.
    pub fn add(&mut self, body: &[u8]) -> Location {
        if !self.chunk.is_empty() && self.chunk.len() + body.len() > CHUNK_BYTES {
            self.cut();
        }
        let offset = self.chunk.len();
        self.chunk.extend_from_slice(body);
        Location {
            chunk: self.next,
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            len: u32::try_from(body.len()).unwrap_or(u32::MAX),
            sum: checksum(body),
        }
    }

    fn cut(&mut self) {
        self.full.push((self.next, std::mem::take(&mut self.chunk)));
        self.next += 1;
    }

    /// The chunks with their numbers, and the number that comes after them.
    #[must_use]
    pub fn finish(mut self) -> (Vec<(u64, Vec<u8>)>, u64) {
        if !self.chunk.is_empty() {
            self.cut();
        }
        (self.full, self.next)
    }
}

/// The body at a location of its chunk; none when it is damaged.
#[must_use]
pub fn slice(chunk: &[u8], at: Location) -> Option<&str> {
    let from = at.offset as usize;
    let bytes = chunk.get(from..from.checked_add(at.len as usize)?)?;
    if checksum(bytes) != at.sum {
        return None;
    }
    std::str::from_utf8(bytes).ok()
}
