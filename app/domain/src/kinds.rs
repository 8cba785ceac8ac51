//! The table of kinds: everything that is stored and synchronised. A line in it, with a [`Kind`] behind it, makes a kind known to the
//! cache, the wire, the feeds, the lists and the server. `docs/ARCHITECTURE.md` tells how to add one.

use crate::credit::CreditCode;
use crate::designations::Designation;
use crate::dispatches::Dispatch;
use crate::feeds::{Feed, Visibility};
use crate::ids::{
    DesignationId, DispatchId, Identifier, NeedId, OrderId, PickId, ReviewId, SupplyId,
};
use crate::jobs::Due;
use crate::kind::{Kind, Projection, Summarized};
use crate::needs::Need;
use crate::orders::Order;
use crate::organizations::Organization;
use crate::picks::Pick;
use crate::region::RegionCode;
use crate::reviews::Review;
use crate::settings::Settings;
use crate::supplies::Supply;
use crate::text::read_json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! kinds {
    ($(
        $(#[$doc:meta])*
        $kind:ident, $name:literal, $words:literal, $look_up:ident: $id:ty => $model:ty;
    )*) => {
        /// The kinds of things that are stored and synchronised.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EntityKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind),*
        }

        impl EntityKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The kind's name on the wire and in the database.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            /// The kind of that name, if this version knows it.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                }
            }

            /// One of its kind, as a sentence counts it after "这": `条需求`.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$kind => $words),* }
            }
        }

        /// Names one entity: its kind and its identifier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Key {
            $($(#[$doc])* $kind($id)),*
        }

        impl Key {
            /// The kind.
            #[must_use]
            pub fn kind(&self) -> EntityKind {
                match self { $(Self::$kind(_) => EntityKind::$kind),* }
            }

            /// The identifier as text, without the kind.
            #[must_use]
            pub fn id(&self) -> String {
                match self { $(Self::$kind(id) => id.to_string()),* }
            }

            /// The identifier, if it is a UUID: a cache keeps those in 16 bytes.
            #[must_use]
            pub fn uuid(&self) -> Option<Uuid> {
                match self { $(Self::$kind(id) => id.uuid()),* }
            }

            /// The key of a kind whose identifiers are UUIDs.
            #[must_use]
            pub fn from_uuid(kind: EntityKind, uuid: Uuid) -> Option<Self> {
                match kind { $(EntityKind::$kind => Identifier::from_uuid(uuid).map(Self::$kind)),* }
            }

            /// Reads a key from its kind's name and its identifier.
            pub fn parse(kind: &str, id: &str) -> Result<Self, KeyError> {
                let unknown = || KeyError(format!("{kind}/{id}"));
                match kind {
                    $($name => id.parse().map(Self::$kind).map_err(|_| unknown()),)*
                    _ => Err(unknown()),
                }
            }
        }

        /// Anything that is stored and synchronised. The kind travels beside the body, not inside it.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Entity {
            $($(#[$doc])* $kind(Box<$model>)),*
        }

        impl Entity {
            /// Its key.
            #[must_use]
            pub fn key(&self) -> Key {
                match self { $(Self::$kind(entity) => Key::$kind(entity.id())),* }
            }

            /// Reads the JSON body of an entity of that kind. Unknown fields are ignored.
            pub fn from_json(kind: EntityKind, body: &str) -> Result<Self, serde_json::Error> {
                match kind { $(EntityKind::$kind => read_json(body).map(Self::$kind)),* }
            }

            /// The JSON body.
            pub fn to_json(&self) -> Result<String, serde_json::Error> {
                match self { $(Self::$kind(entity) => serde_json::to_string(entity)),* }
            }

            /// Its summary: all that a list, a search or a count looks at.
            #[must_use]
            pub fn summary(&self) -> Summary {
                match self { $(Self::$kind(entity) => Summary::$kind(entity.summary())),* }
            }

            /// The feeds it sits in, and how much of it each one carries, sorted. Never names [`Visibility::Gone`]: the server
            /// writes that where a feed is in the old placements and not in the new ones.
            #[must_use]
            pub fn placements(&self) -> Vec<(Feed, Visibility)> {
                let mut out = match self { $(Self::$kind(entity) => entity.placements()),* };
                out.sort_unstable();
                out.dedup();
                out
            }

            /// What a feed carries of it: all of it, or only what is public.
            #[must_use]
            pub fn seen(&self, visibility: Visibility) -> Option<Self> {
                match visibility {
                    Visibility::Gone => None,
                    Visibility::Full => Some(self.clone()),
                    Visibility::Public => match self {
                        $(Self::$kind(entity) => entity.public().map(Self::from)),*
                    },
                }
            }

            /// What officers' questions to the server look at.
            #[must_use]
            pub fn projection(&self) -> Option<Projection> {
                match self { $(Self::$kind(entity) => entity.projection()),* }
            }

            /// What will happen to it by itself, and when.
            #[must_use]
            pub fn due(&self) -> Vec<Due> {
                match self { $(Self::$kind(entity) => entity.due()),* }
            }
        }

        $(impl From<$model> for Entity {
            fn from(entity: $model) -> Self {
                Self::$kind(Box::new(entity))
            }
        })*

        /// What lists filter and order by, of any kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Facts {
            $($(#[$doc])* $kind(<$model as Kind>::Facts)),*
        }

        /// The summary of an entity.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Summary {
            $($(#[$doc])* $kind(Summarized<<$model as Kind>::Facts, <$model as Kind>::Texts>)),*
        }

        impl Summary {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $look_up(&self) -> Option<&Summarized<<$model as Kind>::Facts, <$model as Kind>::Texts>> {
                    match self {
                        Self::$kind(summary) => Some(summary),
                        _ => None,
                    }
                }
            )*

            /// What lists filter and order by.
            #[must_use]
            pub fn facts(&self) -> Facts {
                match self { $(Self::$kind(summary) => Facts::$kind(summary.facts)),* }
            }

            /// What a person would call it in a line; may be empty.
            #[must_use]
            pub fn title(&self) -> &str {
                match self { $(Self::$kind(summary) => <$model as Kind>::title(&summary.texts)),* }
            }

            /// Everything that a search on the phone looks through, as [`fold`](crate::text::fold) writes it.
            #[must_use]
            pub fn searched(&self) -> String {
                match self { $(Self::$kind(summary) => <$model as Kind>::searched(&summary.texts)),* }
            }

            /// Writes the texts alone: a cache keeps them apart from the facts and reads them when they are shown.
            ///
            /// # Errors
            /// Those of the serializer.
            pub fn write_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$kind(summary) => summary.texts.serialize(to)),* }
            }

            /// Puts the facts and the texts of a summary together again.
            ///
            /// # Errors
            /// The texts do not belong to facts of this kind.
            pub fn read_texts<'de, D: Deserializer<'de>>(facts: Facts, from: D) -> Result<Self, D::Error> {
                Ok(match facts {
                    $(Facts::$kind(facts) => {
                        let texts = <$model as Kind>::Texts::deserialize(from)?;
                        Self::$kind(Summarized { facts, texts })
                    })*
                })
            }
        }

        impl Known {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// It has not been looked up.
                pub fn $look_up(&self, id: $id) -> Result<Option<&$model>, NotLoaded> {
                    match self.get(Key::$kind(id))? {
                        Some(Entity::$kind(entity)) => Ok(Some(entity)),
                        _ => Ok(None),
                    }
                }
            )*
        }
    };
}

kinds! {
    /// A dispatch.
    Dispatch, "dispatch", "次派单", dispatch: DispatchId => Dispatch;
    /// What a county, a city or the province has set. The name in bodies and on the wire is from when only counties set anything.
    Settings, "county", "份设置", settings: RegionCode => Settings;
    /// A need.
    Need, "need", "条需求", need: NeedId => Need;
    /// An order.
    Order, "order", "一单", order: OrderId => Order;
    /// An organization.
    Organization, "organization", "家组织", organization: CreditCode => Organization;
    /// What one side of an order says of the other.
    Review, "review", "条评价", review: ReviewId => Review;
    /// A supply.
    Supply, "supply", "个供给项目", supply: SupplyId => Supply;
    /// A village's pick of a supply.
    Pick, "pick", "份点单", pick: PickId => Pick;
    /// What a region is called in a dated list.
    Designation, "designation", "条名录", designation: DesignationId => Designation;
}

/// The layout of [`Facts`] and of what [`Summary::write_texts`] writes. Raise it with every change of them: caches that hold another
/// layout then make their summaries anew from the bodies they hold (`docs/EVOLUTION.md`).
pub const SUMMARY_LAYOUT: u32 = 10;

/// Entities that were looked up, or the knowledge that they are not there. A rule that asks for one that was not looked up
/// gets [`NotLoaded`], so that "not loaded yet" is never taken for "there is none".
#[derive(Clone, Debug, Default)]
pub struct Known {
    found: BTreeMap<Key, Option<Entity>>,
}

/// An entity that has not been looked up yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLoaded(pub Key);

impl Known {
    /// Remembers an entity, or that there is none.
    pub fn insert(&mut self, key: Key, entity: Option<Entity>) {
        self.found.insert(key, entity);
    }

    /// The entity; none when it is not there.
    ///
    /// # Errors
    /// It has not been looked up.
    pub fn get(&self, key: Key) -> Result<Option<&Entity>, NotLoaded> {
        self.found
            .get(&key)
            .map(Option::as_ref)
            .ok_or(NotLoaded(key))
    }
}

/// Text that names no entity this version knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not name an entity")]
pub struct KeyError(pub String);

/// `need/67e55044-…`
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind().name(), self.id())
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(s: &str) -> Result<Self, KeyError> {
        let (kind, id) = s.split_once('/').ok_or_else(|| KeyError(s.to_owned()))?;
        Self::parse(kind, id)
    }
}
