//! One call of the server over HTTP: a POST with a JSON body. The answer is read as it comes, so that a slow line is told from a
//! silent one: what ends a call is silence, however long the whole answer takes.

use crate::device::timer::pause;
use api::ApiError;
use futures_util::future::{Either, select};
use js_sys::{Promise, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::pin;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStream, ReadableStreamDefaultReader, RequestInit, Response,
};

/// After this long without a byte no more are coming.
const SILENCE_MS: u64 = 60_000;
/// A browser does not tell how far a request has gone up, so each of its bytes adds as much as it takes on a line of 8 kbit/s.
const MS_PER_BYTE_UP: u64 = 1;

/// Calls the function at a path with these arguments.
///
/// # Errors
/// The server's own, [`ApiError::Offline`] when nothing came or it broke off, [`ApiError::Undecodable`] when something else than the
/// server has answered.
pub async fn call<A: Serialize, T: DeserializeOwned>(path: &str, args: &A) -> Result<T, ApiError> {
    let body = serde_json::to_string(args).map_err(|e| ApiError::Malformed {
        detail: e.to_string(),
    })?;
    let call = Call::begin(path, &body).map_err(|e| offline(&e))?;
    let (status, answer) = call.answer(body.len()).await.map_err(|e| offline(&e))?;
    let undecodable = |e: serde_json::Error| ApiError::Undecodable {
        detail: e.to_string(),
    };
    if (200..300).contains(&status) {
        return serde_json::from_slice(&answer).map_err(undecodable);
    }
    Err(serde_json::from_slice(&answer).unwrap_or_else(undecodable))
}

fn offline(error: &JsValue) -> ApiError {
    let said = error.dyn_ref::<js_sys::Error>();
    ApiError::Offline {
        detail: match said {
            Some(error) => error.message().into(),
            None => error.as_string().unwrap_or_default(),
        },
    }
}

/// A request on its way. Dropping it aborts it.
struct Call {
    abort: AbortController,
    response: Promise,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

impl Call {
    fn begin(path: &str, body: &str) -> Result<Self, JsValue> {
        let headers = Headers::new()?;
        for name in ["content-type", "accept"] {
            headers.set(name, "application/json")?;
        }
        let abort = AbortController::new()?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers);
        init.set_body(&JsValue::from_str(body));
        init.set_signal(Some(&abort.signal()));
        let window = web_sys::window().ok_or(JsValue::NULL)?;
        let response = window.fetch_with_str_and_init(path, &init);
        Ok(Self { abort, response })
    }

    /// The status and the whole body.
    async fn answer(self, sent_bytes: usize) -> Result<(u16, Vec<u8>), JsValue> {
        let up_ms = MS_PER_BYTE_UP * sent_bytes as u64;
        let response = unless_silent(&self.response, SILENCE_MS + up_ms).await?;
        let response: Response = response.unchecked_into();
        let body = match response.body() {
            Some(stream) => read(&stream).await?,
            None => Vec::new(),
        };
        Ok((response.status(), body))
    }
}

/// Reads a stream to its end, as long as it does not fall silent.
async fn read(stream: &ReadableStream) -> Result<Vec<u8>, JsValue> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let piece = unless_silent(&reader.read(), SILENCE_MS).await?;
        if Reflect::get(&piece, &JsValue::from_str("done"))?.is_truthy() {
            return Ok(bytes);
        }
        let piece = Reflect::get(&piece, &JsValue::from_str("value"))?;
        let piece: Uint8Array = piece.unchecked_into();
        let start = bytes.len();
        bytes.resize(start + piece.length() as usize, 0);
        if let Some(room) = bytes.get_mut(start..) {
            piece.copy_to(room);
        }
    }
}

async fn unless_silent(promise: &Promise, ms: u64) -> Result<JsValue, JsValue> {
    match select(pin!(JsFuture::from(promise.clone())), pin!(pause(ms))).await {
        Either::Left((settled, _)) => settled,
        Either::Right(_) => Err(JsValue::from_str("nothing came for too long")),
    }
}
