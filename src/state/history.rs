//! What has changed between two accepted versions.

use std::path::Path;

use crate::store::{self, AcceptedVersion, JOURNAL_FILE};
use crate::telemetry::chain;
use crate::version::VersionInfo;

/// Told about each copy of an accepted version, before it takes the place of the one before.
///
/// Both files stay as they are while this runs. After a crash the same version may come again, with the same old copy;
/// versions that followed each other within moments come as one. The old copy is `None` the first time, and after
/// it was found damaged. What cannot be recorded is only missing in the history: the copy is worth more.
pub(super) async fn accepted(
    state: &Path,
    old_copy: Option<&Path>,
    new_copy: &Path,
    version: &VersionInfo,
) {
    let hash = format!("{:016x}", version.fingerprint);
    let accepted = AcceptedVersion {
        number: version.number,
        hash: &hash,
        at: version.accepted,
        source: "database",
    };
    let journal = state.join(JOURNAL_FILE);
    match store::record_version(&journal, old_copy, new_copy, &accepted).await {
        Ok(Some(number)) => tracing::info!(number, hash, "the version is in the history"),
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%version, error = chain(&error), "the changes of this version are not in the history");
        }
    }
}
