//! The history of the rules: each accepted version, with the rows in which it differs from the one before.

use std::path::{Path, PathBuf};

use crate::store::{self, AcceptedVersion, StoreError};

/// Where versions are recorded.
#[derive(Clone, Debug)]
pub struct History {
    journal: PathBuf,
}

impl History {
    /// The history in a server's own directory.
    pub fn new(state: &Path) -> Self {
        Self {
            journal: state.join(super::FILE),
        }
    }

    /// Records a version whose copy is `new`; `old` is the copy of the version before.
    ///
    /// Both must stay as they are meanwhile. The same version may come again, as after a crash.
    ///
    /// # Errors
    /// The journal cannot be written, or a copy cannot be read. The version is missing from the history then, and its
    /// changes show up with the next one if that is compared with the same old copy.
    pub async fn record(
        &self,
        old: Option<&Path>,
        new: &Path,
        version: &AcceptedVersion<'_>,
    ) -> Result<Option<i64>, StoreError> {
        let recorded = store::record_version(&self.journal, old, new, version).await?;
        if let Some(number) = recorded {
            tracing::info!(number, hash = version.hash, "the version is in the history");
        }
        Ok(recorded)
    }
}
