//! The answers of the need form as they are typed, and what they mean. Pure: no browser, no clock.

use domain::rejection::{Field, Problem};
use domain::text::narrow;
use domain::{Contact, Day, Fen, Help, ItemNo, Millis, NeedContent, NeedId, NeedItem, Rejection};
use domain::{Topic, Unit};
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
    /// When it was kept last.
    #[serde(default)]
    pub kept_at: Millis,
}

/// One thing that is needed.
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
}

/// Where on the form something is to be repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// 需要什么
    Title,
    /// 属于哪一类
    Topic,
    /// 要别人帮什么
    Help,
    /// 情况说明
    Details,
    /// 要什么, of the item in that place
    ItemName(usize),
    /// 数量
    Quantity(usize),
    /// 单位
    Unit(usize),
    /// 最晚什么时候
    Deadline,
    /// 多少人受益
    Persons,
    /// 多少户
    Households,
    /// 大约要多少钱
    Budget,
    /// 联系人
    ContactName,
    /// 电话
    ContactPhone,
}

/// Something to repair: where, and what to do.
pub type Fault = (Spot, String);

impl Spot {
    /// The id of the control in the page.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Title => "title".to_owned(),
            Self::Topic => "topic".to_owned(),
            Self::Help => "help".to_owned(),
            Self::Details => "details".to_owned(),
            Self::ItemName(n) => format!("item-{n}"),
            Self::Quantity(n) => format!("quantity-{n}"),
            Self::Unit(n) => format!("unit-{n}"),
            Self::Deadline => "deadline".to_owned(),
            Self::Persons => "persons".to_owned(),
            Self::Households => "households".to_owned(),
            Self::Budget => "budget".to_owned(),
            Self::ContactName => "contact-name".to_owned(),
            Self::ContactPhone => "contact-phone".to_owned(),
        }
    }
}

/// Digits as people type them: full-width ones, commas and spaces are put right.
fn digits(text: &str) -> Option<u64> {
    let mut plain = narrow(text.trim());
    plain.retain(|c| !matches!(c, ',' | ' '));
    let is_number = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| plain.parse().ok())?
}

/// A phone number or a name without what the keyboard added.
fn tidy(text: &str) -> String {
    narrow(text.trim()).replace('—', "-")
}

fn yuan(fen: u64) -> String {
    match fen % 100 {
        0 => (fen / 100).to_string(),
        rest => format!("{}.{rest:02}", fen / 100),
    }
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
        }
    }

    fn is_blank(&self) -> bool {
        [&self.name, &self.quantity, &self.unit]
            .iter()
            .all(|s| s.trim().is_empty())
    }

    fn is_money(&self) -> bool {
        self.unit.trim() == YUAN
    }

    /// The amount; none when it cannot be read. An empty one is zero.
    fn amount(&self) -> Option<u64> {
        if self.quantity.trim().is_empty() {
            Some(0)
        } else if self.is_money() {
            let fen = Fen::from_yuan(&self.quantity).ok()?;
            u64::try_from(fen.0).ok()
        } else {
            digits(&self.quantity)
        }
    }

    /// The quantity, `by` more or less; never below `least`.
    #[must_use]
    pub fn stepped(&self, by: i64) -> String {
        let whole = digits(&self.quantity).unwrap_or(0);
        whole.saturating_add_signed(by).to_string()
    }

    fn read(&self) -> Option<NeedItem> {
        let unit = if self.is_money() {
            Unit::Fen
        } else {
            Unit::Of(self.unit.trim().to_owned())
        };
        Some(NeedItem {
            no: ItemNo(self.no),
            name: self.name.trim().to_owned(),
            quantity: self.amount()?,
            unit,
        })
    }
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
                .map_or_else(String::new, |b| yuan(b.0.unsigned_abs())),
            urgent: content.urgent,
            contact_name: contact.map_or_else(String::new, |c| c.name.clone()),
            contact_phone: contact.map_or_else(String::new, |c| c.phone.clone()),
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

    /// How many questions have no answer yet.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        let empty = |s: &str| s.trim().is_empty();
        let items = self.items.iter().all(ItemAnswers::is_blank)
            || self
                .items
                .iter()
                .any(|i| !i.is_blank() && (empty(&i.name) || empty(&i.quantity) || empty(&i.unit)));
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

    /// What cannot be kept even as a draft of the village, in the order of the form.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |spot, words: &str| faults.push((spot, words.to_owned()));
        for (n, item) in self.items.iter().enumerate() {
            if item.amount().is_none() {
                let words = if item.is_money() {
                    "金额要写成数字，例如 3200 或 3200.50"
                } else {
                    "数量要写成整数，例如 12"
                };
                fault(Spot::Quantity(n), words);
            }
        }
        if !self.deadline.is_empty() && self.deadline.parse::<Day>().is_err() {
            fault(Spot::Deadline, "日期不对，请重新选");
        }
        let number = |text: &str| text.trim().is_empty() || persons(text).is_some();
        if !number(&self.persons) {
            fault(Spot::Persons, "人数要写成整数，例如 160");
        }
        if !number(&self.households) {
            fault(Spot::Households, "户数要写成整数，例如 42");
        }
        if !self.budget.trim().is_empty() && Fen::from_yuan(&self.budget).is_err() {
            fault(Spot::Budget, "金额要写成数字，例如 3200 或 3200.50");
        }
        faults
    }

    /// What is missing or cannot be read before the county may have it, in the order of the form.
    #[must_use]
    pub fn missing(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> = Vec::new();
        let empty = |s: &str| s.trim().is_empty();
        let unreadable = self.unreadable();
        let mut ask = |missing: bool, spot: Spot, words: &str| {
            let found = unreadable.iter().find(|(s, _)| *s == spot);
            if let Some(fault) = found {
                faults.push(fault.clone());
            } else if missing {
                faults.push((spot, words.to_owned()));
            }
        };
        ask(empty(&self.title), Spot::Title, "请写一句话：需要什么");
        ask(self.topic.is_none(), Spot::Topic, "请选一类");
        ask(self.help.is_none(), Spot::Help, "请选一种");
        for (n, item) in self.items.iter().enumerate() {
            if n > 0 && item.is_blank() {
                continue;
            }
            ask(empty(&item.name), Spot::ItemName(n), "请写要什么");
            let none = item.amount() == Some(0);
            ask(none, Spot::Quantity(n), "请写要多少");
            ask(empty(&item.unit), Spot::Unit(n), "请写单位，或点下面的一个");
        }
        ask(empty(&self.deadline), Spot::Deadline, "请选一个日期");
        ask(empty(&self.persons), Spot::Persons, "请写大约多少人");
        ask(false, Spot::Households, "");
        ask(false, Spot::Budget, "");
        ask(
            empty(&self.contact_name),
            Spot::ContactName,
            "请写联系人姓名",
        );
        ask(
            empty(&self.contact_phone),
            Spot::ContactPhone,
            "请写联系电话",
        );
        faults
    }

    /// The content, as far as it can be read; none while the class, the kind of help or the day is not chosen, for those
    /// have no "not yet" outside of this form.
    #[must_use]
    pub fn content(&self) -> Option<NeedContent> {
        if !self.unreadable().is_empty() {
            return None;
        }
        let (name, phone) = (tidy(&self.contact_name), tidy(&self.contact_phone));
        let contact = (!name.is_empty() || !phone.is_empty()).then_some(Contact { name, phone });
        Some(NeedContent {
            title: self.title.trim().to_owned(),
            details: self.details.trim().to_owned(),
            topic: self.topic?,
            help: self.help?,
            items: self
                .items
                .iter()
                .filter(|i| !i.is_blank())
                .filter_map(ItemAnswers::read)
                .collect(),
            deadline: self.deadline.parse().ok()?,
            persons: persons(&self.persons).unwrap_or(0),
            households: persons(&self.households),
            budget: Fen::from_yuan(&self.budget).ok(),
            urgent: self.urgent,
            contact,
        })
    }

    /// Where on the form the rules found fault.
    #[must_use]
    pub fn fault(&self, rejection: &Rejection) -> Option<Fault> {
        let (field, problem) = match rejection {
            Rejection::Invalid { field, problem } => (*field, *problem),
            Rejection::BelowPledged { item, .. } => {
                let n = self.items.iter().position(|i| i.name.trim() == item);
                return Some((Spot::Quantity(n.unwrap_or(0)), rejection.sentence()));
            }
            _ => return None,
        };
        let spot = match field {
            Field::Title => Spot::Title,
            Field::Details => Spot::Details,
            Field::Items => self.worst_item(problem),
            Field::Deadline => Spot::Deadline,
            Field::Persons if self.households_exceed() => Spot::Households,
            Field::Persons => Spot::Persons,
            Field::Budget => Spot::Budget,
            Field::Contact if problem == Problem::NotAPhone => Spot::ContactPhone,
            Field::Contact if self.contact_name.trim().is_empty() => Spot::ContactName,
            Field::Contact => Spot::ContactPhone,
            Field::Words | Field::Lines | Field::Due | Field::Progress | Field::Money => {
                return None;
            }
        };
        let words = if spot == Spot::Households {
            "户数比人数还多，请再核对".to_owned()
        } else {
            problem.advice()
        };
        Some((spot, words))
    }

    fn households_exceed(&self) -> bool {
        persons(&self.households) > persons(&self.persons)
    }

    /// The rules speak of the items as a whole; this is the one they mean.
    fn worst_item(&self, problem: Problem) -> Spot {
        let long = |s: &str, most: usize| s.trim().chars().count() > most;
        for (n, item) in self.items.iter().enumerate() {
            match problem {
                Problem::TooLong { at_most } if long(&item.name, at_most as usize) => {
                    return Spot::ItemName(n);
                }
                Problem::TooLong { at_most } if long(&item.unit, at_most as usize) => {
                    return Spot::Unit(n);
                }
                _ => {}
            }
        }
        match problem {
            Problem::OutOfRange => {
                let largest = (0..self.items.len()).max_by_key(|n| self.items[*n].amount());
                Spot::Quantity(largest.unwrap_or(0))
            }
            _ => Spot::ItemName(0),
        }
    }
}

impl ItemAnswers {
    fn of(item: &NeedItem) -> Self {
        let (quantity, unit) = match &item.unit {
            Unit::Fen if item.quantity == 0 => (String::new(), YUAN.to_owned()),
            Unit::Fen => (yuan(item.quantity), YUAN.to_owned()),
            Unit::Of(unit) => (shown(item.quantity), unit.clone()),
        };
        Self {
            no: item.no.0,
            name: item.name.clone(),
            quantity,
            unit,
        }
    }
}

fn shown(n: u64) -> String {
    if n == 0 { String::new() } else { n.to_string() }
}

fn persons(text: &str) -> Option<u32> {
    digits(text).and_then(|n| u32::try_from(n).ok())
}

/// Whether two titles speak of the same thing, by the pairs of characters they share.
#[must_use]
pub fn is_alike(a: &str, b: &str) -> bool {
    let (a, b) = (pairs(a), pairs(b));
    let smaller = a.len().min(b.len());
    if smaller < 3 {
        return false;
    }
    let shared = a.iter().filter(|p| b.contains(p)).count();
    // Half of the shorter title: 村口到小学的路灯坏了 and 村口路灯坏了 12 盏 are alike, two needs of one hamlet are not.
    shared * 2 >= smaller
}

/// A Chinese character, the rare ones of place names included (CJK unified ideographs and their extensions).
const fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}')
}

fn pairs(text: &str) -> Vec<(char, char)> {
    let plain: Vec<char> = text
        .chars()
        .filter(|c| (is_ideograph(*c) || c.is_ascii_alphabetic()) && *c != '的')
        .collect();
    let mut pairs: Vec<_> = plain.windows(2).map(|w| (w[0], w[1])).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need() -> NeedId {
        NeedId::from_random([7; 16])
    }

    fn today() -> Day {
        Day::from_ymd(2026, 11, 24).unwrap_or_default()
    }

    fn answered() -> Answers {
        Answers {
            title: "通组路缺路灯 18 盏".to_owned(),
            topic: Some(Topic::Environment),
            help: Some(Help::Relief),
            items: vec![ItemAnswers {
                no: 1,
                name: "路灯".to_owned(),
                quantity: "１8".to_owned(),
                unit: "盏".to_owned(),
            }],
            persons: "160".to_owned(),
            contact_name: "杨国胜".to_owned(),
            contact_phone: "138 0000 0001".to_owned(),
            ..Answers::new(need(), today())
        }
    }

    #[test]
    fn a_new_form_asks_eight_questions_one_of_which_has_a_default() {
        let form = Answers::new(need(), today());
        assert_eq!(form.unanswered(), QUESTIONS - 1);
        assert_eq!(form.deadline, "2027-01-23");
        assert_eq!(form.content(), None);
        assert_eq!(form.missing().first().map(|f| f.0), Some(Spot::Title));
    }

    #[test]
    fn an_answered_form_is_content_and_back_again() {
        let form = answered();
        assert_eq!(form.unanswered(), 0);
        assert!(form.missing().is_empty());
        let content = form.content();
        let items = content.as_ref().map(|c| c.items[0].quantity);
        assert_eq!(items, Some(18));
        let again = content.as_ref().map(|c| Answers::of(need(), c).content());
        assert_eq!(again, Some(content));
    }

    #[test]
    fn money_is_typed_in_yuan_and_counted_in_fen() {
        let mut form = answered();
        form.items[0].unit = YUAN.to_owned();
        form.items[0].quantity = "3200.50".to_owned();
        let content = form.content();
        let item = content.as_ref().map(|c| c.items[0].clone());
        assert_eq!(item.as_ref().map(|i| i.quantity), Some(320_050));
        assert_eq!(item.map(|i| i.unit), Some(Unit::Fen));
        let again = content.map(|c| Answers::of(need(), &c).items[0].clone());
        assert_eq!(
            again.map(|i| (i.quantity, i.unit)),
            Some(("3200.50".to_owned(), YUAN.to_owned()))
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_where_it_stands() {
        let mut form = answered();
        form.items[0].quantity = "十二".to_owned();
        form.persons = "很多".to_owned();
        let spots: Vec<Spot> = form.missing().into_iter().map(|f| f.0).collect();
        assert_eq!(spots, [Spot::Quantity(0), Spot::Persons]);
        assert_eq!(form.content(), None);
    }

    #[test]
    fn an_empty_second_item_is_no_fault_and_is_not_sent() {
        let mut form = answered();
        form.items.push(ItemAnswers::new(form.next_no()));
        assert!(form.missing().is_empty());
        assert_eq!(form.content().map(|c| c.items.len()), Some(1));
    }

    #[test]
    fn the_rules_find_fault_where_the_form_can_show_it() {
        let form = answered();
        let at = |field, problem| {
            form.fault(&Rejection::Invalid { field, problem })
                .map(|f| f.0)
        };
        assert_eq!(
            at(Field::Contact, Problem::NotAPhone),
            Some(Spot::ContactPhone)
        );
        assert_eq!(
            at(Field::Items, Problem::OutOfRange),
            Some(Spot::Quantity(0))
        );
        assert_eq!(
            at(Field::Deadline, Problem::InThePast),
            Some(Spot::Deadline)
        );
        assert_eq!(at(Field::Due, Problem::InThePast), None);
    }

    #[test]
    fn titles_that_speak_of_the_same_are_alike() {
        assert!(is_alike("村口到小学的路灯坏了", "村口到小学缺路灯 12 盏"));
        assert!(!is_alike("村口到小学的路灯坏了", "独居老人冬衣 60 套"));
        assert!(!is_alike("路灯", "路灯"));
    }
}
