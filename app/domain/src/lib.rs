//! The rules of Xiangdan: what a village may ask, who may take it, who sees what.
//!
//! Everything here is pure: no clock, no I/O, no randomness, no async. The page runs [`decide`] to show at once what
//! will probably happen; the server runs the same function on the rows it holds and its answer stands.
//! Words are those of the policy of 2022-05-30 (Hunan civil affairs department and rural revitalization bureau).
#![forbid(unsafe_code)]

/// Who acts: a person in a role with a scope.
pub mod actor;
/// What people do: named, versioned commands.
pub mod command;
/// A county's settings.
pub mod county;
/// Unified social credit codes (GB 32100-2015).
pub mod credit;
/// The one place with rules: a command against what is known.
pub mod decide;
/// Things that are stored and synchronised, and the keys that name them.
pub mod entity;
/// Who sees what: feeds, and how much of an entity each one carries.
pub mod feeds;
/// Summaries of needs and orders that lists, search and counts run on.
pub mod head;
/// Identifiers made on the phone.
pub mod ids;
/// JSON, small: what a page needs to read and write it.
pub mod json;
/// The library: filter, sort and search over summaries.
pub mod library;
/// Money in fen.
pub mod money;
/// What a village asks for.
pub mod need;
/// An organization's promise on a need.
pub mod order;
/// Social organizations.
pub mod organization;
/// Administrative regions: twelve digits, five levels.
pub mod region;
/// Why a command was refused, and what to do about it.
pub mod rejection;
/// A small sorted map.
pub mod table;
/// Instants and calendar days.
pub mod time;

pub use actor::{Actor, Department, Role};
pub use command::{Command, CommandError};
pub use county::{CountySettings, PublishRule};
pub use credit::{CreditCode, CreditCodeError};
pub use decide::{Changes, decide};
pub use entity::{Entity, EntityKind, Key, Snapshot};
pub use feeds::{Feed, View};
pub use head::{Head, HeadState};
pub use ids::{ClientId, MutationId, NeedId, OrderId, ProgressId, UserId};
pub use money::Fen;
pub use need::{Contact, Help, ItemNo, Need, NeedContent, NeedItem, NeedState, Topic, Unit};
pub use order::{Order, OrderLine, OrderState, Progress};
pub use organization::{OrgKind, Organization};
pub use region::{Level, Place, RegionCode, RegionCodeError};
pub use rejection::Rejection;
pub use table::Table;
pub use time::{Day, Millis};
