//! Supplies: written, screened, picked, answered.

use crate::scene::{
    COUNTY, NOW, SECRET_PHONE, Scene, accept, cadre, code, decline, member, officer, order_id,
    org_code, pick, pick_id, place, publish_supply, submit_supply, supply_content, supply_id,
};
use domain::asks::{Asked, asked};
use domain::commands::{
    ChangeSupply, ConfirmDelivery, DisputeDelivery, EndSupply, MarkDelivered, PauseSupply,
    PickAnswer, ReleaseOrder, ReportProgress, ResumeSupply, SaveSupply, WithdrawPick,
};
use domain::needs::PledgeStage;
use domain::orders::{OrderStage, Origin, ReleaseReason};
use domain::picks::PickStage;
use domain::rejection::{Allowed, Field, Problem};
use domain::revision::Changed;
use domain::supplies::{ServedRegion, SupplyStage};
use domain::{
    Actor, Department, Entity, Feed, Fen, Key, ProgressId, Rejection, Revision, Visibility,
};

fn civil() -> Actor {
    officer(COUNTY, Department::CivilAffairs)
}

fn feeds(scene: &Scene) -> Vec<(Feed, Visibility)> {
    Entity::from(scene.supply(1).clone()).placements()
}

fn board() -> (Feed, Visibility) {
    (Feed::Board(code(COUNTY)), Visibility::Public)
}

#[test]
fn a_supply_is_written_screened_and_on_the_boards_of_the_regions_it_serves() {
    let mut scene = Scene::new();
    let (supply, content) = (supply_id(1), supply_content());
    scene.must(&member(1), SaveSupply { supply, content });
    let org = (Feed::Org(org_code(1)), Visibility::Full);
    assert_eq!(feeds(&scene), [org]);
    scene.must(&member(1), submit_supply(1));
    let office = (Feed::Office(code(COUNTY)), Visibility::Full);
    assert_eq!(feeds(&scene), [org, office]);
    scene.must(&civil(), publish_supply(1, 0));
    assert_eq!(scene.supply(1).state.stage(), SupplyStage::Published);
    assert!(feeds(&scene).contains(&board()));
}

#[test]
fn an_organization_sends_so_many_new_supplies_on_one_day_and_changes_are_none() {
    use domain::organizations::DAILY_SUPPLIES;
    use domain::rejection::Limit;
    let mut scene = Scene::new();
    for n in (1..=u8::MAX).take(DAILY_SUPPLIES as usize) {
        scene.must(&member(1), submit_supply(n));
    }
    let refused = scene.act(&member(1), submit_supply(200));
    let limit = Limit::SuppliesPerDay;
    assert_eq!(
        refused,
        Err(Rejection::LimitReached {
            limit,
            at_most: DAILY_SUPPLIES
        })
    );
    // A draft is kept, and what the bureau sent back is no new one.
    let (supply, content) = (supply_id(200), supply_content());
    scene.must(&member(1), SaveSupply { supply, content });
    let back = domain::commands::Screening::Return {
        reason: domain::needs::ReturnReason::Unclear,
        words: "请写明送什么书".to_owned(),
    };
    let mut screen = publish_supply(1, 0);
    screen.opinion = back;
    scene.must(&civil(), screen);
    scene.must(&member(1), submit_supply(1));
    scene.days_pass(1);
    scene.must(&member(1), submit_supply(200));
}

#[test]
fn civil_affairs_of_its_level_screens_and_nobody_else() {
    let mut scene = Scene::new();
    scene.must(&member(1), submit_supply(1));
    let others = [
        officer(COUNTY, Department::RuralRevitalization),
        officer("431202000000", Department::CivilAffairs),
    ];
    for other in others {
        let refused = scene.act(&other, publish_supply(1, 0));
        assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::Registrar)));
    }
    scene.must(
        &officer("431200000000", Department::CivilAffairs),
        publish_supply(1, 0),
    );
}

#[test]
fn an_organization_offers_only_where_it_serves() {
    let mut scene = Scene::new();
    let mut submit = submit_supply(1);
    submit.content.regions.push(ServedRegion {
        code: code("431229000000"),
        name: "靖州县".to_owned(),
    });
    let refused = Err(Rejection::Invalid {
        field: Field::Regions,
        problem: Problem::NotServed,
    });
    assert_eq!(scene.act(&member(1), submit.clone()), refused);
    // Who serves a whole city may offer to all of it, on the city's board.
    scene.org(1).serves = vec![code("431200000000")];
    submit.content.regions = vec![ServedRegion {
        code: code("431200000000"),
        name: "怀化市".to_owned(),
    }];
    scene.must(&member(1), submit);
    scene.must(&civil(), publish_supply(1, 0));
    let city = (Feed::Board(code("431200000000")), Visibility::Public);
    assert!(feeds(&scene).contains(&city));
    assert!(domain::feeds::of(&cadre(1)).contains(&city.0));
    scene.must(&cadre(1), pick(1, 1, 1));
}

#[test]
fn what_is_promised_is_screened_again_and_a_typing_mistake_in_the_team_is_not() {
    let mut scene = Scene::offered();
    let change = |change: fn(&mut domain::SupplyContent)| {
        let mut content = supply_content();
        change(&mut content);
        ChangeSupply {
            supply: supply_id(1),
            content,
        }
    };
    let quiet: [fn(&mut domain::SupplyContent); 4] = [
        |c| c.team = "四位志愿者。".to_owned(),
        |c| c.cases = "在三个村做成过。".to_owned(),
        |c| c.places = 9,
        |c| c.to = c.to.plus(9),
    ];
    for quiet in quiet {
        scene.must(&member(1), change(quiet));
        assert_eq!(scene.supply(1).state.stage(), SupplyStage::Published);
    }
    let loud: [fn(&mut domain::SupplyContent); 6] = [
        |c| c.topic = domain::Topic::Care,
        |c| c.offer.push_str("还送书架。"),
        |c| c.per_place.quantity = 80,
        |c| c.conditions.clear(),
        |c| c.cost = None,
        |c| c.title.push('好'),
    ];
    for loud in loud {
        let mut scene = Scene::offered();
        scene.must(&member(1), change(loud));
        assert_eq!(scene.supply(1).state.stage(), SupplyStage::Submitted);
        assert!(!feeds(&scene).contains(&board()));
        assert_eq!(scene.supply(1).revision, Revision(1));
        // The bureau judges what stands there now.
        let refused = scene.act(&civil(), publish_supply(1, 0));
        assert!(matches!(refused, Err(Rejection::ChangedSince { .. })));
        scene.must(&civil(), publish_supply(1, 1));
    }
}

#[test]
fn a_pick_is_accepted_in_part_and_becomes_an_order_that_is_delivered_and_confirmed() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 3));
    // A pick takes no place before it is answered.
    assert_eq!(scene.supply(1).left(), 3);
    let facts = Entity::from(scene.pick(1).clone()).summary().facts();
    assert_eq!(asked(&facts, &member(1)), Some(Asked::AnswerPick));
    scene.must(&member(1), accept(1, 1, 2));
    assert_eq!((scene.supply(1).taken(), scene.supply(1).left()), (2, 1));
    assert_eq!(scene.pick(1).state.stage(), PickStage::Accepted);
    let order = scene.order(1);
    assert_eq!((order.origin, order.need), (Origin::Picked, None));
    assert_eq!(
        (order.supply, order.pick),
        (Some(supply_id(1)), Some(pick_id(1)))
    );
    assert_eq!(order.lines_words, "图书 1,600 册（2 个名额）");
    assert_eq!(scene.org(1).open_orders, 1);

    let order = order_id(1);
    scene.must(
        &member(1),
        ReportProgress {
            order,
            progress: ProgressId::from_random([1; 16]),
            text: "书到了".to_owned(),
            cash: Fen(1),
            goods: Fen(2),
            persons: 3,
            visits: 4,
        },
    );
    let note = String::new();
    scene.must(
        &member(1),
        MarkDelivered {
            order,
            note: note.clone(),
        },
    );
    let facts = Entity::from(scene.order(1).clone()).summary().facts();
    assert_eq!(asked(&facts, &cadre(1)), Some(Asked::Confirm));
    assert_eq!(asked(&facts, &cadre(2)), None);
    let (reason, seen) = ("还差书架".to_owned(), Some(Revision(1)));
    scene.must(
        &cadre(1),
        DisputeDelivery {
            order,
            reason,
            seen,
        },
    );
    scene.must(&member(1), MarkDelivered { order, note });
    let seen = Some(Revision(2));
    let refused = scene.act(&cadre(2), ConfirmDelivery { order, seen });
    assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::Village)));
    scene.must(&cadre(1), ConfirmDelivery { order, seen });
    assert_eq!(scene.order(1).state.stage(), OrderStage::Confirmed);
    let held = scene.supply(1).held_by(order).and_then(|p| p.held);
    assert_eq!(held.map(|h| h.stage), Some(PledgeStage::Confirmed));
    // A place that was given stays given.
    assert_eq!(scene.supply(1).left(), 1);
    assert_eq!(
        (scene.org(1).open_orders, scene.org(1).confirmed_orders),
        (0, 1)
    );
}

#[test]
fn places_that_are_gone_are_gone() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 3));
    scene.must(&cadre(2), pick(2, 1, 2));
    scene.must(&member(1), accept(1, 1, 3));
    let Err(refused) = scene.act(&member(1), accept(2, 2, 1)) else {
        panic!("a place that is not there");
    };
    assert_eq!(refused.sentence(), "名额没有了。");
    scene.must(&member(1), decline(2));
    assert_eq!(scene.pick(2).state.stage(), PickStage::Declined);
    let refused = scene.act(&cadre(2), pick(3, 1, 1));
    assert!(matches!(refused, Err(Rejection::Taken(_))));
    // What is given back is there again.
    scene.must(
        &member(1),
        ReleaseOrder {
            order: order_id(1),
            reason: ReleaseReason::CannotDeliver,
            words: "车坏了".to_owned(),
        },
    );
    assert_eq!(scene.supply(1).left(), 3);
    scene.must(&cadre(2), pick(3, 1, 1));
    let mut fewer = supply_content();
    scene.must(&member(1), accept(3, 3, 1));
    fewer.places = 0;
    let (supply, content) = (supply_id(1), fewer);
    let refused = scene.act(&member(1), ChangeSupply { supply, content });
    assert!(refused.is_err());
}

#[test]
fn one_pick_of_a_village_waits_at_a_time_and_it_may_be_taken_back() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 1));
    let refused = scene.act(&cadre(1), pick(2, 1, 1));
    assert_eq!(refused, Err(Rejection::AlreadyPicked));
    let taken_back = WithdrawPick { pick: pick_id(1) };
    let refused = scene.act(&cadre(2), taken_back.clone());
    assert_eq!(refused, Err(Rejection::NotAllowed(Allowed::Village)));
    scene.must(&cadre(1), taken_back);
    assert_eq!(scene.supply(1).asked().count(), 0);
    // Nobody keeps the number of somebody whom nobody has to call.
    let json = Entity::from(scene.pick(1).clone()).to_json().expect("json");
    assert!(!json.contains(SECRET_PHONE));
    scene.must(&cadre(1), pick(2, 1, 1));
    scene.must(&member(1), accept(2, 1, 1));
    let stage = PickStage::Accepted;
    let refused = scene.act(&cadre(1), WithdrawPick { pick: pick_id(2) });
    assert_eq!(refused, Err(Rejection::PickIs { stage }));
}

#[test]
fn an_order_rests_on_words_that_both_have_read() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 1));
    let mut content = supply_content();
    content.per_place.quantity = 8;
    let supply = supply_id(1);
    scene.must(&member(1), ChangeSupply { supply, content });
    scene.must(&civil(), publish_supply(1, 1));
    let mut accepts = accept(1, 1, 1);
    accepts.seen = Revision(1);
    let refused = scene.act(&member(1), accepts);
    let Err(Rejection::ChangedSince { changed, .. }) = &refused else {
        panic!("{refused:?}");
    };
    assert!(matches!(changed[..], [Changed::Item { .. }]));
    scene.must(&member(1), decline(1));
    let refused = scene.act(&cadre(1), pick(2, 1, 1));
    assert!(matches!(refused, Err(Rejection::ChangedSince { .. })));
    let mut again = pick(2, 1, 1);
    again.seen = Revision(1);
    scene.must(&cadre(1), again);
}

#[test]
fn a_paused_supply_takes_no_new_picks_and_answers_those_that_came_before() {
    let mut scene = Scene::offered();
    let supply = supply_id(1);
    scene.must(&cadre(1), pick(1, 1, 1));
    scene.must(&member(1), PauseSupply { supply });
    let stage = SupplyStage::Paused;
    let refused = scene.act(&cadre(2), pick(2, 1, 1));
    assert_eq!(refused, Err(Rejection::SupplyIs { stage }));
    scene.must(&member(1), accept(1, 1, 1));
    scene.must(&member(1), ResumeSupply { supply });
    scene.must(&cadre(2), pick(2, 1, 1));
    scene.must(&member(1), EndSupply { supply });
    let stage = SupplyStage::Ended;
    let refused = scene.act(&member(1), accept(2, 2, 1));
    assert_eq!(refused, Err(Rejection::SupplyIs { stage }));
    assert!(!feeds(&scene).contains(&board()));
    // The villages with picks on it go on seeing what became of it.
    for village in [1, 2] {
        let seen = (Feed::Village(place(village).village), Visibility::Public);
        assert!(feeds(&scene).contains(&seen));
    }
    scene.must(&member(1), decline(2));
    let order = order_id(1);
    let note = String::new();
    scene.must(&member(1), MarkDelivered { order, note });
}

#[test]
fn a_supply_whose_time_is_over_is_neither_picked_nor_published() {
    let mut scene = Scene::offered();
    scene.now = NOW.plus(31 * 86_400_000);
    let refused = scene.act(&cadre(1), pick(1, 1, 1));
    assert_eq!(refused, Err(Rejection::SupplyOver));
    let mut scene = Scene::new();
    scene.must(&member(1), submit_supply(1));
    scene.now = NOW.plus(31 * 86_400_000);
    let refused = scene.act(&civil(), publish_supply(1, 0));
    assert_eq!(refused, Err(Rejection::SupplyOver));
}

#[test]
fn a_village_learns_nothing_of_what_is_not_offered_to_it() {
    let mut scene = Scene::new();
    scene.must(&member(1), submit_supply(1));
    let hidden = scene.act(&cadre(1), pick(1, 1, 1));
    assert!(matches!(hidden, Err(Rejection::NotFound { .. })));
    let mut elsewhere = cadre(1);
    elsewhere.role = domain::Role::Village {
        place: domain::Place {
            village: code("431202104201"),
            ..place(1)
        },
    };
    scene.must(&civil(), publish_supply(1, 0));
    let hidden = scene.act(&elsewhere, pick(1, 1, 1));
    assert!(matches!(hidden, Err(Rejection::NotFound { .. })));
}

#[test]
fn the_public_view_tells_who_holds_places_and_not_who_asks_for_them() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 1));
    scene.must(&cadre(2), pick(2, 1, 1));
    scene.must(&member(1), accept(2, 1, 1));
    let public = Entity::from(scene.supply(1).clone()).seen(Visibility::Public);
    let Some(Entity::Supply(public)) = public else {
        panic!("a public view");
    };
    assert_eq!(public.picks.len(), 1);
    assert_eq!(public.picks[0].village, place(2).village);
    assert_eq!(public.left(), 2);
}

#[test]
fn declining_for_another_reason_needs_words() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 1));
    let mut silent = decline(1);
    silent.answer = PickAnswer::Decline {
        reason: domain::picks::DeclineReason::Other,
        words: "  ".to_owned(),
    };
    assert!(scene.act(&member(1), silent.clone()).is_err());
    silent.answer = PickAnswer::Decline {
        reason: domain::picks::DeclineReason::NoHands,
        words: String::new(),
    };
    let other = scene.act(&member(2), silent.clone());
    assert_eq!(other, Err(Rejection::NotAllowed(Allowed::Supplier)));
    scene.must(&member(1), silent);
    assert!(scene.entities.contains_key(&Key::Pick(pick_id(1))));
}

/// A village that has picked it goes on reading what was published, and its pick rests on that.
#[test]
fn a_village_with_a_pick_reads_what_was_published_until_the_change_is() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 1));
    let mut content = supply_content();
    content.per_place.quantity = 80;
    content.places = 2;
    scene.must(
        &member(1),
        ChangeSupply {
            supply: supply_id(1),
            content: content.clone(),
        },
    );
    let read = |scene: &Scene| {
        let entity = Entity::from(scene.supply(1).clone());
        let village = Feed::Village(place(1).village);
        let (_, view) = *entity
            .placements()
            .iter()
            .find(|(feed, _)| *feed == village)
            .expect("the village sees it");
        match entity.seen(view) {
            Some(Entity::Supply(seen)) => *seen,
            other => panic!("{other:?}"),
        }
    };
    let seen = read(&scene);
    assert_eq!(
        (seen.content, seen.revision),
        (supply_content(), Revision(0))
    );
    // The bureau does not agree: what it says of words that the village never read is not told either.
    let mut back = publish_supply(1, 1);
    back.opinion = domain::commands::Screening::Return {
        reason: domain::needs::ReturnReason::Unclear,
        words: "为什么少了".to_owned(),
    };
    scene.must(&civil(), back);
    let seen = read(&scene);
    assert_eq!(seen.content, supply_content());
    assert_eq!(seen.state.stage(), SupplyStage::Submitted);
    // No more places than both wordings have.
    assert_eq!(scene.supply(1).left(), 2);
    scene.must(&member(1), accept(1, 1, 1));
    assert_eq!(scene.order(1).lines_words, "图书 800 册");
    let mut submit = submit_supply(1);
    submit.content = content.clone();
    scene.must(&member(1), submit);
    let now = scene.supply(1).revision.0;
    scene.must(&civil(), publish_supply(1, now));
    assert_eq!(read(&scene).content, content);
}

#[test]
fn what_is_changed_before_it_was_ever_published_is_nobodys_to_read() {
    let mut scene = Scene::new();
    scene.must(&member(1), submit_supply(1));
    let mut content = supply_content();
    content.title = "送图书和书架".to_owned();
    let supply = supply_id(1);
    scene.must(&member(1), ChangeSupply { supply, content });
    assert!(scene.supply(1).published.is_none());
    assert!(
        feeds(&scene)
            .iter()
            .all(|(_, view)| *view == Visibility::Full)
    );
}

#[test]
fn who_serves_a_whole_city_or_the_province_offers_to_all_of_it() {
    let offer = |code_of: &str| {
        let mut submit = submit_supply(1);
        submit.content.regions = vec![ServedRegion {
            code: code(code_of),
            name: "怀化市".to_owned(),
        }];
        submit
    };
    let refused = Err(Rejection::Invalid {
        field: Field::Regions,
        problem: Problem::NotServed,
    });
    let (city, province) = ("431200000000", "430000000000");
    let mut scene = Scene::new();
    // Every county that there is does not make a city: nobody has said so to the bureau.
    assert_eq!(scene.act(&member(1), offer(city)), refused);
    scene.org(1).whole = vec![code(city)];
    assert_eq!(scene.act(&member(1), offer(province)), refused);
    scene.must(&member(1), offer(city));
    scene.must(&civil(), publish_supply(1, 0));
    assert!(feeds(&scene).contains(&(Feed::Board(code(city)), Visibility::Public)));
    scene.must(&cadre(1), pick(1, 1, 1));
    scene.must(&member(1), accept(1, 1, 1));
    // Every village of the province follows the province's board.
    scene.org(2).whole = vec![code(province)];
    let mut submit = offer(province);
    submit.supply = supply_id(2);
    scene.must(&member(2), submit);
    scene.must(&civil(), publish_supply(2, 0));
    let board = Feed::Board(code(province));
    let placed = Entity::from(scene.supply(2).clone()).placements();
    assert!(placed.contains(&(board, Visibility::Public)));
    assert!(domain::feeds::of(&cadre(2)).contains(&board));
}
