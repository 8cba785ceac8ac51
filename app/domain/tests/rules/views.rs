//! Who sees what.

use crate::scene::{
    COUNTY, SECRET_NAME, SECRET_PHONE, Scene, cadre, code, line, member, officer, order_id,
    org_code, place, publish, take,
};
use domain::command::ReleaseOrder;
use domain::feeds::{of, placements, seen};
use domain::{Department, Entity, Feed, Head, View};

/// No private word in any view that strangers get, and the full view only for those the rules name.
pub(crate) fn nothing_private_leaks(entity: &Entity) {
    for (feed, view) in placements(entity) {
        let Some(shown) = seen(entity, view) else {
            panic!("{feed} shows nothing of {}", entity.key());
        };
        let json = shown.to_json().expect("json");
        let Entity::Need(need) = entity else {
            assert_eq!(view, View::Full);
            continue;
        };
        let may = match feed {
            Feed::Village(v) => v == need.place.village,
            Feed::Office(c) => c == need.place.county(),
            Feed::Org(org) => need.pledges.iter().any(|p| p.org == org),
            Feed::Needs(_) | Feed::User(_) => false,
        };
        assert_eq!(may, view == View::Full, "{feed} has {view:?}");
        if view == View::Public {
            assert!(
                !json.contains(SECRET_NAME) && !json.contains(SECRET_PHONE),
                "{feed}: {json}"
            );
        }
    }
}

/// The quick way to a summary and the slow one agree.
pub(crate) fn summaries_agree(entity: &Entity) {
    for view in [View::Full, View::Public] {
        if let Some(shown) = seen(entity, view) {
            let json = shown.to_json().expect("json");
            let quick = Head::from_json(shown.key().kind(), &json).expect("a summary");
            assert_eq!(quick, Head::of(&shown));
        }
    }
}

#[test]
fn the_contact_follows_the_order_and_leaves_with_it() {
    let mut scene = Scene::published();
    let has = |scene: &Scene| {
        let need = Entity::Need(Box::new(scene.need(1).clone()));
        placements(&need).contains(&(Feed::Org(org_code(1)), View::Full))
    };
    assert!(!has(&scene));
    scene.must(&member(1), take(1, 1, vec![line(1, 1)]));
    assert!(has(&scene));
    let reason = "来不了".to_owned();
    scene.must(
        &member(1),
        ReleaseOrder {
            order: order_id(1),
            reason,
        },
    );
    assert!(!has(&scene));
}

#[test]
fn a_draft_is_seen_by_its_village_only_and_the_library_holds_what_is_published() {
    let mut scene = Scene::new();
    let save = domain::command::SaveNeed {
        need: crate::scene::need_id(1),
        content: crate::scene::content(),
    };
    scene.must(&cadre(1), save);
    let feeds = |scene: &Scene| placements(&Entity::Need(Box::new(scene.need(1).clone())));
    let village = Feed::Village(place(1).village);
    assert_eq!(feeds(&scene), [(village, View::Full)]);
    scene.must(&cadre(1), crate::scene::post(1));
    let office = Feed::Office(code(COUNTY));
    assert_eq!(feeds(&scene), [(village, View::Full), (office, View::Full)]);
    scene.must(&officer(COUNTY, Department::CivilAffairs), publish(1));
    assert!(feeds(&scene).contains(&(Feed::Needs(code(COUNTY)), View::Public)));
}

#[test]
fn the_feeds_of_each_role_are_its_own() {
    let library = Feed::Needs(code(COUNTY));
    let village = of(&cadre(1));
    assert!(village.contains(&Feed::Village(place(1).village)) && village.contains(&library));
    assert!(
        !of(&member(1))
            .iter()
            .any(|f| matches!(f, Feed::Village(_) | Feed::Office(_)))
    );
    let county = of(&officer(COUNTY, Department::CivilAffairs));
    assert!(county.contains(&Feed::Office(code(COUNTY))));
    let city = of(&officer("431200000000", Department::CivilAffairs));
    assert!(
        !city.iter().any(|f| matches!(f, Feed::Office(_))),
        "cities ask the server"
    );
}
