//! Which version of the rules something is about.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;

/// Tells by which version of the rules a request was answered.
const VERSION_HEADER: HeaderName = HeaderName::from_static("x-rules-version");

/// A version of the rules that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    /// Counts the versions that went live.
    pub number: u64,
    /// The same for the same rows.
    pub fingerprint: u64,
    /// Since when it is served.
    pub accepted: Timestamp,
}

impl VersionInfo {
    /// The headers of all answers by this version, made once and copied for each.
    pub fn answer_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        // Digits, a dash and more digits: always right for a header.
        if let Ok(version) = HeaderValue::try_from(self.to_string()) {
            headers.insert(VERSION_HEADER, version);
        }
        headers
    }
}

impl fmt::Display for VersionInfo {
    /// As in `x-rules-version` of the answers: `12-89abcdef01234567`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.fingerprint)
    }
}
