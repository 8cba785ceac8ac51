//! Metrics in Prometheus' text format.

use crate::app::AppState;
use crate::config::Secret;
use api::CheckResult;
use axum::http::{HeaderMap, StatusCode, header};
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Counters of answers, in memory since the start of the process. They contain no personal data.
#[derive(Debug)]
pub(crate) struct Metrics {
    started: Instant,
    /// Answers by the first digit of their status.
    answers: [AtomicU64; 5],
    reports_limited: AtomicU64,
    reports_refused: AtomicU64,
}

/// The form in which Prometheus reads numbers.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Headers that a proxy adds. A request with one of them may come from anywhere, even if the connection is local.
const FORWARDED: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

impl Metrics {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            answers: Default::default(),
            reports_limited: AtomicU64::new(0),
            reports_refused: AtomicU64::new(0),
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(count) = self.answers.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a crash report that was not accepted.
    pub(crate) fn report_refused(&self, status: StatusCode) {
        let count = if status == StatusCode::TOO_MANY_REQUESTS {
            &self.reports_limited
        } else {
            &self.reports_refused
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything in Prometheus' text format.
    pub(crate) fn text(&self, state: &AppState, recounted: Option<&CheckResult>) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _written = self.write(state, &mut out);
        if let Some(recounted) = recounted {
            let _written = write_recount(recounted, &mut out);
        }
        out
    }

    fn write(&self, state: &AppState, out: &mut String) -> fmt::Result {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let faults = state.backend.page_faults().counts();
        family(
            out,
            "xiangdan_page_faults_total",
            "counter",
            "Faults of the page that people have reported.",
        )?;
        for (build, count) in faults {
            // A build's name is letters, digits, dots and dashes, so there is nothing to escape.
            writeln!(
                out,
                "xiangdan_page_faults_total{{build=\"{build}\"}} {count}"
            )?;
        }
        family(
            out,
            "xiangdan_page_fault_reports_refused_total",
            "counter",
            "Reports that were not taken.",
        )?;
        for (reason, count) in [
            ("limit", &self.reports_limited),
            ("malformed", &self.reports_refused),
        ] {
            writeln!(
                out,
                "xiangdan_page_fault_reports_refused_total{{reason=\"{reason}\"}} {}",
                read(count)
            )?;
        }
        family(
            out,
            "xiangdan_answers_total",
            "counter",
            "Answers by class of status.",
        )?;
        for (class, count) in ["1xx", "2xx", "3xx", "4xx", "5xx"]
            .iter()
            .zip(&self.answers)
        {
            writeln!(
                out,
                "xiangdan_answers_total{{status=\"{class}\"}} {}",
                read(count)
            )?;
        }
        family(
            out,
            "xiangdan_sign_ins_refused_total",
            "counter",
            "Attempts to sign in that came too often.",
        )?;
        for (by, count) in state.backend.refused_sign_ins() {
            writeln!(
                out,
                "xiangdan_sign_ins_refused_total{{by=\"{by}\"}} {count}"
            )?;
        }
        family(
            out,
            "xiangdan_listeners",
            "gauge",
            "Devices that listen for hints.",
        )?;
        let listeners = state.backend.cache().hub.listeners();
        writeln!(out, "xiangdan_listeners {listeners}")?;
        family(
            out,
            "xiangdan_uptime_seconds",
            "gauge",
            "Seconds since the server started.",
        )?;
        writeln!(
            out,
            "xiangdan_uptime_seconds {}",
            self.started.elapsed().as_secs()
        )
    }
}

/// What counting everything again in the night has found. Nothing before the first night, so that "no difference" is never a guess.
fn write_recount(recounted: &CheckResult, out: &mut String) -> fmt::Result {
    family(
        out,
        "xiangdan_recount_differences",
        "gauge",
        "Differences that the last nightly recount of figures and trail has found.",
    )?;
    writeln!(out, "xiangdan_recount_differences {}", recounted.wrong)?;
    family(
        out,
        "xiangdan_recount_timestamp_seconds",
        "gauge",
        "When the last nightly recount was made.",
    )?;
    let at = recounted.at.0 / 1_000;
    writeln!(out, "xiangdan_recount_timestamp_seconds {at}")
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

/// Whether the numbers may be read: by this machine itself, or by who has the token. Nobody else learns that they are here.
pub(crate) fn may_read(token: Option<&Secret>, headers: &HeaderMap, peer: IpAddr) -> bool {
    let told = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let (Some(token), Some(told)) = (token, told) {
        return token.is(told.trim());
    }
    let forwarded = FORWARDED.iter().any(|name| headers.contains_key(*name));
    peer.to_canonical().is_loopback() && !forwarded
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn may(token: Option<&str>, headers: &[(&'static str, &'static str)], peer: &str) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let token = token.and_then(Secret::new);
        may_read(token.as_ref(), &headers, peer.parse().expect("an address"))
    }

    #[test]
    fn without_a_token_only_this_machine_reads_the_numbers() {
        for near in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(may(None, &[], near), "{near}");
        }
        for far in ["192.0.2.1", "10.0.0.1", "::ffff:192.0.2.1", "2001:db8::1"] {
            assert!(!may(None, &[], far), "{far}");
        }
        assert!(
            !may(None, &[("authorization", "Bearer ")], "192.0.2.1"),
            "no token is not an empty token"
        );
    }

    #[test]
    fn who_came_through_a_proxy_is_not_this_machine() {
        for name in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
            assert!(!may(None, &[(name, "127.0.0.1")], "127.0.0.1"), "{name}");
        }
    }

    #[test]
    fn the_token_opens_the_numbers_from_anywhere_and_a_wrong_one_nowhere() {
        let (right, wrong) = ("Bearer s3cret", "Bearer s3cre");
        let proxy = ("x-forwarded-for", "192.0.2.1");
        assert!(may(
            Some("s3cret"),
            &[("authorization", right), proxy],
            "127.0.0.1"
        ));
        assert!(may(
            Some("s3cret"),
            &[("authorization", right)],
            "192.0.2.1"
        ));
        assert!(may(Some("s3cret"), &[], "127.0.0.1"));
        for told in [wrong, "Bearer s3cret2", "s3cret", "Basic s3cret", "Bearer"] {
            assert!(
                !may(Some("s3cret"), &[("authorization", told)], "192.0.2.1"),
                "{told}"
            );
        }
        assert!(!may(Some("s3cret"), &[], "192.0.2.1"));
        assert!(
            !may(Some(" "), &[("authorization", "Bearer ")], "192.0.2.1"),
            "an empty token is none"
        );
    }
}
