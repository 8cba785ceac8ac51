//! A PIN: what is stored is sealed, also when the browser ends in the middle; wrong PINs are counted; nothing is lost.

use crate::browser::script;
use std::cell::Cell;
use std::rc::Rc;
use store::pin::{self, State, Tried};
use store::{Cipher, IndexedDbStore};
use sync::ports::{Area, Guard, Op, Store, StoreError, StoreKey};
use wasm_bindgen_test::wasm_bindgen_test;

const SECRET: &str = "杨国胜 13800000001";
const KEY: [u8; 32] = [7; 32];

async fn cipher() -> Cipher {
    Cipher::new(&KEY).await.unwrap()
}

/// A store with something in every area.
async fn filled(scope: &str) -> IndexedDbStore {
    let store = IndexedDbStore::new(scope);
    store.open().await.unwrap();
    fill(&store, 0).await;
    store
}

async fn fill(store: &IndexedDbStore, n: u64) {
    let secret = |what: &str| format!("{what} {n} {SECRET}").into_bytes();
    store
        .append(vec![secret("entry"), secret("second")])
        .await
        .unwrap();
    let durable = vec![
        Op::Put(
            Area::Drafts,
            StoreKey::Text(format!("form-{n}")),
            secret("draft"),
        ),
        Op::Put(
            Area::Notices,
            StoreKey::Text(format!("notice-{n}")),
            secret("notice"),
        ),
        Op::Put(Area::Identity, n.into(), secret("sent")),
        Op::Put(Area::Identity, "client".into(), b"the client".to_vec()),
    ];
    store.write(None, durable).await.unwrap();
    let cache = (0..80).map(|at| Op::Put(Area::Chunks, (100 * n + at).into(), secret("chunk")));
    let more = [
        Op::Put(Area::Segments, n.into(), secret("segment")),
        Op::Put(Area::State, "state".into(), b"cursors".to_vec()),
        Op::Put(
            Area::State,
            StoreKey::Text(format!("answer {n}")),
            secret("answer"),
        ),
    ];
    store
        .write(None, cache.chain(more).collect())
        .await
        .unwrap();
}

/// How many values of this person hold the secret as it is, as anybody with the files would find it.
async fn readable(scope: &str) -> f64 {
    let body = format!(
        r#"let found = 0;
        for (const {{ name }} of await indexedDB.databases()) {{
            if (!name.endsWith('-{scope}') || name.startsWith('xiangdan-pin')) continue;
            const db = await open(name);
            for (const store of db.objectStoreNames) {{
                const values = await asked(db.transaction(store).objectStore(store).getAll());
                for (const value of values) if (new TextDecoder().decode(value).includes('{SECRET}')) found += 1;
            }}
            db.close();
        }}
        return found;"#
    );
    script(&body).await.as_f64().unwrap()
}

/// Everything that a store gives, in its order.
async fn everything(store: &IndexedDbStore) -> Vec<(Area, StoreKey, Vec<u8>)> {
    let mut all = Vec::new();
    for area in Area::ALL {
        let loaded = store.load(area).await.unwrap();
        all.extend(loaded.into_iter().map(|(key, value)| (area, key, value)));
    }
    all
}

#[wasm_bindgen_test]
async fn with_a_pin_nothing_can_be_read_and_everything_is_there() {
    let store = filled("pin-on").await;
    let before = everything(&store).await;
    assert!(readable("pin-on").await > 80.0);
    store.seal_everything(cipher().await).await.unwrap();
    assert_eq!(readable("pin-on").await, 0.0);
    assert_eq!(everything(&store).await, before);
    // What is written from now on is sealed, too.
    fill(&store, 1).await;
    assert_eq!(readable("pin-on").await, 0.0);
    assert_eq!(store.load(Area::Outbox).await.unwrap().len(), 4);
    let got = store
        .get(
            Area::Drafts,
            &["form-1".into(), "none".into(), "form-0".into()],
        )
        .await
        .unwrap();
    let told: Vec<bool> = got.iter().map(Option::is_some).collect();
    assert_eq!(told, [true, false, true]);

    // Who has not said the PIN reads nothing and is told so.
    let other = IndexedDbStore::new("pin-on");
    other.open().await.unwrap();
    for area in [Area::Outbox, Area::Drafts, Area::Chunks] {
        assert!(matches!(
            other.load(area).await,
            Err(StoreError::Unavailable(_))
        ));
    }
    // With another key nothing opens either.
    let wrong = IndexedDbStore::sealed("pin-on", Cipher::new(&[8; 32]).await.unwrap());
    wrong.open().await.unwrap();
    assert!(matches!(
        wrong.load(Area::Drafts).await,
        Err(StoreError::Corrupt(_))
    ));
    // Guards compare what is not sealed, as before.
    let guard = Guard {
        area: Area::State,
        key: "state".into(),
        value: Some(b"cursors".to_vec()),
    };
    let put = vec![Op::Put(Area::Segments, 9_u64.into(), SECRET.into())];
    store.write(Some(guard), put).await.unwrap();
    assert_eq!(readable("pin-on").await, 0.0);

    store.unseal_everything().await.unwrap();
    assert!(readable("pin-on").await > 160.0);
    let plain = IndexedDbStore::new("pin-on");
    plain.open().await.unwrap();
    assert_eq!(plain.load(Area::Outbox).await.unwrap().len(), 4);
}

#[wasm_bindgen_test]
async fn a_browser_that_ends_in_the_middle_leaves_everything_readable() {
    let store = filled("pin-crash").await;
    let before = everything(&store).await;
    pin::set("pin-crash", "ab12", "246810", &KEY).await.unwrap();
    // Both databases say which key counts; then the third transaction that replaces values never commits: as if the tab were gone.
    script("let n = 0; self.trouble = { commit: (tx) => { n += 1; if (n > 4) { tx.abort(); return true; } } };").await;
    assert!(store.seal_everything(cipher().await).await.is_err());
    script("self.trouble = undefined;").await;
    let left = readable("pin-crash").await;
    assert!(
        left > 0.0 && left < 90.0,
        "some are sealed, some are not: {left}"
    );
    drop(store);

    let store = IndexedDbStore::sealed("pin-crash", cipher().await);
    store.open().await.unwrap();
    assert_eq!(everything(&store).await, before);
    store.go_on_sealing().await.unwrap();
    assert_eq!(readable("pin-crash").await, 0.0);
    assert_eq!(everything(&store).await, before);

    // And the same the other way: turning the PIN off is broken off, and the next start goes on with it.
    script("let n = 0; self.trouble = { commit: (tx) => { n += 1; if (n > 5) { tx.abort(); return true; } } };").await;
    assert!(store.unseal_everything().await.is_err());
    script("self.trouble = undefined;").await;
    let left = readable("pin-crash").await;
    assert!(left > 0.0 && left < 80.0, "{left}");
    assert!(
        matches!(pin::state("pin-crash").await.unwrap(), State::On { .. }),
        "the PIN still opens the rest"
    );
    drop(store);
    let Tried::Right(cipher) = pin::try_pin("pin-crash", "246810", 0).await.unwrap() else {
        panic!("the right one");
    };
    let store = IndexedDbStore::sealed("pin-crash", cipher);
    store.open().await.unwrap();
    assert_eq!(everything(&store).await, before);
    store.go_on_sealing().await.unwrap();
    assert_eq!(pin::state("pin-crash").await.unwrap(), State::Off);
    let plain = IndexedDbStore::new("pin-crash");
    plain.open().await.unwrap();
    assert_eq!(everything(&plain).await, before);
}

#[wasm_bindgen_test]
async fn a_sealed_value_opens_in_its_own_place_alone() {
    let store = filled("pin-place").await;
    store.seal_everything(cipher().await).await.unwrap();
    script(
        "const db = await open('xiangdan-outbox-pin-place');
         const store = db.transaction('drafts', 'readwrite').objectStore('drafts');
         store.put(await asked(store.get('form-0')), 'form-9');
         await asked(store.count());
         db.close();",
    )
    .await;
    assert!(matches!(
        store.get(Area::Drafts, &["form-9".into()]).await,
        Err(StoreError::Corrupt(_))
    ));
    assert!(store.get(Area::Drafts, &["form-0".into()]).await.unwrap()[0].is_some());
}

#[wasm_bindgen_test]
async fn two_tabs_append_sealed_entries_one_after_the_other() {
    let one = IndexedDbStore::sealed("pin-tabs", cipher().await);
    let two = IndexedDbStore::sealed("pin-tabs", cipher().await);
    one.open().await.unwrap();
    two.open().await.unwrap();
    for n in 0..3_u8 {
        one.append(vec![vec![n, 1]]).await.unwrap();
        two.append(vec![vec![n, 2]]).await.unwrap();
    }
    let loaded = one.load(Area::Outbox).await.unwrap();
    let numbers: Vec<StoreKey> = loaded.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(numbers, (1..=6_u64).map(StoreKey::from).collect::<Vec<_>>());
    let values: Vec<Vec<u8>> = loaded.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, [[0, 1], [0, 2], [1, 1], [1, 2], [2, 1], [2, 2]]);
}

#[wasm_bindgen_test]
async fn wrong_pins_have_to_wait_and_the_tenth_takes_the_key_away() {
    let scope = "pin-tries";
    assert_eq!(pin::state(scope).await.unwrap(), State::Off);
    assert!(matches!(
        pin::try_pin(scope, "123456", 0).await.unwrap(),
        Tried::Gone
    ));
    pin::set(scope, "ab12", "246810", &KEY).await.unwrap();
    assert_eq!(
        pin::state(scope).await.unwrap(),
        State::On {
            device: "ab12".into()
        }
    );
    let mut now = 1_000;
    for n in 1..10 {
        match pin::try_pin(scope, "111111", now).await.unwrap() {
            Tried::Wrong { left, wait_ms } => {
                assert_eq!(left, 10 - n);
                assert_eq!(wait_ms > 0, n >= 5, "{n}: {wait_ms}");
                if wait_ms > 0 {
                    // The right one does not count either until the pause is over.
                    let early = pin::try_pin(scope, "246810", now + wait_ms - 1)
                        .await
                        .unwrap();
                    assert!(matches!(early, Tried::Wait { wait_ms: 1 }));
                }
                now += wait_ms;
            }
            other => panic!("{n}: {other:?}"),
        }
        if n == 3 {
            assert!(matches!(
                pin::try_pin(scope, "246810", now).await.unwrap(),
                Tried::Right(_)
            ));
            // Right once: the count begins anew. Three more to be where this loop is.
            for _ in 0..3 {
                pin::try_pin(scope, "111111", now).await.unwrap();
            }
        }
    }
    assert!(matches!(
        pin::try_pin(scope, "111111", now).await.unwrap(),
        Tried::Gone
    ));
    assert!(matches!(
        pin::try_pin(scope, "246810", now).await.unwrap(),
        Tried::Gone
    ));
    assert_eq!(
        pin::state(scope).await.unwrap(),
        State::Gone {
            device: "ab12".into()
        }
    );
    // An online sign-in brings the data key again, and with it another PIN.
    pin::set(scope, "ab12", "135791", &KEY).await.unwrap();
    assert!(matches!(
        pin::try_pin(scope, "135791", now).await.unwrap(),
        Tried::Right(_)
    ));
}

#[wasm_bindgen_test]
async fn where_the_browser_keeps_no_keys_no_pin_is_set() {
    // iOS in lockdown mode and some private windows refuse to store a CryptoKey.
    script(
        "const put = IDBObjectStore.prototype.put;
         self.realPut = put;
         IDBObjectStore.prototype.put = function (value, ...rest) {
             if (value instanceof CryptoKey) throw new DOMException('no keys', 'DataCloneError');
             return put.call(this, value, ...rest);
         };",
    )
    .await;
    let refused = pin::set("pin-refused", "ab12", "246810", &KEY).await;
    script("IDBObjectStore.prototype.put = self.realPut;").await;
    assert!(refused.is_err());
    assert_eq!(pin::state("pin-refused").await.unwrap(), State::Off);
}

/// Awaits all of them, begun at the same time, as several tabs do.
async fn at_once(all: Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>>) {
    let promises: js_sys::Array = all
        .into_iter()
        .map(|one| {
            wasm_bindgen_futures::future_to_promise(async move {
                one.await;
                Ok(wasm_bindgen::JsValue::UNDEFINED)
            })
        })
        .collect();
    wasm_bindgen_futures::JsFuture::from(js_sys::Promise::all(&promises))
        .await
        .unwrap();
}

#[wasm_bindgen_test]
async fn tries_made_at_the_same_time_are_all_counted() {
    for (scope, before) in [("pin-burst", 0), ("pin-burst-late", 3)] {
        pin::set(scope, "ab12", "246810", &KEY).await.unwrap();
        for _ in 0..before {
            pin::try_pin(scope, "111111", 1_000).await.unwrap();
        }
        let wrong = Rc::new(Cell::new(0));
        let tries = (0..20).map(|_| {
            let wrong = wrong.clone();
            Box::pin(async move {
                match pin::try_pin(scope, "111111", 1_000).await.unwrap() {
                    Tried::Wrong { .. } => wrong.set(wrong.get() + 1),
                    Tried::Wait { .. } => {}
                    other => panic!("{other:?}"),
                }
            }) as _
        });
        at_once(tries.collect()).await;
        // The fifth wrong one begins a pause, in which none is tried.
        assert_eq!(before + wrong.get(), 5, "{scope}");
    }
}

#[wasm_bindgen_test]
async fn a_right_pin_is_given_back_also_beside_wrong_ones() {
    let scope = "pin-given-back";
    pin::set(scope, "ab12", "246810", &KEY).await.unwrap();
    let right = Rc::new(Cell::new(0));
    let tries = (0..12).map(|_| {
        let right = right.clone();
        Box::pin(async move {
            if let Tried::Right(_) = pin::try_pin(scope, "246810", 1_000).await.unwrap() {
                right.set(right.get() + 1);
            }
        }) as _
    });
    at_once(tries.collect()).await;
    assert!(right.get() >= 4);
    assert!(matches!(
        pin::try_pin(scope, "246810", 1_000).await.unwrap(),
        Tried::Right(_)
    ));
}

#[wasm_bindgen_test]
async fn the_tenth_wrong_one_takes_the_key_also_when_the_browser_ends_before_it_answers() {
    let scope = "pin-tenth";
    pin::set(scope, "ab12", "246810", &KEY).await.unwrap();
    let mut now = 1_000;
    for _ in 0..9 {
        if let Tried::Wrong { wait_ms, .. } = pin::try_pin(scope, "111111", now).await.unwrap() {
            now += wait_ms;
        }
    }
    // The tenth is counted, and then there is no browser any more.
    script("self.realDerive = SubtleCrypto.prototype.deriveBits; SubtleCrypto.prototype.deriveBits = () => Promise.reject(new DOMException('gone', 'AbortError'));").await;
    assert!(pin::try_pin(scope, "111111", now).await.is_err());
    script("SubtleCrypto.prototype.deriveBits = self.realDerive;").await;
    now += 64 * 60_000;
    assert!(matches!(
        pin::try_pin(scope, "111111", now).await.unwrap(),
        Tried::Gone
    ));
}

#[wasm_bindgen_test]
async fn what_another_tab_writes_stays_readable_when_the_pin_is_taken_off() {
    let scope = "pin-off-beside";
    let one = filled(scope).await;
    let cipher = pin::set(scope, "ab12", "246810", &KEY).await.unwrap();
    one.seal_everything(cipher.clone()).await.unwrap();
    let two = IndexedDbStore::sealed(scope, cipher.clone());
    two.open().await.unwrap();
    fill(&two, 1).await;

    // While it is being taken off, and after, as a tab does that has not heard of it yet.
    let two = Rc::new(two);
    let (writer, one) = (two.clone(), Rc::new(one));
    let off = one.clone();
    at_once(vec![
        Box::pin(async move { off.unseal_everything().await.unwrap() }),
        Box::pin(async move {
            for n in 2..12 {
                fill(&writer, n).await;
            }
        }),
    ])
    .await;
    fill(&two, 12).await;
    assert_eq!(pin::state(scope).await.unwrap(), State::Off);

    let later = IndexedDbStore::new(scope);
    later.open().await.unwrap();
    for area in Area::ALL {
        later.load(area).await.unwrap();
    }
    assert_eq!(later.load(Area::Outbox).await.unwrap().len(), 26);

    // And another PIN with another key, while that tab is still there: it seals nothing that only its own key opens.
    let other = pin::set(scope, "cd34", "135791", &[9; 32]).await.unwrap();
    later.seal_everything(other.clone()).await.unwrap();
    fill(&two, 13).await;
    let last = IndexedDbStore::sealed(scope, other);
    last.open().await.unwrap();
    assert_eq!(last.load(Area::Outbox).await.unwrap().len(), 28);
    for area in Area::ALL {
        last.load(area).await.unwrap();
    }
    last.go_on_sealing().await.unwrap();
    assert_eq!(readable(scope).await, 0.0, "the next start seals it");
}

#[wasm_bindgen_test]
async fn a_tab_that_starts_while_the_pin_is_taken_off_seals_nothing_any_more() {
    let scope = "pin-off-start";
    let one = filled(scope).await;
    let cipher = pin::set(scope, "ab12", "246810", &KEY).await.unwrap();
    one.seal_everything(cipher.clone()).await.unwrap();
    let two = IndexedDbStore::sealed(scope, cipher);
    two.open().await.unwrap();
    let (one, two) = (Rc::new(one), Rc::new(two));
    let (off, start) = (one.clone(), two.clone());
    at_once(vec![
        Box::pin(async move { off.unseal_everything().await.unwrap() }),
        // Both may find that it is over.
        Box::pin(async move { drop(start.go_on_sealing().await) }),
    ])
    .await;
    two.go_on_sealing().await.unwrap();
    fill(&two, 1).await;
    let later = IndexedDbStore::new(scope);
    later.open().await.unwrap();
    for area in Area::ALL {
        later.load(area).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn of_two_tabs_that_set_a_pin_at_once_one_is_told_that_the_other_has() {
    let scope = "pin-on-twice";
    let stores = [filled(scope).await, IndexedDbStore::new(scope)];
    stores[1].open().await.unwrap();
    let keys = [[1; 32], [2; 32]];
    let done = Rc::new(Cell::new(0));
    let mut setting: Vec<std::pin::Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
    for (n, (store, key)) in stores.into_iter().zip(keys).enumerate() {
        let done = done.clone();
        setting.push(Box::pin(async move {
            if let Ok(cipher) = pin::set(scope, &format!("d{n}"), "246810", &key).await {
                done.set(done.get() + 1);
                store.seal_everything(cipher).await.unwrap();
            }
        }));
    }
    at_once(setting).await;
    assert_eq!(done.get(), 1);
    let Tried::Right(cipher) = pin::try_pin(scope, "246810", 0).await.unwrap() else {
        panic!("the one that was set");
    };
    let later = IndexedDbStore::sealed(scope, cipher);
    later.open().await.unwrap();
    assert_eq!(later.load(Area::Outbox).await.unwrap().len(), 2);
}

#[wasm_bindgen_test]
async fn a_pin_that_is_being_taken_off_is_not_set_over() {
    let scope = "pin-off-broken";
    let one = filled(scope).await;
    let cipher = pin::set(scope, "ab12", "246810", &KEY).await.unwrap();
    one.seal_everything(cipher).await.unwrap();
    script("let n = 0; self.trouble = { commit: (tx) => { n += 1; if (n > 4) { tx.abort(); return true; } } };").await;
    assert!(one.unseal_everything().await.is_err());
    script("self.trouble = undefined;").await;
    // Another key would leave what is still sealed without any.
    assert!(pin::set(scope, "cd34", "246810", &[9; 32]).await.is_err());
    assert!(pin::set(scope, "ab12", "246810", &KEY).await.is_err());
    one.finish_unsealing().await.unwrap();
    let cipher = pin::set(scope, "cd34", "246810", &[9; 32]).await.unwrap();
    one.seal_everything(cipher).await.unwrap();
    assert_eq!(readable(scope).await, 0.0);
    assert_eq!(one.load(Area::Outbox).await.unwrap().len(), 2);
}
