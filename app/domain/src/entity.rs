use crate::county::CountySettings;
use crate::credit::CreditCode;
use crate::ids::{NeedId, OrderId};
use crate::json;
use crate::need::Need;
use crate::order::Order;
use crate::organization::Organization;
use crate::region::RegionCode;
use crate::table::Table;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The kinds of things that are stored and synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A county's settings.
    County,
    /// A need.
    Need,
    /// An order.
    Order,
    /// An organization.
    Organization,
}

impl EntityKind {
    /// The kind's name on the wire and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::Need => "need",
            Self::Order => "order",
            Self::Organization => "organization",
        }
    }
}

/// Names one entity: its kind and its identifier. On the wire the two travel as texts of their own; the derived form is
/// for compact caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// The settings of a county.
    County(RegionCode),
    /// A need.
    Need(NeedId),
    /// An order.
    Order(OrderId),
    /// An organization.
    Organization(CreditCode),
}

/// Text that names no entity this version knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not name an entity")]
pub struct KeyError(pub String);

impl Key {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> EntityKind {
        match self {
            Self::County(_) => EntityKind::County,
            Self::Need(_) => EntityKind::Need,
            Self::Order(_) => EntityKind::Order,
            Self::Organization(_) => EntityKind::Organization,
        }
    }

    /// The identifier as text, without the kind.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::County(code) => code.to_string(),
            Self::Need(id) => id.to_string(),
            Self::Order(id) => id.to_string(),
            Self::Organization(code) => code.to_string(),
        }
    }

    /// Reads a key from its kind's name and its identifier.
    pub fn parse(kind: &str, id: &str) -> Result<Self, KeyError> {
        let unknown = || KeyError(format!("{kind}/{id}"));
        match kind {
            "county" => id.parse().map(Self::County).map_err(|_| unknown()),
            "need" => id.parse().map(Self::Need).map_err(|_| unknown()),
            "order" => id.parse().map(Self::Order).map_err(|_| unknown()),
            "organization" => id.parse().map(Self::Organization).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

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

/// Anything that is stored and synchronised. The kind travels beside the body, not inside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Entity {
    /// A county's settings.
    County(CountySettings),
    /// A need.
    Need(Box<Need>),
    /// An order.
    Order(Box<Order>),
    /// An organization.
    Organization(Box<Organization>),
}

impl Entity {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::County(c) => Key::County(c.county),
            Self::Need(n) => Key::Need(n.id),
            Self::Order(o) => Key::Order(o.id),
            Self::Organization(o) => Key::Organization(o.code),
        }
    }

    /// Reads the JSON body of an entity of that kind. Unknown fields are ignored.
    pub fn from_json(kind: EntityKind, body: &str) -> Result<Self, json::Error> {
        Ok(match kind {
            EntityKind::County => Self::County(json::from_str(body)?),
            EntityKind::Need => Self::Need(json::from_str(body)?),
            EntityKind::Order => Self::Order(json::from_str(body)?),
            EntityKind::Organization => Self::Organization(json::from_str(body)?),
        })
    }

    /// The JSON body.
    pub fn to_json(&self) -> Result<String, json::Error> {
        json::to_string(self)
    }
}

/// What is known when a command is decided: the entities it reads, or the knowledge that they are not there.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    known: Table<Key, Option<Entity>>,
}

impl Snapshot {
    /// Remembers an entity, or that there is none.
    pub fn insert(&mut self, key: Key, entity: Option<Entity>) {
        self.known.insert(key, entity);
    }

    /// Whether this key has been looked up.
    #[must_use]
    pub fn has_read(&self, key: &Key) -> bool {
        self.known.contains_key(key)
    }

    /// The entity, if it is there.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Entity> {
        self.known.get(key)?.as_ref()
    }

    /// The need, if it is there.
    #[must_use]
    pub fn need(&self, id: NeedId) -> Option<&Need> {
        match self.get(&Key::Need(id))? {
            Entity::Need(need) => Some(need),
            _ => None,
        }
    }

    /// The order, if it is there.
    #[must_use]
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        match self.get(&Key::Order(id))? {
            Entity::Order(order) => Some(order),
            _ => None,
        }
    }

    /// The organization, if it is there.
    #[must_use]
    pub fn organization(&self, code: CreditCode) -> Option<&Organization> {
        match self.get(&Key::Organization(code))? {
            Entity::Organization(org) => Some(org),
            _ => None,
        }
    }

    /// The county's settings, or what holds where it has set nothing.
    #[must_use]
    pub fn county(&self, code: RegionCode) -> CountySettings {
        match self.get(&Key::County(code)) {
            Some(Entity::County(settings)) => settings.clone(),
            _ => CountySettings::default_for(code),
        }
    }
}
