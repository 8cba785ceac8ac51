//! `domain::json` reads and writes as `serde_json` does, for every type that travels or is kept: on well-formed text in any
//! order and dress, on text with parts missing, doubled, exchanged or added, and on torn text. Either both refuse it or
//! both read the same.
#![expect(clippy::expect_used, reason = "tests report by panicking")]

use api::{ApiError, BrowseAnswer, BrowseRequest, Profile};
use domain::command::{
    ConfirmDelivery, DisputeDelivery, EditNeed, MarkDelivered, PostNeed, ReleaseOrder,
    ReportProgress, SaveNeed, ScreenNeed, SubmitNeed, TakeOrder, WithdrawNeed,
};
use domain::need::{NeedEvent, Opinion, Pledge};
use domain::order::{OrderEvent, Progress};
use domain::{
    Actor, Contact, CountySettings, Need, NeedContent, NeedItem, NeedState, Order, OrderLine,
    OrderState, Organization, Place, Rejection, Role, json,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sync::outbox::{Entry, Notice};
use sync::wire::{
    Cursor, ExchangeAnswer, ExchangeRequest, FeedPage, Json, Mutation, MutationResult, Row, Stop,
    Verdict,
};

/// Whether the text is of the type.
fn compare<T: DeserializeOwned + Serialize>(text: &str) -> bool {
    let name = std::any::type_name::<T>();
    match (json::from_str::<T>(text), serde_json::from_str::<T>(text)) {
        (Ok(ours), Ok(theirs)) => {
            let written = serde_json::to_string(&theirs).expect("written");
            assert_eq!(
                serde_json::to_string(&ours).expect("written"),
                written,
                "{name} {text}"
            );
            assert_eq!(
                json::to_string(&ours).expect("written"),
                written,
                "{name} {text}"
            );
            true
        }
        (Err(_), Err(_)) => false,
        (ours, theirs) => panic!(
            "{name}: {:?}, serde_json: {:?}\n{text}",
            ours.map(drop),
            theirs.map(drop)
        ),
    }
}

macro_rules! each {
    ($text:ident: $($type:ty),* $(,)?) => {
        [$((stringify!($type), compare::<$type>($text))),*]
    };
}

/// The types that the text is of.
fn compare_all(text: &str) -> Vec<&'static str> {
    let read = each!(text:
        ExchangeRequest, Mutation, ExchangeAnswer, MutationResult, Verdict, Stop, FeedPage, Row, Cursor, Json, Vec<Mutation>,
        Entry, Notice, Rejection, Need, NeedContent, NeedItem, NeedState, NeedEvent, Opinion, Pledge, Order, OrderLine,
        OrderState, OrderEvent, Progress, Organization, CountySettings, Place, Contact, Actor, Role, ApiError, Profile,
        BrowseRequest, BrowseAnswer, SaveNeed, PostNeed, SubmitNeed, EditNeed, WithdrawNeed, ScreenNeed, TakeOrder,
        ReleaseOrder, ReportProgress, MarkDelivered, ConfirmDelivery, DisputeDelivery,
        String, bool, u8, u32, u64, i64, Option<u64>, Vec<(u16, String)>, (), char,
    );
    read.into_iter()
        .filter_map(|(name, is)| is.then_some(name))
        .collect()
}

fn golden(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/golden");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).expect("a golden file");
    serde_json::from_str(&text).expect("JSON")
}

/// A value with its type, of each type at least one that uses every field and every variant.
fn samples() -> Vec<(&'static str, Value)> {
    const ID: &str = "3f0c1d5e-8a4b-4c6d-9e2f-7a1b3c5d7e90";
    const ORG: &str = "51430000500000001";
    let place = json!({"village": "431230104201", "city_name": "怀化市", "county_name": "通道侗族自治县", "town_name": "坪坦乡",
        "village_name": "木脚村"});
    let contact = json!({"name": "杨\"秀\\英\"\n\u{1}😀", "phone": "19900000001"});
    let org = domain::CreditCode::complete(ORG)
        .expect("a code")
        .to_string();
    let mutations = golden("mutations");
    let content = mutations[1]["args"]["content"].clone();
    let need_states = [
        json!({"is": "draft"}),
        json!({"is": "submitted", "at": 1}),
        json!({"is": "returned", "at": 2, "by": "civil_affairs", "reason": "unclear", "words": "写清楚"}),
        json!({"is": "published", "at": -3}),
        json!({"is": "withdrawn", "at": 4, "reason": "mistake"}),
        json!({"is": "closed", "at": 5, "reason": "delivered"}),
    ];
    let order_states = [
        json!({"is": "active"}),
        json!({"is": "delivered", "at": 1, "note": ""}),
        json!({"is": "disputed", "at": 2, "reason": "不亮"}),
        json!({"is": "confirmed", "at": 3}),
        json!({"is": "released", "at": 4, "reason": "没有钱"}),
    ];
    let need_history = [
        json!({"at": 1, "what": "submitted"}),
        json!({"at": 2, "what": "edited"}),
        json!({"at": 3, "what": "returned", "by": "rural_revitalization", "reason": "other", "words": "x"}),
        json!({"at": 4, "what": "approved", "by": "civil_affairs"}),
        json!({"at": 5, "what": "published"}),
        json!({"at": 6, "what": "taken", "org_name": "基金会", "lines": "路灯 1 盏"}),
        json!({"at": 7, "what": "released", "org_name": "基金会"}),
        json!({"at": 8, "what": "delivered", "org_name": "基金会"}),
        json!({"at": 9, "what": "confirmed", "org_name": "基金会"}),
        json!({"at": 10, "what": "disputed", "org_name": "基金会"}),
    ];
    let order_history = [
        json!({"at": 1, "what": "taken"}),
        json!({"at": 2, "what": "delivered", "note": "好"}),
        json!({"at": 3, "what": "disputed", "reason": "坏"}),
        json!({"at": 4, "what": "confirmed"}),
        json!({"at": 5, "what": "released", "reason": "没有"}),
    ];
    let line = json!({"item": 1, "quantity": 18});
    let need = json!({"id": ID, "place": place, "content": content, "state": need_states[2],
        "opinions": [{"by": "civil_affairs", "at": 7, "remark": "好"}],
        "pledges": [{"order": ID, "org": org, "org_name": "基金会", "at": 8, "lines": [line], "stage": "active"}],
        "history": need_history, "author": ID, "created_at": 1, "updated_at": 2});
    let progress = json!({"id": ID, "at": 1, "text": "六盏", "cash": 1, "goods": -2, "persons": 3, "visits": 4});
    let order = json!({"id": ID, "need": ID, "need_title": "路灯", "place": place, "org": org, "org_name": "基金会", "lines": [line],
        "lines_words": "路灯 18 盏", "due": "2026-12-10", "state": order_states[1], "progress": [progress],
        "history": order_history, "contact": contact, "taken_by": ID, "created_at": 1, "updated_at": 2});
    let roles = [
        json!({"role": "village", "place": place}),
        json!({"role": "member", "org": org, "org_name": "基金会", "owner": true}),
        json!({"role": "bureau", "region": "431230000000", "region_name": "某县", "department": "civil_affairs"}),
        json!({"role": "administrator"}),
    ];
    let actor = json!({"user": ID, "name": "杨", "role": roles[1], "library": ["431230000000"]});
    let answer = golden("exchange-answer");
    let mut out = vec![
        ("ExchangeRequest", golden("exchange-request")),
        ("Vec<Mutation>", mutations.clone()),
        ("FeedPage", answer["feeds"][0].clone()),
        ("Stop", answer["stop"].clone()),
        ("Cursor", json!("4/need/00")),
        ("ExchangeAnswer", answer),
        ("Need", need.clone()),
        ("Order", order),
        ("Progress", progress),
        (
            "Organization",
            json!({"code": org, "name": "基金会", "registered_in": "430000000000", "serves": ["431230000000"],
            "rating": {"grade": 5, "until": "2027-01-01"}, "approved": true, "open_orders": 1, "confirmed_orders": 2,
            "released_orders": 3}),
        ),
        (
            "CountySettings",
            json!({"county": "431230000000", "publish": "both"}),
        ),
        ("Contact", contact),
        (
            "Profile",
            json!({"actor": actor, "feeds": ["needs:431230000000"], "epoch": "a"}),
        ),
        (
            "BrowseRequest",
            json!({"region": "431230000000", "topic": "care", "stage": "published", "text": "灯", "after": "x", "limit": 9}),
        ),
        ("BrowseAnswer", json!({"needs": [need], "next": "7"})),
        ("Vec<(u16, String)>", json!([[1, "a"], [2, "b"]])),
        ("()", json!(null)),
        ("u64", json!(u64::MAX)),
        ("i64", json!(i64::MIN)),
        ("char", json!("灯")),
        ("bool", json!(true)),
    ];
    out.extend(need_states.map(|v| ("NeedState", v)));
    out.extend(order_states.map(|v| ("OrderState", v)));
    out.extend(need_history.map(|v| ("NeedEvent", v)));
    out.extend(order_history.map(|v| ("OrderEvent", v)));
    out.extend(roles.map(|v| ("Role", v)));
    let rejections = golden("rejections");
    let entry = json!({"id": ID, "name": "TakeOrder", "v": 1, "args": {"a": [1.5e3, {"b": null}]}, "at": 1});
    for told in rejections.as_array().expect("a list") {
        out.push(("Rejection", told["rejection"].clone()));
        out.push((
            "Verdict",
            json!({"verdict": "rejected", "rejection": told["rejection"]}),
        ));
        out.push(("MutationResult", json!({"seq": 1, "verdict": "rejected", "rejection": told["rejection"], "duplicate": true})));
        out.push((
            "Notice",
            json!({"entry": entry, "rejection": told["rejection"]}),
        ));
    }
    for problem in [
        "missing",
        "out_of_range",
        "in_the_past",
        "too_far",
        "does_not_match",
        "not_a_phone",
    ] {
        out.push((
            "Rejection",
            json!({"code": "invalid", "params": {"field": "title", "problem": problem}}),
        ));
    }
    out.push(("Entry", entry));
    const COMMANDS: [&str; 12] = [
        "SaveNeed",
        "PostNeed",
        "SubmitNeed",
        "EditNeed",
        "WithdrawNeed",
        "ScreenNeed",
        "TakeOrder",
        "ReleaseOrder",
        "ReportProgress",
        "MarkDelivered",
        "ConfirmDelivery",
        "DisputeDelivery",
    ];
    for (name, mutation) in COMMANDS
        .into_iter()
        .zip(mutations.as_array().expect("a list"))
    {
        assert_eq!(mutation["name"], name);
        out.push((name, mutation["args"].clone()));
    }
    let errors = [
        json!({"code": "signed_out"}),
        json!({"code": "wrong_credentials"}),
        json!({"code": "forbidden"}),
        json!({"code": "foreign_origin"}),
        json!({"code": "not_found"}),
        json!({"code": "malformed", "detail": "x"}),
        json!({"code": "sequence_gap", "expected": 7}),
        json!({"code": "client_conflict"}),
        json!({"code": "too_large", "limit_bytes": 9}),
        json!({"code": "not_json"}),
        json!({"code": "page_too_old"}),
        json!({"code": "too_many_attempts", "retry_after_s": 3}),
        json!({"code": "unavailable", "retry_after_s": 3}),
        json!({"code": "fault"}),
        json!({"code": "moon_phase", "message": "…"}),
    ];
    out.extend(errors.map(|v| ("ApiError", v)));
    out
}

/// Chance that can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// How a value is written down.
struct Pen {
    dice: Dice,
    /// One in how many places is spoilt; none if 0.
    spoil: usize,
    out: String,
}

impl Pen {
    fn space(&mut self) {
        if self.dice.one_in(8) {
            self.out.push_str([" ", "\n", "\t\r"][self.dice.below(3)]);
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            let mut units = [0; 2];
            if c < ' ' || matches!(c, '"' | '\\') || self.dice.one_in(20) {
                for unit in c.encode_utf16(&mut units) {
                    self.out.push_str(&format!("\\u{unit:04X}"));
                }
            } else {
                self.out.push(c);
            }
        }
        self.out.push('"');
    }

    fn spoilt(&mut self) -> bool {
        self.spoil > 0 && self.dice.one_in(self.spoil)
    }

    fn value(&mut self, value: &Value) {
        self.space();
        // An array is never put in an object's place: `serde_json` alone takes it for one.
        if self.spoilt() {
            const OTHERS: [&str; 22] = [
                "null",
                "true",
                "{}",
                "0",
                "-0",
                "-1",
                "1.0",
                "1e2",
                "01",
                "65536",
                "4294967296",
                "18446744073709551616",
                "-9223372036854775809",
                "\"\"",
                "\"draft\"",
                "\"\\ud800\"",
                "\"\\udc00x\"",
                "{\"a\":1}",
                "nul",
                "\"a\u{1}\"",
                "\"\\x\"",
                "-",
            ];
            self.out.push_str(OTHERS[self.dice.below(OTHERS.len())]);
            return;
        }
        match value {
            Value::String(text) => self.string(text),
            Value::Array(members) => {
                self.out.push('[');
                for (n, member) in members.iter().enumerate() {
                    if n > 0 {
                        self.out.push(',');
                    }
                    self.value(member);
                }
                self.space();
                self.out.push(']');
            }
            Value::Object(fields) => self.object(&fields.iter().collect::<Vec<_>>()),
            other => self.out.push_str(&other.to_string()),
        }
        self.space();
    }

    fn object(&mut self, fields: &[(&String, &Value)]) {
        let mut order: Vec<usize> = (0..fields.len()).collect();
        for n in (1..order.len()).rev() {
            order.swap(n, self.dice.below(n + 1));
        }
        if self.spoilt() {
            order.pop();
        }
        if self.spoilt() && !order.is_empty() {
            order.push(order[self.dice.below(order.len())]);
        }
        self.out.push('{');
        for (n, field) in order.iter().enumerate() {
            if n > 0 {
                self.out.push(',');
            }
            // What is new stands beside the fields of a type, not among the feeds of a map or beside a variant's name.
            let first = fields[0].0;
            if !first.contains(':') && first != "too_short" && self.dice.one_in(10) {
                self.out
                    .push_str(r#""new field":[{"x":[]},-1.5E+3,"\u00e9",false],"#);
            }
            self.space();
            let (key, value) = fields[*field];
            let key = if self.spoilt() { "other" } else { key };
            self.string(key);
            self.space();
            self.out.push(':');
            self.value(value);
        }
        self.out.push('}');
    }
}

fn written(value: &Value, seed: u64, spoil: usize) -> String {
    let mut pen = Pen {
        dice: Dice(seed | 1),
        spoil,
        out: String::new(),
    };
    pen.value(value);
    pen.out
}

#[test]
fn every_sample_is_read_and_written_alike() {
    for (name, value) in samples() {
        for text in [value.to_string(), format!("{value:#}")] {
            let types = compare_all(&text);
            assert!(types.contains(&name), "{name} cannot be read: {text}");
        }
    }
}

#[test]
fn torn_text_is_refused_alike() {
    for (_, value) in samples() {
        let text = value.to_string();
        let step = text.len() / 60 + 1;
        for at in (0..text.len())
            .step_by(step)
            .filter(|at| text.is_char_boundary(*at))
        {
            compare_all(&text[..at]);
        }
        compare_all(&format!("{text} x"));
        compare_all(&format!("{text},"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_and_dress_it_is_the_same(which in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let samples = samples();
        let (name, value) = which.get(&samples);
        let text = written(value, seed, 0);
        prop_assert!(compare_all(&text).contains(name), "{} cannot be read: {}", name, text);
    }

    #[test]
    fn spoilt_parts_are_refused_or_read_alike(
        which in any::<prop::sample::Index>(),
        seed in any::<u64>(),
        spoil in 5..60_usize,
    ) {
        let samples = samples();
        let (_, value) = which.get(&samples);
        compare_all(&written(value, seed, spoil));
    }

    #[test]
    fn spoilt_text_is_refused_or_read_alike(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        by in prop::sample::select(vec!['"', '\\', '{', '}', ':', ',', 'n', '0', '-', '.', 'e', ' ', '\u{7}', '灯']),
        instead in any::<bool>(),
    ) {
        let samples = samples();
        let (_, value) = which.get(&samples);
        let mut chars: Vec<char> = value.to_string().chars().collect();
        let at = at.index(chars.len());
        if instead {
            chars[at] = by;
        } else {
            chars.insert(at, by);
        }
        compare_all(&chars.into_iter().collect::<String>());
    }
}
