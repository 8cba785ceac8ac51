//! The HTTP client: calls of the server functions, and the port `Remote` of the engine.

use crate::device::http::call;
use api::accounts::{DataKeyAnswer, DataKeyRequest, InvitationAnswer};
use api::trail::{TrailAnswer, TrailRequest};
use api::{ApiError, BrowseAnswer, BrowseRequest, Profile};
use domain::UserId;
use sync::ports::{Remote, RemoteError};
use sync::wire::{ExchangeAnswer, ExchangeRequest};

/// Signs in with a phone number, as it was typed, and a password; the session arrives as a cookie.
///
/// # Errors
/// The server's own, [`ApiError::Offline`] or [`ApiError::Undecodable`], as with all calls here.
pub async fn sign_in(phone: String, password: String) -> Result<Profile, ApiError> {
    call(api::SIGN_IN_PATH, &api::SignIn { phone, password }).await
}

/// Opens an account for somebody whose organization is not here yet.
///
/// # Errors
/// See [`sign_in`].
pub async fn sign_up(request: api::SignUpRequest) -> Result<(), ApiError> {
    call(api::SIGN_UP_PATH, &request).await
}

/// The province, its cities and its counties.
///
/// # Errors
/// See [`sign_in`].
pub async fn areas() -> Result<Vec<api::Area>, ApiError> {
    call(api::AREAS_PATH, &api::Areas {}).await
}

/// Whom an invitation is for.
///
/// # Errors
/// See [`sign_in`].
pub async fn invitation(code: String) -> Result<InvitationAnswer, ApiError> {
    call(api::INVITATION_PATH, &api::Invitation { code }).await
}

/// Uses an invitation: the account gets this password, and the session arrives as a cookie.
///
/// # Errors
/// See [`sign_in`].
pub async fn accept_invitation(code: String, password: String) -> Result<Profile, ApiError> {
    call(
        api::ACCEPT_INVITATION_PATH,
        &api::AcceptInvitation { code, password },
    )
    .await
}

/// The key of this person's data on this device, for their password.
///
/// # Errors
/// See [`sign_in`].
pub async fn data_key(
    user: UserId,
    device: String,
    password: String,
) -> Result<DataKeyAnswer, ApiError> {
    let request = DataKeyRequest {
        user,
        device,
        password,
    };
    call(api::DATA_KEY_PATH, &request).await
}

/// Ends the session on this device.
///
/// # Errors
/// See [`sign_in`].
pub async fn sign_out() -> Result<(), ApiError> {
    call(api::SIGN_OUT_PATH, &api::SignOut {}).await
}

/// Who is signed in.
///
/// # Errors
/// See [`sign_in`].
pub async fn me() -> Result<Profile, ApiError> {
    call(api::ME_PATH, &api::Me {}).await
}

/// Needs, page by page, for officers whose region is too large to be kept on a device.
///
/// # Errors
/// See [`sign_in`].
pub async fn browse(request: &BrowseRequest) -> Result<BrowseAnswer, ApiError> {
    call(api::BROWSE_PATH, request).await
}

/// The audit trail, page by page, for bureaus and the administrator.
///
/// # Errors
/// See [`sign_in`].
pub async fn trail(request: &TrailRequest) -> Result<TrailAnswer, ApiError> {
    call(api::TRAIL_PATH, request).await
}

/// The server at the page's own origin.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpRemote;

impl Remote for HttpRemote {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        call(api::EXCHANGE_PATH, request).await.map_err(refusal)
    }
}

fn refusal(error: ApiError) -> RemoteError {
    match error {
        // An unreadable body comes from a captive portal or a proxy, so trying again may help.
        ApiError::Offline { detail } | ApiError::Undecodable { detail } => {
            RemoteError::Unreachable(detail)
        }
        ApiError::SignedOut | ApiError::WrongCredentials => RemoteError::SignIn,
        ApiError::OtherUser => RemoteError::OtherUser,
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
