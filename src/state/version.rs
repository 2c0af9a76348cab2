//! Which version of the rules something is about.

use std::fmt;

use jiff::Timestamp;

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

impl fmt::Display for VersionInfo {
    /// As in `x-rules-version` of the answers: `12-89abcdef01234567`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.number, self.fingerprint)
    }
}
