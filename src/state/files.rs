//! Files that are whole at any moment: written beside their place, synced, renamed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::StateError;

/// Writes a small file in place of the one that may stand there.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), StateError> {
    let draft = draft_of(path);
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(StateError::io(&draft, "write"))?;
    rename(&draft, path)
}

/// Copies a file in place of the one that may stand there.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StateError> {
    let draft = draft_of(to);
    fs::copy(from, &draft).map_err(StateError::io(&draft, "write"))?;
    sync(&draft)?;
    rename(&draft, to)
}

/// Gives a file another name for good: the new name survives a power cut.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), StateError> {
    fs::rename(from, to).map_err(StateError::io(to, "put into place"))?;
    to.parent().map_or(Ok(()), sync)
}

/// Makes the contents of a file or directory survive a power cut.
pub(super) fn sync(path: &Path) -> Result<(), StateError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(StateError::io(path, "sync"))
}

/// Removes a file if it is there. Returns whether it was.
pub(super) fn remove(path: &Path) -> Result<bool, StateError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StateError::io(path, "remove")(error)),
    }
}

/// Where a file is written before it gets its name. One that a crash has left behind is written over.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}
