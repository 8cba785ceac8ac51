//! The people of the simulation: two villages of one county and one of another, three organizations, both departments.

use domain::{
    Actor, CreditCode, Department, Entity, Organization, Place, RegionCode, Role, UserId,
};

pub(crate) const COUNTIES: [&str; 2] = ["431230000000", "431202000000"];
const VILLAGES: [&str; 3] = ["431230104201", "431230104202", "431202003001"];
const ORGS: [&str; 3] = ["5143000050000001", "5243000050000002", "5343000050000003"];

pub(crate) fn code(text: &str) -> RegionCode {
    text.parse().expect("a region code")
}

pub(crate) fn place(village: usize) -> Place {
    Place {
        village: code(VILLAGES[village]),
        city_name: "怀化市".to_owned(),
        county_name: if village == 2 {
            "鹤城区"
        } else {
            "通道侗族自治县"
        }
        .to_owned(),
        town_name: "坪坦乡".to_owned(),
        village_name: format!("第{village}村"),
    }
}

/// The number of a village's contact.
pub(crate) fn phone(village: usize) -> String {
    format!("1990000777{village}")
}

pub(crate) fn org_code(org: usize) -> CreditCode {
    CreditCode::complete(&format!("{}X", ORGS[org])).expect("a credit code")
}

pub(crate) fn organization(org: usize) -> Entity {
    Entity::Organization(Box::new(Organization {
        serves: COUNTIES.map(code).to_vec(),
        approved: org != 2,
        ..Organization::new(
            org_code(org),
            format!("第{org}协会"),
            code(COUNTIES[org % 2]),
        )
    }))
}

fn user(n: u8) -> UserId {
    UserId::from_random([n; 16])
}

/// Who acts in the simulation; the number says which device belongs to whom.
pub(crate) fn actor(n: usize) -> Actor {
    let both = COUNTIES.map(code).to_vec();
    let (name, role, library) = match n {
        0..=2 => (
            format!("第{n}村的村干部"),
            Role::Village { place: place(n) },
            vec![place(n).county()],
        ),
        3..=5 => {
            let org = n - 3;
            let role = Role::Member {
                org: org_code(org),
                org_name: format!("第{org}协会"),
                owner: true,
            };
            (format!("第{org}协会的志愿者"), role, both)
        }
        APPLICANT => ("想登记的人".to_owned(), Role::Applicant, Vec::new()),
        _ => {
            let department = Department::ALL[n % 2];
            let role = Role::Bureau {
                region: code(COUNTIES[usize::from(n >= 8)]),
                region_name: "县".to_owned(),
                department,
            };
            (department.label().to_owned(), role, Vec::new())
        }
    };
    Actor {
        user: user(u8::try_from(n).expect("few people") + 1),
        name,
        role,
        library,
    }
}

/// Who has signed up for an organization that is not here yet.
pub(crate) const APPLICANT: usize = 10;
/// How many people there are.
pub(crate) const PEOPLE: usize = 11;

/// The code of the organization that registers itself.
pub(crate) fn new_org() -> CreditCode {
    CreditCode::complete("5143000050000009X").expect("a credit code")
}

/// The same person after a right was taken away: a cadre moves to the other village, the rest loses a county.
pub(crate) fn demoted(actor: &Actor) -> Actor {
    let mut actor = actor.clone();
    match &mut actor.role {
        Role::Village { place: at } => {
            *at = place(usize::from(*at == place(0)));
        }
        Role::Bureau { region, .. } => {
            *region = code(COUNTIES[usize::from(*region == code(COUNTIES[0]))]);
        }
        Role::Member { .. } | Role::Applicant | Role::Administrator => {
            actor.library.truncate(1);
        }
    }
    actor
}
