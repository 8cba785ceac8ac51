//! Passwords are reset and accounts are closed, on both databases, and other servers on the same one hear of it.

use crate::databases;
use crate::people::{COUNTY, account, actor, code, member, organization, village};
use api::{ApiError, Backend, Caller};
use domain::accounts::Post;
use domain::trail::TERMINAL;
use domain::{Entity, Key, Millis, Organization, Role};
use server::backend::AccountError;
use server::group_commit::{AccountChange, Write};
use server::storage::accounts::{StoredAccount, StoredInvitation};
use server::storage::audit::TrailQuery;
use server::storage::work_rows::AuditRow;
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

async fn stored(backend: &StorageBackend, n: u64) -> StoredAccount {
    let user = actor(n, village()).user;
    let found = backend.database().account(user).await.expect("asks");
    found.expect("an account")
}

fn changes(n: u64, change: AccountChange) -> Write {
    Write::ChangeAccount {
        by: TERMINAL,
        command: "ChangeAccount",
        user: actor(n, village()).user,
        post: None,
        change,
    }
}

fn invitation(n: u64, code: u8) -> StoredInvitation {
    StoredInvitation {
        user: actor(n, village()).user,
        code: [code; 32],
        issuer: TERMINAL,
        issued_at: Millis(0),
        expires_at: Millis(i64::MAX),
    }
}

async fn does(backend: &StorageBackend, write: Write) {
    backend.write(write).await.expect("written");
}

fn begins(n: u64, token: u8, password: &str) -> Write {
    Write::StartSession {
        token: [token; 32],
        user: actor(n, village()).user,
        expires_at: Millis(i64::MAX),
        replaces: None,
        device: String::new(),
        password: Some(password.to_owned()),
    }
}

#[tokio::test]
async fn a_change_of_an_account_keeps_what_others_have_changed_meanwhile() {
    for backend in both().await {
        let put = Write::PutAccount(Box::new(account(1, village(), true)));
        does(&backend, put).await;
        let rename = || changes(1, AccountChange::Rename("杨秀英".to_owned()));
        let password = changes(1, AccountChange::Password("$new".to_owned()));
        let (one, other) = tokio::join!(backend.write(rename()), backend.write(password));
        one.and(other).expect("both written");
        let now = stored(&backend, 1).await;
        assert_eq!(
            (now.actor.name.as_str(), now.password.as_str()),
            ("杨秀英", "$new")
        );
        // Who was seen in another post, or is closed, is not changed.
        let mut elsewhere = changes(1, AccountChange::Rename("龙桂香".to_owned()));
        if let Write::ChangeAccount { post, .. } = &mut elsewhere {
            *post = Some(Post::Administrator);
        }
        does(&backend, elsewhere).await;
        assert_eq!(stored(&backend, 1).await.actor.name, "杨秀英");
        // An invitation gives a password and nothing else, and only while the account is open.
        let accepts = |code: u8| Write::AcceptInvitation {
            code: [code; 32],
            user: actor(1, village()).user,
            password: "$chosen".to_owned(),
            token: [code; 32],
            expires_at: Millis(i64::MAX),
            device: String::new(),
        };
        does(
            &backend,
            changes(1, AccountChange::Invite(invitation(1, 1))),
        )
        .await;
        does(&backend, accepts(1)).await;
        let now = stored(&backend, 1).await;
        assert_eq!(
            (now.actor.name.as_str(), now.password.as_str()),
            ("杨秀英", "$chosen")
        );
        does(
            &backend,
            changes(1, AccountChange::Invite(invitation(1, 2))),
        )
        .await;
        does(&backend, changes(1, AccountChange::Close)).await;
        does(&backend, rename()).await;
        does(&backend, accepts(2)).await;
        let now = stored(&backend, 1).await;
        assert!(!now.active && now.password != "$chosen");
        let session = backend.database().session(&[2; 32]).await;
        assert!(session.expect("asks").is_none());
        backend.shut_down().await;
    }
}

#[tokio::test]
async fn a_sign_in_under_way_does_not_outlive_the_password() {
    for backend in both().await {
        let mut new = account(1, village(), true);
        new.password = "$old".to_owned();
        does(&backend, Write::PutAccount(Box::new(new))).await;
        let is_there = async |token: u8| {
            let session = backend.database().session(&[token; 32]).await;
            session.expect("asks").is_some()
        };
        does(&backend, begins(1, 1, "$old")).await;
        assert!(is_there(1).await);
        does(
            &backend,
            changes(1, AccountChange::Invite(invitation(1, 1))),
        )
        .await;
        does(&backend, begins(1, 2, "$old")).await;
        assert!(!is_there(1).await && !is_there(2).await);
        does(
            &backend,
            changes(1, AccountChange::Password("$new".to_owned())),
        )
        .await;
        does(&backend, begins(1, 3, "$new")).await;
        assert!(is_there(3).await);
        does(&backend, changes(1, AccountChange::Close)).await;
        does(&backend, begins(1, 4, "$new")).await;
        assert!(!is_there(3).await && !is_there(4).await);
        backend.shut_down().await;
    }
}

#[tokio::test]
async fn a_closed_account_opens_again_though_another_closed_one_had_its_number() {
    for backend in both().await {
        let opens = |n: u64| {
            let mut new = account(n, village(), true);
            new.phone = PHONE.to_owned();
            Write::OpenAccounts {
                by: TERMINAL,
                accounts: vec![new],
                invitations: vec![invitation(n, 10 + u8::try_from(n).expect("small"))],
            }
        };
        for n in [1, 2] {
            does(&backend, opens(n)).await;
            does(&backend, changes(n, AccountChange::Close)).await;
        }
        does(
            &backend,
            changes(1, AccountChange::Invite(invitation(1, 1))),
        )
        .await;
        let (first, second) = (stored(&backend, 1).await, stored(&backend, 2).await);
        assert!(first.active && first.phone == PHONE);
        assert!(!second.active && second.phone.starts_with(PHONE) && second.phone != PHONE);
        // Now the number is somebody's, and the other one stays closed.
        does(
            &backend,
            changes(2, AccountChange::Invite(invitation(2, 2))),
        )
        .await;
        assert!(!stored(&backend, 2).await.active);
        backend.shut_down().await;
    }
}

#[tokio::test]
async fn who_only_signed_up_does_not_keep_a_number_from_those_who_are_entered() {
    for backend in both().await {
        let signs_up = |n: u64| Write::SignUp(Box::new(account(n, Role::Applicant, true)));
        let opens = |n: u64, of: u64| {
            let mut new = account(n, village(), true);
            new.phone = account(of, village(), true).phone;
            Write::OpenAccounts {
                by: TERMINAL,
                accounts: vec![new],
                invitations: Vec::new(),
            }
        };
        does(&backend, signs_up(1)).await;
        does(&backend, signs_up(2)).await;
        let user = actor(1, village()).user;
        let caller = backend.start_session(user).await.expect("a session");
        assert!(backend.me(&caller).await.is_ok());
        let Entity::Organization(mut applied) = organization(0) else {
            panic!("an organization");
        };
        applied.applicant = Some(actor(2, village()).user);
        applied.approved = false;
        let put = Write::PutEntities(vec![Entity::Organization(applied)]);
        does(&backend, put).await;
        does(&backend, opens(3, 1)).await;
        does(&backend, opens(4, 2)).await;
        assert!(!stored(&backend, 1).await.active);
        assert_eq!(backend.me(&caller).await, Err(ApiError::SignedOut));
        assert_eq!(
            stored(&backend, 3).await.phone,
            account(1, village(), true).phone
        );
        let trail = backend.database().trail("user", &user.to_string()).await;
        let trail = trail.expect("a trail");
        assert!(trail.iter().any(|entry| entry.command == "CloseAccount"));
        // Who has applied for an organization keeps it.
        assert!(stored(&backend, 2).await.active);
        let fourth = actor(4, village()).user;
        let fourth = backend.database().account(fourth).await.expect("asks");
        assert!(fourth.is_none());
        backend.shut_down().await;
    }
}

#[tokio::test]
async fn a_province_reads_its_regions_and_not_the_installation() {
    for backend in both().await {
        does(&backend, Write::PutEntities(vec![organization(0)])).await;
        let put = |n, role| Write::PutAccount(Box::new(account(n, role, true)));
        does(&backend, put(1, village())).await;
        does(&backend, put(2, member(0))).await;
        let ends = Write::EndSessionsOf {
            by: TERMINAL,
            user: actor(2, village()).user,
            tokens: Vec::new(),
        };
        does(&backend, ends).await;
        let note = AuditRow {
            at: Millis(0),
            user: Some(TERMINAL),
            client: None,
            mutation: None,
            command: "LoadRegions".to_owned(),
            kind: "region".into(),
            id: "all".to_owned(),
            region: None,
            refused: None,
            change: None,
            after: None,
        };
        does(&backend, Write::Note(Box::new(note))).await;
        let commands = async |region: Option<&str>| {
            let query = TrailQuery {
                region: region.map(code),
                limit: 100,
                ..TrailQuery::default()
            };
            let rows = backend.database().trail_page(&query).await;
            let rows = rows.expect("rows").into_iter();
            rows.rev().map(|row| row.command).collect::<Vec<_>>()
        };
        let own = ["PutAccount", "PutAccount", "EndSessions"];
        assert_eq!(commands(Some("430000000000")).await, own);
        assert_eq!(commands(Some(COUNTY)).await, own);
        let all = commands(None).await;
        assert_eq!(all.last().map(String::as_str), Some("LoadRegions"));
        backend.shut_down().await;
    }
}
