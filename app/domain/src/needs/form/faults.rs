//! What is to be repaired on the form, and where. What the rules would refuse is said at its field before anything is sent.

use super::{Answers, ItemAnswers};
use crate::answers::MAX_DAYS_AHEAD;
use crate::needs::answers::MIN_TITLE;
use crate::read::limits::{self, MAX_PERSONS, TextRule};
use crate::read::{NumberError, Phone, day, number, text};
use crate::rejection::{Field, Problem, Rejection};
use crate::time::Day;

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

fn too_long(rule: &TextRule, text: &str, spot: Spot) -> Option<Fault> {
    rule.fault(text).map(|words| (spot, words))
}

fn number_fault<T>(text: &str, read: Result<T, NumberError>, spot: Spot) -> Option<Fault> {
    if text::is_blank(text) {
        return None;
    }
    read.err().map(|error| (spot, error.to_string()))
}

impl Answers {
    /// What cannot be kept even as a draft of the village, in the order of the form.
    #[must_use]
    pub fn unreadable(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(too_long(&limits::TITLE, &self.title, Spot::Title));
        for (n, item) in self.items.iter().enumerate() {
            faults.extend(too_long(&limits::ITEM_NAME, &item.name, Spot::ItemName(n)));
            faults.extend(item.amount_fault(n));
            faults.extend(too_long(
                &limits::UNIT,
                &item.unit_as_typed(),
                Spot::Unit(n),
            ));
        }
        faults.extend(too_long(&limits::DETAILS, &self.details, Spot::Details));
        if !text::is_blank(&self.deadline) && day::day(&self.deadline).is_err() {
            faults.push((
                Spot::Deadline,
                "日期不对，请写成 2026-12-31 这样".to_owned(),
            ));
        }
        let persons = number::persons(&self.persons, MAX_PERSONS);
        faults.extend(number_fault(&self.persons, persons, Spot::Persons));
        let households = number::households(&self.households, MAX_PERSONS);
        faults.extend(number_fault(&self.households, households, Spot::Households));
        let name = &self.contact_name;
        faults.extend(too_long(&limits::CONTACT_NAME, name, Spot::ContactName));
        let phone = &self.contact_phone;
        faults.extend(too_long(&limits::CONTACT_PHONE, phone, Spot::ContactPhone));
        faults.extend(number_fault(
            &self.budget,
            number::yuan(&self.budget),
            Spot::Budget,
        ));
        faults
    }

    /// What is wrong with what has been answered, as far as the form can tell; nothing about what is still empty.
    #[must_use]
    pub fn wrong(&self, today: Day) -> Vec<Fault> {
        let mut faults = self.unreadable();
        let mut fault = |spot, words: String| {
            if !faults.iter().any(|(s, _)| *s == spot) {
                faults.push((spot, words));
            }
        };
        let title = text::length(&text::line(&self.title));
        if (1..MIN_TITLE).contains(&title) {
            let at_least = MIN_TITLE;
            fault(Spot::Title, Problem::TooShort { at_least }.advice());
        }
        if let Ok(deadline) = day::day(&self.deadline) {
            if deadline < today {
                fault(Spot::Deadline, Problem::InThePast.advice());
            } else if deadline > today.plus(MAX_DAYS_AHEAD) {
                fault(Spot::Deadline, Problem::TooFar.advice());
            }
        }
        if self.households_exceed() {
            fault(Spot::Households, HOUSEHOLDS_EXCEED.to_owned());
        }
        if !text::is_blank(&self.contact_phone)
            && let Err(error) = Phone::read(&self.contact_phone)
        {
            fault(Spot::ContactPhone, error.to_string());
        }
        faults
    }

    /// What is missing or wrong before the county may have it, in the order of the form.
    #[must_use]
    pub fn missing(&self, today: Day) -> Vec<Fault> {
        let mut faults: Vec<Fault> = Vec::new();
        let empty = text::is_blank;
        let wrong = self.wrong(today);
        let mut ask = |missing: bool, spot: Spot, words: &str| {
            let found = wrong.iter().find(|(s, _)| *s == spot);
            if let Some(fault) = found {
                faults.push(fault.clone());
            } else if missing {
                faults.push((spot, words.to_owned()));
            }
        };
        let named = self.name_by_title().is_some();
        ask(empty(&self.title), Spot::Title, "请写一句话：需要什么");
        ask(self.topic.is_none(), Spot::Topic, "请选一类");
        ask(self.help.is_none(), Spot::Help, "请选一种");
        for (n, item) in self.items.iter().enumerate() {
            if n > 0 && item.is_blank() {
                continue;
            }
            ask(empty(&item.name) && !named, Spot::ItemName(n), "请写要什么");
            let none = item.amount().is_ok_and(|(quantity, _)| quantity == 0);
            ask(none, Spot::Quantity(n), "请写要多少");
            let no_unit = item.unit_as_typed().is_empty();
            ask(no_unit, Spot::Unit(n), "请写单位，或点下面的一个");
        }
        ask(false, Spot::Details, "");
        ask(empty(&self.deadline), Spot::Deadline, "请选一个日期");
        ask(empty(&self.persons), Spot::Persons, "请写大约多少人");
        if number::persons(&self.persons, MAX_PERSONS) == Ok(0) {
            ask(true, Spot::Persons, "请写大约多少人");
        }
        ask(false, Spot::Households, "");
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
        ask(false, Spot::Budget, "");
        faults
    }

    /// Where on the form the rules found fault.
    #[must_use]
    pub fn fault(&self, rejection: &Rejection) -> Option<Fault> {
        let (field, problem) = match rejection {
            Rejection::Invalid { field, problem } => (*field, *problem),
            Rejection::BelowPledged { item, .. } => {
                let n = self.items.iter().position(|i| text::line(&i.name) == *item);
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
            Field::Contact if text::is_blank(&self.contact_name) => Spot::ContactName,
            Field::Contact => Spot::ContactPhone,
            _ => return None,
        };
        let words = match (spot, problem) {
            (Spot::Households, _) => HOUSEHOLDS_EXCEED.to_owned(),
            (Spot::Unit(_), Problem::MoneyUnit) => format!("这里{}", problem.advice()),
            _ => problem.advice(),
        };
        Some((spot, words))
    }

    fn households_exceed(&self) -> bool {
        let persons = number::persons(&self.persons, MAX_PERSONS);
        let households = number::households(&self.households, MAX_PERSONS);
        matches!((persons, households), (Ok(persons), Ok(households)) if households > persons)
    }

    /// The rules speak of the items as a whole; this is the one they mean.
    fn worst_item(&self, problem: Problem) -> Spot {
        let find = |bad: &dyn Fn(&ItemAnswers) -> bool| self.items.iter().position(bad);
        let spot = match problem {
            Problem::TooLong { .. } => find(&|i| limits::ITEM_NAME.fault(&i.name).is_some())
                .map(Spot::ItemName)
                .or_else(|| find(&|i| limits::UNIT.fault(&i.unit).is_some()).map(Spot::Unit)),
            Problem::MoneyUnit => {
                find(&|i| i.amount().is_ok_and(|(_, unit)| unit_is_money(&unit))).map(Spot::Unit)
            }
            Problem::OutOfRange | Problem::TooLarge { .. } => {
                let quantity = |n: &usize| self.items[*n].amount().map_or(0, |(n, _)| n);
                let largest = (0..self.items.len()).max_by_key(quantity);
                Some(Spot::Quantity(largest.unwrap_or(0)))
            }
            _ => None,
        };
        spot.unwrap_or(Spot::ItemName(0))
    }
}

const HOUSEHOLDS_EXCEED: &str = "户数比人数还多，请再核对";

fn unit_is_money(unit: &crate::quantity::Unit) -> bool {
    matches!(unit, crate::quantity::Unit::Of(unit) if crate::read::unit::is_counted(unit).is_err())
}
