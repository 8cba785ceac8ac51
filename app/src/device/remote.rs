use crate::device::timer::pause;
use api::{
    ApiError, BROWSE_PATH, BrowseAnswer, BrowseRequest, EXCHANGE_PATH, ME_PATH, Profile,
    SIGN_IN_PATH, SIGN_OUT_PATH,
};
use domain::json;
use futures_util::future::{Either, select};
use gloo_net::http::Request;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::pin;
use sync::ports::{Remote, RemoteError};
use sync::wire::{ExchangeAnswer, ExchangeRequest};
use web_sys::AbortController;

/// A village's line may be slow, but an answer that has not come after this long will not come.
const LONGEST_MS: u64 = 60_000;

/// The server at the page's own origin.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpRemote;

/// Why there was no answer of ours.
enum Silence {
    /// The request did not get through.
    Offline(String),
    /// What came is no answer of ours: a captive portal, a proxy's error page, a torn answer.
    Undecodable(String),
    /// The server's own word.
    Refused(ApiError),
}

/// Sends JSON and reads the answer.
async fn post<T: DeserializeOwned>(path: &str, body: String) -> Result<T, Silence> {
    fn offline(what: &impl ToString) -> Silence {
        Silence::Offline(what.to_string())
    }
    let abort = AbortController::new().map_err(|_| offline(&"no abort controller"))?;
    let sent = Request::post(path)
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .abort_signal(Some(&abort.signal()))
        .body(body)
        .map_err(|e| offline(&e))?;
    let answered = pin!(async {
        let response = sent.send().await?;
        Ok::<_, gloo_net::Error>((response.status(), response.binary().await?))
    });
    let (status, bytes) = match select(answered, pin!(pause(LONGEST_MS))).await {
        Either::Left((answered, _)) => answered.map_err(|e| offline(&e))?,
        Either::Right(_) => {
            abort.abort();
            return Err(offline(&"no answer in time"));
        }
    };
    if status == 200 {
        return json::from_slice(&bytes).map_err(|e| Silence::Undecodable(e.to_string()));
    }
    // Only an error that is really ours counts; the error page of some proxy is no verdict on anything.
    Err(match json::from_slice(&bytes) {
        Ok(error) => Silence::Refused(error),
        Err(_) => Silence::Undecodable(format!("status {status}")),
    })
}

/// Calls one of the server's functions.
async fn call<T: DeserializeOwned>(path: &str, arguments: &impl Serialize) -> Result<T, ApiError> {
    let body = json::to_string(arguments).map_err(|e| ApiError::Malformed {
        detail: e.to_string(),
    })?;
    post(path, body).await.map_err(|silence| match silence {
        Silence::Offline(detail) => ApiError::Offline { detail },
        Silence::Undecodable(detail) => ApiError::Undecodable { detail },
        Silence::Refused(error) => error,
    })
}

/// Nothing to say: `{}`.
#[derive(Serialize)]
struct Nothing {}

/// Signs in with a phone number, as it was typed, and a password; the session arrives as a cookie.
///
/// # Errors
/// The server's own, [`ApiError::Offline`] or [`ApiError::Undecodable`], as with all calls here.
pub async fn sign_in(phone: &str, password: &str) -> Result<Profile, ApiError> {
    #[derive(Serialize)]
    struct SignIn<'a> {
        phone: &'a str,
        password: &'a str,
    }
    call(SIGN_IN_PATH, &SignIn { phone, password }).await
}

/// Ends the session on this device.
///
/// # Errors
/// See [`sign_in`].
pub async fn sign_out() -> Result<(), ApiError> {
    call(SIGN_OUT_PATH, &Nothing {}).await
}

/// Who is signed in.
///
/// # Errors
/// See [`sign_in`].
pub async fn me() -> Result<Profile, ApiError> {
    call(ME_PATH, &Nothing {}).await
}

/// Needs, page by page, for officers whose region is too large to be kept on a device.
///
/// # Errors
/// See [`sign_in`].
pub async fn browse(request: &BrowseRequest) -> Result<BrowseAnswer, ApiError> {
    call(BROWSE_PATH, request).await
}

impl Remote for HttpRemote {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        let body = json::to_string(request).map_err(|e| RemoteError::Refused(e.to_string()))?;
        post(EXCHANGE_PATH, body)
            .await
            .map_err(|silence| match silence {
                // What cannot be read is never ours: try again.
                Silence::Offline(detail) | Silence::Undecodable(detail) => {
                    RemoteError::Unreachable(detail)
                }
                Silence::Refused(error) => refusal(error),
            })
    }
}

fn refusal(error: ApiError) -> RemoteError {
    match error {
        ApiError::SignedOut | ApiError::WrongCredentials => RemoteError::SignIn,
        ApiError::PageTooOld => RemoteError::Update,
        ApiError::SequenceGap { .. } | ApiError::ClientConflict => RemoteError::Identity,
        ApiError::TooManyAttempts { retry_after_s } | ApiError::Unavailable { retry_after_s } => {
            RemoteError::Busy {
                retry_after_ms: retry_after_s.saturating_mul(1000),
            }
        }
        error if error.is_permanent() => RemoteError::Refused(error.code().to_owned()),
        error => RemoteError::Unreachable(error.code().to_owned()),
    }
}
