//! A pause: `setTimeout` as a future.

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// Waits for `ms` milliseconds.
pub async fn pause(ms: u64) {
    let promise = Promise::new(&mut |done, _| {
        if let Some(window) = web_sys::window() {
            let ms = i32::try_from(ms).unwrap_or(i32::MAX);
            // `setTimeout` fails only in a closed window. The promise then stays pending, and the task ends with the window.
            let _timer = window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
        }
    });
    // This promise is never rejected.
    let _done = JsFuture::from(promise).await;
}
