//! What lists know of a need, without its body.

use super::model::{Help, Need, NeedItem, NeedStage, NeedState, PledgeStage, Topic};
use crate::actor::Department;
use crate::asks::Asked;
use crate::credit::CreditCode;
use crate::figures::{Counted, ORDERED, UNMATCHED};
use crate::kind::{Projection, Summarized};
use crate::quantity::Unit;
use crate::region::{self, Place, RegionCode};
use crate::text::fold;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// A need's summary.
pub type NeedSummary = Summarized<NeedFacts, NeedTexts>;

/// What lists of needs filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedFacts {
    /// Where it stands.
    pub stage: NeedStage,
    /// Which field of help.
    pub topic: Topic,
    /// Relief, capacity-building or both.
    pub help: Help,
    /// Whether it cannot wait.
    pub urgent: bool,
    /// How much of all items together has been promised, 0–100; 100 only when nothing is left.
    pub taken_percent: u8,
    /// How many organizations hold an order on it.
    pub holders: u8,
    /// How many deliveries wait for the village's answer.
    pub to_confirm: u8,
    /// Which departments have agreed in the present round of screening.
    pub agreed: Agreed,
    /// Whether the village has said of a delivery that it was not done as promised.
    pub disputed: bool,
    /// How many organizations a bureau has asked and have not answered.
    pub asked: u8,
    /// How many organizations wait for what is fully ordered.
    pub waiting: u8,
    /// To which of them something is offered now.
    pub offered: Option<CreditCode>,
    /// The village's code.
    pub village: RegionCode,
    /// The last day on which it is still of use.
    pub deadline: Day,
    /// When it was published or, before that, submitted; else when it last changed.
    pub at: Millis,
}

/// What lists of needs show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedTexts {
    /// The title.
    pub title: String,
    /// The county's name.
    pub county_name: String,
    /// The town's name.
    pub town_name: String,
    /// The village's name.
    pub village_name: String,
    /// What is asked for: `血压计 4 台、血糖仪 4 台`.
    pub items: String,
    /// What nobody has taken yet, once something is taken: `9 盏`, `血压计 4 台、血糖仪 2 台`; else empty.
    pub left: String,
    /// The organization that took it last; may be empty.
    pub holder: String,
}

/// Departments that have agreed, one bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed(u8);

impl Agreed {
    /// Those whose opinions stand on the need.
    fn of(need: &Need) -> Self {
        let bits = need.opinions.iter().map(|opinion| Self::bit(opinion.by));
        Self(bits.fold(0, |all, bit| all | bit))
    }

    fn bit(department: Department) -> u8 {
        match department {
            Department::CivilAffairs => 1,
            Department::RuralRevitalization => 2,
        }
    }

    /// Whether this department has agreed.
    #[must_use]
    pub fn has(self, department: Department) -> bool {
        self.0 & Self::bit(department) != 0
    }
}

impl NeedFacts {
    /// Whether it is published and something is left to take.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage == NeedStage::Published && self.taken_percent < 100
    }

    /// Whether it waits for the word of this department of its county.
    #[must_use]
    pub fn asks_bureau(&self, department: Department) -> bool {
        self.stage == NeedStage::Submitted && !self.agreed.has(department)
    }

    /// What it asks of its village: to look at a delivery, or to be repaired.
    #[must_use]
    pub fn asked_of_village(&self) -> Option<Asked> {
        match (self.to_confirm, self.stage) {
            (1.., _) => Some(Asked::Confirm),
            (0, NeedStage::Returned) => Some(Asked::Repair),
            (0, _) => None,
        }
    }
}

impl NeedTexts {
    /// County, town and village, as a line shows them: `通道县 · 坪坦乡 · 高步村`.
    #[must_use]
    pub fn place(&self) -> String {
        region::line(&self.county_name, &self.town_name, &self.village_name)
    }

    pub(super) fn searched(&self) -> String {
        let mut text = String::with_capacity(160);
        for part in [
            &self.title,
            &self.village_name,
            &self.town_name,
            &self.county_name,
            &self.items,
            &self.holder,
        ] {
            text.push_str(part);
            text.push('\n');
        }
        fold(text)
    }
}

pub(super) fn of(need: &Need) -> NeedSummary {
    let delivered = |p: &&super::model::Pledge| p.stage == PledgeStage::Delivered;
    let Place {
        county_name,
        town_name,
        village_name,
        ..
    } = need.place.clone();
    Summarized {
        facts: NeedFacts {
            stage: need.state.stage(),
            topic: need.content.topic,
            help: need.content.help,
            urgent: need.content.urgent,
            taken_percent: taken_percent(need),
            holders: small(need.pledges.len()),
            agreed: Agreed::of(need),
            to_confirm: small(need.pledges.iter().filter(delivered).count()),
            disputed: need.is_disputed(),
            asked: small(need.asked.len()),
            waiting: small(need.waiting.len()),
            offered: need
                .offer
                .as_ref()
                .filter(|_| matches!(need.state, NeedState::Published { .. }))
                .map(|offer| offer.org),
            village: need.place.village,
            deadline: need.content.deadline,
            at: match need.state {
                NeedState::Submitted { at } | NeedState::Published { at } => at,
                _ => need.updated_at,
            },
        },
        texts: NeedTexts {
            title: need.content.title.clone(),
            county_name,
            town_name,
            village_name,
            items: item_words(&need.content.items),
            left: left_words(need),
            holder: need
                .pledges
                .last()
                .map_or_else(String::new, |p| p.org_name.clone()),
        },
    }
}

/// The mean over the items, so that 12,000 jin of oranges and one truck weigh the same.
fn taken_percent(need: &Need) -> u8 {
    let items = &need.content.items;
    if items.is_empty() {
        return 0;
    }
    let mut sum = 0;
    let mut anything_left = false;
    for item in items {
        // What is kept for those who wait is not to be had either.
        let taken = item.quantity - need.left(item).min(item.quantity);
        anything_left |= taken < item.quantity;
        sum += (taken * 100).checked_div(item.quantity).unwrap_or(100);
    }
    match (anything_left, small(sum as usize / items.len())) {
        (true, percent) => percent.min(99),
        (false, _) => 100,
    }
}

fn item_words(items: &[NeedItem]) -> String {
    let mut out = String::new();
    for item in items {
        if !out.is_empty() {
            out.push('、');
        }
        out.push_str(&item.name);
        if item.quantity > 0 || item.unit != Unit::Of(String::new()) {
            out.push(' ');
            out.push_str(&item.unit.amount(item.quantity));
        }
    }
    out
}

/// With one item its name is clear; of several ones each is named.
fn left_words(need: &Need) -> String {
    let items = &need.content.items;
    if need.pledges.is_empty() && need.waiting.is_empty() {
        return String::new();
    }
    let left = items.iter().filter_map(|item| {
        let left = need.left(item);
        let amount = || match items.len() {
            1 => item.unit.amount(left),
            _ => format!("{} {}", item.name, item.unit.amount(left)),
        };
        (left > 0).then(amount)
    });
    left.collect::<Vec<_>>().join("、")
}

fn small(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// What officers search in: title, details, place and items.
pub(super) fn projection(need: &Need) -> Projection {
    let mut text = format!(
        "{} {} {}",
        need.content.title,
        need.content.details,
        need.place.line()
    );
    for item in &need.content.items {
        text.push(' ');
        text.push_str(&item.name);
    }
    Projection {
        region: need.place.village,
        topic: Some(need.content.topic),
        stage: need.state.stage().name(),
        updated_at: need.updated_at,
        text: fold(text),
        counted: counted(need),
    }
}

fn counted(need: &Need) -> Vec<Counted> {
    let overdue = Counted::overdue_after(need.content.deadline);
    match need.state {
        NeedState::Submitted { .. } => vec![overdue],
        NeedState::Published { .. } if need.pledges.is_empty() => {
            vec![Counted::now(UNMATCHED), overdue]
        }
        NeedState::Published { .. } => vec![Counted::now(ORDERED), overdue],
        _ => Vec::new(),
    }
}
