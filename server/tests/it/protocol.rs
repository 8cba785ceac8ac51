//! The promises of `docs/SYNC.md` about an exchange, tested over HTTP.

use crate::support::*;
use domain::{ClientId, Entity, Role};
use serde_json::{Value, json};
use server::group_commit::Write;
use server::storage::accounts::NewAccount;

fn post(n: u64) -> Value {
    json!({ "need": id(n), "content": content("路灯需要安装", 1) })
}

#[tokio::test]
async fn a_mutation_whose_answer_was_lost_gets_the_same_verdict_again() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mutation = cadre.mutation("PostNeed", post(1));
    let first = cadre.exchange(&server, vec![mutation.clone()]).await.body;
    assert_eq!(
        first["results"],
        json!([{ "seq": 1, "verdict": "applied" }])
    );
    let again = cadre.exchange(&server, vec![mutation]).await.body;
    assert_eq!(
        again["results"],
        json!([{ "seq": 1, "verdict": "applied", "duplicate": true }])
    );
    assert_eq!(again["last_seq"], 1);
    assert_eq!(again["feeds"], json!([]), "nothing happened a second time");
}

#[tokio::test]
async fn a_mutation_that_comes_again_under_another_client_takes_effect_once() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mutation = cadre.mutation("PostNeed", post(1));
    cadre.exchange(&server, vec![mutation.clone()]).await;
    cadre.client = ClientId::from_random([99; 16]);
    let again = cadre.exchange(&server, vec![mutation]).await.body;
    assert_eq!(
        again["results"],
        json!([{ "seq": 1, "verdict": "applied", "duplicate": true }])
    );
    assert_eq!(again["last_seq"], 1, "the new client's sequence goes on");
    let next = cadre
        .does(
            &server,
            "WithdrawNeed",
            json!({ "need": id(1), "reason": "mistake" }),
        )
        .await;
    assert_eq!(next["verdict"], "applied", "{next}");
}

#[tokio::test]
async fn a_rejection_advances_the_sequence_and_blocks_nothing() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mutations = vec![
        cadre.mutation("SubmitNeed", json!({ "need": id(77) })),
        cadre.mutation("PostNeed", post(1)),
        cadre.mutation("BuildARocket", json!({})),
        cadre.mutation("WithdrawNeed", json!({ "need": 5 })),
        cadre.mutation("PostNeed", post(2)),
    ];
    let answer = cadre.exchange(&server, mutations).await.body;
    let verdicts: Vec<_> = answer["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(
            |r| match r["verdict"]["rejected"]["rejection"].as_object() {
                Some(tagged) => tagged.keys().next().expect("a tag").clone(),
                None => r["verdict"].as_str().expect("verdict").to_owned(),
            },
        )
        .collect();
    assert_eq!(
        verdicts,
        [
            "not_found",
            "applied",
            "unsupported",
            "malformed",
            "applied"
        ]
    );
    assert_eq!(answer["last_seq"], 5);
}

#[tokio::test]
async fn a_gap_is_refused_with_the_number_that_comes_next() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    cadre.does(&server, "PostNeed", post(1)).await;
    cadre.seq = 4;
    let mutation = cadre.mutation("PostNeed", post(2));
    let answer = cadre.exchange(&server, vec![mutation]).await;
    assert_eq!(answer.status, 409);
    assert_eq!(
        (&answer.body["code"], &answer.body["expected"]),
        (&json!("sequence_gap"), &json!(2))
    );
    assert!(
        answer.body["message"]
            .as_str()
            .is_some_and(|m| !m.is_empty())
    );
}

#[tokio::test]
async fn a_copied_device_is_told_to_take_another_identifier() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    cadre.does(&server, "PostNeed", post(1)).await;
    let mut copy = cadre.mutation("PostNeed", post(2));
    copy["seq"] = json!(1);
    let answer = cadre.exchange(&server, vec![copy]).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (409, &json!("client_conflict"))
    );

    let mut stranger = server.person(2, village()).await;
    stranger.client = cadre.client;
    let answer = stranger.exchange(&server, vec![]).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (409, &json!("client_conflict"))
    );
}

#[tokio::test]
async fn work_of_one_person_is_not_taken_from_the_session_of_another() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let other = server.person(2, village()).await;
    let mutation = cadre.mutation("PostNeed", post(1));
    let own = cadre.caller.clone();
    // Somebody else has signed in on the same device: their cookie goes along with the first one's work.
    cadre.caller = other.caller.clone();
    let mut request = cadre.request(vec![mutation]);
    request["user"] = json!(cadre.actor.user);
    let path = "/api/v1/exchange";
    let answer = server.post(path, Some(cadre.cookie()), &request).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (409, &json!("other_user"))
    );
    assert!(answer.body.get("feeds").is_none(), "and nothing is read");
    // The same for browsing, and whatever the request is otherwise.
    let browse = json!({ "user": cadre.actor.user });
    let answer = server
        .post("/api/v1/browse", Some(cadre.cookie()), &browse)
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (409, &json!("other_user"))
    );

    cadre.caller = own;
    let answer = server.post(path, Some(cadre.cookie()), &request).await;
    assert_eq!(
        answer.body["results"],
        json!([{ "seq": 1, "verdict": "applied" }])
    );
}

#[tokio::test]
async fn a_device_with_a_bad_line_gets_small_pages_and_no_server_gives_more_than_its_own() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let posted = (0..40)
        .map(|n| cadre.mutation("PostNeed", post(n)))
        .collect();
    cadre.exchange(&server, posted).await;
    let mut pages = Vec::new();
    for bytes in [1, 8_192, u32::MAX] {
        let reader = server.person(20, village()).await;
        let mut request = reader.request(vec![]);
        request["page_bytes"] = json!(bytes);
        let answer = server
            .post("/api/v1/exchange", Some(reader.cookie()), &request)
            .await
            .body;
        let rows: usize = answer["feeds"]
            .as_array()
            .expect("feeds")
            .iter()
            .map(|feed| feed["rows"].as_array().map_or(0, Vec::len))
            .sum();
        pages.push((rows, answer["more"] == true));
    }
    assert!(pages[0].0 >= 1 && pages[0].1, "{pages:?}");
    assert!(
        pages[0].0 < pages[1].0 && pages[1].0 < pages[2].0,
        "{pages:?}"
    );
    assert_eq!(pages[2], (40, false), "{pages:?}");
}

#[tokio::test]
async fn a_full_pull_comes_in_pages_that_miss_nothing() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let posted = cadre.mutation("PostNeed", post(0));
    cadre.exchange(&server, vec![posted]).await;
    // 2,500 needs in one transaction: one version holds them all, so a page must end inside it.
    let mut template = None;
    let row = sample_need(&server).await;
    for n in 1..=2_500_u64 {
        let mut need = row.clone();
        need["id"] = json!(id(n));
        template
            .get_or_insert_with(Vec::new)
            .push(Entity::from_json(domain::EntityKind::Need, &need.to_string()).expect("need"));
    }
    server
        .backend
        .write(Write::PutEntities(template.expect("needs")))
        .await
        .expect("stored");
    let mut second = server.person(2, village()).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut rounds = 0;
    loop {
        let answer = second.exchange(&server, vec![]).await.body;
        for page in answer["feeds"].as_array().expect("feeds") {
            for row in page["rows"].as_array().expect("rows") {
                assert!(
                    seen.insert(row["id"].as_str().expect("id").to_owned()),
                    "twice: {row}"
                );
            }
        }
        rounds += 1;
        if answer["more"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 2_501);
    assert!(rounds >= 3, "{rounds} rounds");
    let quiet = second.exchange(&server, vec![]).await.body;
    assert_eq!(quiet["feeds"], json!([]));
}

async fn sample_need(server: &Server) -> Value {
    let mut reader = server.person(50, village()).await;
    let answer = reader.exchange(server, vec![]).await.body;
    let rows = answer["feeds"]
        .as_array()
        .expect("feeds")
        .iter()
        .flat_map(|f| f["rows"].as_array().expect("rows").clone());
    rows.into_iter()
        .find(|r| r["kind"] == "need")
        .expect("a need")["body"]
        .clone()
}

#[tokio::test]
async fn a_cursor_ahead_of_the_feed_or_of_another_epoch_starts_anew() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    cadre.does(&server, "PostNeed", post(1)).await;
    let feed = format!("village:{VILLAGE}");
    cadre.cursors[&feed] = json!("900");
    let answer = cadre.exchange(&server, vec![]).await.body;
    assert_eq!(
        (
            &answer["feeds"][0]["reset"],
            &answer["feeds"][0]["rows"][0]["id"]
        ),
        (&json!(true), &json!(id(1)))
    );
    cadre.epoch = "before the restore".into();
    let answer = cadre.exchange(&server, vec![]).await.body;
    assert!(
        answer["feeds"]
            .as_array()
            .expect("feeds")
            .iter()
            .all(|f| f["reset"] == true),
        "{answer}"
    );
}

#[tokio::test]
async fn a_right_that_was_taken_away_drops_its_feeds_and_then_signs_out() {
    let server = Server::start().await;
    let mut officer = server.person(2, county_bureau()).await;
    officer.exchange(&server, vec![]).await;
    let office = format!("office:{COUNTY}");
    assert!(officer.cursors.get(&office).is_some());

    let moved = Role::Bureau {
        region: code("431229000000"),
        region_name: "靖州".into(),
        department: domain::Department::CivilAffairs,
    };
    let account = |active| {
        Write::PutAccount(Box::new(NewAccount {
            phone: phone(2),
            password: "x".into(),
            actor: actor(2, moved.clone()),
            active,
            creator: None,
        }))
    };
    server.backend.write(account(true)).await.expect("moved");
    let answer = officer.exchange(&server, vec![]).await.body;
    assert_eq!(answer["drop"], json!([office]), "{answer}");

    server.backend.write(account(false)).await.expect("closed");
    let answer = officer.exchange(&server, vec![]).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (401, &json!("signed_out"))
    );
}

#[tokio::test]
async fn a_page_from_the_past_is_told_so_and_one_from_the_future_is_answered() {
    let server = Server::start().await;
    let cadre = server.person(1, village()).await;
    let mut old = cadre.request(vec![]);
    old["v"] = json!(0);
    let answer = server
        .post("/api/v1/exchange", Some(cadre.cookie()), &old)
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (426, &json!("page_too_old"))
    );
    // A page that is ahead of the server names what it does not know, and is answered all the same.
    old["v"] = json!(sync::wire::VERSION + 1);
    old["cursors"]["fairs:431230000000"] = json!("7");
    old["supplies"] = json!(true);
    let answer = server
        .post("/api/v1/exchange", Some(cadre.cookie()), &old)
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["v"]),
        (200, &json!(sync::wire::VERSION))
    );
    assert_eq!(answer.body["drop"], json!([]));
}

#[tokio::test]
async fn too_much_at_once_is_refused_before_it_is_read() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let many: Vec<_> = (0..401)
        .map(|n| cadre.mutation("PostNeed", post(n)))
        .collect();
    assert_eq!(cadre.exchange(&server, many).await.status, 413);
    let huge = json!({ "phone": "x".repeat(600 * 1024), "password": "" });
    let answer = server.post("/api/v1/sign_in", None, &huge).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (413, &json!("too_large"))
    );
}

#[tokio::test]
async fn every_change_is_in_the_audit_trail_before_and_after() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mut officer = server.person(2, county_bureau()).await;
    published(&server, &mut cadre, &mut officer, 1, 3).await;
    let trail = server
        .backend
        .database()
        .trail("need", &id(1))
        .await
        .expect("trail");
    assert_eq!(trail.len(), 2);
    assert_eq!(trail[0].command, "PostNeed");
    assert_eq!(trail[0].before, None);
    assert_eq!(trail[1].user, officer.actor.user.to_string());
    assert_eq!(trail[1].client, Some(officer.client.to_string()));
    assert_eq!(trail[1].before, trail[0].after);
}

#[tokio::test]
async fn what_is_in_memory_is_also_true_after_a_restart() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    cadre.does(&server, "PostNeed", post(1)).await;
    server.backend.shut_down().await;
    let file = server.folder.path().join("data/xiangdan.sqlite");
    let backend = server::StorageBackend::open(&file, server::Options::default())
        .await
        .expect("again");
    let request = serde_json::from_value(cadre.request(vec![])).expect("request");
    let answer = api::Backend::exchange(&backend, &cadre.caller, request)
        .await
        .expect("answer");
    assert_eq!(
        (answer.last_seq, answer.epoch.as_str()),
        (1, cadre.epoch.as_str())
    );
    assert!(answer.feeds.is_empty());
}

#[cfg(feature = "faults")]
#[tokio::test]
async fn a_transaction_that_fails_gives_no_verdict_and_changes_nothing() {
    let server = Server::start().await;
    let mut cadre = server.person(1, village()).await;
    let mutation = cadre.mutation("PostNeed", post(1));
    server.backend.faults().fail_commits(1);
    let answer = cadre.exchange(&server, vec![mutation.clone()]).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (503, &json!("unavailable"))
    );
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(cadre.exchange(&server, vec![]).await.body["last_seq"], 0);
    let answer = cadre.exchange(&server, vec![mutation]).await.body;
    assert_eq!(
        answer["results"],
        json!([{ "seq": 1, "verdict": "applied" }]),
        "it was never applied before"
    );
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_take_it() {
    use axum::http::{Request, header};
    let server = Server::start().await;
    let cadre = server.person(1, village()).await;
    let request = Request::post("/api/v1/me")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_ENCODING, "gzip")
        .header(
            header::COOKIE,
            format!("xiangdan_session={}", cadre.cookie()),
        )
        .body(axum::body::Body::from("{}"))
        .expect("request");
    let answer = server.ask(request).await;
    assert_eq!(answer.headers[header::CONTENT_ENCODING], "gzip");
}

/// A page passes over a family of feeds that it does not know, and would be sent it again and again.
#[tokio::test]
async fn a_page_of_the_first_version_is_given_no_boards() {
    let server = Server::start().await;
    let cadre = server.person(1, village()).await;
    let mut request = cadre.request(vec![]);
    for (version, given) in [(1, 0), (sync::wire::VERSION, 3)] {
        request["v"] = json!(version);
        let answer = server
            .post("/api/v1/exchange", Some(cadre.cookie()), &request)
            .await;
        let feeds = answer.body["feeds"].as_array().expect("feeds");
        let names = feeds.iter().filter_map(|feed| feed["feed"].as_str());
        let boards = names.filter(|name| name.starts_with("board:")).count();
        assert_eq!(boards, given, "version {version}");
    }
}

#[tokio::test]
async fn every_server_function_that_pages_know_is_answered() {
    let server = Server::start().await;
    let functions = include_str!("../../../app/api/src/functions.rs");
    let names: Vec<&str> = functions
        .split("endpoint = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let path = format!("/api/v1/{name}");
        let answer = server.post(&path, None, &serde_json::json!({})).await;
        assert_ne!(answer.body["code"], "not_found", "{name}: {}", answer.body);
    }
}
