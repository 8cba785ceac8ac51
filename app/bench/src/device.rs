//! The device's clock, source of randomness and localStorage for the benchmark page.

use domain::Millis;
use sync::ports::{Clock, Random};
use wasm_bindgen::JsError;
use web_sys::Storage;

/// The device's clock.
pub(crate) struct DeviceClock;

impl Clock for DeviceClock {
    fn now(&self) -> Millis {
        Millis(js_sys::Date::now() as i64)
    }
}

/// The browser's source of randomness.
pub(crate) struct DeviceRandom;

impl Random for DeviceRandom {
    fn bytes(&self) -> [u8; 16] {
        let mut out = [0; 16];
        let crypto = web_sys::window().and_then(|window| window.crypto().ok());
        let filled = crypto.and_then(|c| c.get_random_values_with_u8_array(&mut out).ok());
        debug_assert!(filled.is_some(), "every browser that is measured has this");
        out
    }
}

/// Where pages remember small things.
pub(crate) fn local_storage() -> Result<Storage, JsError> {
    let storage = web_sys::window().and_then(|window| window.local_storage().ok()?);
    storage.ok_or_else(|| JsError::new("no local storage"))
}
