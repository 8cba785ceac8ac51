//! Devices, verdicts, accounts, sessions.

use super::write;
use crate::people::{account, actor, village};
use domain::{ClientId, Millis, MutationId};
use server::storage::SharedStorage;
use server::storage::accounts::StoredSession;
use server::storage::work_rows::{ClientRow, StoredVerdict, WorkRows};

pub(super) async fn verdicts_and_devices_are_found_again(storage: SharedStorage) {
    let (client, other) = (
        ClientId::from_random([1; 16]),
        ClientId::from_random([2; 16]),
    );
    let user = actor(1, village()).user;
    let mutation = |n| MutationId::from_random([n; 16]);
    let verdict = StoredVerdict {
        client,
        seq: 1,
        json: "\"applied\"".to_owned(),
    };
    let at = |last_seq, is_new, verdicts| WorkRows {
        now: Millis(5),
        clients: vec![(client, ClientRow { user, last_seq }, is_new)],
        verdicts,
        ..WorkRows::default()
    };
    write(
        &*storage,
        &at(1, true, vec![(mutation(1), verdict.clone())]),
    )
    .await;
    write(&*storage, &at(2, false, vec![])).await;
    let mut transaction = storage.begin().await.expect("begins");
    let clients = transaction
        .lock_clients(&[other, client])
        .await
        .expect("locks");
    assert_eq!(clients, [(client, ClientRow { user, last_seq: 2 })].into());
    let verdicts = transaction.verdicts(&[mutation(1), mutation(2)]).await;
    assert_eq!(
        verdicts.expect("reads"),
        [(mutation(1), verdict.clone())].into()
    );
    let second = at(2, false, vec![(mutation(1), verdict)]);
    assert!(
        transaction.write(&second).await.is_err(),
        "a second verdict"
    );
    transaction.roll_back().await.expect("rolls back");
    let found = storage.client(client).await.expect("reads");
    assert_eq!(found.map(|row| row.last_seq), Some(2));
}

pub(super) async fn who_is_not_active_any_more_has_no_session(storage: SharedStorage) {
    let person = account(1, village(), true);
    let user = person.actor.user;
    let session = StoredSession {
        user,
        touched_at: Millis(10),
        expires_at: Millis(100),
    };
    let mut transaction = storage.begin().await.expect("begins");
    transaction
        .put_account(&person, Millis(1))
        .await
        .expect("puts");
    transaction
        .start_session(&[7; 32], session)
        .await
        .expect("starts");
    transaction.commit().await.expect("commits");
    let found = storage
        .account_by_phone(&person.phone)
        .await
        .expect("reads");
    assert_eq!(
        found.map(|a| (a.actor, a.active)),
        Some((person.actor.clone(), true))
    );
    assert!(storage.session(&[7; 32]).await.expect("reads").is_some());

    let mut transaction = storage.begin().await.expect("begins");
    let closed = account(1, village(), false);
    transaction
        .put_account(&closed, Millis(2))
        .await
        .expect("puts");
    transaction.commit().await.expect("commits");
    assert!(storage.session(&[7; 32]).await.expect("reads").is_none());
    let found = storage.account(user).await.expect("reads");
    assert_eq!(found.map(|a| a.active), Some(false));
    assert_eq!(storage.count_accounts().await.expect("counts"), 1);
    assert!(
        storage
            .account_by_phone("1")
            .await
            .expect("reads")
            .is_none()
    );
}

pub(super) async fn sessions_are_moved_ended_and_removed_when_they_have_expired(
    storage: SharedStorage,
) {
    let user = actor(1, village()).user;
    let until = |expires_at| StoredSession {
        user,
        touched_at: Millis(10),
        expires_at: Millis(expires_at),
    };
    let mut transaction = storage.begin().await.expect("begins");
    for (token, expires_at) in [(1, 100), (2, 200), (3, 300)] {
        transaction
            .start_session(&[token; 32], until(expires_at))
            .await
            .expect("starts");
    }
    transaction
        .touch_session(&[1; 32], Millis(20), Millis(400))
        .await
        .expect("touches");
    transaction.end_session(&[3; 32]).await.expect("ends");
    transaction
        .remove_expired_sessions(Millis(250))
        .await
        .expect("removes");
    transaction.commit().await.expect("commits");
    let mut left = Vec::new();
    for token in 1..=3 {
        let session = storage.session(&[token; 32]).await.expect("reads");
        left.push(session.map(|s| (s.touched_at.0, s.expires_at.0)));
    }
    assert_eq!(left, [Some((20, 400)), None, None]);
    let mut transaction = storage.begin().await.expect("begins");
    transaction.end_sessions(user).await.expect("ends");
    transaction.commit().await.expect("commits");
    assert!(storage.session(&[1; 32]).await.expect("reads").is_none());
}
