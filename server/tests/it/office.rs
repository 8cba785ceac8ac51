//! What officers of a region and administrators ask and load, and who may not.

use crate::support::*;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Department, Role};
use serde_json::{Value, json};
use server::group_commit::Write;
use server::regions::Regions;

const CITY: &str = "431200000000";
/// A real village of the county.
const REAL: &str = "431230104202";

fn province_bureau() -> Role {
    Role::Bureau {
        region: code("430000000000"),
        region_name: "湖南省".into(),
        department: Department::RuralRevitalization,
    }
}

async fn with_regions() -> Server {
    let server = Server::start().await;
    let regions = Regions::hunan().expect("regions").rows().to_vec();
    let put = server.backend.write(Write::PutRegions(regions)).await;
    put.expect("regions");
    server
}

async fn ask(server: &Server, person: &Person, name: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/{name}");
    server.post(&path, Some(person.cookie()), body).await
}

/// Every endpoint of officers and administrators, and whether each role may: village, organization, county, city, administrator.
#[tokio::test]
async fn each_role_may_ask_what_is_its_own_and_nothing_else() {
    let server = with_regions().await;
    let roles = [
        village(),
        member(0),
        county_bureau(),
        city_bureau(),
        Role::Administrator,
    ];
    let mut people = Vec::new();
    for (n, role) in (1..).zip(roles) {
        people.push(server.person(n, role).await);
    }
    let table = json!({ "file": "a.csv", "content": STANDARD.encode("x") });
    let orders = json!({ "kind": "order" });
    let one_figure = json!({ "figure": "unmatched" });
    let none = json!({});
    for (name, body, may) in [
        ("figures", &none, [false, false, true, true, false]),
        ("browse", &orders, [false, false, true, true, false]),
        ("browse", &one_figure, [false, false, true, true, false]),
        ("designations", &none, [false, false, true, true, true]),
        (
            "load_designations",
            &table,
            [false, false, false, true, true],
        ),
        ("load_regions", &table, [false, false, false, false, true]),
        ("installation", &none, [false, false, false, false, true]),
    ] {
        for (person, may) in people.iter().zip(may) {
            let answer = ask(&server, person, name, body).await;
            let expected = if may {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(
                answer.status, expected,
                "{name} {:?} {}",
                person.actor.role, answer.body
            );
        }
        let nobody = server.post(&format!("/api/v1/{name}"), None, body).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{name}");
        // A device of somebody else on the same browser.
        let mut other = body.clone();
        other["user"] = json!(people[0].actor.user);
        let answer = ask(&server, &people[3], name, &other).await;
        let refused = [StatusCode::CONFLICT, StatusCode::FORBIDDEN];
        assert!(refused.contains(&answer.status), "{name} {}", answer.body);
    }
    // Kinds that are not counted are found by nobody, and a region of somebody else's by no officer.
    for body in [
        json!({ "kind": "county" }),
        json!({ "kind": "order", "region": "430100000000" }),
        json!({ "region": "430100000000" }),
    ] {
        let answer = ask(&server, &people[3], "browse", &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{body}");
    }
    let wrong = ask(
        &server,
        &people[3],
        "browse",
        &json!({ "figure": "no such" }),
    )
    .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let elsewhere = json!({ "region": "430100000000" });
    let elsewhere = ask(&server, &people[3], "figures", &elsewhere).await;
    assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
}

fn number(answer: &Value, kind: &str, figure: &str) -> u64 {
    let all = answer["counted"]["numbers"].as_array().expect("numbers");
    let of = all
        .iter()
        .filter(|n| n["kind"] == kind && n["figure"] == figure);
    of.map(|n| n["n"].as_u64().expect("a number")).sum()
}

#[tokio::test]
async fn a_number_on_every_level_is_the_length_of_its_list() {
    let server = with_regions().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let mut helper = server.person(3, member(0)).await;
    let city = server.person(4, city_bureau()).await;
    let province = server.person(5, province_bureau()).await;
    let first = published(&server, &mut cadre, &mut officer, 1, 18).await;
    published(&server, &mut cadre, &mut officer, 2, 5).await;
    let taken = helper
        .does(&server, "TakeOrder", json!({ "order": id(7), "need": first, "lines": [{ "item": 1, "quantity": 18 }], "due": due(), "contact": callable() }))
        .await;
    assert_eq!(taken["verdict"], "applied", "{taken}");
    for (person, region) in [
        (&province, "430000000000"),
        (&city, CITY),
        (&officer, COUNTY),
        (&city, "431230104000"),
        (&province, VILLAGE),
    ] {
        let told = ask(&server, person, "figures", &json!({ "region": region })).await;
        assert_eq!(told.status, StatusCode::OK, "{}", told.body);
        for (kind, figure, expected) in [
            ("need", "all", 2),
            ("need", "published", 2),
            ("need", "ordered", 1),
            ("need", "unmatched", 1),
            ("need", "overdue", 0),
            ("order", "active", 1),
        ] {
            assert_eq!(
                number(&told.body, kind, figure),
                expected,
                "{kind} {figure} in {region}"
            );
            let body = json!({ "region": region, "kind": kind, "figure": figure });
            let list = ask(&server, person, "browse", &body).await;
            let there = list.body["needs"].as_array().expect("a list").len() as u64;
            assert_eq!(there, expected, "{kind} {figure} in {region}");
            assert_eq!(list.body["count"], expected, "{}", list.body);
        }
    }
    // Days pass: what nobody has taken is overdue, and the order too, without anything being written.
    server.clock.forward(400 * 86_400_000);
    let city = server
        .backend
        .start_session(city.actor.user)
        .await
        .expect("a session");
    let cookie = city.session.expect("signed in").0;
    let told = server
        .post("/api/v1/figures", Some(&cookie), &json!({}))
        .await;
    assert_eq!(number(&told.body, "need", "overdue"), 2, "{}", told.body);
    assert_eq!(number(&told.body, "order", "overdue"), 1);
    let checked = server.backend.database().check().await.expect("checks");
    assert_eq!(checked.wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_list_of_designations_is_looked_through_applied_and_seen_by_those_it_concerns() {
    let server = with_regions().await;
    let cadre = server.person(1, village()).await;
    let city = server.person(2, city_bureau()).await;
    let head = "区划代码,地名,名录,开始日期,结束日期,来源\n";
    let load = |text: &str, apply: Option<&str>| {
        let content = STANDARD.encode(format!("{head}{text}"));
        let mut body = json!({ "file": "名录.csv", "content": content });
        if let Some(apply) = apply {
            body["apply"] = json!(apply);
        }
        body
    };
    let text = format!("{REAL},,重点村,2026-01-01,,某文件");
    let seen = ask(&server, &city, "load_designations", &load(&text, None))
        .await
        .body;
    assert_eq!(
        (&seen["new"], &seen["applied"]),
        (&json!(1), &json!(false)),
        "{seen}"
    );
    let nothing = ask(&server, &city, "designations", &json!({})).await.body;
    assert_eq!(nothing["lists"], json!([]), "looking changes nothing");
    // Another difference than the one that was seen is not applied.
    let stale = ask(
        &server,
        &city,
        "load_designations",
        &load(&text, Some("0000")),
    )
    .await
    .body;
    assert_eq!(stale["applied"], false);
    let difference = seen["difference"].as_str().expect("named");
    let done = ask(
        &server,
        &city,
        "load_designations",
        &load(&text, Some(difference)),
    )
    .await
    .body;
    assert_eq!(done["applied"], true, "{done}");
    let lists = ask(&server, &city, "designations", &json!({})).await.body;
    assert_eq!(lists["lists"][0]["name"], "重点村");
    assert_eq!(lists["lists"][0]["regions"], 1);
    // A page of version 2 follows boards.
    let mut request = cadre.request(vec![]);
    request["v"] = json!(2);
    let path = "/api/v1/exchange";
    let rows = server.post(path, Some(cadre.cookie()), &request).await;
    let rows = rows.body.to_string();
    assert!(rows.contains("重点村"), "the village's device has it");
    let id = {
        let body = server.backend.database();
        let all = body.inspect().await.expect("inspects").entities;
        all.into_iter()
            .find(|(kind, ..)| kind == "designation")
            .expect("it is there")
            .1
    };
    let trail = server
        .backend
        .database()
        .trail("designation", &id)
        .await
        .expect("a trail");
    assert_eq!(
        (trail.len(), trail[0].command.as_str()),
        (1, "LoadDesignations")
    );
    assert_eq!(trail[0].user, city.actor.user.to_string());
    let bad = ask(
        &server,
        &city,
        "load_designations",
        &load("43,,重点村,2026-01-01,,某", None),
    )
    .await
    .body;
    assert_eq!(
        (&bad["bad"], &bad["bad_rows"][0]["line"]),
        (&json!(1), &json!(2)),
        "{bad}"
    );
    let checked = server.backend.database().check().await.expect("checks");
    assert_eq!(checked.wrong, Vec::<String>::new());
}

#[tokio::test]
async fn an_administrator_sees_the_state_and_loads_the_table_of_regions() {
    let server = with_regions().await;
    let admin = server.person(1, Role::Administrator).await;
    let fault = json!({ "build": "abc", "page": "/needs/:id", "kind": "unreachable", "stack": [] });
    for _ in 0..2 {
        let told = server.post("/api/v1/report_fault", None, &fault).await;
        assert_eq!(told.status, StatusCode::OK);
    }
    let state = ask(&server, &admin, "installation", &json!({ "check": true }))
        .await
        .body;
    assert_eq!(state["database"], "SQLite");
    assert_eq!(
        (&state["last_check"]["wrong"], &state["faults"][0]["times"]),
        (&json!(0), &json!(2)),
        "{state}"
    );
    assert_eq!(state["signed_in"][0]["actor"]["name"], "第1人");
    assert!(state["bytes"].as_u64().expect("a size") > 0);

    let table = Regions::hunan().expect("regions");
    let mut csv = String::from("code,name,valid_from,valid_to,successor\n");
    for row in table.rows() {
        let ends = if row.code == code(REAL) {
            ",2026-06-30,431230104210"
        } else {
            ",,"
        };
        csv.push_str(&format!("{},{},{ends}\n", row.code, row.name));
    }
    let body = |apply: Option<&str>| json!({ "file": "r.csv", "content": STANDARD.encode(&csv), "apply": apply });
    let seen = ask(&server, &admin, "load_regions", &body(None)).await.body;
    assert_eq!(
        (&seen["changed"], &seen["new"], &seen["gone"]),
        (&json!(1), &json!(0), &json!(0)),
        "{seen}"
    );
    assert!(
        seen["differences"][0]["words"]
            .as_str()
            .expect("words")
            .contains("接替")
    );
    let done = ask(
        &server,
        &admin,
        "load_regions",
        &body(seen["difference"].as_str()),
    )
    .await
    .body;
    assert_eq!(done["applied"], true, "{done}");
    let again = ask(&server, &admin, "load_regions", &body(None)).await.body;
    assert_eq!(
        (&again["changed"], &again["same"]),
        (&json!(0), &json!(table.rows().len()))
    );
    let trail = server
        .backend
        .database()
        .trail("region", "all")
        .await
        .expect("a trail");
    assert_eq!(trail[0].command, "LoadRegions");
}

#[tokio::test]
async fn a_region_with_accounts_or_with_a_last_day_to_come_stays_where_it_is() {
    let server = with_regions().await;
    let admin = server.person(1, Role::Administrator).await;
    // A cadre of the real village, and no record at all.
    let village = Role::Village {
        place: domain::Place {
            village: code(REAL),
            city_name: "怀化市".into(),
            county_name: "通道侗族自治县".into(),
            town_name: "牙屯堡镇".into(),
            village_name: "老寨村".into(),
        },
    };
    server.person(2, village).await;
    let table = Regions::hunan().expect("regions");
    let without = |left_out: &str, ends: &str| {
        let mut csv = String::from("code,name,valid_from,valid_to,successor\n");
        for row in table
            .rows()
            .iter()
            .filter(|row| row.code.to_string() != left_out)
        {
            let end = if row.code.to_string() == ends {
                "2099-12-31"
            } else {
                ""
            };
            csv.push_str(&format!("{},{},,{end},\n", row.code, row.name));
        }
        json!({ "file": "r.csv", "content": STANDARD.encode(&csv), "apply": null })
    };
    let seen = ask(&server, &admin, "load_regions", &without(REAL, ""))
        .await
        .body;
    assert_eq!(seen["gone"], 0, "{seen}");
    assert!(seen["bad_rows"].to_string().contains("账号"), "{seen}");
    // What ends later is there today, in every list.
    let mut ends = without("", "431230000000");
    let seen = ask(&server, &admin, "load_regions", &ends).await.body;
    ends["apply"] = seen["difference"].clone();
    assert_eq!(
        ask(&server, &admin, "load_regions", &ends).await.body["applied"],
        true
    );
    let areas = ask(&server, &admin, "areas", &json!({})).await.body;
    assert!(areas.to_string().contains("431230000000"), "{areas}");
}
