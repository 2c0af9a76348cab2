//! Copies of accepted versions, the newest of which are kept.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{LastGood, StateError};
use crate::files;
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
        .try_for_each(|oldest| files::remove(oldest).map(drop))
        .map_err(StateError::from)
}

/// A copy of an accepted version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Where it stands.
    pub path: PathBuf,
    /// What it holds if it is whole: its name says so.
    pub version: VersionInfo,
}

/// All of them, the newest first.
pub(super) fn newest_first(directory: &Path) -> Result<Vec<Backup>, StateError> {
    let backups = directory.join("backup");
    if !backups.exists() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Backup> = all(&backups)?.into_iter().filter_map(backup).collect();
    found.sort_unstable_by_key(|backup| Reverse((backup.version.number, backup.version.accepted)));
    Ok(found)
}

/// What a name says; `None` if it is not one of [`name`].
fn backup(path: PathBuf) -> Option<Backup> {
    let name = path.file_name()?.to_str()?;
    let mut parts = name
        .strip_prefix(PREFIX)?
        .strip_suffix(".db")?
        .splitn(3, '-');
    let (accepted, number, fingerprint) = (parts.next()?, parts.next()?, parts.next()?);
    let accepted = DateTime::strptime("%Y%m%dT%H%M%SZ", accepted).ok()?;
    let version = VersionInfo {
        number: number.parse().ok()?,
        fingerprint: u64::from_str_radix(fingerprint, 16).ok()?,
        accepted: accepted.to_zoned(TimeZone::UTC).ok()?.timestamp(),
    };
    Some(Backup { path, version })
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
    fn the_newest_comes_first_and_other_files_are_not_named() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        assert_eq!(newest_first(directory).unwrap(), []);
        let path = directory.join("last-good.db");
        fs::write(&path, "rules").unwrap();
        let version = |number, accepted: &str| VersionInfo {
            number,
            fingerprint: 0xab_0000_0000_0000,
            accepted: accepted.parse().unwrap(),
        };
        // The clock was set back between the two.
        let versions = [
            version(9, "2026-11-23T10:00:00Z"),
            version(10, "2026-11-23T09:00:00Z"),
        ];
        for version in versions {
            add(directory, &LastGood::of_test(&path, version), 9).unwrap();
        }
        fs::write(directory.join("backup/rules-of-lan.db"), "of somebody else").unwrap();
        fs::write(
            directory.join("backup/rules-20261123T090000Z-11-00.db.new"),
            "half",
        )
        .unwrap();
        let found = newest_first(directory).unwrap();
        let found: Vec<VersionInfo> = found.iter().map(|backup| backup.version).collect();
        assert_eq!(found, [versions[1], versions[0]]);
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
