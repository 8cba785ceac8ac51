//! The HTTP client of the benchmark page.

use domain::Actor;
use gloo_net::http::Request;
use serde::Deserialize;
use sync::ports::{Remote, RemoteError};
use sync::wire::{ExchangeAnswer, ExchangeRequest};

/// The server at the page's own origin. Every failure ends the measurement, so none is told from another.
pub(crate) struct HttpRemote;

fn failed(what: &impl ToString) -> RemoteError {
    RemoteError::Unreachable(what.to_string())
}

async fn post(path: &str, body: String) -> Result<Vec<u8>, RemoteError> {
    let sent = Request::post(path)
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .body(body)
        .map_err(|e| failed(&e))?;
    let response = sent.send().await.map_err(|e| failed(&e))?;
    let bytes = response.binary().await.map_err(|e| failed(&e))?;
    if response.status() == 200 {
        return Ok(bytes);
    }
    let said = String::from_utf8_lossy(&bytes);
    Err(RemoteError::Refused(format!(
        "{}: {said}",
        response.status()
    )))
}

impl Remote for HttpRemote {
    async fn exchange(&self, request: &ExchangeRequest) -> Result<ExchangeAnswer, RemoteError> {
        let body = serde_json::to_string(request).map_err(|e| failed(&e))?;
        let bytes = post("/api/v1/exchange", body).await?;
        serde_json::from_slice(&bytes).map_err(|e| failed(&e))
    }
}

/// The account that the server lets every caller be while it is measured.
pub(crate) async fn who_am_i() -> Result<Actor, RemoteError> {
    #[derive(Deserialize)]
    struct Profile {
        actor: Actor,
    }
    let bytes = post("/api/v1/me", "{}".to_owned()).await?;
    let profile: Profile = serde_json::from_slice(&bytes).map_err(|e| failed(&e))?;
    Ok(profile.actor)
}
