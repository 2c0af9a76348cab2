//! Brings the tables of a rules database that an earlier version of this program made up to date.
//!
//! The rows are read as they are until then, so nobody waits for it: neither a call, nor a start.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::RulesAuthority;
use crate::store::{self, Upgraded};
use crate::telemetry::chain;

/// How long to wait before the next try, while somebody holds a lock or nothing can be written.
const RETRY: Duration = Duration::from_secs(10);

/// Tries again and again, until the tables are up to date; then it waits for the process to end.
/// A copy of the file as it was before is kept in the directory `copies`.
pub async fn upgrade(
    rules: PathBuf,
    copies: PathBuf,
    live: Arc<RulesAuthority>,
    shutdown: CancellationToken,
) {
    let upgrading = async {
        while !is_up_to_date(&rules, &copies, &live).await {
            tokio::time::sleep(RETRY).await;
        }
    };
    shutdown.run_until_cancelled(upgrading).await;
    shutdown.cancelled().await;
}

async fn is_up_to_date(rules: &Path, copies: &Path, live: &RulesAuthority) -> bool {
    match store::is_outdated(rules).await {
        Ok(true) => {}
        Ok(false) => return true,
        // The watcher says what is wrong with the file.
        Err(error) => {
            tracing::debug!(error = chain(&error), "nobody knows which tables these are");
            return false;
        }
    }
    let upgraded = store::upgrade(rules, copies).await;
    live.set_upgrade_fault(upgraded.as_ref().err().map(|error| chain(error)));
    if let Ok(Some(Upgraded { from, copy })) = &upgraded {
        tracing::info!(
            from,
            to = store::SCHEMA_VERSION,
            copy = %copy.display(),
            "the tables of the rules database are brought up to date; the file as it was is kept"
        );
    }
    upgraded.is_ok()
}
