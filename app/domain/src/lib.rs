//! The rules of Xiangdan: what a village may ask, who may take it, who sees what.
//!
//! Everything here is pure: no clock, no I/O, no randomness. The page runs [`decide`] to show at once what
//! will probably happen; the server runs the same function on the rows it holds and its answer stands.
//! Words are those of the policy of 2022-05-30 (Hunan civil affairs department and rural revitalization bureau).
//!
//! Each aggregate has a folder with all that belongs to it; what they share stands beside them. Two tables name everything:
//! [`kinds`] what is stored, [`commands`] what people do.
#![forbid(unsafe_code)]

/// Accounts: who opens them for whom.
pub mod accounts;
/// What a rule is.
pub mod act;
/// Who acts: a person in a role with a scope.
pub mod actor;
/// What the answers of every form must be like.
pub mod answers;
/// What waits for a person now.
pub mod asks;
/// The table of commands.
pub mod commands;
/// Whom to call.
pub mod contact;
/// Unified social credit codes (GB 32100-2015).
pub mod credit;
/// Deciding: a command against what is known.
pub mod decide;
/// What regions are called in dated lists.
pub mod designations;
/// What bureaus ask organizations to take.
pub mod dispatches;
/// Feeds: which rows travel to whom.
pub mod feeds;
/// What is counted by region, with the list behind each number.
pub mod figures;
/// Identifiers made on the phone.
pub mod ids;
/// What happens by itself.
pub mod jobs;
/// What every kind of entity says of itself.
pub mod kind;
/// The table of kinds.
pub mod kinds;
/// The library: filter, sort and search over summaries.
pub mod library;
/// Money in fen.
pub mod money;
/// What villages ask for.
pub mod needs;
/// What organizations promise.
pub mod orders;
/// Social organizations.
pub mod organizations;
/// Villages' picks of supplies.
pub mod picks;
/// How much of what.
pub mod quantity;
/// Reading what people type.
pub mod read;
/// Administrative regions: twelve digits, five levels.
pub mod region;
/// Rejections: why a command is rejected, and what to do about it.
pub mod rejection;
/// Reviews of orders, by both sides.
pub mod reviews;
/// Which wording of something a person had read, and what has changed since.
pub mod revision;
/// What regions decide for themselves.
pub mod settings;
/// What has not moved for too long.
pub mod stale;
/// Who might take a need, and which needs might be taken, with reasons.
pub mod suggestions;
/// What organizations offer to villages.
pub mod supplies;
/// Which terms hold in a county.
pub mod terms;
/// One way to write what a search finds.
pub mod text;
/// Instants and calendar days.
pub mod time;
/// Who may read the audit trail.
pub mod trail;

pub use act::{Changes, Undecided};
pub use actor::{Actor, Department, Role};
pub use commands::{Command, CommandError};
pub use contact::Contact;
pub use credit::{CreditCode, CreditCodeError, OrgKind};
pub use decide::{decide, decide_loading, decide_on};
pub use designations::Designation;
pub use dispatches::Dispatch;
pub use feeds::{Feed, Visibility};
pub use ids::{
    ClientId, DesignationId, DispatchId, MutationId, NeedId, OrderId, PickId, ProgressId, ReviewId,
    SupplyId, UserId,
};
pub use kind::{Kind, Projection, Summarized};
pub use kinds::{Entity, EntityKind, Facts, Key, Known, Summary};
pub use money::Fen;
pub use needs::{Help, Need, NeedContent, NeedItem, NeedState, Topic};
pub use orders::{Order, OrderState, Origin, Progress};
pub use organizations::Organization;
pub use picks::{Pick, PickState};
pub use quantity::{ItemNo, OrderLine, Unit};
pub use region::{Level, Place, RegionCode, RegionCodeError};
pub use rejection::Rejection;
pub use reviews::Review;
pub use revision::Revision;
pub use settings::{PublishRule, Settings};
pub use supplies::{Supply, SupplyContent, SupplyState};
pub use time::{Day, Millis};
