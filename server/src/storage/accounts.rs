//! Accounts and sessions, as they are stored.

use domain::{Actor, Millis, UserId};

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// The person in their role.
    pub actor: Actor,
    /// The argon2 hash of the password.
    pub password: String,
    /// Whether they may sign in.
    pub active: bool,
}

/// An account to store. The phone number is what one signs in with.
#[derive(Clone)]
pub struct NewAccount {
    /// The phone number, digits only.
    pub phone: String,
    /// The argon2 hash of the password.
    pub password: String,
    /// The person in their role.
    pub actor: Actor,
    /// Whether they may sign in.
    pub active: bool,
}

/// A session as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredSession {
    /// Whose.
    pub user: UserId,
    /// When its expiry was last moved.
    pub touched_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
}
