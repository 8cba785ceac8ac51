//! Nobody collects the contacts of villages by taking orders and giving them back.

use crate::support::*;
use domain::needs::NeedState;
use domain::{Entity, ItemNo, Need, NeedId, OrderId, OrderLine, Place, UserId};
use serde_json::{Value, json};
use server::group_commit::Write;
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * 3_600_000;
/// The county that the organization serves, and two that it does not.
const COUNTIES: [&str; 3] = ["4312301042", "4312020030", "4305210010"];
const NEEDS: u64 = 60;

/// The number of the village's contact: each need has its own.
fn phone_of(need: u64) -> String {
    format!("139{need:08}")
}

fn need_id(n: u64) -> NeedId {
    id(n).parse().expect("an identifier")
}

/// A published need in one of the counties.
fn need(n: u64) -> Need {
    let county = COUNTIES[(n % 3) as usize];
    let mut content = content("路灯需要安装", 5);
    if let Some(contact) = &mut content.contact {
        contact.phone = phone_of(n);
    }
    Need {
        id: need_id(n),
        place: Place {
            village: code(&format!("{county}{:02}", 1 + n / 3)),
            city_name: "某市".into(),
            county_name: "某县".into(),
            town_name: "某乡".into(),
            village_name: format!("第{n}村"),
        },
        content,
        revision: domain::Revision::default(),
        rewritten: Vec::new(),
        state: NeedState::Published { at: NOW },
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
        author: UserId::from_random([1; 16]),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// Takes every need and gives it back at once, in one request each; the numbers that came back, and why the others did not.
async fn harvest(
    server: &Server,
    thief: &mut Person,
    round: u64,
) -> (BTreeSet<String>, Vec<Value>) {
    let (mut numbers, mut refusals) = (BTreeSet::new(), Vec::new());
    for n in 0..NEEDS {
        let mut bytes = [round as u8; 16];
        bytes[8..].copy_from_slice(&n.to_be_bytes());
        let order = OrderId::from_random(bytes);
        let lines = [OrderLine {
            item: ItemNo(1),
            quantity: 1,
        }];
        let take = json!({ "order": order, "need": need_id(n), "lines": lines, "due": due(), "contact": callable() });
        let give_back = json!({ "order": order, "reason": "changed_mind", "words": "" });
        // The contact comes with the answer to the order; a second request gives it back.
        let taking = thief.mutation("TakeOrder", take);
        let answer = thief.exchange(server, vec![taking]).await;
        let text = answer.body.to_string();
        numbers.extend(
            (0..NEEDS)
                .map(phone_of)
                .filter(|phone| text.contains(phone)),
        );
        let verdict = &answer.body["results"][0]["verdict"];
        if *verdict == "applied" {
            let released = thief.does(server, "ReleaseOrder", give_back).await;
            assert_eq!(released["verdict"], "applied", "{released}");
        } else {
            refusals.push(verdict["rejected"]["rejection"].clone());
        }
    }
    (numbers, refusals)
}

#[tokio::test]
async fn an_organization_sees_ten_contacts_a_day_where_it_serves_and_the_trail_names_them() {
    let server = Server::start().await;
    let needs = (0..NEEDS).map(|n| Entity::from(need(n))).collect();
    let put = Write::PutEntities(needs);
    server.backend.write(put).await.expect("needs");
    let mut thief = server.person(3, member(0)).await;

    let (numbers, refusals) = harvest(&server, &mut thief, 1).await;
    // Of sixty needs in three counties twenty lie where it serves; ten a day can be taken.
    assert_eq!(numbers.len(), 10, "{numbers:?}");
    let count = |name: &str| refusals.iter().filter(|r| !r[name].is_null()).count();
    assert_eq!((count("not_served"), count("limit_reached")), (40, 10));
    let (again, _) = harvest(&server, &mut thief, 2).await;
    assert_eq!(again.len(), 0, "{again:?}");

    // The day is the server's.
    server.clock.forward(DAY_MS);
    let (tomorrow, _) = harvest(&server, &mut thief, 3).await;
    assert_eq!(tomorrow.len(), 10);

    // The trail says who was shown which contact through an order, without the contact.
    let mut told = BTreeSet::new();
    for n in 0..NEEDS {
        let trail = server.backend.database().trail("contact", &id(n)).await;
        for entry in trail.expect("a trail") {
            assert_eq!(entry.command, "ContactShown");
            assert_eq!(entry.user, thief.actor.user.to_string());
            let body = entry.after.expect("a body");
            assert!(
                body.contains(ORGS[0]) && !body.contains(&phone_of(n)),
                "{body}"
            );
            told.insert(phone_of(n));
        }
    }
    let seen: BTreeSet<String> = numbers.union(&tomorrow).cloned().collect();
    assert_eq!(told, seen);

    // The bureau that registered it sees how many it took and gave back; the county does on each order.
    let mut officer = server.person(4, county_bureau()).await;
    let office = officer.exchange(&server, vec![]).await.body.to_string();
    let today = json!({ "day": NOW.plus(DAY_MS).day(), "taken": 10, "given_back": 10 });
    assert!(office.contains(&format!("\"today\":{today}")), "{office}");
    assert!(office.contains(&format!("\"pace\":{today}")), "{office}");
}
