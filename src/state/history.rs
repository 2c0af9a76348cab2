//! What has changed between two accepted versions.

use std::path::Path;

use super::VersionInfo;

/// Told about each copy of an accepted version, before it takes the place of the one before.
///
/// Both files stay as they are while this runs. After a crash the same version may come again, with the same old copy;
/// versions that followed each other within moments come as one. The old copy is `None` the first time, and after
/// it was found damaged.
pub(super) async fn accepted(old_copy: Option<&Path>, new_copy: &Path, version: &VersionInfo) {
    tracing::debug!(old = ?old_copy, new = %new_copy.display(), %version, "a copy of an accepted version");
    std::future::ready(()).await;
}
