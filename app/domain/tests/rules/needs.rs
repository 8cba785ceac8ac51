use crate::scene::{
    COUNTY, NOW, Scene, cadre, content, line, member, need_id, officer, post, publish, take,
};
use domain::commands::{EditNeed, SaveNeed, ScreenNeed, Screening, SubmitNeed, WithdrawNeed};
use domain::needs::{NeedHappened, NeedStage, ReturnReason, WithdrawReason};
use domain::rejection::{Allowed, Field, Problem};
use domain::{
    Department, Entity, Fen, ItemNo, Kind, Level, Millis, PublishRule, Rejection, Summary, Unit,
};

fn send_back(words: &str) -> ScreenNeed {
    ScreenNeed {
        need: need_id(1),
        opinion: Screening::Return {
            reason: ReturnReason::Unclear,
            words: words.to_owned(),
        },
        seen: None,
    }
}

fn invalid(field: Field, problem: Problem) -> Result<(), Rejection> {
    Err(Rejection::Invalid { field, problem })
}

#[test]
fn a_draft_needs_a_title_only_and_is_completed_before_it_is_sent() {
    let mut scene = Scene::new();
    let mut draft = content();
    draft.items.clear();
    draft.persons = 0;
    draft.contact = None;
    let save = |content| SaveNeed {
        need: need_id(1),
        content,
    };
    scene.must(&cadre(1), save(draft.clone()));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Draft);
    let submit = SubmitNeed { need: need_id(1) };
    assert_eq!(
        scene.act(&cadre(1), submit.clone()),
        invalid(Field::Items, Problem::Missing)
    );
    draft.title.clear();
    assert_eq!(
        scene.act(&cadre(1), save(draft)),
        invalid(Field::Title, Problem::Missing)
    );
    scene.must(&cadre(1), save(content()));
    scene.must(&cadre(1), submit);
    assert_eq!(scene.need(1).state.stage(), NeedStage::Submitted);
}

#[test]
fn every_answer_is_checked_and_the_field_is_named() {
    type Spoil = fn(&mut domain::NeedContent);
    let cases: [(Spoil, Field, Problem); 10] = [
        (
            |c| c.title = "路灯".to_owned(),
            Field::Title,
            Problem::TooShort { at_least: 4 },
        ),
        (
            |c| c.title = "灯".repeat(41),
            Field::Title,
            Problem::TooLong {
                at_most: 40,
                over: 1,
            },
        ),
        (
            |c| c.details = "灯".repeat(501),
            Field::Details,
            Problem::TooLong {
                at_most: 500,
                over: 1,
            },
        ),
        (
            |c| c.items[0].quantity = 0,
            Field::Items,
            Problem::OutOfRange,
        ),
        (
            |c| c.items[1].no = ItemNo(1),
            Field::Items,
            Problem::DoesNotMatch,
        ),
        (
            |c| c.items[0].unit = Unit::Of(String::new()),
            Field::Items,
            Problem::Missing,
        ),
        (|c| c.persons = 0, Field::Persons, Problem::Missing),
        (
            |c| c.budget = Some(Fen(-1)),
            Field::Budget,
            Problem::OutOfRange,
        ),
        (
            |c| c.deadline = NOW.day().plus(-1),
            Field::Deadline,
            Problem::InThePast,
        ),
        (
            |c| c.deadline = NOW.day().plus(900),
            Field::Deadline,
            Problem::TooFar,
        ),
    ];
    for (spoil, field, problem) in cases {
        let mut post = post(1);
        spoil(&mut post.content);
        assert_eq!(Scene::new().act(&cadre(1), post), invalid(field, problem));
    }
    let mut unreachable = post(1);
    unreachable.content.contact = None;
    assert_eq!(
        Scene::new().act(&cadre(1), unreachable),
        invalid(Field::Contact, Problem::Missing)
    );
}

#[test]
fn only_the_own_village_writes_and_only_the_own_county_screens() {
    let mut scene = Scene::new();
    assert_eq!(
        scene.act(&member(1), post(1)),
        Err(Rejection::NotAllowed(Allowed::Village))
    );
    scene.must(&cadre(1), post(1));
    let withdraw = WithdrawNeed {
        need: need_id(1),
        reason: WithdrawReason::Mistake,
    };
    assert_eq!(
        scene.act(&cadre(2), withdraw),
        Err(Rejection::NotAllowed(Allowed::Village))
    );
    let elsewhere = officer("431202000000", Department::CivilAffairs);
    assert_eq!(
        scene.act(&elsewhere, publish(1)),
        Err(Rejection::NotAllowed(Allowed::CountyBureau))
    );
}

#[test]
fn the_city_and_the_province_screen_in_the_countys_place_and_the_history_tells() {
    for (region, level) in [
        (COUNTY, Level::County),
        ("431200000000", Level::City),
        ("430000000000", Level::Province),
    ] {
        let mut scene = Scene::new();
        scene.must(&cadre(1), post(1));
        let officer = officer(region, Department::CivilAffairs);
        scene.must(&officer, send_back("请写清楚"));
        let returned = NeedHappened::Returned {
            by: Department::CivilAffairs,
            level,
            reason: ReturnReason::Unclear,
            words: "请写清楚".to_owned(),
        };
        assert!(scene.need(1).history.iter().any(|e| e.what == returned));
        scene.must(&cadre(1), SubmitNeed { need: need_id(1) });
        scene.must(&officer, publish(1));
        let approved = NeedHappened::Approved {
            by: Department::CivilAffairs,
            level,
        };
        assert!(scene.need(1).history.iter().any(|e| e.what == approved));
        assert_eq!(scene.need(1).opinions[0].level, level);
    }
    for elsewhere in [
        "431100000000",
        "440000000000",
        "431202000000",
        "431230104000",
    ] {
        let mut scene = Scene::new();
        scene.must(&cadre(1), post(1));
        let officer = officer(elsewhere, Department::CivilAffairs);
        assert_eq!(
            scene.act(&officer, publish(1)),
            Err(Rejection::NotAllowed(Allowed::CountyBureau)),
            "{elsewhere}"
        );
    }
}

#[test]
fn a_department_has_one_voice_whichever_level_gives_it() {
    let mut scene = Scene::with(PublishRule::Both);
    scene.must(&cadre(1), post(1));
    scene.must(
        &officer("431200000000", Department::CivilAffairs),
        publish(1),
    );
    assert_eq!(scene.need(1).state.stage(), NeedStage::Submitted);
    assert_eq!(
        scene.act(&officer(COUNTY, Department::CivilAffairs), publish(1)),
        Err(Rejection::AlreadyApproved)
    );
    scene.must(
        &officer(COUNTY, Department::RuralRevitalization),
        publish(1),
    );
    assert_eq!(scene.need(1).state.stage(), NeedStage::Published);
}

#[test]
fn the_countys_own_opinion_is_written_as_it_always_was() {
    let mut scene = Scene::with(PublishRule::Both);
    scene.must(&cadre(1), post(1));
    scene.must(&officer(COUNTY, Department::CivilAffairs), publish(1));
    let written = serde_json::to_value(scene.need(1)).expect("JSON");
    assert_eq!(written["opinions"][0].get("level"), None);
    let read: domain::Need = serde_json::from_value(written).expect("reads");
    assert_eq!(&read, scene.need(1));
}

#[test]
fn where_both_departments_must_agree_one_is_not_enough() {
    let mut scene = Scene::with(PublishRule::Both);
    scene.must(&cadre(1), post(1));
    let civil = officer(COUNTY, Department::CivilAffairs);
    scene.must(&civil, publish(1));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Submitted);
    assert_eq!(
        scene.act(&civil, publish(1)),
        Err(Rejection::AlreadyApproved)
    );
    scene.must(
        &officer(COUNTY, Department::RuralRevitalization),
        publish(1),
    );
    assert_eq!(scene.need(1).state.stage(), NeedStage::Published);
}

#[test]
fn a_need_waits_since_it_was_submitted_whatever_happened_to_it_since() {
    let mut scene = Scene::with(PublishRule::Both);
    let waits_since = |scene: &Scene| {
        let need = Entity::from(scene.need(1).clone());
        match need.summary() {
            Summary::Need(need) => Some(need.facts.at),
            _ => None,
        }
    };
    scene.must(&cadre(1), post(1));
    scene.now = Millis(NOW.0 + 3_600_000);
    scene.must(&officer(COUNTY, Department::CivilAffairs), publish(1));
    assert_eq!(scene.need(1).updated_at, scene.now);
    assert_eq!(waits_since(&scene), Some(NOW));
    let rural = officer(COUNTY, Department::RuralRevitalization);
    scene.must(&rural, send_back("请写清楚装在哪一段"));
    scene.now = Millis(NOW.0 + 7_200_000);
    scene.must(&cadre(1), post(1));
    assert_eq!(waits_since(&scene), Some(scene.now), "a new round");
}

#[test]
fn a_returned_need_carries_words_and_starts_a_new_round() {
    let mut scene = Scene::with(PublishRule::Both);
    scene.must(&cadre(1), post(1));
    let (civil, rural) = (
        officer(COUNTY, Department::CivilAffairs),
        officer(COUNTY, Department::RuralRevitalization),
    );
    scene.must(&civil, publish(1));
    assert_eq!(
        scene.act(&rural, send_back("  ")),
        invalid(Field::Words, Problem::Missing)
    );
    scene.must(&rural, send_back("请写清楚装在哪一段"));
    assert_eq!(scene.need(1).state.stage(), NeedStage::Returned);
    scene.must(&cadre(1), post(1));
    assert!(
        scene.need(1).opinions.is_empty(),
        "the old approval was for the old text"
    );
}

#[test]
fn an_edit_never_goes_below_what_was_promised() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 18)]));
    let edit = |lamps, name: &str| {
        let mut content = content();
        content.items[0].quantity = lamps;
        content.items[0].name = name.to_owned();
        EditNeed {
            need: need_id(1),
            content,
        }
    };
    let refused = scene.act(&cadre(1), edit(17, "路灯"));
    assert!(matches!(
        refused,
        Err(Rejection::BelowPledged { pledged: 18, .. })
    ));
    assert!(scene.act(&cadre(1), edit(24, "太阳能灯")).is_err());
    scene.must(&cadre(1), edit(18, "路灯"));
    assert_eq!(scene.need(1).left(&scene.need(1).content.items[0]), 0);
}

#[test]
fn a_need_with_orders_is_not_withdrawn_behind_their_backs() {
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 1)]));
    let withdraw = WithdrawNeed {
        need: need_id(1),
        reason: WithdrawReason::NoLongerWanted,
    };
    assert_eq!(
        scene.act(&cadre(1), withdraw),
        Err(Rejection::HasOrders {
            orgs: vec!["第1协会".to_owned()]
        })
    );
}

#[test]
fn a_list_says_what_is_still_missing_once_something_is_taken() {
    let mut scene = Scene::published();
    let words = |scene: &Scene| scene.need(1).summary().texts.left;
    assert_eq!(words(&scene), "");
    scene.must(&member(1), take(1, 1, vec![line(1, 15)]));
    assert_eq!(words(&scene), "路灯 9 盏、电线 200 米");
    scene.must(&member(2), take(2, 1, vec![line(1, 9), line(2, 200)]));
    assert_eq!(words(&scene), "");
}
