//! The profile: who is signed in, and which feeds their device follows.

use domain::Actor;
use serde::{Deserialize, Serialize};

/// Who is signed in, and what their device keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The person, with the names of their role and scope.
    pub actor: Actor,
    /// The feeds this person's device follows, sorted.
    pub feeds: Vec<String>,
    /// The epoch of the server's data; it changes when a backup is restored.
    pub epoch: String,
}
