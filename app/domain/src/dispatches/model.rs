//! What a dispatch is: who asks whom for what, and where it stands.

use crate::actor::Department;
use crate::credit::CreditCode;
use crate::ids::{DispatchId, NeedId, OrderId, UserId};
use crate::quantity::OrderLine;
use crate::region::{Place, RegionCode};
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// A bureau's proposal of a need to one organization (派单).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Made on the phone.
    pub id: DispatchId,
    /// The need.
    pub need: NeedId,
    /// The need's title at that time.
    #[serde(rename = "need_title")]
    pub title: String,
    /// Where the need is.
    pub place: Place,
    /// Who is asked.
    pub org: CreditCode,
    /// The organization's name at that time.
    pub org_name: String,
    /// Which region's bureau asks.
    pub region: RegionCode,
    /// Its name.
    pub region_name: String,
    /// Which department of it.
    pub department: Department,
    /// How much of what; none leaves it to the organization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OrderLine>,
    /// The lines in words: `路灯 18 盏`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lines_words: String,
    /// What the bureau says to the organization. Private: the bureaus and the organization see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The last day on which it may be answered.
    pub answer_by: Day,
    /// Where it stands.
    pub state: DispatchState,
    /// The officer who asks.
    pub by: UserId,
    /// When, by the server.
    pub created_at: Millis,
    /// When it last changed, by the server.
    pub updated_at: Millis,
}

/// Where a dispatch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchState {
    /// The organization has not answered.
    Open,
    /// It takes the need.
    Accepted {
        /// Since when.
        at: Millis,
        /// The order that this made.
        order: OrderId,
    },
    /// It does not.
    Declined {
        /// Since when.
        at: Millis,
        /// Why, as a code.
        reason: DeclineReason,
        /// Why, in words; may be empty. Private like the note.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        words: String,
    },
    /// The bureau asks no more.
    Withdrawn {
        /// Since when.
        at: Millis,
    },
    /// Nobody answered in time.
    Unanswered {
        /// Since when.
        at: Millis,
    },
}

impl DispatchState {
    /// The state's name, without what it carries.
    #[must_use]
    pub fn stage(&self) -> DispatchStage {
        match self {
            Self::Open => DispatchStage::Open,
            Self::Accepted { .. } => DispatchStage::Accepted,
            Self::Declined { .. } => DispatchStage::Declined,
            Self::Withdrawn { .. } => DispatchStage::Withdrawn,
            Self::Unanswered { .. } => DispatchStage::Unanswered,
        }
    }
}

/// The names of a dispatch's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispatchStage {
    /// 等答复
    Open,
    /// 已接受
    Accepted,
    /// 已谢绝
    Declined,
    /// 已收回
    Withdrawn,
    /// 没有答复
    Unanswered,
}

impl DispatchStage {
    /// Whether the life of a dispatch allows going from this stage to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        self == Self::Open && next != Self::Open
    }

    /// Whether it is the bureau's again, which may ask somebody else.
    #[must_use]
    pub fn came_back(self) -> bool {
        matches!(self, Self::Declined | Self::Unanswered)
    }

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "等答复",
            Self::Accepted => "已接受",
            Self::Declined => "没有接",
            Self::Withdrawn => "已收回",
            Self::Unanswered => "到期没答复",
        }
    }
}

/// Why an organization does not take what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// Not enough people.
    NoPeople,
    /// Not enough money.
    NoMoney,
    /// It is not what the organization does.
    NotOurField,
    /// It cannot be done by that day.
    TooSoon,
    /// It is too far away.
    TooFar,
    /// Something else, told in words.
    Other,
}

impl DeclineReason {
    /// All reasons, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::NoPeople,
        Self::NoMoney,
        Self::NotOurField,
        Self::TooSoon,
        Self::TooFar,
        Self::Other,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NoPeople => "人手不够",
            Self::NoMoney => "没有这笔经费",
            Self::NotOurField => "不是我们做的事",
            Self::TooSoon => "时间来不及",
            Self::TooFar => "路太远",
            Self::Other => "其他",
        }
    }
}
