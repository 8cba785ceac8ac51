//! Accounts from above: who opens accounts for whom, what stands in one, and what may be a password or a code of an invitation.

/// The code of an invitation.
pub mod code;
/// What may be a password.
pub mod password;
/// What may be a PIN.
pub mod pin;
/// A table of accounts to open, as people fill it in.
pub mod table;

use crate::actor::{Actor, Department, Role};
use crate::credit::CreditCode;
use crate::ids::UserId;
use crate::read::phone::{Phone, PhoneError, account as account_number};
use crate::read::text::{is_blank, length, person};
use crate::region::{Level, Place, RegionCode};
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// How long an invitation can be used.
pub const INVITATION_MS: i64 = 14 * 24 * 3_600_000;
/// A person's name has so many characters at most.
const LONGEST_NAME: u32 = 20;

/// What an account is for, before the names of its places are looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Post {
    /// A cadre of this village.
    Village(RegionCode),
    /// An officer of a department of this county, city or province.
    Bureau {
        /// Where.
        region: RegionCode,
        /// Of which department.
        department: Department,
    },
    /// A member of this organization.
    Member {
        /// The organization.
        org: CreditCode,
        /// Whether this member may invite others.
        owner: bool,
    },
    /// Registers an organization that is not here yet.
    Applicant,
    /// Runs the installation.
    Administrator,
}

impl Post {
    /// What a role is for.
    #[must_use]
    pub fn of(role: &Role) -> Self {
        match role {
            Role::Village { place } => Self::Village(place.village),
            Role::Bureau {
                region, department, ..
            } => Self::Bureau {
                region: *region,
                department: *department,
            },
            Role::Member { org, owner, .. } => Self::Member {
                org: *org,
                owner: *owner,
            },
            Role::Applicant => Self::Applicant,
            Role::Administrator => Self::Administrator,
        }
    }

    /// Its kind, by which lists are filtered.
    #[must_use]
    pub fn kind(&self) -> AccountKind {
        match self {
            Self::Village(_) => AccountKind::Village,
            Self::Bureau { .. } => AccountKind::Bureau,
            Self::Member { .. } => AccountKind::Member,
            Self::Applicant => AccountKind::Applicant,
            Self::Administrator => AccountKind::Administrator,
        }
    }

    /// The role with the names of its places.
    #[must_use]
    pub fn role(&self, names: Names) -> Option<Role> {
        Some(match (self, names) {
            (Self::Village(village), Names::Village(place)) if place.village == *village => {
                Role::Village { place }
            }
            (Self::Bureau { region, department }, Names::Bureau(region_name)) => Role::Bureau {
                region: *region,
                region_name,
                department: *department,
            },
            (Self::Member { org, owner }, Names::Organization(org_name)) => Role::Member {
                org: *org,
                org_name,
                owner: *owner,
            },
            (Self::Applicant, _) => Role::Applicant,
            (Self::Administrator, _) => Role::Administrator,
            _ => return None,
        })
    }
}

/// The names that a role carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// A village with the regions it lies in.
    Village(Place),
    /// A county, city or province.
    Bureau(String),
    /// An organization.
    Organization(String),
}

/// The kinds of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// 村干部
    Village,
    /// 民政、乡村振兴部门
    Bureau,
    /// 社会组织成员
    Member,
    /// 正在登记的社会组织
    Applicant,
    /// 管理员
    Administrator,
}

impl AccountKind {
    /// Its name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::Bureau => "bureau",
            Self::Member => "member",
            Self::Applicant => "applicant",
            Self::Administrator => "administrator",
        }
    }
}

/// The rule: an account is opened, given a new invitation, moved and closed by the level right above it, and by nobody else.
///
/// A county's bureau does so for villages, a city's for counties and the province's for cities, each for its own department: a department
/// that could open accounts of the other one could give both opinions on a need. An organization's owner does so for members, and the
/// civil affairs bureau where the organization is registered for owners and members. The administrator looks after bureaus. No account
/// above opens an administrator's: that is done on the server itself.
///
/// `registered_in` is where the organization is registered, for members.
#[must_use]
pub fn may_look_after(above: &Role, post: &Post, registered_in: Option<RegionCode>) -> bool {
    match (above, post) {
        (Role::Bureau { region, .. }, Post::Village(village)) => {
            region.level() == Level::County
                && village.level() == Level::Village
                && region.contains(*village)
        }
        (
            Role::Bureau {
                region: above,
                department: own,
                ..
            },
            Post::Bureau { region, department },
        ) => {
            let next = matches!(
                (above.level(), region.level()),
                (Level::Province, Level::City) | (Level::City, Level::County)
            );
            next && own == department && above.contains(*region)
        }
        (
            Role::Bureau {
                region, department, ..
            },
            Post::Member { .. },
        ) => {
            *department == Department::CivilAffairs
                && is_bureau_level(*region)
                && registered_in == Some(*region)
        }
        (
            Role::Member {
                org, owner: true, ..
            },
            Post::Member { org: other, owner },
        ) => org == other && !owner,
        (Role::Administrator, Post::Bureau { region, .. }) => is_bureau_level(*region),
        _ => false,
    }
}

/// Provinces, cities and counties have bureaus.
fn is_bureau_level(region: RegionCode) -> bool {
    matches!(
        region.level(),
        Level::Province | Level::City | Level::County
    )
}

/// Whether this person looks after any accounts at all: whether there is a page of accounts for them.
#[must_use]
pub fn looks_after_some(above: &Role) -> bool {
    match above {
        Role::Bureau { region, .. } => is_bureau_level(*region),
        Role::Member { owner, .. } => *owner,
        Role::Administrator => true,
        Role::Village { .. } | Role::Applicant => false,
    }
}

/// Which accounts a person looks after, as a question to the database. It never holds more than [`may_look_after`] allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Below {
    /// Cadres of this county's villages.
    Villages(RegionCode),
    /// Officers of this department one level below this region.
    Bureaus(RegionCode, Department),
    /// Members of organizations that are registered here.
    Registered(RegionCode),
    /// Members of this organization who are no owners.
    Members(CreditCode),
    /// Officers of every bureau.
    AllBureaus,
}

/// Which accounts a person looks after.
#[must_use]
pub fn below(above: &Role) -> Vec<Below> {
    match above {
        Role::Bureau {
            region, department, ..
        } => {
            let mut all = match region.level() {
                Level::County => vec![Below::Villages(*region)],
                Level::City | Level::Province => vec![Below::Bureaus(*region, *department)],
                Level::Town | Level::Village => return Vec::new(),
            };
            if *department == Department::CivilAffairs {
                all.push(Below::Registered(*region));
            }
            all
        }
        Role::Member {
            org, owner: true, ..
        } => vec![Below::Members(*org)],
        Role::Administrator => vec![Below::AllBureaus],
        Role::Member { .. } | Role::Applicant | Role::Village { .. } => Vec::new(),
    }
}

/// The counties whose published needs a new account keeps on its device; of an administrator, the provinces whose settings it keeps.
#[must_use]
pub fn library_of(role: &Role, serves: &[RegionCode]) -> Vec<RegionCode> {
    match role {
        Role::Village { place } => vec![place.county()],
        Role::Member { .. } | Role::Administrator => serves.to_vec(),
        Role::Bureau { .. } | Role::Applicant => Vec::new(),
    }
}

/// An account to open, as somebody has typed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The person's name.
    pub name: String,
    /// The mobile number to sign in with.
    pub phone: String,
    /// What it is for.
    pub post: Post,
}

/// What is wrong with one answer of an [`Opening`], in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningFault {
    /// No name.
    #[error("没有写姓名")]
    NoName,
    /// A name that is no person's.
    #[error("姓名最多 {LONGEST_NAME} 个字")]
    LongName,
    /// No number.
    #[error("没有写手机号")]
    NoPhone,
    /// Not a mobile number: what is wrong is said.
    #[error("{0}")]
    Phone(PhoneError),
    /// A landline cannot sign in.
    #[error("要写 11 位手机号，座机不能用来登录")]
    Landline,
    /// This person opens no such accounts.
    #[error("不归您开通：只能开通本单位下一级的账号")]
    NotYours,
    /// The place is not in the table of regions.
    #[error("没有这个地方，请核对 12 位区划代码")]
    NoSuchPlace,
    /// The organization is not there.
    #[error("没有这个社会组织，请先登记")]
    NoSuchOrganization,
}

/// The cleaned name.
///
/// # Errors
/// There is none, or it is too long.
pub fn name(typed: &str) -> Result<String, OpeningFault> {
    let name = person(typed);
    if is_blank(&name) {
        return Err(OpeningFault::NoName);
    }
    if length(&name) > LONGEST_NAME {
        return Err(OpeningFault::LongName);
    }
    Ok(name)
}

/// The number as an account has it.
///
/// # Errors
/// It is no mobile number.
pub fn phone(typed: &str) -> Result<String, OpeningFault> {
    if is_blank(typed) {
        return Err(OpeningFault::NoPhone);
    }
    let read = Phone::read(typed).map_err(|error| match error {
        PhoneError::NotAPhone => OpeningFault::Landline,
        error => OpeningFault::Phone(error),
    })?;
    let number = account_number(&read.to_string());
    let is_mobile = number.len() == 11 && number.starts_with('1');
    is_mobile.then_some(number).ok_or(OpeningFault::Landline)
}

/// How an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// The person has a password.
    Active,
    /// An invitation waits to be used.
    Invited,
    /// The invitation has expired, or there never was one.
    Waiting,
    /// Closed.
    Closed,
}

impl AccountState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Active, Self::Invited, Self::Waiting, Self::Closed];

    /// As people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "在用",
            Self::Invited => "等他启用",
            Self::Waiting => "要重开邀请条",
            Self::Closed => "已停用",
        }
    }

    /// The state of an account.
    #[must_use]
    pub fn of(
        active: bool,
        has_password: bool,
        invited_until: Option<Millis>,
        now: Millis,
    ) -> Self {
        match (active, has_password, invited_until) {
            (false, ..) => Self::Closed,
            (true, true, _) => Self::Active,
            (true, false, Some(until)) if until > now => Self::Invited,
            (true, false, _) => Self::Waiting,
        }
    }
}

/// `通道侗族自治县 · 坪坦乡 · 木脚村 · 村干部`
#[must_use]
pub fn role_line(role: &Role) -> String {
    match role {
        Role::Village { place } => format!("{} · 村干部", place.line()),
        Role::Member {
            org_name, owner, ..
        } => format!("{org_name} · {}", if *owner { "负责人" } else { "成员" }),
        Role::Bureau {
            region_name,
            department,
            ..
        } => format!("{region_name} · {}", department.label()),
        Role::Applicant => "正在登记的社会组织".to_owned(),
        Role::Administrator => "管理员".to_owned(),
    }
}

/// An account's person as they begin: with a name and a role.
#[must_use]
pub fn actor(user: UserId, name: String, role: Role, serves: &[RegionCode]) -> Actor {
    Actor {
        user,
        name,
        library: library_of(&role, serves),
        role,
    }
}

/// Whether an account may take another post: of the same kind, and both in this person's hands.
#[must_use]
pub fn may_move(above: &Role, from: &Post, to: &Post, registered_in: Option<RegionCode>) -> bool {
    let same_organization = match (from, to) {
        (Post::Member { org: a, .. }, Post::Member { org: b, .. }) => a == b,
        _ => true,
    };
    from.kind() == to.kind()
        && same_organization
        && may_look_after(above, from, registered_in)
        && may_look_after(above, to, registered_in)
}
