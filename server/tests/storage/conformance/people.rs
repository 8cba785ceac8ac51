//! Devices, verdicts, accounts, sessions.

use super::write;
use crate::people::{account, actor, code, org, village};
use domain::accounts::{AccountState, Below};
use domain::{ClientId, Department, Millis, MutationId, Role};
use server::storage::SharedStorage;
use server::storage::accounts::{
    AccountQuery, NO_PASSWORD, NewAccount, StoredInvitation, StoredSession,
};
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
        .start_session(&[7; 32], session, "安卓手机")
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
            .start_session(&[token; 32], until(expires_at), "")
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

fn all(below: Vec<Below>) -> AccountQuery {
    AccountQuery {
        below,
        account: None,
        inside: None,
        kind: None,
        state: None,
        words: Vec::new(),
        after: None,
        now: Millis(1_000),
        limit: 100,
    }
}

fn invited(person: &NewAccount, code: u8, expires_at: i64) -> StoredInvitation {
    StoredInvitation {
        user: person.actor.user,
        code: [code; 32],
        issuer: actor(9, village()).user,
        issued_at: Millis(5),
        expires_at: Millis(expires_at),
    }
}

pub(super) async fn accounts_are_found_by_those_who_look_after_them(storage: SharedStorage) {
    let bureau = |region: &str, department| Role::Bureau {
        region: code(region),
        region_name: "某地".into(),
        department,
    };
    let member = |owner| Role::Member {
        org: org(1),
        org_name: "第1协会".into(),
        owner,
    };
    let (civil, rural) = (Department::CivilAffairs, Department::RuralRevitalization);
    let mut people = vec![
        account(1, village(), true),
        account(2, village(), false),
        account(3, bureau("431230000000", civil), true),
        account(4, bureau("431230000000", rural), true),
        account(5, bureau("431200000000", civil), true),
        account(6, bureau("430000000000", civil), true),
        account(7, member(true), true),
        account(8, member(false), true),
        account(9, Role::Administrator, true),
    ];
    people[0].password = NO_PASSWORD.to_owned();
    people[2].password = "$argon2id$".to_owned();
    let mut transaction = storage.begin().await.expect("begins");
    for person in &people {
        transaction
            .put_account(person, Millis(1))
            .await
            .expect("puts");
    }
    transaction
        .put_invitation(&invited(&people[0], 1, 2_000))
        .await
        .expect("invites");
    transaction.commit().await.expect("commits");
    let organization = super::organization_row(&org(1).to_string(), super::super::people::COUNTY);
    write(&*storage, &organization).await;
    let found = async |query: AccountQuery| {
        let found = storage.accounts(&query).await.expect("reads");
        let mut numbers: Vec<usize> = found
            .iter()
            .filter_map(|f| {
                let same = |p: &NewAccount| p.actor.user == f.account.actor.user;
                people.iter().position(same)
            })
            .map(|n| n + 1)
            .collect();
        numbers.sort_unstable();
        numbers
    };
    let county = code("431230000000");
    let city = code("431200000000");
    let province = code("430000000000");
    assert_eq!(found(all(Vec::new())).await, [0_usize; 0]);
    assert_eq!(found(all(vec![Below::Villages(county)])).await, [1, 2]);
    assert_eq!(
        found(all(vec![Below::Villages(code("431229000000"))])).await,
        [0_usize; 0]
    );
    assert_eq!(found(all(vec![Below::Bureaus(city, civil)])).await, [3]);
    assert_eq!(found(all(vec![Below::Bureaus(province, civil)])).await, [5]);
    assert_eq!(
        found(all(vec![Below::Bureaus(province, rural)])).await,
        [0_usize; 0]
    );
    assert_eq!(found(all(vec![Below::AllBureaus])).await, [3, 4, 5, 6]);
    assert_eq!(found(all(vec![Below::Members(org(1))])).await, [8]);
    assert_eq!(found(all(vec![Below::Registered(county)])).await, [7, 8]);
    assert_eq!(
        found(all(vec![Below::Registered(city)])).await,
        [0_usize; 0]
    );
    let both = vec![Below::Villages(county), Below::Registered(county)];
    assert_eq!(found(all(both.clone())).await, [1, 2, 7, 8]);
    let in_state = |state| AccountQuery {
        state: Some(state),
        ..all(vec![Below::Villages(county), Below::AllBureaus])
    };
    assert_eq!(found(in_state(AccountState::Invited)).await, [1]);
    assert_eq!(found(in_state(AccountState::Closed)).await, [2]);
    assert_eq!(found(in_state(AccountState::Active)).await, [3]);
    assert_eq!(found(in_state(AccountState::Waiting)).await, [4, 5, 6]);
    let words = AccountQuery {
        words: vec!["木脚".into()],
        ..all(both.clone())
    };
    assert_eq!(found(words).await, [1, 2]);
    let first = AccountQuery {
        limit: 1,
        ..all(both.clone())
    };
    let page = storage.accounts(&first).await.expect("reads");
    let after = Some((page[0].region, page[0].account.actor.user.to_string()));
    let rest = AccountQuery { after, ..all(both) };
    assert_eq!(found(rest).await.len(), 3);
    let phones = [
        people[0].phone.clone(),
        "1".to_owned(),
        people[3].phone.clone(),
    ];
    let by_phone = storage.accounts_by_phone(&phones).await.expect("reads");
    assert_eq!(by_phone.len(), 2);
    assert!(
        storage
            .accounts_by_phone(&[])
            .await
            .expect("reads")
            .is_empty()
    );
}

pub(super) async fn an_invitation_is_used_once_and_replaced_by_the_next(storage: SharedStorage) {
    let person = account(1, village(), true);
    let mut transaction = storage.begin().await.expect("begins");
    transaction
        .put_account(&person, Millis(1))
        .await
        .expect("puts");
    transaction
        .put_invitation(&invited(&person, 1, 2_000))
        .await
        .expect("invites");
    transaction
        .put_invitation(&invited(&person, 2, 2_000))
        .await
        .expect("invites");
    transaction.commit().await.expect("commits");
    assert_eq!(storage.invitation(&[1; 32]).await.expect("reads"), None);
    let second = storage.invitation(&[2; 32]).await.expect("reads");
    assert_eq!(second, Some(invited(&person, 2, 2_000)));
    let mut transaction = storage.begin().await.expect("begins");
    assert!(
        !transaction
            .take_invitation(&[2; 32], Millis(2_000))
            .await
            .expect("asks"),
        "expired"
    );
    assert!(
        transaction
            .take_invitation(&[2; 32], Millis(1_999))
            .await
            .expect("asks")
    );
    assert!(
        !transaction
            .take_invitation(&[2; 32], Millis(1_999))
            .await
            .expect("asks"),
        "used"
    );
    transaction
        .put_invitation(&invited(&person, 3, 2_000))
        .await
        .expect("invites");
    // A closed account has none, and its number is free.
    let closed = account(1, village(), false);
    transaction
        .put_account(&closed, Millis(2))
        .await
        .expect("closes");
    transaction
        .free_closed_phones(std::slice::from_ref(&closed.phone))
        .await
        .expect("frees");
    let other = NewAccount {
        phone: closed.phone.clone(),
        creator: Some(person.actor.user),
        ..account(2, village(), true)
    };
    transaction
        .put_account(&other, Millis(2))
        .await
        .expect("puts");
    transaction
        .end_invitation(other.actor.user)
        .await
        .expect("ends nothing");
    transaction.commit().await.expect("commits");
    assert_eq!(storage.invitation(&[3; 32]).await.expect("reads"), None);
    let found = storage
        .account_by_phone(&closed.phone)
        .await
        .expect("reads")
        .expect("an account");
    assert_eq!(
        (found.actor.user, found.creator),
        (other.actor.user, Some(person.actor.user))
    );
    let before = storage
        .account(person.actor.user)
        .await
        .expect("reads")
        .expect("stays");
    assert!(before.phone.starts_with(&closed.phone) && before.phone.len() > closed.phone.len());
}

pub(super) async fn sessions_are_listed_with_their_devices(storage: SharedStorage) {
    let user = actor(1, village()).user;
    let session = |touched_at| StoredSession {
        user,
        touched_at: Millis(touched_at),
        expires_at: Millis(500),
    };
    let mut transaction = storage.begin().await.expect("begins");
    for (token, at, device) in [(1, 10, "安卓手机 · 微信"), (2, 20, "")] {
        transaction
            .start_session(&[token; 32], session(at), device)
            .await
            .expect("starts");
    }
    transaction.commit().await.expect("commits");
    let listed = storage.sessions(user).await.expect("reads");
    let told: Vec<(u8, i64, &str)> = listed
        .iter()
        .map(|s| (s.token[0], s.created_at.0, s.device.as_str()))
        .collect();
    assert_eq!(told, [(2, 20, ""), (1, 10, "安卓手机 · 微信")]);
}

pub(super) async fn the_first_key_of_a_device_stays(storage: SharedStorage) {
    let user = actor(1, village()).user;
    assert_eq!(storage.data_key(user, "a").await.expect("reads"), None);
    for key in [[1; 32], [2; 32]] {
        let mut transaction = storage.begin().await.expect("begins");
        let put = transaction.put_data_key(user, "a", &key, Millis(1)).await;
        put.expect("puts");
        transaction.commit().await.expect("commits");
    }
    assert_eq!(
        storage.data_key(user, "a").await.expect("reads"),
        Some([1; 32])
    );
    assert_eq!(storage.data_key(user, "b").await.expect("reads"), None);
}

pub(super) async fn regions_are_found_by_code_and_by_level(storage: SharedStorage) {
    use domain::Level;
    use server::regions::Regions;
    let all = Regions::hunan().expect("regions");
    let rows: Vec<_> = all.rows()[..600].to_vec();
    let mut transaction = storage.begin().await.expect("begins");
    transaction.put_regions(&rows).await.expect("puts");
    transaction.commit().await.expect("commits");
    let today: domain::Day = "2026-11-28".parse().expect("a day");
    let codes = [rows[500].code, rows[0].code, code("659999999999")];
    let found = storage.regions_by_code(&codes, today).await.expect("reads");
    assert_eq!(found, [rows[0].clone(), rows[500].clone()]);
    assert!(
        storage
            .regions_by_code(&[], today)
            .await
            .expect("reads")
            .is_empty()
    );
    for level in [
        Level::Province,
        Level::City,
        Level::County,
        Level::Town,
        Level::Village,
    ] {
        let expected: Vec<_> = rows
            .iter()
            .filter(|r| r.level() == level)
            .cloned()
            .collect();
        assert_eq!(
            storage
                .regions_inside(None, level, today)
                .await
                .expect("reads"),
            expected
        );
        let inside = rows[3].code.county();
        let expected: Vec<_> = expected
            .into_iter()
            .filter(|r| inside.contains(r.code))
            .collect();
        assert_eq!(
            storage
                .regions_inside(Some(inside), level, today)
                .await
                .expect("reads"),
            expected
        );
    }
}

pub(super) async fn a_region_is_in_use_up_to_its_last_day(storage: SharedStorage) {
    use domain::{Day, Level};
    use server::regions::Region;
    let region = |code: &str, from: Option<&str>, to: Option<&str>| Region {
        code: code.parse().expect("a code"),
        name: code.to_owned(),
        valid_from: from.map(|day| day.parse().expect("a day")),
        valid_to: to.map(|day| day.parse().expect("a day")),
        successor: None,
    };
    let mut transaction = storage.begin().await.expect("begins");
    let (place, first): (_, Day) = (code("430102000000"), "2026-11-28".parse().expect("a day"));
    assert!(
        transaction.is_in_use(place, first).await.expect("reads"),
        "without a table nothing is known"
    );
    let all = [
        region("430000000000", None, None),
        region("430100000000", None, None),
        region("430102000000", None, Some("2026-12-31")),
        region("430103000000", Some("2027-01-01"), None),
    ];
    transaction.put_regions(&all).await.expect("puts");
    transaction.commit().await.expect("commits");
    for (today, ending, beginning) in [
        ("2026-11-28", true, false),
        ("2026-12-31", true, false),
        ("2027-01-01", false, true),
    ] {
        let today: Day = today.parse().expect("a day");
        let expected: Vec<&Region> = [(2, ending), (3, beginning)]
            .into_iter()
            .filter_map(|(n, there)| there.then_some(&all[n]))
            .collect();
        let codes = [all[2].code, all[3].code];
        let found = storage.regions_by_code(&codes, today).await.expect("reads");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{today}");
        let found = storage
            .regions_inside(Some(all[1].code), Level::County, today)
            .await
            .expect("reads");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{today}");
        let areas = storage.areas(today).await.expect("reads");
        assert_eq!(areas.len(), 2 + expected.len(), "{today}");
        let counted = storage.count_by_county(all[0].code, today).await;
        assert_eq!(
            counted.expect("counts").len(),
            2 + expected.len(),
            "{today}"
        );
        let mut transaction = storage.begin().await.expect("begins");
        for (n, there) in [(2, ending), (3, beginning)] {
            let found = transaction.is_in_use(all[n].code, today).await;
            assert_eq!(found.expect("reads"), there, "{today}");
        }
        transaction.roll_back().await.expect("rolls back");
    }
}
