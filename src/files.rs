//! Files that are whole at any moment: written beside their place, synced, renamed, and the name synced as well.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}: {source}{}", path.display(), hint(path, source))]
pub struct FileError {
    /// The file or directory.
    pub path: PathBuf,
    /// What was being done.
    pub doing: &'static str,
    /// What the system said.
    pub source: io::Error,
}

impl FileError {
    /// What the system said while `doing` something with `path`.
    pub(crate) fn new(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self {
            path,
            doing,
            source,
        }
    }
}

fn hint(path: &Path, error: &io::Error) -> String {
    match why_not_writable(path, error) {
        Some(why) => format!("; {why}"),
        None => String::new(),
    }
}

/// Why nothing can be written at a path, and what to do, if it is a matter of rights. A volume that was made by another user
/// is the first thing that people meet.
pub(crate) fn why_not_writable(path: &Path, error: &io::Error) -> Option<String> {
    let directory = path.ancestors().find(|above| above.is_dir());
    let directory = directory.unwrap_or(Path::new("."));
    let name = directory.display();
    match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => Some(format!(
            "the directory {name} is mounted so that it can only be read; mount it writable"
        )),
        io::ErrorKind::PermissionDenied => {
            let metadata = fs::metadata(directory).ok()?;
            let (owner, us) = (metadata.uid(), rustix::process::geteuid().as_raw());
            if owner == us {
                return Some(format!(
                    "the directory {name} belongs to this user (uid {us}), but is not writable; `chmod u+rwx {name}` makes it so"
                ));
            }
            Some(format!(
                "the directory {name} belongs to uid {owner}, and stringee-router runs as uid {us}; give it the directory \
                 (`chown -R {us} {name}` as root), or run it as uid {owner} (in a container: --user {owner})"
            ))
        }
        _ => None,
    }
}

/// The longest file that is read into memory: a million callers are some 60 MB.
pub(crate) const MAX_BYTES: u64 = 1 << 30;

/// Reads a file that may be anybody's, a device without an end too.
pub(crate) fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    read_from(File::open(path)?, max_bytes)
}

/// The same, from whatever can be read.
pub(crate) fn read_from(input: impl io::Read, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= max_bytes) {
        return Ok(bytes);
    }
    let fault = format!("it has more than {max_bytes} bytes");
    Err(io::Error::new(io::ErrorKind::FileTooLarge, fault))
}

/// Reads a text.
pub(crate) fn read_text(path: &Path, max_bytes: u64) -> io::Result<String> {
    text_of(read(path, max_bytes)?)
}

/// The bytes as a text.
pub(crate) fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Writes a small file in place of the one that may stand there.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), FileError> {
    write_with(File::options().truncate(true), path, content)
}

/// The same with a file that nobody else may read.
pub(crate) fn write_secret(path: &Path, content: &[u8]) -> Result<(), FileError> {
    // One that is left over may be readable.
    remove(&draft_of(path))?;
    write_with(File::options().create_new(true).mode(0o600), path, content)
}

fn write_with(options: &mut OpenOptions, path: &Path, content: &[u8]) -> Result<(), FileError> {
    let draft = draft_of(path);
    let mut write = || {
        let mut file = options.write(true).create(true).open(&draft)?;
        file.write_all(content)?;
        file.sync_all()
    };
    write().map_err(FileError::new(&draft, "write"))?;
    rename(&draft, path)
}

/// Copies a file in place of the one that may stand there.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), FileError> {
    let draft = draft_of(to);
    fs::copy(from, &draft).map_err(FileError::new(&draft, "write"))?;
    sync(&draft)?;
    rename(&draft, to)
}

/// Gives a file another name for good: the new name survives a power cut.
///
/// What the file holds is to be synced before: else the name may be there, and half of the file.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(FileError::new(to, "put into place"))?;
    match to.parent() {
        // A name alone stands in the working directory.
        Some(directory) if directory.as_os_str().is_empty() => sync(Path::new(".")),
        Some(directory) => sync(directory),
        None => Ok(()),
    }
}

/// Makes the contents of a file or directory survive a power cut.
pub(crate) fn sync(path: &Path) -> Result<(), FileError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(FileError::new(path, "sync"))
}

/// Removes a file if it is there. Returns whether it was.
pub(crate) fn remove(path: &Path) -> Result<bool, FileError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::new(path, "remove")(error)),
    }
}

/// Where a file is written before it gets its name. One that a crash has left behind is written over.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

/// What tells a file or directory from every other on this machine, by whatever path it is reached.
pub(crate) fn identity(path: &Path) -> Option<String> {
    let found = fs::metadata(path).ok()?;
    Some(format!("{}:{}", found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let error = read(Path::new("/dev/zero"), 1000).unwrap_err();
        assert_eq!(error.to_string(), "it has more than 1000 bytes");
        let small = tempfile::tempdir().unwrap();
        let path = small.path().join("file");
        fs::write(&path, "text").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "text");
        assert!(read_text(&path, 3).is_err());
    }

    #[test]
    fn a_file_takes_the_place_of_another_and_leaves_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("note");
        for text in ["the first", "the second"] {
            write(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(remove(&path).unwrap());
        assert!(!remove(&path).unwrap(), "it has gone already");
    }

    #[test]
    fn what_cannot_be_written_names_the_file_and_leaves_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("note");
        write(&path, b"the first").unwrap();
        // A directory where the draft would be written.
        fs::create_dir(draft_of(&path)).unwrap();
        let said = write(&path, b"the second").unwrap_err().to_string();
        assert!(
            said.starts_with("cannot write ") && said.contains("note.new: "),
            "{said}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "the first");
    }
}
