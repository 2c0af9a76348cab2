//! `PROBLEMS.txt`: what is wrong, for an admin in a shell. The file is there only while something is wrong.

use std::fs;
use std::path::Path;

use super::StateError;
use crate::files;

/// The file's name.
const NAME: &str = "PROBLEMS.txt";

/// Writes or removes it; what stands there already is left alone.
pub(super) fn put(directory: &Path, text: Option<&str>) -> Result<(), StateError> {
    let path = directory.join(NAME);
    let Some(text) = text else {
        files::remove(&path)?;
        return Ok(());
    };
    match fs::read(&path) {
        Ok(found) if found == text.as_bytes() => return Ok(()),
        _ => {}
    }
    Ok(files::write(&path, text.as_bytes())?)
}
