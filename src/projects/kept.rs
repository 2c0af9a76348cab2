//! What PostgreSQL has said of a project, kept in the project's directory: a start without PostgreSQL answers for those
//! projects that were there, and refuses whom they refused.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::files::{self, FileError};
use crate::store::ProjectRow;
use stringee::Secret;

/// In the directory of a project; only its owner may read it.
const FILE: &str = "project.json";

/// What stands there.
#[derive(Debug, Deserialize, Serialize)]
struct KeptProject {
    name: String,
    signature: Option<String>,
    signing_keys: Vec<String>,
    path_secrets: Vec<String>,
}

/// Writes down what PostgreSQL says of a project.
///
/// # Errors
/// The directory cannot be written.
pub fn keep_row(directory: &Path, row: &ProjectRow) -> Result<(), FileError> {
    let texts = |secrets: &[Secret]| secrets.iter().map(|one| one.expose().to_owned()).collect();
    let kept = KeptProject {
        name: row.name.clone(),
        signature: row.signature.clone(),
        signing_keys: texts(&row.signing_keys),
        path_secrets: texts(&row.path_secrets),
    };
    let text = serde_json::to_string(&kept).unwrap_or_default();
    let path = directory.join(FILE);
    fs::create_dir_all(directory).map_err(FileError::new(directory, "create"))?;
    files::write_secret(&path, text.as_bytes())
}

/// Puts the directory of a project aside that is no more: one that comes again begins anew. Where it is then.
///
/// # Errors
/// It cannot be renamed.
pub fn put_aside(directory: &Path, now: Timestamp) -> Result<PathBuf, FileError> {
    let aside = directory.with_extension(format!("removed-{}", now.as_second()));
    files::rename(directory, &aside).map(|()| aside)
}

/// What was written down, by number; a directory without it is no project's. What cannot be read is said.
///
/// # Errors
/// The directory of all projects cannot be listed.
pub fn kept_rows(projects: &Path) -> io::Result<Vec<ProjectRow>> {
    let mut rows = Vec::new();
    let folders = match fs::read_dir(projects) {
        Ok(folders) => folders,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(rows),
        Err(error) => return Err(error),
    };
    for folder in folders {
        let folder = folder?;
        let number = folder
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let Some(number) = number else {
            continue;
        };
        let path = folder.path().join(FILE);
        let kept = fs::read_to_string(&path).map(|text| serde_json::from_str(&text));
        let kept: KeptProject = match kept {
            Ok(Ok(kept)) => kept,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Ok(Err(_)) | Err(_) => {
                tracing::error!(path = %path.display(), "cannot be read, so that project is not served until PostgreSQL answers");
                continue;
            }
        };
        rows.push(ProjectRow {
            number,
            name: kept.name,
            signature: kept.signature,
            signing_keys: kept.signing_keys.into_iter().map(Secret::new).collect(),
            path_secrets: kept.path_secrets.into_iter().map(Secret::new).collect(),
        });
    }
    rows.sort_by_key(|row| row.number);
    Ok(rows)
}
