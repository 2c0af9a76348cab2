//! Who writes to the state directory: one server, by a lock that ends with the process, however it ends.
//!
//! Two servers on one database both answer from it. The one without the lock says so, writes nothing there, and takes over
//! when the other has gone.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::StateError;

/// The locked file, once we have it.
#[derive(Debug, Default)]
pub(super) struct Claim(Option<File>);

impl Claim {
    pub(super) fn is_held(&self) -> bool {
        self.0.is_some()
    }

    /// Takes the lock, unless we hold it on the very file that stands there: somebody may have removed the directory.
    pub(super) fn renew(&mut self, directory: &Path) -> Result<(), StateError> {
        let path = directory.join("lock");
        if let Some(held) = &self.0
            && is_same(held, &path)
        {
            return Ok(());
        }
        self.0 = None;
        fs::create_dir_all(directory).map_err(StateError::io(directory, "create"))?;
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        let file = options.open(&path).map_err(StateError::io(&path, "open"))?;
        match file.try_lock() {
            Ok(()) => {
                self.0 = Some(file);
                Ok(())
            }
            Err(TryLockError::WouldBlock) => Err(StateError::Taken {
                directory: directory.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(StateError::io(&path, "lock")(error)),
        }
    }
}

fn is_same(held: &File, path: &Path) -> bool {
    let (Ok(held), Ok(there)) = (held.metadata(), fs::metadata(path)) else {
        return false;
    };
    (held.dev(), held.ino()) == (there.dev(), there.ino())
}
