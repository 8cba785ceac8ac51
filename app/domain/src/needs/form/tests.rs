use super::*;
use crate::quantity::Unit;
use crate::rejection::{Field, Problem, Rejection};
use proptest::prelude::*;

fn need() -> NeedId {
    NeedId::from_random([7; 16])
}

fn today() -> Day {
    Day::from_ymd(2026, 11, 24).unwrap_or_default()
}

fn answered() -> Answers {
    Answers {
        title: "通组路缺路灯 18 盏".to_owned(),
        topic: Some(Topic::Environment),
        help: Some(Help::Relief),
        items: vec![ItemAnswers {
            no: 1,
            name: "路灯".to_owned(),
            quantity: "１8".to_owned(),
            unit: "盏".to_owned(),
            had: String::new(),
        }],
        persons: "160".to_owned(),
        contact_name: "杨国胜".to_owned(),
        contact_phone: "138 0000 0001".to_owned(),
        ..Answers::new(need(), today())
    }
}

#[test]
fn a_new_form_asks_eight_questions_one_of_which_has_a_default() {
    let form = Answers::new(need(), today());
    assert_eq!(form.unanswered(), QUESTIONS - 1);
    assert_eq!(form.deadline, "2027-01-23");
    assert_eq!(form.content(), None);
    assert_eq!(
        form.missing(today()).first().map(|f| f.0),
        Some(Spot::Title)
    );
}

#[test]
fn an_answered_form_is_content_and_back_again() {
    let form = answered();
    assert_eq!(form.unanswered(), 0);
    assert!(form.missing(today()).is_empty());
    let content = form.content();
    let items = content.as_ref().map(|c| c.items[0].quantity);
    assert_eq!(items, Some(18));
    let again = content.as_ref().map(|c| Answers::of(need(), c).content());
    assert_eq!(again, Some(content));
}

#[test]
fn money_is_typed_in_yuan_and_counted_in_fen() {
    let mut form = answered();
    form.items[0].unit = YUAN.to_owned();
    form.items[0].quantity = "3200.50".to_owned();
    let content = form.content();
    let item = content.as_ref().map(|c| c.items[0].clone());
    assert_eq!(item.as_ref().map(|i| i.quantity), Some(320_050));
    assert_eq!(item.map(|i| i.unit), Some(Unit::Fen));
    let again = content.map(|c| Answers::of(need(), &c).items[0].clone());
    assert_eq!(
        again.map(|i| (i.quantity, i.unit)),
        Some(("3200.50".to_owned(), YUAN.to_owned()))
    );
}

#[test]
fn what_cannot_be_read_is_said_where_it_stands() {
    let mut form = answered();
    form.items[0].quantity = "十二".to_owned();
    form.persons = "很多".to_owned();
    let spots: Vec<Spot> = form.missing(today()).into_iter().map(|f| f.0).collect();
    assert_eq!(spots, [Spot::Quantity(0), Spot::Persons]);
    assert_eq!(form.content(), None);
}

#[test]
fn an_empty_second_item_is_no_fault_and_is_not_sent() {
    let mut form = answered();
    form.items.push(ItemAnswers::new(form.next_no()));
    assert!(form.missing(today()).is_empty());
    assert_eq!(form.content().map(|c| c.items.len()), Some(1));
}

#[test]
fn the_rules_find_fault_where_the_form_can_show_it() {
    let form = answered();
    let at = |field, problem| {
        form.fault(&Rejection::Invalid { field, problem })
            .map(|f| f.0)
    };
    assert_eq!(
        at(Field::Contact, Problem::NotAPhone),
        Some(Spot::ContactPhone)
    );
    assert_eq!(
        at(Field::Items, Problem::OutOfRange),
        Some(Spot::Quantity(0))
    );
    assert_eq!(
        at(Field::Deadline, Problem::InThePast),
        Some(Spot::Deadline)
    );
    assert_eq!(at(Field::Due, Problem::InThePast), None);
}

#[test]
fn the_only_item_is_called_what_the_title_says() {
    let mut form = answered();
    form.items[0].name.clear();
    assert_eq!(form.unanswered(), 0);
    assert!(form.missing(today()).is_empty());
    let names = |form: &Answers| -> Vec<String> {
        let content = form.content();
        content.map_or_else(Vec::new, |c| c.items.into_iter().map(|i| i.name).collect())
    };
    assert_eq!(names(&form), ["路灯"]);
    let second = ItemAnswers {
        name: "电线".to_owned(),
        quantity: "200".to_owned(),
        unit: "米".to_owned(),
        ..ItemAnswers::new(2)
    };
    form.items.push(second);
    assert_eq!(form.unanswered(), 1, "two things have names of their own");
    assert_eq!(
        form.missing(today()),
        [(Spot::ItemName(0), "请写要什么".to_owned())]
    );
}

#[test]
fn what_is_typed_is_understood_or_refused_at_its_field() {
    let at = |change: &dyn Fn(&mut Answers)| {
        let mut form = answered();
        change(&mut form);
        let faults = form.missing(today());
        assert_eq!(faults.is_empty(), form.wrong(today()).is_empty());
        faults
    };
    let quantity = |quantity: &str, unit: &str| {
        at(&|form: &mut Answers| {
            quantity.clone_into(&mut form.items[0].quantity);
            unit.clone_into(&mut form.items[0].unit);
        })
    };
    for (number, unit) in [
        ("12,000", "斤"),
        ("3.5万", "斤"),
        ("3.5", "万元"),
        ("约20", "盏"),
        ("12盏", ""),
    ] {
        assert_eq!(quantity(number, unit), [], "{number} {unit}");
    }
    let said = |faults: &[Fault], spot: Spot| {
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].0, spot);
        faults[0].1.clone()
    };
    assert_eq!(
        said(&quantity("1.5", "公里"), Spot::Quantity(0)),
        "1.5 公里请写成 1500 米"
    );
    assert!(said(&quantity("2,5", "吨"), Spot::Quantity(0)).contains("2.5"));
    assert!(said(&quantity("20", "fen"), Spot::Unit(0)).contains("元"));
    assert!(said(&quantity("20", "块"), Spot::Unit(0)).contains("元"));
    let phone = at(&|form| form.contact_phone = "1380000000".to_owned());
    assert!(said(&phone, Spot::ContactPhone).contains("现在是 10 位"));
    let title = at(&|form| form.title = "灯".repeat(43));
    assert!(said(&title, Spot::Title).contains("多了 3 个"));
    let short = at(&|form| form.title = "灯 \u{200b} ".to_owned());
    assert!(said(&short, Spot::Title).contains("至少"));
    let persons = at(&|form| form.persons = "4294967297".to_owned());
    assert!(said(&persons, Spot::Persons).contains("太大"));
    let past = at(&|form| form.deadline = "2026-11-23".to_owned());
    assert!(said(&past, Spot::Deadline).contains("过了"));
}

#[test]
fn a_step_never_destroys_what_was_typed() {
    let step = |quantity: &str, unit: &str, by| {
        let mut item = answered().items[0].clone();
        quantity.clone_into(&mut item.quantity);
        unit.clone_into(&mut item.unit);
        item.stepped(by)
    };
    assert_eq!(step("", "盏", 1), Ok("1".to_owned()));
    assert_eq!(step("", "盏", -1), Ok("0".to_owned()));
    assert_eq!(step("12", "盏", -1), Ok("11".to_owned()));
    assert_eq!(step("１2盏", "", 1), Ok("13盏".to_owned()));
    assert_eq!(step("3.5万", "斤", 1), Ok("35001".to_owned()));
    for kept in ["几盏", "2,5", "2.5", "10-20"] {
        assert!(step(kept, "盏", 1).is_err(), "{kept}");
    }
}

#[test]
fn a_unit_that_the_county_has_already_may_stay() {
    let mut content = answered().content().expect("content");
    content.items[0].unit = Unit::Of("块".to_owned());
    let mut form = Answers::of(need(), &content);
    assert!(form.missing(today()).is_empty());
    assert_eq!(form.content().map(|c| c.items), Some(content.items));
    form.items[0].unit = "分".to_owned();
    assert!(!form.missing(today()).is_empty());
}

#[test]
fn what_was_understood_is_said_where_it_is_not_plain() {
    let understood = |quantity: &str, unit: &str| {
        let mut item = answered().items[0].clone();
        quantity.clone_into(&mut item.quantity);
        unit.clone_into(&mut item.unit);
        item.understood()
    };
    assert_eq!(understood("12", "盏"), None);
    assert_eq!(understood("3.5万", "斤").as_deref(), Some("35,000 斤"));
    assert_eq!(understood("3.5", "万元").as_deref(), Some("35,000 元"));
    assert_eq!(understood("2,5", "斤"), None);
}

proptest! {
    /// Whatever is typed, the form either says where something is to be repaired, or gives content that the rules take.
    #[test]
    fn a_form_without_faults_is_taken_by_the_rules(
        title in "[路灯缺盏 \u{200b}12]{0,45}",
        quantity in "[0-9０-９,，. 。万约元盏公里-]{0,8}",
        unit in "[盏元块万分fen米 ]{0,9}",
        persons in "[0-9,万人约]{0,10}",
        households in "[0-9户]{0,6}",
        budget in "[0-9.,万元￥]{0,8}",
        phone in "1[3-9][0-9]{8,10}|[0-9转/ +-]{0,14}",
    ) {
        let mut form = answered();
        form.title = title;
        form.items[0].name.clear();
        form.items[0].quantity = quantity;
        form.items[0].unit = unit;
        form.persons = persons;
        form.households = households;
        form.budget = budget;
        form.contact_phone = phone;
        if form.missing(today()).is_empty() {
            let content = form.content();
            prop_assert!(content.is_some());
            let now = Millis(1_795_482_000_000);
            let taken = content.map(|c| crate::needs::answers::complete(&c, None, Some(now)));
            prop_assert_eq!(taken, Some(Ok(())), "{:?}", form);
        }
    }
}
