//! What an order is: who promised what, and where it stands.

use super::keeping::{self, HandOver, HandOverReason, StaleDays};
use crate::actor::Department;
use crate::contact::Contact;
use crate::credit::CreditCode;
use crate::ids::{NeedId, OrderId, PickId, ProgressId, SupplyId, UserId};
use crate::money::Fen;
use crate::organizations::OrdersOfDay;
use crate::quantity::OrderLine;
use crate::region::Place;
use crate::reviews::{Answer, Reviews, Side, UseQuestion};
use crate::revision::Revision;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// An organization's promise to a village (接单): on (part of) a need, or on places of a supply that the village has picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Made on the phone.
    pub id: OrderId,
    /// The need it is on; an order rests on a need or on a supply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<NeedId>,
    /// The supply it is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supply: Option<SupplyId>,
    /// The village's pick that it accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<PickId>,
    /// How it came about.
    #[serde(default, skip_serializing_if = "Origin::is_taken")]
    pub origin: Origin,
    /// The title of the need or supply when the order was made.
    #[serde(rename = "need_title")]
    pub title: String,
    /// Where it is to be delivered.
    pub place: Place,
    /// Who holds it.
    pub org: CreditCode,
    /// The holder's name when the order was taken.
    pub org_name: String,
    /// How much of what.
    pub lines: Vec<OrderLine>,
    /// The lines in words, as names and units were: `路灯 18 盏`.
    pub lines_words: String,
    /// The day on which the organization means to deliver.
    pub due: Day,
    /// Where it stands.
    pub state: OrderState,
    /// How often the organization has said that it is delivered: which delivery the village answers.
    #[serde(default, skip_serializing_if = "Revision::is_first")]
    pub deliveries: Revision,
    /// How many orders its holder had taken and given back that day, when it was taken and when it was given back: bureaus see
    /// unusual taking by it.
    #[serde(default, skip_serializing_if = "OrdersOfDay::is_none")]
    pub pace: OrdersOfDay,
    /// The reports, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub progress: Vec<Progress>,
    /// What happened, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<OrderEvent>,
    /// After how many days without a sign of life what happens.
    #[serde(default, skip_serializing_if = "StaleDays::is_usual")]
    pub stale_days: StaleDays,
    /// Somebody asks its holder to hand it over, and was not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOver>,
    /// The needs from which a merge has brought it here, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// Whom the village calls. Private: the village, its bureaus and the organization see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// Which reviews are in, once the village has confirmed; none for orders that an earlier release confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<Reviews>,
    /// Whether what was delivered is still in use, as often as it was asked, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<UseQuestion>,
    /// The member who took it.
    pub taken_by: UserId,
    /// When it was taken, by the server.
    pub created_at: Millis,
    /// When it last changed, by the server.
    pub updated_at: Millis,
}

/// Where an order stood before a merge brought it to another need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The need that was merged.
    pub need: NeedId,
    /// The order's title there.
    pub title: String,
    /// Where it was to be delivered.
    pub place: Place,
    /// Its lines there.
    pub lines: Vec<OrderLine>,
}

/// How an order came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// An organization took a need (接单).
    #[default]
    Taken,
    /// A village picked a supply (点单), and its organization accepted.
    Picked,
    /// A bureau proposed a need to an organization (派单), and it accepted.
    Dispatched,
}

impl Origin {
    /// Whether the organization took it by itself, as every order of the first release.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        *self == Self::Taken
    }

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Taken => "组织接单",
            Self::Picked => "村里点单",
            Self::Dispatched => "部门派单",
        }
    }
}

/// Where an order stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Being worked on.
    Active,
    /// The organization says it is done; the village has not answered.
    Delivered {
        /// Since when.
        at: Millis,
        /// What the organization wrote.
        note: String,
    },
    /// The village says it was not done as promised.
    Disputed {
        /// Since when.
        at: Millis,
        /// What the village wrote.
        reason: String,
    },
    /// The village agrees.
    Confirmed {
        /// Since when.
        at: Millis,
    },
    /// Given back; what it had promised is free again.
    Released {
        /// Since when.
        at: Millis,
        /// Why, as a code.
        reason: ReleaseReason,
        /// Why, in words that the village reads; may be empty when the organization changed its mind.
        words: String,
    },
    /// Nothing was heard of it to the end; what it had promised is free again.
    Lapsed {
        /// Since when.
        at: Millis,
    },
}

impl OrderState {
    /// The state's name, without what it carries.
    #[must_use]
    pub fn stage(&self) -> OrderStage {
        match self {
            Self::Active => OrderStage::Active,
            Self::Delivered { .. } => OrderStage::Delivered,
            Self::Disputed { .. } => OrderStage::Disputed,
            Self::Confirmed { .. } => OrderStage::Confirmed,
            Self::Released { .. } => OrderStage::Released,
            Self::Lapsed { .. } => OrderStage::Lapsed,
        }
    }
}

/// Why an organization gives an order back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// It changed its mind before it began: nothing was reported, and the order counts as never held.
    ChangedMind,
    /// It cannot deliver, for what its words say: any other reason. Releases before this one knew no other, and wrote words alone.
    CannotDeliver,
    /// It has not the people for it.
    NoPeople,
    /// It has not the money for it.
    NoMoney,
    /// It cannot get the goods.
    NoGoods,
    /// The village is too far away for it.
    TooFar,
    /// The village does not need it any more, as it told the holder.
    NotNeeded,
    /// Somebody else can do it better or sooner: it hands the order over.
    HandedOver,
    /// Nothing was heard of it, and the village or its county freed it. No holder gives this reason.
    NothingHeard,
    /// The need was closed. No holder gives this reason.
    NeedClosed,
    /// A bureau took the need out of the library; the order counts as never held.
    TakenDown,
}

impl ReleaseReason {
    /// Why a holder that has begun may give an order back, in the order of the form.
    pub const GIVEN: [Self; 7] = [
        Self::NoMoney,
        Self::NoGoods,
        Self::NoPeople,
        Self::TooFar,
        Self::NotNeeded,
        Self::HandedOver,
        Self::CannotDeliver,
    ];

    /// Whether the code says nothing by itself, so that words have to.
    #[must_use]
    pub fn needs_words(self) -> bool {
        self == Self::CannotDeliver
    }

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ChangedMind => "还没开始就不做了",
            Self::CannotDeliver => "其他原因",
            Self::NoPeople => "人手不够",
            Self::NoMoney => "钱没有落实",
            Self::NoGoods => "东西筹不到",
            Self::TooFar => "路太远，顾不上",
            Self::NotNeeded => "村里不需要了",
            Self::HandedOver => "让给别的组织做",
            Self::NothingHeard => "很久没有动静",
            Self::NeedClosed => "需求已经关闭",
            Self::TakenDown => "需求被县里下架",
        }
    }

    /// The reason as it is told: what the code says, then what was written; the words alone where the code says nothing by itself.
    #[must_use]
    pub fn told(self, words: &str) -> String {
        let words = words.trim();
        match (words, self) {
            ("", Self::ChangedMind) => "还没有确认就不接了".to_owned(),
            ("", Self::CannotDeliver) => "做不了".to_owned(),
            ("", reason) => reason.label().to_owned(),
            (
                words,
                Self::ChangedMind
                | Self::CannotDeliver
                | Self::NothingHeard
                | Self::NeedClosed
                | Self::TakenDown,
            ) => words.to_owned(),
            (words, reason) => format!("{}。{words}", reason.label()),
        }
    }
}

/// The names of an order's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// 进行中
    Active,
    /// 等村里确认
    Delivered,
    /// 村里有异议
    Disputed,
    /// 已确认
    Confirmed,
    /// 已放弃
    Released,
    /// 已失效
    Lapsed,
}

impl OrderStage {
    /// Every stage.
    pub const ALL: [Self; 6] = [
        Self::Active,
        Self::Delivered,
        Self::Disputed,
        Self::Confirmed,
        Self::Released,
        Self::Lapsed,
    ];

    /// Whether the life of an order allows going from this stage to `next` (`domain.md`, life of an order).
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use OrderStage::{Active, Confirmed, Delivered, Disputed, Lapsed, Released};
        matches!(
            (self, next),
            (Active, Delivered | Released | Lapsed)
                | (Delivered, Confirmed | Disputed)
                | (Disputed, Active | Delivered | Released | Lapsed)
        )
    }

    /// Whether the order still has to be worked on or answered.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::Delivered | Self::Disputed)
    }

    /// The stage's name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Delivered => "delivered",
            Self::Disputed => "disputed",
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Lapsed => "lapsed",
        }
    }

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "进行中",
            Self::Delivered => "等村里确认",
            Self::Disputed => "村里有异议",
            Self::Confirmed => "已确认",
            Self::Released => "已放弃",
            Self::Lapsed => "已失效",
        }
    }
}

/// One report on an order. Cash and goods are kept apart, and so are persons (人) and visits (人次).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Made on the phone.
    pub id: ProgressId,
    /// When, by the server.
    pub at: Millis,
    /// What was done. At most 500 characters.
    pub text: String,
    /// Money spent.
    #[serde(default)]
    pub cash: Fen,
    /// Goods given, by their value.
    #[serde(default)]
    pub goods: Fen,
    /// How many persons took part or were helped.
    #[serde(default)]
    pub persons: u32,
    /// How many visits that makes; never added to persons.
    #[serde(default)]
    pub visits: u32,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// When, by the server.
    pub at: Millis,
    /// What.
    pub what: OrderHappened,
}

/// What can happen to an order, besides progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderHappened {
    /// Taken.
    Taken,
    /// Reported as delivered.
    Delivered {
        /// What the organization wrote.
        note: String,
    },
    /// The village does not agree.
    Disputed {
        /// What the village wrote.
        reason: String,
    },
    /// The village agrees.
    Confirmed,
    /// Given back.
    Released {
        /// Why, as a code.
        reason: ReleaseReason,
        /// Why, in words that the village reads.
        words: String,
    },
    /// Nothing was heard of it for long; its holder was asked to renew it.
    RenewalAsked,
    /// Still nothing; the village or its county may free it.
    Releasable,
    /// Nothing to the end.
    Lapsed,
    /// The holder says that it goes on.
    Renewed {
        /// How it stands.
        words: String,
    },
    /// The holder delivers on another day.
    DueMoved {
        /// The day before.
        before: Day,
        /// The day now.
        after: Day,
        /// Why.
        words: String,
    },
    /// Somebody asks the holder to hand it over.
    HandOverAsked {
        /// Who.
        by: keeping::Side,
        /// Why, as a code.
        reason: HandOverReason,
        /// Why, in words; may be empty.
        words: String,
    },
    /// The holder keeps it.
    HandOverAnswered {
        /// What the holder says.
        words: String,
    },
    /// The village or its county took it away.
    Freed {
        /// Who.
        by: keeping::Side,
        /// Why, in words that the holder reads.
        words: String,
    },
    /// One side has left its review.
    Reviewed {
        /// Which.
        by: Side,
    },
    /// Both reviews, or the one that is there after the last day, can be read by both sides.
    ReviewsOpened,
    /// The village is asked whether it is still in use.
    UseAsked {
        /// How many months after the confirmation.
        month: u8,
    },
    /// The village says whether it is still in use.
    StillInUse {
        /// How many months after the confirmation it was asked.
        month: u8,
        /// Whether it is.
        answer: Answer,
        /// What else there is to say; may be empty.
        #[serde(default)]
        words: String,
    },
    /// A merge brought it to another need, or parted it from that again.
    Moved {
        /// The title of the need on which it stands now.
        title: String,
    },
    /// A bureau reminded whoever is to do the next step.
    Reminded {
        /// Which department.
        by: Department,
        /// Whether that is the village, not the holder.
        village: bool,
    },
}

impl OrderHappened {
    /// Whether the holder or the village did something, so that the order is not forgotten.
    #[must_use]
    pub fn is_activity(&self) -> bool {
        !matches!(
            self,
            Self::Moved { .. }
                | Self::Reminded { .. }
                | Self::RenewalAsked
                | Self::Releasable
                | Self::UseAsked { .. }
                | Self::ReviewsOpened
                | Self::HandOverAsked { .. }
        )
    }
}

/// An order keeps at most this many events; the audit trail keeps all.
const MAX_HISTORY: usize = 100;

impl Order {
    /// Adds to its history, which is bounded.
    pub(crate) fn add(&mut self, event: OrderEvent) {
        self.history.push(event);
        if self.history.len() > MAX_HISTORY {
            // The first event, that the order was taken, is never removed.
            self.history.remove(1);
        }
    }

    /// When its holder or its village last did something about it.
    #[must_use]
    pub fn active_at(&self) -> Millis {
        let events = self.history.iter().filter(|e| e.what.is_activity());
        let reports = self.progress.iter().map(|p| p.at);
        let last = events.map(|e| e.at).chain(reports).max();
        last.unwrap_or(self.created_at)
    }

    /// When a bureau last reminded of it.
    #[must_use]
    pub fn reminded_at(&self) -> Option<Millis> {
        let reminded = |e: &&OrderEvent| matches!(e.what, OrderHappened::Reminded { .. });
        self.history.iter().rev().find(reminded).map(|e| e.at)
    }

    /// Whether its holder was reminded and has not done anything since.
    #[must_use]
    pub fn is_holder_reminded(&self) -> bool {
        matches!(
            self.state.stage(),
            OrderStage::Active | OrderStage::Disputed
        ) && self.reminded_at().is_some_and(|at| at >= self.active_at())
    }

    /// All money and goods reported, apart.
    #[must_use]
    pub fn spent(&self) -> (Fen, Fen) {
        self.progress
            .iter()
            .fold((Fen(0), Fen(0)), |(cash, goods), p| {
                (cash + p.cash, goods + p.goods)
            })
    }
}
