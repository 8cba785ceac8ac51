//! Suggestions: hand-made cases.

use crate::scene::{NOW, Scene, code, line, member, need_id, org_code, take};
use domain::organizations::Organization;
use domain::suggestions::{
    MOST_OF_ONE, Reason, few_of_one, needs_for, organizations_for, supplies_for,
};
use domain::terms::Terms;
use domain::{Entity, Key, Need, Summary, Topic};

fn org(n: u8, change: impl FnOnce(&mut Organization)) -> Organization {
    let mut org = Scene::new().org(1).clone();
    org.code = org_code(n);
    org.registered_in = code("430100000000");
    change(&mut org);
    org
}

fn names(need: &Need, orgs: &[Organization]) -> Vec<(u8, Vec<String>)> {
    let found = organizations_for(need, orgs, &Terms::default(), NOW);
    let named = found.iter().map(|s| {
        let n = (1..=9).find(|n| org_code(*n) == s.what.code);
        let reasons = s.reasons.iter().map(|r| r.words(false));
        (n.expect("an organization"), reasons.collect())
    });
    named.collect()
}

#[test]
fn who_has_delivered_the_very_thing_comes_first_and_every_reason_is_a_sentence() {
    let scene = Scene::published();
    let county = scene.need(1).place.county();
    let orgs = [
        org(4, |_| {}),
        org(5, |org| {
            org.experience.topics.extend([(Topic::Environment, 3)]);
        }),
        org(6, |org| {
            org.experience.topics.insert(Topic::Environment, 1);
            org.experience.items.push("路灯".to_owned());
            org.experience.counties.insert(county, 2);
            org.open_orders = 12;
        }),
        org(7, |org| org.registered_in = county),
    ];
    let found = names(scene.need(1), &orgs);
    let order: Vec<u8> = found.iter().map(|(n, _)| *n).collect();
    assert_eq!(order, [6, 5, 7, 4]);
    let reasons = [
        "送到过“路灯”",
        "做成过 1 单“人居环境”",
        "在这个县做成过 2 单",
    ];
    assert_eq!(found[0].1, reasons);
    assert_eq!(found[1].1, ["做成过 3 单“人居环境”"]);
    assert_eq!(found[2].1, ["就在本县登记", "手上没有没办完的单"]);
}

#[test]
fn hard_filters_come_first() {
    let mut scene = Scene::published();
    scene.must(&member(3), take(1, 1, vec![line(1, 1)]));
    let best = |org: &mut Organization| org.experience.items.push("路灯".to_owned());
    let orgs = [
        org(3, best),
        org(4, |org| {
            best(org);
            org.approved = false;
        }),
        org(5, |org| {
            best(org);
            org.serves.clear();
        }),
        org(6, |org| {
            best(org);
            org.open_orders = 25;
            org.released_orders = 9;
        }),
        org(7, |_| {}),
    ];
    let order: Vec<u8> = names(scene.need(1), &orgs)
        .iter()
        .map(|(n, _)| *n)
        .collect();
    assert_eq!(order, [7]);
}

fn listed(need: &Need) -> (Key, Summary) {
    let entity = Entity::from(need.clone());
    (entity.key(), entity.summary())
}

#[test]
fn an_organization_sees_needs_that_fit_it_with_the_reasons() {
    let scene = Scene::published();
    let mut other = scene.need(1).clone();
    other.id = need_id(2);
    other.content.topic = Topic::Health;
    other.content.items.truncate(1);
    other.content.items[0].name = "血压计".to_owned();
    other.content.urgent = true;
    let mut gone = scene.need(1).clone();
    gone.id = need_id(3);
    gone.content.deadline = NOW.day().plus(-1);
    let listed = [scene.need(1), &other, &gone].map(listed);
    let needs: Vec<_> = listed
        .iter()
        .map(|(key, summary)| {
            let need = summary.need().expect("a need");
            (*key, &need.facts, &need.texts)
        })
        .collect();
    let fits = |org: &Organization| needs_for(org, &needs, |_| None, &Terms::default(), NOW);
    // Without any reason nothing is suggested.
    assert_eq!(fits(&org(4, |_| {})), []);
    let found = fits(&org(4, |org| {
        org.experience.topics.extend([(Topic::Health, 2)]);
    }));
    assert_eq!((found.len(), found[0].what), (1, needs[1].0));
    let reasons: Vec<String> = found[0].reasons.iter().map(|r| r.words(true)).collect();
    assert_eq!(reasons, ["你们做成过 2 单“医疗健康”", "村里说等不得"]);
    let found = fits(&org(5, |org| org.experience.items.push("路灯".to_owned())));
    assert_eq!(found[0].what, needs[0].0);
    assert!(matches!(found[0].reasons[0], Reason::ItemDelivered { .. }));
}

#[test]
fn nothing_is_suggested_beyond_what_a_charter_lets_do() {
    let scene = Scene::published();
    let works_in = |n, topic| org(n, |org| org.directions = vec![topic]);
    let orgs = [works_in(4, Topic::Environment), works_in(5, Topic::Health)];
    let found = names(scene.need(1), &orgs);
    assert_eq!(found, [(4, vec!["登记的业务方向有“人居环境”".to_owned()])]);

    let (key, summary) = listed(scene.need(1));
    let need = summary.need().expect("a need");
    let needs = [(key, &need.facts, &need.texts)];
    let called = |village| {
        scene
            .need(1)
            .place
            .village
            .eq(&village)
            .then(|| "省重点帮扶县".to_owned())
    };
    let fits = |org: &Organization| needs_for(org, &needs, called, &Terms::default(), NOW);
    assert_eq!(fits(&orgs[1]), []);
    let reasons: Vec<String> = fits(&orgs[0])[0]
        .reasons
        .iter()
        .map(|r| r.words(true))
        .collect();
    assert_eq!(
        reasons,
        ["“人居环境”是你们登记的业务方向", "这里是省重点帮扶县"]
    );
    // A list alone is no reason to read a need: all of a county would be suggested.
    let unknown = org(6, |_| {});
    assert_eq!(fits(&unknown), []);
}

#[test]
fn at_most_three_of_one_organization() {
    let list = vec![(1, "a"), (1, "b"), (2, "c"), (1, "d"), (1, "e")];
    let few = few_of_one(list, |(org, _)| *org);
    assert_eq!(few, [(1, "a"), (1, "b"), (2, "c"), (1, "d")]);
    assert_eq!(MOST_OF_ONE, 3);
}

fn supply(n: u8, change: impl FnOnce(&mut domain::Supply)) -> (Key, Summary) {
    let mut supply = Scene::offered().supply(1).clone();
    supply.id = crate::scene::supply_id(n);
    change(&mut supply);
    let entity = Entity::from(supply);
    (entity.key(), entity.summary())
}

fn supplies_of(need: &Need, supplies: &[(Key, Summary)]) -> Vec<(usize, Vec<String>)> {
    let listed: Vec<_> = supplies
        .iter()
        .map(|(key, summary)| {
            let supply = summary.supply().expect("a supply");
            (*key, &supply.facts, &supply.texts)
        })
        .collect();
    let found = supplies_for(need, &listed, |_, _| false, NOW.day());
    let named = found.iter().map(|s| {
        let n = supplies.iter().position(|(key, _)| *key == s.what);
        let reasons = s.reasons.iter().map(|r| r.words(false)).collect();
        (n.expect("one of them"), reasons)
    });
    named.collect()
}

#[test]
fn a_village_is_shown_supplies_that_fit_its_need_the_very_thing_first() {
    let scene = Scene::published();
    let need = scene.need(1);
    let supplies = [
        // Books for children: neither the thing nor the field nor a word.
        supply(1, |_| {}),
        supply(2, |s| s.content.topic = Topic::Environment),
        supply(3, |s| {
            s.content.per_place.name = "太阳能路灯".to_owned();
            s.content.help = domain::Help::Capacity;
            s.registered_in = code("430000000000");
        }),
        supply(4, |s| s.content.title = "夜间照明改造".to_owned()),
    ];
    let found = supplies_of(need, &supplies);
    let order: Vec<usize> = found.iter().map(|(n, _)| *n).collect();
    assert_eq!(order, [2, 1, 3]);
    assert_eq!(
        found[0].1,
        [
            "给的就是“路灯”",
            "通道侗族自治县的村可以点",
            "还有 3 个名额"
        ]
    );
    assert_eq!(
        found[1].1,
        [
            "都是“人居环境”",
            "就在本县登记",
            "都是输血",
            "还有 3 个名额"
        ]
    );
    assert_eq!(found[2].1[0], "都说到“夜间照明”");
}

#[test]
fn no_supply_is_suggested_that_cannot_be_picked_or_for_a_need_that_wants_nothing() {
    let scene = Scene::published();
    let fits = |s: &mut domain::Supply| s.content.topic = Topic::Environment;
    let supplies = [
        supply(1, |s| {
            fits(s);
            s.content.to = NOW.day().plus(-1);
        }),
        supply(2, |s| {
            fits(s);
            s.content.places = 0;
        }),
        supply(3, |s| {
            fits(s);
            s.state = domain::SupplyState::Paused { at: NOW };
        }),
        supply(4, fits),
        supply(5, fits),
        supply(6, fits),
        supply(7, fits),
    ];
    let found = supplies_of(scene.need(1), &supplies);
    let shown: Vec<usize> = found.iter().map(|(n, _)| *n).collect();
    assert_eq!(shown, [3, 4, 5], "three at most, those that can be picked");
    let mut full = Scene::published();
    full.must(&member(3), take(1, 1, vec![line(1, 24), line(2, 200)]));
    assert_eq!(supplies_of(full.need(1), &supplies), []);
    let mut draft = scene.need(1).clone();
    draft.state = domain::NeedState::Draft;
    assert_eq!(supplies_of(&draft, &supplies), []);
    let mut sent = scene.need(1).clone();
    sent.state = domain::NeedState::Submitted { at: NOW };
    assert_eq!(supplies_of(&sent, &supplies).len(), 3);
}

#[test]
fn words_that_every_title_has_are_no_reason() {
    let scene = Scene::published();
    let mut need = scene.need(1).clone();
    need.content.title = "我村需要建设项目".to_owned();
    let other = supply(1, |s| s.content.title = "乡村建设项目服务".to_owned());
    assert_eq!(supplies_of(&need, &[other]), []);
}
