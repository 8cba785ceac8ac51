//! What a supply is: who offers what to which villages, and where it stands.

use crate::credit::CreditCode;
use crate::ids::{OrderId, PickId, SupplyId, UserId};
use crate::money::Fen;
use crate::needs::{Help, PledgeStage, ReturnReason, Topic};
use crate::quantity::ItemNo;
use crate::region::{Level, RegionCode};
use crate::reviews::Answer;
use crate::revision::{Amount, Changed, Revision, Rewritten, changes_since, remember, together};
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// What an organization offers to villages (供给项目).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply {
    /// Made on the phone.
    pub id: SupplyId,
    /// Who offers it.
    pub org: CreditCode,
    /// The organization's name when it was first written.
    pub org_name: String,
    /// The region whose civil affairs bureau registered the organization: it screens the supply.
    pub registered_in: RegionCode,
    /// What the organization wrote.
    pub content: SupplyContent,
    /// Which wording that is, counted from the one that was first sent. Places, the team and past cases are no other wording.
    #[serde(default, skip_serializing_if = "Revision::is_first")]
    pub revision: Revision,
    /// The last changes of the wording, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewritten: Vec<Rewritten>,
    /// What was published last, while a change of it waits for the bureau: villages that have picked it go on reading that, and their picks
    /// rest on it. Absent where the wording that stands is the published one, or none ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Box<PublishedWording>>,
    /// Where it stands.
    pub state: SupplyState,
    /// The villages' picks that wait for an answer or hold places, oldest first. Others leave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picks: Vec<Picked>,
    /// What happened, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<SupplyEvent>,
    /// Who wrote it first.
    pub author: UserId,
    /// When it was first written, by the server.
    pub created_at: Millis,
    /// When it last changed, by the server.
    pub updated_at: Millis,
}

/// A wording that the bureau has agreed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedWording {
    /// The answers.
    pub content: SupplyContent,
    /// Which wording that is.
    pub revision: Revision,
}

/// The answers of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyContent {
    /// One sentence: what is offered. 4 to 40 characters.
    pub title: String,
    /// Which of the policy's fields it belongs to (clause 三(一)2).
    pub topic: Topic,
    /// Which of the policy's four actions it belongs to (clause 二(一)).
    pub action: Action,
    /// Relief (输血), capacity-building (造血), or both.
    pub help: Help,
    /// What the organization does, step by step. At most 500 characters.
    #[serde(default)]
    pub offer: String,
    /// What one place gives to a village: 图书 800 册.
    pub per_place: Amount,
    /// How many places there are in all.
    pub places: u32,
    /// Where it is offered: counties, cities or the province, each with its name as it was then.
    #[serde(default)]
    pub regions: Vec<ServedRegion>,
    /// What the village has to have ready. At most 300 characters.
    #[serde(default)]
    pub conditions: String,
    /// What one place costs about, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Fen>,
    /// Where the money comes from.
    pub source: Source,
    /// The first day on which it is offered.
    pub from: Day,
    /// The last day on which it is offered.
    pub to: Day,
    /// Who does it. At most 200 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub team: String,
    /// What was done before. At most 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cases: String,
}

/// A region in which a supply is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedRegion {
    /// A county, city or province.
    pub code: RegionCode,
    /// Its name.
    pub name: String,
}

/// The policy's four actions (clause 二(一)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 结对帮扶
    Pairing,
    /// 公益品牌
    Brand,
    /// 消费帮扶
    Consumption,
    /// 四小建设
    Huts,
}

impl Action {
    /// All actions, in the policy's order.
    pub const ALL: [Self; 4] = [Self::Pairing, Self::Brand, Self::Consumption, Self::Huts];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pairing => "结对帮扶",
            Self::Brand => "公益品牌",
            Self::Consumption => "消费帮扶",
            Self::Huts => "四小建设",
        }
    }
}

/// Where the money for a supply comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// 自己筹的
    Own,
    /// 基金会资助
    Foundation,
    /// 政府购买服务
    Government,
    /// 爱心企业、个人捐的
    Donors,
    /// 不用花钱
    Free,
}

impl Source {
    /// All sources, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Own,
        Self::Foundation,
        Self::Government,
        Self::Donors,
        Self::Free,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Own => "自己筹的",
            Self::Foundation => "基金会资助",
            Self::Government => "政府购买服务",
            Self::Donors => "企业或个人捐的",
            Self::Free => "不用花钱",
        }
    }
}

/// A village's pick as its supply keeps it: who wants or holds how many places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    /// The pick.
    pub pick: PickId,
    /// The village.
    pub village: RegionCode,
    /// The village's name at that time.
    pub village_name: String,
    /// When it was picked, by the server.
    pub at: Millis,
    /// How many places it wants, or holds once it is accepted.
    pub places: u32,
    /// The order that accepts it; none while it waits for an answer. Only accepted picks count against the places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldPlaces>,
}

/// An accepted pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPlaces {
    /// Its order.
    pub order: OrderId,
    /// How far the order is.
    pub stage: PledgeStage,
}

/// Where a supply stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplyState {
    /// Being written; only the organization sees it.
    Draft,
    /// Waiting for the bureau.
    Submitted {
        /// Since when.
        at: Millis,
    },
    /// Sent back to the organization to repair.
    Returned {
        /// Since when.
        at: Millis,
        /// Why, as a code.
        reason: ReturnReason,
        /// Why, in words that the organization reads.
        words: String,
    },
    /// In the library, open for picks as long as places are left.
    Published {
        /// Since when.
        at: Millis,
    },
    /// The organization takes no picks for a while.
    Paused {
        /// Since when.
        at: Millis,
    },
    /// The organization does not offer it any more.
    Ended {
        /// Since when.
        at: Millis,
    },
    /// Taken back before it was ever published.
    Withdrawn {
        /// Since when.
        at: Millis,
    },
}

impl SupplyState {
    /// The state's name, without what it carries.
    #[must_use]
    pub fn stage(&self) -> SupplyStage {
        match self {
            Self::Draft => SupplyStage::Draft,
            Self::Submitted { .. } => SupplyStage::Submitted,
            Self::Returned { .. } => SupplyStage::Returned,
            Self::Published { .. } => SupplyStage::Published,
            Self::Paused { .. } => SupplyStage::Paused,
            Self::Ended { .. } => SupplyStage::Ended,
            Self::Withdrawn { .. } => SupplyStage::Withdrawn,
        }
    }
}

/// The names of a supply's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplyStage {
    /// 草稿
    Draft,
    /// 待审核
    Submitted,
    /// 退回修改
    Returned,
    /// 已发布
    Published,
    /// 暂停点单
    Paused,
    /// 已结束
    Ended,
    /// 已撤回
    Withdrawn,
}

impl SupplyStage {
    /// Every stage.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Submitted,
        Self::Returned,
        Self::Published,
        Self::Paused,
        Self::Ended,
        Self::Withdrawn,
    ];

    /// The stage's name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Published => "published",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether the life of a supply allows going from this stage to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use SupplyStage::{Draft, Ended, Paused, Published, Returned, Submitted, Withdrawn};
        matches!(
            (self, next),
            (Draft | Returned | Published | Paused, Submitted)
                | (Returned, Draft)
                | (Submitted, Published | Returned)
                | (Draft | Submitted | Returned, Withdrawn | Ended)
                | (Published, Paused)
                | (Paused, Published)
                | (Published | Paused, Ended)
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
            Self::Paused => "暂停点单",
            Self::Ended => "已结束",
            Self::Withdrawn => "已撤回",
        }
    }
}

/// Something that happened to a supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplyEvent {
    /// When, by the server.
    pub at: Millis,
    /// What.
    pub what: SupplyHappened,
}

/// What can happen to a supply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplyHappened {
    /// The organization sent it to the bureau.
    Submitted,
    /// The organization changed it, and nobody had to look at it again.
    Changed,
    /// The bureau sent it back.
    Returned {
        /// From which level.
        level: Level,
        /// Why.
        reason: ReturnReason,
        /// In words.
        words: String,
    },
    /// It is in the library.
    Published {
        /// The level of the bureau that agreed.
        level: Level,
    },
    /// The organization takes no picks for a while.
    Paused,
    /// It takes picks again.
    Resumed,
    /// A village picked it.
    Picked {
        /// The village's name.
        village_name: String,
        /// How many places it wants.
        places: u32,
    },
    /// The organization accepted a pick.
    Accepted {
        /// The village's name.
        village_name: String,
        /// How many places it holds.
        places: u32,
    },
    /// The organization declined a pick, or the village took it back.
    Unpicked {
        /// The village's name.
        village_name: String,
    },
    /// The organization gave an order back: its places are free again.
    Released {
        /// The village's name.
        village_name: String,
    },
    /// A village confirmed a delivery.
    Confirmed {
        /// The village's name.
        village_name: String,
    },
    /// What both sides think of an order can be read by both.
    ReviewsOpened {
        /// The village's name.
        village_name: String,
    },
    /// Months after its confirmation a village is asked whether it is still in use.
    UseAsked {
        /// The village's name.
        village_name: String,
        /// After how many months.
        month: u8,
    },
    /// A village says whether it is still in use.
    StillInUse {
        /// The village's name.
        village_name: String,
        /// After how many months it was asked.
        month: u8,
        /// Whether it is.
        answer: Answer,
    },
    /// The organization does not offer it any more.
    Ended,
}

/// The item under which an order counts what a supply gives.
pub const PER_PLACE: ItemNo = ItemNo(1);

impl SupplyContent {
    /// What a reader would read differently in `after`. How many places there are is seen by what is left, and who does it and what was
    /// done before change no decision.
    #[must_use]
    pub fn changes_to(&self, after: &Self) -> Vec<Changed> {
        let mut changes = vec![
            Changed::Title {
                before: self.title.clone(),
                after: after.title.clone(),
            },
            Changed::Item {
                no: PER_PLACE,
                before: Some(self.per_place.clone()),
                after: Some(after.per_place.clone()),
            },
            Changed::Budget {
                before: self.cost,
                after: after.cost,
            },
        ];
        if self.offer != after.offer {
            changes.push(Changed::Details);
        }
        if self.conditions != after.conditions {
            changes.push(Changed::Conditions);
        }
        let codes = |c: &Self| c.regions.iter().map(|r| r.code).collect::<Vec<_>>();
        if codes(self) != codes(after) {
            changes.push(Changed::Regions);
        }
        if (self.from, self.to) != (after.from, after.to) {
            changes.push(Changed::Period);
        }
        let rest = |c: &Self| (c.topic, c.action, c.help, c.source);
        if rest(self) != rest(after) {
            changes.push(Changed::Kind);
        }
        together(changes)
    }

    /// Whether the bureau has to look at `after` again before villages read it: everything that is promised, but not when it is offered.
    #[must_use]
    pub fn is_screened_again(&self, after: &Self) -> bool {
        let changes = self.changes_to(after);
        changes.iter().any(|change| *change != Changed::Period)
    }

    /// Places in words, with what they give: `图书 1,600 册（2 个名额）`.
    #[must_use]
    pub fn words_of(&self, places: u32) -> String {
        let Amount {
            name,
            quantity,
            unit,
        } = &self.per_place;
        let all = unit.amount(quantity.saturating_mul(u64::from(places)));
        match places {
            1 => format!("{name} {all}"),
            _ => format!("{name} {all}（{places} 个名额）"),
        }
    }

    /// Whether it is offered to that village.
    #[must_use]
    pub fn reaches(&self, village: RegionCode) -> bool {
        self.regions.iter().any(|r| r.code.contains(village))
    }
}

impl Supply {
    /// Whether its organization paused it and has not resumed it since, whatever was written and judged meanwhile.
    #[must_use]
    pub fn is_paused_by_its_organization(&self) -> bool {
        let mut said = self.history.iter().rev().map(|event| &event.what);
        said.find(|what| matches!(what, SupplyHappened::Paused | SupplyHappened::Resumed))
            .is_some_and(|what| *what == SupplyHappened::Paused)
    }

    /// Writes it anew. Once the bureau has seen it, every other wording is another revision.
    pub(super) fn rewrite(&mut self, content: SupplyContent) {
        let was_sent = self.state != SupplyState::Draft || self.was_sent();
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

    /// How many places accepted picks hold.
    #[must_use]
    pub fn taken(&self) -> u32 {
        let held = self.picks.iter().filter(|p| p.held.is_some());
        held.map(|p| p.places).sum()
    }

    /// What picks rest on: the wording that was published last, as far as it is known.
    #[must_use]
    pub fn offered(&self) -> (&SupplyContent, Revision) {
        match &self.published {
            Some(published) => (&published.content, published.revision),
            None => (&self.content, self.revision),
        }
    }

    /// How many places nobody holds. While a change waits, no more than both wordings have.
    #[must_use]
    pub fn left(&self) -> u32 {
        let places = self.content.places.min(self.offered().0.places);
        places.saturating_sub(self.taken())
    }

    /// The picks that wait for an answer, oldest first.
    pub fn asked(&self) -> impl Iterator<Item = &Picked> {
        self.picks.iter().filter(|p| p.held.is_none())
    }

    /// The accepted pick whose order that is.
    #[must_use]
    pub fn held_by(&self, order: OrderId) -> Option<&Picked> {
        let is = |p: &&Picked| p.held.is_some_and(|held| held.order == order);
        self.picks.iter().find(is)
    }

    /// Whether the bureau has ever had it.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        let submitted = |e: &SupplyEvent| e.what == SupplyHappened::Submitted;
        self.history.iter().any(submitted)
    }

    /// Whether it has ever been in the library.
    #[must_use]
    pub fn was_published(&self) -> bool {
        let published = |e: &SupplyEvent| matches!(e.what, SupplyHappened::Published { .. });
        self.history.iter().any(published)
    }
}
