//! What a need is: who asks, what, and where it stands.

use super::waiting::{Offer, Waiting};
use crate::actor::Department;
use crate::contact::Contact;
use crate::credit::CreditCode;
use crate::dispatches::DeclineReason;
use crate::ids::{DispatchId, NeedId, OrderId, UserId};
use crate::money::Fen;
use crate::orders::keeping::{HandOverAsk, Side};
use crate::quantity::{ItemNo, OrderLine, Unit};
use crate::region::{Level, Place, RegionCode};
use crate::reviews::Answer;
use crate::revision::{Amount, Changed, Revision, Rewritten, changes_since, remember, together};
use crate::terms::NeedTerms;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// What a village asks for (需求): who asks, what, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Made on the phone.
    pub id: NeedId,
    /// The village that asks.
    pub place: Place,
    /// What the village wrote.
    pub content: NeedContent,
    /// Which wording that is, counted from the one that was first sent to the county.
    #[serde(default, skip_serializing_if = "Revision::is_first")]
    pub revision: Revision,
    /// The last changes of the wording, oldest first; those before the publication are forgotten with it. Private: the public view has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewritten: Vec<Rewritten>,
    /// Where it stands.
    pub state: NeedState,
    /// What the bureaus said in the present round of screening.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opinions: Vec<Opinion>,
    /// The orders that count against the quantities, oldest first. Released ones leave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pledges: Vec<Pledge>,
    /// Who waits for what is fully ordered, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
    /// What is offered to one of them now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// Which organizations a bureau has asked and have not answered. Private: the public view has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedOrg>,
    /// The terms that held when it was published.
    #[serde(default, skip_serializing_if = "NeedTerms::is_usual")]
    pub terms: NeedTerms,
    /// Other villages that need the same, in the order in which they said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<AlsoNeeded>,
    /// Needs that look like this one and are another matter. Private: the public view has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told_apart: Vec<ToldApart>,
    /// The needs that were merged into this one, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<MergedIn>,
    /// What happened, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<NeedEvent>,
    /// Who wrote it first.
    pub author: UserId,
    /// When it was first written, by the server.
    pub created_at: Millis,
    /// When it last changed, by the server.
    pub updated_at: Millis,
}

/// The answers of the form. Eight of them are required at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedContent {
    /// One sentence: what is needed. 4 to 40 characters.
    pub title: String,
    /// What it is about and why. At most 500 characters.
    #[serde(default)]
    pub details: String,
    /// Which of the policy's fields it belongs to (clause 三(一)2).
    pub topic: Topic,
    /// Relief (输血), capacity-building (造血), or both.
    pub help: Help,
    /// What exactly, and how much. 1 to 12 items.
    pub items: Vec<NeedItem>,
    /// The last day on which it is still of use.
    pub deadline: Day,
    /// How many persons (人) it helps; a count, never names.
    pub persons: u32,
    /// How many households it helps, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub households: Option<u32>,
    /// What it will cost about, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Fen>,
    /// Whether it cannot wait.
    #[serde(default)]
    pub urgent: bool,
    /// Whom to call. Private: absent in the public view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// Another village that needs what a published need asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlsoNeeded {
    /// The village.
    pub place: Place,
    /// Since when, by the server.
    pub at: Millis,
}

/// Somebody has said that two needs that look alike are two matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldApart {
    /// The other need.
    pub other: NeedId,
    /// Which department said so; none when the village itself did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Department>,
}

/// A need that was merged into another one, as that one remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedIn {
    /// The merged need.
    pub need: NeedId,
    /// Its title. Private: the public view has none, since it may never have been published.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its village.
    pub place: Place,
    /// When, by the server.
    pub at: Millis,
    /// The orders that came with it. Private: the public view has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderId>,
    /// The villages that the other need was merged for before, or that had said of it that they need it too, and that this one did not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub brought: Vec<RegionCode>,
}

/// One thing a need asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedItem {
    /// Its number.
    pub no: ItemNo,
    /// What: 路灯.
    pub name: String,
    /// How much, in whole units; for money in fen.
    pub quantity: u64,
    /// Of what.
    pub unit: Unit,
}

/// The fields of help named by the policy (clause 三(一)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// 产业
    Industry,
    /// 就业
    Employment,
    /// 人居环境
    Environment,
    /// 公共服务设施
    PublicService,
    /// 乡风文明
    Customs,
    /// 特殊人员关爱: the left-behind, elders, persons with disabilities
    Care,
    /// 教育文化
    Education,
    /// 医疗健康
    Health,
    /// 消费帮扶
    Consumption,
    /// 四小建设
    Huts,
}

impl Topic {
    /// All topics, in the order of the form.
    pub const ALL: [Self; 10] = [
        Self::Industry,
        Self::Employment,
        Self::Environment,
        Self::PublicService,
        Self::Customs,
        Self::Care,
        Self::Education,
        Self::Health,
        Self::Consumption,
        Self::Huts,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Industry => "产业",
            Self::Employment => "就业",
            Self::Environment => "人居环境",
            Self::PublicService => "公共服务设施",
            Self::Customs => "乡风文明",
            Self::Care => "特殊人员关爱",
            Self::Education => "教育文化",
            Self::Health => "医疗健康",
            Self::Consumption => "消费帮扶",
            Self::Huts => "四小建设",
        }
    }
}

/// What kind of help a need asks for (clause 三(二)1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Help {
    /// 输血
    Relief,
    /// 造血
    Capacity,
    /// Both.
    Both,
}

impl Help {
    /// All kinds, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Relief, Self::Capacity, Self::Both];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Relief => "输血",
            Self::Capacity => "造血",
            Self::Both => "输血 + 造血",
        }
    }

    /// What it means, as one chooses it.
    #[must_use]
    pub fn choice(self) -> &'static str {
        match self {
            Self::Relief => "给钱给物（输血）",
            Self::Capacity => "教技术、帮销路（造血）",
            Self::Both => "两样都要",
        }
    }
}

/// Where a need stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedState {
    /// Being written; only the village sees it.
    Draft,
    /// Waiting for the county.
    Submitted {
        /// Since when.
        at: Millis,
    },
    /// Sent back to the village to repair.
    Returned {
        /// Since when.
        at: Millis,
        /// By which department.
        by: Department,
        /// Why, as a code.
        reason: ReturnReason,
        /// Why, in words that the village reads.
        words: String,
    },
    /// In the library, open for orders as long as something is left.
    Published {
        /// Since when.
        at: Millis,
    },
    /// Taken back by the village.
    Withdrawn {
        /// Since when.
        at: Millis,
        /// Why.
        reason: WithdrawReason,
    },
    /// Finished.
    Closed {
        /// Since when.
        at: Millis,
        /// How.
        reason: CloseReason,
    },
    /// Its last day has passed, and nobody was at work on it.
    Expired {
        /// Since when.
        at: Millis,
    },
    /// Taken out of the library by a bureau.
    TakenDown {
        /// Since when.
        at: Millis,
        /// By which department.
        by: Department,
        /// Why, as a code.
        reason: ReturnReason,
        /// Why, in words that the village and the holders of orders read.
        words: String,
    },
    /// A bureau has found that it is the same matter as another need, which goes on for both.
    Merged {
        /// Since when.
        at: Millis,
        /// The need that goes on.
        into: NeedId,
        /// The title of that need.
        title: String,
        /// Where this one stood before.
        before: Box<NeedState>,
    },
}

impl NeedState {
    /// The state's name, without what it carries.
    #[must_use]
    pub fn stage(&self) -> NeedStage {
        match self {
            Self::Draft => NeedStage::Draft,
            Self::Submitted { .. } => NeedStage::Submitted,
            Self::Returned { .. } => NeedStage::Returned,
            Self::Published { .. } => NeedStage::Published,
            Self::Withdrawn { .. } => NeedStage::Withdrawn,
            Self::Closed { .. } => NeedStage::Closed,
            Self::Expired { .. } => NeedStage::Expired,
            Self::TakenDown { .. } => NeedStage::TakenDown,
            Self::Merged { .. } => NeedStage::Merged,
        }
    }
}

/// The names of a need's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedStage {
    /// 草稿
    Draft,
    /// 待审核
    Submitted,
    /// 退回修改
    Returned,
    /// 已发布
    Published,
    /// 已撤回
    Withdrawn,
    /// 已办结
    Closed,
    /// 已过期
    Expired,
    /// 已下架
    TakenDown,
    /// 已合并
    Merged,
}

impl NeedStage {
    /// Every stage.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Submitted,
        Self::Returned,
        Self::Published,
        Self::Withdrawn,
        Self::Closed,
        Self::Expired,
        Self::TakenDown,
        Self::Merged,
    ];

    /// The stage's name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
            Self::Expired => "expired",
            Self::TakenDown => "taken_down",
            Self::Merged => "merged",
        }
    }

    /// Whether the life of a need allows going from this stage to `next` (`domain.md`, life of a need).
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use NeedStage::{
            Closed, Draft, Expired, Merged, Published, Returned, Submitted, TakenDown, Withdrawn,
        };
        matches!(
            (self, next),
            (Draft | Returned | TakenDown, Submitted | Withdrawn)
                | (Returned | TakenDown, Draft)
                | (Submitted, Published | Returned | Withdrawn | Merged)
                | (Published, Closed | Withdrawn | TakenDown | Merged | Expired)
                | (Merged, Submitted | Published)
                | (Expired, Submitted)
        )
    }

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Submitted => "待审核",
            Self::Returned => "退回修改",
            Self::Published => "已发布",
            Self::Withdrawn => "已撤回",
            Self::Closed => "已办结",
            Self::Expired => "已过期",
            Self::TakenDown => "已下架",
            Self::Merged => "已合并",
        }
    }
}

/// Why a bureau sends a need back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnReason {
    /// It does not say enough to be acted on.
    Unclear,
    /// The village has asked for this already.
    Duplicate,
    /// Another programme pays for it, or it is not for social organizations.
    OutOfScope,
    /// Quantities or dates cannot be right.
    NotPlausible,
    /// It names persons or tells what must stay private.
    Privacy,
    /// Something else, told in words.
    Other,
}

impl ReturnReason {
    /// All reasons, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::Unclear,
        Self::NotPlausible,
        Self::Duplicate,
        Self::OutOfScope,
        Self::Privacy,
        Self::Other,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Unclear => "写得不够清楚",
            Self::Duplicate => "和已有的需求重复",
            Self::OutOfScope => "不适合社会组织来做",
            Self::NotPlausible => "数量或时间要再核实",
            Self::Privacy => "写了个人隐私",
            Self::Other => "其他",
        }
    }
}

/// Why a village takes a need back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawReason {
    /// Somebody else did it.
    DoneByOthers,
    /// It is not wanted any more.
    NoLongerWanted,
    /// It was a mistake.
    Mistake,
}

impl WithdrawReason {
    /// All reasons, in the order of the form.
    pub const ALL: [Self; 3] = [Self::DoneByOthers, Self::NoLongerWanted, Self::Mistake];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::DoneByOthers => "已经通过别的办法解决了",
            Self::NoLongerWanted => "现在不需要了",
            Self::Mistake => "发错了",
        }
    }
}

/// How a need came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// Everything asked for was delivered and confirmed by the village.
    Delivered,
    /// Done by others.
    DoneByOthers,
    /// No longer wanted.
    NoLongerWanted,
    /// Not for social organizations.
    OutOfScope,
    /// Something else, told in words.
    Other,
}

impl CloseReason {
    /// The reasons with which somebody closes a need, in the order of the form.
    pub const GIVEN: [Self; 4] = [
        Self::DoneByOthers,
        Self::NoLongerWanted,
        Self::OutOfScope,
        Self::Other,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Delivered => "都做到了",
            Self::DoneByOthers => "已经通过别的办法解决了",
            Self::NoLongerWanted => "现在不需要了",
            Self::OutOfScope => "不适合社会组织来做",
            Self::Other => "其他原因",
        }
    }
}

/// An organization that a bureau has asked to take the need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedOrg {
    /// With which dispatch.
    pub dispatch: DispatchId,
    /// Which one.
    pub org: CreditCode,
}

/// What one department says to a submitted need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// Which department.
    pub by: Department,
    /// From which level; the county's own goes without saying.
    #[serde(default = "the_countys", skip_serializing_if = "is_the_countys")]
    pub level: Level,
    /// When, by the server.
    pub at: Millis,
    /// A remark for the other department; bureaus and the village see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}

fn the_countys() -> Level {
    Level::County
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_the_countys(level: &Level) -> bool {
    *level == Level::County
}

/// An order as its need sees it: who promised how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pledge {
    /// The order.
    pub order: OrderId,
    /// Who holds it.
    pub org: CreditCode,
    /// The holder's name at that time.
    pub org_name: String,
    /// When it was taken, by the server.
    pub at: Millis,
    /// How much of what.
    pub lines: Vec<OrderLine>,
    /// How far it is.
    pub stage: PledgeStage,
    /// Who asked its holder to hand it over, and whether that was answered: the last request of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hand_overs: Vec<HandOverAsk>,
}

/// How far a pledge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PledgeStage {
    /// Being worked on (a disputed delivery counts as that).
    Active,
    /// The organization says it is done.
    Delivered,
    /// The village agrees.
    Confirmed,
}

/// Something that happened to a need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedEvent {
    /// When, by the server.
    pub at: Millis,
    /// What.
    pub what: NeedHappened,
}

/// What can happen to a need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedHappened {
    /// The village sent it to the county.
    Submitted,
    /// The village changed it after sending.
    Edited,
    /// A department sent it back.
    Returned {
        /// Which department.
        by: Department,
        /// From which level; the county's own goes without saying.
        #[serde(default = "the_countys", skip_serializing_if = "is_the_countys")]
        level: Level,
        /// Why.
        reason: ReturnReason,
        /// In words.
        words: String,
    },
    /// A department agreed.
    Approved {
        /// Which department.
        by: Department,
        /// From which level; the county's own goes without saying.
        #[serde(default = "the_countys", skip_serializing_if = "is_the_countys")]
        level: Level,
    },
    /// It is in the library.
    Published,
    /// An organization took (part of) it.
    Taken {
        /// Whose name.
        org_name: String,
        /// How much of what, in words.
        lines: String,
    },
    /// An organization gave its order back.
    Released {
        /// Whose name.
        org_name: String,
    },
    /// An organization says it delivered.
    Delivered {
        /// Whose name.
        org_name: String,
    },
    /// The village confirmed a delivery.
    Confirmed {
        /// Whose delivery.
        org_name: String,
    },
    /// The village says that it was not delivered as promised.
    Disputed {
        /// Whose delivery.
        org_name: String,
    },
    /// The village took it back.
    Withdrawn {
        /// Why.
        reason: WithdrawReason,
    },
    /// All is done.
    Closed {
        /// How.
        reason: CloseReason,
    },
    /// Somebody closed it before all of it was delivered.
    ClosedBy {
        /// Who.
        by: Side,
        /// Why, as a code.
        reason: CloseReason,
        /// Why, in words; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        words: String,
    },
    /// Its last day has passed.
    Expired,
    /// A bureau asked an organization to take it.
    Dispatched {
        /// Which department.
        by: Department,
        /// Of which level; the county's own goes without saying.
        #[serde(default = "the_countys", skip_serializing_if = "is_the_countys")]
        level: Level,
        /// Whom.
        org_name: String,
    },
    /// The organization that a bureau asked does not take it.
    DispatchDeclined {
        /// Whose name.
        org_name: String,
        /// Why.
        reason: DeclineReason,
    },
    /// It did not answer in time.
    DispatchUnanswered {
        /// Whose name.
        org_name: String,
    },
    /// The bureau asks it no more.
    DispatchWithdrawn {
        /// Whose name.
        org_name: String,
    },
    /// An organization waits for what is fully ordered.
    Waits {
        /// Whose name.
        org_name: String,
        /// For how much of what, in words.
        lines: String,
    },
    /// It waits no more.
    WaitsNoMore {
        /// Whose name.
        org_name: String,
    },
    /// Something was free again and is offered to the first who waits.
    Offered {
        /// Whose name.
        org_name: String,
        /// How much of what, in words.
        lines: String,
    },
    /// Nothing was heard of an order for long; its holder was asked.
    RenewalAsked {
        /// Whose order.
        org_name: String,
    },
    /// Still nothing; the village or its county may free the order.
    Releasable {
        /// Whose order.
        org_name: String,
    },
    /// Nothing to the end: the order lapsed.
    Lapsed {
        /// Whose order.
        org_name: String,
    },
    /// The holder says that the order goes on.
    Renewed {
        /// Whose order.
        org_name: String,
    },
    /// The holder delivers on another day.
    DueMoved {
        /// Whose order.
        org_name: String,
        /// The new day.
        after: Day,
    },
    /// Somebody asks the holder to hand an order over.
    HandOverAsked {
        /// Who.
        by: Side,
        /// Whose order.
        org_name: String,
        /// Why, in words. Private: the public view has none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        words: String,
    },
    /// The holder keeps it.
    HandOverAnswered {
        /// Whose order.
        org_name: String,
        /// What the holder says.
        words: String,
    },
    /// A bureau took it out of the library.
    TakenDown {
        /// Which department.
        by: Department,
        /// From which level; the county's own goes without saying.
        #[serde(default = "the_countys", skip_serializing_if = "is_the_countys")]
        level: Level,
        /// Why.
        reason: ReturnReason,
        /// In words.
        words: String,
    },
    /// What both sides think of an order can be read by both.
    ReviewsOpened {
        /// Whose order.
        org_name: String,
    },
    /// Months after the confirmation the village is asked whether it is still in use.
    UseAsked {
        /// Whose order.
        org_name: String,
        /// After how many months.
        month: u8,
    },
    /// The village says whether it is still in use.
    StillInUse {
        /// Whose order.
        org_name: String,
        /// After how many months it was asked.
        month: u8,
        /// Whether it is.
        answer: Answer,
    },
    /// A bureau merged it into another need.
    Merged {
        /// Which department.
        by: Department,
        /// The title of the need that goes on.
        title: String,
    },
    /// A bureau merged another need into this one.
    TookIn {
        /// Which department.
        by: Department,
        /// The title of the other need.
        title: String,
        /// Its village.
        village_name: String,
    },
    /// A bureau parted again what was merged.
    Parted {
        /// Which department.
        by: Department,
        /// The title of the other need.
        title: String,
    },
    /// Another village needs the same.
    AlsoNeeded {
        /// The village.
        village_name: String,
    },
    /// A bureau reminded the holder of an order, or the village of a delivery that waits for its answer.
    Reminded {
        /// Which department.
        by: Department,
        /// Whose order.
        org_name: String,
        /// Whether the village is asked, not the holder.
        village: bool,
    },
}

impl NeedContent {
    /// What a reader would read differently in `after`. The contact is not part of it: who is called changes no decision.
    #[must_use]
    pub fn changes_to(&self, after: &Self) -> Vec<Changed> {
        let mut changes = vec![
            Changed::Title {
                before: self.title.clone(),
                after: after.title.clone(),
            },
            Changed::Deadline {
                before: self.deadline,
                after: after.deadline,
            },
            Changed::Budget {
                before: self.budget,
                after: after.budget,
            },
            Changed::Persons {
                before: self.persons,
                after: after.persons,
            },
        ];
        let amount = |content: &Self, no: ItemNo| {
            let item = content.items.iter().find(|item| item.no == no)?;
            Some(Amount {
                name: item.name.clone(),
                quantity: item.quantity,
                unit: item.unit.clone(),
            })
        };
        for item in self.items.iter().chain(&after.items) {
            changes.push(Changed::Item {
                no: item.no,
                before: amount(self, item.no),
                after: amount(after, item.no),
            });
        }
        if self.details != after.details {
            changes.push(Changed::Details);
        }
        let rest = |c: &Self| (c.topic, c.help, c.households, c.urgent);
        if rest(self) != rest(after) {
            changes.push(Changed::Other);
        }
        together(changes)
    }
}

impl Need {
    /// Writes it anew. Once the county has seen it, every other wording is another revision.
    pub(super) fn rewrite(&mut self, content: NeedContent) {
        let was_sent = self.state != NeedState::Draft || self.was_sent();
        let changed = self.content.changes_to(&content);
        self.content = content;
        if was_sent && !changed.is_empty() {
            remember(&mut self.revision, &mut self.rewritten, changed);
        }
    }

    /// What has changed since that wording; nothing when that is not remembered.
    #[must_use]
    pub fn changes_since(&self, seen: Revision) -> Vec<Changed> {
        changes_since(self.revision, &self.rewritten, seen)
    }

    /// Whether somebody has said that it and that other need are two matters.
    #[must_use]
    pub fn is_told_apart_from(&self, other: NeedId) -> bool {
        self.told_apart.iter().any(|told| told.other == other)
    }

    /// How many other villages need the same: they said so, or a need of theirs was merged into this one.
    #[must_use]
    pub fn other_villages(&self) -> usize {
        let mut all: Vec<RegionCode> = self.also.iter().map(|a| a.place.village).collect();
        for merged in &self.merged {
            all.push(merged.place.village);
            all.extend(&merged.brought);
        }
        all.retain(|village| *village != self.place.village);
        all.sort_unstable();
        all.dedup();
        all.len()
    }

    /// What the village has changed since a bureau last sent it back, as far as that is remembered; nothing if it was never sent back, or
    /// waits for the village.
    #[must_use]
    pub fn repaired(&self) -> Vec<Changed> {
        let was_returned = self
            .history
            .iter()
            .any(|e| matches!(e.what, NeedHappened::Returned { .. }));
        if was_returned && matches!(self.state, NeedState::Submitted { .. }) {
            together(self.rewritten.iter().flat_map(|r| r.changed.clone()))
        } else {
            Vec::new()
        }
    }

    /// How much of an item the live orders have promised.
    #[must_use]
    pub fn pledged(&self, item: ItemNo) -> u64 {
        self.counted(item, |_| true)
    }

    /// How much of an item has been delivered and confirmed.
    #[must_use]
    pub fn confirmed(&self, item: ItemNo) -> u64 {
        self.counted(item, |stage| stage == PledgeStage::Confirmed)
    }

    fn counted(&self, item: ItemNo, counts: impl Fn(PledgeStage) -> bool) -> u64 {
        self.pledges
            .iter()
            .filter(|p| counts(p.stage))
            .flat_map(|p| &p.lines)
            .filter(|l| l.item == item)
            .map(|l| l.quantity)
            .sum()
    }

    /// How much of an item nobody has promised yet, and nobody waits for.
    #[must_use]
    pub fn left(&self, item: &NeedItem) -> u64 {
        self.free(item.no).saturating_sub(self.waited_for(item.no))
    }

    /// Whether anything is left to take.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.content.items.iter().any(|i| self.left(i) > 0)
    }

    /// Whether everything asked for was delivered and confirmed.
    #[must_use]
    pub fn is_fulfilled(&self) -> bool {
        self.content
            .items
            .iter()
            .all(|i| self.confirmed(i.no) >= i.quantity)
    }

    /// Whether the county has ever had it.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        let submitted = |e: &NeedEvent| e.what == NeedHappened::Submitted;
        self.history.iter().any(submitted)
    }

    /// The item of that number.
    #[must_use]
    pub fn item(&self, no: ItemNo) -> Option<&NeedItem> {
        self.content.items.iter().find(|i| i.no == no)
    }

    /// The pledge of that order.
    #[must_use]
    pub fn pledge(&self, order: OrderId) -> Option<&Pledge> {
        self.pledges.iter().find(|p| p.order == order)
    }

    /// Whether the village has said of this order's delivery that it was not done as promised, and the organization has not reported a
    /// delivery since. The history knows organizations, not orders, so with several orders of one organization its last word counts.
    #[must_use]
    pub fn is_disputed_on(&self, pledge: &Pledge) -> bool {
        let last = self
            .history
            .iter()
            .rev()
            .find_map(|event| match &event.what {
                NeedHappened::Disputed { org_name } if *org_name == pledge.org_name => Some(true),
                NeedHappened::Delivered { org_name } if *org_name == pledge.org_name => Some(false),
                _ => None,
            });
        pledge.stage == PledgeStage::Active && last == Some(true)
    }

    /// Whether a delivery is disputed.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        self.pledges
            .iter()
            .any(|pledge| self.is_disputed_on(pledge))
    }

    /// Lines in words: `路灯 18 盏、电线 200 米`.
    #[must_use]
    pub fn words_of(&self, lines: &[OrderLine]) -> String {
        let mut out = String::new();
        for line in lines {
            let Some(item) = self.item(line.item) else {
                continue;
            };
            if !out.is_empty() {
                out.push('、');
            }
            out.push_str(&item.name);
            out.push(' ');
            out.push_str(&item.unit.amount(line.quantity));
        }
        out
    }
}
