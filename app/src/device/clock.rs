//! The device's clock and source of randomness, as ports of the engine.

use domain::Millis;
use sync::ports::{Clock, Random};

/// The device's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceClock;

impl Clock for DeviceClock {
    fn now(&self) -> Millis {
        now()
    }
}

/// Now, by the device's clock.
#[must_use]
pub fn now() -> Millis {
    Millis(js_sys::Date::now() as i64)
}

/// The browser's source of randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceRandom;

impl Random for DeviceRandom {
    fn bytes(&self) -> [u8; 16] {
        random_bytes()
    }
}

/// Sixteen random bytes.
#[must_use]
pub fn random_bytes() -> [u8; 16] {
    let mut out = [0; 16];
    let filled = web_sys::window()
        .and_then(|w| w.crypto().ok())
        .and_then(|c| c.get_random_values_with_u8_array(&mut out).ok());
    if filled.is_none() {
        // The fallback `Math.random` exists everywhere. It is good enough, since identifiers only have to be unique.
        for byte in &mut out {
            *byte = (js_sys::Math::random() * 256.0) as u8;
        }
    }
    out
}
