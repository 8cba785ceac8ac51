use crate::actor::{Actor, Role};
use crate::entity::{Key, Snapshot};
use crate::ids::{NeedId, OrderId, ProgressId};
use crate::money::Fen;
use crate::need::{Contact, NeedContent, ReturnReason, WithdrawReason};
use crate::order::OrderLine;
use crate::time::Day;
use crate::{json, tagged};
use serde::{Deserialize, Serialize};

/// What a person does. Never a row update: each command has a name, a version and a rule of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Keep a need as a draft that only the village sees.
    SaveNeed(SaveNeed),
    /// Write a need and send it to the county in one act; also for a draft or a returned need with new content.
    PostNeed(PostNeed),
    /// Send a draft or a returned need to the county as it is.
    SubmitNeed(SubmitNeed),
    /// Change a need that the county already has.
    EditNeed(EditNeed),
    /// Take a need back.
    WithdrawNeed(WithdrawNeed),
    /// A bureau's opinion on a submitted need.
    ScreenNeed(ScreenNeed),
    /// Take (part of) a need.
    TakeOrder(TakeOrder),
    /// Give an order back.
    ReleaseOrder(ReleaseOrder),
    /// Report what was done.
    ReportProgress(ReportProgress),
    /// Say that an order is delivered.
    MarkDelivered(MarkDelivered),
    /// The village agrees that it was delivered.
    ConfirmDelivery(ConfirmDelivery),
    /// The village does not agree.
    DisputeDelivery(DisputeDelivery),
}

/// See [`Command::SaveNeed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveNeed {
    /// The need, new or a draft or returned.
    pub need: NeedId,
    /// What the village wrote; a draft may be incomplete but must have a title.
    pub content: NeedContent,
}

/// See [`Command::PostNeed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostNeed {
    /// The need, new or a draft or returned.
    pub need: NeedId,
    /// What the village wrote.
    pub content: NeedContent,
}

/// See [`Command::SubmitNeed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitNeed {
    /// The draft or returned need.
    pub need: NeedId,
}

/// See [`Command::EditNeed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditNeed {
    /// The submitted or published need.
    pub need: NeedId,
    /// The whole new content.
    pub content: NeedContent,
}

/// See [`Command::WithdrawNeed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawNeed {
    /// The need; no organization may hold an order on it.
    pub need: NeedId,
    /// Why.
    pub reason: WithdrawReason,
}

/// See [`Command::ScreenNeed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenNeed {
    /// The submitted need.
    pub need: NeedId,
    /// What the bureau says.
    pub opinion: Screening,
}

tagged! {
    tag = "is";
    /// A bureau's opinion.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    pub enum Screening {
        /// It may go into the library.
        Publish {
            /// A remark, may be empty.
            #[serde(default)]
            remark: String,
        },
        /// Back to the village.
        Return {
            /// Why, as a code.
            reason: ReturnReason,
            /// What to repair, in words that the village reads.
            words: String,
        },
    }
}

/// See [`Command::TakeOrder`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOrder {
    /// The new order.
    pub order: OrderId,
    /// The published need.
    pub need: NeedId,
    /// How much of what.
    pub lines: Vec<OrderLine>,
    /// The day on which the organization means to deliver.
    pub due: Day,
    /// Whom the village calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// See [`Command::ReleaseOrder`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseOrder {
    /// The order.
    pub order: OrderId,
    /// Why, in words that the village reads.
    pub reason: String,
}

/// See [`Command::ReportProgress`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportProgress {
    /// The order.
    pub order: OrderId,
    /// The new report.
    pub progress: ProgressId,
    /// What was done.
    pub text: String,
    /// Money spent.
    #[serde(default)]
    pub cash: Fen,
    /// Goods given, by value.
    #[serde(default)]
    pub goods: Fen,
    /// Persons.
    #[serde(default)]
    pub persons: u32,
    /// Visits.
    #[serde(default)]
    pub visits: u32,
}

/// See [`Command::MarkDelivered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkDelivered {
    /// The order.
    pub order: OrderId,
    /// What the village should look at.
    #[serde(default)]
    pub note: String,
}

/// See [`Command::ConfirmDelivery`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmDelivery {
    /// The order.
    pub order: OrderId,
}

/// See [`Command::DisputeDelivery`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeDelivery {
    /// The order.
    pub order: OrderId,
    /// What is missing.
    pub reason: String,
}

/// A mutation that this version cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// A name or version from a newer (or too old) page.
    #[error("{name} v{v} is not known here")]
    Unknown {
        /// The mutation's name.
        name: String,
        /// Its version.
        v: u32,
    },
    /// Arguments that do not fit the name and version.
    #[error("arguments of {name}: {reason}")]
    Arguments {
        /// The mutation's name.
        name: String,
        /// What does not fit.
        reason: String,
    },
}

macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        impl Command {
            /// The names of all commands.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The command's name on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),* }
            }

            /// The command's arguments as JSON.
            pub fn args(&self) -> Result<String, json::Error> {
                match self { $(Self::$name(args) => json::to_string(args)),* }
            }

            /// Reads a command from the wire. Version 1 of every command is known; unknown fields are ignored.
            pub fn read(name: &str, v: u32, args: &str) -> Result<Self, CommandError> {
                let arguments = |e: json::Error| CommandError::Arguments {
                    name: name.to_owned(),
                    reason: e.to_string(),
                };
                match (name, v) {
                    $((stringify!($name), 1) => {
                        json::from_str(args).map(Self::$name).map_err(arguments)
                    })*
                    _ => Err(CommandError::Unknown { name: name.to_owned(), v }),
                }
            }
        }

        $(impl From<$name> for Command {
            fn from(args: $name) -> Self {
                Self::$name(args)
            }
        })*
    };
}

commands!(
    SaveNeed,
    PostNeed,
    SubmitNeed,
    EditNeed,
    WithdrawNeed,
    ScreenNeed,
    TakeOrder,
    ReleaseOrder,
    ReportProgress,
    MarkDelivered,
    ConfirmDelivery,
    DisputeDelivery,
);

impl Command {
    /// The version this build writes.
    pub const VERSION: u32 = 1;

    /// What it is about: the need or order a person would name.
    #[must_use]
    pub fn subject(&self) -> Key {
        match self {
            Self::SaveNeed(c) => Key::Need(c.need),
            Self::PostNeed(c) => Key::Need(c.need),
            Self::SubmitNeed(c) => Key::Need(c.need),
            Self::EditNeed(c) => Key::Need(c.need),
            Self::WithdrawNeed(c) => Key::Need(c.need),
            Self::ScreenNeed(c) => Key::Need(c.need),
            Self::TakeOrder(c) => Key::Order(c.order),
            Self::ReleaseOrder(c) => Key::Order(c.order),
            Self::ReportProgress(c) => Key::Order(c.order),
            Self::MarkDelivered(c) => Key::Order(c.order),
            Self::ConfirmDelivery(c) => Key::Order(c.order),
            Self::DisputeDelivery(c) => Key::Order(c.order),
        }
    }

    /// What must still be looked up before this can be decided. Called again after each look-up until it is empty:
    /// an order leads to its need, a need to its county.
    #[must_use]
    pub fn reads(&self, actor: &Actor, known: &Snapshot) -> Vec<Key> {
        let mut keys = vec![self.subject()];
        if let Self::TakeOrder(c) = self {
            keys.push(Key::Need(c.need));
        }
        if let Key::Order(id) = self.subject()
            && let Some(order) = known.order(id)
        {
            keys.push(Key::Need(order.need));
            keys.push(Key::Organization(order.org));
        }
        if let (Self::TakeOrder(_), Role::Member { org, .. }) = (self, &actor.role) {
            keys.push(Key::Organization(*org));
        }
        if let Self::ScreenNeed(c) = self
            && let Some(need) = known.need(c.need)
        {
            keys.push(Key::County(need.place.county()));
        }
        keys.retain(|k| !known.has_read(k));
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
