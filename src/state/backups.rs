//! Copies of accepted versions, the newest of which are kept.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::{LastGood, StateError, files};
use crate::version::VersionInfo;

/// What the name of each copy begins with. Other files in the directory are somebody else's.
const PREFIX: &str = "rules-";

/// Adds a copy of the last good rules, and removes the oldest ones beyond `kept`.
///
/// A copy of its own, not a hard link: whoever opens a backup and edits it must not change the last good copy.
pub(super) fn add(directory: &Path, last_good: &LastGood, kept: usize) -> Result<(), StateError> {
    let Some(others_kept) = kept.checked_sub(1) else {
        return Ok(());
    };
    let backups = directory.join("backup");
    fs::create_dir_all(&backups).map_err(StateError::io(&backups, "create"))?;
    let added = backups.join(name(&last_good.version));
    files::copy(&last_good.path, &added)?;
    let mut others = all(&backups)?;
    // The clock may have been set back, so the newest is not always the last by name.
    others.retain(|path| *path != added);
    others.sort_unstable();
    let surplus = others.len().saturating_sub(others_kept);
    others
        .iter()
        .take(surplus)
        .try_for_each(|oldest| files::remove(oldest).map(|_| ()))
}

/// `rules-20261123T101500Z-12-89abcdef01234567.db`: sorted by name is sorted by time.
fn name(version: &VersionInfo) -> String {
    let accepted = version
        .accepted
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ");
    format!("{PREFIX}{accepted}-{version}.db")
}

/// Our copies, and what crashes have left of them.
fn all(backups: &Path) -> Result<Vec<PathBuf>, StateError> {
    let entries = fs::read_dir(backups).map_err(StateError::io(backups, "list"))?;
    let is_ours = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
    };
    Ok(entries
        .flatten()
        .map(|entry| entry.path())
        .filter(is_ours)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_also_when_the_clock_was_set_back() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let path = directory.join("last-good.db");
        let put = |number, accepted: &str| {
            fs::write(&path, "rules").unwrap();
            let version = VersionInfo {
                number,
                fingerprint: 0xab,
                accepted: accepted.parse().unwrap(),
            };
            add(directory, &LastGood::of_test(&path, version), 2).unwrap();
            let mut names: Vec<_> = fs::read_dir(directory.join("backup"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        assert_eq!(
            put(1, "2026-11-23T10:00:00Z"),
            ["rules-20261123T100000Z-1-00000000000000ab.db"]
        );
        assert_eq!(put(2, "2026-11-23T11:00:00Z").len(), 2);
        fs::write(directory.join("backup/mine.db"), "of somebody else").unwrap();
        let names = put(3, "2026-11-23T09:00:00Z");
        let expected = [
            "mine.db",
            "rules-20261123T090000Z-3-00000000000000ab.db",
            "rules-20261123T110000Z-2-00000000000000ab.db",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn none_are_kept_if_none_are_wanted() {
        let directory = tempfile::tempdir().unwrap();
        let version = VersionInfo {
            number: 1,
            fingerprint: 1,
            accepted: jiff::Timestamp::UNIX_EPOCH,
        };
        add(
            directory.path(),
            &LastGood::of_test(&directory.path().join("none"), version),
            0,
        )
        .unwrap();
        assert!(!directory.path().join("backup").exists());
    }
}
