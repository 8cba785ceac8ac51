//! What lists know of a supply, without its body.

use super::model::{Action, Supply, SupplyStage, SupplyState};
use crate::credit::CreditCode;
use crate::kind::{Projection, Summarized};
use crate::library::Listed;
use crate::needs::{Help, Topic};
use crate::quantity::Unit;
use crate::region::RegionCode;
use crate::text::fold;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// A supply's summary.
pub type SupplySummary = Summarized<SupplyFacts, SupplyTexts>;

/// What lists of supplies filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyFacts {
    /// Where it stands.
    pub stage: SupplyStage,
    /// Which field of help.
    pub topic: Topic,
    /// Which of the four actions.
    pub action: Action,
    /// Relief, capacity-building or both.
    pub help: Help,
    /// Who offers it.
    pub org: CreditCode,
    /// Where the organization is registered.
    pub registered_in: RegionCode,
    /// How many places there are.
    pub places: u32,
    /// How many places nobody holds.
    pub left: u32,
    /// How many picks wait for an answer; of others' supplies nobody knows.
    pub asked: u16,
    /// The first day on which it is offered.
    pub from: Day,
    /// The last day on which it is offered.
    pub to: Day,
    /// When it was published or, before that, submitted; else when it last changed.
    pub at: Millis,
}

/// What lists of supplies show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyTexts {
    /// The title.
    pub title: String,
    /// Who offers it.
    pub org_name: String,
    /// What one place gives: `图书 800 册`.
    pub per_place: String,
    /// Where it is offered: `通道侗族自治县、靖州苗族侗族自治县`.
    pub regions: String,
}

impl SupplyFacts {
    /// Whether it is in the library and a place is left.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.stage == SupplyStage::Published && self.left > 0
    }

    /// Whether it waits for the civil affairs bureau of its organization's level.
    #[must_use]
    pub fn asks_registrar(&self) -> bool {
        self.stage == SupplyStage::Submitted
    }

    /// Whether it waits for its organization: the bureau sent it back.
    #[must_use]
    pub fn asks_supplier(&self) -> bool {
        self.stage == SupplyStage::Returned
    }
}

impl Listed for SupplyFacts {
    fn is_listed(&self) -> bool {
        matches!(self.stage, SupplyStage::Published | SupplyStage::Paused)
    }

    fn has_left(&self) -> bool {
        self.is_open()
    }

    /// A device holds those supplies alone that are offered where its person is.
    fn lies_in(&self, _: RegionCode) -> bool {
        true
    }

    fn topic(&self) -> Topic {
        self.topic
    }

    fn help(&self) -> Help {
        self.help
    }

    fn is_urgent(&self) -> bool {
        false
    }

    fn deadline(&self) -> Day {
        self.to
    }

    fn at(&self) -> Millis {
        self.at
    }
}

impl SupplyTexts {
    pub(super) fn searched(&self) -> String {
        fold(format!(
            "{}\n{}\n{}\n{}\n",
            self.title, self.org_name, self.per_place, self.regions
        ))
    }
}

pub(super) fn of(supply: &Supply) -> SupplySummary {
    let content = &supply.content;
    let per_place = &content.per_place;
    let names: Vec<&str> = content.regions.iter().map(|r| r.name.as_str()).collect();
    Summarized {
        facts: SupplyFacts {
            stage: supply.state.stage(),
            topic: content.topic,
            action: content.action,
            help: content.help,
            org: supply.org,
            registered_in: supply.registered_in,
            places: content.places,
            left: supply.left(),
            asked: u16::try_from(supply.asked().count()).unwrap_or(u16::MAX),
            from: content.from,
            to: content.to,
            at: match supply.state {
                SupplyState::Submitted { at } | SupplyState::Published { at } => at,
                _ => supply.updated_at,
            },
        },
        texts: SupplyTexts {
            title: content.title.clone(),
            org_name: supply.org_name.clone(),
            per_place: match (&per_place.unit, per_place.quantity) {
                (Unit::Of(unit), 0) if unit.is_empty() => per_place.name.clone(),
                (unit, quantity) => format!("{} {}", per_place.name, unit.amount(quantity)),
            },
            regions: names.join("、"),
        },
    }
}

/// What officers search in: title, details, organization and what it gives.
pub(super) fn projection(supply: &Supply) -> Projection {
    let content = &supply.content;
    Projection {
        region: supply.registered_in,
        topic: Some(content.topic),
        stage: supply.state.stage().name(),
        updated_at: supply.updated_at,
        text: fold(format!(
            "{} {} {} {}",
            content.title, content.offer, supply.org_name, content.per_place.name
        )),
        counted: Vec::new(),
    }
}
