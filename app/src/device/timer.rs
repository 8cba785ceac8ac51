use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// Waits.
pub async fn pause(ms: u64) {
    let promise = Promise::new(&mut |done, _| {
        if let Some(window) = web_sys::window() {
            let ms = i32::try_from(ms).unwrap_or(i32::MAX);
            // Without a timer the promise never comes, which is what a window that is gone deserves.
            let _timer = window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
        }
    });
    // A timeout's promise is never refused.
    let _done = JsFuture::from(promise).await;
}
