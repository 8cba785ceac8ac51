//! What outlives what: promises, requests, contacts and counts when a need, an order or an organization goes on, ends or comes back.

use crate::scene::{
    COUNTY, NOW, Scene, accept, cadre, callable, code, content, line, member, need_id, officer,
    order_id, pick, publish, publish_supply, supply_id, take,
};
use domain::commands::{
    AskAgain, AskHandOver, ChangeSupply, CloseNeed, ConfirmDelivery, DispatchNeed, MarkDelivered,
    MergeNeeds, PostNeed, ReleaseOrder, ResumeSupply, SaveNeed, SetSettings, TakeDown,
};
use domain::dispatches::DispatchStage;
use domain::needs::{CloseReason, NeedStage, ReturnReason};
use domain::orders::keeping::HandOverReason;
use domain::orders::{OrderStage, ReleaseReason};
use domain::organizations::OrgState;
use domain::rejection::Limit;
use domain::settings::Setting;
use domain::supplies::SupplyStage;
use domain::{Actor, Department, ItemNo, NeedContent, Rejection, Revision};

fn civil() -> Actor {
    officer(COUNTY, Department::CivilAffairs)
}

/// The organization takes so many lamps of need 1, delivers them, and the village confirms.
fn deliver(scene: &mut Scene, order: u8, org: u8, lamps: u64) {
    scene.must(&member(org), take(order, 1, vec![line(1, lamps)]));
    let done = MarkDelivered {
        order: order_id(order),
        note: String::new(),
    };
    scene.must(&member(org), done);
    confirm(scene, order, &cadre(1));
}

fn confirm(scene: &mut Scene, order: u8, by: &Actor) {
    let seen = Some(scene.order(order).deliveries);
    let order = order_id(order);
    scene.must(by, ConfirmDelivery { order, seen });
}

/// Six of 24 lamps are there, the need has expired and was asked for again; its new last day is 90 days away.
fn asked_again() -> Scene {
    let mut scene = Scene::published();
    deliver(&mut scene, 1, 1, 6);
    scene.days_pass(62);
    assert_eq!(scene.need(1).state.stage(), NeedStage::Expired);
    let again = AskAgain {
        need: need_id(1),
        deadline: NOW.day().plus(120),
    };
    scene.must(&cadre(1), again);
    scene
}

fn returned(scene: &mut Scene) {
    let seen = Some(scene.need(1).revision);
    let mut back = publish(1);
    back.opinion = domain::commands::Screening::Return {
        reason: ReturnReason::Other,
        words: "数量再核一核".to_owned(),
    };
    back.seen = seen;
    scene.must(&civil(), back);
}

#[test]
fn what_was_delivered_of_a_need_stays_in_it_when_it_is_asked_for_again() {
    let mut scene = asked_again();
    returned(&mut scene);
    let written = |change: fn(&mut NeedContent)| {
        let mut content = content();
        content.deadline = NOW.day().plus(120);
        change(&mut content);
        content
    };
    let post = |content| PostNeed {
        need: need_id(1),
        content,
    };
    let fewer = written(|c| c.items[0].quantity = 2);
    let below = scene.act(&cadre(1), post(fewer));
    assert!(
        matches!(below, Err(Rejection::BelowPledged { pledged: 6, .. })),
        "{below:?}"
    );
    let gone = written(|c| c.items.retain(|item| item.no != ItemNo(1)));
    assert!(scene.act(&cadre(1), post(gone)).is_err());

    // Nor does it become a draft, which no organization would see.
    let save = SaveNeed {
        need: need_id(1),
        content: written(|c| c.items[0].quantity = 12),
    };
    scene.must(&cadre(1), save);
    assert_eq!(scene.need(1).state.stage(), NeedStage::Returned);
    scene.must(&cadre(1), post(written(|c| c.items[0].quantity = 12)));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Submitted);
}

#[test]
fn what_was_delivered_in_part_can_be_closed_wherever_it_stands() {
    let close = |scene: &Scene| CloseNeed {
        need: need_id(1),
        reason: CloseReason::NoLongerWanted,
        words: String::new(),
        seen: Some(scene.need(1).revision),
    };
    let mut scene = asked_again();
    scene.must(&cadre(1), close(&scene));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Closed);

    let mut scene = asked_again();
    returned(&mut scene);
    scene.must(&cadre(1), close(&scene));

    let mut scene = Scene::published();
    deliver(&mut scene, 1, 1, 6);
    let down = TakeDown {
        need: need_id(1),
        reason: ReturnReason::OutOfScope,
        words: "县里已有项目资金".to_owned(),
        seen: Some(Revision(0)),
    };
    scene.must(&civil(), down);
    scene.must(&cadre(1), close(&scene));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Closed);
}

#[test]
fn a_request_to_hand_over_ends_with_the_work() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 6)]));
    let ask = AskHandOver {
        need: need_id(1),
        order: order_id(1),
        reason: HandOverReason::Urgent,
        words: "学生晚自习回家看不见路".to_owned(),
        contact: Some(callable()),
    };
    scene.must(&cadre(1), ask.clone());
    assert!(scene.order(1).hand_over.is_some());
    let done = MarkDelivered {
        order: order_id(1),
        note: String::new(),
    };
    scene.must(&member(1), done);
    assert!(scene.order(1).hand_over.is_none());

    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 6)]));
    scene.must(&cadre(1), ask);
    let down = TakeDown {
        need: need_id(1),
        reason: ReturnReason::OutOfScope,
        words: "县里已有项目资金".to_owned(),
        seen: Some(Revision(0)),
    };
    scene.must(&civil(), down);
    assert!(scene.order(1).hand_over.is_none());
}

#[test]
fn whoever_is_asked_to_take_a_need_is_not_asked_any_more_once_all_of_it_is_there() {
    let mut scene = Scene::published();
    let ask = DispatchNeed {
        dispatch: crate::scene::dispatch_id(1),
        need: need_id(1),
        org: crate::scene::org_code(2),
        lines: Vec::new(),
        note: String::new(),
        answer_by: NOW.day().plus(7),
        seen: Some(Revision(0)),
    };
    scene.must(&civil(), ask);
    scene.must(&member(1), take(1, 1, vec![line(1, 24), line(2, 200)]));
    let done = MarkDelivered {
        order: order_id(1),
        note: String::new(),
    };
    scene.must(&member(1), done);
    confirm(&mut scene, 1, &cadre(1));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Closed);
    assert_eq!(scene.dispatch(1).state.stage(), DispatchStage::Withdrawn);
}

#[test]
fn what_a_village_has_stays_with_it_when_its_need_is_merged() {
    let mut scene = Scene::published();
    deliver(&mut scene, 1, 1, 6);
    let post = PostNeed {
        need: need_id(2),
        content: content(),
    };
    scene.must(&cadre(2), post);
    scene.must(&civil(), publish(2));
    scene.must(&member(2), take(2, 1, vec![line(1, 4)]));
    let merge = MergeNeeds {
        from: need_id(1),
        into: need_id(2),
        seen_from: Some(Revision(0)),
        seen_into: Some(Revision(0)),
    };
    scene.must(&civil(), merge);
    let into = scene.need(2);
    assert_eq!(
        into.pledges.len(),
        1,
        "what is being worked on goes on there"
    );
    assert_eq!(into.pledged(ItemNo(1)), 4);
    assert_eq!(scene.need(1).pledges.len(), 1);
    let order = scene.order(1);
    assert_eq!(
        (order.need, order.place.village),
        (Some(need_id(1)), crate::scene::place(1).village)
    );
    assert_eq!(scene.order(2).place.village, crate::scene::place(2).village);
}

#[test]
fn a_region_says_how_many_orders_a_day_are_taken_in_it() {
    let mut scene = Scene::published();
    let set = SetSettings {
        region: code(COUNTY),
        publish: None,
        numbers: [(Setting::DailyOrders, 2)].into(),
        help: None,
        seen: Revision(0),
    };
    scene.must(&civil(), set);
    for order in [1, 2] {
        scene.must(&member(1), take(order, 1, vec![line(1, 1)]));
    }
    let third = scene.act(&member(1), take(3, 1, vec![line(1, 1)]));
    let limit = Limit::OrdersPerDay;
    assert_eq!(third, Err(Rejection::LimitReached { limit, at_most: 2 }));
    // An organization may have a number of its own.
    scene.org(1).daily_orders = Some(3);
    scene.must(&member(1), take(3, 1, vec![line(1, 1)]));
}

#[test]
fn a_pick_is_accepted_only_where_the_organization_serves() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 1));
    scene.org(1).serves.clear();
    let accepted = scene.act(&member(1), accept(1, 1, 1));
    assert!(
        matches!(accepted, Err(Rejection::NotServed { .. })),
        "{accepted:?}"
    );
}

#[test]
fn whom_to_call_about_a_pick_goes_with_its_order() {
    let mut scene = Scene::offered();
    scene.must(&cadre(1), pick(1, 1, 1));
    scene.must(&member(1), accept(1, 1, 1));
    assert!(scene.pick(1).contact.is_some());
    let release = ReleaseOrder {
        order: order_id(1),
        reason: ReleaseReason::NoPeople,
        words: "人手不够".to_owned(),
    };
    scene.must(&member(1), release);
    assert_eq!(scene.order(1).state.stage(), OrderStage::Released);
    assert_eq!(scene.pick(1).contact, None);
}

#[test]
fn nobody_picks_what_a_suspended_organization_offers() {
    let mut scene = Scene::offered();
    scene.org(1).state = Some(OrgState::Suspended {
        at: NOW,
        words: "年检没有通过".to_owned(),
        until: None,
    });
    scene.org(1).approved = false;
    let suspended = |act: Result<(), Rejection>| {
        assert!(
            matches!(act, Err(Rejection::OrganizationSuspended { .. })),
            "{act:?}"
        );
    };
    suspended(scene.act(&cadre(1), pick(1, 1, 1)));
    let pause = domain::commands::PauseSupply {
        supply: supply_id(1),
    };
    scene.must(&member(1), pause);
    let resume = ResumeSupply {
        supply: supply_id(1),
    };
    suspended(scene.act(&member(1), resume));
}

#[test]
fn a_paused_supply_stays_paused_when_its_new_words_are_agreed_to() {
    let mut scene = Scene::offered();
    let supply = supply_id(1);
    scene.must(&member(1), domain::commands::PauseSupply { supply });
    let mut content = crate::scene::supply_content();
    content.offer.push_str("药品自备。");
    scene.must(&member(1), ChangeSupply { supply, content });
    let stage = |scene: &Scene| scene.supply(1).state.stage();
    assert_eq!(
        stage(&scene),
        SupplyStage::Submitted,
        "new words are read before villages read them"
    );
    let seen = scene.supply(1).revision;
    let mut agree = publish_supply(1, 0);
    agree.seen = seen;
    scene.must(&civil(), agree);
    assert_eq!(stage(&scene), SupplyStage::Paused);
    scene.must(&member(1), ResumeSupply { supply });
    assert_eq!(stage(&scene), SupplyStage::Published);
}
