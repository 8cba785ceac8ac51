//! Organizations register themselves, are let in, change and are suspended.

use crate::scene::{
    COUNTY, NOW, Scene, applicant, cadre, code, line, member, officer, order_id, org_code, profile,
    take,
};
use domain::asks::{Asked, asked};
use domain::commands::{
    ApproveOrganization, ChangeOrganization, LiftSuspension, MarkDelivered, RefuseOrganization,
    RegisterOrganization, SuspendOrganization,
};
use domain::feeds::Visibility;
use domain::organizations::{OrgHappened, OrgStage, OrgState, Rating, RefuseReason};
use domain::rejection::{Allowed, Field, Problem};
use domain::{
    Actor, Command, CreditCode, Department, Entity, EntityKind, Feed, Key, Kind, Organization,
    Rejection, Revision,
};

fn new_org() -> CreditCode {
    org_code(7)
}

fn register() -> RegisterOrganization {
    RegisterOrganization {
        organization: new_org(),
        registered_in: code(COUNTY),
        profile: profile("通道县鼓楼志愿者协会"),
    }
}

fn approve(seen: u32) -> ApproveOrganization {
    ApproveOrganization {
        organization: new_org(),
        seen: Revision(seen),
    }
}

fn refuse(reason: RefuseReason) -> RefuseOrganization {
    RefuseOrganization {
        organization: new_org(),
        reason,
        words: String::new(),
        seen: Revision(0),
    }
}

fn civil() -> Actor {
    officer(COUNTY, Department::CivilAffairs)
}

fn found(scene: &Scene) -> &Organization {
    match scene.entities.get(&Key::Organization(new_org())) {
        Some(Entity::Organization(org)) => org,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_organization_registers_itself_and_its_civil_affairs_bureau_lets_it_in() {
    let mut scene = Scene::new();
    scene.must(&applicant(1), register());
    let org = found(&scene);
    assert_eq!((org.stage(), org.approved), (OrgStage::Pending, false));
    let applicants = Feed::User(applicant(1).user);
    assert!(org.placements().contains(&(applicants, Visibility::Full)));
    let facts = Entity::from(org.clone()).summary().facts();
    assert_eq!(asked(&facts, &civil()), Some(Asked::Organization));
    let rural = officer(COUNTY, Department::RuralRevitalization);
    assert_eq!(asked(&facts, &rural), None);

    for other in [
        rural,
        officer("431200000000", Department::CivilAffairs),
        member(1),
        cadre(1),
        applicant(1),
    ] {
        let refused = scene.act(&other, approve(0));
        assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::CivilAffairs)));
    }
    scene.must(&civil(), approve(0));
    let org = found(&scene);
    assert!(org.approved && org.library() == [code(COUNTY)]);
    assert!(!org.placements().iter().any(|(feed, _)| *feed == applicants));
    let stage = OrgStage::Approved;
    let again = scene.act(&civil(), approve(0));
    assert_eq!(again, Err(Rejection::OrganizationIs { stage }));
}

#[test]
fn a_code_that_is_in_use_is_nobodys_to_claim() {
    let mut scene = Scene::new();
    let exists = Err(Rejection::AlreadyExists {
        kind: EntityKind::Organization,
    });
    let mut claim = register();
    claim.organization = org_code(1);
    assert_eq!(scene.act(&applicant(1), claim), exists);
    scene.must(&applicant(1), register());
    assert_eq!(scene.act(&applicant(2), register()), exists);
    // Whoever is refused must not keep the organization itself out.
    scene.must(&civil(), refuse(RefuseReason::NotTheirs));
    scene.must(&applicant(2), register());
    assert_eq!(found(&scene).applicant, Some(applicant(2).user));
    assert_eq!(
        scene.act(&civil(), approve(0)),
        Err(Rejection::ChangedSince {
            kind: EntityKind::Organization,
            changed: Vec::new()
        })
    );
    scene.must(&civil(), approve(1));
    assert_eq!(
        scene.act(&member(1), register()),
        Err(Rejection::NotAllowed(Allowed::Applicant))
    );
}

#[test]
fn what_was_refused_is_repaired_and_sent_again() {
    let mut scene = Scene::new();
    scene.must(&applicant(1), register());
    let nothing_said = scene.act(&civil(), refuse(RefuseReason::Other));
    let (field, problem) = (Field::Words, Problem::Missing);
    assert_eq!(nothing_said, Err(Rejection::Invalid { field, problem }));
    scene.must(&civil(), refuse(RefuseReason::DoesNotMatch));
    assert_eq!(found(&scene).stage(), OrgStage::Refused);
    let change = ChangeOrganization {
        organization: new_org(),
        profile: profile("通道侗族自治县鼓楼志愿者协会"),
    };
    assert!(scene.act(&applicant(2), change.clone()).is_err());
    scene.must(&applicant(1), change);
    let org = found(&scene);
    assert_eq!(
        (org.stage(), org.revision),
        (OrgStage::Pending, Revision(1))
    );
}

#[test]
fn a_contact_changes_at_once_and_what_the_bureau_vouches_for_is_judged_again() {
    let mut scene = Scene::new();
    let organization = org_code(1);
    let before = scene.org(1).clone();
    let mut said = profile(&before.name);
    said.serves.clone_from(&before.serves);
    said.scope.clone_from(&before.scope);
    said.scope.push_str("扶贫济困");
    said.contact.phone = "13800000009".to_owned();
    let change = |profile| ChangeOrganization {
        organization,
        profile,
    };
    scene.must(&member(1), change(said.clone()));
    let org = scene.org(1);
    assert_eq!(org.contact, Some(said.contact.clone()));
    assert_eq!(org.directions, said.directions);
    assert_eq!(org.scope, before.scope, "until the bureau agrees");
    assert!(org.approved && org.waits_for_bureau());
    let seen = org.revision;
    let refuse = RefuseOrganization {
        organization,
        reason: RefuseReason::OutOfScope,
        words: String::new(),
        seen,
    };
    let mut other = Scene {
        entities: scene.entities.clone(),
        now: scene.now,
    };
    other.must(&civil(), refuse);
    assert!(other.org(1).approved && !other.org(1).waits_for_bureau());
    scene.must(&civil(), ApproveOrganization { organization, seen });
    assert_eq!(scene.org(1).scope, said.scope);
    // A member who is no owner changes nothing.
    let mut plain = member(1);
    if let domain::Role::Member { owner, .. } = &mut plain.role {
        *owner = false;
    }
    let refused = scene.act(&plain, change(said));
    assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::Owner)));
}

#[test]
fn a_suspended_organization_takes_nothing_and_ends_what_it_holds() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    let organization = org_code(1);
    let words = "年检没有通过".to_owned();
    let until = Some(NOW.day().plus(30));
    scene.must(
        &civil(),
        SuspendOrganization {
            organization,
            words: words.clone(),
            until,
            seen: None,
        },
    );
    assert_eq!(scene.org(1).library(), []);
    let refused = scene.act(&member(1), take(2, 1, vec![line(1, 4)]));
    let why = Rejection::OrganizationSuspended { words, until };
    assert_eq!(refused, Err(why));
    let order = order_id(1);
    let note = String::new();
    scene.must(&member(1), MarkDelivered { order, note });
    // Strangers learn that it is suspended, not why.
    let public = scene.org(1).public().expect("a public part");
    assert!(matches!(&public.state, Some(OrgState::Suspended { words, .. }) if words.is_empty()));
    let words = String::new();
    scene.must(
        &civil(),
        LiftSuspension {
            organization,
            words,
            seen: None,
        },
    );
    scene.must(&member(1), take(2, 1, vec![line(1, 4)]));
}

#[test]
fn a_suspension_ends_by_itself_after_its_last_day() {
    let mut scene = Scene::published();
    let organization = org_code(1);
    let suspend = |until| SuspendOrganization {
        organization,
        words: "年检没有通过".to_owned(),
        until,
        seen: None,
    };
    scene.must(&civil(), suspend(Some(NOW.day().plus(10))));
    scene.days_pass(10);
    assert_eq!(scene.org(1).stage(), OrgStage::Suspended, "its last day");
    scene.days_pass(1);
    assert_eq!(scene.org(1).stage(), OrgStage::Approved);
    assert_eq!(scene.org(1).library(), [code(COUNTY)]);
    let words = String::new();
    let last = scene.org(1).history.last().map(|event| event.what.clone());
    assert_eq!(last, Some(OrgHappened::Lifted { words }));
    // One without a last day is lifted by somebody.
    scene.must(&civil(), suspend(None));
    scene.days_pass(400);
    assert_eq!(scene.org(1).stage(), OrgStage::Suspended);
}

#[test]
fn the_answers_of_the_form_are_checked() {
    let refused = |change: &dyn Fn(&mut RegisterOrganization)| {
        let mut register = register();
        change(&mut register);
        match Scene::new().act(&applicant(1), register) {
            Err(Rejection::Invalid { field, problem }) => (field, problem),
            other => panic!("{other:?}"),
        }
    };
    let at_least = 4;
    assert_eq!(
        refused(&|r| "协会".clone_into(&mut r.profile.name)),
        (Field::OrgName, Problem::TooShort { at_least })
    );
    assert_eq!(
        refused(&|r| r.profile.scope.clear()),
        (Field::OrgScope, Problem::Missing)
    );
    assert_eq!(
        refused(&|r| r.profile.directions.clear()),
        (Field::Directions, Problem::Missing)
    );
    assert_eq!(
        refused(&|r| r.profile.serves.clear()),
        (Field::Serves, Problem::Missing)
    );
    let serves = (Field::Serves, Problem::DoesNotMatch);
    let city = code("431200000000");
    assert_eq!(refused(&|r| r.profile.serves.push(city)), serves);
    assert_eq!(refused(&|r| r.profile.serves.push(code(COUNTY))), serves);
    let village = code("431230104201");
    assert_eq!(
        refused(&|r| r.registered_in = village),
        (Field::RegisteredIn, Problem::DoesNotMatch)
    );
    let until = NOW.day().plus(400);
    assert_eq!(
        refused(&|r| r.profile.rating = Some(Rating { grade: 6, until })),
        (Field::Rating, Problem::OutOfRange)
    );
    assert_eq!(
        refused(&|r| r.profile.contact.phone.clear()),
        (Field::Contact, Problem::Missing)
    );
}

#[test]
fn a_body_of_an_earlier_release_says_with_approved_where_it_stands() {
    for (approved, stage) in [(true, OrgStage::Approved), (false, OrgStage::Pending)] {
        let body = format!(
            r#"{{"code":"51430000500000001T","name":"某协会","registered_in":"{COUNTY}","serves":[],"approved":{approved}}}"#
        );
        let read = Entity::from_json(EntityKind::Organization, &body).expect("read");
        let Entity::Organization(org) = read else {
            panic!("another kind");
        };
        assert_eq!(org.stage(), stage);
    }
    // And pages of that release find `approved` in what is written now.
    let mut scene = Scene::new();
    scene.must(&applicant(1), register());
    let command: Command = approve(0).into();
    scene.must(&civil(), command);
    let body = Entity::from(found(&scene).clone()).to_json().expect("json");
    assert!(body.contains(r#""approved":true"#));
}

#[test]
fn an_applicant_applies_for_one_organization_at_a_time_and_at_a_place_in_use() {
    use domain::organizations::offers::may_apply;
    assert_eq!(may_apply(None, true), Ok(()));
    let waiting = may_apply(Some("通道县鼓楼志愿者协会"), true);
    assert_eq!(
        waiting,
        Err(Rejection::AlreadyApplied {
            name: "通道县鼓楼志愿者协会".to_owned()
        })
    );
    let gone = Rejection::Invalid {
        field: Field::RegisteredIn,
        problem: Problem::NoSuchPlace,
    };
    assert_eq!(may_apply(None, false), Err(gone.clone()));
    for refused in [waiting.unwrap_err(), gone] {
        let said = refused.sentence();
        assert!(said.contains('请'), "{said}");
    }
}

#[test]
fn an_organization_is_suspended_and_freed_as_it_was_read() {
    let mut scene = Scene::new();
    let organization = org_code(1);
    scene.org(1).revision = Revision(2);
    let suspend = |seen| SuspendOrganization {
        organization,
        words: "年检没有通过".to_owned(),
        until: None,
        seen,
    };
    let lift = |seen| LiftSuspension {
        organization,
        words: String::new(),
        seen,
    };
    let changed = Err(Rejection::ChangedSince {
        kind: EntityKind::Organization,
        changed: Vec::new(),
    });
    let now = Some(Revision(2));
    for seen in [None, Some(Revision(1))] {
        assert_eq!(scene.act(&civil(), suspend(seen)), changed);
    }
    scene.must(&civil(), suspend(now));
    for seen in [None, Some(Revision(1))] {
        assert_eq!(scene.act(&civil(), lift(seen)), changed);
    }
    scene.must(&civil(), lift(now));
}

#[test]
fn whole_cities_are_what_the_bureau_vouches_for_and_an_older_page_leaves_them() {
    let mut scene = Scene::new();
    let organization = org_code(1);
    scene.org(1).contact = Some(profile("第1协会").contact);
    let change = |whole: Option<Vec<domain::RegionCode>>| ChangeOrganization {
        organization,
        profile: domain::organizations::OrgProfile {
            whole,
            ..profile("第1协会")
        },
    };
    let (city, elsewhere) = (code("431200000000"), code("430500000000"));
    let refused = Err(Rejection::Invalid {
        field: Field::Serves,
        problem: Problem::DoesNotMatch,
    });
    for wrong in [vec![elsewhere], vec![code(COUNTY)], vec![city, city]] {
        assert_eq!(scene.act(&member(1), change(Some(wrong))), refused);
    }
    scene.must(&member(1), change(Some(vec![city])));
    assert_eq!(scene.org(1).whole, [], "the bureau has not agreed");
    let seen = scene.org(1).revision;
    scene.must(&civil(), ApproveOrganization { organization, seen });
    assert_eq!(scene.org(1).whole, [city]);
    scene.must(&member(1), change(None));
    assert!(scene.org(1).proposed.is_none(), "nothing to judge");
    assert_eq!(scene.org(1).whole, [city]);
}
