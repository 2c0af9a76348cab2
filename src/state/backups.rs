//! Copies of accepted versions, the newest of which are kept.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{LastGood, StateError};
use crate::files;
use crate::version::VersionInfo;

/// Where the copies stand in the state directory.
pub const BACKUP_DIRECTORY: &str = "backup";

/// What the name of each copy begins with. Other files in the directory are somebody else's.
const PREFIX: &str = "rules-";

/// Which copies are kept; others are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupsKept {
    /// So many of the newest; 0 for no copies at all.
    pub newest: usize,
    /// The newest of each of so many days.
    pub days: usize,
    /// The newest of each of so many weeks.
    pub weeks: usize,
    /// Of these, the newest that take no more bytes together. The newest of all stays.
    pub bytes: u64,
}

impl From<usize> for BackupsKept {
    fn from(newest: usize) -> Self {
        Self {
            newest,
            days: 0,
            weeks: 0,
            bytes: u64::MAX,
        }
    }
}

/// Adds a copy of the last good rules, and removes those that are not kept. Returns how many those are.
///
/// A copy of its own, not a hard link: whoever opens a backup and edits it must not change the last good copy.
pub(super) fn add(
    directory: &Path,
    last_good: &LastGood,
    kept: BackupsKept,
) -> Result<usize, StateError> {
    if kept.newest == 0 {
        return Ok(0);
    }
    let backups = directory.join(BACKUP_DIRECTORY);
    fs::create_dir_all(&backups).map_err(StateError::io(&backups, "create"))?;
    let added = backups.join(name(&last_good.version));
    files::copy(&last_good.path, &added)?;
    let mut copies = all(&backups)?;
    // The clock may have been set back, so the newest is not always the last by name.
    copies.retain(|path| *path != added);
    copies.sort_unstable_by(|one, other| other.cmp(one));
    copies.insert(0, added);
    let not_kept = not_kept(&copies, kept);
    for copy in &not_kept {
        files::remove(copy)?;
    }
    Ok(not_kept.len())
}

/// Those that go, of copies from the newest to the oldest.
fn not_kept(copies: &[PathBuf], kept: BackupsKept) -> Vec<&PathBuf> {
    let mut days = Spans::new(kept.days);
    let mut weeks = Spans::new(kept.weeks);
    let mut bytes = 0_u64;
    let mut gone = Vec::new();
    for (place, copy) in copies.iter().enumerate() {
        let date = date_of(copy);
        let is_first_of_day = days.is_new(date.map(|date| (date.year(), date.day_of_year())));
        let week = date.map(Date::iso_week_date);
        let is_first_of_week = weeks.is_new(week.map(|week| (week.year(), week.week().into())));
        let is_wanted = place < kept.newest || is_first_of_day || is_first_of_week;
        let length = match fs::metadata(copy) {
            Ok(file) => file.len(),
            Err(_) => 0,
        };
        let fits = bytes.saturating_add(length) <= kept.bytes;
        if place == 0 || (is_wanted && fits) {
            bytes = bytes.saturating_add(length);
        } else {
            gone.push(copy);
        }
    }
    gone
}

/// The days, or the weeks, of which a copy is kept.
struct Spans {
    left: usize,
    last: Option<(i16, i16)>,
}

impl Spans {
    const fn new(left: usize) -> Self {
        Self { left, last: None }
    }

    /// Whether this is another one, and wanted.
    fn is_new(&mut self, span: Option<(i16, i16)>) -> bool {
        if span.is_none() || span == self.last || self.left == 0 {
            return false;
        }
        self.last = span;
        self.left -= 1;
        true
    }
}

/// The day that is in its name.
fn date_of(copy: &Path) -> Option<Date> {
    let name = copy.file_name()?.to_str()?;
    let digits = name.strip_prefix(PREFIX)?.get(..8)?;
    Date::strptime("%Y%m%d", digits).ok()
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
    let backups = directory.join(BACKUP_DIRECTORY);
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
    let mut ours = Vec::new();
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            ours.push(entry.path());
        }
    }
    Ok(ours)
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
            add(directory, &LastGood::of_test(&path, version), 2.into()).unwrap();
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
            add(directory, &LastGood::of_test(&path, version), 9.into()).unwrap();
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
    fn of_the_older_ones_one_a_day_and_one_a_week_is_kept_as_far_as_there_is_room() {
        let directory = tempfile::tempdir().unwrap();
        // Four copies a day for eight weeks, the newest first; the last day is a Sunday.
        let start: Date = "2026-11-29".parse().unwrap();
        let copies: Vec<PathBuf> = (0..56 * 4_i32)
            .map(|place| {
                let day = start - jiff::Span::new().days(place / 4);
                let name = format!(
                    "{PREFIX}{}T{:02}0000Z.db",
                    day.strftime("%Y%m%d"),
                    20 - place % 4
                );
                directory.path().join(name)
            })
            .collect();
        for copy in &copies {
            fs::write(copy, [0; 100]).unwrap();
        }
        let kept = |kept: BackupsKept| -> Vec<usize> {
            let gone = not_kept(&copies, kept);
            (0..copies.len())
                .filter(|place| !gone.contains(&&copies[*place]))
                .collect()
        };
        let wanted = BackupsKept {
            newest: 3,
            days: 5,
            weeks: 4,
            bytes: u64::MAX,
        };
        assert_eq!(kept(wanted), [0, 1, 2, 4, 8, 12, 16, 28, 56, 84]);
        assert_eq!(
            kept(BackupsKept {
                bytes: 450,
                ..wanted
            }),
            [0, 1, 2, 4]
        );
        assert_eq!(
            kept(BackupsKept { bytes: 1, ..wanted }),
            [0],
            "the newest stays"
        );
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
            0.into(),
        )
        .unwrap();
        assert!(!directory.path().join("backup").exists());
    }
}
