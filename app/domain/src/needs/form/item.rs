//! One thing that is needed: what, how much, in what unit.

use super::{Spot, YUAN, shown};
use crate::money::Fen;
use crate::needs::answers::MAX_QUANTITY;
use crate::needs::model::NeedItem;
use crate::quantity::{ItemNo, Unit};
use crate::read::unit::{AmountError, Meaning, amount, meaning};
use crate::read::{NumberError, limits, number, text};
use serde::{Deserialize, Serialize};

/// One thing that is needed, as it is typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAnswers {
    /// Its number; never given to another thing of the same need.
    pub no: u16,
    /// 要什么
    pub name: String,
    /// 数量; yuan where the unit is 元
    pub quantity: String,
    /// 单位
    pub unit: String,
    /// The unit under which the county has it already. What organizations promised is counted in it, so it may stay, whatever it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub had: String,
}

impl ItemAnswers {
    /// An empty one.
    #[must_use]
    pub fn new(no: u16) -> Self {
        Self {
            no,
            name: String::new(),
            quantity: String::new(),
            unit: String::new(),
            had: String::new(),
        }
    }

    pub(crate) fn of(item: &NeedItem) -> Self {
        let (quantity, unit) = match &item.unit {
            Unit::Fen if item.quantity == 0 => (String::new(), YUAN.to_owned()),
            Unit::Fen => {
                let fen = i64::try_from(item.quantity).unwrap_or(i64::MAX);
                (Fen(fen).typed(), YUAN.to_owned())
            }
            Unit::Of(unit) => (shown(item.quantity), unit.clone()),
        };
        Self {
            no: item.no.0,
            name: item.name.clone(),
            quantity,
            had: unit.clone(),
            unit,
        }
    }

    pub(crate) fn is_blank(&self) -> bool {
        [&self.name, &self.quantity, &self.unit]
            .iter()
            .all(|s| text::is_blank(s))
    }

    /// The unit, also where it was typed behind the number.
    #[must_use]
    pub fn unit_as_typed(&self) -> String {
        let unit = text::line(&self.unit);
        if unit.is_empty() {
            number::with_unit(&self.quantity).map_or(unit, |(_, behind)| behind)
        } else {
            unit
        }
    }

    /// Whether it is money.
    #[must_use]
    pub fn is_money(&self) -> bool {
        matches!(meaning(&self.unit_as_typed()), Ok(Meaning::Money { .. }))
    }

    /// How much of what.
    ///
    /// # Errors
    /// The number or the unit cannot be taken.
    pub fn amount(&self) -> Result<(u64, Unit), AmountError> {
        let unit = text::line(&self.unit);
        if !unit.is_empty() && unit == self.had && !self.is_money() {
            if text::is_blank(&self.quantity) {
                return Ok((0, Unit::Of(unit)));
            }
            let n = number::count(&self.quantity, &[&unit], MAX_QUANTITY);
            return match n {
                Err(NumberError::NotWhole(_) | NumberError::Words(_)) => {
                    amount(&self.quantity, &self.unit, MAX_QUANTITY)
                }
                n => Ok((n?, Unit::Of(unit))),
            };
        }
        amount(&self.quantity, &self.unit, MAX_QUANTITY)
    }

    /// The quantity, `by` more or less, never below 0; with the unit behind it, if it was typed there.
    ///
    /// # Errors
    /// What stands there is no whole number, and how to write it. It stays as it is.
    pub fn stepped(&self, by: i64) -> Result<String, NumberError> {
        if text::is_blank(&self.quantity) {
            return Ok(by.max(0).to_string());
        }
        let (number, behind) = number::with_unit(&self.quantity)?;
        let whole = number
            .times(1)
            .ok_or_else(|| NumberError::NotWhole(number.floor().max(1)))?;
        let n = whole.saturating_add_signed(by).min(MAX_QUANTITY);
        Ok(format!("{n}{behind}"))
    }

    /// What was understood, where that is not plainly what stands there: 35,000 for 3.5万.
    #[must_use]
    pub fn understood(&self) -> Option<String> {
        let (quantity, unit) = self.amount().ok()?;
        let plain = Self::of(&NeedItem {
            no: ItemNo(self.no),
            name: String::new(),
            quantity,
            unit: unit.clone(),
        });
        let same = plain.quantity == text::line(&self.quantity)
            && (plain.unit == text::line(&self.unit) || quantity == 0);
        (!same && quantity > 0).then(|| unit.amount(quantity))
    }

    pub(super) fn read(&self, by_title: Option<&str>) -> Option<NeedItem> {
        let (quantity, unit) = self.amount().ok()?;
        let name = limits::ITEM_NAME.clean(&self.name).ok()?;
        Some(NeedItem {
            no: ItemNo(self.no),
            name: if name.is_empty() {
                by_title.unwrap_or_default().to_owned()
            } else {
                name
            },
            quantity,
            unit,
        })
    }

    /// Where the amount cannot be taken, and why.
    pub(super) fn amount_fault(&self, n: usize) -> Option<(Spot, String)> {
        match self.amount().err()? {
            AmountError::Quantity(error) => Some((Spot::Quantity(n), error.to_string())),
            AmountError::Unit(error) => Some((Spot::Unit(n), error.to_string())),
        }
    }
}
