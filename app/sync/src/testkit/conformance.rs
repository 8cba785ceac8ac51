//! The conformance suite (contract tests) that every store passes: the memory store natively, the IndexedDB store in Chromium.
//! Each check takes a store that is open and empty, and panics where the store breaks the contract of [`Store`].
#![expect(
    clippy::unwrap_used,
    reason = "a suite of checks: a panic is how it reports"
)]

use crate::ports::{Area, Database, Guard, NEXT_SEQ, Op, Store, StoreError, StoreKey};

/// Runs all checks, each on a store of its own made by `fresh`.
pub async fn all<S: Store, F: AsyncFn() -> S>(fresh: F) {
    values_are_kept_and_read_in_order(&fresh().await).await;
    writes_are_all_or_nothing(&fresh().await).await;
    a_guard_that_does_not_hold_writes_nothing(&fresh().await).await;
    areas_do_not_see_each_other(&fresh().await).await;
    sequence_numbers_have_no_gap_and_are_never_used_twice(&fresh().await).await;
    large_and_odd_values_survive(&fresh().await).await;
    clear_removes_one_area_only(&fresh().await).await;
    opening_again_loses_nothing(&fresh().await).await;
    appending_from_two_sides_gives_different_numbers(&fresh().await).await;
}

fn text(s: &str) -> StoreKey {
    StoreKey::from(s)
}

/// Numbers come in numeric order, not in the order of their digits, and before texts.
pub async fn values_are_kept_and_read_in_order<S: Store>(store: &S) {
    let numbers = [10_u64, 9, 1, 1 << 40, 100];
    let ops = numbers
        .iter()
        .map(|n| Op::Put(Area::Chunks, (*n).into(), n.to_be_bytes().to_vec()))
        .collect();
    store.write(None, ops).await.unwrap();
    let loaded = store.load(Area::Chunks).await.unwrap();
    let keys: Vec<_> = loaded.iter().map(|(k, _)| k.clone()).collect();
    assert_eq!(keys, [1_u64, 9, 10, 100, 1 << 40].map(StoreKey::Number));
    assert!(
        loaded
            .iter()
            .all(|(k, v)| { matches!(k, StoreKey::Number(n) if v.as_slice() == n.to_be_bytes()) })
    );
    let got = store
        .get(Area::Chunks, &[100.into(), 7.into(), 1.into()])
        .await
        .unwrap();
    assert_eq!(
        got,
        [
            Some(100_u64.to_be_bytes().to_vec()),
            None,
            Some(1_u64.to_be_bytes().to_vec())
        ]
    );
    store
        .write(
            None,
            vec![
                Op::Delete(Area::Chunks, 9.into()),
                Op::Delete(Area::Chunks, 12345.into()),
                Op::Put(Area::Chunks, 10.into(), b"new".to_vec()),
            ],
        )
        .await
        .unwrap();
    let loaded = store.load(Area::Chunks).await.unwrap();
    assert_eq!(loaded.len(), 4);
    assert!(loaded.contains(&(10.into(), b"new".to_vec())));
}

/// A write that fails leaves nothing of itself behind.
pub async fn writes_are_all_or_nothing<S: Store>(store: &S) {
    let put = |k: &str| Op::Put(Area::Drafts, text(k), b"1".to_vec());
    let guard = Guard {
        area: Area::Identity,
        key: text("no such key"),
        value: Some(b"x".to_vec()),
    };
    let failed = store.write(Some(guard), vec![put("a"), put("b")]).await;
    assert_eq!(failed, Err(StoreError::Conflict));
    assert_eq!(store.load(Area::Drafts).await.unwrap(), []);
    store.write(None, vec![put("a"), put("b")]).await.unwrap();
    assert_eq!(store.load(Area::Drafts).await.unwrap().len(), 2);
}

/// The guard is compared inside the transaction, for present and for absent values.
pub async fn a_guard_that_does_not_hold_writes_nothing<S: Store>(store: &S) {
    let guard = |value: Option<&[u8]>| Guard {
        area: Area::State,
        key: text("state"),
        value: value.map(<[u8]>::to_vec),
    };
    let put = |v: &[u8]| vec![Op::Put(Area::State, text("state"), v.to_vec())];
    store.write(Some(guard(None)), put(b"one")).await.unwrap();
    let late = store.write(Some(guard(None)), put(b"two")).await;
    assert_eq!(late, Err(StoreError::Conflict));
    store
        .write(Some(guard(Some(b"one"))), put(b"three"))
        .await
        .unwrap();
    let got = store.get(Area::State, &[text("state")]).await.unwrap();
    assert_eq!(got, [Some(b"three".to_vec())]);
}

/// The same key in two areas is two values.
pub async fn areas_do_not_see_each_other<S: Store>(store: &S) {
    for area in Area::ALL {
        let value = area.name().as_bytes().to_vec();
        store
            .write(None, vec![Op::Put(area, 1.into(), value)])
            .await
            .unwrap();
    }
    for area in Area::ALL {
        let got = store.get(area, &[1.into()]).await.unwrap();
        assert_eq!(got, [Some(area.name().as_bytes().to_vec())]);
    }
}

/// From 1, without a gap, and not again after the entries are gone.
pub async fn sequence_numbers_have_no_gap_and_are_never_used_twice<S: Store>(store: &S) {
    let entry = |n: u8| vec![n];
    assert_eq!(store.append(vec![entry(1)]).await, Ok(1));
    assert_eq!(store.append(vec![entry(2), entry(3)]).await, Ok(2));
    store
        .write(None, vec![Op::Clear(Area::Outbox)])
        .await
        .unwrap();
    assert_eq!(store.append(vec![entry(4)]).await, Ok(4));
    let outbox = store.load(Area::Outbox).await.unwrap();
    assert_eq!(outbox, [(4.into(), vec![4])]);
    let next = store.get(Area::Identity, &[text(NEXT_SEQ)]).await.unwrap();
    assert_eq!(next, [Some(b"5".to_vec())]);
    store
        .write(
            None,
            vec![Op::Put(Area::Identity, text(NEXT_SEQ), b"1".to_vec())],
        )
        .await
        .unwrap();
    assert_eq!(store.append(vec![entry(9)]).await, Ok(1));
}

/// Empty values, zero bytes, and values of 60 KiB come back as they were.
pub async fn large_and_odd_values_survive<S: Store>(store: &S) {
    let large: Vec<u8> = (0..60 * 1024_u32).map(|n| (n % 251) as u8).collect();
    let values = [Vec::new(), vec![0, 0, 0], large];
    let ops = (0_u64..)
        .zip(&values)
        .map(|(n, v)| Op::Put(Area::Segments, n.into(), v.clone()))
        .collect();
    store.write(None, ops).await.unwrap();
    let loaded = store.load(Area::Segments).await.unwrap();
    assert!(loaded.iter().map(|(_, v)| v).eq(values.iter()));
}

/// Clearing an area leaves the others alone, and what is put after it in the same write stays.
pub async fn clear_removes_one_area_only<S: Store>(store: &S) {
    let put = |area, n: u64| Op::Put(area, n.into(), vec![1]);
    store
        .write(None, vec![put(Area::Chunks, 1), put(Area::Segments, 1)])
        .await
        .unwrap();
    store
        .write(None, vec![Op::Clear(Area::Chunks), put(Area::Chunks, 2)])
        .await
        .unwrap();
    let keys = |loaded: Vec<(StoreKey, Vec<u8>)>| -> Vec<_> {
        loaded.into_iter().map(|(k, _)| k).collect()
    };
    let chunks = keys(store.load(Area::Chunks).await.unwrap());
    assert_eq!(chunks, [StoreKey::Number(2)]);
    assert_eq!(keys(store.load(Area::Segments).await.unwrap()), [1.into()]);
}

/// `open` may be called again and finds what was written.
pub async fn opening_again_loses_nothing<S: Store>(store: &S) {
    store.append(vec![vec![7]]).await.unwrap();
    store
        .write(None, vec![Op::Put(Area::Chunks, 1.into(), vec![8])])
        .await
        .unwrap();
    let opened = store.open().await.unwrap();
    assert!(!opened.durable_is_new && !opened.cache_is_new && !opened.durable_was_lost);
    assert_eq!(
        store.load(Area::Outbox).await.unwrap(),
        [(1.into(), vec![7])]
    );
    assert_eq!(
        store.load(Area::Chunks).await.unwrap(),
        [(1.into(), vec![8])]
    );
}

/// Two tabs append at the same time.
pub async fn appending_from_two_sides_gives_different_numbers<S: Store>(store: &S) {
    let (mut a, mut b) = (
        Box::pin(store.append(vec![vec![1], vec![2]])),
        Box::pin(store.append(vec![vec![3]])),
    );
    // Both are begun before either is finished.
    let mut first = None;
    let mut second = None;
    std::future::poll_fn(|cx| {
        if first.is_none()
            && let std::task::Poll::Ready(r) = a.as_mut().poll(cx)
        {
            first = Some(r.unwrap());
        }
        if second.is_none()
            && let std::task::Poll::Ready(r) = b.as_mut().poll(cx)
        {
            second = Some(r.unwrap());
        }
        if first.is_some() && second.is_some() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    let mut numbers = [first.unwrap(), second.unwrap()];
    numbers.sort_unstable();
    assert!(numbers == [1, 3] || numbers == [1, 2], "{numbers:?}");
    assert_eq!(store.load(Area::Outbox).await.unwrap().len(), 3);
    assert_eq!(Area::Outbox.database(), Database::Durable);
}
