use crate::device::timer::pause;
use api::{ApiError, BrowseAnswer, BrowseRequest, Profile};
use futures_util::future::{Either, select};
use std::pin::pin;
use sync::ports::{Remote, RemoteError};
use sync::wire::{ExchangeAnswer, ExchangeRequest};

/// A village's line may be slow, but an answer that has not come after this long will not come.
const LONGEST_MS: u64 = 60_000;

/// Gives up waiting for a call in the end. A call that is dropped is aborted by `server_fn`.
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
        // What cannot be read is never ours: try again.
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
