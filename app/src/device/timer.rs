//! A pause: `setTimeout` as a future.

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// A timer that is cleared when nobody waits for it any more.
struct Timer(i32);

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.0);
        }
    }
}

/// Waits for `ms` milliseconds.
pub async fn pause(ms: u64) {
    let mut timer = None;
    let promise = Promise::new(&mut |done, _| {
        if let Some(window) = web_sys::window() {
            let ms = i32::try_from(ms).unwrap_or(i32::MAX);
            // `setTimeout` fails only in a closed window. The promise then stays pending, and the task ends with the window.
            let set = window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
            timer = set.ok().map(Timer);
        }
    });
    // This promise is never rejected.
    let _done = JsFuture::from(promise).await;
    drop(timer);
}
