//! What lists know of an order, without its body.

use super::keeping::Stale;
use super::model::{Order, OrderStage, OrderState, Origin, ReleaseReason};
use crate::credit::CreditCode;
use crate::figures::Counted;
use crate::ids::{NeedId, SupplyId};
use crate::kind::{Projection, Summarized};
use crate::region::{self, Place, RegionCode};
use crate::reviews::Side;
use crate::reviews::offers::use_question;
use crate::text::fold;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// An order's summary.
pub type OrderSummary = Summarized<OrderFacts, OrderTexts>;

/// What lists of orders filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Where it stands.
    pub stage: OrderStage,
    /// The need it is on, if it is on one.
    pub need: Option<NeedId>,
    /// The supply it is on, if it is on one.
    pub supply: Option<SupplyId>,
    /// How it came about.
    pub origin: Origin,
    /// How long nothing has been heard of it.
    pub stale: Stale,
    /// Whether somebody asks its holder to hand it over.
    pub hand_over: bool,
    /// Whether the village is asked for its review.
    pub village_reviews: bool,
    /// Whether the organization is asked for its review.
    pub org_reviews: bool,
    /// Whether the village is asked if it is still in use.
    pub use_asked: bool,
    /// How many reports it has.
    pub reports: u16,
    /// How many orders its holder had given back on the day on which this one was given back, this one too; 0 if it was not.
    pub given_back: u8,
    /// Why it was given back or taken away, if it was.
    pub released: Option<ReleaseReason>,
    /// The organization that holds it.
    pub org: CreditCode,
    /// Whether a bureau has reminded its holder, who has not done anything since.
    pub reminded: bool,
    /// When its holder or its village last did something about it.
    pub active_at: Millis,
    /// The village's code.
    pub village: RegionCode,
    /// The day on which the organization means to deliver.
    pub due: Day,
    /// When it last changed.
    pub at: Millis,
}

/// What lists of orders show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTexts {
    /// The title of the need or supply.
    pub title: String,
    /// The county's name.
    pub county_name: String,
    /// The town's name.
    pub town_name: String,
    /// The village's name.
    pub village_name: String,
    /// What was promised: `血压计 4 台、血糖仪 4 台`.
    pub items: String,
    /// The organization that holds it.
    pub holder: String,
}

impl OrderTexts {
    /// County, town and village, as a line shows them: `通道县 · 坪坦乡 · 高步村`.
    #[must_use]
    pub fn place(&self) -> String {
        region::line(&self.county_name, &self.town_name, &self.village_name)
    }

    pub(super) fn searched(&self) -> String {
        fold(format!(
            "{}\n{}\n{}\n{}\n{}\n{}\n",
            self.title,
            self.village_name,
            self.town_name,
            self.county_name,
            self.items,
            self.holder
        ))
    }
}

pub(super) fn of(order: &Order) -> OrderSummary {
    let Place {
        county_name,
        town_name,
        village_name,
        ..
    } = order.place.clone();
    Summarized {
        facts: OrderFacts {
            stage: order.state.stage(),
            need: order.need,
            supply: order.supply,
            origin: order.origin,
            stale: order.stale(),
            hand_over: order.hand_over.is_some() && order.is_worked_on(),
            village_reviews: order.reviews.is_some_and(|r| r.asks(Side::Village)),
            org_reviews: order.reviews.is_some_and(|r| r.asks(Side::Organization)),
            use_asked: use_question(order).is_some(),
            reports: u16::try_from(order.progress.len()).unwrap_or(u16::MAX),
            given_back: match order.state {
                OrderState::Released { .. } => {
                    u8::try_from(order.pace.given_back).unwrap_or(u8::MAX)
                }
                _ => 0,
            },
            released: match order.state {
                OrderState::Released { reason, .. } => Some(reason),
                _ => None,
            },
            org: order.org,
            reminded: order.is_holder_reminded(),
            active_at: order.active_at(),
            village: order.place.village,
            due: order.due,
            at: order.updated_at,
        },
        texts: OrderTexts {
            title: order.title.clone(),
            county_name,
            town_name,
            village_name,
            items: order.lines_words.clone(),
            holder: order.org_name.clone(),
        },
    }
}

/// What officers search in: the title, the place, what was promised, and by whom.
pub(super) fn projection(order: &Order) -> Projection {
    let stage = order.state.stage();
    let text = format!(
        "{} {} {} {}",
        order.title,
        order.place.line(),
        order.lines_words,
        order.org_name
    );
    // What waits for the village's word is not late any more.
    let counted = match stage {
        OrderStage::Active | OrderStage::Disputed => vec![Counted::overdue_after(order.due)],
        _ => Vec::new(),
    };
    Projection {
        region: order.place.village,
        topic: None,
        stage: stage.name(),
        updated_at: order.updated_at,
        text: fold(text),
        counted,
    }
}
