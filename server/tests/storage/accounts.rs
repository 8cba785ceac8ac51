//! Passwords are reset and accounts are closed, on both databases, and other servers on the same one hear of it.

use crate::databases;
use crate::people::{actor, organization, village};
use api::{ApiError, Backend, Caller};
use domain::{Entity, Key, Organization};
use server::backend::AccountError;
use server::group_commit::Write;
use server::{Options, StorageBackend};
use std::collections::BTreeMap;
use std::time::Duration;

const PHONE: &str = "13800000001";

async fn both() -> [StorageBackend; 2] {
    let location = databases::postgres().await;
    [
        StorageBackend::in_memory(Options::default())
            .await
            .expect("in memory"),
        StorageBackend::open(&location, Options::default())
            .await
            .expect("opens"),
    ]
}

async fn sign_in(backend: &StorageBackend, password: &str) -> Result<Caller, ApiError> {
    let nobody = Caller {
        session: None,
        device: None,
        ip: std::net::IpAddr::from([127, 0, 0, 1]),
        kind: String::new(),
    };
    let signed_in = backend.sign_in(&nobody, PHONE, password).await?;
    Ok(Caller {
        session: Some(signed_in.token),
        ..nobody
    })
}

#[tokio::test]
async fn another_password_ends_every_session_and_a_closed_account_stays_closed() {
    for backend in both().await {
        assert!(
            backend
                .reset_password(PHONE, "x")
                .await
                .expect("asks")
                .is_none()
        );
        assert!(backend.close_account(PHONE).await.expect("asks").is_none());
        let put = backend.put_account(PHONE, "the first one", actor(1, village()));
        put.await.expect("an account");
        let caller = sign_in(&backend, "the first one").await.expect("signs in");
        assert!(backend.me(&caller).await.is_ok());

        let reset = backend.reset_password(PHONE, "the second one").await;
        assert!(reset.expect("resets").is_some());
        assert_eq!(backend.me(&caller).await, Err(ApiError::SignedOut));
        assert_eq!(
            sign_in(&backend, "the first one").await.err(),
            Some(ApiError::WrongCredentials)
        );
        let caller = sign_in(&backend, "the second one").await.expect("signs in");
        assert!(backend.me(&caller).await.is_ok());

        assert!(
            backend
                .close_account(PHONE)
                .await
                .expect("closes")
                .is_some()
        );
        assert_eq!(backend.me(&caller).await, Err(ApiError::SignedOut));
        assert_eq!(
            sign_in(&backend, "the second one").await.err(),
            Some(ApiError::WrongCredentials)
        );
        for again in [
            backend.close_account(PHONE).await,
            backend.reset_password(PHONE, "the third one").await,
        ] {
            assert!(matches!(again, Err(AccountError::Closed)));
        }
        // Who it was, and that it was closed, stays.
        let user = actor(1, village()).user;
        let trail = backend.database().trail("user", &user.to_string()).await;
        assert_eq!(trail.expect("a trail").len(), 3);
        backend.shut_down().await;
    }
}

#[tokio::test]
async fn another_server_on_the_database_ends_the_sessions_too() {
    let location = databases::postgres().await;
    let open = || StorageBackend::open(&location, Options::default());
    let (here, there) = (open().await.expect("opens"), open().await.expect("opens"));
    let put = here.put_account(PHONE, "the first one", actor(1, village()));
    put.await.expect("an account");
    let caller = sign_in(&there, "the first one").await.expect("signs in");
    let profile = there.me(&caller).await.expect("signed in");
    let listening = there.cache().hub.subscribe(
        profile.actor.user,
        None,
        &[profile.feeds[0].parse().expect("a feed")],
        BTreeMap::new(),
    );
    assert!(here.close_account(PHONE).await.expect("closes").is_some());
    let ended = tokio::time::timeout(Duration::from_secs(20), listening.next()).await;
    assert_eq!(ended.expect("in time"), None, "its stream ends");
    assert_eq!(there.me(&caller).await, Err(ApiError::SignedOut));
    here.shut_down().await;
    there.shut_down().await;
}

#[tokio::test]
async fn how_many_orders_an_organization_may_take_in_a_day_is_set_and_nothing_else_of_it() {
    for backend in both().await {
        let Entity::Organization(before) = organization(0) else {
            panic!("an organization");
        };
        let before = *before;
        let org = before.code;
        assert_eq!(
            backend.set_daily_orders(org, Some(3)).await.expect("asks"),
            None
        );
        let put = Write::PutEntities(vec![Entity::from(before.clone())]);
        backend.write(put).await.expect("an organization");
        for daily_orders in [Some(3), None] {
            let name = backend
                .set_daily_orders(org, daily_orders)
                .await
                .expect("sets");
            assert_eq!(name.as_ref(), Some(&before.name));
            let mut tx = backend.database().begin().await.expect("begins");
            let rows = tx
                .read_entities(&[Key::Organization(org)])
                .await
                .expect("reads");
            tx.roll_back().await.expect("ends");
            let kept: Organization = serde_json::from_str(&rows[0].body).expect("an organization");
            let expected = Organization {
                daily_orders,
                ..before.clone()
            };
            assert_eq!(kept, expected);
        }
    }
}
