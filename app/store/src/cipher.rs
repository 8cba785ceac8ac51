//! Sealing of what is stored, with the browser's own cryptography (WebCrypto): AES-256-GCM, a fresh initialization vector of 96 random bits for
//! each value, and the value's place and format as associated data, so that no value can be put in another one's place.
//!
//! Sealed and plain values may lie side by side: what is sealed begins with [`MARK`], and no value of ours does. So a crash while everything
//! is being sealed, or opened again, leaves nothing that cannot be read.

use crate::sealing;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use sync::ports::{Area, StoreError, StoreKey};
use sync::replica::Replica;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};

/// How every sealed value begins; the last byte but one is the version of this format.
const MARK: [u8; 8] = *b"\0xdseal\x01";
/// Bytes of an initialization vector.
const IV: usize = 12;
/// Bytes of a key.
pub(crate) const KEY: usize = 32;

/// The key of one person's data on this device. What it is made of cannot be read out of it.
#[derive(Clone, Debug)]
pub struct Cipher {
    key: CryptoKey,
    name: String,
}

/// Whether what lies here holds words or contacts of people. Numbers, cursors and the client's name are left as they are: they are compared
/// inside transactions, where nothing can be unsealed.
pub(crate) fn is_sealed_place(area: Area, key: &StoreKey) -> bool {
    match area {
        Area::Outbox | Area::Notices | Area::Drafts | Area::Chunks | Area::Segments => true,
        // What was sent lies under numbers, everything else under names.
        Area::Identity => matches!(key, StoreKey::Number(_)),
        // Beside where the cache stands lie answers of the server.
        Area::State => *key != Replica::state_key() && *key != StoreKey::from(sealing::SEALED_WITH),
    }
}

/// Whether a value is sealed.
pub(crate) fn is_sealed(value: &[u8]) -> bool {
    value.starts_with(&MARK)
}

impl Cipher {
    /// With these 32 bytes.
    ///
    /// # Errors
    /// The browser has no cryptography: the page did not come over HTTPS.
    pub async fn new(key: &[u8]) -> Result<Self, StoreError> {
        Ok(Self {
            name: name_of(key).await?,
            key: aes(key).await?,
        })
    }

    /// What this key is called: the same for the same key, and nothing of it can be found from it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Begins to seal a value for its place.
    fn begin(
        &self,
        area: Area,
        key: &StoreKey,
        plain: &[u8],
    ) -> Result<([u8; IV], Promise), StoreError> {
        let mut iv = [0; IV];
        random(&mut iv)?;
        let algorithm = gcm(&iv, &place(area, key))?;
        let sealed = subtle()?
            .encrypt_with_object_and_u8_array(&algorithm, &self.key, plain)
            .map_err(|error| failed(&error))?;
        Ok((iv, sealed))
    }

    /// Seals values for their places; all at once, since each waits for a thread of the browser's.
    pub(crate) async fn seal(
        &self,
        values: Vec<(Area, StoreKey, Vec<u8>)>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut begun = Vec::with_capacity(values.len());
        for (area, key, plain) in &values {
            begun.push(self.begin(*area, key, plain)?);
        }
        let mut sealed = Vec::with_capacity(begun.len());
        for (iv, promise) in begun {
            let bytes = bytes_of(promise).await?;
            let mut value = Vec::with_capacity(MARK.len() + IV + bytes.len());
            value.extend_from_slice(&MARK);
            value.extend_from_slice(&iv);
            value.extend_from_slice(&bytes);
            sealed.push(value);
        }
        Ok(sealed)
    }

    /// Unseals the values of an area that are sealed; the others stay as they are.
    pub(crate) async fn unseal(
        &self,
        area: Area,
        values: &mut [(StoreKey, Vec<u8>)],
    ) -> Result<(), StoreError> {
        let mut begun = Vec::new();
        for (n, (key, value)) in values.iter().enumerate() {
            if !is_sealed(value) {
                continue;
            }
            let broken = || StoreError::Corrupt("a sealed value is cut off".to_owned());
            let iv = value.get(MARK.len()..MARK.len() + IV).ok_or_else(broken)?;
            let sealed = value.get(MARK.len() + IV..).ok_or_else(broken)?;
            let algorithm = gcm(iv, &place(area, key))?;
            let opened = subtle()?
                .decrypt_with_object_and_u8_array(&algorithm, &self.key, sealed)
                .map_err(|error| failed(&error))?;
            begun.push((n, opened));
        }
        for (n, promise) in begun {
            let plain = bytes_of(promise)
                .await
                .map_err(|_| StoreError::Corrupt("a sealed value does not open".to_owned()))?;
            if let Some((_, value)) = values.get_mut(n) {
                *value = plain;
            }
        }
        Ok(())
    }
}

/// What a value is bound to: format, area and key.
fn place(area: Area, key: &StoreKey) -> Vec<u8> {
    let key = match key {
        StoreKey::Number(n) => format!("#{n}"),
        StoreKey::Text(text) => format!("@{text}"),
    };
    format!("1/{}/{key}", area.name()).into_bytes()
}

fn crypto() -> Result<Crypto, StoreError> {
    let window = web_sys::window().ok_or_else(missing)?;
    window.crypto().map_err(|_| missing())
}

/// The browser's cryptography; missing on pages that did not come over HTTPS.
fn subtle() -> Result<SubtleCrypto, StoreError> {
    let subtle = crypto()?.subtle();
    if subtle.is_undefined() {
        return Err(missing());
    }
    Ok(subtle)
}

fn missing() -> StoreError {
    StoreError::Unavailable("the browser has no cryptography for this page".to_owned())
}

fn failed(error: &JsValue) -> StoreError {
    let said = error.dyn_ref::<web_sys::DomException>().map_or_else(
        || "the browser's cryptography failed".to_owned(),
        |error| format!("{}: {}", error.name(), error.message()),
    );
    StoreError::Unavailable(said)
}

/// Fills with random bytes.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), StoreError> {
    let filled = crypto()?.get_random_values_with_u8_array(bytes);
    filled.map(drop).map_err(|error| failed(&error))
}

async fn bytes_of(promise: Promise) -> Result<Vec<u8>, StoreError> {
    let buffer = JsFuture::from(promise)
        .await
        .map_err(|error| failed(&error))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn key_of(promise: Promise) -> Result<CryptoKey, StoreError> {
    let key = JsFuture::from(promise)
        .await
        .map_err(|error| failed(&error))?;
    Ok(key.unchecked_into())
}

fn object(entries: &[(&str, JsValue)]) -> Result<Object, StoreError> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &JsValue::from_str(name), value).map_err(|error| failed(&error))?;
    }
    Ok(object)
}

fn usages(names: &[&str]) -> JsValue {
    names
        .iter()
        .map(|name| JsValue::from_str(name))
        .collect::<Array>()
        .into()
}

fn gcm(iv: &[u8], bound_to: &[u8]) -> Result<Object, StoreError> {
    object(&[
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(bound_to).into()),
    ])
}

async fn aes(key: &[u8]) -> Result<CryptoKey, StoreError> {
    let algorithm = object(&[("name", "AES-GCM".into())])?;
    let raw = Uint8Array::from(key);
    let usages = usages(&["encrypt", "decrypt"]);
    let key = subtle()?
        .import_key_with_object("raw", &raw, &algorithm, false, &usages)
        .map_err(|error| failed(&error))?;
    key_of(key).await
}

/// Bytes of a key's name.
const NAME: usize = 8;

/// The name of a key: the beginning of its SHA-256.
pub(crate) async fn name_of(key: &[u8]) -> Result<String, StoreError> {
    let named = [b"1/name of a data key/", key].concat();
    let digest = subtle()?
        .digest_with_str_and_u8_array("SHA-256", &named)
        .map_err(|error| failed(&error))?;
    let digest = bytes_of(digest).await?;
    let start = digest.iter().take(NAME);
    Ok(start.map(|byte| format!("{byte:02x}")).collect())
}

/// A key that never leaves this device: the browser keeps it and lets no script read it.
pub(crate) async fn new_device_key() -> Result<CryptoKey, StoreError> {
    let algorithm = object(&[("name", "HMAC".into()), ("hash", "SHA-256".into())])?;
    let key = subtle()?
        .generate_key_with_object(&algorithm, false, &usages(&["sign"]))
        .map_err(|error| failed(&error))?;
    key_of(key).await
}

/// Rounds of PBKDF2-SHA-256 for a PIN.
const ROUNDS: u32 = 600_000;

/// The key that a data key is wrapped with: the device's key over what the PIN makes, so that copied values alone are not enough to try PINs.
async fn wrapping_key(device: &CryptoKey, pin: &str, salt: &[u8]) -> Result<CryptoKey, StoreError> {
    let subtle = subtle()?;
    let algorithm = object(&[("name", "PBKDF2".into())])?;
    let raw = Uint8Array::from(pin.as_bytes());
    let typed = subtle
        .import_key_with_object("raw", &raw, &algorithm, false, &usages(&["deriveBits"]))
        .map_err(|error| failed(&error))?;
    let typed = key_of(typed).await?;
    let algorithm = object(&[
        ("name", "PBKDF2".into()),
        ("hash", "SHA-256".into()),
        ("salt", Uint8Array::from(salt).into()),
        ("iterations", ROUNDS.into()),
    ])?;
    let derived = subtle
        .derive_bits_with_object(&algorithm, &typed, 256)
        .map_err(|error| failed(&error))?;
    let derived = bytes_of(derived).await?;
    let hmac = object(&[("name", "HMAC".into())])?;
    let signed = subtle
        .sign_with_object_and_u8_array(&hmac, device, &derived)
        .map_err(|error| failed(&error))?;
    aes(&bytes_of(signed).await?).await
}

/// What a wrapped data key is bound to.
const WRAPPED: &[u8] = b"1/data key";

/// Wraps a data key: initialization vector and ciphertext.
pub(crate) async fn wrap(
    device: &CryptoKey,
    pin: &str,
    salt: &[u8],
    data_key: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let key = wrapping_key(device, pin, salt).await?;
    let mut iv = [0; IV];
    random(&mut iv)?;
    let wrapped = subtle()?
        .encrypt_with_object_and_u8_array(&gcm(&iv, WRAPPED)?, &key, data_key)
        .map_err(|error| failed(&error))?;
    let mut out = iv.to_vec();
    out.extend(bytes_of(wrapped).await?);
    Ok(out)
}

/// The data key; none for another PIN.
pub(crate) async fn unwrap(
    device: &CryptoKey,
    pin: &str,
    salt: &[u8],
    wrapped: &[u8],
) -> Result<Option<Vec<u8>>, StoreError> {
    let key = wrapping_key(device, pin, salt).await?;
    let Some((iv, sealed)) = wrapped.split_at_checked(IV) else {
        return Ok(None);
    };
    let opened = subtle()?
        .decrypt_with_object_and_u8_array(&gcm(iv, WRAPPED)?, &key, sealed)
        .map_err(|error| failed(&error))?;
    Ok(bytes_of(opened).await.ok())
}
