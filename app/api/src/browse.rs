//! Keyset paging over needs, orders and organizations: the question and its answer.

use domain::needs::NeedStage;
use domain::text::read_json;
use domain::{EntityKind, Millis, Need, NeedId, RegionCode, Topic, UserId};
use serde::{Deserialize, Serialize};
use sync::wire::Json;

/// What to show. All conditions must hold; an absent one always does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowseRequest {
    /// For whom; a server that knows the session as somebody else's shows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Of which kind; needs where nothing is said. The other kinds are for officers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EntityKind>,
    /// Only inside this region; by default the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionCode>,
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<NeedId>,
    /// Only the one with this identifier, of whatever kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Only what belongs to the region as a whole, nothing that lies in the regions below it; for officers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own: bool,
    /// Only what counts in this figure (`domain::figures`); for officers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// Only in regions that bear this designation today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub designation: Option<String>,
    /// Only of this topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// Only in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<NeedStage>,
    /// Only with all these words in the title, the details, the items or the place; separated by spaces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Instead of needs, the counties of the region.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counties: bool,
}

/// A county of a region, for officers to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct County {
    /// Its code.
    pub code: RegionCode,
    /// Its name.
    pub name: String,
    /// The name of its city.
    pub city_name: String,
    /// How many of its needs the caller may see.
    pub needs: u64,
}

/// One page of needs, those changed last first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowseAnswer {
    /// The needs, or what else was asked for, as the caller may see them: unread, since a newer server may write what this page cannot read.
    pub needs: Vec<Json>,
    /// Ask with this as `after` to go on; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The name of the region that was asked for, for officers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region_name: String,
    /// How many there are in all, where the number of a region says so: with a figure or none, and no other condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When it was read, by the server.
    #[serde(default)]
    pub as_of: Millis,
    /// The counties of the region by code, if they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counties: Vec<County>,
}

impl BrowseAnswer {
    /// The needs that this version can read, and how many a newer one wrote.
    #[must_use]
    pub fn read(&self) -> (Vec<Need>, usize) {
        self.read_as()
    }

    /// The same of another kind, if that was asked for.
    #[must_use]
    pub fn read_as<T: serde::de::DeserializeOwned>(&self) -> (Vec<T>, usize) {
        let needs: Vec<T> = self
            .needs
            .iter()
            .filter_map(|need| read_json(need.get()).ok())
            .collect();
        let newer = self.needs.len() - needs.len();
        (needs, newer)
    }
}
