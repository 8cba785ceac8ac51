//! Accounts, invitations and sessions, as they are stored.

use domain::accounts::{AccountKind, AccountState, Below, Post};
use domain::{Actor, Department, Millis, RegionCode, Role, UserId};

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// The phone number, digits only.
    pub phone: String,
    /// The person in their role.
    pub actor: Actor,
    /// The argon2 hash of the password; something that is no hash for an account that waits for its person.
    pub password: String,
    /// Whether they may sign in.
    pub active: bool,
    /// Who opened it; none for what was opened on the server itself.
    pub creator: Option<UserId>,
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
    /// Who opens it. Whoever opened an account that is there stays noted.
    pub creator: Option<UserId>,
}

/// What is stored as the password of an account that waits for its person: no password has this hash.
pub const NO_PASSWORD: &str = "-";

impl StoredAccount {
    /// Whether the person has a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        is_hash(&self.password)
    }
}

impl From<StoredAccount> for NewAccount {
    fn from(stored: StoredAccount) -> Self {
        Self {
            phone: stored.phone,
            password: stored.password,
            actor: stored.actor,
            active: stored.active,
            creator: stored.creator,
        }
    }
}

fn is_hash(password: &str) -> bool {
    password.starts_with('$')
}

/// Members have no region of their own: lists show them behind all places.
const BEHIND: i64 = 999_999_999_999;

/// What an account is found by, beside its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountIndex {
    /// The kind's name.
    pub kind: &'static str,
    /// The region of a village or a bureau; of a member one behind all of them, else 0.
    pub region: i64,
    /// The organization of a member, else nothing.
    pub org: String,
    /// The department of a bureau, else nothing.
    pub department: &'static str,
    /// Name, number and place, folded.
    pub text: String,
}

impl AccountIndex {
    /// Of an account.
    #[must_use]
    pub fn of(account: &NewAccount) -> Self {
        let role = &account.actor.role;
        let (region, org, department) = match role {
            Role::Village { place } => (Some(place.village), None, ""),
            Role::Bureau {
                region, department, ..
            } => (Some(*region), None, department_name(*department)),
            Role::Member { org, .. } => (None, Some(*org), ""),
            Role::Applicant | Role::Administrator => (None, None, ""),
        };
        let text = format!(
            "{} {} {}",
            account.actor.name,
            account.phone,
            domain::accounts::role_line(role)
        );
        Self {
            kind: Post::of(role).kind().name(),
            region: region.map_or(if org.is_some() { BEHIND } else { 0 }, number),
            org: org.map_or_else(String::new, |org| org.to_string()),
            department,
            text: domain::text::fold(text),
        }
    }
}

/// A region as a number of the database.
#[must_use]
pub fn number(region: RegionCode) -> i64 {
    i64::try_from(region.number()).unwrap_or(i64::MAX)
}

/// A department's name, as it stands in JSON.
#[must_use]
pub fn department_name(department: Department) -> &'static str {
    match department {
        Department::CivilAffairs => "civil_affairs",
        Department::RuralRevitalization => "rural_revitalization",
    }
}

/// Which accounts to list. All conditions must hold; an absent one always does.
#[derive(Clone, Debug)]
pub struct AccountQuery {
    /// In whose hands; nothing is found for nobody's.
    pub below: Vec<Below>,
    /// Only this one.
    pub account: Option<UserId>,
    /// Only inside this region.
    pub inside: Option<RegionCode>,
    /// Only of this kind.
    pub kind: Option<AccountKind>,
    /// Only in this state.
    pub state: Option<AccountState>,
    /// Only with all these folded words.
    pub words: Vec<String>,
    /// Beyond this region and person.
    pub after: Option<(i64, String)>,
    /// Now, which decides whether an invitation has expired.
    pub now: Millis,
    /// How many at most.
    pub limit: i64,
}

/// An account as a list shows it.
#[derive(Clone, Debug)]
pub struct ListedAccount {
    /// The account.
    pub account: StoredAccount,
    /// Its place in the list.
    pub region: i64,
    /// Until when an invitation to it can be used.
    pub invited_until: Option<Millis>,
    /// When a session of it was last moved.
    pub seen_at: Option<Millis>,
}

impl ListedAccount {
    /// How the account is.
    #[must_use]
    pub fn state(&self, now: Millis) -> AccountState {
        AccountState::of(
            self.account.active,
            self.account.has_password(),
            self.invited_until,
            now,
        )
    }
}

/// An invitation to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredInvitation {
    /// To whose account.
    pub user: UserId,
    /// The slow hash of its code.
    pub code: [u8; 32],
    /// Who has issued it.
    pub issuer: UserId,
    /// When.
    pub issued_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
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

/// A session among those of its person.
#[derive(Clone, Debug)]
pub struct ListedSession {
    /// The SHA-256 of its secret.
    pub token: [u8; 32],
    /// The session.
    pub session: StoredSession,
    /// When it began.
    pub created_at: Millis,
    /// What kind of device it is on.
    pub device: String,
}
