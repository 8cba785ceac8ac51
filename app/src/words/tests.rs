//! Tests of the words.

use super::*;
use domain::commands::{SaveNeed, TakeOrder};
use domain::needs::{Pledge, PledgeStage, ReturnReason};
use domain::{Help, ItemNo, NeedContent, NeedId, NeedItem, OrderId, OrderLine, Place, Topic};

fn at(text: &str, hour: i64, minute: i64) -> Millis {
    let day: Day = text.parse().unwrap_or_default();
    Millis(i64::from(day.0) * 86_400_000 + (hour - 8) * 3_600_000 + minute * 60_000)
}

fn now() -> Millis {
    at("2026-11-24", 10, 42)
}

#[test]
fn days_and_times_are_said_as_people_say_them() {
    let today = now().day();
    let this_year = "2026-11-21".parse().unwrap_or_default();
    let next_year = "2027-01-03".parse().unwrap_or_default();
    assert_eq!(day(this_year, today), "11 月 21 日");
    assert_eq!(day(next_year, today), "2027 年 1 月 3 日");
    assert_eq!(moment(at("2026-11-24", 9, 5), now()), "今天 9:05");
    assert_eq!(moment(at("2026-11-23", 18, 20), now()), "昨天 18:20");
    assert_eq!(moment(at("2026-11-02", 8, 0), now()), "11 月 2 日 8:00");
    let cases = [
        (at("2026-11-24", 10, 42), "刚刚"),
        (at("2026-11-24", 10, 30), "12 分钟前"),
        (at("2026-11-24", 7, 0), "3 小时前"),
        (at("2026-11-23", 23, 50), "昨天"),
        (at("2026-11-21", 9, 0), "3 天前"),
        (at("2026-09-02", 9, 0), "9 月 2 日"),
    ];
    for (then, words) in cases {
        assert_eq!(ago(then, now()), words);
    }
    assert_eq!(time_left(today.plus(9), today), "剩 9 天");
    assert_eq!(time_left(today, today), "今天截止");
    assert_eq!(time_left(today.plus(-1), today), "已过截止日");
    assert_eq!(bytes(18.0 * 1024.0 * 1024.0), "18 MB");
    assert_eq!(bytes(410.0 * 1024.0), "410 KB");
    assert_eq!(short("村小图书角缺书和书架", 6), "村小图书角…");
}

#[test]
fn the_line_under_the_title_never_lies() {
    let fine = Status {
        last_contact: Some(now()),
        complete: true,
        ..Status::default()
    };
    let waiting = Status {
        waiting: 2,
        ..fine.clone()
    };
    let held = |held| Status {
        held,
        ..waiting.clone()
    };
    let failing = |error: RemoteError, status: &Status| Status {
        last_error: Some(SyncError::Remote(error)),
        ..status.clone()
    };
    let unreachable = || RemoteError::Unreachable(String::new());
    let with = Device {
        network: true,
        failed: false,
        narrow: false,
        now: now(),
    };
    let without = Device {
        network: false,
        ..with
    };
    let failed = Device {
        failed: true,
        ..with
    };
    let narrow = Device {
        narrow: true,
        ..without
    };
    let syncing = |status: &Status| Status {
        syncing: true,
        ..status.clone()
    };
    let old = Status {
        last_contact: Some(at("2026-11-23", 18, 20)),
        ..fine.clone()
    };
    let cases: Vec<(Status, Device, &str, &str)> = vec![
        (fine.clone(), with, "on", "刚刚同步"),
        // A look every minute is nothing to show.
        (syncing(&fine), with, "on", "刚刚同步"),
        (old.clone(), with, "off", "上次联系县里：昨天 18:20"),
        (fine.clone(), without, "off", "没有网络"),
        (
            waiting.clone(),
            without,
            "off",
            "没有网络 · 2 条保存在本机，有网后自动发送",
        ),
        (waiting.clone(), narrow, "off", "没有网络 · 2 条存在本机"),
        (syncing(&waiting), with, "busy", "正在发送 2 条…"),
        // What can still be recalled is not being sent.
        (syncing(&held(2)), with, "busy", "2 条几秒后发送…"),
        (held(2), with, "busy", "2 条几秒后发送…"),
        (syncing(&held(1)), with, "busy", "正在发送 1 条…"),
        (waiting.clone(), with, "busy", "2 条等待发送…"),
        (syncing(&Status::default()), with, "busy", "正在取数据…"),
        (Status::default(), with, "off", "还没有联系过县里"),
        (
            Status {
                received: 320,
                ..syncing(&Status::default())
            },
            with,
            "busy",
            "正在下载，已下载 320 条…",
        ),
        (
            Status {
                ahead_ms: 3 * 3_600_000 - 15_000,
                ..fine.clone()
            },
            with,
            "on",
            "手机时间比县里慢 3 小时",
        ),
        (
            failing(RemoteError::OtherUser, &waiting),
            with,
            "bad",
            "这台设备现在登录的是别人，点这里换回来",
        ),
        (
            failing(unreachable(), &old),
            failed,
            "off",
            "连不上县里 · 上次 昨天 18:20",
        ),
        (
            failing(unreachable(), &waiting),
            failed,
            "off",
            "连不上县里 · 2 条存在本机，会自动再发",
        ),
        // Trying again does not look better than it is.
        (
            syncing(&failing(unreachable(), &waiting)),
            failed,
            "off",
            "连不上县里 · 2 条存在本机，会自动再发",
        ),
        (
            failing(RemoteError::SignIn, &waiting),
            failed,
            "bad",
            "登录已过期，请重新登录",
        ),
        (
            failing(RemoteError::Update, &fine),
            failed,
            "bad",
            "乡单要更新了才能继续同步",
        ),
        (
            failing(RemoteError::Busy { retry_after_ms: 1 }, &fine),
            failed,
            "off",
            "县里正忙，稍后自动再试",
        ),
    ];
    for (status, device, state, words) in cases {
        let line = sync_line(&status, device);
        assert_eq!((line.state, line.words.as_str()), (state, words));
    }
}

#[test]
fn a_wrong_clock_is_said_in_words_and_a_small_difference_is_not() {
    const MINUTE: i64 = 60_000;
    for (ahead, words) in [
        (0, None),
        (4 * MINUTE + 59_000, None),
        (-4 * MINUTE, None),
        (5 * MINUTE, Some("手机时间比县里慢 5 分钟")),
        (-59 * MINUTE, Some("手机时间比县里快 59 分钟")),
        (179 * MINUTE, Some("手机时间比县里慢 3 小时")),
        (-24 * 60 * MINUTE, Some("手机时间比县里快 24 小时")),
        (400 * 24 * 60 * MINUTE, Some("手机时间比县里慢 400 天")),
    ] {
        assert_eq!(wrong_clock(ahead).as_deref(), words, "{ahead}");
    }
}

#[test]
fn a_file_that_was_read_in_or_refused_says_what_became_of_it() {
    let some = ReadIn {
        unsent: 3,
        refused: 0,
        known: 2,
    };
    let said = "读回来了：3 条没发出的，会接着发；2 条已经有了，没有重复。";
    assert_eq!(read_in(&Ok(some)), said);
    let known = ReadIn {
        known: 3,
        ..ReadIn::default()
    };
    assert!(read_in(&Ok(known)).contains("都有了"));
    for error in [
        UnsentFileError::NotOurs,
        UnsentFileError::Damaged,
        UnsentFileError::Newer,
        UnsentFileError::OtherUser,
    ] {
        let said = read_in(&Err(error.into()));
        assert!(said.starts_with("没有读") && said.contains('请'), "{said}");
    }
}

fn lamps(items: &[(&str, u64, &str)]) -> Need {
    let village = "431230104201".parse().unwrap_or_else(|_| panic!("a code"));
    let name = |s: &str| s.to_owned();
    Need {
        id: NeedId::from_random([1; 16]),
        place: Place {
            village,
            city_name: name("怀化市"),
            county_name: name("通道侗族自治县"),
            town_name: name("坪坦乡"),
            village_name: name("木脚村"),
        },
        content: NeedContent {
            title: name("通组路夜间照明"),
            details: String::new(),
            topic: Topic::Environment,
            help: Help::Relief,
            items: items
                .iter()
                .zip(1..)
                .map(|((item, quantity, unit), no)| NeedItem {
                    no: ItemNo(no),
                    name: name(item),
                    quantity: *quantity,
                    unit: Unit::Of(name(unit)),
                })
                .collect(),
            deadline: now().day().plus(26),
            persons: 160,
            households: None,
            budget: None,
            urgent: false,
            contact: None,
        },
        revision: domain::Revision::default(),
        rewritten: Vec::new(),
        state: NeedState::Published { at: now() },
        opinions: Vec::new(),
        pledges: Vec::new(),
        waiting: Vec::new(),
        offer: None,
        asked: Vec::new(),
        terms: domain::terms::NeedTerms::default(),
        also: Vec::new(),
        told_apart: Vec::new(),
        merged: Vec::new(),
        history: Vec::new(),
        author: domain::UserId::from_random([2; 16]),
        created_at: now(),
        updated_at: now(),
    }
}

fn pledged(mut need: Need, org: &str, lines: &[(u16, u64)], stage: PledgeStage) -> Need {
    need.pledges.push(Pledge {
        order: OrderId::from_random([need.pledges.len() as u8; 16]),
        org: domain::CreditCode::parse("91350100M000100Y43").unwrap_or_else(|e| panic!("{e}")),
        org_name: org.to_owned(),
        at: now(),
        lines: lines
            .iter()
            .map(|(no, quantity)| OrderLine {
                item: ItemNo(*no),
                quantity: *quantity,
            })
            .collect(),
        stage,
        hand_overs: Vec::new(),
    });
    need
}

#[test]
fn a_card_says_who_has_to_do_what() {
    let plain = || lamps(&[("路灯", 24, "盏")]);
    let is = |state: NeedState| Need { state, ..plain() };
    let words = "请写清规格".to_owned();
    let by = Department::CivilAffairs;
    let reason = ReturnReason::Unclear;
    let fund = "湖南光明公益基金会";
    let active = PledgeStage::Active;
    let returned = |words: String| NeedState::Returned {
        at: now(),
        by,
        reason,
        words,
    };
    let mut overdue = plain();
    overdue.content.deadline = now().day().plus(-1);
    let two = lamps(&[("血压计", 4, "台"), ("血糖仪", 4, "台")]);
    let cases = [
        (is(NeedState::Draft), "草稿", "先存着，还没有发给县里审核"),
        (
            is(NeedState::Submitted { at: now() }),
            "待审核",
            "县里已收到，等待审核",
        ),
        (is(returned(words)), "退回修改", "退回修改：请写清规格"),
        (
            is(returned(String::new())),
            "退回修改",
            "退回修改：写得不够清楚",
        ),
        (plain(), "已发布", "已发布，还没有人接"),
        (
            overdue,
            "已发布",
            "还没有人接，截止日已经过了：可以改期，或者撤回",
        ),
        (
            pledged(plain(), fund, &[(1, 18)], active),
            "已接单",
            "湖南光明公益基金会接了 18 盏 · 还差 6 盏",
        ),
        (
            pledged(plain(), fund, &[(1, 24)], active),
            "已接单",
            "湖南光明公益基金会接了 24 盏，都有人接了",
        ),
        (
            pledged(two, fund, &[(1, 4)], active),
            "已接单",
            "湖南光明公益基金会接了 血压计 4 台 · 还差 血糖仪 4 台",
        ),
        (
            pledged(plain(), fund, &[(1, 24)], PledgeStage::Delivered),
            "请你确认",
            "对方说已完成，请看看是不是真的做到了",
        ),
    ];
    let today = now().day();
    for (need, pill, sentence) in cases {
        assert_eq!(need_sentence(&need, None, today), sentence);
        assert_eq!(need_pill(&need, true, false).words, pill);
    }
}

#[test]
fn what_is_only_on_this_phone_is_said_to_be_there() {
    let need = lamps(&[("路灯", 24, "盏")]);
    let save = Command::from(SaveNeed {
        need: need.id,
        content: need.content.clone(),
    });
    let take = Command::from(TakeOrder {
        order: OrderId::from_random([3; 16]),
        need: need.id,
        lines: Vec::new(),
        due: now().day(),
        contact: None,
        seen: None,
    });
    let today = now().day();
    assert_eq!(
        need_sentence(&need, Some(&save), today),
        "保存在这部手机上，还没有发到县里"
    );
    assert_eq!(
        need_sentence(&need, Some(&take), today),
        "等待确认，还不是你的"
    );
    assert_eq!(need_pill(&need, true, true).words, "等待发送");
    assert_eq!(act(&save, None), "存草稿：通组路夜间照明");
    assert_eq!(act(&take, Some("通组路夜间照明")), "接单：通组路夜间照明");
}

#[test]
fn an_officer_is_not_told_of_the_county_as_of_somebody_else() {
    let trouble = trouble(
        &SyncError::Remote(RemoteError::Busy { retry_after_ms: 1 }),
        true,
    );
    assert_eq!(to(false, trouble.to_owned()), trouble);
    assert_eq!(
        to(true, trouble.to_owned()),
        "服务器正忙，过一会儿会自动再试。"
    );
}

#[test]
fn a_bureau_reads_how_hastily_an_organization_takes_and_gives_back() {
    let today = now().day();
    let pace = OrdersOfDay {
        day: today,
        taken: 9,
        given_back: 8,
    };
    assert_eq!(
        super::pace(pace, today),
        "这个组织今天接了 9 单，退了 8 单，请留意。"
    );
    let earlier = super::pace(pace, today.plus(1));
    assert!(earlier.contains("这一天接了 9 单"), "{earlier}");
}
