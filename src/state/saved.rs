//! The rules as they were read, in a file of their own until somebody has judged them.

use std::path::{Path, PathBuf};

use crate::{background, files};

/// A file in the state directory that goes away with this.
#[derive(Debug)]
pub struct SavedRules(PathBuf);

impl SavedRules {
    /// Takes care of a file that has just been written.
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for SavedRules {
    fn drop(&mut self) {
        let path = self.0.clone();
        // Whoever lets go of it may not wait for a disk.
        let removing = background::start("remove", move || {
            if let Err(error) = files::remove(&path) {
                tracing::debug!(%error, "the rules as they were read are left behind");
            }
        });
        if let Err(error) = removing {
            tracing::debug!(%error, "the rules as they were read are left behind");
        }
    }
}
