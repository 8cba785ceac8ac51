//! The PIN of one person on this device: the wrapped data key, the device's own key, and how often a wrong PIN was tried.
//!
//! They lie in a database of their own. Who knows neither the PIN nor the password cannot read what is sealed; a wrong PIN is counted before
//! it is tried, so that ending the browser gives no try for free.

use crate::blocked::unless_blocked;
use crate::cipher::{self, Cipher, KEY};
use crate::error::{Failure, not_opened};
use crate::opening::{Missing, Opening, Wanted};
use indexed_db_futures::database::Database;
use indexed_db_futures::error::SimpleValueError;
use indexed_db_futures::factory::DBFactory;
use indexed_db_futures::internals::SystemRepr;
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
}

impl Record {
    fn text(&self) -> String {
        format!(
            "1\n{}\n{}\n{}\n{}\n{}\n{}",
            self.device,
            u8::from(self.leaving),
            self.tries,
            self.wait_until_ms,
            hex(&self.salt),
            hex(&self.wrapped)
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

async fn put(db: &Database, values: &[(&str, JsValue)]) -> Result<(), StoreError> {
    let done = async {
        let tx = db
            .transaction(STORE)
            .with_mode(TransactionMode::Readwrite)
            .with_options(TransactionOptions::new().with_durability(TransactionDurability::Strict))
            .build()?;
        let store = tx.object_store(STORE)?;
        for (key, value) in values {
            store
                .put(Js(value.clone()))
                .with_key(JsValue::from_str(key))
                .without_key_type()
                .primitive()?;
        }
        drop(store);
        tx.commit().await
    };
    done.await.map_err(told)
}

async fn record(db: &Database) -> Result<Option<Record>, StoreError> {
    let found = get(db, RECORD).await?.and_then(|value| value.as_string());
    found
        .map(|text| {
            Record::read(&text)
                .ok_or_else(|| StoreError::Corrupt("what is kept of a PIN".to_owned()))
        })
        .transpose()
}

async fn keep(db: &Database, record: &Record) -> Result<(), StoreError> {
    put(db, &[(RECORD, JsValue::from_str(&record.text()))]).await
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

/// Whether everything is being written back as it is.
pub(crate) async fn is_leaving(scope: &str) -> Result<bool, StoreError> {
    let Some(db) = open(scope, Missing::Leave).await? else {
        return Ok(false);
    };
    let record = record(&db).await?;
    db.close();
    Ok(record.is_some_and(|record| record.leaving))
}

/// Notes that everything is being written back as it is; the PIN still opens what is left.
pub(crate) async fn leave(scope: &str) -> Result<(), StoreError> {
    let Some(db) = open(scope, Missing::Leave).await? else {
        return Ok(());
    };
    if let Some(mut record) = record(&db).await? {
        record.leaving = true;
        keep(&db, &record).await?;
    }
    db.close();
    Ok(())
}

/// Sets a PIN, or another one, for this data key, and looks whether it opens before it counts.
///
/// # Errors
/// The browser keeps no keys (iOS in lockdown mode, private windows): nothing has changed then.
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
    let done = write(&db, device, pin, data_key).await;
    db.close();
    done?;
    Cipher::new(data_key).await
}

async fn write(db: &Database, device: &str, pin: &str, data_key: &[u8]) -> Result<(), StoreError> {
    let key = cipher::new_device_key().await?;
    let mut salt = [0; 16];
    cipher::random(&mut salt)?;
    let wrapped = cipher::wrap(&key, pin, &salt, data_key).await?;
    let written = Record {
        device: device.to_owned(),
        salt: salt.to_vec(),
        wrapped,
        ..Record::default()
    };
    // The key goes first and is read back: some browsers refuse to store one, others store nothing and say nothing.
    let before = get(db, DEVICE).await?;
    put(db, &[(DEVICE, key.into())]).await?;
    let read_back = match get(db, DEVICE).await? {
        Some(key) if key.is_instance_of::<CryptoKey>() => {
            let key: CryptoKey = key.unchecked_into();
            cipher::unwrap(&key, pin, &salt, &written.wrapped).await?
        }
        _ => None,
    };
    if read_back.as_deref() != Some(data_key) {
        if let Some(before) = before {
            put(db, &[(DEVICE, before)]).await?;
        }
        return Err(StoreError::Unavailable(
            "this browser keeps no keys".to_owned(),
        ));
    }
    keep(db, &written).await
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

async fn try_on(db: &Database, pin: &str, now_ms: u64) -> Result<Tried, StoreError> {
    let Some(mut record) = record(db).await? else {
        return Ok(Tried::Gone);
    };
    let key = get(db, DEVICE).await?;
    let key = key.filter(JsCast::is_instance_of::<CryptoKey>);
    // Older Safaris lost keys without a word: then nothing is left to be tried.
    let Some(key) = key.filter(|_| !record.wrapped.is_empty()) else {
        return Ok(Tried::Gone);
    };
    if record.wait_until_ms > now_ms {
        return Ok(Tried::Wait {
            wait_ms: record.wait_until_ms - now_ms,
        });
    }
    record.tries += 1;
    let wait_ms = match record.tries.checked_sub(PAUSE_FROM) {
        Some(more) => PAUSE_MS << more.min(6),
        None => 0,
    };
    record.wait_until_ms = now_ms + wait_ms;
    keep(db, &record).await?;
    let opened = cipher::unwrap(&key.unchecked_into(), pin, &record.salt, &record.wrapped).await?;
    if let Some(data_key) = opened {
        record.tries = 0;
        record.wait_until_ms = 0;
        keep(db, &record).await?;
        return Ok(Tried::Right(Cipher::new(&data_key).await?));
    }
    if record.tries >= MOST {
        record.wrapped.clear();
        keep(db, &record).await?;
        return Ok(Tried::Gone);
    }
    Ok(Tried::Wrong {
        left: MOST - record.tries,
        wait_ms,
    })
}

/// Removes the PIN and both keys, after everything was written back as it is.
pub(crate) async fn remove(scope: &str) -> Result<(), StoreError> {
    let factory = DBFactory::new().map_err(not_opened)?;
    let mut request = factory.delete_db(&name(scope)).map_err(told)?;
    let raw = request.as_sys().clone().unchecked_into();
    match unless_blocked(&mut request, &raw).await {
        Some(deleted) => deleted.map_err(told),
        None => Err(StoreError::Unavailable("held by another tab".to_owned())),
    }
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
        };
        assert_eq!(Record::read(&record.text()), Some(record));
        assert_eq!(Record::read("2\n"), None);
    }
}
