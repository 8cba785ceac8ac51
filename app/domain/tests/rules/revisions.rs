//! A decision is bound to what was read.

use crate::scene::{
    COUNTY, NOW, Scene, cadre, content, line, member, need_id, officer, order_id, post, publish,
    take,
};
use domain::commands::{
    ConfirmDelivery, DisputeDelivery, EditNeed, MarkDelivered, ScreenNeed, Screening, TakeOrder,
};
use domain::needs::{NeedStage, ReturnReason};
use domain::revision::{Amount, Changed};
use domain::{
    Department, Entity, EntityKind, Fen, ItemNo, Millis, NeedContent, PublishRule, Rejection,
    Revision, Unit, Visibility,
};

fn edit(change: impl FnOnce(&mut NeedContent)) -> EditNeed {
    let mut content = content();
    change(&mut content);
    EditNeed {
        need: need_id(1),
        content,
    }
}

fn amount(name: &str, quantity: u64, unit: &str) -> Option<Amount> {
    Some(Amount {
        name: name.to_owned(),
        quantity,
        unit: Unit::from(unit.to_owned()),
    })
}

fn reading(revision: u32) -> ScreenNeed {
    ScreenNeed {
        seen: Some(Revision(revision)),
        ..publish(1)
    }
}

fn changed(refused: Result<(), Rejection>) -> Vec<Changed> {
    match refused {
        Err(Rejection::ChangedSince { kind, changed }) => {
            assert_eq!(kind, EntityKind::Need);
            changed
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn agreeing_to_lamps_does_not_publish_an_office_building() {
    let mut scene = Scene::new();
    scene.must(&cadre(1), post(1));
    scene.must(
        &cadre(1),
        edit(|c| {
            c.title = "新建村委会办公楼".to_owned();
            c.items.truncate(1);
            c.items[0].name = "办公楼".to_owned();
            c.items[0].quantity = 300_000_000;
            c.items[0].unit = Unit::Fen;
            c.budget = Some(Fen(300_000_000));
        }),
    );
    let civil = officer(COUNTY, Department::CivilAffairs);
    let refused = scene.act(&civil, reading(0));
    let sentence = refused.clone().map_err(|r| r.sentence());
    let Err(sentence) = sentence else {
        panic!("published")
    };
    for part in [
        "“通组路夜间照明路灯”改成了“新建村委会办公楼”",
        "“路灯 24 盏”改成了“办公楼 300 万元”",
        "去掉了“电线 200 米”",
        "请再看一遍",
    ] {
        assert!(sentence.contains(part), "{part} is missing in {sentence}");
    }
    let changes = changed(refused);
    assert_eq!(
        changes[2..],
        [
            Changed::Item {
                no: ItemNo(1),
                before: amount("路灯", 24, "盏"),
                after: amount("办公楼", 300_000_000, "fen"),
            },
            Changed::Item {
                no: ItemNo(2),
                before: amount("电线", 200, "米"),
                after: None,
            },
        ]
    );
    assert_eq!(scene.need(1).state.stage(), NeedStage::Submitted);
    scene.must(&civil, reading(1));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Published);
}

#[test]
fn sending_back_is_bound_to_what_was_read_as_well() {
    let mut scene = Scene::new();
    scene.must(&cadre(1), post(1));
    scene.must(&cadre(1), edit(|c| c.items[0].quantity = 12));
    let send_back = |seen| ScreenNeed {
        need: need_id(1),
        opinion: Screening::Return {
            reason: ReturnReason::NotPlausible,
            words: "请核对数量".to_owned(),
        },
        seen,
    };
    let civil = officer(COUNTY, Department::CivilAffairs);
    let refused = scene.act(&civil, send_back(Some(Revision(0))));
    assert_eq!(changed(refused).len(), 1);
    scene.must(&civil, send_back(Some(Revision(1))));
}

#[test]
fn several_changes_are_told_as_one_and_what_came_back_is_not_told() {
    let mut scene = Scene::new();
    scene.must(&cadre(1), post(1));
    scene.must(&cadre(1), edit(|c| c.items[0].quantity = 12));
    scene.must(
        &cadre(1),
        edit(|c| {
            c.items[0].quantity = 15;
            c.persons = 999;
        }),
    );
    scene.must(&cadre(1), edit(|c| c.items[0].quantity = 16));
    let civil = officer(COUNTY, Department::CivilAffairs);
    let lamps = |before, after| Changed::Item {
        no: ItemNo(1),
        before: amount("路灯", before, "盏"),
        after: amount("路灯", after, "盏"),
    };
    assert_eq!(changed(scene.act(&civil, reading(0))), [lamps(24, 16)]);
    assert_eq!(changed(scene.act(&civil, reading(1))), [lamps(12, 16)]);
    scene.must(&civil, reading(3));
}

#[test]
fn a_need_that_comes_back_repaired_is_another_wording() {
    let mut scene = Scene::with(PublishRule::Both);
    scene.must(&cadre(1), post(1));
    let civil = officer(COUNTY, Department::CivilAffairs);
    let rural = officer(COUNTY, Department::RuralRevitalization);
    scene.must(
        &rural,
        ScreenNeed {
            need: need_id(1),
            opinion: Screening::Return {
                reason: ReturnReason::Unclear,
                words: "请写清楚".to_owned(),
            },
            seen: Some(Revision(0)),
        },
    );
    let mut repaired = post(1);
    repaired.content.deadline = NOW.day().plus(60);
    scene.must(&cadre(1), repaired);
    let refused = scene.act(&civil, reading(0));
    assert_eq!(
        changed(refused),
        [Changed::Deadline {
            before: NOW.day().plus(30),
            after: NOW.day().plus(60)
        }]
    );
    // A page that does not say what it showed cannot have shown this.
    assert!(matches!(
        scene.act(&civil, publish(1)),
        Err(Rejection::ChangedSince { .. })
    ));
    scene.must(&civil, reading(1));
}

#[test]
fn another_telephone_number_or_an_order_of_somebody_else_changes_no_wording() {
    let mut scene = Scene::new();
    scene.must(&cadre(1), post(1));
    let other = |c: &mut NeedContent| {
        if let Some(contact) = &mut c.contact {
            contact.phone = "19900008888".to_owned();
        }
    };
    scene.must(&cadre(1), edit(other));
    let civil = officer(COUNTY, Department::CivilAffairs);
    scene.must(&civil, reading(0));
    scene.must(&member(1), take(1, 1, vec![line(1, 1)]));
    assert_eq!(scene.need(1).revision, Revision(0));
    scene.must(&member(2), take(2, 1, vec![line(1, 1)]));
}

#[test]
fn twelve_lamps_are_not_twelve_coaches() {
    let mut scene = Scene::published();
    scene.must(
        &cadre(1),
        edit(|c| {
            c.items[0].name = "大客车".to_owned();
            c.items[0].unit = Unit::Of("辆".to_owned());
        }),
    );
    let order = |seen| TakeOrder {
        seen,
        ..take(1, 1, vec![line(1, 12)])
    };
    for seen in [None, Some(Revision(0))] {
        let refused = scene.act(&member(1), order(seen));
        assert_eq!(
            changed(refused),
            [Changed::Item {
                no: ItemNo(1),
                before: amount("路灯", 24, "盏"),
                after: amount("大客车", 24, "辆"),
            }]
        );
    }
    scene.must(&member(1), order(Some(Revision(1))));
}

#[test]
fn what_was_rewritten_before_the_publication_is_told_to_no_organization() {
    let mut scene = Scene::new();
    let mut first = post(1);
    first.content.title = "张三家的路灯坏了".to_owned();
    scene.must(&cadre(1), first);
    scene.must(&cadre(1), edit(|_| ()));
    scene.must(&officer(COUNTY, Department::CivilAffairs), reading(1));
    for seen in [None, Some(Revision(0)), Some(Revision(7))] {
        let mut curious = take(1, 1, vec![line(1, 1)]);
        curious.seen = seen;
        assert_eq!(changed(scene.act(&member(1), curious)), []);
    }
    scene.must(&cadre(1), edit(|c| c.persons = 161));
    let public = Entity::from(scene.need(1).clone()).seen(Visibility::Public);
    let Some(Entity::Need(public)) = public else {
        panic!("public");
    };
    assert_eq!((public.revision, public.rewritten.len()), (Revision(2), 0));
}

#[test]
fn a_confirmation_is_about_the_delivery_that_was_shown() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 24)]));
    let order = order_id(1);
    let deliver = |note: &str| MarkDelivered {
        order,
        note: note.to_owned(),
    };
    let confirm = |seen: Option<u32>| ConfirmDelivery {
        order,
        seen: seen.map(Revision),
    };
    let dispute = |seen: Option<u32>| DisputeDelivery {
        order,
        reason: "还有两盏不亮".to_owned(),
        seen: seen.map(Revision),
    };
    scene.must(&member(1), deliver("都亮"));
    scene.must(&cadre(1), dispute(Some(1)));
    scene.now = Millis(NOW.0 + 86_400_000);
    scene.must(&member(1), deliver("换了两盏"));
    for answer in [Some(1), None] {
        for refused in [
            scene.act(&cadre(1), confirm(answer)),
            scene.act(&cadre(1), dispute(answer)),
        ] {
            let Err(rejection @ Rejection::ChangedSince { .. }) = refused else {
                panic!("{refused:?}");
            };
            let sentence = rejection.sentence();
            assert!(
                sentence.contains("又报告了一次完成：换了两盏"),
                "{sentence}"
            );
        }
    }
    scene.must(&cadre(1), confirm(Some(2)));
}
