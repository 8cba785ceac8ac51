//! What a pick is: which village wants how many places of what, and what was answered.

use crate::contact::Contact;
use crate::credit::CreditCode;
use crate::ids::{OrderId, PickId, SupplyId, UserId};
use crate::region::Place;
use crate::revision::Revision;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// A village's pick of a supply (点单).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// Made on the phone.
    pub id: PickId,
    /// The supply.
    pub supply: SupplyId,
    /// The supply's title when it was picked.
    pub title: String,
    /// Who offers it.
    pub org: CreditCode,
    /// The organization's name at that time.
    pub org_name: String,
    /// The village.
    pub place: Place,
    /// How many places it wants.
    pub places: u32,
    /// The places in words, with what they give: `图书 800 册`.
    pub wanted: String,
    /// What for, in words that the organization reads; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Whom the organization calls. Private: the village, its bureaus and the organization see it. Absent once nothing comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The wording of the supply that the village had read.
    #[serde(default, skip_serializing_if = "Revision::is_first")]
    pub seen: Revision,
    /// Where it stands.
    pub state: PickState,
    /// Who picked.
    pub author: UserId,
    /// When it was picked, by the server.
    pub created_at: Millis,
    /// When it last changed, by the server.
    pub updated_at: Millis,
}

/// Where a pick stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PickState {
    /// The organization has not answered.
    Proposed,
    /// The organization accepts, in whole or in part.
    Accepted {
        /// Since when.
        at: Millis,
        /// How many places.
        places: u32,
        /// The order that came of it.
        order: OrderId,
    },
    /// The organization declines.
    Declined {
        /// Since when.
        at: Millis,
        /// Why, as a code.
        reason: DeclineReason,
        /// Why, in words that the village reads; may be empty.
        words: String,
    },
    /// The village took it back before it was answered.
    Withdrawn {
        /// Since when.
        at: Millis,
    },
}

impl PickState {
    /// The state's name, without what it carries.
    #[must_use]
    pub fn stage(&self) -> PickStage {
        match self {
            Self::Proposed => PickStage::Proposed,
            Self::Accepted { .. } => PickStage::Accepted,
            Self::Declined { .. } => PickStage::Declined,
            Self::Withdrawn { .. } => PickStage::Withdrawn,
        }
    }
}

/// The names of a pick's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PickStage {
    /// 等对方答复
    Proposed,
    /// 已答应
    Accepted,
    /// 对方婉拒
    Declined,
    /// 已撤回
    Withdrawn,
}

impl PickStage {
    /// Every stage.
    pub const ALL: [Self; 4] = [
        Self::Proposed,
        Self::Accepted,
        Self::Declined,
        Self::Withdrawn,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Proposed => "等对方答复",
            Self::Accepted => "对方已答应",
            Self::Declined => "对方婉拒",
            Self::Withdrawn => "已撤回",
        }
    }
}

/// Why an organization declines a pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// It has not enough people at the moment.
    NoHands,
    /// It has not enough money or things.
    NoMeans,
    /// It cannot get there.
    TooFar,
    /// What the village has ready is not enough.
    NotReady,
    /// It is not what the organization does.
    OutOfScope,
    /// Something else, told in words.
    Other,
}

impl DeclineReason {
    /// All reasons, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::NoHands,
        Self::NoMeans,
        Self::TooFar,
        Self::NotReady,
        Self::OutOfScope,
        Self::Other,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NoHands => "眼下人手不够",
            Self::NoMeans => "钱或东西不够",
            Self::TooFar => "太远，去不了",
            Self::NotReady => "村里的条件还不够",
            Self::OutOfScope => "不在我们的业务范围",
            Self::Other => "别的原因",
        }
    }
}
