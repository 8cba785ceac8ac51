//! The HTTP routes: server functions, hints, health, metrics, and the site.

use crate::app::AppState;
use crate::connections::ConnectionLimits;
use crate::logging::Head;
use crate::{metrics, security};
use api::fault::MAX_REPORT_BYTES;
use api::{
    ApiError, BROWSE_PATH, Caller, DESIGNATIONS_PATH, DEVICE_COOKIE, DeviceToken, EXCHANGE_PATH,
    FIGURES_PATH, INSTALLATION_PATH, LOAD_DESIGNATIONS_PATH, LOAD_REGIONS_PATH,
};
use api::{IMPORT_ACCOUNTS_PATH, OPEN_ACCOUNTS_PATH};
use api::{REPORT_FAULT_PATH, SESSION_COOKIE, SessionToken};
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use http_body_util::{BodyExt, Limited};
use leptos::prelude::provide_context;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// A request carries at most this many bytes: one exchange holds 384 KiB of mutations and some kilobytes of cursors.
pub(crate) const MAX_REQUEST_BYTES: usize = 512 * 1024;
/// A table of accounts in Base64, and a little around it.
const MAX_UPLOAD_BYTES: usize = api::accounts::MAX_FILE_BYTES / 3 * 4 + 4 * 1024;
/// The longest request with a table in it: all regions of a province as base64.
const MAX_TABLE_BYTES: usize = 4 * 1024 * 1024;
/// What needs no session, or has nothing to say, carries at most this many bytes: a phone number and a password.
const MAX_SMALL_BYTES: usize = 4 * 1024;
/// How many seconds who was too slow is told to wait before sending the same again.
const RETRY_AFTER_SLOW_S: u64 = 5;
/// Interval of keep-alive comments on a silent stream, short enough for the gateways of mobile networks.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// How long a browser waits before it reconnects.
const RETRY: Duration = Duration::from_secs(3);
/// The header with which server functions mark an error.
const ERROR_MARK: &str = "serverfnerror";

/// The server functions.
pub(crate) async fn functions(State(state): State<AppState>, request: Request) -> Response<Body> {
    let reports_a_fault = request.uri().path() == REPORT_FAULT_PATH;
    let response = match call(&state, request).await {
        Ok(response) => response,
        Err(error) => error_response(&error),
    };
    if reports_a_fault && !response.status().is_success() {
        state.metrics.report_refused(response.status());
    }
    response
}

async fn call(state: &AppState, request: Request) -> Result<Response<Body>, ApiError> {
    let (mut parts, body) = request.into_parts();
    if !state.functions.contains(parts.uri.path()) || parts.method != Method::POST {
        return Err(ApiError::NotFound);
    }
    let json = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    if !json.is_some_and(|v| v.trim().starts_with("application/json")) {
        return Err(ApiError::NotJson);
    }
    let caller = caller(state, &parts.headers, peer(&parts.extensions));
    // Only of somebody who is signed in is a large body read.
    let limit = match parts.uri.path() {
        REPORT_FAULT_PATH => MAX_REPORT_BYTES,
        EXCHANGE_PATH | BROWSE_PATH | FIGURES_PATH | DESIGNATIONS_PATH | INSTALLATION_PATH => {
            state.backend.authenticate(&caller).await?;
            MAX_REQUEST_BYTES
        }
        OPEN_ACCOUNTS_PATH => {
            state.backend.authenticate(&caller).await?;
            MAX_REQUEST_BYTES
        }
        IMPORT_ACCOUNTS_PATH => {
            state.backend.authenticate(&caller).await?;
            MAX_UPLOAD_BYTES
        }
        // Tables are long, and only those who may load one are read to.
        LOAD_DESIGNATIONS_PATH | LOAD_REGIONS_PATH => {
            let account = state.backend.authenticate(&caller).await?;
            domain::designations::may_load(&account.actor).ok_or(ApiError::Forbidden)?;
            MAX_TABLE_BYTES
        }
        _ => MAX_SMALL_BYTES,
    };
    let body = read_body(body, limit, state.limits).await?;
    // With these two, leptos_axum would answer a form with a redirect.
    parts.headers.remove(header::REFERER);
    parts.headers.remove(header::ACCEPT);
    let backend = state.shared_backend();
    let context = move || {
        provide_context(backend.clone());
        provide_context(caller.clone());
    };
    let request = Request::from_parts(parts, Body::from(body));
    let response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    Ok(if response.headers().contains_key(ERROR_MARK) {
        with_status(response).await
    } else {
        no_store(response)
    })
}

/// Reads a body that is not too long and not too slow. One that does not come whole is no fault of the page: it sends it again.
async fn read_body(
    body: Body,
    limit: usize,
    patience: ConnectionLimits,
) -> Result<Bytes, ApiError> {
    let too_slow = || ApiError::Unavailable {
        retry_after_s: RETRY_AFTER_SLOW_S,
    };
    let until = tokio::time::Instant::now() + patience.body;
    let mut body = Limited::new(body, limit);
    let mut read = Vec::new();
    loop {
        let silent_until = until.min(tokio::time::Instant::now() + patience.silence);
        let frame = tokio::time::timeout_at(silent_until, body.frame()).await;
        match frame.map_err(|_| too_slow())? {
            None => return Ok(read.into()),
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    read.extend_from_slice(data);
                }
            }
            Some(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
                return Err(ApiError::TooLarge {
                    limit_bytes: limit as u64,
                });
            }
            Some(Err(_)) => {
                return Err(ApiError::Malformed {
                    detail: "the body was cut off".to_owned(),
                });
            }
        }
    }
}

/// Maps an [`ApiError`] to its HTTP status, since server functions answer every error with 500.
async fn with_status(response: Response<Body>) -> Response<Body> {
    let body = to_bytes(response.into_body(), MAX_REQUEST_BYTES)
        .await
        .unwrap_or_default();
    error_response(&serde_json::from_slice(&body).unwrap_or(ApiError::Fault))
}

/// The response for an error: its status, `Retry-After`, and the error as JSON.
pub(crate) fn error_response(error: &ApiError) -> Response<Body> {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = no_store((status, Json(error)).into_response());
    if let Some(seconds) = error.retry_after_s() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let ApiError::Malformed { detail } = error {
        tracing::info!(detail = %Head(detail), "a request could not be read");
    }
    response
}

fn no_store(mut response: Response<Body>) -> Response<Body> {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The stream of hints (server-sent events) about changed feeds.
pub(crate) async fn hints(State(state): State<AppState>, request: Request) -> Response<Body> {
    let caller = caller(&state, request.headers(), peer(request.extensions()));
    match listen(&state, &caller).await {
        Ok(events) => {
            let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
            let mut response = no_store(Sse::new(events).keep_alive(keep_alive).into_response());
            // Proxies such as nginx would otherwise hold events back.
            response
                .headers_mut()
                .insert("x-accel-buffering", HeaderValue::from_static("no"));
            response
        }
        Err(error) => error_response(&error),
    }
}

async fn listen(
    state: &AppState,
    caller: &Caller,
) -> Result<impl Stream<Item = Result<Event, Infallible>> + use<>, ApiError> {
    let account = state.backend.authenticate(caller).await?;
    let session = caller.session.as_ref().map(crate::sessions::digest);
    let subscription = state.backend.cache().hub.subscribe(
        account.actor.user,
        session,
        &account.feeds,
        BTreeMap::new(),
    );
    // The versions are read after subscribing, so that no change in between is missed.
    let present: Vec<_> = state
        .backend
        .versions(&account.feeds)
        .await?
        .into_iter()
        .collect();
    subscription.tell(&present);
    Ok(stream::unfold(subscription, |subscription| async move {
        let changed = subscription.next().await?;
        let hints: Vec<_> = changed
            .iter()
            .map(|(feed, ver)| serde_json::json!({ "feed": feed.to_string(), "ver": ver }))
            .collect();
        let event = Event::default()
            .event("hint")
            .retry(RETRY)
            .json_data(hints)
            .unwrap_or_default();
        Some((Ok(event), subscription))
    }))
}

/// Whether the server can do its work: read, and write as far as anybody has seen.
pub(crate) async fn health(State(state): State<AppState>) -> Response<Body> {
    let reads = state.backend.database().meta("epoch").await.is_ok();
    let reason = if reads {
        state.backend.writing_fails().await
    } else {
        Some("the database cannot be read")
    };
    let status = if reason.is_none() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut body = serde_json::json!({
        "status": if reason.is_none() { "ok" } else { "failing" },
        "version": env!("CARGO_PKG_VERSION"),
        "listening": state.backend.cache().hub.listeners(),
    });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    no_store((status, Json(body)).into_response())
}

/// Numbers about the server, for this machine or who has the token.
pub(crate) async fn metrics(State(state): State<AppState>, request: Request) -> Response<Body> {
    let token = state.metrics_token.as_ref();
    if !metrics::may_read(token, request.headers(), peer(request.extensions())) {
        return error_response(&ApiError::NotFound);
    }
    let recounted = state.backend.last_recount().await;
    let text = state.metrics.text(&state, recounted.as_ref());
    let mut response = no_store(text.into_response());
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(metrics::CONTENT_TYPE),
    );
    response
}

/// Anything else below `/api`.
pub(crate) async fn unknown() -> Response<Body> {
    error_response(&ApiError::NotFound)
}

/// The site's files and pages.
pub(crate) async fn site(State(state): State<AppState>, request: Request) -> Response<Body> {
    state
        .site
        .respond(request.method(), request.uri().path(), request.headers())
        .await
}

/// Middleware around all routes: the CSRF check, security headers, and one line in the access log.
pub(crate) async fn guard(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let started = Instant::now();
    let method = request.method().clone();
    let path = Head(request.uri().path()).to_string();
    let trusted = state.proxies.include(peer(request.extensions()));
    let mut response = match state.origins.check(&method, request.headers(), trusted) {
        Ok(()) => next.run(request).await,
        Err(error) => error_response(&error),
    };
    security::protect(response.headers_mut(), state.https);
    #[cfg(feature = "bench")]
    if crate::bench::is_on() {
        security::isolate(response.headers_mut());
    }
    state.metrics.answered(response.status());
    let status = response.status().as_u16();
    let ms = started.elapsed().as_millis() as u64;
    if status >= 500 {
        tracing::warn!(%method, path, status, ms, "answered");
    } else if path.starts_with("/api") {
        tracing::info!(%method, path, status, ms, "answered");
    } else {
        tracing::debug!(%method, path, status, ms, "answered");
    }
    response
}

/// Where the connection comes from; tests that have no connection count as this machine.
fn peer(extensions: &axum::http::Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| {
            address.ip()
        })
}

fn caller(state: &AppState, headers: &HeaderMap, peer: IpAddr) -> Caller {
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .collect();
    Caller {
        session: cookie(headers, SESSION_COOKIE).map(|value| SessionToken(value.to_owned())),
        device: cookie(headers, DEVICE_COOKIE).map(|value| DeviceToken(value.to_owned())),
        ip: state.proxies.caller(peer, forwarded.into_iter()),
        kind: headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .map_or_else(String::new, crate::sessions::device_words),
    }
}

fn cookie<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty())
        .map(|(_, value)| value)
}
