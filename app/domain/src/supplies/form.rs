//! The answers of the supply form as they are typed, and what they mean.

use super::answers::{MAX_PLACES, MAX_REGIONS};
use super::model::{Action, PER_PLACE, ServedRegion, Source, SupplyContent};
use crate::ids::SupplyId;
use crate::money::Fen;
use crate::needs::answers::MIN_TITLE;
use crate::needs::form::ItemAnswers;
use crate::needs::{Help, NeedItem, Topic};
use crate::quantity::Unit;
use crate::read::limits::{self, TextRule};
use crate::read::unit::AmountError;
use crate::read::{day, number, text};
use crate::rejection::{Field, Problem, Rejection};
use crate::revision::Amount;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// How many questions must be answered.
pub const QUESTIONS: usize = 10;
/// A new supply is offered for half a year.
const DEFAULT_DAYS: i32 = 180;

/// What is on the form. Kept as a draft, so fields are only ever added, with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyAnswers {
    /// The supply it is for.
    pub supply: SupplyId,
    /// 能提供什么（一句话）
    pub title: String,
    /// 属于哪一类
    pub topic: Option<Topic>,
    /// 属于哪个行动
    pub action: Option<Action>,
    /// 怎么帮
    pub help: Option<Help>,
    /// 具体做些什么
    pub offer: String,
    /// 每个村给多少
    pub per_place: ItemAnswers,
    /// 一共能帮几个村
    pub places: String,
    /// 能去哪里
    pub regions: Vec<ServedRegion>,
    /// 村里要准备什么
    pub conditions: String,
    /// 每个村大约花多少钱, in yuan
    pub cost: String,
    /// 钱从哪来
    pub source: Option<Source>,
    /// 从什么时候
    pub from: String,
    /// 到什么时候
    pub to: String,
    /// 谁来做
    pub team: String,
    /// 以前做成的
    pub cases: String,
}

/// Where on the form something is to be repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupplySpot {
    /// 能提供什么
    Title,
    /// 属于哪一类
    Topic,
    /// 属于哪个行动
    Action,
    /// 怎么帮
    Help,
    /// 具体做些什么
    Details,
    /// 每个村给什么
    Name,
    /// 多少
    Quantity,
    /// 单位
    Unit,
    /// 名额
    Places,
    /// 能去哪里
    Regions,
    /// 村里要准备什么
    Conditions,
    /// 每个村花多少
    Cost,
    /// 钱从哪来
    Source,
    /// 从什么时候
    From,
    /// 到什么时候
    To,
    /// 谁来做
    Team,
    /// 以前做成的
    Cases,
}

/// Something to repair: where, and what to do.
pub type SupplyFault = (SupplySpot, String);

impl SupplySpot {
    /// The id of the control in the page.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Title => "supply-title",
            Self::Topic => "supply-topic",
            Self::Action => "supply-action",
            Self::Help => "supply-help",
            Self::Details => "supply-details",
            Self::Name => "supply-name",
            Self::Quantity => "supply-quantity",
            Self::Unit => "supply-unit",
            Self::Places => "supply-places",
            Self::Regions => "supply-regions",
            Self::Conditions => "supply-conditions",
            Self::Cost => "supply-cost",
            Self::Source => "supply-source",
            Self::From => "supply-from",
            Self::To => "supply-to",
            Self::Team => "supply-team",
            Self::Cases => "supply-cases",
        }
    }
}

impl SupplyAnswers {
    /// An empty form for a new supply.
    #[must_use]
    pub fn new(supply: SupplyId, today: Day) -> Self {
        Self {
            supply,
            title: String::new(),
            topic: None,
            action: None,
            help: None,
            offer: String::new(),
            per_place: ItemAnswers::new(PER_PLACE.0),
            places: String::new(),
            regions: Vec::new(),
            conditions: String::new(),
            cost: String::new(),
            source: None,
            from: today.to_string(),
            to: today.plus(DEFAULT_DAYS).to_string(),
            team: String::new(),
            cases: String::new(),
        }
    }

    /// The form of a supply that exists.
    #[must_use]
    pub fn of(supply: SupplyId, content: &SupplyContent) -> Self {
        let Amount {
            name,
            quantity,
            unit,
        } = content.per_place.clone();
        Self {
            supply,
            title: content.title.clone(),
            topic: Some(content.topic),
            action: Some(content.action),
            help: Some(content.help),
            offer: content.offer.clone(),
            per_place: ItemAnswers::of(&NeedItem {
                no: PER_PLACE,
                name,
                quantity,
                unit,
            }),
            places: match content.places {
                0 => String::new(),
                places => places.to_string(),
            },
            regions: content.regions.clone(),
            conditions: content.conditions.clone(),
            cost: content.cost.map_or_else(String::new, Fen::typed),
            source: Some(content.source),
            from: content.from.to_string(),
            to: content.to.to_string(),
            team: content.team.clone(),
            cases: content.cases.clone(),
        }
    }

    /// How the form of that supply lies among the drafts.
    #[must_use]
    pub fn draft_name(supply: SupplyId) -> String {
        format!("supply/{supply}")
    }

    fn places_read(&self) -> Result<u32, String> {
        if text::is_blank(&self.places) {
            return Ok(0);
        }
        let read = number::count(&self.places, &["个", "村", "个村"], u64::from(MAX_PLACES));
        let read = read.map_err(|error| error.to_string())?;
        Ok(u32::try_from(read).unwrap_or(MAX_PLACES))
    }

    /// The content, as far as it can be read; none while something is not chosen that has no "not yet" outside of this form.
    #[must_use]
    pub fn content(&self) -> Option<SupplyContent> {
        if !self.unreadable().is_empty() {
            return None;
        }
        let (quantity, unit) = self.per_place.amount().ok()?;
        Some(SupplyContent {
            title: limits::OFFER_TITLE.clean(&self.title).ok()?,
            topic: self.topic?,
            action: self.action?,
            help: self.help?,
            offer: limits::OFFER_DETAILS.clean(&self.offer).ok()?,
            per_place: Amount {
                name: limits::PER_PLACE_NAME.clean(&self.per_place.name).ok()?,
                quantity,
                unit,
            },
            places: self.places_read().ok()?,
            regions: self.regions.clone(),
            conditions: limits::CONDITIONS.clean(&self.conditions).ok()?,
            cost: number::yuan(&self.cost).ok(),
            source: self.source?,
            from: day::day(&self.from).ok()?,
            to: day::day(&self.to).ok()?,
            team: limits::TEAM.clean(&self.team).ok()?,
            cases: limits::CASES.clean(&self.cases).ok()?,
        })
    }

    /// What cannot be kept even as a draft, in the order of the form.
    #[must_use]
    pub fn unreadable(&self) -> Vec<SupplyFault> {
        let mut faults = Vec::new();
        let too_long = |rule: &TextRule, text: &str, spot| rule.fault(text).map(|w| (spot, w));
        faults.extend(too_long(
            &limits::OFFER_TITLE,
            &self.title,
            SupplySpot::Title,
        ));
        faults.extend(too_long(
            &limits::OFFER_DETAILS,
            &self.offer,
            SupplySpot::Details,
        ));
        faults.extend(too_long(
            &limits::PER_PLACE_NAME,
            &self.per_place.name,
            SupplySpot::Name,
        ));
        faults.extend(self.per_place.amount().err().map(|error| match error {
            AmountError::Quantity(error) => (SupplySpot::Quantity, error.to_string()),
            AmountError::Unit(error) => (SupplySpot::Unit, error.to_string()),
        }));
        faults.extend(self.places_read().err().map(|w| (SupplySpot::Places, w)));
        faults.extend(too_long(
            &limits::CONDITIONS,
            &self.conditions,
            SupplySpot::Conditions,
        ));
        if !text::is_blank(&self.cost)
            && let Err(error) = number::yuan(&self.cost)
        {
            faults.push((SupplySpot::Cost, error.to_string()));
        }
        for (typed, spot) in [(&self.from, SupplySpot::From), (&self.to, SupplySpot::To)] {
            if day::day(typed).is_err() {
                let words = if text::is_blank(typed) {
                    "请选一个日期"
                } else {
                    "日期不对，请写成 2026-12-31 这样"
                };
                faults.push((spot, words.to_owned()));
            }
        }
        faults.extend(too_long(&limits::TEAM, &self.team, SupplySpot::Team));
        faults.extend(too_long(&limits::CASES, &self.cases, SupplySpot::Cases));
        faults
    }

    /// What is missing or wrong before the bureau may have it, in the order of the form.
    #[must_use]
    pub fn missing(&self) -> Vec<SupplyFault> {
        let mut faults = self.unreadable();
        let mut ask = |missing: bool, spot: SupplySpot, words: &str| {
            if missing && !faults.iter().any(|(s, _)| *s == spot) {
                faults.push((spot, words.to_owned()));
            }
        };
        let empty = text::is_blank;
        let short = text::length(&text::line(&self.title)) < MIN_TITLE;
        ask(
            empty(&self.title),
            SupplySpot::Title,
            "请写一句话：能提供什么",
        );
        let at_least = MIN_TITLE;
        ask(
            short,
            SupplySpot::Title,
            &Problem::TooShort { at_least }.advice(),
        );
        ask(self.topic.is_none(), SupplySpot::Topic, "请选一类");
        ask(self.action.is_none(), SupplySpot::Action, "请选一个行动");
        ask(self.help.is_none(), SupplySpot::Help, "请选一种");
        ask(empty(&self.offer), SupplySpot::Details, "请写具体做些什么");
        ask(empty(&self.per_place.name), SupplySpot::Name, "请写给什么");
        let none = self.per_place.amount().is_ok_and(|(n, _)| n == 0);
        ask(none, SupplySpot::Quantity, "请写给多少");
        let no_unit = self.per_place.unit_as_typed().is_empty();
        ask(no_unit, SupplySpot::Unit, "请写单位，或点下面的一个");
        let none = self.places_read() == Ok(0);
        ask(none, SupplySpot::Places, "请写一共能帮几个村");
        ask(
            self.regions.is_empty(),
            SupplySpot::Regions,
            "请选能去的地方",
        );
        ask(
            self.regions.len() > MAX_REGIONS as usize,
            SupplySpot::Regions,
            &Problem::TooMany {
                at_most: MAX_REGIONS,
            }
            .advice(),
        );
        ask(self.source.is_none(), SupplySpot::Source, "请选钱从哪来");
        faults.sort_by_key(|(spot, _)| *spot);
        faults
    }

    /// Where on the form the rules found fault.
    #[must_use]
    pub fn fault(rejection: &Rejection) -> Option<SupplyFault> {
        let (field, problem) = match rejection {
            Rejection::Invalid { field, problem } => (*field, *problem),
            Rejection::BelowPledged { .. } => {
                return Some((SupplySpot::Places, rejection.sentence()));
            }
            _ => return None,
        };
        let spot = match (field, problem) {
            (Field::Offer, _) => SupplySpot::Title,
            (Field::OfferDetails, _) => SupplySpot::Details,
            (Field::PerPlace, Problem::MoneyUnit) => SupplySpot::Unit,
            (Field::PerPlace, Problem::OutOfRange | Problem::TooLarge { .. }) => {
                SupplySpot::Quantity
            }
            (Field::PerPlace, _) => SupplySpot::Name,
            (Field::Places, _) => SupplySpot::Places,
            (Field::Regions, _) => SupplySpot::Regions,
            (Field::Conditions, _) => SupplySpot::Conditions,
            (Field::Cost, _) => SupplySpot::Cost,
            (Field::Period, _) => SupplySpot::To,
            (Field::Team, _) => SupplySpot::Team,
            (Field::Cases, _) => SupplySpot::Cases,
            _ => return None,
        };
        Some((spot, problem.advice()))
    }

    /// How many questions have no answer yet.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        let empty = text::is_blank;
        let per_place = empty(&self.per_place.name)
            || empty(&self.per_place.quantity)
            || self.per_place.unit_as_typed().is_empty();
        [
            empty(&self.title),
            self.topic.is_none(),
            self.action.is_none(),
            self.help.is_none(),
            empty(&self.offer),
            per_place,
            empty(&self.places),
            self.regions.is_empty(),
            self.source.is_none(),
            empty(&self.from) || empty(&self.to),
        ]
        .iter()
        .filter(|missing| **missing)
        .count()
    }

    /// What one place gives is understood so, where that is not plainly what stands there.
    #[must_use]
    pub fn understood(&self, spot: SupplySpot) -> Option<String> {
        match spot {
            SupplySpot::Quantity => self.per_place.understood(),
            SupplySpot::Cost => {
                let fen = number::yuan(&self.cost).ok()?;
                (fen.typed() != text::line(&self.cost)).then(|| fen.to_string())
            }
            _ => None,
        }
    }

    /// Whether it is money that one place gives.
    #[must_use]
    pub fn gives_money(&self) -> bool {
        matches!(self.per_place.amount(), Ok((_, Unit::Fen)))
    }
}
