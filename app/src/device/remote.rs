use crate::device::timer::pause;
use api::{ApiError, EXCHANGE_PATH};
use futures_util::future::{Either, select};
use gloo_net::http::Request;
use std::pin::pin;
use sync::ports::{Remote, RemoteError};
use sync::wire::{ExchangeAnswer, ExchangeRequest};
use web_sys::AbortController;

/// A village's line may be slow, but an answer that has not come after this long will not come.
const LONGEST_MS: u64 = 60_000;

/// The server at the page's own origin.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpRemote;

fn unreachable(what: &impl ToString) -> RemoteError {
    RemoteError::Unreachable(what.to_string())
}

impl Remote for HttpRemote {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        let body =
            serde_json::to_string(request).map_err(|e| RemoteError::Refused(e.to_string()))?;
        let abort = AbortController::new().map_err(|_| unreachable(&"no abort controller"))?;
        let sent = Request::post(EXCHANGE_PATH)
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .abort_signal(Some(&abort.signal()))
            .body(body)
            .map_err(|e| unreachable(&e))?;
        let answered = pin!(async {
            let response = sent.send().await.map_err(|e| unreachable(&e))?;
            let status = response.status();
            let bytes = response.binary().await.map_err(|e| unreachable(&e))?;
            Ok::<_, RemoteError>((status, bytes))
        });
        let (status, bytes) = match select(answered, pin!(pause(LONGEST_MS))).await {
            Either::Left((answered, _)) => answered?,
            Either::Right(_) => {
                abort.abort();
                return Err(unreachable(&"no answer in time"));
            }
        };
        if status == 200 {
            // What cannot be read is a captive portal or a torn answer, never ours: try again.
            return serde_json::from_slice(&bytes).map_err(|e| unreachable(&e));
        }
        Err(refusal(status, &bytes))
    }
}

/// Only an error that is really ours counts; the error page of some proxy is no verdict on anything.
fn refusal(status: u16, bytes: &[u8]) -> RemoteError {
    let Ok(error) = serde_json::from_slice::<ApiError>(bytes) else {
        return unreachable(&format!("status {status}"));
    };
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
        error => unreachable(&error.code()),
    }
}
