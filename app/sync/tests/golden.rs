//! The golden files of `docs/SYNC.md`: every message, command and rejection as it stands on the wire. A field that goes or
//! changes its meaning breaks clients in the field. `server/tests/it/conversation.rs` sends them all for real. `XIANGDAN_BLESS=1 cargo test -p sync --test golden` writes them.
#![expect(clippy::expect_used, reason = "tests report by panicking")]

use domain::commands::{
    AlsoNeed, AnswerDispatch, AnswerHandOver, AnswerOffer, AnswerPick, AskAgain, AskHandOver,
    ChangeSupply, CloseNeed, ConfirmDelivery, DispatchAnswer, DispatchNeed, DisputeDelivery,
    EditNeed, EndSupply, FreeOrder, JoinWaiting, LeaveWaiting, MarkDelivered, MergeNeeds, MoveDue,
    OfferAnswer, PauseSupply, PickAnswer, PickSupply, PostNeed, ReleaseOrder, RemindOrder,
    RenewOrder, ReportProgress, ResumeSupply, SaveNeed, SaveSupply, ScreenNeed, ScreenSupply,
    Screening, SetSettings, SubmitNeed, SubmitSupply, TakeDown, TakeOrder, TellApart, UndoMerge,
    WithdrawDispatch, WithdrawNeed, WithdrawPick,
};
use domain::commands::{
    ApproveOrganization, ChangeOrganization, LeaveReview, LiftSuspension, RefuseOrganization,
    RegisterOrganization, StillInUse, SuspendOrganization,
};
use domain::dispatches::DispatchStage;
use domain::needs::{CloseReason, NeedStage, ReturnReason, WithdrawReason};
use domain::orders::keeping::HandOverReason;
use domain::orders::{OrderStage, ReleaseReason};
use domain::organizations::{OrgProfile, OrgStage, Rating, RefuseReason};
use domain::picks::PickStage;
use domain::rejection::{Allowed, Field, Holder, Limit, Problem, Taken, WantedItem};
use domain::reviews::Answer;
use domain::revision::{Amount, Changed};
use domain::settings::Setting;
use domain::supplies::{Action, ServedRegion, Source, SupplyStage};
use domain::{
    Command, Contact, EntityKind, Feed, Fen, Help, ItemNo, Millis, NeedContent, NeedItem,
    OrderLine, PublishRule, Rejection, Revision, SupplyContent, Topic, Unit, Visibility,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use sync::wire::{
    Cursor, ExchangeAnswer, ExchangeRequest, FeedPage, Json, Mutation, MutationResult, Refused,
    Row, Stop, VERSION, Verdict,
};

const NEED: &str = "3f0c1d5e-8a4b-4c6d-9e2f-7a1b3c5d7e90";
const ORDER: &str = "9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
/// A need that is withdrawn and an order that is given back.
const OTHER_NEED: &str = "4a1d2e6f-9b5c-4d7e-8f30-8b2c4d6e8fa1";
const OTHER_ORDER: &str = "bdac9e8f-7061-4c5d-8e4f-3021bcad9e8f";
/// A need that is dispatched, waited for and closed, and one that expires; orders on the first.
const NEED_A: &str = "7d4e5192-ce8f-4a01-9263-be5f7091b2c3";
const NEED_B: &str = "7d4e5192-ce8f-4a01-9263-be5f7091b2c4";
const ORDER_A: &str = "7d4e5192-ce8f-4a01-9263-be5f7091b2d1";
const ORDER_B: &str = "7d4e5192-ce8f-4a01-9263-be5f7091b2d2";
const DISPATCH_A: &str = "7d4e5192-ce8f-4a01-9263-be5f7091b2e1";
const DISPATCH_B: &str = "7d4e5192-ce8f-4a01-9263-be5f7091b2e2";
const SUPPLY: &str = "1e0f9a8b-7c6d-4e5f-8a3b-8c2d1e0f9a8b";
const PICK: &str = "2d1e0f9a-8b7c-4d6e-9f4a-3b8c2d1e0f9a";
/// A supply that is ended and a pick that is taken back.
const OTHER_SUPPLY: &str = "5d8e4f30-21bc-4ad9-8e8f-7061c5d8e4f3";
const OTHER_PICK: &str = "6e5f4a3b-8c2d-4e0f-9a8b-7c6d5e4f4a3b";
/// A need into which another one is merged, and that one.
const KEPT_NEED: &str = "6c3f4081-bd7e-4f90-8152-ad4e6f80a1c3";
const MERGED_NEED: &str = "7d405192-ce8f-4a01-9263-be5f70917bd4";
/// An organization that registers itself, and why it is suspended.
const REGISTERED: &str = "51431230500000007J";
const SUSPENDED: &str = "年检没有通过，补上后恢复。";
/// An order that its village has confirmed.
const CONFIRMED_ORDER: &str = "c3d4e5f6-0718-4293-8a4b-5c6d7e8f9021";
const EPOCH: &str = "9e3779b97f4a7c15";
const AT: Millis = Millis(1_795_482_000_000);

fn id<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().expect("an identifier")
}

fn same<T: Serialize>(name: &str, value: &T) {
    let text = serde_json::to_string_pretty(value).expect("json") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/golden/{name}.json"));
    if std::env::var_os("XIANGDAN_BLESS").is_some() {
        std::fs::write(&file, &text).expect("written");
    }
    let golden = std::fs::read_to_string(&file).expect("a golden file");
    assert_eq!(golden, text, "{name}.json");
}

fn content() -> NeedContent {
    NeedContent {
        title: "通组路夜间照明路灯".to_owned(),
        details: "村口到小学一公里没有路灯，学生晚自习回家看不见路。".to_owned(),
        topic: Topic::Environment,
        help: Help::Relief,
        items: vec![
            NeedItem {
                no: ItemNo(1),
                name: "路灯".to_owned(),
                quantity: 24,
                unit: Unit::Of("盏".to_owned()),
            },
            NeedItem {
                no: ItemNo(2),
                name: "安装费".to_owned(),
                quantity: 320_000,
                unit: Unit::Fen,
            },
        ],
        deadline: id("2026-12-31"),
        persons: 160,
        households: Some(42),
        budget: Some(Fen(2_400_000)),
        urgent: true,
        contact: Some(contact()),
    }
}

fn profile(name: &str) -> OrgProfile {
    OrgProfile {
        name: name.to_owned(),
        scope: "为困难群众提供医疗、照料方面的志愿服务。".to_owned(),
        directions: vec![Topic::Health, Topic::Care],
        serves: vec![id("431230000000")],
        whole: None,
        rating: Some(Rating {
            grade: 3,
            until: id("2028-05-31"),
        }),
        contact: contact(),
    }
}

fn contact() -> Contact {
    Contact {
        name: "杨秀英".to_owned(),
        phone: "19900000001".to_owned(),
    }
}

fn lamps(quantity: u64) -> Vec<OrderLine> {
    vec![OrderLine {
        item: ItemNo(1),
        quantity,
    }]
}

fn offer() -> SupplyContent {
    SupplyContent {
        title: "乡村儿童阅读小屋".to_owned(),
        topic: Topic::Education,
        action: Action::Huts,
        help: Help::Both,
        offer: "送 800 册图书和书架，教会两位管理员，再跟半年。".to_owned(),
        per_place: Amount {
            name: "图书".to_owned(),
            quantity: 800,
            unit: Unit::Of("册".to_owned()),
        },
        places: 5,
        regions: vec![ServedRegion {
            code: id("431230000000"),
            name: "通道侗族自治县".to_owned(),
        }],
        conditions: "一间 15 平方米以上通电的屋子。".to_owned(),
        cost: Some(Fen(1_200_000)),
        source: Source::Foundation,
        from: id("2026-11-24"),
        to: id("2027-05-31"),
        team: "两位专职，六位志愿者。".to_owned(),
        cases: "在鹤城区做成过 3 间。".to_owned(),
    }
}

fn commands() -> Vec<Command> {
    let (need, order) = (id(NEED), id(ORDER));
    let supply = id(SUPPLY);
    vec![
        SaveNeed {
            need,
            content: content(),
        }
        .into(),
        PostNeed {
            need,
            content: content(),
        }
        .into(),
        SubmitNeed { need }.into(),
        EditNeed {
            need,
            content: content(),
        }
        .into(),
        WithdrawNeed {
            need: id(OTHER_NEED),
            reason: WithdrawReason::DoneByOthers,
        }
        .into(),
        ScreenNeed {
            need,
            opinion: Screening::Return {
                reason: ReturnReason::Unclear,
                words: "请写清楚装在哪一段路。".to_owned(),
            },
            seen: Some(Revision(0)),
        }
        .into(),
        TakeOrder {
            order,
            need,
            lines: vec![OrderLine {
                item: ItemNo(1),
                quantity: 18,
            }],
            due: id("2026-12-10"),
            contact: Some(contact()),
            seen: Some(Revision(0)),
        }
        .into(),
        ReleaseOrder {
            order: id(OTHER_ORDER),
            reason: ReleaseReason::CannotDeliver,
            words: "经费没有批下来。".to_owned(),
        }
        .into(),
        ReportProgress {
            order,
            progress: id("0d9c8b7a-6f5e-4d3c-8b2a-190817263544"),
            text: "装好 6 盏。".to_owned(),
            cash: Fen(320_000),
            goods: Fen(50_000),
            persons: 4,
            visits: 9,
        }
        .into(),
        MarkDelivered {
            order,
            note: "18 盏全部装好，晚上都亮。".to_owned(),
        }
        .into(),
        ConfirmDelivery {
            order,
            seen: Some(Revision(2)),
        }
        .into(),
        DisputeDelivery {
            order,
            reason: "还有两盏不亮。".to_owned(),
            seen: Some(Revision(1)),
        }
        .into(),
        RenewOrder {
            order: id(ORDER_A),
            words: "灯杆到了，下周开工。".to_owned(),
        }
        .into(),
        MoveDue {
            order: id(ORDER_A),
            due: id("2027-04-15"),
            words: "进山的路断了，要等修通。".to_owned(),
        }
        .into(),
        AskHandOver {
            need: id(NEED_A),
            order: id(ORDER_A),
            reason: HandOverReason::Urgent,
            words: "学生晚上等着用。".to_owned(),
            contact: None,
        }
        .into(),
        AnswerHandOver {
            order: id(ORDER_A),
            words: "材料已经买好，还是我们来做。".to_owned(),
        }
        .into(),
        FreeOrder {
            order: id(ORDER_A),
            words: "打了三次电话没有人接。".to_owned(),
        }
        .into(),
        CloseNeed {
            need: id(NEED_A),
            reason: CloseReason::DoneByOthers,
            words: "县里的项目装好了。".to_owned(),
            seen: Some(Revision(0)),
        }
        .into(),
        AskAgain {
            need: id(NEED_B),
            deadline: id("2027-09-30"),
        }
        .into(),
        JoinWaiting {
            need: id(NEED_A),
            lines: lamps(6),
            seen: Some(Revision(0)),
        }
        .into(),
        LeaveWaiting { need: id(NEED_A) }.into(),
        AnswerOffer {
            need: id(NEED_A),
            answer: OfferAnswer::Take {
                order: id(ORDER_B),
                lines: lamps(6),
                due: id("2027-03-31"),
                contact: contact(),
                seen: Some(Revision(0)),
            },
        }
        .into(),
        DispatchNeed {
            dispatch: id(DISPATCH_A),
            need: id(NEED_A),
            org: id("51430000500000001T"),
            lines: lamps(12),
            note: "你们去年在邻村装过，请看看能不能接。".to_owned(),
            answer_by: id("2027-01-12"),
            seen: Some(Revision(0)),
        }
        .into(),
        AnswerDispatch {
            dispatch: id(DISPATCH_A),
            answer: DispatchAnswer::Accept {
                order: id(ORDER_A),
                lines: lamps(12),
                due: id("2027-03-31"),
                contact: contact(),
                seen: Some(Revision(0)),
            },
        }
        .into(),
        WithdrawDispatch {
            dispatch: id(DISPATCH_B),
        }
        .into(),
        SetSettings {
            region: id("431230000000"),
            publish: Some(PublishRule::Both),
            numbers: BTreeMap::from([(Setting::DailyOrders, 15), (Setting::LapseAfter, 90)]),
            help: Some(contact()),
            seen: Revision(0),
        }
        .into(),
        SaveSupply {
            supply,
            content: offer(),
        }
        .into(),
        SubmitSupply {
            supply,
            content: offer(),
        }
        .into(),
        ScreenSupply {
            supply,
            opinion: Screening::Publish {
                remark: "可以。".to_owned(),
            },
            seen: Revision(0),
        }
        .into(),
        ChangeSupply {
            supply,
            content: offer(),
        }
        .into(),
        PauseSupply { supply }.into(),
        ResumeSupply { supply }.into(),
        EndSupply {
            supply: id(OTHER_SUPPLY),
        }
        .into(),
        PickSupply {
            pick: id(PICK),
            supply,
            places: 3,
            words: "村小旁有间空屋，18 平方米，通了电。".to_owned(),
            contact: contact(),
            seen: Revision(0),
        }
        .into(),
        AnswerPick {
            pick: id(PICK),
            answer: PickAnswer::Accept {
                order: id("7c6d5e4f-3021-4bca-9d9e-8f7061c5d8e4"),
                places: 2,
                due: id("2026-12-20"),
                contact: contact(),
            },
            seen: Revision(0),
        }
        .into(),
        WithdrawPick {
            pick: id(OTHER_PICK),
        }
        .into(),
        AlsoNeed {
            need: id(KEPT_NEED),
            wanted: true,
        }
        .into(),
        TellApart {
            need: id(KEPT_NEED),
            other: id(MERGED_NEED),
        }
        .into(),
        MergeNeeds {
            from: id(MERGED_NEED),
            into: id(KEPT_NEED),
            seen_from: Some(Revision(0)),
            seen_into: Some(Revision(1)),
        }
        .into(),
        UndoMerge {
            need: id(MERGED_NEED),
            seen: Some(Revision(0)),
            seen_into: Some(Revision(1)),
        }
        .into(),
        TakeDown {
            need: id(KEPT_NEED),
            reason: ReturnReason::OutOfScope,
            words: "县里已有项目资金。".to_owned(),
            seen: Some(Revision(1)),
        }
        .into(),
        RemindOrder {
            order: id("ad9c8b7e-6f50-4b4c-9d3e-2f10ab9c8d7e"),
        }
        .into(),
        RegisterOrganization {
            organization: id(REGISTERED),
            registered_in: id("431230000000"),
            profile: profile("通道县鼓楼志愿者协会"),
        }
        .into(),
        ChangeOrganization {
            organization: id(REGISTERED),
            profile: profile("通道侗族自治县鼓楼志愿者协会"),
        }
        .into(),
        ApproveOrganization {
            organization: id(REGISTERED),
            seen: Revision(1),
        }
        .into(),
        RefuseOrganization {
            organization: id(REGISTERED),
            reason: RefuseReason::DoesNotMatch,
            words: "名称请照登记证书写全。".to_owned(),
            seen: Revision(0),
        }
        .into(),
        SuspendOrganization {
            organization: id(REGISTERED),
            words: SUSPENDED.to_owned(),
            until: Some(id("2027-06-30")),
            seen: Some(Revision(1)),
        }
        .into(),
        LiftSuspension {
            organization: id(REGISTERED),
            words: "年检补上了。".to_owned(),
            seen: Some(Revision(1)),
        }
        .into(),
        LeaveReview {
            review: id("d4e5f607-1829-4a3b-8c4d-5e6f70819203"),
            order: id(CONFIRMED_ORDER),
            answers: [Answer::Yes, Answer::Partly, Answer::Yes],
            words: "灯都亮了，就是晚了几天。".to_owned(),
        }
        .into(),
        StillInUse {
            order: id(CONFIRMED_ORDER),
            month: 6,
            answer: Answer::Partly,
            words: "坏了一台。".to_owned(),
        }
        .into(),
    ]
}

fn mutation(seq: u64, command: &Command) -> Mutation {
    Mutation {
        seq,
        id: id(&format!("5d4c3b2a-1908-4f7e-8d6c-5b4a392817{seq:02}")),
        name: command.name().to_owned(),
        v: Command::VERSION,
        args: Json::new(command.args().expect("json")).expect("json"),
        at: AT,
    }
}

fn rejections() -> Vec<Rejection> {
    let unit = Unit::Of("盏".to_owned());
    let wanted = |item, name: &str, unit: &Unit, wanted, left| WantedItem {
        item: ItemNo(item),
        name: name.to_owned(),
        unit: unit.clone(),
        wanted,
        left,
    };
    let lamps = |quantity| {
        Some(Amount {
            name: "路灯".to_owned(),
            quantity,
            unit: Unit::Of("盏".to_owned()),
        })
    };
    vec![
        Rejection::NotAllowed(Allowed::Holder),
        Rejection::NotFound {
            kind: EntityKind::Need,
        },
        Rejection::AlreadyExists {
            kind: EntityKind::Order,
        },
        Rejection::NeedIs {
            stage: NeedStage::Submitted,
        },
        Rejection::OrderIs {
            stage: OrderStage::Delivered,
        },
        Rejection::SupplyIs {
            stage: SupplyStage::Submitted,
        },
        Rejection::PickIs {
            stage: PickStage::Withdrawn,
        },
        Rejection::SupplyOver,
        Rejection::AlreadyPicked,
        Rejection::Invalid {
            field: Field::Title,
            problem: Problem::TooShort { at_least: 4 },
        },
        Rejection::Taken(Taken {
            wanted: vec![wanted(1, "路灯", &unit, 18, 6)],
            holders: vec![Holder {
                org_name: "湖南省萤火乡村公益基金会".to_owned(),
                at: AT,
                lines: "路灯 18 盏".to_owned(),
            }],
            others: vec![wanted(2, "安装费", &Unit::Fen, 0, 320_000)],
        }),
        Rejection::HasOrders {
            orgs: vec!["湖南省萤火乡村公益基金会".to_owned()],
        },
        Rejection::BelowPledged {
            item: "路灯".to_owned(),
            pledged: 18,
            unit: unit.clone(),
        },
        Rejection::AlreadyApproved,
        Rejection::OrganizationNotApproved,
        Rejection::TooManyOpenOrders {
            open: 20,
            limit: 20,
            closing_percent: 40,
            wanted_percent: 60,
        },
        Rejection::Overdue,
        Rejection::OverdueToPublish,
        Rejection::ChangedSince {
            kind: EntityKind::Need,
            changed: vec![Changed::Item {
                no: ItemNo(1),
                before: lamps(24),
                after: lamps(12),
            }],
        },
        Rejection::NotServed {
            county_name: "通道侗族自治县".to_owned(),
        },
        Rejection::DoesNotFit {
            item: "路灯".to_owned(),
            unit,
            moving: 6,
            left: Some(4),
        },
        Rejection::MovedOn {
            org_name: "怀化市乡村发展促进会".to_owned(),
        },
        Rejection::AwaitsConfirmation {
            orgs: vec!["湖南省萤火乡村公益基金会".to_owned()],
        },
        Rejection::RemindedAlready { at: AT },
        Rejection::LimitReached {
            limit: Limit::ReportsPerDay,
            at_most: 10,
        },
        Rejection::AlreadyAsked {
            org_name: "怀化市乡村发展促进会".to_owned(),
        },
        Rejection::AskedLately {
            org_name: "怀化市乡村发展促进会".to_owned(),
            from: id("2027-01-20"),
        },
        Rejection::DispatchIs {
            stage: DispatchStage::Accepted,
        },
        Rejection::StillLeft {
            item: "路灯".to_owned(),
        },
        Rejection::AlreadyWaiting,
        Rejection::NotWaiting,
        Rejection::NothingOffered,
        Rejection::NothingToRenew,
        Rejection::NotReleasable,
        Rejection::NobodyAsked,
        Rejection::DeliveryWaits {
            orgs: vec!["通道县侗乡志愿者协会".to_owned()],
        },
        Rejection::Unsupported {
            name: "SubmitNeed".to_owned(),
            v: 9,
        },
        Rejection::Malformed {
            reason: "missing field `need` at line 1 column 2".to_owned(),
        },
        Rejection::OrganizationSuspended {
            words: SUSPENDED.to_owned(),
            until: Some(id("2027-06-30")),
        },
        Rejection::OrganizationIs {
            stage: OrgStage::Approved,
        },
        Rejection::AlreadyReviewed,
        Rejection::ReviewsAreOver,
        Rejection::AlreadyAnswered,
        Rejection::AlreadyApplied {
            name: "通道县鼓楼志愿者协会".into(),
        },
    ]
}

#[test]
fn every_command_is_as_documented() {
    let all: Vec<Mutation> = (1..)
        .zip(&commands())
        .map(|(seq, c)| mutation(seq, c))
        .collect();
    let names: Vec<&str> = all.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, Command::NAMES, "one example of each");
    for m in &all {
        assert!(Command::read(&m.name, m.v, m.args.get()).is_ok());
    }
    let values: Vec<serde_json::Value> = all
        .iter()
        .map(|m| serde_json::to_value(m).expect("json"))
        .collect();
    same("mutations", &values);
}

#[test]
fn every_rejection_is_as_documented() {
    let told: Vec<_> = rejections()
        .into_iter()
        .map(|rejection| {
            serde_json::json!({ "sentence": rejection.sentence(), "rejection": rejection })
        })
        .collect();
    same("rejections", &told);
}

#[test]
fn a_request_and_its_answer_are_as_documented() {
    let village: Feed = id("village:431230104201");
    let user: Feed = id("user:00000001-0000-4000-8000-000000000001");
    let needs: Feed = id("needs:431230000000");
    let cursor = |text: &str| text.parse::<Cursor>().expect("a cursor");
    // One of the conversation's requests, which a test of the server sends.
    let mut submitted = mutation(8, &SubmitNeed { need: id(NEED) }.into());
    submitted.id = id("5d4c3b2a-1908-4f7e-8d6c-5b4a39281711");
    let request = ExchangeRequest {
        v: VERSION,
        user: Some(id("00000001-0000-4000-8000-000000000001")),
        client: id("c1d2e3f4-a5b6-4c7d-8e9f-0a1b2c3d4e5f"),
        epoch: EPOCH.to_owned(),
        cursors: [
            (user.to_string(), cursor("0")),
            (village.to_string(), cursor("1")),
        ]
        .into_iter()
        .collect(),
        mutations: vec![submitted],
        page_bytes: Some(65_536),
    };
    let value = serde_json::to_value(&request).expect("json");
    same("exchange-request", &value);
    let answer = ExchangeAnswer {
        v: VERSION,
        epoch: EPOCH.to_owned(),
        server_time: AT,
        last_seq: 9,
        results: vec![
            MutationResult {
                seq: 8,
                verdict: Verdict::Applied,
                duplicate: true,
            },
            MutationResult {
                seq: 9,
                verdict: Verdict::Rejected(Refused::new(&Rejection::Overdue).expect("json")),
                duplicate: false,
            },
        ],
        stop: Some(Stop {
            seq: 10,
            retry_after_ms: 5_000,
        }),
        feeds: vec![FeedPage {
            feed: needs.to_string(),
            reset: false,
            rows: vec![
                Row {
                    kind: "need".to_owned(),
                    id: NEED.to_owned(),
                    ver: 5,
                    view: Visibility::Public,
                    body: Some(Json::new("{\"id\":\"…\"}".to_owned()).expect("json")),
                },
                Row {
                    kind: "need".to_owned(),
                    id: ORDER.to_owned(),
                    ver: 5,
                    view: Visibility::Gone,
                    body: None,
                },
            ],
            cursor: cursor("5"),
            complete: true,
        }],
        drop: vec!["office:431202000000".to_owned()],
        more: false,
    };
    let text = serde_json::to_string(&answer).expect("json");
    let back: ExchangeAnswer = serde_json::from_str(&text).expect("back");
    assert_eq!(serde_json::to_string(&back).expect("json"), text);
    same(
        "exchange-answer",
        &serde_json::to_value(&answer).expect("json"),
    );
}
