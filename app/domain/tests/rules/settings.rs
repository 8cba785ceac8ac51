//! What a region sets, who may set it, and what holds where nothing is set.

use crate::scene::{COUNTY, Scene, cadre, code, member, officer};
use domain::commands::SetSettings;
use domain::rejection::{Allowed, Field, Problem};
use domain::settings::{InForce, Setting};
use domain::{
    Actor, Department, EntityKind, Key, Known, PublishRule, RegionCode, Rejection, Revision, Role,
    Settings,
};
use std::collections::BTreeMap;

const CITY: &str = "431200000000";
const PROVINCE: &str = "430000000000";

fn set(region: &str, numbers: &[(Setting, u32)], seen: u32) -> SetSettings {
    SetSettings {
        region: code(region),
        publish: None,
        numbers: numbers.iter().copied().collect(),
        help: None,
        seen: Revision(seen),
    }
}

fn bureau(region: &str) -> Actor {
    officer(region, Department::CivilAffairs)
}

fn in_force(scene: &Scene, region: RegionCode) -> InForce {
    let mut known = Known::default();
    loop {
        match InForce::of(&known, region) {
            Ok(found) => return found,
            Err(domain::kinds::NotLoaded(key)) => {
                known.insert(key, scene.entities.get(&key).cloned());
            }
        }
    }
}

#[test]
fn what_a_county_has_not_set_holds_as_the_city_has_set_it_and_then_the_province() {
    let mut scene = Scene::new();
    let value = |scene: &Scene| in_force(scene, code(COUNTY)).number_from(Setting::LapseAfter);
    assert_eq!(value(&scene), (60, None));
    scene.must(
        &bureau(PROVINCE),
        set(PROVINCE, &[(Setting::LapseAfter, 90)], 0),
    );
    assert_eq!(value(&scene), (90, Some(code(PROVINCE))));
    scene.must(&bureau(CITY), set(CITY, &[(Setting::LapseAfter, 80)], 0));
    assert_eq!(value(&scene), (80, Some(code(CITY))));
    scene.must(
        &bureau(COUNTY),
        set(COUNTY, &[(Setting::LapseAfter, 70)], 0),
    );
    assert_eq!(value(&scene), (70, Some(code(COUNTY))));
    // Another city hears nothing of it.
    let elsewhere = in_force(&scene, code("430521000000"));
    assert_eq!(elsewhere.number(Setting::LapseAfter), 90);
}

#[test]
fn only_the_bureaus_of_a_region_and_of_those_above_set_it() {
    let refused = Err(Rejection::NotAllowed(Allowed::RegionBureau));
    let administrator = Actor {
        role: Role::Administrator,
        ..bureau(COUNTY)
    };
    for (actor, region, may) in [
        (bureau(COUNTY), COUNTY, true),
        (bureau(CITY), COUNTY, true),
        (bureau(PROVINCE), CITY, true),
        (administrator, PROVINCE, true),
        (bureau(COUNTY), CITY, false),
        (bureau("430521000000"), COUNTY, false),
        (cadre(1), COUNTY, false),
        (member(1), COUNTY, false),
        // Towns and villages decide nothing.
        (bureau(COUNTY), "431230104000", false),
    ] {
        let done = Scene::new().act(&actor, set(region, &[], 0)).map(|_| ());
        assert_eq!(done, if may { Ok(()) } else { refused.clone() }, "{region}");
    }
}

#[test]
fn numbers_keep_to_their_bounds_and_periods_follow_each_other() {
    let refused = |problem| {
        Err(Rejection::Invalid {
            field: Field::Setting,
            problem,
        })
    };
    let mut scene = Scene::new();
    for setting in Setting::ALL {
        let bounds = setting.bounds();
        assert!(bounds.contains(&setting.default_value()), "{setting:?}");
        let above = scene.act(
            &bureau(COUNTY),
            set(COUNTY, &[(setting, bounds.end() + 1)], 0),
        );
        let at_most = u64::from(*bounds.end());
        assert_eq!(above.map(|_| ()), refused(Problem::TooLarge { at_most }));
        if *bounds.start() > 0 {
            let below = set(COUNTY, &[(setting, bounds.start() - 1)], 0);
            let below = scene.act(&bureau(COUNTY), below);
            assert_eq!(below.map(|_| ()), refused(Problem::OutOfRange));
        }
    }
    // The city lets orders lapse after 50 days; the county cannot wait for 55 before they may be taken back.
    scene.must(&bureau(CITY), set(CITY, &[(Setting::LapseAfter, 50)], 0));
    let late = scene.act(
        &bureau(COUNTY),
        set(COUNTY, &[(Setting::ReleasableAfter, 55)], 0),
    );
    assert_eq!(late.map(|_| ()), refused(Problem::OutOfOrder));
    let both = [(Setting::ReleasableAfter, 55), (Setting::LapseAfter, 100)];
    scene.must(&bureau(COUNTY), set(COUNTY, &both, 0));
}

#[test]
fn settings_that_somebody_else_has_changed_are_looked_at_again() {
    let mut scene = Scene::new();
    scene.must(
        &bureau(COUNTY),
        set(COUNTY, &[(Setting::DailyOrders, 5)], 0),
    );
    let stale = scene.act(&bureau(CITY), set(COUNTY, &[], 0)).map(|_| ());
    let kind = EntityKind::Settings;
    let changed = Vec::new();
    assert_eq!(stale, Err(Rejection::ChangedSince { kind, changed }));
    scene.must(&bureau(CITY), set(COUNTY, &[], 1));
    assert_eq!(
        in_force(&scene, code(COUNTY)).number(Setting::DailyOrders),
        10
    );
}

#[test]
fn a_body_from_when_only_counties_had_settings_reads_as_before() {
    let old = r#"{"county":"431230000000","publish":"both"}"#;
    let settings: Settings = serde_json::from_str(old).expect("read");
    assert_eq!(settings.publish, Some(PublishRule::Both));
    assert_eq!(settings.numbers, BTreeMap::new());
    let key: Key = "county/431230000000".parse().expect("a key");
    assert_eq!(key, Key::Settings(settings.region));
}

#[test]
fn a_setting_is_named_as_on_the_wire() {
    for setting in Setting::ALL {
        let wire = serde_json::to_value(setting).expect("a name");
        assert_eq!(wire, setting.name());
    }
}
