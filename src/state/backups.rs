//! Copies of accepted versions, the newest of which are kept.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::{LastGood, StateError, VersionInfo, files};

/// What the name of each copy begins with. Other files in the directory are somebody else's.
const PREFIX: &str = "rules-";

/// Adds a copy of the last good rules, and removes the oldest ones beyond `kept`.
///
/// A copy of its own, not a hard link: whoever opens a backup and edits it must not change the last good copy.
pub(super) fn add(directory: &Path, last_good: &LastGood, kept: usize) -> Result<(), StateError> {
    let Some(others_kept) = kept.checked_sub(1) else { return Ok(()) };
    let backups = directory.join("backup");
    fs::create_dir_all(&backups).map_err(StateError::io(&backups, "create"))?;
    let added = backups.join(name(&last_good.version));
    files::copy(&last_good.path, &added)?;
    let mut others = all(&backups)?;
    // The clock may have been set back, so the newest is not always the last by name.
    others.retain(|path| *path != added);
    others.sort_unstable();
    let surplus = others.len().saturating_sub(others_kept);
    others.iter().take(surplus).try_for_each(|oldest| files::remove(oldest).map(|_| ()))
}

/// `rules-20261123T101500Z-12-89abcdef01234567.db`: sorted by name is sorted by time.
fn name(version: &VersionInfo) -> String {
    let accepted = version.accepted.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
    format!("{PREFIX}{accepted}-{version}.db")
}

/// Our copies, and what crashes have left of them.
fn all(backups: &Path) -> Result<Vec<PathBuf>, StateError> {
    let entries = fs::read_dir(backups).map_err(StateError::io(backups, "list"))?;
    let is_ours = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    Ok(entries.flatten().map(|entry| entry.path()).filter(is_ours).collect())
}
