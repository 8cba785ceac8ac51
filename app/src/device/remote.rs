//! The HTTP client: calls of the server functions, and the port `Remote` of the engine.

use crate::device::timer::pause;
use api::{ApiError, BrowseAnswer, BrowseRequest, Profile};
use futures_util::future::{Either, select};
use std::pin::pin;
use sync::ports::{Remote, RemoteError};
use sync::wire::{ExchangeAnswer, ExchangeRequest};

/// The timeout of a call. A village's connection may be slow, but an answer that takes longer than this is not coming.
const LONGEST_MS: u64 = 60_000;

/// Ends a call with a timeout. `server_fn` aborts the request when its future is dropped.
async fn in_time<T>(call: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    match select(pin!(call), pin!(pause(LONGEST_MS))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(ApiError::Offline {
            detail: "no answer in time".to_owned(),
        }),
    }
}

/// Signs in with a phone number, as it was typed, and a password; the session arrives as a cookie.
///
/// # Errors
/// The server's own, [`ApiError::Offline`] or [`ApiError::Undecodable`], as with all calls here.
pub async fn sign_in(phone: String, password: String) -> Result<Profile, ApiError> {
    in_time(api::sign_in(phone, password)).await
}

/// Ends the session on this device.
///
/// # Errors
/// See [`sign_in`].
pub async fn sign_out() -> Result<(), ApiError> {
    in_time(api::sign_out()).await
}

/// Who is signed in.
///
/// # Errors
/// See [`sign_in`].
pub async fn me() -> Result<Profile, ApiError> {
    in_time(api::me()).await
}

/// Needs, page by page, for officers whose region is too large to be kept on a device.
///
/// # Errors
/// See [`sign_in`].
pub async fn browse(request: BrowseRequest) -> Result<BrowseAnswer, ApiError> {
    in_time(api::browse(request)).await
}

/// The server at the page's own origin.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpRemote;

impl Remote for HttpRemote {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        in_time(api::exchange(request.clone()))
            .await
            .map_err(refusal)
    }
}

fn refusal(error: ApiError) -> RemoteError {
    match error {
        // An unreadable body comes from a captive portal or a proxy, so trying again may help.
        ApiError::Offline { detail } | ApiError::Undecodable { detail } => {
            RemoteError::Unreachable(detail)
        }
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
