//! The answers of the need form as they are typed, and what they mean.

/// What is to be repaired, and where.
pub mod faults;
/// One thing that is needed.
pub mod item;
/// What a title says is needed.
pub mod name;
#[cfg(test)]
mod tests;

pub use faults::{Fault, Spot};
pub use item::ItemAnswers;

use super::model::{Help, NeedContent, Topic};
use crate::contact::Contact;
use crate::ids::NeedId;
use crate::money::grouped;
use crate::read::limits::{self, MAX_PERSONS};
use crate::read::{number, text};
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// How many questions must be answered.
pub const QUESTIONS: usize = 8;
/// The unit of money.
pub const YUAN: &str = "元";
/// Units that are offered to be tapped.
pub const UNITS: [&str; 10] = ["个", "台", "套", "盏", "米", "斤", "次", "人", "户", YUAN];
/// A new need is given two months.
const DEFAULT_DAYS: i32 = 60;

/// What is on the form. Kept as a draft, so fields are only ever added, with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The need it is for.
    pub need: NeedId,
    /// 需要什么
    pub title: String,
    /// 情况说明
    #[serde(default)]
    pub details: String,
    /// 属于哪一类
    #[serde(default)]
    pub topic: Option<Topic>,
    /// 要别人帮什么
    #[serde(default)]
    pub help: Option<Help>,
    /// 要多少
    pub items: Vec<ItemAnswers>,
    /// 最晚什么时候
    pub deadline: String,
    /// 多少人受益
    pub persons: String,
    /// 多少户
    #[serde(default)]
    pub households: String,
    /// 大约要多少钱, in yuan
    #[serde(default)]
    pub budget: String,
    /// 急
    #[serde(default)]
    pub urgent: bool,
    /// 联系人
    #[serde(default)]
    pub contact_name: String,
    /// 电话
    #[serde(default)]
    pub contact_phone: String,
    /// Needs that look like it and, as the village says, are another matter.
    #[serde(default)]
    pub told_apart: Vec<NeedId>,
    /// When it was kept last.
    #[serde(default)]
    pub kept_at: Millis,
}

fn shown(n: u64) -> String {
    if n == 0 { String::new() } else { n.to_string() }
}

impl Answers {
    /// An empty form for a new need.
    #[must_use]
    pub fn new(need: NeedId, today: Day) -> Self {
        Self {
            need,
            title: String::new(),
            details: String::new(),
            topic: None,
            help: None,
            items: vec![ItemAnswers::new(1)],
            deadline: today.plus(DEFAULT_DAYS).to_string(),
            persons: String::new(),
            households: String::new(),
            budget: String::new(),
            urgent: false,
            contact_name: String::new(),
            contact_phone: String::new(),
            told_apart: Vec::new(),
            kept_at: Millis(0),
        }
    }

    /// The form of a need that exists.
    #[must_use]
    pub fn of(need: NeedId, content: &NeedContent) -> Self {
        let mut items: Vec<ItemAnswers> = content.items.iter().map(ItemAnswers::of).collect();
        if items.is_empty() {
            items.push(ItemAnswers::new(1));
        }
        let contact = content.contact.as_ref();
        Self {
            need,
            title: content.title.clone(),
            details: content.details.clone(),
            topic: Some(content.topic),
            help: Some(content.help),
            items,
            deadline: content.deadline.to_string(),
            persons: shown(u64::from(content.persons)),
            households: content
                .households
                .map_or_else(String::new, |h| h.to_string()),
            budget: content
                .budget
                .map_or_else(String::new, super::super::money::Fen::typed),
            urgent: content.urgent,
            contact_name: contact.map_or_else(String::new, |c| c.name.clone()),
            contact_phone: contact.map_or_else(String::new, |c| c.phone.clone()),
            told_apart: Vec::new(),
            kept_at: Millis(0),
        }
    }

    /// How the form of that need lies among the drafts.
    #[must_use]
    pub fn draft_name(need: NeedId) -> String {
        format!("need/{need}")
    }

    /// The number of the next item.
    #[must_use]
    pub fn next_no(&self) -> u16 {
        self.items.iter().map(|i| i.no).max().unwrap_or(0) + 1
    }

    /// What the only item is called if its own name is left empty: what the title says. Several items have names of their own.
    #[must_use]
    pub fn name_by_title(&self) -> Option<String> {
        let mut named = self.items.iter().filter(|i| !i.is_blank());
        match (named.next(), named.next()) {
            (_, Some(_)) => None,
            _ => name::of_title(&self.title),
        }
    }

    /// The content, as far as it can be read; none while the class, the kind of help or the day is not chosen, for those
    /// have no "not yet" outside of this form.
    #[must_use]
    pub fn content(&self) -> Option<NeedContent> {
        if !self.unreadable().is_empty() {
            return None;
        }
        let name = limits::CONTACT_NAME.clean(&self.contact_name).ok()?;
        let phone = limits::CONTACT_PHONE.clean(&self.contact_phone).ok()?;
        let contact = (!name.is_empty() || !phone.is_empty()).then_some(Contact { name, phone });
        let by_title = self.name_by_title();
        Some(NeedContent {
            title: limits::TITLE.clean(&self.title).ok()?,
            details: limits::DETAILS.clean(&self.details).ok()?,
            topic: self.topic?,
            help: self.help?,
            items: self
                .items
                .iter()
                .filter(|i| !i.is_blank())
                .filter_map(|i| i.read(by_title.as_deref()))
                .collect(),
            deadline: crate::read::day::day(&self.deadline).ok()?,
            persons: number::persons(&self.persons, MAX_PERSONS).unwrap_or(0),
            households: number::households(&self.households, MAX_PERSONS).ok(),
            budget: number::yuan(&self.budget).ok(),
            urgent: self.urgent,
            contact,
        })
    }

    /// What was understood of a number, where that is not plainly what stands there.
    #[must_use]
    pub fn understood(&self, spot: Spot) -> Option<String> {
        let told =
            |text: &str, plain: String, words: String| (plain != text::line(text)).then_some(words);
        let counted = |text: &str, n: Option<u32>, unit: &str| {
            let n = n?;
            told(text, n.to_string(), format!("{} {unit}", grouped(n.into())))
        };
        match spot {
            Spot::Persons => {
                let n = number::persons(&self.persons, MAX_PERSONS).ok();
                counted(&self.persons, n, "人")
            }
            Spot::Households => {
                let n = number::households(&self.households, MAX_PERSONS).ok();
                counted(&self.households, n, "户")
            }
            Spot::Budget => {
                let fen = number::yuan(&self.budget).ok()?;
                told(&self.budget, fen.typed(), fen.to_string())
            }
            _ => None,
        }
    }

    /// How many questions have no answer yet.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        let empty = text::is_blank;
        let named = self.name_by_title().is_some();
        let items = self.items.iter().all(ItemAnswers::is_blank)
            || self.items.iter().any(|i| {
                !i.is_blank()
                    && ((empty(&i.name) && !named)
                        || empty(&i.quantity)
                        || i.unit_as_typed().is_empty())
            });
        [
            empty(&self.title),
            self.topic.is_none(),
            self.help.is_none(),
            items,
            empty(&self.deadline),
            empty(&self.persons),
            empty(&self.contact_name),
            empty(&self.contact_phone),
        ]
        .iter()
        .filter(|missing| **missing)
        .count()
    }
}
