//! Quantities: how much of one item, and in which unit.

use crate::money::{Fen, grouped};
use serde::{Deserialize, Serialize};

/// The number of an item inside its need; stable while the need lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemNo(pub u16);

/// What a quantity counts. Money is a unit of its own (`"fen"` on the wire), so that it is never added to pieces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Unit {
    /// Money; the quantity is in fen.
    Fen,
    /// A counted unit: 盏, 台, 人, 人次, 课时.
    Of(String),
}

impl Unit {
    /// `18 盏` or `3,200 元`.
    #[must_use]
    pub fn amount(&self, quantity: u64) -> String {
        match self {
            Self::Fen => Fen(i64::try_from(quantity).unwrap_or(i64::MAX)).to_string(),
            Self::Of(unit) => format!("{} {unit}", grouped(quantity)),
        }
    }
}

impl From<String> for Unit {
    fn from(text: String) -> Self {
        if text == "fen" {
            Self::Fen
        } else {
            Self::Of(text)
        }
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Fen => "fen".to_owned(),
            Unit::Of(text) => text,
        }
    }
}

/// How much of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Which item of the need.
    pub item: ItemNo,
    /// How much, in the item's unit; at least 1.
    pub quantity: u64,
}
