//! Identifiers: UUIDs (version 4) made on the phone, a newtype for each entity.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// An identifier of an entity, in whatever form.
pub trait Identifier: Sized {
    /// The UUID, for identifiers that are one.
    fn uuid(&self) -> Option<Uuid> {
        None
    }

    /// The identifier that is this UUID, where identifiers are.
    fn from_uuid(_: Uuid) -> Option<Self> {
        None
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Makes a version 4 identifier from 16 random bytes; the caller owns the source of randomness.
            #[must_use]
            pub fn from_random(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }
        }

        impl Identifier for $name {
            fn uuid(&self) -> Option<Uuid> {
                Some(self.0)
            }

            fn from_uuid(uuid: Uuid) -> Option<Self> {
                Some(Self(uuid))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }
    };
}

id!(
    /// A need.
    NeedId
);
id!(
    /// A designation.
    DesignationId
);
id!(
    /// A supply.
    SupplyId
);
id!(
    /// A village's pick of a supply.
    PickId
);
id!(
    /// An order.
    OrderId
);
id!(
    /// A dispatch.
    DispatchId
);
id!(
    /// What one side of an order says of the other.
    ReviewId
);
id!(
    /// One report of progress inside an order.
    ProgressId
);
id!(
    /// A person with an account.
    UserId
);
id!(
    /// One installation of the page for one user: the owner of a sequence of mutations.
    ClientId
);
id!(
    /// One mutation, unique over all clients, so that it can never take effect twice.
    MutationId
);
