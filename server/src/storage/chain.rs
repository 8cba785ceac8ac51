//! The audit trail as a hash chain: every entry carries the hash of itself and of the entry before it, so that nothing can be changed, put
//! in or taken out of the middle unnoticed.
//!
//! Several servers write at the same time, and one chain for all of them would make each wait for the others. So every server has a chain of its
//! own, a lane, which it begins anew when it starts or when it does not know whether its last commit took effect. The first entry of a lane
//! names the last entries of the others, so that the end of a lane that has been left cannot be cut off either. What was written after the
//! newest lane began is held by nothing but itself: whoever wants to be sure of that keeps what `xiangdan check` says elsewhere.

use super::StorageError;
use super::tables::{Value, Values};
use super::work_rows::AuditRow;
use domain::Millis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The kind of a lane's first entry; its identifier is the lane.
pub const LANE: &str = "lane";
/// The command of a lane's first entry.
const OPEN_LANE: &str = "OpenLane";
/// What the first entry of a lane follows.
const NOTHING: &str = "";

/// An entry with its place in a lane.
#[derive(Clone, Debug)]
pub struct ChainedRow {
    /// The entry.
    pub row: AuditRow,
    /// Its lane.
    pub lane: String,
    /// Its number in the lane, from 1.
    pub link: i64,
    /// SHA-256 over the hash before and the entry, in hexadecimal digits.
    pub hash: String,
}

/// The last entry of a lane.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Head {
    /// The lane.
    pub lane: String,
    /// The number of its last entry.
    pub link: i64,
    /// That entry's hash.
    pub hash: String,
}

/// What a lane's first entry says of all that was there before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The last entries of lanes that no opening has named as they are now.
    pub heads: Vec<Head>,
    /// How many entries there were without a lane, in the first opening of all: those of a release that had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchained: Option<i64>,
}

/// The lanes of a database, each with its last entry and what its first entry says.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// Last entry and opening, as they are stored.
    pub found: Vec<(Head, String)>,
    /// How many entries have no lane.
    pub unchained: i64,
}

impl Lanes {
    /// What the first entry of a new lane says.
    fn opening(self) -> Result<Opening, StorageError> {
        let unchained = self.found.is_empty().then_some(self.unchained);
        let mut named = BTreeSet::new();
        for (_, opening) in &self.found {
            named.extend(serde_json::from_str::<Opening>(opening)?.heads);
        }
        let heads = self.found.into_iter().map(|(head, _)| head);
        Ok(Opening {
            heads: heads.filter(|head| !named.contains(head)).collect(),
            unchained,
        })
    }
}

/// A lane that a server writes.
#[derive(Clone, Debug)]
pub struct Lane(Head);

impl Lane {
    /// A new lane, with its first entry.
    ///
    /// # Errors
    /// What is stored of a lane cannot be read.
    pub fn open(
        name: String,
        lanes: Lanes,
        now: Millis,
    ) -> Result<(Self, ChainedRow), StorageError> {
        let row = AuditRow {
            at: now,
            user: None,
            client: None,
            mutation: None,
            command: OPEN_LANE.to_owned(),
            kind: LANE.into(),
            id: name.clone(),
            region: None,
            refused: None,
            after: Some(serde_json::to_string(&lanes.opening()?)?),
            change: None,
        };
        let mut lane = Self(Head {
            lane: name,
            link: 0,
            hash: NOTHING.to_owned(),
        });
        let first = lane.add(row)?;
        Ok((lane, first))
    }

    /// The entry as the next one of this lane.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn add(&mut self, row: AuditRow) -> Result<ChainedRow, StorageError> {
        let Head { lane, link, hash } = &mut self.0;
        *link += 1;
        let text = |value: &Option<String>| value.clone().map_or(Value::Null, Value::Text);
        // In the order of the table's columns, without `no` and what chains them.
        let values = [
            Value::Integer(row.at.0),
            text(&row.user.map(|user| user.to_string())),
            text(&row.client.map(|client| client.to_string())),
            text(&row.mutation.map(|mutation| mutation.to_string())),
            Value::Text(row.command.clone()),
            Value::Text(row.kind.to_string()),
            Value::Text(row.id.clone()),
            Value::Null,
            text(&row.after),
            text(&row.change),
            row.region.map_or(Value::Null, |region| {
                Value::Integer(region.number().cast_signed())
            }),
            text(&row.refused),
        ];
        *hash = chained(hash, lane, *link, &digest(&values));
        Ok(ChainedRow {
            row,
            lane: lane.clone(),
            link: *link,
            hash: hash.clone(),
        })
    }
}

/// The hash of an entry's content. Each value stands with its type and its length, so that no two rows read alike.
fn digest(values: &[Value]) -> String {
    let mut sha = Sha256::new();
    for value in values {
        match value {
            Value::Null => add(&mut sha, b'n', &[]),
            Value::Integer(number) => add(&mut sha, b'i', &number.to_be_bytes()),
            Value::Text(text) => add(&mut sha, b't', text.as_bytes()),
            Value::Bytes(bytes) => add(&mut sha, b'b', bytes),
        }
    }
    hex(&sha.finalize())
}

/// The hash of an entry at its place in a lane.
fn chained(before: &str, lane: &str, link: i64, digest: &str) -> String {
    let mut sha = Sha256::new();
    add(&mut sha, b't', before.as_bytes());
    add(&mut sha, b't', lane.as_bytes());
    add(&mut sha, b'i', &link.to_be_bytes());
    add(&mut sha, b't', digest.as_bytes());
    hex(&sha.finalize())
}

fn add(sha: &mut Sha256, kind: u8, bytes: &[u8]) {
    sha.update([kind]);
    sha.update((bytes.len() as u64).to_be_bytes());
    sha.update(bytes);
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut out, byte| {
            // Writing to a string cannot fail.
            let _written = write!(out, "{byte:02x}");
            out
        })
}

/// Goes through the whole trail, row by row in the order of its numbers, and tells what does not hold. It keeps one entry of each lane, so
/// that a trail of any length can be looked at.
#[derive(Debug)]
pub struct Examination {
    /// The last entry seen of each lane.
    heads: BTreeMap<String, (i64, String)>,
    /// Entries that openings name, by lane and number: which opening, and with what hash. What is found is taken out.
    named: BTreeMap<(String, i64), Vec<(String, String)>>,
    /// How many entries have no lane, as the first opening says.
    told_unchained: Option<i64>,
    unchained: i64,
    entries: usize,
    wrong: Vec<String>,
}

/// What an examination of the trail came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// How many entries there are.
    pub entries: usize,
    /// The last entry of each lane: what to keep elsewhere.
    pub heads: Vec<Head>,
    /// One line for each fault.
    pub wrong: Vec<String>,
}

impl Examination {
    /// Begins with what the first entries of all lanes say.
    #[must_use]
    pub fn new(lanes: &Lanes) -> Self {
        let mut new = Self {
            heads: BTreeMap::new(),
            named: BTreeMap::new(),
            told_unchained: None,
            unchained: 0,
            entries: 0,
            wrong: Vec::new(),
        };
        for (head, opening) in &lanes.found {
            let Ok(opening) = serde_json::from_str::<Opening>(opening) else {
                let lane = &head.lane;
                new.wrong
                    .push(format!("trail: the first entry of {lane} cannot be read"));
                continue;
            };
            new.told_unchained = new.told_unchained.or(opening.unchained);
            for named in opening.heads {
                let at = (named.lane, named.link);
                let by = (head.lane.clone(), named.hash);
                new.named.entry(at).or_default().push(by);
            }
        }
        new
    }

    /// Looks at the next rows of the table `audit`.
    pub fn look_at(&mut self, rows: &[Values]) {
        for row in rows {
            self.entries += 1;
            let [
                _,
                content @ ..,
                Value::Text(lane),
                Value::Integer(link),
                Value::Text(hash),
            ] = &row[..]
            else {
                self.unchained += 1;
                continue;
            };
            let (last, before) = self
                .heads
                .get(lane)
                .map_or((0, NOTHING), |(link, hash)| (*link, hash.as_str()));
            if *link != last + 1 {
                self.wrong
                    .push(format!("trail: {lane} goes from entry {last} to {link}"));
            } else if *hash != chained(before, lane, *link, &digest(content)) {
                self.wrong
                    .push(format!("trail: entry {link} of {lane} was changed"));
            }
            self.heads.insert(lane.clone(), (*link, hash.clone()));
            if let Some(named) = self.named.get_mut(&(lane.clone(), *link)) {
                named.retain(|(_, told)| told != hash);
            }
        }
    }

    /// What it came to.
    #[must_use]
    pub fn done(self) -> Examined {
        let mut wrong = self.wrong;
        for ((lane, link), named) in self.named {
            for (by, _) in named {
                wrong.push(format!(
                    "trail: entry {link} of {lane} is not as {by} names it"
                ));
            }
        }
        if self
            .told_unchained
            .is_some_and(|told| told != self.unchained)
        {
            let found = self.unchained;
            wrong.push(format!(
                "trail: {found} entries have no lane, not as many as when the first one began"
            ));
        }
        let heads = self.heads.into_iter();
        Examined {
            entries: self.entries,
            heads: heads
                .map(|(lane, (link, hash))| Head { lane, link, hash })
                .collect(),
            wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u8) -> AuditRow {
        AuditRow {
            at: Millis(i64::from(n)),
            user: None,
            client: None,
            mutation: None,
            command: format!("Command{n}"),
            kind: "need".into(),
            id: n.to_string(),
            region: None,
            refused: None,
            after: Some("{}".to_owned()),
            change: None,
        }
    }

    fn values(no: i64, chained: &ChainedRow) -> Values {
        let row = &chained.row;
        let text = |value: &Option<String>| value.clone().map_or(Value::Null, Value::Text);
        vec![
            Value::Integer(no),
            Value::Integer(row.at.0),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Text(row.command.clone()),
            Value::Text(row.kind.to_string()),
            Value::Text(row.id.clone()),
            Value::Null,
            text(&row.after),
            text(&row.change),
            Value::Null,
            text(&row.refused),
            Value::Text(chained.lane.clone()),
            Value::Integer(chained.link),
            Value::Text(chained.hash.clone()),
        ]
    }

    /// Two servers, one of which is started again: three lanes, their rows mixed, and what the openings say.
    fn trail() -> (Vec<Values>, Vec<(String, String)>) {
        let mut rows: Vec<ChainedRow> = Vec::new();
        let mut open: Vec<Lane> = Vec::new();
        let mut openings: Vec<(String, String)> = Vec::new();
        let lanes = |rows: &[ChainedRow], openings: &[(String, String)]| Lanes {
            found: openings
                .iter()
                .map(|(lane, opening)| {
                    let last = rows
                        .iter()
                        .rfind(|row| row.lane == *lane)
                        .expect("an entry");
                    let head = Head {
                        lane: lane.clone(),
                        link: last.link,
                        hash: last.hash.clone(),
                    };
                    (head, opening.clone())
                })
                .collect(),
            unchained: 0,
        };
        for (n, name) in ["a", "b", "c"].into_iter().enumerate() {
            let (lane, first) =
                Lane::open(name.to_owned(), lanes(&rows, &openings), Millis(0)).expect("opens");
            openings.push((
                name.to_owned(),
                first.row.after.clone().expect("an opening"),
            ));
            rows.push(first);
            open.push(lane);
            // The first lane is left when the third one begins.
            for (k, lane) in open.iter_mut().enumerate().filter(|(k, _)| n < 2 || *k > 0) {
                rows.push(
                    lane.add(entry(u8::try_from(10 * n + k).expect("small")))
                        .expect("json"),
                );
            }
        }
        let values = (1..).zip(&rows).map(|(no, row)| values(no, row)).collect();
        (values, openings)
    }

    fn examined(rows: &[Values], openings: &[(String, String)]) -> Examined {
        let found = openings.iter().map(|(lane, opening)| {
            let head = Head {
                lane: lane.clone(),
                link: 0,
                hash: String::new(),
            };
            (head, opening.clone())
        });
        let lanes = Lanes {
            found: found.collect(),
            unchained: 0,
        };
        let mut examination = Examination::new(&lanes);
        rows.chunks(2).for_each(|rows| examination.look_at(rows));
        examination.done()
    }

    #[test]
    fn a_trail_that_nobody_touched_holds() {
        let (rows, openings) = trail();
        let examined = examined(&rows, &openings);
        assert_eq!(examined.wrong, Vec::<String>::new());
        assert_eq!((examined.entries, examined.heads.len()), (rows.len(), 3));
    }

    #[test]
    fn whatever_is_changed_or_taken_out_is_noticed() {
        let (rows, openings) = trail();
        for at in 0..rows.len() {
            for column in 1..rows[at].len() {
                let mut changed = rows.clone();
                changed[at][column] = match &changed[at][column] {
                    Value::Null => Value::Text(String::new()),
                    Value::Integer(number) => Value::Integer(number + 1),
                    Value::Text(text) => Value::Text(format!("{text} ")),
                    Value::Bytes(_) => Value::Null,
                };
                assert_ne!(
                    examined(&changed, &openings).wrong,
                    Vec::<String>::new(),
                    "{at} {column}"
                );
            }
            let mut shorter = rows.clone();
            let Some(Value::Text(lane)) = shorter.remove(at).iter().rev().nth(2).cloned() else {
                panic!("a lane")
            };
            let is_last = !shorter[at..]
                .iter()
                .any(|row| row.iter().rev().nth(2) == Some(&Value::Text(lane.clone())));
            // The end of a lane can be cut off unnoticed only where no later opening names it.
            let is_named = lane == "a";
            let noticed = !examined(&shorter, &openings).wrong.is_empty();
            assert_eq!(noticed, !is_last || is_named, "{at}");
        }
    }

    #[test]
    fn an_entry_that_is_put_in_between_is_noticed() {
        let (mut rows, openings) = trail();
        let forged = rows[1].clone();
        rows.insert(2, forged);
        assert_ne!(examined(&rows, &openings).wrong, Vec::<String>::new());
    }
}
