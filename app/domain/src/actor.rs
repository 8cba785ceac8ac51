//! Actors: who is signed in, in which role with which scope.

use crate::credit::CreditCode;
use crate::ids::UserId;
use crate::region::{Place, RegionCode};
use serde::{Deserialize, Serialize};

/// Somebody who is signed in, with the one role they act in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// The person's name.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// The counties whose published needs this person keeps on the device.
    pub library: Vec<RegionCode>,
}

/// A role and its scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A cadre of one village.
    Village {
        /// The village.
        place: Place,
    },
    /// A member of one organization.
    Member {
        /// The organization.
        org: CreditCode,
        /// Its name.
        org_name: String,
        /// Whether this member may invite others.
        owner: bool,
    },
    /// Somebody who has signed up for an organization that is not let in yet.
    Applicant,
    /// An officer of one department at county, city or province level.
    Bureau {
        /// The county, city or province.
        region: RegionCode,
        /// Its name.
        region_name: String,
        /// The department.
        department: Department,
    },
    /// Runs the installation.
    Administrator,
}

/// The two departments that review together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Department {
    /// 民政
    CivilAffairs,
    /// 乡村振兴 (since 2023 often 农业农村)
    RuralRevitalization,
}

impl Department {
    /// Both departments.
    pub const ALL: [Self; 2] = [Self::CivilAffairs, Self::RuralRevitalization];

    /// The one it reviews together with.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::CivilAffairs => Self::RuralRevitalization,
            Self::RuralRevitalization => Self::CivilAffairs,
        }
    }

    /// The department's name without its region: 民政部门.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::CivilAffairs => "民政部门",
            Self::RuralRevitalization => "乡村振兴部门",
        }
    }
}
