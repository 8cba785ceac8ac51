//! The table of jobs: what happens by itself when its time has come. A job is no person's command and never travels: a server that finds
//! something due decides it by these rules and leaves it in the trail under [`SYSTEM`].
//!
//! An entity says of itself what will be due and when ([`Kind::due`](crate::Kind::due)); the server keeps that beside it. A job is decided only while
//! its entity still says so, and its rule changes the entity so that it does not say so any more. So each runs once, however many
//! servers find it.

use crate::act::Decision;
use crate::dispatches::rules as dispatches;
use crate::ids::UserId;
use crate::kinds::{Key, Known};
use crate::needs::{ending, waiting};
use crate::orders::keeping;
use crate::organizations::rules as organizations;
use crate::rejection::Rejection;
use crate::reviews::rules as reviews;
use crate::time::Millis;

/// Whom the trail names for what happens by itself: no person has this identifier.
pub const SYSTEM: UserId = UserId(uuid::Uuid::nil());

/// Something that is due at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Due {
    /// Which job.
    pub job: Job,
    /// From when on, by the server.
    pub at: Millis,
}

/// Something that is due, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overdue {
    /// For which entity.
    pub key: Key,
    /// What.
    pub due: Due,
}

macro_rules! jobs {
    ($($(#[$doc:meta])* $job:ident, $kind:ident => $rule:path;)*) => {
        /// What happens by itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Job {
            $($(#[$doc])* $job),*
        }

        impl Job {
            /// Every job.
            pub const ALL: &'static [Self] = &[$(Self::$job),*];

            /// Its name in the database and in the trail.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$job => stringify!($job)),* }
            }

            /// The job of that name, if this version knows it.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($job) => Some(Self::$job),)*
                    _ => None,
                }
            }
        }

        impl Overdue {
            fn rule(&self, known: &Known, now: Millis) -> Decision {
                match (self.due.job, self.key) {
                    $((Job::$job, Key::$kind(id)) => $rule(id, known, now),)*
                    _ => Err(Rejection::NotFound { kind: self.key.kind() }.into()),
                }
            }
        }
    };
}

jobs! {
    /// The holder of an order has not been heard of for long and is asked whether it goes on.
    RemindHolder, Order => keeping::remind;
    /// Nothing was heard since, and the village or its county may free the order.
    MarkReleasable, Order => keeping::mark_releasable;
    /// Nobody did, and the order ends.
    LapseOrder, Order => keeping::lapse;
    /// A need is of no use any more after its last day.
    ExpireNeed, Need => ending::expire;
    /// An organization on the waiting list did not answer, and the next one is asked.
    PassOffer, Need => waiting::pass_unanswered;
    /// An organization did not answer a dispatch: it goes back to the bureau.
    ReturnDispatch, Dispatch => dispatches::goes_back;
    /// The days for reviews are over: nobody is asked any more, and those that are in are opened.
    EndReviews, Order => reviews::end_reviews;
    /// A village is asked whether what was delivered months ago is still in use.
    AskStillInUse, Order => reviews::ask_still_in_use;
    /// The last day of an organization's suspension has passed.
    EndSuspension, Organization => organizations::end_suspension;
}

impl Overdue {
    /// Decides it, if its time has come and its entity still says so.
    ///
    /// # Errors
    /// Something must be loaded first; or it is not due any more, as when another server was faster.
    pub fn decide(&self, known: &Known, now: Millis) -> Decision {
        let stands = known
            .get(self.key)?
            .is_some_and(|entity| entity.due().contains(&self.due));
        if !stands || now < self.due.at {
            return Err(Rejection::NotFound {
                kind: self.key.kind(),
            }
            .into());
        }
        self.rule(known, now)
    }
}
