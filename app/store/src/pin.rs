//! The PIN of one person on this device: the wrapped data key, the device's own key, and how often a wrong PIN was tried.
//!
//! They lie in a database of their own. Who knows neither the PIN nor the password cannot read what is sealed; a PIN is counted before it is
//! tried, and given back if it was right. Everything is decided in one transaction with what it is decided on, since there are other tabs.

use crate::cipher::{self, Cipher, KEY};
use crate::error::{Failure, not_opened};
use crate::opening::{Missing, Opening, Wanted};
use indexed_db_futures::database::Database;
use indexed_db_futures::error::SimpleValueError;
use indexed_db_futures::factory::DBFactory;
use indexed_db_futures::primitive::{TryFromJs, TryToJs};
use indexed_db_futures::query_source::QuerySource;
use indexed_db_futures::transaction::{TransactionDurability, TransactionMode, TransactionOptions};
use indexed_db_futures::{Build, BuildPrimitive};
use sync::ports::StoreError;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CryptoKey;

/// From this wrong try on there is a pause before the next.
const PAUSE_FROM: u32 = 5;
/// After this many wrong tries the wrapped key is gone, and only an online sign-in opens what is stored.
const MOST: u32 = 10;
/// The first pause; each further one is twice as long.
const PAUSE_MS: u64 = 60_000;

/// How a person's data lie on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// As they are.
    Off,
    /// Sealed; the PIN opens them.
    On {
        /// Names this person's data on this device to the server, which keeps their key too.
        device: String,
    },
    /// Sealed, and the wrapped key is gone: only an online sign-in opens them.
    Gone {
        /// As above.
        device: String,
    },
}

/// What came of a PIN.
#[derive(Clone, Debug)]
pub enum Tried {
    /// It was the right one.
    Right(Cipher),
    /// It was not.
    Wrong {
        /// How many more tries there are.
        left: u32,
        /// How long to wait before the next one, in milliseconds.
        wait_ms: u64,
    },
    /// It was not tried: the pause is not over.
    Wait {
        /// How long to wait, in milliseconds.
        wait_ms: u64,
    },
    /// The wrapped key is gone.
    Gone,
}

/// What is kept about a PIN, as lines of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Record {
    device: String,
    /// Whether everything is being written back as it is, because the PIN is being turned off.
    leaving: bool,
    tries: u32,
    wait_until_ms: u64,
    salt: Vec<u8>,
    /// Empty when it is gone.
    wrapped: Vec<u8>,
    /// The name of the data key.
    key: String,
}

impl Record {
    fn text(&self) -> String {
        format!(
            "1\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            self.device,
            u8::from(self.leaving),
            self.tries,
            self.wait_until_ms,
            hex(&self.salt),
            hex(&self.wrapped),
            self.key
        )
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        (lines.next()? == "1").then_some(())?;
        Some(Self {
            device: lines.next()?.to_owned(),
            leaving: lines.next()? == "1",
            tries: lines.next()?.parse().ok()?,
            wait_until_ms: lines.next()?.parse().ok()?,
            salt: unhex(lines.next()?)?,
            wrapped: unhex(lines.next()?)?,
            key: lines.next()?.to_owned(),
        })
    }

    fn state(&self) -> State {
        let device = self.device.clone();
        if self.wrapped.is_empty() {
            State::Gone { device }
        } else {
            State::On { device }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

/// A value of JavaScript as it is.
struct Js(JsValue);

impl TryToJs for Js {
    fn try_to_js(&self) -> indexed_db_futures::Result<JsValue> {
        Ok(self.0.clone())
    }
}

impl TryFromJs for Js {
    fn from_js(js: JsValue) -> Result<Self, SimpleValueError> {
        Ok(Self(js))
    }
}

const STORE: &str = "keys";
const RECORD: &str = "pin";
const DEVICE: &str = "device";

fn name(scope: &str) -> String {
    format!("xiangdan-pin-{scope}")
}

async fn open(scope: &str, missing: Missing) -> Result<Option<Database>, StoreError> {
    let factory = DBFactory::new().map_err(not_opened)?;
    let wanted = Wanted {
        name: name(scope),
        version: 1,
        create: |db| db.create_object_store(STORE).build().map(drop),
        missing,
    };
    let opened = Opening::start(&factory, wanted)?.finish().await?;
    Ok(opened.map(|(db, _)| db))
}

fn told(failure: impl Into<Failure>) -> StoreError {
    match failure.into() {
        Failure::Dead(said) => StoreError::Unavailable(said),
        Failure::Told(error) => error,
    }
}

async fn get(db: &Database, key: &str) -> Result<Option<JsValue>, StoreError> {
    let found = async {
        let tx = db.transaction(STORE).build()?;
        let store = tx.object_store(STORE)?;
        let found = store
            .get::<Js, JsValue, _>(JsValue::from_str(key))
            .primitive()?;
        found.await
    };
    Ok(found.await.map_err(told)?.map(|found| found.0))
}

fn record_of(value: Option<JsValue>) -> Result<Option<Record>, StoreError> {
    let text = value.and_then(|value| value.as_string());
    text.map(|text| {
        Record::read(&text).ok_or_else(|| StoreError::Corrupt("what is kept of a PIN".to_owned()))
    })
    .transpose()
}

async fn record(db: &Database) -> Result<Option<Record>, StoreError> {
    record_of(get(db, RECORD).await?)
}

/// What is put under a key, or removed from there.
type Change<'a> = (&'a str, Option<JsValue>);

/// Reads the record and changes what is kept, in one transaction: nobody else changes it in between.
async fn change<'a, T>(
    db: &Database,
    decide: impl FnOnce(Option<Record>) -> Result<(T, Vec<Change<'a>>), StoreError>,
) -> Result<T, StoreError> {
    let done = async {
        let tx = db
            .transaction(STORE)
            .with_mode(TransactionMode::Readwrite)
            .with_options(TransactionOptions::new().with_durability(TransactionDurability::Strict))
            .build()?;
        let store = tx.object_store(STORE)?;
        let found = store
            .get::<Js, JsValue, _>(JsValue::from_str(RECORD))
            .primitive()?;
        let found = record_of(found.await?.map(|found| found.0))?;
        let (decided, changes) = decide(found)?;
        for (key, value) in changes {
            let key = JsValue::from_str(key);
            match value {
                Some(value) => {
                    store
                        .put(Js(value))
                        .with_key(key)
                        .without_key_type()
                        .primitive()?;
                }
                None => {
                    store.delete::<JsValue, _>(key).primitive()?;
                }
            }
        }
        drop(store);
        tx.commit().await?;
        Ok::<T, Failure>(decided)
    };
    done.await.map_err(told)
}

/// A record to be kept.
fn kept(record: &Record) -> Change<'static> {
    (RECORD, Some(JsValue::from_str(&record.text())))
}

/// How a person's data lie on this device.
///
/// # Errors
/// The browser does not let pages use storage.
pub async fn state(scope: &str) -> Result<State, StoreError> {
    let Some(db) = open(scope, Missing::Leave).await? else {
        return Ok(State::Off);
    };
    let record = record(&db).await?;
    db.close();
    Ok(record.map_or(State::Off, |record| record.state()))
}

/// Whether everything that this key has sealed is being written back as it is.
pub(crate) async fn is_leaving(scope: &str, name: &str) -> Result<bool, StoreError> {
    let Some(db) = open(scope, Missing::Leave).await? else {
        return Ok(false);
    };
    let record = record(&db).await?;
    db.close();
    Ok(record.is_some_and(|record| record.leaving && record.key == name))
}

/// Notes that everything is being written back as it is; the PIN still opens what is left.
///
/// # Errors
/// [`StoreError::Conflict`] where the PIN opens another key by now.
pub(crate) async fn leave(scope: &str, name: &str) -> Result<(), StoreError> {
    let Some(db) = open(scope, Missing::Leave).await? else {
        return Ok(());
    };
    let done = change(&db, |record| match record {
        Some(record) if record.key != name => Err(StoreError::Conflict),
        Some(mut record) => {
            record.leaving = true;
            Ok(((), vec![kept(&record)]))
        }
        None => Ok(((), Vec::new())),
    });
    let done = done.await;
    db.close();
    done
}

/// Sets a PIN, or another one, for this data key, and looks whether it opens before it counts.
///
/// # Errors
/// The browser keeps no keys (iOS in lockdown mode, private windows): nothing has changed then. [`StoreError::Conflict`] where another tab has
/// set a PIN for another key, or one is being taken off: what is sealed would be left without its key.
pub async fn set(
    scope: &str,
    device: &str,
    pin: &str,
    data_key: &[u8],
) -> Result<Cipher, StoreError> {
    if data_key.len() != KEY {
        return Err(StoreError::Corrupt("a key of another length".to_owned()));
    }
    let db = open(scope, Missing::Create)
        .await?
        .ok_or_else(|| StoreError::Unavailable("no place for keys".to_owned()))?;
    let done = async {
        let cipher = Cipher::new(data_key).await?;
        write(&db, device, pin, data_key, cipher.name()).await?;
        Ok(cipher)
    };
    let done = done.await;
    db.close();
    done
}

async fn write(
    db: &Database,
    device: &str,
    pin: &str,
    data_key: &[u8],
    name: &str,
) -> Result<(), StoreError> {
    let key = cipher::new_device_key().await?;
    let mut salt = [0; 16];
    cipher::random(&mut salt)?;
    let wrapped = cipher::wrap(&key, pin, &salt, data_key).await?;
    let written = Record {
        device: device.to_owned(),
        salt: salt.to_vec(),
        wrapped,
        key: name.to_owned(),
        ..Record::default()
    };
    // The key is stored on trial and read back: some browsers refuse to store one, others store nothing and say nothing.
    let trial = format!("{DEVICE}-{}", hex(&salt));
    let put: Vec<Change<'_>> = vec![(&trial, Some(key.into()))];
    change(db, |_| Ok(((), put))).await?;
    let read_back = match get(db, &trial).await? {
        Some(key) if key.is_instance_of::<CryptoKey>() => {
            let key: CryptoKey = key.unchecked_into();
            let opened = cipher::unwrap(&key, pin, &salt, &written.wrapped).await?;
            opened.filter(|opened| opened == data_key).map(|_| key)
        }
        _ => None,
    };
    change(db, |before| {
        let end_of_trial = (trial.as_str(), None);
        let Some(key) = read_back else {
            let refused = StoreError::Unavailable("this browser keeps no keys".to_owned());
            return Ok((Err(refused), vec![end_of_trial]));
        };
        if before.is_some_and(|before| before.leaving || before.key != name) {
            return Ok((Err(StoreError::Conflict), vec![end_of_trial]));
        }
        let changes = vec![end_of_trial, (DEVICE, Some(key.into())), kept(&written)];
        Ok((Ok(()), changes))
    })
    .await?
}

/// Tries a PIN. `now_ms` is the device's clock.
///
/// # Errors
/// The browser does not let pages use storage.
pub async fn try_pin(scope: &str, pin: &str, now_ms: u64) -> Result<Tried, StoreError> {
    let Some(db) = open(scope, Missing::Leave).await? else {
        return Ok(Tried::Gone);
    };
    let tried = try_on(&db, pin, now_ms).await;
    db.close();
    tried
}

/// What one try is made with, after it was counted.
struct Counted {
    record: Record,
    wait_ms: u64,
}

async fn try_on(db: &Database, pin: &str, now_ms: u64) -> Result<Tried, StoreError> {
    let key = get(db, DEVICE).await?;
    let key = key.filter(JsCast::is_instance_of::<CryptoKey>);
    // Older Safaris lost keys without a word: then nothing is left to be tried.
    let Some(key) = key else {
        return Ok(Tried::Gone);
    };
    // Counted in the transaction that reads how often it was tried: of several tabs each makes a try of its own, and a browser that ends
    // before the answer gives none for free.
    let counted = change(db, |record| {
        let Some(mut record) = record.filter(|record| !record.wrapped.is_empty()) else {
            return Ok((Err(Tried::Gone), Vec::new()));
        };
        if record.wait_until_ms > now_ms {
            let wait_ms = record.wait_until_ms - now_ms;
            return Ok((Err(Tried::Wait { wait_ms }), Vec::new()));
        }
        if record.tries >= MOST {
            // The last one was counted, and the browser ended before it was answered.
            record.wrapped.clear();
            return Ok((Err(Tried::Gone), vec![kept(&record)]));
        }
        record.tries += 1;
        let wait_ms = match record.tries.checked_sub(PAUSE_FROM) {
            Some(more) => PAUSE_MS << more.min(6),
            None => 0,
        };
        record.wait_until_ms = now_ms + wait_ms;
        let put = vec![kept(&record)];
        Ok((Ok(Counted { record, wait_ms }), put))
    });
    let Counted { record, wait_ms } = match counted.await? {
        Ok(counted) => counted,
        Err(told) => return Ok(told),
    };
    let opened = cipher::unwrap(&key.unchecked_into(), pin, &record.salt, &record.wrapped).await?;
    let tried = record;
    // A PIN that was set meanwhile has a count of its own.
    let same = |record: &Record| record.salt == tried.salt;
    if let Some(data_key) = opened {
        change(db, |record| {
            let Some(mut record) = record.filter(same) else {
                return Ok(((), Vec::new()));
            };
            record.tries = 0;
            record.wait_until_ms = 0;
            Ok(((), vec![kept(&record)]))
        })
        .await?;
        return Ok(Tried::Right(Cipher::new(&data_key).await?));
    }
    if tried.tries >= MOST {
        change(db, |record| {
            let Some(mut record) = record.filter(same) else {
                return Ok(((), Vec::new()));
            };
            record.wrapped.clear();
            Ok(((), vec![kept(&record)]))
        })
        .await?;
        return Ok(Tried::Gone);
    }
    Ok(Tried::Wrong {
        left: MOST - tried.tries,
        wait_ms,
    })
}

/// Removes the PIN and both keys, after everything that this key has sealed was written back as it is.
pub(crate) async fn remove(scope: &str, name: &str) -> Result<(), StoreError> {
    let Some(db) = open(scope, Missing::Leave).await? else {
        return Ok(());
    };
    let done = change(&db, |record| {
        let ours = record.is_some_and(|record| record.leaving && record.key == name);
        let gone = vec![(RECORD, None), (DEVICE, None)];
        Ok(((), if ours { gone } else { Vec::new() }))
    });
    let done = done.await;
    db.close();
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn what_is_kept_reads_back() {
        let record = Record {
            device: "ab12".into(),
            leaving: true,
            tries: 3,
            wait_until_ms: 1_795_500_000_000,
            salt: vec![0, 255],
            wrapped: vec![1, 2, 3],
            key: "0a1b".into(),
        };
        assert_eq!(Record::read(&record.text()), Some(record));
        assert_eq!(Record::read("2\n"), None);
    }
}
