//! Accounts from above: lists, opening one or many, invitations, and the sessions of an account.

use domain::accounts::{AccountKind, AccountState, Opening, Post};
use domain::{Millis, RegionCode, Role, UserId};
use serde::{Deserialize, Serialize};

/// A file that is read into accounts has so many bytes at most.
pub const MAX_FILE_BYTES: usize = 512 * 1024;

/// Which accounts to show, of those whom the caller looks after. All conditions must hold; an absent one always does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsRequest {
    /// For whom; a server that knows the session as somebody else's shows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<UserId>,
    /// Only inside this region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionCode>,
    /// Only of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AccountKind>,
    /// Only in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<AccountState>,
    /// Only with all these words in the name, the number or the place; separated by spaces.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One page of accounts, by region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsAnswer {
    /// The accounts.
    pub accounts: Vec<AccountLine>,
    /// Ask with this as `after` to go on; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An account in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// Whose.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// The number to sign in with.
    pub phone: String,
    /// What for.
    pub role: Role,
    /// How it is.
    pub state: AccountState,
    /// Until when its invitation can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_until: Option<Millis>,
    /// When it was last used, to the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Millis>,
}

/// Accounts to open, all or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// For whom.
    pub user: UserId,
    /// The accounts.
    pub accounts: Vec<Opening>,
}

/// A table of accounts to look at, or to open.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRequest {
    /// For whom.
    pub user: UserId,
    /// The .xlsx file in Base64.
    pub file: String,
    /// How many accounts the preview showed that can be opened. Without it nothing is opened; if it is another number now, neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<u32>,
}

/// Shows nothing of the file.
impl std::fmt::Debug for ImportRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportRequest")
            .field("bytes", &self.file.len())
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

/// What became of accounts to open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAnswer {
    /// Why the file as a whole cannot be read, in words; then there are no rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Each account.
    pub rows: Vec<OpenRow>,
    /// Whether those that are fine were opened.
    pub opened: bool,
}

impl OpenAnswer {
    /// How many accounts can be opened.
    #[must_use]
    pub fn fine(&self) -> usize {
        let is_fine = |row: &&OpenRow| matches!(row.outcome, Outcome::Fine);
        self.rows.iter().filter(is_fine).count()
    }

    /// The slips of those that were opened.
    pub fn slips(&self) -> impl Iterator<Item = &Slip> {
        self.rows.iter().filter_map(|row| match &row.outcome {
            Outcome::Opened(slip) => Some(slip),
            _ => None,
        })
    }
}

/// What became of one account to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRow {
    /// The row of the table, as its program counts it; 0 for what came from a form.
    pub row: u32,
    /// The person's name, as far as it can be read.
    pub name: String,
    /// The number, as far as it can be read.
    pub phone: String,
    /// The place, as the table of regions names it, else as it was written.
    pub place: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one account to open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It can be opened.
    Fine,
    /// It cannot; why, in words.
    Faults(Vec<String>),
    /// The number has an account already; whose, in words, as far as the caller may know.
    Exists(String),
    /// It was opened, and this invites the person.
    Opened(Slip),
}

/// An invitation as it is handed over. The code is told once and kept nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Whose account.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// The number to sign in with.
    pub phone: String,
    /// What the account is for, in words.
    pub place: String,
    /// The code.
    pub code: String,
    /// Until when it can be used.
    pub until: Millis,
}

/// Shows nothing of the person or the code.
impl std::fmt::Debug for Slip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slip")
            .field("user", &self.user)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// A file for the browser to save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAnswer {
    /// Its name.
    pub name: String,
    /// What stands in it, in Base64.
    pub file: String,
}

/// Which places lie in a region, for whoever opens an account there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesRequest {
    /// For whom.
    pub user: UserId,
    /// In which region; by default the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionCode>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceLine {
    /// Its code.
    pub code: RegionCode,
    /// Its name.
    pub name: String,
}

/// A change of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// For whom.
    pub user: UserId,
    /// Of which account.
    pub account: UserId,
    /// What.
    pub change: AccountChange,
}

/// A change of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountChange {
    /// A new invitation: the one before, the password and all sessions end.
    Invite,
    /// Another post of the same kind; what the person did stays where it is.
    Move(Post),
    /// Another name.
    Rename(String),
    /// Closed: nobody signs in to it any more.
    Close,
    /// All sessions end.
    EndSessions,
    /// One session ends.
    EndSession(String),
}

/// What an account is like after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeAnswer {
    /// The account.
    pub account: AccountLine,
    /// The new invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slip: Option<Slip>,
}

/// Whom an invitation is for: so much whoever has the code may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationAnswer {
    /// The person's name.
    pub name: String,
    /// What the account is for, in words.
    pub place: String,
    /// The last four digits of the number to sign in with.
    pub phone_end: String,
    /// Until when it can be used.
    pub until: Millis,
}

/// Whose sessions to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsRequest {
    /// For whom.
    pub user: UserId,
    /// Of which account; by default the caller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<UserId>,
}

/// A session: somebody is signed in on a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    /// Names it among the sessions of its person; opens nothing.
    pub id: String,
    /// What kind of device, in words.
    pub device: String,
    /// Since when.
    pub started_at: Millis,
    /// When it was last used, to the day.
    pub seen_at: Millis,
    /// Whether it is the caller's own.
    pub is_this: bool,
}

/// Which of one's own sessions end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndSessionRequest {
    /// For whom.
    pub user: UserId,
    /// Which one; all others than the caller's without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// For the key of somebody's data on one device. It is given for the password alone: a session may lie on a device that somebody else holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKeyRequest {
    /// Whose.
    pub user: UserId,
    /// The device's name, which it has made up: 32 hexadecimal digits.
    pub device: String,
    /// The password.
    pub password: String,
}

/// Shows nothing of the password.
impl std::fmt::Debug for DataKeyRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataKeyRequest")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// The key of somebody's data on one device, which the server keeps too.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKeyAnswer {
    /// 64 hexadecimal digits.
    pub key: String,
}

/// Shows nothing of the key.
impl std::fmt::Debug for DataKeyAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKeyAnswer(…)")
    }
}

impl DataKeyAnswer {
    /// The key's 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let pairs = (0..self.key.len()).step_by(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|at| u8::from_str_radix(self.key.get(at..at + 2)?, 16).ok())
            .collect();
        bytes.filter(|bytes| bytes.len() == 32)
    }
}
