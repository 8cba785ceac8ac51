//! `xiangdan demo` on an empty folder.

use crate::support::*;
use api::{Backend, Caller};
use server::{Options, StorageBackend};

#[tokio::test]
async fn the_demonstration_agrees_with_itself_and_its_accounts_sign_in() {
    let backend = StorageBackend::in_memory(Options::default())
        .await
        .expect("backend");
    let told = server::seed::demo(&backend).await.expect("filled");
    let found = backend.database().check().await.expect("check");
    assert_eq!(found.wrong, Vec::<String>::new());
    assert!(found.entities > 3_200, "{}", found.entities);
    let accounts: Vec<&str> = told
        .lines()
        .skip(1)
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    assert!(accounts.len() >= 7, "{told}");
    let nobody = Caller {
        session: None,
        device: None,
        ip: std::net::IpAddr::from([127, 0, 0, 1]),
        kind: String::new(),
    };
    for phone in accounts {
        let signed_in = backend
            .sign_in(&nobody, phone, server::seed::PASSWORD)
            .await
            .expect(phone);
        assert!(!signed_in.profile.feeds.is_empty());
    }
    assert!(
        server::seed::demo(&backend).await.is_err(),
        "real data is never mixed with it"
    );
}

#[tokio::test]
async fn every_change_of_the_demonstration_is_in_the_audit_trail() {
    let backend = StorageBackend::in_memory(Options::default())
        .await
        .expect("backend");
    server::seed::demo(&backend).await.expect("filled");
    let nobody = Caller {
        session: None,
        device: None,
        ip: std::net::IpAddr::from([127, 0, 0, 1]),
        kind: String::new(),
    };
    // An officer of the province sees every need.
    let signed_in = backend
        .sign_in(&nobody, "19900000009", server::seed::PASSWORD)
        .await
        .expect("signs in");
    let officer = Caller {
        session: Some(signed_in.token),
        device: None,
        ..nobody
    };
    let request = api::BrowseRequest {
        limit: Some(100),
        ..api::BrowseRequest::default()
    };
    let page = backend.browse(&officer, request).await.expect("a page");
    assert_eq!(page.needs.len(), 100);
    let (needs, newer) = page.read();
    assert_eq!(newer, 0);
    for need in needs {
        let id = need.id.to_string();
        let trail = backend.database().trail("need", &id).await.expect("trail");
        let mut before = None;
        for entry in &trail {
            assert_eq!(entry.before, before, "each begins where the last one ended");
            before.clone_from(&entry.after);
        }
        let before: Option<serde_json::Value> =
            before.map(|text| serde_json::from_str(&text).expect("JSON"));
        let last = serde_json::to_value(&need).expect("JSON");
        assert_eq!(before, Some(last), "and the last one is what is there");
        let posted = trail.first().map(|e| (e.at, e.user.clone()));
        assert_eq!(posted, Some((need.created_at, need.author.to_string())));
    }
}

#[tokio::test]
async fn regions_are_imported_whole() {
    let server = Server::start().await;
    let regions = server::regions::Regions::hunan().expect("regions");
    let write = server::group_commit::Write::PutRegions(regions.rows().to_vec());
    server.backend.write(write).await.expect("stored");
    assert_eq!(
        server
            .backend
            .database()
            .count_regions()
            .await
            .expect("count"),
        regions.rows().len() as i64
    );
}
