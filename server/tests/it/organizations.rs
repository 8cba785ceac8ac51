//! Organizations: signing up, registering, being let in or not, members, suspension; and which role may do what about them.

use crate::support::*;
use domain::{CreditCode, Department, Role};
use serde_json::{Value, json};

/// A code that nothing stands under.
fn new_code() -> CreditCode {
    CreditCode::complete("51431230500000900").expect("a code")
}

fn profile(name: &str) -> Value {
    json!({
        "name": name,
        "scope": "扶贫济困、助老助学的志愿服务。",
        "directions": ["care"],
        "serves": [COUNTY],
        "contact": { "name": "吴桂花", "phone": "13900000301" },
    })
}

fn register() -> Value {
    json!({ "organization": new_code(), "registered_in": COUNTY, "profile": profile("通道县鼓楼志愿者协会") })
}

fn applied(answer: &Value) -> bool {
    answer["verdict"] == "applied"
}

/// The names of the feeds that somebody gets.
async fn feeds(server: &Server, cookie: &str) -> Vec<String> {
    let me = server.post("/api/v1/me", Some(cookie), &json!({})).await;
    let feeds = me.body["feeds"].as_array().cloned().unwrap_or_default();
    let names = feeds.iter().filter_map(|feed| feed.as_str());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn whoever_signs_up_registers_an_organization_and_becomes_its_owner_when_it_is_let_in() {
    let server = Server::start().await;
    let mut bureau = server.person(1, county_bureau()).await;
    let number = "13900000301";
    let body = json!({ "phone": number, "name": "吴桂花", "password": PASSWORD });
    let signed_up = server.post("/api/v1/sign_up", None, &body).await;
    assert_eq!(signed_up.status, 200, "{}", signed_up.body);
    // A number that has an account is told nothing else, and keeps its password.
    let body = json!({ "phone": number, "name": "别人", "password": "another horse" });
    assert_eq!(
        server.post("/api/v1/sign_up", None, &body).await.status,
        200
    );
    let sign_in = |password: &str| json!({ "phone": number, "password": password });
    let wrong = server
        .post("/api/v1/sign_in", None, &sign_in("another horse"))
        .await;
    assert_eq!(wrong.status, 401);
    let right = server
        .post("/api/v1/sign_in", None, &sign_in(PASSWORD))
        .await;
    assert_eq!(right.body["actor"]["role"], "applicant", "{}", right.body);

    let mut applicant = server.person(2, Role::Applicant).await;
    assert!(applied(
        &applicant
            .does(&server, "RegisterOrganization", register())
            .await
    ));
    let refuse = json!({
        "organization": new_code(), "reason": "does_not_match", "words": "名称对不上", "seen": 0,
    });
    assert!(applied(
        &bureau.does(&server, "RefuseOrganization", refuse).await
    ));
    let change =
        json!({ "organization": new_code(), "profile": profile("通道县侗寨鼓楼志愿者协会") });
    assert!(applied(
        &applicant.does(&server, "ChangeOrganization", change).await
    ));
    // The bureau has not read the new wording.
    let approve = |seen: u32| json!({ "organization": new_code(), "seen": seen });
    assert!(!applied(
        &bureau
            .does(&server, "ApproveOrganization", approve(0))
            .await
    ));
    assert!(applied(
        &bureau
            .does(&server, "ApproveOrganization", approve(1))
            .await
    ));
    let me = server
        .post("/api/v1/me", Some(applicant.cookie()), &json!({}))
        .await;
    let role = &me.body["actor"]["role"]["member"];
    assert_eq!(
        (&role["org"], &role["owner"]),
        (&json!(new_code()), &json!(true))
    );
    let feeds = feeds(&server, applicant.cookie()).await;
    assert!(feeds.contains(&format!("needs:{COUNTY}")), "{feeds:?}");
}

#[tokio::test]
async fn a_suspended_organization_loses_the_library_with_the_next_exchange_and_keeps_its_orders() {
    let server = Server::start().await;
    let mut bureau = server.person(1, county_bureau()).await;
    let mut member = server.person(2, member(0)).await;
    let library = format!("needs:{COUNTY}");
    let own = format!("org:{}", ORGS[0]);
    assert!(feeds(&server, member.cookie()).await.contains(&library));
    member.exchange(&server, Vec::new()).await;
    let suspend = json!({ "organization": ORGS[0], "words": "年检没有通过" });
    assert!(applied(
        &bureau.does(&server, "SuspendOrganization", suspend).await
    ));
    let answer = member.exchange(&server, Vec::new()).await;
    let dropped = answer.body["drop"].as_array().cloned().unwrap_or_default();
    assert!(dropped.contains(&json!(library)), "{}", answer.body);
    let left = feeds(&server, member.cookie()).await;
    assert!(left.contains(&own) && !left.contains(&library), "{left:?}");
    let lift = json!({ "organization": ORGS[0] });
    assert!(applied(&bureau.does(&server, "LiftSuspension", lift).await));
    assert!(feeds(&server, member.cookie()).await.contains(&library));
}

/// Who may do what about an organization that waits, and about one that takes part: everybody else is refused as not allowed.
#[tokio::test]
async fn which_role_may_do_what_about_an_organization() {
    let server = Server::start().await;
    let rural = match county_bureau() {
        Role::Bureau {
            region,
            region_name,
            ..
        } => Role::Bureau {
            region,
            region_name,
            department: Department::RuralRevitalization,
        },
        other => other,
    };
    let plain = match member(0) {
        Role::Member { org, org_name, .. } => Role::Member {
            org,
            org_name,
            owner: false,
        },
        other => other,
    };
    let mut people = [
        ("village", server.person(1, village()).await),
        ("owner of another one", server.person(2, member(1)).await),
        ("member", server.person(3, plain).await),
        ("rural revitalization", server.person(4, rural).await),
        ("city", server.person(5, city_bureau()).await),
        ("administrator", server.person(6, Role::Administrator).await),
        ("another applicant", server.person(7, Role::Applicant).await),
    ];
    let mut applicant = server.person(8, Role::Applicant).await;
    assert!(applied(
        &applicant
            .does(&server, "RegisterOrganization", register())
            .await
    ));
    let waits = new_code();
    let acts = [
        (
            "ApproveOrganization",
            json!({ "organization": waits, "seen": 0 }),
        ),
        (
            "RefuseOrganization",
            json!({ "organization": waits, "reason": "does_not_match", "words": "", "seen": 0 }),
        ),
        (
            "ChangeOrganization",
            json!({ "organization": waits, "profile": profile("通道县别的志愿者协会") }),
        ),
        (
            "ChangeOrganization",
            json!({ "organization": ORGS[0], "profile": profile("通道县别的志愿者协会") }),
        ),
        (
            "SuspendOrganization",
            json!({ "organization": ORGS[0], "words": "年检没有通过" }),
        ),
        ("LiftSuspension", json!({ "organization": ORGS[0] })),
    ];
    for (name, args) in acts {
        for (role, person) in &mut people {
            let answer = person.does(&server, name, args.clone()).await;
            let why = &answer["verdict"]["rejected"]["rejection"];
            assert!(
                !why["not_allowed"].is_null(),
                "{role} does {name}: {answer}"
            );
        }
    }
    for (role, person) in &mut people[..6] {
        let answer = person
            .does(&server, "RegisterOrganization", register())
            .await;
        let why = &answer["verdict"]["rejected"]["rejection"];
        assert!(!why["not_allowed"].is_null(), "{role} registers: {answer}");
    }
    // Nobody is signed in: the regions are not told.
    let areas = server.post("/api/v1/areas", None, &json!({})).await;
    assert_eq!(areas.status, 401);
    let (_, applicant) = &people[6];
    let areas = server
        .post("/api/v1/areas", Some(applicant.cookie()), &json!({}))
        .await;
    assert_eq!(areas.status, 200);
}

#[tokio::test]
async fn an_applicant_registers_one_organization_at_a_time_and_at_a_place_that_is_there() {
    let server = Server::start().await;
    let table = "code,name,valid_from,valid_to,successor\n\
        430000000000,湖南省,,,\n431200000000,怀化市,,,\n431230000000,通道侗族自治县,,,\n\
        431229000000,靖州苗族侗族自治县,,2020-12-31,431230000000\n";
    let mut lines: Vec<&str> = table.lines().collect();
    lines[1..].sort_unstable();
    let regions = server::regions::Regions::parse(&lines.join("\n")).expect("a table");
    let put = server::group_commit::Write::PutRegions(regions.rows().to_vec());
    server.backend.write(put).await.expect("regions");
    let mut bureau = server.person(1, county_bureau()).await;
    let mut applicant = server.person(2, Role::Applicant).await;
    let at = |organization: &str, region: &str| {
        let mut args = register();
        args["organization"] = json!(organization);
        args["registered_in"] = json!(region);
        args
    };
    let other = CreditCode::complete("51431230500000901")
        .expect("a code")
        .to_string();
    let new_code = new_code().to_string();
    let new_code = new_code.as_str();
    // Neither a code that nobody has nor one that is not used any more.
    for region in ["431299000000", "431229000000"] {
        let refused = applicant
            .does(&server, "RegisterOrganization", at(new_code, region))
            .await;
        assert_eq!(
            refused["verdict"]["rejected"]["rejection"]["invalid"]["problem"], "no_such_place",
            "{refused}"
        );
    }
    let first = applicant
        .does(&server, "RegisterOrganization", at(new_code, COUNTY))
        .await;
    assert!(applied(&first), "{first}");
    let second = applicant
        .does(&server, "RegisterOrganization", at(&other, COUNTY))
        .await;
    let told = &second["verdict"]["rejected"]["rejection"]["already_applied"]["name"];
    assert!(
        told.as_str().is_some_and(|name| !name.is_empty()),
        "{second}"
    );
    // Refused, it makes room for another one; and two in one exchange are one.
    let refuse = json!({
        "organization": new_code, "reason": "does_not_match", "words": "名称对不上", "seen": 0,
    });
    assert!(applied(
        &bureau.does(&server, "RefuseOrganization", refuse).await
    ));
    let both = vec![
        applicant.mutation("RegisterOrganization", at(&other, COUNTY)),
        applicant.mutation("RegisterOrganization", at(new_code, COUNTY)),
    ];
    let answer = applicant.exchange(&server, both).await;
    let results = answer.body["results"].as_array().expect("results").clone();
    assert!(applied(&results[0]), "{}", results[0]);
    assert!(
        results[1]["verdict"]["rejected"]["rejection"]["already_applied"].is_object(),
        "{}",
        results[1]
    );
}
