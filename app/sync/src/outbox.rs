//! The outbox pattern: own mutations are stored before they are shown, and stay until the server has given its verdict.

use crate::ports::{StoreError, StoreKey};
use crate::wire::{Json, MAX_MUTATION_BYTES, MAX_MUTATIONS, Mutation, Refused, Verdict};
use domain::{Command, CommandError, Key, Millis, MutationId};
use serde::{Deserialize, Serialize};

/// The first request of a sync carries at most this many mutations. Each answer lets the next one carry four times as many (slow
/// start), so that a slow connection gets requests that it can finish before they time out.
const FIRST_MUTATIONS: usize = 50;
/// The first request of a sync carries at most this many bytes of arguments.
const FIRST_BYTES: usize = 64 * 1024;

/// What lies in the outbox under a sequence number. This format is frozen: it must be readable by every later version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Unique over all clients.
    pub id: MutationId,
    /// A command's name.
    pub name: String,
    /// The version of its arguments.
    pub v: u32,
    /// Its arguments.
    pub args: Json,
    /// When the person did it, by the phone's clock.
    pub at: Millis,
}

/// An entry of the outbox in memory.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its number.
    pub seq: u64,
    /// What is stored.
    pub entry: Entry,
    /// The command it was read as; an outbox written by a newer page may hold what this one cannot read.
    pub command: Result<Command, CommandError>,
    /// What the server said, as far as this tab has heard.
    pub verdict: Option<Verdict>,
}

/// A stored rejection that the person has not put away yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The rejected mutation.
    pub entry: Entry,
    /// Why, as the server said it; this page may be too old to know the rejection itself.
    pub refused: Refused,
}

impl Entry {
    /// An entry for a command.
    pub fn new(id: MutationId, command: &Command, at: Millis) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id,
            name: command.name().to_owned(),
            v: Command::VERSION,
            args: Json::new(command.args()?)?,
            at,
        })
    }

    /// The bytes to store.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads the command.
    pub fn command(&self) -> Result<Command, CommandError> {
        Command::read(&self.name, self.v, self.args.get())
    }

    /// The entry as it is sent under a number.
    #[must_use]
    pub fn mutation(&self, seq: u64) -> Mutation {
        Mutation {
            seq,
            id: self.id,
            name: self.name.clone(),
            v: self.v,
            args: self.args.clone(),
            at: self.at,
        }
    }
}

impl Pending {
    /// Reads what the store holds under a number.
    pub fn read(key: &StoreKey, bytes: &[u8]) -> Result<Self, StoreError> {
        let StoreKey::Number(seq) = key else {
            return Err(StoreError::Corrupt("an outbox key is no number".to_owned()));
        };
        let entry: Entry = serde_json::from_slice(bytes)
            .map_err(|e| StoreError::Corrupt(format!("outbox entry {seq}: {e}")))?;
        Ok(Self {
            seq: *seq,
            command: entry.command(),
            entry,
            verdict: None,
        })
    }

    /// The need or order it is about.
    #[must_use]
    pub fn subject(&self) -> Option<Key> {
        self.command.as_ref().ok().map(Command::subject)
    }

    /// Whether the server rejected it.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Rejected(_)))
    }
}

/// The next mutations to send: those without a verdict, in order. The first request of a sync is small; after each one that
/// was `answered` the next may be four times as large, up to what a request may carry. A rejected mutation that was put away, or a decision
/// that was recalled, leaves a gap in the numbers; a request never spans one. What is `held` does not go, and nothing after it.
#[must_use]
pub fn batch(pending: &[Pending], answered: u32, held: impl Fn(&Pending) -> bool) -> Vec<Mutation> {
    let times = 4_usize.saturating_pow(answered);
    let most = FIRST_MUTATIONS.saturating_mul(times).min(MAX_MUTATIONS);
    let most_bytes = FIRST_BYTES.saturating_mul(times).min(MAX_MUTATION_BYTES);
    let mut bytes = 0;
    let mut out: Vec<Mutation> = Vec::new();
    for p in pending.iter().filter(|p| p.verdict.is_none()) {
        bytes += p.entry.args.get().len();
        let gap = out.last().is_some_and(|last| last.seq + 1 != p.seq);
        let full = out.len() == most || (bytes > most_bytes && !out.is_empty());
        if gap || full || held(p) {
            break;
        }
        out.push(p.entry.mutation(p.seq));
    }
    out
}
