//! The audit trail: what stands in it, who reads it, and that nothing in it can be changed unnoticed.

use crate::support::{Server, city_bureau, county_bureau, id, member, published, village};
use serde_json::{Value, json};

/// The entries, newest first, as somebody reads them.
async fn entries(server: &Server, cookie: &str, body: &Value) -> Vec<Value> {
    let answer = server.post("/api/v1/trail", Some(cookie), body).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    answer.body["entries"].as_array().expect("entries").clone()
}

fn commands(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .filter_map(|e| e["command"].as_str())
        .collect()
}

#[tokio::test]
async fn bureaus_read_what_was_done_in_their_region_who_did_it_and_what_changed() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    let all = entries(&server, officer.cookie(), &json!({})).await;
    // That there is somebody to call is told, and not who.
    let text = Value::from(all.clone()).to_string();
    assert!(
        text.contains("/content/contact/phone") && text.contains("（不显示）"),
        "{text}"
    );
    assert!(
        !text.contains("13900000001") && !text.contains("王建国"),
        "{text}"
    );
    let acts: Vec<&str> = commands(&all)
        .into_iter()
        .filter(|c| *c != "PutAccount")
        .collect();
    assert_eq!(acts, ["ScreenNeed", "PostNeed"]);
    let screened = &all[0];
    assert_eq!(screened["device"], officer.client.to_string());
    assert_eq!(screened["person"], officer.actor.user.to_string());
    assert_eq!(screened["name"], officer.actor.name);
    let changes = screened["changes"].as_array().expect("changes");
    let state = |change: &&Value| {
        change["at"]
            .as_str()
            .is_some_and(|at| at.starts_with("/state"))
    };
    assert!(changes.iter().any(|change| state(&change)), "{changes:?}");
    let posted = entries(&server, officer.cookie(), &json!({ "command": "PostNeed" })).await;
    assert_eq!(commands(&posted), ["PostNeed"]);
    assert_eq!(posted[0]["title"], "路灯需要安装");
    // Page by page, and nothing twice.
    let mut seen = Vec::new();
    let mut body = json!({ "limit": 1 });
    loop {
        let answer = server
            .post("/api/v1/trail", Some(officer.cookie()), &body)
            .await;
        for entry in answer.body["entries"].as_array().expect("entries") {
            seen.push(entry["no"].as_i64().expect("a number"));
        }
        let Some(next) = answer.body["next"].as_i64() else {
            break;
        };
        body["before"] = next.into();
    }
    let numbers: Vec<i64> = all.iter().filter_map(|e| e["no"].as_i64()).collect();
    assert_eq!(seen, numbers);
}

#[tokio::test]
async fn an_order_that_was_refused_stands_under_the_need_it_was_meant_for() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let mut member = server.person(3, member(0)).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    let take = json!({
        "order": id(90), "need": id(1), "lines": [{ "item": 1, "quantity": 99 }], "due": "2026-12-20",
        "contact": { "name": "陈小玲", "phone": "13800000003" },
    });
    let verdict = member.does(&server, "TakeOrder", take).await;
    assert!(verdict.to_string().contains("rejected"), "{verdict}");
    let refused = entries(&server, officer.cookie(), &json!({ "refused": true })).await;
    assert_eq!(commands(&refused), ["TakeOrder"]);
    assert_eq!(
        (&refused[0]["kind"], &refused[0]["id"]),
        (&json!("need"), &json!(id(1)))
    );
}

#[tokio::test]
async fn what_was_refused_stands_there_with_the_reason_and_without_what_was_sent() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    let again =
        json!({ "need": id(1), "opinion": { "publish": { "remark": "看过了" } }, "seen": 0 });
    officer.does(&server, "ScreenNeed", again).await;
    let refused = entries(&server, officer.cookie(), &json!({ "refused": true })).await;
    assert_eq!(commands(&refused), ["ScreenNeed"]);
    assert_eq!(refused[0]["refused"], "这条需求已经发布，不用再办这一步。");
    assert_eq!(refused[0]["changes"], Value::Null, "nothing changed");
    assert!(!refused[0].to_string().contains("看过了"));
    // What happened before and after it is still told.
    let trail = server
        .backend
        .database()
        .trail("need", &id(1))
        .await
        .expect("trail");
    assert_eq!(trail.len(), 3);
    assert_eq!(trail[2].before, trail[2].after);
    assert_eq!(trail[1].before, trail[0].after);
}

#[tokio::test]
async fn whoever_is_shown_contacts_by_a_question_is_named() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let city = server.person(3, city_bureau()).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    let answer = server
        .post("/api/v1/browse", Some(city.cookie()), &json!({}))
        .await;
    assert_eq!(answer.status.as_u16(), 200);
    let shown = entries(
        &server,
        city.cookie(),
        &json!({ "command": "ContactShown" }),
    )
    .await;
    assert_eq!(shown.len(), 1);
    // The number of whoever took an order, too.
    let mut member = server.person(4, member(0)).await;
    let take = json!({
        "order": id(90), "need": id(1), "lines": [{ "item": 1, "quantity": 2 }], "due": "2026-12-20",
        "contact": { "name": "陈小玲", "phone": "13800000003" },
    });
    let verdict = member.does(&server, "TakeOrder", take).await;
    assert!(!verdict.to_string().contains("rejected"), "{verdict}");
    let orders = json!({ "kind": "order" });
    let answer = server
        .post("/api/v1/browse", Some(city.cookie()), &orders)
        .await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    let asked = json!({ "command": "ContactShown", "id": id(90) });
    let of_order = entries(&server, city.cookie(), &asked).await;
    assert_eq!(of_order.len(), 1, "{}", answer.body);
    assert_eq!(shown[0]["person"], city.actor.user.to_string());
    assert!(shown[0].to_string().contains(&id(1)));
    // Whose contact it was is told in words.
    assert_eq!(shown[0]["title"], of_order[0]["title"]);
    assert_ne!(shown[0]["title"], "");
}

#[tokio::test]
async fn the_trail_is_read_by_bureaus_of_the_region_alone() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let org = server.person(3, member(0)).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    for (cookie, status) in [
        (Some(cadre.cookie()), 403),
        (Some(org.cookie()), 403),
        (None, 401),
    ] {
        let answer = server.post("/api/v1/trail", cookie, &json!({})).await;
        assert_eq!(answer.status.as_u16(), status);
    }
    let elsewhere = domain::Role::Bureau {
        region: "430521000000".parse().expect("a code"),
        region_name: "邵东市".to_owned(),
        department: domain::Department::CivilAffairs,
    };
    let elsewhere = server.person(4, elsewhere).await;
    let seen = entries(&server, elsewhere.cookie(), &json!({})).await;
    assert!(
        seen.iter()
            .all(|e| e["person"] == elsewhere.actor.user.to_string()),
        "{seen:?}"
    );
}

#[tokio::test]
async fn check_follows_the_chain_and_notices_what_was_changed_behind_its_back() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    server.backend.shut_down().await;
    let file = server.folder.path().join("data/xiangdan.sqlite");
    // A second start opens a second lane, which names the end of the first one.
    let backend = server::StorageBackend::open(&file, server::Options::default())
        .await
        .expect("again");
    let request = serde_json::from_value(cadre.request(vec![])).expect("request");
    api::Backend::exchange(&backend, &cadre.caller, request)
        .await
        .expect("answer");
    backend
        .put_account("19900009999", "a-password-1", cadre.actor.clone())
        .await
        .expect("an account");
    let found = backend.database().check().await.expect("checks");
    assert_eq!(found.wrong, Vec::<String>::new());
    assert_eq!(found.trail.heads.len(), 2);
    backend.shut_down().await;
    for change in [
        "UPDATE audit SET user = NULL WHERE command = 'ScreenNeed'",
        "DELETE FROM audit WHERE command = 'PostNeed'",
        "UPDATE audit SET at = at + 1 WHERE no = (SELECT max(no) FROM audit)",
    ] {
        let mut conn = backend_file(&file).await;
        sqlx::query(change).execute(&mut conn).await.expect(change);
        drop(conn);
        let storage = server::storage::open_to_read(&server::storage::Location::File(file.clone()))
            .await
            .expect("opens");
        let found = storage.check().await.expect("checks");
        assert!(
            found.wrong.iter().any(|line| line.starts_with("trail: ")),
            "{change}: {:?}",
            found.wrong
        );
        storage.close().await;
    }
}

async fn backend_file(file: &std::path::Path) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    sqlx::ConnectOptions::connect(&options)
        .await
        .expect("opens")
}
