//! Ring buffer of the last 500 applied mutations, for offering them again to a restored server. A server that is put back to a
//! backup has lost what it acknowledged since; the mutation ids stay (idempotency keys), so nothing is applied twice.
//!
//! It lies in [`Area::Identity`], of which older pages read single keys only: under the numbers below [`KEPT`], one after the
//! other and then from the start again, so that what is too old is overwritten; [`HEAD`] says which number is next.

use crate::outbox::Entry;
use crate::ports::{Area, Guard, Op, StoreError, StoreKey};
use serde::{Deserialize, Serialize};

/// How many mutations are kept: about two years of a busy village, less than 1 MB.
pub const KEPT: u64 = 500;
/// The key of the [`Sent`] in [`Area::Identity`].
pub const HEAD: &str = "sent";

/// The head of the ring buffer: where the next mutation goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The epoch of the server that applied what is kept; empty when nothing ever was.
    pub epoch: String,
    /// The next number. It rises with every mutation that is kept, and when the outbox is numbered anew.
    next: u64,
    /// The bytes as they lie in the store, for the guard: a newer page may have written fields that this one does not read.
    #[serde(skip)]
    stored: Option<Vec<u8>>,
}

/// One applied mutation. This format is frozen, as the outbox is.
#[derive(Serialize, Deserialize)]
struct Kept {
    no: u64,
    entry: Entry,
}

fn unwritable(error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

impl Sent {
    /// Reads what lies under [`HEAD`]. A head that cannot be read counts as an empty history, which is best effort; the outbox alone
    /// must never be lost.
    #[must_use]
    pub fn read(stored: Option<Vec<u8>>) -> Self {
        let read = stored.as_deref().map(serde_json::from_slice::<Self>);
        let mut sent = read.and_then(Result::ok).unwrap_or_default();
        sent.stored = stored;
        sent
    }

    /// The guard for a write: [`HEAD`] must be unchanged, or another tab has moved mutations meanwhile.
    #[must_use]
    pub fn guard(&self) -> Guard {
        Guard {
            area: Area::Identity,
            key: HEAD.into(),
            value: self.stored.clone(),
        }
    }

    /// Keeps entries that the server of this epoch has applied, in their order.
    pub fn keep<'a>(
        &mut self,
        epoch: &str,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> Result<Vec<Op>, StoreError> {
        epoch.clone_into(&mut self.epoch);
        let mut ops = Vec::new();
        for entry in entries {
            let kept = Kept {
                no: self.next,
                entry: entry.clone(),
            };
            let bytes = serde_json::to_string(&kept)
                .map_err(|e| unwritable(&e))?
                .into_bytes();
            ops.push(Op::Put(Area::Identity, (self.next % KEPT).into(), bytes));
            self.next += 1;
        }
        ops.push(self.put()?);
        Ok(ops)
    }

    /// Notes that the outbox is numbered anew; after a restoration, for a server of another epoch. The changed head makes the
    /// guard of another tab fail that is about to move mutations under their old numbers.
    pub fn renumber(&mut self, restored: Option<&str>) -> Result<Op, StoreError> {
        if let Some(epoch) = restored {
            epoch.clone_into(&mut self.epoch);
        }
        self.next += 1;
        self.put()
    }

    fn put(&mut self) -> Result<Op, StoreError> {
        let bytes = serde_json::to_string(self)
            .map_err(|e| unwritable(&e))?
            .into_bytes();
        self.stored = Some(bytes.clone());
        Ok(Op::Put(Area::Identity, HEAD.into(), bytes))
    }
}

/// What is kept, in its order, out of everything in [`Area::Identity`]; and what removes it from there, since it goes back into
/// the outbox.
#[must_use]
pub fn take_back(identity: &[(StoreKey, Vec<u8>)]) -> (Vec<Entry>, Vec<Op>) {
    let mut kept: Vec<Kept> = Vec::new();
    let mut ops = Vec::new();
    for (key, bytes) in identity {
        if let StoreKey::Number(_) = key {
            kept.extend(serde_json::from_slice::<Kept>(bytes).ok());
            ops.push(Op::Delete(Area::Identity, key.clone()));
        }
    }
    kept.sort_by_key(|k| k.no);
    (kept.into_iter().map(|k| k.entry).collect(), ops)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Millis, MutationId};

    fn entry(n: u64) -> Entry {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        let args = crate::wire::Json::new("{}".to_owned()).unwrap_or_else(|e| panic!("{e}"));
        Entry {
            id: MutationId::from_random(id),
            name: "SubmitNeed".to_owned(),
            v: 1,
            args,
            at: Millis(n.cast_signed()),
        }
    }

    fn stored(ops: Vec<Op>) -> Vec<(StoreKey, Vec<u8>)> {
        let mut values = std::collections::BTreeMap::new();
        for op in ops {
            match op {
                Op::Put(Area::Identity, key, value) => drop(values.insert(key, value)),
                other => panic!("{other:?}"),
            }
        }
        values.into_iter().collect()
    }

    #[test]
    fn the_last_ones_are_kept_and_taken_back_in_their_order() {
        let mut sent = Sent::default();
        let mut ops = Vec::new();
        for n in 0..KEPT + 7 {
            ops.extend(
                sent.keep("a2f1", [entry(n)].iter())
                    .unwrap_or_else(|e| panic!("{e}")),
            );
        }
        let identity = stored(ops);
        assert_eq!(identity.len() as u64, KEPT + 1);
        let (entries, ops) = take_back(&identity);
        let expected: Vec<Entry> = (7..KEPT + 7).map(entry).collect();
        assert_eq!(entries, expected);
        assert_eq!(ops.len() as u64, KEPT, "all are removed");
    }

    #[test]
    fn the_format_is_frozen() {
        let mut sent = Sent::default();
        let ops = sent
            .keep("a2f1", [entry(1)].iter())
            .unwrap_or_else(|e| panic!("{e}"));
        let written: Vec<(StoreKey, String)> = stored(ops)
            .into_iter()
            .map(|(key, value)| (key, String::from_utf8_lossy(&value).into_owned()))
            .collect();
        let kept = r#"{"no":0,"entry":{"id":"00000000-0000-4001-8000-000000000000","name":"SubmitNeed","v":1,"args":{},"at":1}}"#;
        let head = r#"{"epoch":"a2f1","next":1}"#;
        assert_eq!(
            written,
            [(0.into(), kept.to_owned()), (HEAD.into(), head.to_owned())]
        );
    }

    #[test]
    fn what_cannot_be_read_counts_as_nothing() {
        let broken = [(0.into(), b"{".to_vec()), (HEAD.into(), b"x".to_vec())];
        assert_eq!(take_back(&broken).0, []);
        let mut sent = Sent::read(Some(b"x".to_vec()));
        assert_eq!(sent.guard().value, Some(b"x".to_vec()));
        assert!(sent.keep("b3", std::iter::empty()).is_ok());
        assert_eq!(sent.epoch, "b3");
    }

    #[test]
    fn what_a_newer_page_adds_is_not_taken_for_another_tab() {
        let newer = br#"{"next":3,"epoch":"a2f1","more":true}"#.to_vec();
        let sent = Sent::read(Some(newer.clone()));
        assert_eq!((sent.epoch.as_str(), sent.next), ("a2f1", 3));
        assert_eq!(sent.guard().value, Some(newer));
    }
}
