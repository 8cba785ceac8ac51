use crate::browser::{fresh, keys, values};
use std::cell::RefCell;
use std::rc::Rc;
use store::IndexedDbStore;
use sync::ports::{Area, Guard, Store, StoreError};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

const ROUNDS: u8 = 25;

#[wasm_bindgen_test]
async fn two_tabs_append_at_once_without_a_gap_or_a_number_used_twice() {
    let first = Rc::new(fresh("tabs").await);
    let second = Rc::new(IndexedDbStore::new("tabs"));
    second.open().await.unwrap();
    let given = Rc::new(RefCell::new(Vec::new()));
    for (tab, store) in [&first, &second].into_iter().enumerate() {
        for n in 0..ROUNDS {
            let (store, given, tab) = (store.clone(), given.clone(), tab as u8);
            spawn_local(async move {
                // One entry or two, so that the tabs get out of step.
                let entries: Vec<_> = (0..=n % 2).map(|part| vec![tab, n, part]).collect();
                let seq = store.append(entries.clone()).await.unwrap();
                given.borrow_mut().extend((seq..).zip(entries));
            });
        }
    }
    let all = usize::from(ROUNDS + ROUNDS / 2) * 2;
    for _ in 0..2_000 {
        if given.borrow().len() == all {
            break;
        }
        values(&first, Area::Identity).await;
    }
    let mut given = given.take();
    given.sort_unstable();
    let numbers: Vec<u64> = given.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(numbers, (1..=all as u64).collect::<Vec<_>>());
    let stored = second.load(Area::Outbox).await.unwrap();
    let given: Vec<_> = given.into_iter().map(|(seq, v)| (seq.into(), v)).collect();
    assert_eq!(
        stored, given,
        "each entry under the number that its tab was told"
    );
}

#[wasm_bindgen_test]
async fn the_slower_tab_is_told_that_the_other_was_faster() {
    let first = fresh("race").await;
    let second = IndexedDbStore::new("race");
    second.open().await.unwrap();
    let guard = |value: Option<&[u8]>| Guard {
        area: Area::State,
        key: "state".into(),
        value: value.map(<[u8]>::to_vec),
    };
    let put = |value: &[u8]| {
        vec![
            sync::ports::Op::Put(Area::State, "state".into(), value.to_vec()),
            sync::ports::Op::Put(Area::Chunks, 1.into(), value.to_vec()),
        ]
    };
    first.write(Some(guard(None)), put(b"a")).await.unwrap();
    let late = second.write(Some(guard(None)), put(b"b")).await;
    assert_eq!(late, Err(StoreError::Conflict));
    assert_eq!(values(&second, Area::Chunks).await, [b"a".to_vec()]);
    second
        .write(Some(guard(Some(b"a"))), put(b"c"))
        .await
        .unwrap();
    assert_eq!(values(&first, Area::Chunks).await, [b"c".to_vec()]);
    assert_eq!(keys(&first, Area::State).await, ["state".into()]);
}
