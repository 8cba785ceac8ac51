//! What people type reaches a row only as it was read: every text of every command has a limit, and nothing hidden stays in it.

use crate::scene::{COUNTY, callable, code, officer};
use crate::scene::{NOW, applicant, org_code, profile};
use crate::scene::{Scene, cadre, content, line, member, need_id, order_id, post, take};
use crate::scene::{
    accept, decline, pick, pick_id, publish_supply, submit_supply, supply_content, supply_id,
};
use domain::commands::{
    AlsoNeed, ChangeSupply, ConfirmDelivery, DisputeDelivery, EditNeed, EndSupply, MarkDelivered,
    MergeNeeds, PauseSupply, ReleaseOrder, RemindOrder, ReportProgress, ResumeSupply, SaveNeed,
    SaveSupply, ScreenNeed, Screening, SetSettings, SubmitNeed, TakeDown, TellApart, UndoMerge,
    WithdrawNeed, WithdrawPick,
};
use domain::commands::{
    ApproveOrganization, ChangeOrganization, LeaveReview, LiftSuspension, RefuseOrganization,
    RegisterOrganization, StillInUse, SuspendOrganization,
};
use domain::needs::{ReturnReason, WithdrawReason};
use domain::orders::ReleaseReason;
use domain::organizations::RefuseReason;
use domain::rejection::{Field, Problem};
use domain::reviews::{Answer, UseQuestion};
use domain::{
    Actor, Command, Contact, Department, Entity, Fen, Key, Millis, ProgressId, Rejection, ReviewId,
    Revision, Unit,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// One example of each command that carries texts, all of them filled, who gives it and where.
fn examples() -> Vec<(Scene, Actor, Command)> {
    let words = || "请写清楚装在哪一段路".to_owned();
    let need = need_id(1);
    let order = order_id(1);
    let contact = Some(Contact {
        name: "杨秀英".to_owned(),
        phone: "19900000001".to_owned(),
    });
    let bureau = officer(COUNTY, Department::CivilAffairs);
    let submitted = || {
        let mut scene = Scene::new();
        scene.must(&cadre(1), post(1));
        scene
    };
    let taken = || {
        let mut scene = Scene::published();
        scene.must(&member(1), take(1, 1, vec![line(1, 18)]));
        scene
    };
    let delivered = || {
        let mut scene = taken();
        let note = String::new();
        scene.must(&member(1), MarkDelivered { order, note });
        scene
    };
    let screen = |opinion| ScreenNeed {
        need,
        opinion,
        seen: None,
    };
    let mut take = take(1, 1, vec![line(1, 18)]);
    take.contact = contact;
    let content = content();
    let edit = EditNeed {
        need,
        content: content.clone(),
    };
    let screened = screen(Screening::Return {
        reason: ReturnReason::Unclear,
        words: words(),
    });
    let remarked = screen(Screening::Publish { remark: words() });
    let released = ReleaseOrder {
        order,
        reason: ReleaseReason::CannotDeliver,
        words: words(),
    };
    let report = ReportProgress {
        order,
        progress: ProgressId::from_random([3; 16]),
        text: words(),
        cash: Fen(1),
        goods: Fen(2),
        persons: 3,
        visits: 4,
    };
    let withdraw = WithdrawNeed {
        need,
        reason: WithdrawReason::Mistake,
    };
    let saved = || {
        let mut scene = Scene::new();
        let content = crate::scene::content();
        scene.must(&cadre(1), SaveNeed { need, content });
        scene
    };
    let confirmed = || {
        let mut scene = delivered();
        let seen = None;
        scene.must(&cadre(1), ConfirmDelivery { order, seen });
        scene
    };
    let asked = || {
        let mut scene = confirmed();
        let Some(Entity::Order(order)) = scene.entities.get_mut(&Key::Order(order)) else {
            panic!("no order");
        };
        order.uses.push(UseQuestion {
            month: 6,
            asked_at: NOW,
            answered: None,
        });
        scene
    };
    let review = LeaveReview {
        review: ReviewId::from_random([5; 16]),
        order,
        answers: [Answer::Yes; 3],
        words: words(),
    };
    let still = StillInUse {
        order,
        month: 6,
        answer: Answer::Yes,
        words: words(),
    };
    let organization = org_code(7);
    let profile = || {
        let mut profile = profile("通道县鼓楼志愿者协会");
        profile.contact = Contact {
            name: "杨秀英".to_owned(),
            phone: "19900000001".to_owned(),
        };
        profile
    };
    let register = RegisterOrganization {
        organization,
        registered_in: code(COUNTY),
        profile: profile(),
    };
    let change = ChangeOrganization {
        organization: org_code(1),
        profile: profile(),
    };
    let registered = || {
        let mut scene = Scene::new();
        scene.must(&applicant(1), register.clone());
        scene
    };
    let seen_org = Revision::default();
    let refuse = RefuseOrganization {
        organization,
        reason: RefuseReason::Other,
        words: words(),
        seen: seen_org,
    };
    let approve = ApproveOrganization {
        organization,
        seen: seen_org,
    };
    let suspend = SuspendOrganization {
        organization: org_code(1),
        words: words(),
        until: None,
        seen: None,
    };
    let lift = LiftSuspension {
        organization: org_code(1),
        words: words(),
        seen: None,
    };
    let suspended = || {
        let mut scene = Scene::new();
        let civil = officer(COUNTY, Department::CivilAffairs);
        scene.must(&civil, suspend.clone());
        scene
    };
    let (supply, offer) = (supply_id(1), supply_content);
    let civil = || officer(COUNTY, Department::CivilAffairs);
    let screened_supply = || {
        let mut scene = Scene::new();
        scene.must(&member(1), submit_supply(1));
        scene
    };
    let paused = || {
        let mut scene = Scene::offered();
        scene.must(&member(1), PauseSupply { supply });
        scene
    };
    let picked = || {
        let mut scene = Scene::offered();
        scene.must(&cadre(1), pick(1, 1, 2));
        scene
    };
    let mut return_supply = publish_supply(1, 0);
    return_supply.opinion = Screening::Return {
        reason: ReturnReason::Unclear,
        words: words(),
    };
    let mut remark_supply = publish_supply(1, 0);
    remark_supply.opinion = Screening::Publish { remark: words() };
    let taken_down = TakeDown {
        need,
        reason: ReturnReason::OutOfScope,
        words: words(),
        seen: None,
    };
    let merge = MergeNeeds {
        from: need_id(2),
        into: need,
        seen_from: None,
        seen_into: None,
    };
    let two = || {
        let mut scene = Scene::published();
        scene.must(&cadre(1), post(2));
        scene
    };
    let merged = || {
        let mut scene = two();
        scene.must(&officer(COUNTY, Department::CivilAffairs), merge.clone());
        scene
    };
    let also = AlsoNeed { need, wanted: true };
    let apart = TellApart {
        need,
        other: need_id(2),
    };
    let undo = UndoMerge {
        need: need_id(2),
        seen: None,
        seen_into: None,
    };
    let note = words();
    let reason = words();
    let seen = None;
    let mut all: Vec<(Scene, Actor, Command)> = vec![
        (Scene::new(), cadre(1), SaveNeed { need, content }.into()),
        (Scene::new(), cadre(1), post(1).into()),
        (saved(), cadre(1), SubmitNeed { need }.into()),
        (submitted(), cadre(1), edit.into()),
        (submitted(), cadre(1), withdraw.into()),
        (submitted(), bureau.clone(), screened.into()),
        (submitted(), bureau.clone(), remarked.into()),
        (Scene::published(), cadre(2), also.into()),
        (two(), cadre(1), apart.into()),
        (two(), bureau.clone(), merge.clone().into()),
        (merged(), bureau.clone(), undo.into()),
        (taken(), bureau.clone(), taken_down.into()),
        (taken(), bureau, RemindOrder { order }.into()),
        (Scene::published(), member(1), take.into()),
        (taken(), member(1), released.into()),
        (taken(), member(1), report.into()),
        (taken(), member(1), MarkDelivered { order, note }.into()),
        (
            delivered(),
            cadre(1),
            ConfirmDelivery { order, seen }.into(),
        ),
        (
            delivered(),
            cadre(1),
            DisputeDelivery {
                order,
                reason,
                seen,
            }
            .into(),
        ),
        (Scene::new(), applicant(1), register.clone().into()),
        (Scene::new(), member(1), change.into()),
        (registered(), civil(), refuse.into()),
        (registered(), civil(), approve.into()),
        (Scene::new(), civil(), suspend.clone().into()),
        (suspended(), civil(), lift.into()),
        (confirmed(), member(1), review.into()),
        (asked(), cadre(1), still.into()),
        (
            Scene::new(),
            member(1),
            SaveSupply {
                supply,
                content: offer(),
            }
            .into(),
        ),
        (Scene::new(), member(1), submit_supply(1).into()),
        (screened_supply(), civil(), return_supply.into()),
        (screened_supply(), civil(), remark_supply.into()),
        (
            Scene::offered(),
            member(1),
            ChangeSupply {
                supply,
                content: offer(),
            }
            .into(),
        ),
        (Scene::offered(), member(1), PauseSupply { supply }.into()),
        (paused(), member(1), ResumeSupply { supply }.into()),
        (Scene::offered(), member(1), EndSupply { supply }.into()),
        (Scene::offered(), cadre(1), pick(1, 1, 2).into()),
        (picked(), member(1), accept(1, 1, 2).into()),
        (picked(), member(1), decline(1).into()),
        (picked(), cadre(1), WithdrawPick { pick: pick_id(1) }.into()),
        (
            Scene::new(),
            officer(COUNTY, Department::CivilAffairs),
            SetSettings {
                region: code(COUNTY),
                publish: None,
                numbers: BTreeMap::new(),
                help: Some(callable()),
                seen: Revision(0),
            }
            .into(),
        ),
    ];
    all.extend(crate::honest::examples());
    all
}

/// Where in the arguments texts stand that a person types: no identifiers, days, or names of variants.
fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let is_typed = !text.is_ascii() || at.ends_with("/phone");
            if is_typed {
                found.push(at.to_owned());
            }
        }
        Value::Array(all) => {
            for (n, value) in all.iter().enumerate() {
                texts(value, &format!("{at}/{n}"), found);
            }
        }
        Value::Object(all) => {
            for (name, value) in all {
                texts(value, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// Every text of every example with something else in its place: the decision, and what the rows hold then.
fn in_every_text(put: &str, see: impl Fn(&str, Result<(), Rejection>, &[String])) -> usize {
    let mut seen = 0;
    for (scene, actor, command) in examples() {
        let args: Value = serde_json::from_str(&command.args().expect("json")).expect("json");
        let mut places = Vec::new();
        texts(&args, "", &mut places);
        for place in places {
            let mut args = args.clone();
            *args.pointer_mut(&place).expect("a text") = Value::String(put.to_owned());
            let command =
                Command::read(command.name(), Command::VERSION, &args.to_string()).expect("read");
            let mut scene = Scene {
                entities: scene.entities.clone(),
                now: Millis(scene.now.0 + 60_000),
            };
            let decided = scene.act(&actor, command.clone());
            let rows: Vec<String> = scene
                .entities
                .values()
                .map(|e: &Entity| e.to_json().expect("json"))
                .collect();
            see(&format!("{}{place}", command.name()), decided, &rows);
            seen += 1;
        }
    }
    seen
}

#[test]
fn the_examples_are_all_commands_and_all_of_them_are_taken() {
    let mut named: Vec<&str> = Vec::new();
    for (mut scene, actor, command) in examples() {
        named.push(command.name());
        scene.must(&actor, command);
    }
    for name in Command::NAMES {
        assert!(named.contains(name), "{name} has no example");
    }
}

#[test]
fn no_text_of_any_command_is_longer_than_its_limit() {
    for (what, text) in [
        ("370,000 spaces", " ".repeat(370_000)),
        ("400 kB", "9".repeat(400_000)),
        (
            "a word and 370,000 spaces",
            format!("路灯缺了{}", " ".repeat(370_000)),
        ),
        ("one more than any limit", "灯".repeat(501)),
        (
            "100,000 invisible ones",
            format!("灯光不亮{}", "\u{200b}".repeat(100_000)),
        ),
    ] {
        let seen = in_every_text(&text, |place, decided, _| {
            let problem = match &decided {
                Err(Rejection::Invalid { problem, .. }) => *problem,
                other => panic!("{what} in {place}: {other:?}"),
            };
            assert!(
                matches!(problem, Problem::TooLong { .. }),
                "{what} in {place}"
            );
        });
        assert!(seen >= 47, "{seen} texts");
    }
}

#[test]
fn nothing_that_nobody_sees_stays_in_a_row() {
    let hidden = [
        '\0', '\u{7}', '\u{7f}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{ad}',
    ];
    for c in hidden {
        in_every_text(
            &format!("{c}路灯{c}坏了\u{3000} {c}好久了{c}"),
            |place, decided, rows| {
                let shown = |row: &String| {
                    let value: Value = serde_json::from_str(row).expect("json");
                    value.to_string()
                };
                for row in rows.iter().map(shown) {
                    let escaped = serde_json::to_string(&c.to_string()).expect("json");
                    let escaped = escaped.trim_matches('"');
                    assert!(!row.contains(c) && !row.contains(escaped), "{place}: {c:?}");
                }
                // Only a phone number cannot be made of it.
                let is_phone = place.ends_with("/phone") && !place.starts_with("SaveNeed");
                assert_eq!(decided.is_err(), is_phone, "{place}: {decided:?}");
            },
        );
    }
}

#[test]
fn a_blank_is_missing_wherever_something_must_stand() {
    let may_be_empty = [
        "/details",
        "/remark",
        "/note",
        "SaveNeed",
        "AskHandOver/words",
        "CloseNeed/words",
        "LiftSuspension",
        "LeaveReview",
        "StillInUse",
        "SaveSupply",
        "/conditions",
        "/team",
        "/cases",
        "PickSupply/words",
    ];
    for blank in [
        "",
        "   ",
        "\n\u{3000}\t",
        "\u{200b}\u{feff}",
        "\u{3164}\u{2800}",
        "\0",
    ] {
        in_every_text(blank, |place, decided, _| {
            let optional = may_be_empty.iter().any(|o| place.contains(o));
            let titles = ["SaveNeed/content/title", "SaveSupply/content/title"];
            if optional && !titles.iter().any(|title| place.ends_with(title)) {
                assert_eq!(decided, Ok(()), "{blank:?} in {place}");
            } else {
                let missing = matches!(
                    decided,
                    Err(Rejection::Invalid {
                        problem: Problem::Missing | Problem::NoPhone,
                        ..
                    })
                );
                assert!(missing, "{blank:?} in {place}: {decided:?}");
            }
        });
    }
}

#[test]
fn a_title_is_one_line_and_a_phone_number_is_written_one_way() {
    let mut scene = Scene::new();
    let mut wish = post(1);
    wish.content.title = "  通组路\n缺路灯\u{202e} 18 盏 ".to_owned();
    wish.content.details = "一\r\n\r\n\r\n\r\n二\u{200b}".to_owned();
    wish.content.contact = Some(Contact {
        name: "买买提•艾力".to_owned(),
        phone: "\u{202d}+86 138-0000-0001\u{202c}".to_owned(),
    });
    scene.must(&cadre(1), wish);
    let content = &scene.need(1).content;
    assert_eq!(content.title, "通组路 缺路灯 18 盏");
    assert_eq!(content.details, "一\n\n二");
    let contact = content.contact.as_ref().expect("a contact");
    assert_eq!(
        (contact.name.as_str(), contact.phone.as_str()),
        ("买买提·艾力", "13800000001")
    );
    assert_eq!(contact.dialled(), "13800000001");
}

#[test]
fn a_number_that_no_telephone_has_is_refused_with_the_way_out() {
    for (phone, problem) in [
        ("1380000000", Problem::MobileLength { found: 10 }),
        ("13800000001/13900000002", Problem::SeveralPhones),
        ("没有", Problem::NotAPhone),
    ] {
        let mut wish = post(1);
        if let Some(contact) = &mut wish.content.contact {
            phone.clone_into(&mut contact.phone);
        }
        let refused = Scene::new().act(&cadre(1), wish);
        let field = Field::Contact;
        assert_eq!(
            refused,
            Err(Rejection::Invalid { field, problem }),
            "{phone}"
        );
    }
}

#[test]
fn money_under_another_name_is_not_counted_in_pieces() {
    for unit in ["块", "元", "万元", "分", "f\u{200b}en", "￥"] {
        let mut wish = post(1);
        wish.content.items[0].unit = Unit::Of(unit.to_owned());
        let refused = Scene::new().act(&cadre(1), wish);
        let invalid = Rejection::Invalid {
            field: Field::Items,
            problem: Problem::MoneyUnit,
        };
        assert_eq!(refused, Err(invalid), "{unit}");
    }
    // A need that has such a unit from before may still be changed.
    let mut scene = Scene::published();
    let Some(Entity::Need(need)) = scene
        .entities
        .values_mut()
        .find(|e| matches!(e, Entity::Need(_)))
    else {
        panic!("no need");
    };
    need.content.items[0].unit = Unit::Of("块".to_owned());
    let mut content = need.content.clone();
    content.items[0].quantity += 1;
    let need = need_id(1);
    scene.must(&cadre(1), EditNeed { need, content });
}

#[test]
fn a_sum_of_persons_is_bounded() {
    let report = |n: u8, persons, visits| ReportProgress {
        order: order_id(1),
        progress: ProgressId::from_random([n; 16]),
        text: "做了一半".to_owned(),
        cash: Fen(0),
        goods: Fen(0),
        persons,
        visits,
    };
    let mut scene = Scene::published();
    scene.must(&member(1), take(1, 1, vec![line(1, 18)]));
    for (persons, visits) in [(u32::MAX, 0), (0, u32::MAX), (3_000_001, 0)] {
        assert!(scene.act(&member(1), report(1, persons, visits)).is_err());
    }
    scene.must(&member(1), report(1, 2_000_000, 9));
    assert_eq!(
        scene.act(&member(1), report(2, 1_000_001, 0)),
        Err(Rejection::Invalid {
            field: Field::Persons,
            problem: Problem::TooLarge { at_most: 1_000_000 },
        })
    );
    let mut wish = post(2);
    wish.content.persons = 3_000_001;
    assert!(Scene::new().act(&cadre(1), wish).is_err());
}
