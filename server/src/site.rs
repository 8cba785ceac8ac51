//! Static files: the built site from the binary or a folder, with content negotiation and caching headers.

use crate::releases::{Release, Releases};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The files of the site that were compiled in; empty without feature `embed`.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/site_files.rs"));

/// The built site: served from the binary itself, or from a folder while developing.
#[derive(Clone, Debug)]
pub struct Site {
    files: Files,
    releases: Releases,
}

#[derive(Clone, Debug)]
enum Files {
    /// By path without the leading slash.
    Embedded(Arc<HashMap<&'static str, Embedded>>),
    /// Read at every request, so that a rebuild shows at once; the second folder holds the previous build's assets.
    Folder(PathBuf, PathBuf),
}

#[derive(Clone, Debug)]
struct Embedded {
    bytes: &'static [u8],
    tag: HeaderValue,
}

/// A file to send.
struct Found {
    bytes: Bytes,
    tag: HeaderValue,
}

impl Found {
    async fn read(path: &Path) -> Option<Self> {
        let bytes = tokio::fs::read(path).await.ok()?;
        Some(Self {
            tag: entity_tag(&bytes),
            bytes: Bytes::from(bytes),
        })
    }
}

/// Encodings of a file that the bundler put beside it, best first.
const PACKED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

impl Site {
    /// The site inside the binary, or the folder where there is none.
    #[must_use]
    pub fn open(folder: &Path) -> Self {
        if EMBEDDED.is_empty() {
            return Self::folder(folder);
        }
        let files = EMBEDDED
            .iter()
            .map(|(name, bytes)| {
                (
                    *name,
                    Embedded {
                        bytes,
                        tag: entity_tag(bytes),
                    },
                )
            })
            .collect();
        Self {
            files: Files::Embedded(Arc::new(files)),
            releases: Releases::default(),
        }
    }

    /// The site in a folder.
    #[must_use]
    pub fn folder(folder: &Path) -> Self {
        let mut previous = folder.as_os_str().to_owned();
        previous.push("-previous");
        Self {
            files: Files::Folder(folder.to_owned(), PathBuf::from(previous)),
            releases: Releases::default(),
        }
    }

    /// Writes this site's assets below the data folder and answers from there for those of the release before. Where that
    /// fails the site is served all the same.
    #[must_use]
    pub fn keeping_releases(mut self, data: &Path) -> Self {
        let Some(release) = self.release() else {
            return self;
        };
        match Releases::keep(&data.join("assets"), &release) {
            Ok(releases) => self.releases = releases,
            Err(error) => tracing::warn!(
                %error,
                "pages opened before this release may have to be opened again: its files could not be kept"
            ),
        }
        self
    }

    /// What the bundler says this build is made of; nothing before the site was built.
    fn release(&self) -> Option<Release<'static>> {
        #[derive(Deserialize)]
        struct Build {
            id: String,
            files: Vec<String>,
        }
        let build: Build = serde_json::from_slice(&self.content("build.json")?).ok()?;
        let mut assets = Vec::new();
        for path in &build.files {
            let Some(name) = path.strip_prefix("assets/").filter(|n| is_plain(n)) else {
                continue;
            };
            assets.push((name.to_owned(), self.content(path)?));
            for (_, suffix) in PACKED {
                if let Some(content) = self.content(&format!("{path}{suffix}")) {
                    assets.push((format!("{name}{suffix}"), content));
                }
            }
        }
        Some(Release {
            build: build.id,
            assets,
        })
    }

    /// A file of the present build.
    fn content(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match &self.files {
            Files::Embedded(files) => Some(Cow::Borrowed(files.get(name)?.bytes)),
            Files::Folder(folder, _) => fs::read(folder.join(name)).ok().map(Cow::Owned),
        }
    }

    /// Whether the site is inside the binary.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.files, Files::Embedded(_))
    }

    /// Answers a request for a file, or for a page of the application (which is always `index.html`).
    pub async fn respond(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Response<Body> {
        if method != Method::GET && method != Method::HEAD {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "只能读取页面。");
        }
        let name = path.trim_start_matches('/');
        let name = if name.is_empty() { "index.html" } else { name };
        if let Some(response) = self.send(method, name, headers).await {
            return response;
        }
        if is_page(name, headers) {
            if let Some(response) = self.send(method, "index.html", headers).await {
                return response;
            }
            return plain(StatusCode::NOT_FOUND, "页面还没有生成，请先运行 make run。");
        }
        plain(StatusCode::NOT_FOUND, "没有这个文件。")
    }

    async fn send(
        &self,
        method: &Method,
        name: &str,
        headers: &HeaderMap,
    ) -> Option<Response<Body>> {
        if name.ends_with(".br") || name.ends_with(".gz") {
            return None;
        }
        let (found, encoding) = self.best(name, headers).await?;
        let mut response = Response::new(Body::empty());
        let out = response.headers_mut();
        out.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(content_type(name)),
        );
        out.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(cache_control(name)),
        );
        out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        out.insert(header::ETAG, found.tag.clone());
        if let Some(encoding) = encoding {
            out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if headers.get(header::IF_NONE_MATCH) == Some(&found.tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Some(response);
        }
        out.insert(header::CONTENT_LENGTH, HeaderValue::from(found.bytes.len()));
        if method == Method::GET {
            *response.body_mut() = Body::from(found.bytes);
        }
        Some(response)
    }

    /// The smallest form of the file that the caller takes.
    async fn best(&self, name: &str, headers: &HeaderMap) -> Option<(Found, Option<&'static str>)> {
        for (encoding, suffix) in PACKED {
            if accepts(headers, encoding)
                && let Some(found) = self.find(&format!("{name}{suffix}")).await
            {
                return Some((found, Some(encoding)));
            }
        }
        Some((self.find(name).await?, None))
    }

    async fn find(&self, name: &str) -> Option<Found> {
        if let Some(found) = self.find_here(name).await {
            return Some(found);
        }
        let kept = self.releases.find(name.strip_prefix("assets/")?)?;
        Found::read(kept).await
    }

    async fn find_here(&self, name: &str) -> Option<Found> {
        match &self.files {
            Files::Embedded(files) => {
                let file = files.get(name)?;
                Some(Found {
                    bytes: Bytes::from_static(file.bytes),
                    tag: file.tag.clone(),
                })
            }
            Files::Folder(folder, previous) => {
                let relative = Path::new(name);
                if !relative
                    .components()
                    .all(|c| matches!(c, Component::Normal(_)))
                {
                    return None;
                }
                for root in [folder, previous] {
                    if let Some(found) = Found::read(&root.join(relative)).await {
                        return Some(found);
                    }
                }
                None
            }
        }
    }
}

/// Whether it is the name of a file and no path.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!(parts.next(), Some(Component::Normal(part)) if part == name)
}

/// Whether a path that is no file is a page of the application: something a person navigates to.
fn is_page(name: &str, headers: &HeaderMap) -> bool {
    let is_asset = name.starts_with("assets/") || name.starts_with("api/");
    let names_a_file = name
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'));
    let navigates = headers
        .get("sec-fetch-mode")
        .is_none_or(|mode| mode == "navigate");
    !is_asset && !names_a_file && navigates
}

/// The `Cache-Control` value: files with a content hash in their names are immutable, all others are revalidated.
fn cache_control(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Whether `Accept-Encoding` names the encoding with a weight above zero.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|n| n.eq_ignore_ascii_case(encoding));
            let refused = parts.any(|p| {
                p.strip_prefix("q=")
                    .is_some_and(|q| q.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
            });
            named && !refused
        })
}

fn entity_tag(bytes: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(12).map(|b| format!("{b:02x}")).collect();
    HeaderValue::from_str(&format!("\"{hex}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| {
                (
                    header::HeaderName::from_static(k),
                    HeaderValue::from_str(v).expect("value"),
                )
            })
            .collect()
    }

    #[test]
    fn an_encoding_counts_only_when_it_is_offered_with_a_weight() {
        assert!(accepts(
            &headers(&[("accept-encoding", "gzip, deflate, br")]),
            "br"
        ));
        assert!(accepts(&headers(&[("accept-encoding", "br;q=0.5")]), "br"));
        assert!(!accepts(
            &headers(&[("accept-encoding", "br;q=0, gzip")]),
            "br"
        ));
        assert!(!accepts(&headers(&[]), "br"));
    }

    #[test]
    fn only_what_a_person_navigates_to_is_a_page() {
        assert!(is_page(
            "needs/1",
            &headers(&[("sec-fetch-mode", "navigate")])
        ));
        assert!(is_page("needs/1", &headers(&[])), "old browsers do not say");
        assert!(!is_page("needs/1", &headers(&[("sec-fetch-mode", "cors")])));
        assert!(!is_page("assets/app", &headers(&[])));
        assert!(!is_page("logo.png", &headers(&[])));
    }
}
