//! What lists know of a dispatch, without its body.

use super::model::{Dispatch, DispatchStage};
use crate::credit::CreditCode;
use crate::ids::NeedId;
use crate::kind::Summarized;
use crate::region::{self, Place, RegionCode};
use crate::text::fold;
use crate::time::{Day, Millis};
use serde::{Deserialize, Serialize};

/// A dispatch's summary.
pub type DispatchSummary = Summarized<DispatchFacts, DispatchTexts>;

/// What lists of dispatches filter and order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchFacts {
    /// Where it stands.
    pub stage: DispatchStage,
    /// The need.
    pub need: NeedId,
    /// Who is asked.
    pub org: CreditCode,
    /// The village's code.
    pub village: RegionCode,
    /// The last day on which it may be answered.
    pub answer_by: Day,
    /// When it last changed.
    pub at: Millis,
}

/// What lists of dispatches show and search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchTexts {
    /// The need's title.
    pub title: String,
    /// The county's name.
    pub county_name: String,
    /// The town's name.
    pub town_name: String,
    /// The village's name.
    pub village_name: String,
    /// The organization's name.
    pub org_name: String,
    /// Who asks: `通道侗族自治县民政部门`.
    pub from: String,
    /// How much of what; may be empty.
    pub items: String,
}

impl DispatchTexts {
    /// County, town and village, as a line shows them.
    #[must_use]
    pub fn place(&self) -> String {
        region::line(&self.county_name, &self.town_name, &self.village_name)
    }

    pub(super) fn searched(&self) -> String {
        fold(format!(
            "{}\n{}\n{}\n{}\n{}\n",
            self.title, self.village_name, self.town_name, self.county_name, self.org_name
        ))
    }
}

impl Dispatch {
    /// Who asks: `通道侗族自治县民政部门`.
    #[must_use]
    pub fn from(&self) -> String {
        format!("{}{}", self.region_name, self.department.label())
    }
}

pub(super) fn of(dispatch: &Dispatch) -> DispatchSummary {
    let Place {
        county_name,
        town_name,
        village_name,
        ..
    } = dispatch.place.clone();
    Summarized {
        facts: DispatchFacts {
            stage: dispatch.state.stage(),
            need: dispatch.need,
            org: dispatch.org,
            village: dispatch.place.village,
            answer_by: dispatch.answer_by,
            at: dispatch.updated_at,
        },
        texts: DispatchTexts {
            title: dispatch.title.clone(),
            county_name,
            town_name,
            village_name,
            org_name: dispatch.org_name.clone(),
            from: dispatch.from(),
            items: dispatch.lines_words.clone(),
        },
    }
}
