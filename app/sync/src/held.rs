//! Decisions that are held back for a moment, in which the person may recall them. They lie in the outbox like everything else, so that
//! a killed tab loses none of them; they only do not leave the device yet, and neither does what was done after them.
//!
//! [`Released`] says durably which of them may have left: a tab writes it before it sends one, and the tab that recalls one writes it too,
//! so that of the two exactly one succeeds (compare-and-set).

use crate::outbox::Pending;
use crate::ports::{Area, Guard, Op, StoreError};
use domain::{ClientId, Millis};
use serde::{Deserialize, Serialize};

/// The key of [`Released`] in [`Area::Identity`].
pub const RELEASED: &str = "released";

/// Up to which number decisions may have left this device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Released {
    /// Whose numbers they are; none where nothing was ever released.
    client: Option<ClientId>,
    /// The last number that may have left.
    to: u64,
    /// How often this was written, so that every writing changes it.
    times: u64,
    /// The bytes as they lie in the store, for the guard.
    #[serde(skip)]
    stored: Option<Vec<u8>>,
}

impl Released {
    /// Reads what lies under [`RELEASED`]. What cannot be read counts as nothing released, and is overwritten.
    #[must_use]
    pub fn read(stored: Option<Vec<u8>>) -> Self {
        let read = stored.as_deref().map(serde_json::from_slice::<Self>);
        let mut released = read.and_then(Result::ok).unwrap_or_default();
        released.stored = stored;
        released
    }

    /// Whether that mutation of that client may have left.
    #[must_use]
    pub fn has(&self, client: ClientId, seq: u64) -> bool {
        self.client == Some(client) && seq <= self.to
    }

    /// The guard for a write: nobody has released or recalled anything meanwhile.
    #[must_use]
    pub fn guard(&self) -> Guard {
        Guard {
            area: Area::Identity,
            key: RELEASED.into(),
            value: self.stored.clone(),
        }
    }

    /// This, changed so that everything up to `to` of that client may have left, and how it is written.
    pub fn with(&self, client: ClientId, to: u64) -> Result<(Self, Op), StoreError> {
        let mut next = Self {
            client: Some(client),
            to,
            times: self.times + 1,
            stored: None,
        };
        let bytes = serde_json::to_vec(&next).map_err(|e| StoreError::Corrupt(e.to_string()))?;
        next.stored = Some(bytes.clone());
        Ok((next, Op::Put(Area::Identity, RELEASED.into(), bytes)))
    }

    /// This, changed only so that other writers see that it was written.
    pub fn again(&self, client: ClientId) -> Result<(Self, Op), StoreError> {
        let to = if self.client == Some(client) {
            self.to
        } else {
            0
        };
        self.with(client, to)
    }
}

/// How much longer a decision is held back, in milliseconds; nothing when it may be sent. A clock that was put back holds nothing.
#[must_use]
pub fn held_ms(p: &Pending, hold_ms: i64, now: Millis) -> Option<i64> {
    let is_decision = p.command.as_ref().is_ok_and(domain::Command::is_decision);
    let passed = now.0.saturating_sub(p.entry.at.0);
    (is_decision && p.verdict.is_none() && (0..hold_ms).contains(&passed)).then(|| hold_ms - passed)
}
