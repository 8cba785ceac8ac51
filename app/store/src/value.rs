//! Conversion of keys and values to JavaScript: numbers become numbers and texts strings, so that IndexedDB sorts keys as [`StoreKey`]
//! does, numbers first.

use indexed_db_futures::error::SimpleValueError;
use indexed_db_futures::primitive::{TryFromJs, TryToJs};
use js_sys::{ArrayBuffer, Uint8Array};
use sync::ports::StoreKey;
use wasm_bindgen::{JsCast, JsValue};

/// 2^53: from here on a JavaScript number skips whole numbers.
const NUMBERS_END: f64 = 9_007_199_254_740_992.0;

/// A key for conversion in both directions.
pub(crate) struct Key(pub(crate) StoreKey);

impl TryToJs for Key {
    fn try_to_js(&self) -> indexed_db_futures::Result<JsValue> {
        Ok(key(&self.0))
    }
}

impl TryFromJs for Key {
    fn from_js(js: JsValue) -> Result<Self, SimpleValueError> {
        if let Some(text) = js.as_string() {
            return Ok(Self(StoreKey::Text(text)));
        }
        match js.as_f64() {
            Some(n) if (0.0..NUMBERS_END).contains(&n) && n.fract() == 0.0 => {
                Ok(Self(StoreKey::Number(n as u64)))
            }
            _ => Err(SimpleValueError::NotANumber(js)),
        }
    }
}

/// A key as IndexedDB keeps it.
pub(crate) fn key(key: &StoreKey) -> JsValue {
    match key {
        StoreKey::Number(n) => JsValue::from_f64(*n as f64),
        StoreKey::Text(text) => JsValue::from_str(text),
    }
}

/// A value to store. It is copied into an array of its own, since a view into wasm's memory would store the whole memory.
pub(crate) struct Put<'a>(pub(crate) &'a [u8]);

impl TryToJs for Put<'_> {
    fn try_to_js(&self) -> indexed_db_futures::Result<JsValue> {
        Ok(Uint8Array::from(self.0).into())
    }
}

/// A value that was read.
pub(crate) struct Found(pub(crate) Vec<u8>);

impl TryFromJs for Found {
    fn from_js(js: JsValue) -> Result<Self, SimpleValueError> {
        match js.dyn_into::<Uint8Array>() {
            Ok(array) => Ok(Self(array.to_vec())),
            Err(js) => match js.dyn_into::<ArrayBuffer>() {
                Ok(buffer) => Ok(Self(Uint8Array::new(&buffer).to_vec())),
                Err(js) => Err(SimpleValueError::DynCast(js)),
            },
        }
    }
}
