//! Security headers, and protection against cross-site request forgery (CSRF).

use api::ApiError;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// The content security policy: the page may load only its own files, and no site may frame it.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     connect-src 'self'; img-src 'self' data: blob:; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'self'";

/// The permissions policy: browser features that the page does not use are switched off.
const PERMISSIONS_POLICY: &str =
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()";

/// Adds the headers every answer carries.
pub fn protect(headers: &mut HeaderMap, https: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(
        HeaderName::from_static("permissions-policy"),
        PERMISSIONS_POLICY,
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// Adds what gives the bench page clocks of full resolution.
#[cfg(feature = "bench")]
pub fn isolate(headers: &mut HeaderMap) {
    headers.insert(
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    );
}

/// Rejects a changing request that another site's page made a browser send (CSRF).
///
/// Browsers say where a request comes from (`Sec-Fetch-Site`, or `Origin` in older ones); programs say neither and carry
/// no cookie by accident.
pub fn same_origin(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return if site == "same-origin" || site == "none" {
            Ok(())
        } else {
            Err(ApiError::ForeignOrigin)
        };
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let authority = origin
        .to_str()
        .ok()
        .and_then(|o| o.split_once("://"))
        .map(|(_, authority)| authority);
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    if authority.is_some() && authority == host {
        Ok(())
    } else {
        Err(ApiError::ForeignOrigin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &'static str)]) -> Result<(), ApiError> {
        let headers = pairs
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)))
            .collect();
        same_origin(&Method::POST, &headers)
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        assert!(asked(&[("sec-fetch-site", "same-origin")]).is_ok());
        assert!(asked(&[("sec-fetch-site", "cross-site")]).is_err());
        assert!(asked(&[("sec-fetch-site", "same-site")]).is_err());
        assert!(asked(&[("origin", "https://x.cn"), ("host", "x.cn")]).is_ok());
        assert!(asked(&[("origin", "https://evil.cn"), ("host", "x.cn")]).is_err());
        assert!(asked(&[("origin", "null"), ("host", "x.cn")]).is_err());
        assert!(
            asked(&[("host", "x.cn")]).is_ok(),
            "a program, not a browser"
        );
    }
}
