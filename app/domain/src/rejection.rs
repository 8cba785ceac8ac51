//! Rejections: why the rules reject a command, and what the person can do about it.

use crate::dispatches::DispatchStage;
use crate::kinds::EntityKind;
use crate::needs::NeedStage;
use crate::orders::OrderStage;
use crate::organizations::OrgStage;
use crate::picks::PickStage;
use crate::quantity::{ItemNo, Unit};
use crate::read::PhoneError;
use crate::revision::Changed;
use crate::supplies::SupplyStage;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// Why a command was rejected. Carries what the person needs to go on; [`Rejection::sentence`] says it in Chinese.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The actor's role or scope does not allow it.
    NotAllowed(Allowed),
    /// It does not exist, or this actor may not know that it does.
    NotFound {
        /// What kind of thing.
        kind: EntityKind,
    },
    /// An identifier is in use already.
    AlreadyExists {
        /// What kind of thing.
        kind: EntityKind,
    },
    /// The need's stage does not allow it any more.
    NeedIs {
        /// Where it stands now.
        stage: NeedStage,
    },
    /// The order's stage does not allow it any more.
    OrderIs {
        /// Where it stands now.
        stage: OrderStage,
    },
    /// The supply's stage does not allow it any more.
    SupplyIs {
        /// Where it stands now.
        stage: SupplyStage,
    },
    /// The pick's stage does not allow it any more.
    PickIs {
        /// Where it stands now.
        stage: PickStage,
    },
    /// The last day on which the supply is offered has passed.
    SupplyOver,
    /// The village has picked this supply, and its organization has not answered.
    AlreadyPicked,
    /// An answer is missing or cannot be right.
    Invalid {
        /// Which answer.
        field: Field,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Others were first: what was wanted is not there any more.
    Taken(Taken),
    /// Organizations hold orders on the need.
    HasOrders {
        /// Their names.
        orgs: Vec<String>,
    },
    /// An edit asks for less than has been promised already.
    BelowPledged {
        /// The item's name.
        item: String,
        /// How much has been promised.
        pledged: u64,
        /// In what unit.
        unit: Unit,
    },
    /// This department has given its opinion already.
    AlreadyApproved,
    /// The organization has not been let in, or not any more.
    OrganizationNotApproved,
    /// The organization may take nothing new for the time being.
    OrganizationSuspended {
        /// Why, as the bureau wrote it; not for others.
        words: String,
        /// The last day of it; none when somebody has to lift it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Day>,
    },
    /// This person has applied for another organization, and its bureau has not decided.
    AlreadyApplied {
        /// That organization's name.
        name: String,
    },
    /// The organization's stage does not allow it any more.
    OrganizationIs {
        /// Where it stands now.
        stage: OrgStage,
    },
    /// This side has left its review already.
    AlreadyReviewed,
    /// The other side's review is open, and nobody answers a review with a review.
    ReviewsAreOver,
    /// The question was answered before.
    AlreadyAnswered,
    /// Too many open orders and too few brought to an end.
    TooManyOpenOrders {
        /// How many are open.
        open: u32,
        /// How many may be open at that closing ratio.
        limit: u32,
        /// Confirmed orders among all ended ones, in percent.
        closing_percent: u32,
        /// The percentage from which the limit does not hold.
        wanted_percent: u32,
    },
    /// The need's last day has passed.
    Overdue,
    /// The need's last day has passed, so nobody could take it once it is published.
    OverdueToPublish,
    /// What the person had read has changed since; they look again and decide anew.
    ChangedSince {
        /// What kind of thing.
        kind: EntityKind,
        /// What has changed; empty when that is not remembered.
        changed: Vec<Changed>,
    },
    /// The organization does not serve the need's county.
    NotServed {
        /// The county's name.
        county_name: String,
    },
    /// Two needs are not merged: an order on one of them does not fit on the other.
    DoesNotFit {
        /// The item that was promised.
        item: String,
        /// In what unit.
        unit: Unit,
        /// How much of it would have to move.
        moving: u64,
        /// How much the other need has left of it; none when it does not ask for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<u64>,
    },
    /// What was merged is not parted again: an order has gone on since.
    MovedOn {
        /// Whose order.
        org_name: String,
    },
    /// A delivery waits for the village's answer.
    AwaitsConfirmation {
        /// Whose.
        orgs: Vec<String>,
    },
    /// A bureau has reminded of it a short time ago.
    RemindedAlready {
        /// When.
        at: Millis,
    },
    /// A limit is reached.
    LimitReached {
        /// Of what.
        limit: Limit,
        /// How many are allowed.
        at_most: u32,
    },
    /// An organization was asked already and has not answered.
    AlreadyAsked {
        /// Its name.
        org_name: String,
    },
    /// The organization answered lately that it keeps the order.
    AskedLately {
        /// Its name.
        org_name: String,
        /// The first day on which it may be asked again.
        from: Day,
    },
    /// The dispatch's stage does not allow it any more.
    DispatchIs {
        /// Where it stands now.
        stage: DispatchStage,
    },
    /// Something of it is left: there is nothing to wait for.
    StillLeft {
        /// The item's name.
        item: String,
    },
    /// The organization is on the waiting list already.
    AlreadyWaiting,
    /// The organization is not on the waiting list.
    NotWaiting,
    /// Nothing is offered to the organization, or not any more.
    NothingOffered,
    /// A sign of life was heard of the order, so there is nothing to renew.
    NothingToRenew,
    /// The order may not be freed by others yet, or not any more.
    NotReleasable,
    /// Nobody asks the holder to hand the order over.
    NobodyAsked,
    /// Deliveries wait for the village's answer.
    DeliveryWaits {
        /// Whose.
        orgs: Vec<String>,
    },
    /// The page that wrote it is too new or too old for this server.
    Unsupported {
        /// The mutation's name.
        name: String,
        /// Its version.
        v: u32,
    },
    /// Its arguments cannot be read.
    Malformed {
        /// What does not fit; for the log and the support, not for the village.
        reason: String,
    },
}

/// Who may do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Cadres of the need's own village.
    Village,
    /// Cadres of another village than the need's.
    OtherVillage,
    /// A bureau of the need's county.
    CountyBureau,
    /// A member of an organization.
    Organization,
    /// A member of the organization that holds the order.
    Holder,
    /// A member of the organization that a bureau asked.
    Asked,
    /// Who has signed up for an organization.
    Applicant,
    /// Who answers for the organization.
    Owner,
    /// An officer of the civil affairs bureau that registered the organization.
    CivilAffairs,
    /// The village and the organization of the order.
    Sides,
    /// A member of the organization that offers the supply.
    Supplier,
    /// The civil affairs bureau that registered the organization.
    Registrar,
    /// A bureau of the region or of one above it.
    RegionBureau,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Reports on one order.
    Reports,
    /// Reports on one order on one day.
    ReportsPerDay,
    /// Changes of one need on one day.
    EditsPerDay,
    /// New orders of one organization on one day, whether given back or not.
    OrdersPerDay,
    /// Organizations that wait for one need.
    Waiting,
    /// Organizations that are asked for one need at a time.
    Dispatches,
    /// Changes of one supply on one day.
    SupplyEditsPerDay,
    /// New supplies of one organization on one day.
    SuppliesPerDay,
    /// Picks of one supply that wait for an answer.
    PicksAsked,
    /// Other villages that say of one need that they need the same.
    AlsoNeeded,
    /// Needs that were told apart from one need.
    ToldApart,
    /// Needs that were merged into one.
    Merged,
}

/// The answers of the forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 需要什么
    Title,
    /// 情况说明
    Details,
    /// 要多少
    Items,
    /// 最晚什么时候
    Deadline,
    /// 多少人受益
    Persons,
    /// 大约要多少钱
    Budget,
    /// 联系人
    Contact,
    /// 退回说明、放弃原因、哪里没做到
    Words,
    /// 接多少
    Lines,
    /// 什么时候交付
    Due,
    /// 做了什么
    Progress,
    /// 支出
    Money,
    /// 多少人次
    Visits,
    /// 最晚哪天答复
    AnswerBy,
    /// 组织名称
    OrgName,
    /// 业务范围
    OrgScope,
    /// 在哪里登记的
    RegisteredIn,
    /// 擅长做什么
    Directions,
    /// 服务哪些县
    Serves,
    /// 评估等级
    Rating,
    /// 到哪天为止
    Until,
    /// 能提供什么
    Offer,
    /// 具体做些什么
    OfferDetails,
    /// 每个村给多少
    PerPlace,
    /// 名额
    Places,
    /// 能去哪里
    Regions,
    /// 村里要准备什么
    Conditions,
    /// 每个村大约花多少钱
    Cost,
    /// 从什么时候到什么时候
    Period,
    /// 谁来做
    Team,
    /// 以前做成的
    Cases,
    /// 设置里的数
    Setting,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// It is not there.
    Missing,
    /// It is shorter than `at_least` characters.
    TooShort {
        /// Characters.
        at_least: u32,
    },
    /// It is longer than `at_most` characters (of older servers also: more than `at_most` entries).
    TooLong {
        /// Characters or entries.
        at_most: u32,
        /// How many too many, as far as that is known.
        #[serde(default)]
        over: u32,
    },
    /// More than `at_most` entries.
    TooMany {
        /// Entries.
        at_most: u32,
    },
    /// A number beyond `at_most`.
    TooLarge {
        /// The largest one that is taken.
        at_most: u64,
    },
    /// A quantity or amount is zero, negative or beyond anything real.
    OutOfRange,
    /// A day that has passed.
    InThePast,
    /// A day too far away.
    TooFar,
    /// A day after the last one on which the need is of use.
    AfterDeadline,
    /// It names what the need does not have, or names something twice.
    DoesNotMatch,
    /// Not a phone number.
    NotAPhone,
    /// A mobile number with too few or too many digits.
    MobileLength {
        /// How many digits there are.
        found: u32,
    },
    /// More than one phone number.
    SeveralPhones,
    /// A phone number is missing on which the village can call.
    NoPhone,
    /// Periods of which a later one is shorter than an earlier one.
    OutOfOrder,
    /// A unit that is money under another name, or could be taken for it.
    MoneyUnit,
    /// No region in use has this code.
    NoSuchPlace,
    /// A region that the organization is not registered as serving.
    NotServed,
}

impl From<PhoneError> for Problem {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::NotAPhone => Self::NotAPhone,
            PhoneError::MobileLength { found } => Self::MobileLength { found },
            PhoneError::Several => Self::SeveralPhones,
        }
    }
}

/// What an organization that came too late needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// What was wanted and how much of it is left.
    pub wanted: Vec<WantedItem>,
    /// Who has promised what.
    pub holders: Vec<Holder>,
    /// What else of the same need can still be taken.
    pub others: Vec<WantedItem>,
}

/// An item and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedItem {
    /// Its number.
    pub item: ItemNo,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// How much was wanted; 0 for what was not asked for.
    pub wanted: u64,
    /// How much is left.
    pub left: u64,
}

/// An organization that was first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its name.
    pub org_name: String,
    /// When it took the order, by the server.
    pub at: Millis,
    /// What it promised, in words.
    pub lines: String,
}

impl Field {
    /// The question as the form asks it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Title => "需要什么",
            Self::Details => "情况说明",
            Self::Items => "要多少",
            Self::Deadline => "最晚什么时候",
            Self::Persons => "多少人受益",
            Self::Budget => "大约要多少钱",
            Self::Contact => "联系人和电话",
            Self::Words => "说明",
            Self::Lines => "接多少",
            Self::Due => "什么时候交到村里",
            Self::Progress => "做了什么",
            Self::Money => "花了多少",
            Self::Visits => "多少人次",
            Self::AnswerBy => "最晚哪天答复",
            Self::OrgName => "组织名称",
            Self::OrgScope => "业务范围",
            Self::RegisteredIn => "在哪里登记的",
            Self::Directions => "擅长做什么",
            Self::Serves => "服务哪些县",
            Self::Rating => "评估等级",
            Self::Until => "到哪天为止",
            Self::Offer => "能提供什么",
            Self::OfferDetails => "具体做些什么",
            Self::PerPlace => "每个村给多少",
            Self::Places => "名额",
            Self::Regions => "能去哪里",
            Self::Conditions => "村里要准备什么",
            Self::Cost => "每个村大约花多少钱",
            Self::Period => "从什么时候到什么时候",
            Self::Team => "谁来做",
            Self::Cases => "以前做成的",
            Self::Setting => "设置",
        }
    }
}

impl Problem {
    /// What to do, after the question's name: `请填写`.
    #[must_use]
    pub fn advice(self) -> String {
        match self {
            Self::Missing => "还没有填".to_owned(),
            Self::TooShort { at_least } => format!("太短了，至少写 {at_least} 个字"),
            Self::TooLong { at_most, over: 0 } => format!("太长了，最多 {at_most} 个字"),
            Self::TooLong { at_most, over } => {
                format!("太长了，最多 {at_most} 个字，多了 {over} 个，请删短一点")
            }
            Self::TooMany { at_most } => format!("太多了，最多 {at_most} 项，其余的请另发一条"),
            Self::TooLarge { at_most } => format!("数字太大了，最多 {at_most}，请再核对"),
            Self::OutOfRange => "数字不对，请再核对".to_owned(),
            Self::InThePast => "日期已经过了，请改一个".to_owned(),
            Self::TooFar => "日期太远了，最多两年以内".to_owned(),
            Self::AfterDeadline => "比村里最晚要用的日子还晚，请改早一点".to_owned(),
            Self::DoesNotMatch => "和需求里写的对不上，请重新选".to_owned(),
            Self::NotAPhone => PhoneError::NotAPhone.to_string(),
            Self::MobileLength { found } => PhoneError::MobileLength { found }.to_string(),
            Self::SeveralPhones => PhoneError::Several.to_string(),
            Self::NoPhone => "要写姓名和一个村里打得通的电话".to_owned(),
            Self::OutOfOrder => {
                "前后对不上：提醒的天数不能多于收回的，收回的不能多于作废的".to_owned()
            }
            Self::NoSuchPlace => {
                "里选的地方不在行政区划表里，可能已经停用，请更新页面后重新选".to_owned()
            }
            Self::NotServed => {
                "里有的地方不在你们登记的服务地区里，请去掉，或联系登记地的民政部门加上".to_owned()
            }
            Self::MoneyUnit => {
                "的单位分不清是钱还是东西：钱请写“元”，东西请写“个”“张”“片”或“件”".to_owned()
            }
        }
    }
}

impl Rejection {
    /// What happened and what to do, for the person who sees it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::NotAllowed(only) => match only {
                Allowed::Village => "只有本村的村干部可以这样做。".to_owned(),
                Allowed::OtherVillage => {
                    "这是本村自己的需求，不用再记。要改数量，请在这条需求上改。".to_owned()
                }
                Allowed::CountyBureau => {
                    "只有需求所在县的民政或乡村振兴部门可以审核。".to_owned()
                }
                Allowed::Organization => "只有社会组织的成员可以接单。".to_owned(),
                Allowed::Holder => "这一单不是你们组织接的，不能操作。".to_owned(),
                Allowed::Asked => "这次派单不是派给你们组织的，不能答复。".to_owned(),
                Allowed::Applicant => {
                    "这个账号已经有身份了，不能再登记一家组织。要登记新的组织，请退出后重新注册。".to_owned()
                }
                Allowed::Owner => "只有这家组织的负责人可以这样做。".to_owned(),
                Allowed::CivilAffairs => "只有登记这家组织的民政部门可以这样做。".to_owned(),
                Allowed::Sides => "只有这一单的村里和接单的组织可以这样做。".to_owned(),
                Allowed::Supplier => "只有提供这个项目的组织可以这样做。".to_owned(),
                Allowed::Registrar => "只有组织登记地的民政部门可以审核这个项目。".to_owned(),
                Allowed::RegionBureau => {
                    "只有本地和上级的民政、乡村振兴部门可以这样做。".to_owned()
                }
            },
            Self::NotFound { kind } => format!(
                "找不到这{}，可能已经撤回，或者你没有权限看。请同步后再看。",
                kind.words()
            ),
            Self::AlreadyExists { kind } => {
                format!("这{}已经存在，请同步后再看。", kind.words())
            }
            Self::NeedIs { stage } => need_is(*stage).to_owned(),
            Self::OrderIs { stage } => format!(
                "这一单现在是“{}”，不能再这样操作。请同步后再看。",
                stage.label()
            ),
            Self::SupplyIs { stage } => supply_is(*stage).to_owned(),
            Self::PickIs { stage } => format!(
                "这份点单现在是“{}”，不能再这样操作。请同步后再看。",
                stage.label()
            ),
            Self::SupplyOver => "这个项目的时间已经过了，不能再点，也不能再发布。".to_owned(),
            Self::AlreadyPicked => {
                "你们村已经点过这个项目，对方还没有答复。要改的话，先撤回再点。".to_owned()
            }
            Self::Invalid { field, problem } => {
                format!("“{}”{}。", field.label(), problem.advice())
            }
            Self::Taken(taken) => taken.sentence(),
            Self::HasOrders { orgs } => format!(
                "{}已经接单，不能撤回。请先和对方商量，由对方放弃后再撤回。",
                orgs.join("、")
            ),
            Self::BelowPledged {
                item,
                pledged,
                unit,
            } => format!(
                "“{item}”已经有人接了 {}，不能改得比这还少。",
                unit.amount(*pledged)
            ),
            Self::AlreadyApproved => "你们部门已经同意过了，正在等另一个部门。".to_owned(),
            Self::OrganizationNotApproved => {
                "你们组织还没有通过登记审核，暂时不能接单。请联系登记地的民政部门。".to_owned()
            }
            Self::OrganizationSuspended { words, until } => {
                let until = until.map_or_else(String::new, |day| {
                    let (year, month, date) = day.ymd();
                    format!("到 {year} 年 {month} 月 {date} 日为止，")
                });
                let why = match words.trim() {
                    "" => String::new(),
                    words => format!("原因：{}。", words.trim_end_matches('。')),
                };
                format!("你们组织现在暂停接单，{until}手上的单请照常做完。{why}有疑问请联系登记地的民政部门。")
            }
            Self::OrganizationIs { stage } => format!(
                "这家组织现在是“{}”，不用再办这一步。请同步后再看。",
                stage.label()
            ),
            Self::AlreadyReviewed => "这一单你们已经评过了，不用再评。".to_owned(),
            Self::ReviewsAreOver => {
                "评单的时间已经过了，对方的评价也公开了，不能再评。".to_owned()
            }
            Self::AlreadyApplied { name } => format!(
                "您登记的“{name}”还在等民政部门审核，一次只能登记一家。请等它审核完再登记下一家；要是登记错了，请联系登记地的民政部门退回来。"
            ),
            Self::AlreadyAnswered => "这个问题已经回答过了，不用再答。".to_owned(),
            Self::TooManyOpenOrders { open, limit, .. } => format!(
                "你们手上还有 {open} 单没有办结，先完成几单再接（目前最多同时 {limit} 单）。"
            ),
            Self::Overdue => "这条需求的截止日期已经过了，不能再接。".to_owned(),
            Self::OverdueToPublish => {
                "这条需求的截止日期已经过了，发布了也没有人能接。请退回村里，让村里改日期。".to_owned()
            }
            Self::ChangedSince { kind, changed } => changed_since(*kind, changed),
            Self::NotServed { county_name } => format!(
                "你们组织登记的服务地区没有{county_name}，不能接这里的需求。要在这里服务，请先联系登记地的民政部门加上。"
            ),
            Self::DoesNotFit {
                item,
                unit,
                moving,
                left: Some(left),
            } => format!(
                "没有合并：接的“{item}”有 {} 要搬过去，留下的那条只差 {}，放不下。可以对换一下，留另一条；或者请村里先把数量改够。",
                unit.amount(*moving),
                unit.amount(*left)
            ),
            Self::DoesNotFit { item, .. } => format!(
                "没有合并：已经有人接了“{item}”，留下的那条里没有这一项，搬不过去。可以对换一下，留另一条；或者请村里先加上这一项。"
            ),
            Self::MovedOn { org_name } => format!(
                "合并以后，“{org_name}”又办过这一单，不能再拆开。请直接和村里、组织商量。"
            ),
            Self::AwaitsConfirmation { orgs } => format!(
                "{}已经报告完成，正等村里确认，现在不能下架。请先请村里确认或说明没做到。",
                orgs.join("、")
            ),
            Self::RemindedAlready { at } => {
                let (_, month, day) = at.day().ymd();
                format!("{month} 月 {day} 日刚提醒过，三天里只提醒一次。急的请直接打电话。")
            }
            Self::LimitReached { limit, at_most } => match limit {
                Limit::AlsoNeeded => format!(
                    "已经有 {at_most} 个村记在这条上了，请另外发一条本村的需求。"
                ),
                Limit::ToldApart => format!(
                    "这条已经和 {at_most} 条分清过，不能再记。请在意见里写清楚。"
                ),
                Limit::Merged => format!(
                    "已经有 {at_most} 条合并到这一条，请换一条留下。"
                ),
                Limit::OrdersPerDay => format!(
                    "你们组织今天已经接了 {at_most} 单，接了又退的也算，请明天再接。要一次接很多，请联系登记地的民政部门。"
                ),
                Limit::Waiting => {
                    format!("这条需求已经有 {at_most} 家在排队，请看看别的需求。")
                }
                Limit::Dispatches => {
                    format!("这条需求已经同时问了 {at_most} 家，请等有了答复再问别家。")
                }
                Limit::SupplyEditsPerDay => {
                    format!("这个项目今天已经改了 {at_most} 次，请明天再改。")
                }
                Limit::SuppliesPerDay => format!(
                    "你们组织今天已经发了 {at_most} 个新项目去审核，请明天再发。写好的可以先存着，不会丢。"
                ),
                Limit::PicksAsked => format!(
                    "这个项目已经有 {at_most} 个村在等答复，请过几天再点。"
                ),
                Limit::Reports => format!(
                    "这一单的进展已经写满 {at_most} 条，不能再写。做完了请报告完成；没做完请打电话告诉村里。"
                ),
                Limit::ReportsPerDay => {
                    format!("这一单今天已经写了 {at_most} 条进展，请明天再写，或合并成一条。")
                }
                Limit::EditsPerDay => {
                    format!("这条需求今天已经改了 {at_most} 次，请明天再改。急事请直接打电话给县里。")
                }
            },
            Self::AlreadyAsked { org_name } => {
                format!("已经问过“{org_name}”，对方还没有答复。请等对方答复，或者直接打电话。")
            }
            Self::AskedLately { org_name, from } => {
                let (_, month, date) = from.ymd();
                format!(
                    "“{org_name}”刚答复过，还由自己做。{month} 月 {date} 日以后可以再问，急的请打电话商量。"
                )
            }
            Self::DispatchIs { stage } => format!(
                "这次派单现在是“{}”，不能再这样操作。请同步后再看。",
                stage.label()
            ),
            Self::StillLeft { item } => format!("“{item}”还没有接完，不用排队，可以直接接单。"),
            Self::AlreadyWaiting => "你们组织已经在排队了，轮到时会告诉你。".to_owned(),
            Self::NotWaiting => "你们组织没有在排队。请同步后再看。".to_owned(),
            Self::NothingOffered => {
                "现在没有轮到你们组织，或者答复的时间已经过了。请同步后再看。".to_owned()
            }
            Self::NothingToRenew => "这一单最近有动静，不用续。做了什么，请写进展。".to_owned(),
            Self::NotReleasable => {
                "这一单还没有到可以收回的时候，或者对方刚有了动静。请同步后再看，急的请打电话。".to_owned()
            }
            Self::NobodyAsked => "没有人请你们让出这一单，不用答复。".to_owned(),
            Self::DeliveryWaits { orgs } => format!(
                "“{}”说已经做完，正等村里确认。请先确认，或者说哪里没有做到，再关闭。",
                orgs.join("”“")
            ),
            Self::Unsupported { .. } => {
                "这一步是另一个版本的乡单写的，服务器不认得。请更新页面后再试一次。".to_owned()
            }
            Self::Malformed { .. } => {
                "这一步的内容服务器读不懂，没有生效。请重新填写；再不行就把未发送的内容存成文件，交给管理员。".to_owned()
            }
        }
    }
}

/// What has changed since a person read it, and what to do.
fn changed_since(kind: EntityKind, changed: &[Changed]) -> String {
    let (what, whom) = match kind {
        EntityKind::Order => ("这一单", "对方"),
        EntityKind::Organization => ("这家组织的登记", "对方"),
        EntityKind::Supply => ("这个项目", "组织"),
        EntityKind::Settings => ("这里的设置", "别人"),
        _ => ("这条需求", "村里"),
    };
    if changed.is_empty() {
        return format!(
            "你看过之后，{what}又改过，你这一步没有生效。请打开再看一遍，再决定；页面太旧的，请先更新乡单。"
        );
    }
    let words: Vec<String> = changed.iter().map(Changed::words).collect();
    format!(
        "你看过之后，{whom}改了{what}：{}。你这一步没有生效，请再看一遍，再决定。",
        words.join("；")
    )
}

fn need_is(stage: NeedStage) -> &'static str {
    match stage {
        NeedStage::Draft => "这条需求还是草稿，没有发给县里。",
        NeedStage::Submitted => "这条需求还在等县里审核。",
        NeedStage::Returned => "这条需求已退回村里修改，请等村里改好再办。",
        NeedStage::Published => "这条需求已经发布，不用再办这一步。",
        NeedStage::Withdrawn => "村里已经撤回了这条需求。",
        NeedStage::Closed => "这条需求已经办结。",
        NeedStage::Expired => "这条需求已经过期。还需要的话，村里可以再发一次。",
        NeedStage::TakenDown => "这条需求已经由县里下架。",
        NeedStage::Merged => "这条需求已经合并到另一条，请到那一条上办。",
    }
}

fn supply_is(stage: SupplyStage) -> &'static str {
    match stage {
        SupplyStage::Draft => "这个项目还是草稿，没有发去审核。",
        SupplyStage::Submitted => "这个项目改过，正在等民政部门审核，审核好以后再办。",
        SupplyStage::Returned => "这个项目已退回修改，请等改好再办。",
        SupplyStage::Published => "这个项目已经发布，不用再办这一步。",
        SupplyStage::Paused => "这个项目暂停点单，请过些时候再看。",
        SupplyStage::Ended => "这个项目已经结束。",
        SupplyStage::Withdrawn => "这个项目已经撤回。",
    }
}

impl Taken {
    fn sentence(&self) -> String {
        let mut out = String::new();
        if let Some(first) = self.holders.last() {
            let (hour, minute) = first.at.clock();
            let (_, month, day) = first.at.day().ymd();
            out.push_str(&format!(
                "“{}”在 {month} 月 {day} 日 {hour:02}:{minute:02} 先接了 {}。",
                first.org_name, first.lines
            ));
        }
        let left: Vec<String> = self
            .wanted
            .iter()
            .map(|w| match w.left {
                0 => format!("{}没有了", w.name),
                left => format!("{}只剩 {}", w.name, w.unit.amount(left)),
            })
            .collect();
        out.push_str(&left.join("，"));
        if !left.is_empty() {
            out.push('。');
        }
        let others: Vec<String> = self
            .others
            .iter()
            .map(|w| format!("{} {}", w.name, w.unit.amount(w.left)))
            .collect();
        if !others.is_empty() {
            out.push_str(&format!("还可以接：{}。", others.join("、")));
        }
        out
    }
}
