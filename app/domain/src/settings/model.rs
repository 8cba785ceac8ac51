//! What can be set, within which bounds, and what holds where nothing is set.

use crate::contact::Contact;
use crate::kinds::{Known, NotLoaded};
use crate::region::{Level, RegionCode};
use crate::revision::Revision;
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// What a county, a city or the province decides for itself. What is absent holds as the region above has set it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The region. Only counties had settings at first, hence its name in bodies.
    #[serde(rename = "county")]
    pub region: RegionCode,
    /// Whether one approval publishes a need, or both departments must agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<PublishRule>,
    /// Limits and periods.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<Setting, u32>,
    /// Whom people of the region call when they do not get on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Contact>,
    /// Which wording it is.
    #[serde(default, skip_serializing_if = "Revision::is_first")]
    pub revision: Revision,
    /// When it last changed, by the server.
    #[serde(default)]
    pub updated_at: Millis,
}

/// Who must agree before a need is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishRule {
    /// One of the two departments.
    #[default]
    Either,
    /// Both departments.
    Both,
}

/// A limit or a period that regions set for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// New orders of one organization on one day, given back or not.
    DailyOrders,
    /// Open orders from which an organization must bring enough of them to an end before it takes more.
    OpenOrders,
    /// Confirmed orders among all ended ones, in percent, from which [`Setting::OpenOrders`] does not hold.
    ClosingPercent,
    /// Days without activity after which the holder of an order is asked to renew it.
    RenewAfter,
    /// Days without activity after which the village or a bureau may take an order back.
    ReleasableAfter,
    /// Days without activity after which an order lapses.
    LapseAfter,
    /// Days in which an organization answers a dispatch.
    DispatchAnswer,
    /// Days in which an organization on the waiting list answers an offer.
    WaitingAnswer,
    /// Days after the deadline after which a need expires.
    NeedGrace,
    /// Days after which a published need that nobody has taken is listed as unmatched.
    Unmatched,
    /// Days without a report after which an order is listed as idle.
    Idle,
    /// Days after which a delivery that the village has not answered is listed.
    Unconfirmed,
    /// Days after which a review is shown though the other side has left none.
    ReviewOpens,
}

impl Setting {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 13] = [
        Self::DailyOrders,
        Self::OpenOrders,
        Self::ClosingPercent,
        Self::RenewAfter,
        Self::ReleasableAfter,
        Self::LapseAfter,
        Self::DispatchAnswer,
        Self::WaitingAnswer,
        Self::NeedGrace,
        Self::Unmatched,
        Self::Idle,
        Self::Unconfirmed,
        Self::ReviewOpens,
    ];

    /// Its name on the wire, by which pages name its field too: the page is built without names for debugging.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DailyOrders => "daily_orders",
            Self::OpenOrders => "open_orders",
            Self::ClosingPercent => "closing_percent",
            Self::RenewAfter => "renew_after",
            Self::ReleasableAfter => "releasable_after",
            Self::LapseAfter => "lapse_after",
            Self::DispatchAnswer => "dispatch_answer",
            Self::WaitingAnswer => "waiting_answer",
            Self::NeedGrace => "need_grace",
            Self::Unmatched => "unmatched",
            Self::Idle => "idle",
            Self::Unconfirmed => "unconfirmed",
            Self::ReviewOpens => "review_opens",
        }
    }

    /// What holds where no region has set it.
    #[must_use]
    pub fn default_value(self) -> u32 {
        match self {
            Self::DailyOrders => 10,
            Self::OpenOrders => 20,
            Self::ClosingPercent => 60,
            Self::RenewAfter | Self::Unmatched | Self::NeedGrace => 30,
            Self::ReleasableAfter => 45,
            Self::LapseAfter => 60,
            Self::DispatchAnswer | Self::Unconfirmed => 7,
            Self::WaitingAnswer => 3,
            Self::Idle | Self::ReviewOpens => 14,
        }
    }

    /// Between which values it may be set.
    #[must_use]
    pub fn bounds(self) -> RangeInclusive<u32> {
        match self {
            Self::DailyOrders => 1..=200,
            Self::OpenOrders => 1..=500,
            Self::ClosingPercent => 0..=100,
            Self::RenewAfter | Self::ReleasableAfter | Self::LapseAfter => 7..=365,
            Self::DispatchAnswer | Self::WaitingAnswer => 1..=30,
            Self::NeedGrace => 0..=365,
            Self::Unmatched | Self::Idle | Self::Unconfirmed => 1..=180,
            Self::ReviewOpens => 7..=60,
        }
    }

    /// What it is counted in.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::DailyOrders | Self::OpenOrders => "单",
            Self::ClosingPercent => "%",
            _ => "天",
        }
    }

    /// The name on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::DailyOrders => "一家组织一天最多接几单",
            Self::OpenOrders => "手上有几单没办完，就要先办结再接",
            Self::ClosingPercent => "办结率到多少，可以不受上一条限制",
            Self::RenewAfter => "多少天没有动静，提醒接单的组织",
            Self::ReleasableAfter => "多少天没有动静，村里和部门可以收回",
            Self::LapseAfter => "多少天没有动静，自动作废",
            Self::DispatchAnswer => "派单后几天内答复",
            Self::WaitingAnswer => "轮到候补的组织，几天内答复",
            Self::NeedGrace => "过了最晚时间多少天，需求到期下架",
            Self::Unmatched => "发布多少天没人接，列入“没人接”",
            Self::Idle => "接单后多少天没有进展，列入“没动静”",
            Self::Unconfirmed => "报告完成多少天村里没答复，列入“待确认”",
            Self::ReviewOpens => "只有一方评价时，多少天后公开",
        }
    }
}

impl Settings {
    /// The settings of a region that has set nothing.
    #[must_use]
    pub fn none_of(region: RegionCode) -> Self {
        Self {
            region,
            publish: None,
            numbers: BTreeMap::new(),
            help: None,
            revision: Revision::default(),
            updated_at: Millis(0),
        }
    }

    /// Whether a region of this level decides anything for itself.
    #[must_use]
    pub fn has_level(level: Level) -> bool {
        matches!(level, Level::County | Level::City | Level::Province)
    }
}

/// What holds in a region: its own settings, then those of the regions above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InForce(Vec<Settings>);

impl InForce {
    /// From the settings of the regions that were found, the nearest first.
    #[must_use]
    pub fn from_nearest(found: Vec<Settings>) -> Self {
        Self(found)
    }

    /// Looks up what holds in a region.
    ///
    /// # Errors
    /// One of the regions above it has not been looked up.
    pub fn of(known: &Known, region: RegionCode) -> Result<Self, NotLoaded> {
        let mut found = Vec::new();
        for region in chain(region) {
            found.extend(known.settings(region)?.cloned());
        }
        Ok(Self(found))
    }

    /// What would hold if the region nearest to what was asked for set these.
    #[must_use]
    pub fn with(mut self, settings: Settings) -> Self {
        self.0.retain(|set| set.region != settings.region);
        self.0.insert(0, settings);
        self
    }

    /// Who must agree before a need is published.
    #[must_use]
    pub fn publish(&self) -> PublishRule {
        let set = self.0.iter().find_map(|settings| settings.publish);
        set.unwrap_or_default()
    }

    /// A limit or period.
    #[must_use]
    pub fn number(&self, setting: Setting) -> u32 {
        self.number_from(setting).0
    }

    /// A limit or period, and which region has set it; none when it is what holds where nobody has.
    #[must_use]
    pub fn number_from(&self, setting: Setting) -> (u32, Option<RegionCode>) {
        self.0
            .iter()
            .find_map(|set| Some((*set.numbers.get(&setting)?, Some(set.region))))
            .unwrap_or((setting.default_value(), None))
    }

    /// Whom people of the region call.
    #[must_use]
    pub fn help(&self) -> Option<&Contact> {
        self.0.iter().find_map(|settings| settings.help.as_ref())
    }
}

/// The regions whose settings hold in a region, the nearest first: its county, city and province, as far as it lies in one.
pub fn chain(region: RegionCode) -> impl Iterator<Item = RegionCode> {
    let mut chain = vec![
        region.at(Level::County),
        region.at(Level::City),
        region.at(Level::Province),
    ];
    chain.dedup();
    chain.into_iter()
}
