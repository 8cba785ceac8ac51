//! The table of commands: what people do, by name and version. Never a row update: each command has a rule of its own.
//!
//! A command is a struct in its aggregate's `commands` and a rule ([`Act`]) in its `rules`; the line in the table at the end of this file
//! gives it a name on the wire, reads and writes its arguments, and dispatches to its rule.

use crate::act::{Act, Decision};
use crate::actor::Actor;
use crate::kinds::{Key, Known};
use crate::read::limits::{Typed, cleaned};
use crate::rejection::Rejection;
use crate::text::read_json;
use crate::time::Millis;
use serde::de::DeserializeOwned;

pub use crate::dispatches::commands::*;
pub use crate::needs::commands::*;
pub use crate::orders::commands::*;
pub use crate::organizations::commands::*;
pub use crate::picks::commands::*;
pub use crate::reviews::commands::*;
pub use crate::settings::commands::*;
pub use crate::supplies::commands::*;

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

impl From<CommandError> for Rejection {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Unknown { name, v } => Self::Unsupported { name, v },
            CommandError::Arguments { reason, .. } => Self::Malformed { reason },
        }
    }
}

/// A function of its own for every command: all in one, with thousands of variables, compress worse.
#[inline(never)]
fn arguments<T: DeserializeOwned>(name: &str, args: &str) -> Result<T, CommandError> {
    read_json(args).map_err(|e| CommandError::Arguments {
        name: name.to_owned(),
        reason: e.to_string(),
    })
}

/// Runs a command's rule on the cleaned command; a function of its own for every command, too.
#[inline(never)]
fn ruled<A: Act + Typed + Clone>(
    command: &A,
    actor: &Actor,
    known: &Known,
    now: Millis,
) -> Decision {
    cleaned(command)?.decide(actor, known, now)
}

macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// What a person does.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            $(#[doc = concat!("See [`", stringify!($name), "`](struct@", stringify!($name), ").")]
            $name($name)),*
        }

        impl Command {
            /// The names of all commands.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// The command's name on the wire.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),* }
            }

            /// The command's arguments as JSON.
            pub fn args(&self) -> Result<String, serde_json::Error> {
                match self { $(Self::$name(args) => serde_json::to_string(args)),* }
            }

            /// Reads a command from the wire. Version 1 of every command is known; unknown fields are ignored.
            pub fn read(name: &str, v: u32, args: &str) -> Result<Self, CommandError> {
                match (name, v) {
                    $((stringify!($name), Self::VERSION) => arguments(name, args).map(Self::$name),)*
                    _ => Err(CommandError::Unknown { name: name.to_owned(), v }),
                }
            }

            /// What it is about: the need or order a person would name.
            #[must_use]
            pub fn subject(&self) -> Key {
                match self { $(Self::$name(command) => command.subject()),* }
            }

            /// The command as it is decided: without what nobody sees in its texts, and none of them too long.
            ///
            /// # Errors
            /// A text is too long.
            pub fn cleaned(&self) -> Result<Self, Rejection> {
                match self { $(Self::$name(command) => cleaned(command).map(Self::$name)),* }
            }

            /// Runs the command's rule on the cleaned command.
            pub(crate) fn decide(&self, actor: &Actor, known: &Known, now: Millis) -> Decision {
                match self { $(Self::$name(command) => ruled(command, actor, known, now)),* }
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
    RenewOrder,
    MoveDue,
    AskHandOver,
    AnswerHandOver,
    FreeOrder,
    CloseNeed,
    AskAgain,
    JoinWaiting,
    LeaveWaiting,
    AnswerOffer,
    DispatchNeed,
    AnswerDispatch,
    WithdrawDispatch,
    SetSettings,
    SaveSupply,
    SubmitSupply,
    ScreenSupply,
    ChangeSupply,
    PauseSupply,
    ResumeSupply,
    EndSupply,
    PickSupply,
    AnswerPick,
    WithdrawPick,
    AlsoNeed,
    TellApart,
    MergeNeeds,
    UndoMerge,
    TakeDown,
    RemindOrder,
    RegisterOrganization,
    ChangeOrganization,
    ApproveOrganization,
    RefuseOrganization,
    SuspendOrganization,
    LiftSuspension,
    LeaveReview,
    StillInUse,
);

impl Command {
    /// The version this build writes.
    pub const VERSION: u32 = 1;

    /// Whether it judges what others wrote or did. A device holds such a command back for a moment, in which the person may recall it.
    #[must_use]
    pub fn is_decision(&self) -> bool {
        matches!(
            self,
            Self::ScreenNeed(_)
                | Self::ConfirmDelivery(_)
                | Self::DisputeDelivery(_)
                | Self::FreeOrder(_)
                | Self::CloseNeed(_)
                | Self::DispatchNeed(_)
                | Self::AnswerDispatch(AnswerDispatch {
                    answer: DispatchAnswer::Decline { .. },
                    ..
                })
                | Self::AnswerOffer(AnswerOffer {
                    answer: OfferAnswer::Pass,
                    ..
                })
                | Self::ScreenSupply(_)
                | Self::AnswerPick(_)
                | Self::MergeNeeds(_)
                | Self::TakeDown(_)
        )
    }

    /// The order that it makes on a need, if the server agrees.
    #[must_use]
    pub fn order_made(&self) -> Option<crate::ids::OrderId> {
        match self {
            Self::TakeOrder(take) => Some(take.order),
            Self::AnswerDispatch(AnswerDispatch {
                answer: DispatchAnswer::Accept { order, .. },
                ..
            })
            | Self::AnswerOffer(AnswerOffer {
                answer: OfferAnswer::Take { order, .. },
                ..
            }) => Some(*order),
            _ => None,
        }
    }

    /// Whether two commands are the same act: everything a person said is the same, whatever identifier the device made for it.
    #[must_use]
    pub fn is_same_act(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::TakeOrder(one), Self::TakeOrder(other)) => {
                let mut one = one.clone();
                one.order = other.order;
                one == *other
            }
            (Self::ReportProgress(one), Self::ReportProgress(other)) => {
                let mut one = one.clone();
                one.progress = other.progress;
                one == *other
            }
            (Self::DispatchNeed(one), Self::DispatchNeed(other)) => {
                let mut one = one.clone();
                one.dispatch = other.dispatch;
                one == *other
            }
            // Only one answer can take effect, whatever order it would make.
            (Self::AnswerDispatch(one), Self::AnswerDispatch(other)) => {
                one.dispatch == other.dispatch
            }
            (Self::AnswerOffer(one), Self::AnswerOffer(other)) => one.need == other.need,
            (Self::LeaveReview(one), Self::LeaveReview(other)) => {
                let mut one = one.clone();
                one.review = other.review;
                one == *other
            }
            (Self::PickSupply(one), Self::PickSupply(other)) => {
                let mut one = one.clone();
                one.pick = other.pick;
                one == *other
            }
            (Self::AnswerPick(one), Self::AnswerPick(other)) => {
                let mut one = one.clone();
                if let (
                    PickAnswer::Accept { order, .. },
                    PickAnswer::Accept { order: theirs, .. },
                ) = (&mut one.answer, &other.answer)
                {
                    *order = *theirs;
                }
                one == *other
            }
            _ => self == other,
        }
    }
}
