//! `held.json`: the version that is held, so that it is still held after a start.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StateError;
use crate::files;
use crate::params::CodedSentence;

/// A version that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRecord {
    /// The same for the same rows.
    pub fingerprint: u64,
    /// For how long its rows had stood when this was written.
    pub stood: Duration,
    /// When that was.
    pub written: Timestamp,
    /// Why it is held.
    pub reasons: Vec<CodedSentence>,
}

/// How it stands in the file.
#[derive(Debug, Serialize, Deserialize)]
struct HeldText {
    fingerprint: String,
    stood_seconds: f64,
    written: String,
    reasons: Vec<CodedSentence>,
}

fn path(directory: &Path) -> PathBuf {
    directory.join("held.json")
}

/// What is written down; nothing if that cannot be read, for then the version is judged anew.
pub(super) fn read(directory: &Path) -> Option<HeldRecord> {
    let text: HeldText = serde_json::from_slice(&fs::read(path(directory)).ok()?).ok()?;
    Some(HeldRecord {
        fingerprint: u64::from_str_radix(&text.fingerprint, 16).ok()?,
        stood: Duration::try_from_secs_f64(text.stood_seconds).ok()?,
        written: text.written.parse().ok()?,
        reasons: text.reasons,
    })
}

/// Writes it down, or that none is held.
pub(super) fn put(directory: &Path, record: Option<&HeldRecord>) -> Result<(), StateError> {
    let path = path(directory);
    let Some(record) = record else {
        files::remove(&path)?;
        return Ok(());
    };
    let text = serde_json::to_vec_pretty(&HeldText {
        fingerprint: format!("{:016x}", record.fingerprint),
        stood_seconds: record.stood.as_secs_f64(),
        written: record.written.to_string(),
        reasons: record.reasons.clone(),
    });
    let text = text.map_err(|error| StateError::io(&path, "write")(error.into()))?;
    Ok(files::write(&path, &text)?)
}

#[cfg(test)]
mod tests {
    use routing::diagnosis::Objection;

    use super::*;

    #[test]
    fn what_is_held_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        assert_eq!(read(directory), None);
        let record = HeldRecord {
            fingerprint: 7,
            stood: Duration::from_millis(12_500),
            written: "2026-11-23T10:00:00.5Z".parse().unwrap(),
            reasons: vec![CodedSentence::of(&Objection::MoreLeftAlone { more: 2 })],
        };
        put(directory, Some(&record)).unwrap();
        assert_eq!(read(directory), Some(record));
        put(directory, None).unwrap();
        assert_eq!(read(directory), None);
        fs::write(path(directory), "{").unwrap();
        assert_eq!(read(directory), None, "it is judged anew");
    }
}
