//! Needs that are the same matter: merging two and parting them again, other villages that need the same, needs that only look alike.

use crate::scene::{
    COUNTY, Scene, cadre, code, content, dispatch_id, line, member, need_id, officer, order_id,
    org_code, place, post, publish, take,
};
use domain::commands::{
    AlsoNeed, DispatchNeed, JoinWaiting, MarkDelivered, MergeNeeds, PostNeed, ReportProgress,
    TellApart, UndoMerge, WithdrawNeed,
};
use domain::dispatches::DispatchStage;
use domain::needs::{NeedHappened, NeedStage, WithdrawReason};
use domain::rejection::Allowed;
use domain::{
    Actor, Department, Entity, Feed, Fen, ItemNo, ProgressId, Rejection, Revision, Unit, Visibility,
};

fn civil() -> Actor {
    officer(COUNTY, Department::CivilAffairs)
}

/// Needs 1 and 2 of villages 1 and 2 are published; the second asks for its items in another order.
fn two_published() -> Scene {
    let mut scene = Scene::published();
    let mut other = content();
    other.title = "小学门口路灯坏了".to_owned();
    other.items.reverse();
    other.items[0].no = ItemNo(1);
    other.items[1].no = ItemNo(2);
    scene.must(
        &cadre(2),
        PostNeed {
            need: need_id(2),
            content: other,
        },
    );
    scene.must(&civil(), publish(2));
    scene.now = scene.now.plus(60_000);
    scene
}

fn merge(from: u8, into: u8) -> MergeNeeds {
    MergeNeeds {
        from: need_id(from),
        into: need_id(into),
        seen_from: Some(Revision(0)),
        seen_into: Some(Revision(0)),
    }
}

#[test]
fn orders_move_to_the_items_that_fit_and_come_back_as_they_were() {
    let mut scene = two_published();
    scene.must(&member(1), take(1, 1, vec![line(1, 4)]));
    // In need 2 the lamps are the second item.
    scene.must(&member(2), take(2, 2, vec![line(2, 3), line(1, 50)]));
    let before = scene.entities.clone();
    scene.now = scene.now.plus(60_000);
    scene.must(&civil(), merge(2, 1));

    let (kept, merged, order) = (scene.need(1), scene.need(2), scene.order(2));
    assert_eq!(merged.state.stage(), NeedStage::Merged);
    assert_eq!(merged.pledges, []);
    assert_eq!(kept.pledged(ItemNo(1)), 7);
    assert_eq!(kept.pledged(ItemNo(2)), 50);
    assert_eq!(order.need, Some(need_id(1)));
    assert_eq!(order.lines, [line(1, 3), line(2, 50)]);
    assert_eq!(order.place, place(1));
    assert_eq!(order.lines_words, "路灯 3 盏、电线 50 米");
    let happened = |n| scene.need(n).history.last().map(|e| e.what.clone());
    assert!(matches!(happened(1), Some(NeedHappened::TookIn { .. })));
    assert!(matches!(happened(2), Some(NeedHappened::Merged { .. })));

    // Both villages and both organizations see what goes on; the other village without the contact.
    let feeds = Entity::from(kept.clone()).placements();
    assert!(feeds.contains(&(Feed::Village(place(2).village), Visibility::Public)));
    assert!(feeds.contains(&(Feed::Org(org_code(2)), Visibility::Full)));
    let of_order = Entity::from(order.clone()).placements();
    for village in [1, 2] {
        assert!(of_order.contains(&(Feed::Village(place(village).village), Visibility::Full)));
    }
    let public = serde_json::to_string(
        &Entity::from(kept.clone())
            .seen(Visibility::Public)
            .expect("public")
            .to_json()
            .expect("json"),
    )
    .expect("json");
    assert!(
        !public.contains("小学门口"),
        "a merged need may never have been public: {public}"
    );

    scene.now = scene.now.plus(60_000);
    scene.must(
        &civil(),
        UndoMerge {
            need: need_id(2),
            seen: None,
            seen_into: None,
        },
    );
    for n in [1, 2] {
        let (Entity::Need(was), now) = (&before[&domain::Key::Need(need_id(n))], scene.need(n))
        else {
            panic!("no need");
        };
        assert_eq!(now.state, was.state);
        assert_eq!(now.pledges, was.pledges);
        assert_eq!(now.merged, []);
        assert!(matches!(
            now.history.last().map(|e| &e.what),
            Some(NeedHappened::Parted { .. })
        ));
    }
    let order = scene.order(2);
    assert_eq!(
        (order.need, &order.lines),
        (Some(need_id(2)), &vec![line(2, 3), line(1, 50)])
    );
    assert_eq!((order.place.clone(), order.moved.len()), (place(2), 0));
    assert_eq!(order.title, "小学门口路灯坏了");
}

#[test]
fn nobody_is_asked_or_waits_for_what_goes_on_elsewhere() {
    let mut scene = two_published();
    scene.must(&member(1), take(1, 2, vec![line(2, 24)]));
    let waits = JoinWaiting {
        need: need_id(2),
        lines: vec![line(2, 4)],
        seen: None,
    };
    scene.must(&member(2), waits);
    let ask = DispatchNeed {
        dispatch: dispatch_id(1),
        need: need_id(2),
        org: org_code(3),
        lines: Vec::new(),
        note: String::new(),
        answer_by: scene.now.day().plus(5),
        seen: None,
    };
    scene.must(&civil(), ask);
    scene.must(&civil(), merge(2, 1));
    let merged = scene.need(2);
    assert_eq!((merged.waiting.len(), merged.asked.len()), (0, 0));
    assert_eq!(merged.offer, None);
    assert_eq!(
        scene.dispatch(1).state.stage(),
        DispatchStage::Withdrawn,
        "who was asked is told"
    );
    scene.must(
        &civil(),
        UndoMerge {
            need: need_id(2),
            seen: None,
            seen_into: None,
        },
    );
    assert_eq!(scene.need(2).asked, []);
}

#[test]
fn what_leaves_with_a_parted_need_is_offered_to_who_waits() {
    let mut scene = two_published();
    scene.must(&member(1), take(1, 1, vec![line(1, 20)]));
    scene.must(&member(2), take(2, 2, vec![line(2, 4)]));
    scene.must(&civil(), merge(2, 1));
    let waits = JoinWaiting {
        need: need_id(1),
        lines: vec![line(1, 3)],
        seen: None,
    };
    scene.must(&member(3), waits);
    assert_eq!(scene.need(1).offer, None);
    scene.now = scene.now.plus(60_000);
    scene.must(
        &civil(),
        UndoMerge {
            need: need_id(2),
            seen: None,
            seen_into: None,
        },
    );
    let offer = scene
        .need(1)
        .offer
        .clone()
        .expect("four lamps are free again");
    assert_eq!((offer.org, offer.lines), (org_code(3), vec![line(1, 3)]));
}

#[test]
fn what_does_not_fit_is_refused_with_the_way_out() {
    let mut scene = two_published();
    scene.must(&member(1), take(1, 1, vec![line(1, 22)]));
    scene.must(&member(2), take(2, 2, vec![line(2, 3)]));
    let refused = scene.act(&civil(), merge(2, 1));
    assert_eq!(
        refused,
        Err(Rejection::DoesNotFit {
            item: "路灯".to_owned(),
            unit: Unit::Of("盏".to_owned()),
            moving: 3,
            left: Some(2),
        })
    );
    let sentence = refused.map_err(|r| r.sentence());
    assert!(
        sentence
            .is_err_and(|s| s.contains("3 盏") && s.contains("只差 2 盏") && s.contains("对换"))
    );

    // Two orders of which each would fit, but not both.
    let mut scene = two_published();
    scene.must(&member(1), take(1, 1, vec![line(1, 20)]));
    scene.must(&member(2), take(2, 2, vec![line(2, 3)]));
    scene.must(&member(3), take(3, 2, vec![line(2, 3)]));
    assert!(matches!(
        scene.act(&civil(), merge(2, 1)),
        Err(Rejection::DoesNotFit {
            moving: 6,
            left: Some(4),
            ..
        })
    ));
}

#[test]
fn only_an_officer_of_both_places_merges_and_only_what_they_read() {
    let mut scene = two_published();
    for actor in [cadre(1), member(1)] {
        let refused = scene.act(&actor, merge(2, 1));
        assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::CountyBureau)));
    }
    let elsewhere = officer("431202000000", Department::CivilAffairs);
    assert!(scene.act(&elsewhere, merge(2, 1)).is_err());
    let mut edited = content();
    edited.persons = 170;
    scene.must(
        &cadre(1),
        domain::commands::EditNeed {
            need: need_id(1),
            content: edited,
        },
    );
    assert!(matches!(
        scene.act(&civil(), merge(2, 1)),
        Err(Rejection::ChangedSince { .. })
    ));
    assert!(scene.act(&civil(), merge(1, 1)).is_err());
    // The city may do it in the county's place.
    let city = officer("431200000000", Department::RuralRevitalization);
    let mut read = merge(2, 1);
    read.seen_into = Some(Revision(1));
    scene.must(&city, read);
}

#[test]
fn what_is_public_does_not_end_in_what_still_waits() {
    let mut scene = Scene::published();
    scene.must(&cadre(2), post(2));
    assert_eq!(
        scene.act(&civil(), merge(1, 2)),
        Err(Rejection::NeedIs {
            stage: NeedStage::Submitted
        })
    );
    scene.must(&civil(), merge(2, 1));
    // Nothing can be done about what has gone on elsewhere.
    for stage in [
        scene.act(
            &cadre(2),
            WithdrawNeed {
                need: need_id(2),
                reason: WithdrawReason::Mistake,
            },
        ),
        scene.act(&civil(), publish(2)),
    ] {
        assert_eq!(
            stage,
            Err(Rejection::NeedIs {
                stage: NeedStage::Merged
            })
        );
    }
    scene.must(
        &civil(),
        UndoMerge {
            need: need_id(2),
            seen: None,
            seen_into: None,
        },
    );
    assert_eq!(scene.need(2).state.stage(), NeedStage::Submitted);
    scene.must(&civil(), publish(2));
}

#[test]
fn it_stays_merged_once_an_order_has_gone_on() {
    for delivered in [false, true] {
        let mut scene = two_published();
        scene.must(&member(2), take(2, 2, vec![line(2, 3)]));
        scene.now = scene.now.plus(60_000);
        scene.must(&civil(), merge(2, 1));
        scene.now = scene.now.plus(60_000);
        let order = order_id(2);
        if delivered {
            scene.must(
                &member(2),
                MarkDelivered {
                    order,
                    note: String::new(),
                },
            );
        } else {
            let report = ReportProgress {
                order,
                progress: ProgressId::from_random([7; 16]),
                text: "装好一盏".to_owned(),
                cash: Fen(0),
                goods: Fen(0),
                persons: 0,
                visits: 0,
            };
            scene.must(&member(2), report);
        }
        let refused = scene.act(
            &civil(),
            UndoMerge {
                need: need_id(2),
                seen: None,
                seen_into: None,
            },
        );
        assert!(
            matches!(refused, Err(Rejection::MovedOn { .. })),
            "{refused:?}"
        );
    }
    // An order of somebody else that came later does not stand in the way.
    let mut scene = two_published();
    scene.must(&civil(), merge(2, 1));
    scene.must(&member(1), take(1, 1, vec![line(1, 2)]));
    scene.must(
        &civil(),
        UndoMerge {
            need: need_id(2),
            seen: None,
            seen_into: None,
        },
    );
    assert_eq!(scene.need(1).pledged(ItemNo(1)), 2);
}

#[test]
fn what_was_merged_twice_is_parted_in_the_order_in_which_it_came_together() {
    let mut scene = two_published();
    scene.must(&cadre(1), post(3));
    scene.must(&civil(), publish(3));
    scene.must(&member(2), take(2, 2, vec![line(2, 3)]));
    scene.now = scene.now.plus(60_000);
    scene.must(&civil(), merge(2, 1));
    scene.must(&civil(), merge(1, 3));
    assert_eq!(scene.order(2).moved.len(), 2);
    let feeds = Entity::from(scene.need(3).clone()).placements();
    assert!(feeds.contains(&(Feed::Village(place(2).village), Visibility::Public)));
    assert_eq!(
        scene.act(
            &civil(),
            UndoMerge {
                need: need_id(2),
                seen: None,
                seen_into: None
            }
        ),
        Err(Rejection::NeedIs {
            stage: NeedStage::Merged
        })
    );
    scene.must(
        &civil(),
        UndoMerge {
            need: need_id(1),
            seen: None,
            seen_into: None,
        },
    );
    scene.must(
        &civil(),
        UndoMerge {
            need: need_id(2),
            seen: None,
            seen_into: None,
        },
    );
    assert_eq!(scene.order(2).lines, [line(2, 3)]);
    assert_eq!(scene.need(2).pledges.len(), 1);
}

#[test]
fn another_village_that_needs_the_same_counts_once_and_may_think_again() {
    let mut scene = Scene::published();
    let also = |wanted| AlsoNeed {
        need: need_id(1),
        wanted,
    };
    assert_eq!(
        scene.act(&cadre(1), also(true)),
        Err(Rejection::NotAllowed(Allowed::OtherVillage))
    );
    assert!(scene.act(&member(1), also(true)).is_err());
    scene.must(&cadre(2), also(true));
    scene.must(&cadre(2), also(true));
    scene.must(&cadre(3), also(true));
    assert_eq!(scene.need(1).other_villages(), 2);
    scene.must(&cadre(3), also(false));
    assert_eq!(scene.need(1).other_villages(), 1);
    // It is public, and nothing that was read has changed.
    let public = Entity::from(scene.need(1).clone()).seen(Visibility::Public);
    assert!(matches!(public, Some(Entity::Need(need)) if need.other_villages() == 1));
    assert_eq!(scene.need(1).revision, Revision(0));
    // What is not public is not known to other villages.
    scene.must(&cadre(1), post(5));
    let refused = scene.act(
        &cadre(2),
        AlsoNeed {
            need: need_id(5),
            wanted: true,
        },
    );
    assert!(matches!(refused, Err(Rejection::NotFound { .. })));
}

#[test]
fn what_was_told_apart_is_remembered_for_the_county_alone() {
    let mut scene = two_published();
    let apart = TellApart {
        need: need_id(1),
        other: need_id(2),
    };
    assert!(scene.act(&cadre(2), apart.clone()).is_err());
    scene.must(&cadre(1), apart.clone());
    scene.must(&cadre(1), apart);
    scene.must(
        &civil(),
        TellApart {
            need: need_id(2),
            other: need_id(1),
        },
    );
    assert_eq!(scene.need(1).told_apart.len(), 1);
    assert_eq!(
        scene.need(2).told_apart[0].by,
        Some(Department::CivilAffairs)
    );
    let public = Entity::from(scene.need(1).clone()).seen(Visibility::Public);
    assert!(matches!(public, Some(Entity::Need(need)) if need.told_apart.is_empty()));
    assert_eq!(code(COUNTY), place(1).county());
}

#[test]
fn needs_are_parted_only_as_they_were_read() {
    let mut scene = two_published();
    scene.must(&civil(), merge(2, 1));
    let mut changed = scene.need(1).content.clone();
    changed.title = "通组路太阳能路灯".to_owned();
    scene.must(
        &cadre(1),
        domain::commands::EditNeed {
            need: need_id(1),
            content: changed,
        },
    );
    let into = scene.need(1).revision;
    let part = |seen_into| UndoMerge {
        need: need_id(2),
        seen: Some(Revision::default()),
        seen_into,
    };
    let refused = scene.act(&civil(), part(None));
    assert!(
        matches!(refused, Err(Rejection::ChangedSince { .. })),
        "{refused:?}"
    );
    scene.must(&civil(), part(Some(into)));
}
