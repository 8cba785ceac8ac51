//! Security headers, and protection against cross-site request forgery (CSRF).

use crate::logging::Head;
use api::ApiError;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

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

/// The scheme, host and port of a page, as browsers compare them: in lower case, and without the port that goes without saying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    /// The host, with the port unless it is the scheme's own.
    authority: String,
}

/// What is not the address of a site.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not the address of a site, such as https://xiangdan.example")]
pub struct NotAnOrigin(String);

impl Origin {
    /// With whatever scheme and host somebody has written.
    fn new(scheme: &str, authority: &str) -> Self {
        let scheme = scheme.trim().to_ascii_lowercase();
        let authority = authority.trim().to_ascii_lowercase();
        let own = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => "",
        };
        let bare = authority.strip_suffix(own).unwrap_or(&authority);
        Self {
            authority: bare.to_owned(),
            scheme,
        }
    }

    /// Whether it speaks HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let wrong = || NotAnOrigin(text.to_owned());
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(wrong)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let allowed =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        let scheme_is_known =
            scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
        if !scheme_is_known || authority.is_empty() || !authority.chars().all(allowed) {
            return Err(wrong());
        }
        Ok(Self::new(scheme, authority))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// How many different mismatches are written into the log, each once: what they hold comes from outside.
const MOST_TOLD: usize = 20;

/// Which pages are our own.
#[derive(Debug, Default)]
pub struct Origins {
    public: Option<Origin>,
    /// The mismatches that the log has.
    told: Mutex<BTreeSet<(String, String)>>,
}

impl Origins {
    /// With the address at which people reach the server, if it is known.
    #[must_use]
    pub fn new(public: Option<Origin>) -> Self {
        Self {
            public,
            told: Mutex::default(),
        }
    }

    /// Rejects a changing request that another site's page made a browser send (CSRF).
    ///
    /// Browsers say where a request comes from: `Sec-Fetch-Site`, or `Origin` in older ones and wherever the page came without
    /// HTTPS. Programs say neither and carry no cookie by accident. Our own origin is the public address; what a proxy passes on
    /// (`X-Forwarded-Host` and `X-Forwarded-Proto`, or `Forwarded`), if it is `trusted`; and `Host`, under whatever scheme the page
    /// has, since a proxy in front may have ended TLS.
    pub fn check(
        &self,
        method: &Method,
        headers: &HeaderMap,
        trusted: bool,
    ) -> Result<(), ApiError> {
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
        let page = origin
            .to_str()
            .ok()
            .and_then(|text| text.parse::<Origin>().ok());
        let ours = |page: &Origin| {
            self.public.as_ref() == Some(page)
                || trusted && forwarded(headers, page).is_some_and(|ours| ours == *page)
                || value(headers, header::HOST.as_str())
                    .is_some_and(|host| Origin::new(&page.scheme, host) == *page)
        };
        if page.as_ref().is_some_and(ours) {
            return Ok(());
        }
        self.tell(headers, trusted);
        Err(ApiError::ForeignOrigin)
    }

    /// Writes into the log, once for each, what the browser said and what it was compared with.
    fn tell(&self, headers: &HeaderMap, trusted: bool) {
        let shown = |name: &str| {
            let value = headers.get(name)?;
            Some(Head(&String::from_utf8_lossy(value.as_bytes())).to_string())
        };
        let origin = shown("origin").unwrap_or_default();
        let host = shown("host").unwrap_or_default();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST_TOLD || !told.insert((origin.clone(), host.clone())) {
            return;
        }
        let public = self
            .public
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let forwarded = shown("x-forwarded-host")
            .or_else(|| shown("forwarded"))
            .unwrap_or_default();
        tracing::warn!(
            origin,
            host,
            public,
            forwarded,
            forwarded_is_believed = trusted,
            "a page of another origin was refused; if it is our own, set XIANGDAN_PUBLIC_URL to what stands in `origin`"
        );
    }
}

/// The origin that the nearest proxy says the caller has asked for. Without a word about the scheme it is the page's.
fn forwarded(headers: &HeaderMap, page: &Origin) -> Option<Origin> {
    if let Some(host) = last(headers, "x-forwarded-host") {
        let scheme = last(headers, "x-forwarded-proto").unwrap_or(&page.scheme);
        let port = last(headers, "x-forwarded-port").filter(|_| !has_port(host));
        let authority = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        // A proxy behind another one may tell its own port: with it or without it, the host is the one that was asked for.
        let with_port = Origin::new(scheme, &authority);
        return Some(if with_port == *page {
            with_port
        } else {
            Origin::new(scheme, host)
        });
    }
    // RFC 7239: `for=192.0.2.1;host="x.cn:8443";proto=https`.
    let nearest = last(headers, "forwarded")?;
    let parameter = |name: &str| {
        nearest.split(';').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().trim_matches('"'))
        })
    };
    let scheme = parameter("proto").unwrap_or(&page.scheme);
    Some(Origin::new(scheme, parameter("host")?))
}

fn has_port(host: &str) -> bool {
    let after_address = host.rsplit(']').next().unwrap_or(host);
    after_address.contains(':')
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The last entry of a list to which every proxy adds its own: the nearest proxy's.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    let nearest = all.rsplit(',').next()?.trim();
    (!nearest.is_empty()).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "https://x.cn";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v)))
            .collect()
    }

    fn asked(pairs: &[(&'static str, &'static str)]) -> Result<(), ApiError> {
        Origins::default().check(&Method::POST, &headers(pairs), false)
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        assert!(asked(&[("sec-fetch-site", "same-origin")]).is_ok());
        assert!(asked(&[("sec-fetch-site", "cross-site")]).is_err());
        assert!(asked(&[("sec-fetch-site", "same-site")]).is_err());
        assert!(asked(&[("origin", HERE), ("host", "x.cn")]).is_ok());
        assert!(asked(&[("origin", "https://evil.cn"), ("host", "x.cn")]).is_err());
        assert!(asked(&[("origin", "null"), ("host", "x.cn")]).is_err());
        assert!(asked(&[("origin", HERE)]).is_err(), "no host at all");
        assert!(asked(&[("origin", "https://x.cn.evil.cn"), ("host", "x.cn")]).is_err());
        assert!(asked(&[("origin", "https://x.cn@evil.cn"), ("host", "evil.cn")]).is_err());
        assert!(
            asked(&[("host", "x.cn")]).is_ok(),
            "a program, not a browser"
        );
    }

    #[test]
    fn the_same_host_is_the_same_however_it_is_written() {
        for (origin, host) in [
            (HERE, "X.CN"),
            (HERE, "x.cn:443"),
            ("http://x.cn", "x.cn:80"),
            ("https://x.cn:8443", "x.cn:8443"),
            ("https://X.cn", "x.cn"),
            ("http://[2001:db8::1]", "[2001:DB8::1]:80"),
            ("http://192.0.2.1:3000", "192.0.2.1:3000"),
        ] {
            assert!(
                asked(&[("origin", origin), ("host", host)]).is_ok(),
                "{origin} {host}"
            );
        }
        for (origin, host) in [
            (HERE, "x.cn:80"),
            ("http://x.cn", "x.cn:443"),
            (HERE, "x.cn:8443"),
            ("https://x.cn:8443", "x.cn"),
        ] {
            assert!(
                asked(&[("origin", origin), ("host", host)]).is_err(),
                "{origin} {host}"
            );
        }
    }

    #[test]
    fn a_public_address_is_our_own_whatever_the_proxy_makes_of_the_host() {
        for public in [HERE, "https://X.CN:443/", "HTTPS://x.cn"] {
            let origins = Origins::new(Some(public.parse().expect("an origin")));
            let check = |origin| {
                let headers = headers(&[("origin", origin), ("host", "127.0.0.1:3000")]);
                origins.check(&Method::POST, &headers, false)
            };
            assert!(check(HERE).is_ok(), "{public}");
            assert!(check("http://x.cn").is_err() && check("https://evil.cn").is_err());
        }
        for wrong in [
            "x.cn",
            "ftp://x.cn",
            "https://",
            "https://x.cn/path",
            "https://x cn",
            "https://a@x.cn",
        ] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_proxy_passes_on_is_believed_only_of_a_trusted_one() {
        let check = |trusted, more: &[(&'static str, &'static str)]| {
            let mut pairs = vec![("origin", "https://x.cn:8443"), ("host", "127.0.0.1:3000")];
            pairs.extend_from_slice(more);
            let checked = Origins::default().check(&Method::POST, &headers(&pairs), trusted);
            checked.is_ok()
        };
        let (host, scheme) = (
            ("x-forwarded-host", "x.cn:8443"),
            ("x-forwarded-proto", "https"),
        );
        assert!(check(true, &[host, scheme]) && check(true, &[host]));
        assert!(!check(false, &[host, scheme]));
        assert!(!check(true, &[host, ("x-forwarded-proto", "http")]));
        let bare = ("x-forwarded-host", "x.cn");
        assert!(check(true, &[bare, scheme, ("x-forwarded-port", "8443")]));
        assert!(!check(true, &[bare, scheme]));
        let spoofed = ("x-forwarded-host", "x.cn:8443, evil.cn");
        assert!(
            !check(true, &[spoofed, scheme]),
            "the nearest proxy's word counts"
        );
        assert!(check(
            true,
            &[("forwarded", "for=192.0.2.1;host=\"x.cn:8443\";proto=https")]
        ));
        assert!(!check(true, &[("forwarded", "host=evil.cn;proto=https")]));
        assert!(!check(true, &[]));
    }

    #[test]
    fn a_mismatch_is_told_once_and_not_without_end() {
        let origins = Origins::default();
        let told = || origins.told.lock().expect("lock").len();
        for _ in 0..3 {
            let headers = headers(&[("origin", "https://evil.cn"), ("host", "x.cn")]);
            assert!(origins.check(&Method::POST, &headers, false).is_err());
        }
        assert_eq!(told(), 1);
        for n in 0..100 {
            let mut headers = headers(&[("host", "x.cn")]);
            let origin = format!("https://evil{n}.cn/{}", "x".repeat(5_000));
            headers.insert("origin", origin.parse().expect("a header"));
            assert!(origins.check(&Method::POST, &headers, false).is_err());
        }
        assert_eq!(told(), MOST_TOLD);
        let longest = origins.told.lock().expect("lock");
        assert!(longest.iter().all(|(origin, _)| origin.len() < 110));
    }
}
