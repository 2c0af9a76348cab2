//! The copy of the last good rules, and the record by which it is known to be whole.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::StateError;
use crate::files;
use crate::version::VersionInfo;

/// A copy of accepted rules that is exactly what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastGood {
    /// Where it stands.
    pub path: PathBuf,
    /// What it holds.
    pub version: VersionInfo,
    sha256: String,
}

/// What `last-good.json` says: the copies that may stand beside it.
///
/// While a copy replaces another one there are two of them, so that a crash in between leaves a copy that is listed,
/// whichever of the two it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    copies: Vec<RecordedCopy>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RecordedCopy {
    sha256: String,
    version: u64,
    fingerprint: String,
    accepted: String,
}

/// Where the copy stands.
pub(super) fn database(directory: &Path) -> PathBuf {
    directory.join("last-good.db")
}

/// Where its hash stands.
pub(super) fn record(directory: &Path) -> PathBuf {
    directory.join("last-good.json")
}

/// Where a new copy is written.
pub(super) fn draft(directory: &Path) -> PathBuf {
    directory.join("last-good.db.new")
}

/// The copy, if there is one, and its hash is on record.
pub(super) fn verified(directory: &Path) -> Result<Option<LastGood>, StateError> {
    let path = database(directory);
    let exists = path
        .try_exists()
        .map_err(StateError::io(&path, "look for"))?;
    if !exists {
        return Ok(None);
    }
    let sha256 = sha256(&path)?;
    for copy in read_record(directory).copies {
        if copy.sha256 == sha256
            && let Some(version) = copy.version()
        {
            return Ok(Some(LastGood {
                path,
                version,
                sha256,
            }));
        }
    }
    Err(StateError::Damaged { path })
}

/// Puts a new copy in the place of the old one. A crash at any moment leaves one of them, on record.
pub(super) fn replace(
    directory: &Path,
    draft: &Path,
    version: VersionInfo,
    old: Option<&LastGood>,
) -> Result<LastGood, StateError> {
    let new = LastGood {
        path: database(directory),
        version,
        sha256: sha256(draft)?,
    };
    write_record(directory, [Some(&new), old])?;
    files::rename(draft, &new.path)?;
    write_record(directory, [Some(&new), None])?;
    Ok(new)
}

/// What is on record; nothing if the record cannot be read, for then no copy can be trusted.
fn read_record(directory: &Path) -> Record {
    let text = fs::read(record(directory)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn write_record(directory: &Path, copies: [Option<&LastGood>; 2]) -> Result<(), StateError> {
    let path = record(directory);
    let copies = copies.into_iter().flatten();
    let record = Record {
        copies: copies.map(RecordedCopy::from).collect(),
    };
    let text = serde_json::to_vec_pretty(&record);
    let text = text.map_err(|error| StateError::io(&path, "write")(error.into()))?;
    Ok(files::write(&path, &text)?)
}

fn sha256(path: &Path) -> Result<String, StateError> {
    let hash = File::open(path).and_then(hash);
    let hash = hash.map_err(StateError::io(path, "read"))?;
    let digits: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(digits.concat())
}

fn hash(mut file: File) -> io::Result<[u8; 32]> {
    const BLOCK_BYTES: usize = 64 * 1024;
    let (mut hasher, mut block) = (Sha256::new(), vec![0; BLOCK_BYTES]);
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(block.get(..read).unwrap_or_default());
    }
}

impl RecordedCopy {
    fn version(&self) -> Option<VersionInfo> {
        let fingerprint = u64::from_str_radix(&self.fingerprint, 16).ok()?;
        let accepted: Timestamp = self.accepted.parse().ok()?;
        Some(VersionInfo {
            number: self.version,
            fingerprint,
            accepted,
        })
    }
}

impl From<&LastGood> for RecordedCopy {
    fn from(copy: &LastGood) -> Self {
        let VersionInfo {
            number,
            fingerprint,
            accepted,
        } = copy.version;
        Self {
            sha256: copy.sha256.clone(),
            version: number,
            fingerprint: format!("{fingerprint:016x}"),
            accepted: accepted.to_string(),
        }
    }
}

#[cfg(test)]
impl LastGood {
    /// A copy whose hash nobody looks at.
    pub(super) fn of_test(path: &Path, version: VersionInfo) -> Self {
        Self {
            path: path.to_owned(),
            version,
            sha256: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version that a copy holds; `None` without one, an error if it is damaged.
    fn held(directory: &Path) -> Result<Option<u64>, StateError> {
        Ok(verified(directory)?.map(|copy| copy.version.number))
    }

    fn put(directory: &Path, number: u64) -> LastGood {
        let draft = draft(directory);
        fs::write(&draft, format!("the rules of version {number}")).unwrap();
        replace(
            directory,
            &draft,
            version(number),
            verified(directory).unwrap().as_ref(),
        )
        .unwrap()
    }

    fn version(number: u64) -> VersionInfo {
        VersionInfo {
            number,
            fingerprint: number * 7,
            accepted: "2026-11-23T10:00:00.5Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_copy_is_found_as_it_was_put() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(held(directory.path()).unwrap(), None);
        for number in [1, 2] {
            let copy = put(directory.path(), number);
            assert_eq!(verified(directory.path()).unwrap(), Some(copy));
            assert_eq!(held(directory.path()).unwrap(), Some(number));
        }
    }

    #[test]
    fn a_crash_between_the_steps_leaves_the_old_or_the_new_copy() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let old = put(directory, 1);
        fs::write(draft(directory), "the rules of version 2").unwrap();
        let new = LastGood {
            path: database(directory),
            version: version(2),
            sha256: sha256(&draft(directory)).unwrap(),
        };
        write_record(directory, [Some(&new), Some(&old)]).unwrap();
        assert_eq!(held(directory).unwrap(), Some(1));
        fs::rename(draft(directory), database(directory)).unwrap();
        assert_eq!(held(directory).unwrap(), Some(2));
    }

    #[test]
    fn what_was_not_written_by_us_is_not_trusted() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        put(directory, 1);
        fs::write(database(directory), "the rules of version 9").unwrap();
        assert!(matches!(
            held(directory).unwrap_err(),
            StateError::Damaged { .. }
        ));
        put_anew(directory);
        fs::write(record(directory), "{").unwrap();
        assert!(matches!(
            held(directory).unwrap_err(),
            StateError::Damaged { .. }
        ));
    }

    /// In place of a damaged one.
    fn put_anew(directory: &Path) {
        fs::write(draft(directory), "the rules of version 3").unwrap();
        replace(directory, &draft(directory), version(3), None).unwrap();
        assert_eq!(held(directory).unwrap(), Some(3));
    }
}
