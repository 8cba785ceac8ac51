//! Feeds: named, versioned sets of rows, and which of them a person follows (partial replication).

use crate::actor::{Actor, Role};
use crate::credit::CreditCode;
use crate::ids::UserId;
use crate::region::{Level, RegionCode};
use crate::settings::chain;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A feed: a named, versioned set of rows that a group of people may see. In the order in which they are sent: what
/// concerns the person comes before the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Feed {
    /// `user:{uuid}`: what concerns one person.
    User(UserId),
    /// `village:{12 digits}`: everything of one village.
    Village(RegionCode),
    /// `org:{18 characters}`: everything of one organization.
    Org(CreditCode),
    /// `office:{12 digits}`: a bureau's work.
    Office(RegionCode),
    /// `board:{12 digits}`: what a county, a city or the province tells everybody in it: its settings, and what is offered to all of it.
    Board(RegionCode),
    /// `needs:{12 digits}`: a county's part of the library.
    Needs(RegionCode),
}

/// Text that names no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not name a feed")]
pub struct FeedError(pub String);

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Village(code) => write!(f, "village:{code}"),
            Self::Needs(code) => write!(f, "needs:{code}"),
            Self::Office(code) => write!(f, "office:{code}"),
            Self::Board(code) => write!(f, "board:{code}"),
            Self::Org(code) => write!(f, "org:{code}"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}

impl FromStr for Feed {
    type Err = FeedError;

    fn from_str(s: &str) -> Result<Self, FeedError> {
        let unknown = || FeedError(s.to_owned());
        let (name, scope) = s.split_once(':').ok_or_else(unknown)?;
        match name {
            "village" => scope.parse().map(Self::Village).map_err(|_| unknown()),
            "needs" => scope.parse().map(Self::Needs).map_err(|_| unknown()),
            "office" => scope.parse().map(Self::Office).map_err(|_| unknown()),
            "board" => scope.parse().map(Self::Board).map_err(|_| unknown()),
            "org" => scope.parse().map(Self::Org).map_err(|_| unknown()),
            "user" => scope.parse().map(Self::User).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

impl TryFrom<String> for Feed {
    type Error = FeedError;

    fn try_from(s: String) -> Result<Self, FeedError> {
        s.parse()
    }
}

impl From<Feed> for String {
    fn from(feed: Feed) -> Self {
        feed.to_string()
    }
}

/// How much of an entity a feed carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// It was here and is not any more.
    Gone,
    /// Without what is private (the public view).
    Public,
    /// All of it.
    Full,
}

impl Visibility {
    /// The visibility's name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Public => "public",
            Self::Full => "full",
        }
    }
}

/// A device keeps at most this many feeds: all counties of the province, the boards of their cities, and a few of its own.
pub const MAX_FEEDS: usize = 160;

/// The feeds of an actor, sorted. Officers of a city or the province keep what their own bureau registered and screens, and the boards; for
/// all else of their region they ask the server. Administrators keep the boards of their provinces, whose settings they may set.
#[must_use]
pub fn of(actor: &Actor) -> Vec<Feed> {
    let mut feeds = vec![Feed::User(actor.user)];
    match &actor.role {
        Role::Village { place } => {
            feeds.push(Feed::Village(place.village));
            feeds.extend(chain(place.village).map(Feed::Board));
        }
        Role::Member { org, .. } => {
            feeds.push(Feed::Org(*org));
            // The boards of counties would be too many; what a member must know of a county comes with its needs.
            let above = actor.library.iter().flat_map(|county| county.parent());
            feeds.extend(above.flat_map(chain).map(Feed::Board));
        }
        Role::Bureau { region, .. } => {
            feeds.push(Feed::Office(*region));
            feeds.extend(chain(*region).map(Feed::Board));
        }
        Role::Administrator => {
            let provinces = actor.library.iter();
            let provinces = provinces.filter(|code| code.level() == Level::Province);
            feeds.extend(provinces.map(|province| Feed::Board(*province)));
        }
        Role::Applicant => {}
    }
    // An administrator looks after the installation, not after needs.
    if actor.role != Role::Administrator {
        let counties = actor.library.iter();
        let counties = counties.filter(|code| code.level() == Level::County);
        feeds.extend(counties.map(|county| Feed::Needs(*county)));
    }
    feeds.sort_unstable();
    feeds.dedup();
    feeds.truncate(MAX_FEEDS);
    feeds
}
