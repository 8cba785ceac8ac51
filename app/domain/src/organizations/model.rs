//! What an organization is.

use crate::contact::Contact;
use crate::credit::CreditCode;
use crate::ids::UserId;
use crate::needs::Topic;
use crate::region::RegionCode;
use crate::revision::Revision;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A social organization (社会组织), identified by its credit code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its unified social credit code.
    pub code: CreditCode,
    /// Its registered name.
    pub name: String,
    /// The region whose civil affairs bureau registered it.
    pub registered_in: RegionCode,
    /// The counties it serves: their needs are kept on its members' devices.
    pub serves: Vec<RegionCode>,
    /// The cities, or the province, that it serves as a whole. Their counties stand among those above; what it offers to villages may name
    /// these instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole: Vec<RegionCode>,
    /// What its charter lets it do (业务范围), in its own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The fields of help that it works in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<Topic>,
    /// Its rating, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Whom to call. Private: its members and the bureau that registered it see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// Whether it may take part now. It stands beside `state` for pages of the release before, which read nothing else;
    /// [`Organization::become_`] sets both.
    pub approved: bool,
    /// Where it stands; absent in what earlier releases wrote, where `approved` says all there is to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<OrgState>,
    /// What is to be changed once the bureau agrees; what stood there before holds meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposed>,
    /// Which wording it is that the bureau has to judge: counted from the registration.
    #[serde(default, skip_serializing_if = "Revision::is_first")]
    pub revision: Revision,
    /// Who registered it; their account becomes its owner's when it is let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<UserId>,
    /// What happened to it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<OrgEvent>,
    /// How many of its orders are open.
    #[serde(default)]
    pub open_orders: u32,
    /// How many of its orders were confirmed by a village.
    #[serde(default)]
    pub confirmed_orders: u32,
    /// How many of its orders it gave back.
    #[serde(default)]
    pub released_orders: u32,
    /// How many new orders it may take on one day; where nothing is set, what its county has set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_orders: Option<u32>,
    /// The orders of the last day on which it took or gave back one.
    #[serde(default, skip_serializing_if = "OrdersOfDay::is_none")]
    pub today: OrdersOfDay,
    /// The supplies of the last day on which it sent a new one to the bureau.
    #[serde(default, skip_serializing_if = "SuppliesOfDay::is_none")]
    pub supplies: SuppliesOfDay,
    /// What villages have confirmed of it.
    #[serde(default, skip_serializing_if = "Experience::is_none")]
    pub experience: Experience,
    /// When what is written above its orders last changed, by the server.
    #[serde(default, skip_serializing_if = "Millis::is_never")]
    pub updated_at: Millis,
}

/// Where an organization stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgState {
    /// It has registered itself and waits for the civil affairs bureau of its level.
    Pending {
        /// Since when.
        at: Millis,
    },
    /// It takes part.
    Approved {
        /// Since when.
        at: Millis,
    },
    /// The bureau did not let it in; it may register again.
    Refused {
        /// Since when.
        at: Millis,
        /// Why, as a code.
        reason: RefuseReason,
        /// Why, in words that the applicant reads.
        words: String,
    },
    /// It takes nothing new for the time being; its open orders go on.
    Suspended {
        /// Since when.
        at: Millis,
        /// Why, in words that its members read.
        words: String,
        /// The last day of it; none when somebody has to lift it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Day>,
    },
}

impl OrgState {
    /// The state's name, without what it carries.
    #[must_use]
    pub fn stage(&self) -> OrgStage {
        match self {
            Self::Pending { .. } => OrgStage::Pending,
            Self::Approved { .. } => OrgStage::Approved,
            Self::Refused { .. } => OrgStage::Refused,
            Self::Suspended { .. } => OrgStage::Suspended,
        }
    }
}

/// The names of an organization's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgStage {
    /// 等民政部门审核
    Pending,
    /// 已通过
    Approved,
    /// 没有通过
    Refused,
    /// 暂停接单
    Suspended,
}

impl OrgStage {
    /// Every stage.
    pub const ALL: [Self; 4] = [
        Self::Pending,
        Self::Approved,
        Self::Refused,
        Self::Suspended,
    ];

    /// The stage's name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Suspended => "suspended",
        }
    }

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "等民政部门审核",
            Self::Approved => "已通过",
            Self::Refused => "没有通过",
            Self::Suspended => "暂停接单",
        }
    }

    /// Whether the life of an organization allows going from this stage to `next`.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use OrgStage::{Approved, Pending, Refused, Suspended};
        matches!(
            (self, next),
            (Pending, Approved | Refused)
                | (Refused, Pending)
                | (Approved, Suspended)
                | (Suspended, Approved)
        )
    }

    /// Whether it was let in once: it has members, and everybody may know of it.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::Approved | Self::Suspended)
    }
}

/// Why a bureau does not let an organization in, or does not agree to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    /// Name, code or charter are not those of the register.
    DoesNotMatch,
    /// Who applies does not belong to it.
    NotTheirs,
    /// Another bureau registered it.
    OtherRegister,
    /// What it wants to do is not in its charter.
    OutOfScope,
    /// It has been dissolved, or is on the list of unlawful or untrustworthy ones.
    NotInGoodStanding,
    /// Something else, told in words.
    Other,
}

impl RefuseReason {
    /// All reasons, in the order of the form.
    pub const ALL: [Self; 6] = [
        Self::DoesNotMatch,
        Self::NotTheirs,
        Self::OtherRegister,
        Self::OutOfScope,
        Self::NotInGoodStanding,
        Self::Other,
    ];

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::DoesNotMatch => "和登记证书上的对不上",
            Self::NotTheirs => "申请人不是这家组织的人",
            Self::OtherRegister => "不是在本级登记的",
            Self::OutOfScope => "超出章程的业务范围",
            Self::NotInGoodStanding => "已注销或被列入异常名录",
            Self::Other => "其他",
        }
    }

    /// What the officer wrote, or what the reason says by itself.
    #[must_use]
    pub fn or_words(self, words: &str) -> &str {
        match words.trim() {
            "" => self.label(),
            words => words,
        }
    }
}

/// What an organization says of itself: the answers of its form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgProfile {
    /// Its registered name. 4 to 50 characters.
    pub name: String,
    /// What its charter lets it do. At most 500 characters.
    pub scope: String,
    /// The fields of help that it works in: one at least.
    pub directions: Vec<Topic>,
    /// The counties it serves: one at least.
    pub serves: Vec<RegionCode>,
    /// The cities, or the province, that it serves as a whole; none from pages that did not ask, which leave it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Vec<RegionCode>>,
    /// Its rating, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Whom to call.
    pub contact: Contact,
}

/// What an organization wants to change that a bureau has to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// Since when it waits.
    pub at: Millis,
    /// The name.
    pub name: String,
    /// What its charter lets it do.
    pub scope: String,
    /// The counties it serves.
    pub serves: Vec<RegionCode>,
    /// The cities, or the province, that it serves as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole: Vec<RegionCode>,
    /// Its rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// Something that happened to an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgEvent {
    /// When, by the server.
    pub at: Millis,
    /// What.
    pub what: OrgHappened,
}

/// What can happen to an organization, besides its orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgHappened {
    /// It registered itself.
    Registered,
    /// It changed what it had sent, or wants to change what was agreed to.
    Changed,
    /// The bureau let it in.
    Approved,
    /// The bureau agreed to a change.
    ChangeApproved,
    /// The bureau did not let it in.
    Refused {
        /// Why, as a code.
        reason: RefuseReason,
        /// In words.
        words: String,
    },
    /// The bureau did not agree to a change; what stood before holds.
    ChangeRefused {
        /// Why, as a code.
        reason: RefuseReason,
        /// In words.
        words: String,
    },
    /// It takes nothing new for the time being.
    Suspended {
        /// Why.
        words: String,
        /// The last day of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Day>,
    },
    /// It takes orders again.
    Lifted {
        /// What the officer wrote; empty when its last day had passed.
        #[serde(default)]
        words: String,
    },
}

/// An organization remembers at most this many things that it delivered.
const MAX_ITEMS: usize = 30;

/// What villages have confirmed of an organization: what it can do, for whoever looks for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experience {
    /// How many orders of each field of help.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<Topic, u32>,
    /// How many in each county.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counties: BTreeMap<RegionCode, u32>,
    /// What it delivered last: 路灯.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

impl Experience {
    /// Whether nothing was confirmed yet.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// One more confirmed order.
    pub(crate) fn add(&mut self, county: RegionCode, topic: Option<Topic>, items: Vec<String>) {
        let one_more = |count: &mut u32| *count = count.saturating_add(1);
        one_more(self.counties.entry(county).or_default());
        if let Some(topic) = topic {
            one_more(self.topics.entry(topic).or_default());
        }
        for item in items {
            self.items.retain(|known| *known != item);
            self.items.push(item);
        }
        let over = self.items.len().saturating_sub(MAX_ITEMS);
        self.items.drain(..over);
    }
}

/// An organization takes at most this many new orders on one day, given back or not, since each of them shows it a village's contact.
pub const DAILY_ORDERS: u32 = 10;
/// An organization sends at most this many new supplies to its bureau on one day, since somebody has to read each of them.
pub const DAILY_SUPPLIES: u32 = 20;
/// From this many orders given back on one day on, bureaus are told.
pub const UNUSUALLY_GIVEN_BACK: u32 = 3;

/// An organization's orders of one day in Hunan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersOfDay {
    /// The day.
    pub day: Day,
    /// How many orders it took. An order that is given back still counts.
    pub taken: u32,
    /// How many it gave back.
    pub given_back: u32,
}

impl OrdersOfDay {
    /// Whether there were none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.taken == 0 && self.given_back == 0
    }

    /// Those of that day: none if these are another day's.
    #[must_use]
    pub fn on(self, day: Day) -> Self {
        if self.day == day {
            self
        } else {
            Self {
                day,
                ..Self::default()
            }
        }
    }

    /// Whether a bureau should look at it: many were given back, or all that one day usually allows were taken.
    #[must_use]
    pub fn is_unusual(self) -> bool {
        self.given_back >= UNUSUALLY_GIVEN_BACK || self.taken >= DAILY_ORDERS
    }
}

/// An organization's new supplies of one day in Hunan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppliesOfDay {
    /// The day.
    pub day: Day,
    /// How many it sent to the bureau for the first time.
    pub sent: u32,
}

impl SuppliesOfDay {
    /// Whether there were none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.sent == 0
    }

    /// Those of that day: none if these are another day's.
    #[must_use]
    pub fn on(self, day: Day) -> Self {
        let sent = if self.day == day { self.sent } else { 0 };
        Self { day, sent }
    }
}

/// A rating (等级评估): 1A to 5A, valid until a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// 1 to 5.
    pub grade: u8,
    /// The last day on which it is valid.
    pub until: Day,
}

impl Rating {
    /// Whether it is not valid any more.
    #[must_use]
    pub fn has_expired(self, today: Day) -> bool {
        self.until < today
    }
}

impl Organization {
    /// One of that name that nobody has let in yet and that serves nothing.
    #[must_use]
    pub fn new(code: CreditCode, name: String, registered_in: RegionCode) -> Self {
        Self {
            code,
            name,
            registered_in,
            serves: Vec::new(),
            whole: Vec::new(),
            scope: String::new(),
            directions: Vec::new(),
            rating: None,
            contact: None,
            approved: false,
            state: None,
            proposed: None,
            revision: Revision::default(),
            applicant: None,
            history: Vec::new(),
            open_orders: 0,
            confirmed_orders: 0,
            released_orders: 0,
            daily_orders: None,
            today: OrdersOfDay::default(),
            supplies: SuppliesOfDay::default(),
            experience: Experience::default(),
            updated_at: Millis(0),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn stage(&self) -> OrgStage {
        match (&self.state, self.approved) {
            (Some(state), _) => state.stage(),
            (None, true) => OrgStage::Approved,
            (None, false) => OrgStage::Pending,
        }
    }

    /// Sets where it stands.
    pub fn become_(&mut self, state: OrgState) {
        self.approved = state.stage() == OrgStage::Approved;
        self.state = Some(state);
    }

    /// Whether the bureau that registered it has something to judge: its registration, or a change.
    #[must_use]
    pub fn waits_for_bureau(&self) -> bool {
        match self.stage() {
            OrgStage::Pending => true,
            OrgStage::Approved | OrgStage::Suspended => self.proposed.is_some(),
            OrgStage::Refused => false,
        }
    }

    /// What it says of itself, with what it wants to change: as its form shows it.
    #[must_use]
    pub fn profile(&self) -> OrgProfile {
        let mut profile = OrgProfile {
            name: self.name.clone(),
            scope: self.scope.clone(),
            directions: self.directions.clone(),
            serves: self.serves.clone(),
            whole: Some(self.whole.clone()),
            rating: self.rating,
            contact: self.contact.clone().unwrap_or_default(),
        };
        if let Some(proposed) = self.proposed.clone() {
            profile.name = proposed.name;
            profile.scope = proposed.scope;
            profile.serves = proposed.serves;
            profile.whole = Some(proposed.whole);
            profile.rating = proposed.rating;
        }
        profile
    }

    /// Whether it serves a region, or the county, city or province in which that lies.
    #[must_use]
    pub fn serves(&self, region: RegionCode) -> bool {
        let mut served = self.serves.iter().chain(&self.whole);
        served.any(|served| served.contains(region))
    }

    /// Confirmed orders among all that are not open any more, in percent; an organization without history has 100.
    #[must_use]
    pub fn closing_percent(&self) -> u32 {
        let ended = self.confirmed_orders + self.released_orders;
        (self.confirmed_orders * 100)
            .checked_div(ended)
            .unwrap_or(100)
    }

    /// The library of its members' devices: what it serves, while it takes part.
    #[must_use]
    pub fn library(&self) -> Vec<RegionCode> {
        if self.approved {
            self.serves.clone()
        } else {
            Vec::new()
        }
    }
}
