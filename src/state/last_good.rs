//! The copy of the last good rules, and the record by which it is known to be whole.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{StateError, VersionInfo, files};

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
    if !path.try_exists().map_err(StateError::io(&path, "look for"))? {
        return Ok(None);
    }
    let sha256 = sha256(&path)?;
    let known = read_record(directory).copies.into_iter().find(|copy| copy.sha256 == sha256);
    match known.and_then(|copy| copy.version()) {
        Some(version) => Ok(Some(LastGood { path, version, sha256 })),
        None => Err(StateError::Damaged { path }),
    }
}

/// Puts a new copy in the place of the old one. A crash at any moment leaves one of them, on record.
pub(super) fn replace(
    directory: &Path,
    draft: &Path,
    version: VersionInfo,
    old: Option<&LastGood>,
) -> Result<LastGood, StateError> {
    let new = LastGood { path: database(directory), version, sha256: sha256(draft)? };
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
    let record = Record { copies: copies.into_iter().flatten().map(RecordedCopy::from).collect() };
    let text = serde_json::to_vec_pretty(&record).map_err(|error| StateError::io(&path, "write")(error.into()))?;
    files::write(&path, &text)
}

fn sha256(path: &Path) -> Result<String, StateError> {
    let hash = File::open(path).and_then(hash).map_err(StateError::io(path, "read"))?;
    Ok(hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
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
        Some(VersionInfo { number: self.version, fingerprint, accepted })
    }
}

impl From<&LastGood> for RecordedCopy {
    fn from(copy: &LastGood) -> Self {
        let VersionInfo { number, fingerprint, accepted } = copy.version;
        Self {
            sha256: copy.sha256.clone(),
            version: number,
            fingerprint: format!("{fingerprint:016x}"),
            accepted: accepted.to_string(),
        }
    }
}
