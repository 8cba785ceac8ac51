//! Who looks after whose account.

use crate::scene::{code, org_code, place};
use domain::accounts::{Below, Post, below, looks_after_some, may_look_after, may_move};
use domain::{Department, Level, RegionCode, Role};
use proptest::prelude::*;

const REGIONS: [&str; 9] = [
    "430000000000",
    "431200000000",
    "430100000000",
    "431230000000",
    "431229000000",
    "430102000000",
    "431230104000",
    "431230104201",
    "431229100201",
];

fn region() -> impl Strategy<Value = RegionCode> {
    prop::sample::select(REGIONS.to_vec()).prop_map(code)
}

fn department() -> impl Strategy<Value = Department> {
    prop::sample::select(Department::ALL.to_vec())
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        region().prop_map(|village| Role::Village {
            place: domain::Place {
                village,
                ..place(1)
            }
        }),
        (region(), department()).prop_map(|(region, department)| Role::Bureau {
            region,
            region_name: "某地".into(),
            department
        }),
        (1..3_u8, any::<bool>()).prop_map(|(n, owner)| Role::Member {
            org: org_code(n),
            org_name: "协会".into(),
            owner
        }),
        Just(Role::Administrator),
    ]
}

/// How high a role stands: only the level right above looks after an account.
fn rank(role: &Role) -> u8 {
    match role {
        Role::Administrator => 9,
        Role::Bureau { region, .. } => match region.level() {
            Level::Province => 5,
            Level::City => 4,
            Level::County => 3,
            Level::Town => 2,
            Level::Village => 1,
        },
        Role::Village { .. } => 2,
        Role::Member { owner: true, .. } => 1,
        Role::Member { .. } | Role::Applicant => 0,
    }
}

proptest! {
    /// Whatever the rule allows is one of the few pairs of the table, written down once more in other words.
    #[test]
    fn only_the_level_right_above_looks_after_an_account(
        above in role(), other in role(), registered in prop::option::of(region()),
    ) {
        let allowed = may_look_after(&above, &Post::of(&other), registered);
        let inside = |above: &RegionCode, below: RegionCode| above.contains(below);
        let expected = match (&above, &other) {
            (Role::Administrator, Role::Bureau { .. }) => rank(&other) >= 3,
            (Role::Bureau { region, .. }, Role::Village { place }) => {
                rank(&above) == 3 && inside(region, place.village) && place.village.level() == Level::Village
            }
            (Role::Bureau { region, department, .. }, Role::Bureau { region: lower, department: own, .. }) => {
                rank(&above) == rank(&other) + 1 && rank(&other) >= 3 && department == own && inside(region, *lower)
            }
            (Role::Bureau { region, department, .. }, Role::Member { .. }) => {
                rank(&above) >= 3 && registered == Some(*region) && *department == Department::CivilAffairs
            }
            (Role::Member { org, owner: true, .. }, Role::Member { org: same, owner: false, .. }) => org == same,
            _ => false,
        };
        prop_assert_eq!(allowed, expected);
        if allowed {
            prop_assert!(rank(&above) > rank(&other), "nobody looks after an equal or somebody above");
            prop_assert!(looks_after_some(&above));
        }
        // Nobody looks after themselves, so nobody gives themselves another post.
        prop_assert!(!may_look_after(&above, &Post::of(&above), registered));
    }

    /// The question to the database finds exactly those whom the rule allows.
    #[test]
    fn a_list_holds_those_whom_the_rule_allows(above in role(), other in role(), registered in region()) {
        let post = Post::of(&other);
        let found = below(&above).iter().any(|below| match (below, &other) {
            (Below::Villages(county), Role::Village { place }) => {
                county.contains(place.village) && place.village.level() == Level::Village
            }
            (Below::Bureaus(above, department), Role::Bureau { region, department: own, .. }) => {
                let next = match above.level() { Level::Province => Level::City, _ => Level::County };
                above.contains(*region) && region.level() == next && department == own
            }
            (Below::Registered(region), Role::Member { .. }) => *region == registered,
            (Below::Members(org), Role::Member { org: other, owner, .. }) => org == other && !owner,
            (Below::AllBureaus, Role::Bureau { region, .. }) => region.level() <= Level::County,
            _ => false,
        });
        prop_assert_eq!(found, may_look_after(&above, &post, Some(registered)));
    }

    /// A move stays inside what one looks after, and changes neither the kind nor the organization.
    #[test]
    fn a_move_needs_both_ends(above in role(), from in role(), to in role(), registered in prop::option::of(region())) {
        let (from, to) = (Post::of(&from), Post::of(&to));
        if may_move(&above, &from, &to, registered) {
            prop_assert!(may_look_after(&above, &from, registered) && may_look_after(&above, &to, registered));
            prop_assert_eq!(from.kind(), to.kind());
        }
    }
}
