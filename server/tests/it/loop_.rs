//! The main workflow: a need is posted, screened, taken, delivered and confirmed, and everybody sees exactly what they may see.

use crate::support::*;
use serde_json::json;

#[tokio::test]
async fn a_need_goes_all_the_way_and_everybody_sees_what_they_may() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let mut helper = server.person(3, member(0)).await;
    let mut other = server.person(4, member(1)).await;
    let need = published(&server, &mut cadre, &mut officer, 1, 18).await;

    let seen = other.exchange(&server, vec![]).await.body;
    let page = seen["feeds"]
        .as_array()
        .expect("feeds")
        .iter()
        .find(|f| f["feed"] == format!("needs:{COUNTY}"))
        .expect("library");
    assert_eq!(page["rows"][0]["id"], need);
    assert_eq!(page["rows"][0]["view"], "public");
    assert!(
        !seen.to_string().contains("13900000001"),
        "the contact is private"
    );

    let order = id(2);
    let taken = helper
        .does(&server, "TakeOrder", json!({ "order": order, "need": need, "lines": [{ "item": 1, "quantity": 18 }], "due": due(), "contact": callable() }))
        .await;
    assert_eq!(taken["verdict"], "applied", "{taken}");
    let holder = helper.exchange(&server, vec![]).await;
    assert_eq!(
        holder.body["feeds"],
        json!([]),
        "the answer to the order already carried everything"
    );

    let late = other
        .does(&server, "TakeOrder", json!({ "order": id(3), "need": need, "lines": [{ "item": 1, "quantity": 1 }], "due": due(), "contact": callable() }))
        .await;
    assert!(
        late["verdict"]["rejected"]["rejection"]["taken"].is_object(),
        "{late}"
    );

    for (name, args) in [
        (
            "ReportProgress",
            json!({ "order": order, "progress": id(9), "text": "路灯已到县城", "cash": 120_000, "persons": 3 }),
        ),
        (
            "MarkDelivered",
            json!({ "order": order, "note": "18 盏全亮" }),
        ),
    ] {
        let verdict = helper.does(&server, name, args).await;
        assert_eq!(verdict["verdict"], "applied", "{verdict}");
    }
    let verdict = cadre
        .does(&server, "ConfirmDelivery", json!({ "order": order }))
        .await;
    assert_eq!(verdict["verdict"], "applied", "{verdict}");

    let gone = other.exchange(&server, vec![]).await.body;
    let row = &gone["feeds"][0]["rows"][0];
    assert_eq!(
        (row["id"].as_str(), row["view"].as_str()),
        (Some(need.as_str()), Some("gone")),
        "{gone}"
    );
    assert!(row.get("body").is_none());
    let found = server.backend.database().check().await.expect("check");
    assert_eq!(found.wrong, Vec::<String>::new());
}

#[tokio::test]
async fn of_two_organizations_that_take_the_last_piece_at_once_exactly_one_has_it() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    let mut a = server.person(3, member(0)).await;
    let mut b = server.person(4, member(1)).await;
    for round in 0..100 {
        // Eight rounds a day: an organization takes no more than ten orders on one.
        server.clock.forward(3 * 3_600_000);
        let need = published(&server, &mut cadre, &mut officer, 1000 + round, 1).await;
        let take = |order: u64| json!({ "order": id(order), "need": need, "lines": [{ "item": 1, "quantity": 1 }], "due": due(), "contact": callable() });
        let (first, second) = tokio::join!(
            a.does(&server, "TakeOrder", take(5000 + round)),
            b.does(&server, "TakeOrder", take(7000 + round)),
        );
        let verdicts = [first, second];
        let winners = verdicts
            .iter()
            .filter(|v| v["verdict"] == "applied")
            .count();
        assert_eq!(winners, 1, "{verdicts:?}");
        let loser = verdicts
            .iter()
            .find(|v| v["verdict"]["rejected"].is_object())
            .expect("one is told");
        let taken = &loser["verdict"]["rejected"]["rejection"]["taken"];
        assert!(taken["holders"][0]["org_name"].is_string(), "{loser}");
        // Nobody is stopped by too many open orders.
        let winner = if verdicts[0]["verdict"] == "applied" {
            (&mut a, 5000 + round)
        } else {
            (&mut b, 7000 + round)
        };
        winner
            .0
            .does(
                &server,
                "MarkDelivered",
                json!({ "order": id(winner.1), "note": "" }),
            )
            .await;
        let confirmed = cadre
            .does(&server, "ConfirmDelivery", json!({ "order": id(winner.1) }))
            .await;
        assert_eq!(confirmed["verdict"], "applied", "{confirmed}");
    }
    assert_eq!(
        server
            .backend
            .database()
            .check()
            .await
            .expect("check")
            .wrong,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn officers_of_a_city_browse_page_by_page_and_only_in_their_region() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let city = server.person(2, city_bureau()).await;
    for n in 0..5 {
        cadre
            .does(
                &server,
                "PostNeed",
                json!({ "need": id(n), "content": content(&format!("第{n}盏路灯"), 1) }),
            )
            .await;
        server.clock.forward(1_000);
    }
    cadre
        .does(
            &server,
            "SaveNeed",
            json!({ "need": id(99), "content": content("还是草稿", 1) }),
        )
        .await;
    let mut titles = Vec::new();
    let mut after = serde_json::Value::Null;
    loop {
        let page = server
            .post(
                "/api/v1/browse",
                Some(city.cookie()),
                &json!({ "limit": 2, "after": after }),
            )
            .await;
        assert_eq!(page.status, 200, "{}", page.body);
        titles.extend(
            page.body["needs"]
                .as_array()
                .expect("needs")
                .iter()
                .map(|n| n["content"]["title"].clone()),
        );
        after = page.body["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(
        titles,
        [
            "第4盏路灯",
            "第3盏路灯",
            "第2盏路灯",
            "第1盏路灯",
            "第0盏路灯"
        ]
    );
    let ask = async |body| {
        server
            .post("/api/v1/browse", Some(city.cookie()), &body)
            .await
    };
    assert_eq!(
        ask(json!({ "text": "第3盏 木脚" })).await.body["needs"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        ask(json!({ "stage": "published" })).await.body["needs"],
        json!([])
    );
    assert_eq!(
        ask(json!({ "topic": "health" })).await.body["needs"],
        json!([])
    );
    let one = ask(json!({ "need": id(3) })).await.body["needs"].take();
    assert_eq!(one[0]["content"]["title"], "第3盏路灯");
    assert_eq!(one.as_array().map(Vec::len), Some(1));
    assert_eq!(
        ask(json!({ "need": id(99) })).await.body["needs"],
        json!([])
    );
    let elsewhere = ask(json!({ "region": "430100000000" })).await;
    assert_eq!(
        (elsewhere.status.as_u16(), &elsewhere.body["code"]),
        (403, &json!("forbidden"))
    );
    let unpublished = server
        .post("/api/v1/browse", Some(cadre.cookie()), &json!({}))
        .await;
    assert_eq!(
        unpublished.body["needs"],
        json!([]),
        "a village browses only what is published"
    );
}
