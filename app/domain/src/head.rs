use crate::entity::{Entity, EntityKind};
use crate::ids::NeedId;
use crate::json;
use crate::need::{
    Help, ItemNo, Need, NeedItem, NeedStage, NeedState, Pledge, PledgeStage, Topic, Unit,
};
use crate::order::{Order, OrderLine, OrderStage, OrderState};
use crate::region::RegionCode;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The summary of a need or an order: all that a list, a search or a count looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Where it stands.
    pub state: HeadState,
    /// The need's title.
    pub title: String,
    /// The village's code.
    pub village: RegionCode,
    /// The county's name.
    pub county_name: String,
    /// The town's name.
    pub town_name: String,
    /// The village's name.
    pub village_name: String,
    /// For a need what is asked for, for an order what was promised: `血压计 4 台、血糖仪 4 台`.
    pub items: String,
    /// For a need the organization that took it last, for an order its holder; may be empty.
    pub who: String,
    /// A need's deadline or an order's due day.
    pub day: Day,
    /// A need: when it was published or, before that, submitted; else when it last changed. An order: when it last changed.
    pub at: Millis,
}

/// Where a need or an order stands, as lists tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeadState {
    /// A need.
    Need {
        /// Its stage.
        stage: NeedStage,
        /// Which field of help.
        topic: Topic,
        /// Relief, capacity-building or both.
        help: Help,
        /// Whether it cannot wait.
        urgent: bool,
        /// How much of all items together has been promised, 0–100; 100 only when nothing is left.
        taken_percent: u8,
        /// How many organizations hold an order on it.
        holders: u8,
        /// How many deliveries wait for the village's answer.
        to_confirm: u8,
    },
    /// An order.
    Order {
        /// Its stage.
        stage: OrderStage,
        /// The need it is on.
        need: NeedId,
        /// How many reports it has.
        reports: u16,
    },
}

impl Head {
    /// The summary of an entity; organizations and settings have none.
    #[must_use]
    pub fn of(entity: &Entity) -> Option<Self> {
        match entity {
            Entity::Need(need) => Some(NeedBrief::from(&**need).head()),
            Entity::Order(order) => Some(OrderBrief::from(&**order).head()),
            Entity::Organization(_) | Entity::County(_) => None,
        }
    }

    /// The summary of an entity's JSON body, without reading what a summary does not need. The same as [`Head::of`] of
    /// the whole entity (tested).
    pub fn from_json(kind: EntityKind, body: &str) -> Result<Option<Self>, json::Error> {
        Ok(match kind {
            EntityKind::Need => Some(json::from_str::<NeedBrief<'_>>(body)?.head()),
            EntityKind::Order => Some(json::from_str::<OrderBrief<'_>>(body)?.head()),
            EntityKind::Organization | EntityKind::County => None,
        })
    }

    /// Whether it is a published need of which something is left to take.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            HeadState::Need {
                stage: NeedStage::Published,
                taken_percent: 0..=99,
                ..
            }
        )
    }

    /// Everything that a search looks through, as [`fold`](crate::library::fold) writes it.
    #[must_use]
    pub fn haystack(&self) -> String {
        let mut text = String::with_capacity(160);
        for part in [
            &self.title,
            &self.village_name,
            &self.town_name,
            &self.county_name,
            &self.items,
            &self.who,
        ] {
            text.push_str(part);
            text.push('\n');
        }
        crate::library::fold(text)
    }
}

/// What a summary needs of a [`Need`].
#[derive(Deserialize)]
struct NeedBrief<'a> {
    #[serde(borrow)]
    place: PlaceBrief<'a>,
    #[serde(borrow)]
    content: ContentBrief<'a>,
    state: Cow<'a, NeedState>,
    #[serde(default, borrow)]
    pledges: Vec<PledgeBrief<'a>>,
    updated_at: Millis,
}

#[derive(Deserialize)]
struct PlaceBrief<'a> {
    village: RegionCode,
    #[serde(borrow)]
    county_name: Cow<'a, str>,
    #[serde(borrow)]
    town_name: Cow<'a, str>,
    #[serde(borrow)]
    village_name: Cow<'a, str>,
}

#[derive(Deserialize)]
struct ContentBrief<'a> {
    #[serde(borrow)]
    title: Cow<'a, str>,
    topic: Topic,
    help: Help,
    items: Cow<'a, [NeedItem]>,
    deadline: Day,
    #[serde(default)]
    urgent: bool,
}

#[derive(Deserialize)]
struct PledgeBrief<'a> {
    #[serde(borrow)]
    org_name: Cow<'a, str>,
    lines: Cow<'a, [OrderLine]>,
    stage: PledgeStage,
}

impl<'a> From<&'a Need> for NeedBrief<'a> {
    fn from(need: &'a Need) -> Self {
        Self {
            place: PlaceBrief::from(&need.place),
            content: ContentBrief {
                title: Cow::Borrowed(&need.content.title),
                topic: need.content.topic,
                help: need.content.help,
                items: Cow::Borrowed(&need.content.items),
                deadline: need.content.deadline,
                urgent: need.content.urgent,
            },
            state: Cow::Borrowed(&need.state),
            pledges: need.pledges.iter().map(PledgeBrief::from).collect(),
            updated_at: need.updated_at,
        }
    }
}

impl<'a> From<&'a crate::region::Place> for PlaceBrief<'a> {
    fn from(place: &'a crate::region::Place) -> Self {
        Self {
            village: place.village,
            county_name: Cow::Borrowed(&place.county_name),
            town_name: Cow::Borrowed(&place.town_name),
            village_name: Cow::Borrowed(&place.village_name),
        }
    }
}

impl<'a> From<&'a Pledge> for PledgeBrief<'a> {
    fn from(pledge: &'a Pledge) -> Self {
        Self {
            org_name: Cow::Borrowed(&pledge.org_name),
            lines: Cow::Borrowed(&pledge.lines),
            stage: pledge.stage,
        }
    }
}

impl NeedBrief<'_> {
    fn head(self) -> Head {
        let to_confirm = self
            .pledges
            .iter()
            .filter(|p| p.stage == PledgeStage::Delivered)
            .count();
        Head {
            state: HeadState::Need {
                stage: self.state.stage(),
                topic: self.content.topic,
                help: self.content.help,
                urgent: self.content.urgent,
                taken_percent: self.taken_percent(),
                holders: small(self.pledges.len()),
                to_confirm: small(to_confirm),
            },
            items: item_words(&self.content.items),
            who: self
                .pledges
                .last()
                .map_or_else(String::new, |p| p.org_name.to_string()),
            day: self.content.deadline,
            at: match *self.state {
                NeedState::Submitted { at } | NeedState::Published { at } => at,
                _ => self.updated_at,
            },
            title: self.content.title.into_owned(),
            village: self.place.village,
            county_name: self.place.county_name.into_owned(),
            town_name: self.place.town_name.into_owned(),
            village_name: self.place.village_name.into_owned(),
        }
    }

    /// The mean over the items, so that 12,000 jin of oranges and one truck weigh the same.
    fn taken_percent(&self) -> u8 {
        let items = &self.content.items;
        if items.is_empty() {
            return 0;
        }
        let mut sum = 0;
        let mut anything_left = false;
        for item in items.iter() {
            let taken = self.pledged(item.no).min(item.quantity);
            anything_left |= taken < item.quantity;
            sum += (taken * 100).checked_div(item.quantity).unwrap_or(100);
        }
        match (anything_left, small(sum as usize / items.len())) {
            (true, percent) => percent.min(99),
            (false, _) => 100,
        }
    }

    fn pledged(&self, item: ItemNo) -> u64 {
        self.pledges
            .iter()
            .flat_map(|p| p.lines.iter())
            .filter(|l| l.item == item)
            .map(|l| l.quantity)
            .sum()
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

fn small(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

/// What a summary needs of an [`Order`].
#[derive(Deserialize)]
struct OrderBrief<'a> {
    need: NeedId,
    #[serde(borrow)]
    need_title: Cow<'a, str>,
    #[serde(borrow)]
    place: PlaceBrief<'a>,
    #[serde(borrow)]
    org_name: Cow<'a, str>,
    #[serde(borrow)]
    lines_words: Cow<'a, str>,
    due: Day,
    state: Cow<'a, OrderState>,
    #[serde(default)]
    progress: Vec<Counted>,
    updated_at: Millis,
}

/// A report of which only the existence matters.
#[derive(Deserialize)]
struct Counted {}

impl<'a> From<&'a Order> for OrderBrief<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            need: order.need,
            need_title: Cow::Borrowed(&order.need_title),
            place: PlaceBrief::from(&order.place),
            org_name: Cow::Borrowed(&order.org_name),
            lines_words: Cow::Borrowed(&order.lines_words),
            due: order.due,
            state: Cow::Borrowed(&order.state),
            progress: order.progress.iter().map(|_| Counted {}).collect(),
            updated_at: order.updated_at,
        }
    }
}

impl OrderBrief<'_> {
    fn head(self) -> Head {
        Head {
            state: HeadState::Order {
                stage: self.state.stage(),
                need: self.need,
                reports: u16::try_from(self.progress.len()).unwrap_or(u16::MAX),
            },
            title: self.need_title.into_owned(),
            village: self.place.village,
            county_name: self.place.county_name.into_owned(),
            town_name: self.place.town_name.into_owned(),
            village_name: self.place.village_name.into_owned(),
            items: self.lines_words.into_owned(),
            who: self.org_name.into_owned(),
            day: self.due,
            at: self.updated_at,
        }
    }
}
