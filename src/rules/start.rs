//! What a start serves before anybody has read the rules database: the last good copy, else the newest whole backup.
//!
//! The database may be locked, damaged, huge or on a disk that hangs; none of that keeps a call waiting. It is read
//! right after, and judged against the copy as any edit is judged against what is served.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::RulesAuthority;
use super::active::Source;
use super::compiled_version::CompiledVersion;
use super::status::StateStatus;
use crate::config::RuleTests;
use crate::state::{State, StateError};
use crate::telemetry::chain;
use crate::version::VersionInfo;
use crate::{background, store};

/// How long the copies may take to be read, checked and compiled: ten times what a million callers need.
const LIMIT: Duration = Duration::from_secs(30);

impl RulesAuthority {
    /// Serves the newest copy of accepted rules that is whole; nothing if there is none.
    ///
    /// Versions are numbered after all that were ever copied.
    pub async fn serve_newest_copy(&self, state: &Arc<State>, rule_tests: RuleTests) {
        let served = match tokio::time::timeout(LIMIT, self.try_copies(state, rule_tests)).await {
            Ok(served) => served,
            Err(_elapsed) => Err(StateError::Silent {
                directory: state.directory().to_owned(),
                limit: LIMIT,
            }),
        };
        if let Err(error) = served {
            // The keeper says more as soon as the directory answers.
            self.set_state(StateStatus {
                directory: state.directory().to_owned(),
                fault: Some(chain(&error)),
                ..StateStatus::default()
            });
        }
    }

    async fn try_copies(
        &self,
        state: &Arc<State>,
        rule_tests: RuleTests,
    ) -> Result<(), StateError> {
        if state.begin().await? {
            self.set_state(StateStatus {
                directory: state.directory().to_owned(),
                is_ours: true,
                ..StateStatus::default()
            });
        }
        if let Some(held) = state.held().await? {
            self.recall_held(held);
        }
        // What is wrong with the copy is said by its keeper.
        let last_good = state.last_good().await.ok().flatten();
        let backups = state.backups().await.unwrap_or_default();
        let mut versions = Vec::new();
        versions.extend(last_good.iter().map(|copy| copy.version));
        versions.extend(backups.iter().map(|backup| backup.version));
        if let Some(newest) = versions.into_iter().max_by_key(|version| version.number) {
            self.number_after(newest);
        }
        if let Some(copy) = last_good
            && self
                .try_copy(&copy.path, copy.version, Source::LastGood, rule_tests)
                .await
        {
            return Ok(());
        }
        for backup in backups {
            if self
                .try_copy(&backup.path, backup.version, Source::Backup, rule_tests)
                .await
            {
                break;
            }
        }
        Ok(())
    }

    /// Serves one copy if it holds exactly the rows that were accepted. Returns whether it does.
    async fn try_copy(
        &self,
        path: &Path,
        version: VersionInfo,
        source: Source,
        rule_tests: RuleTests,
    ) -> bool {
        let tables = match store::load_copy(path).await {
            Ok(tables) => tables,
            Err(error) => {
                tracing::error!(path = %path.display(), error = chain(&error), "a copy of the rules cannot be read");
                return false;
            }
        };
        let compiling = background::run("compile", move || {
            let candidate = CompiledVersion::of(&tables, rule_tests);
            let is_accepted = candidate.fingerprint == version.fingerprint
                || tables.earlier_fingerprint() == version.fingerprint;
            (candidate, is_accepted)
        });
        match compiling.await {
            Ok((_, false)) => {
                tracing::error!(path = %path.display(), "a copy of the rules does not hold what was accepted");
                false
            }
            Ok((candidate, true)) if candidate.has_errors() => {
                tracing::error!(path = %path.display(), "a copy of the rules has rows in error");
                false
            }
            Ok((candidate, true)) => {
                self.serve_copy(candidate, source, version);
                true
            }
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "a copy of the rules cannot be compiled");
                false
            }
        }
    }

    /// Waits until there is something to answer from, or it is known why there is nothing.
    ///
    /// `limit` is how long a question may wait rather than be answered with an empty list.
    pub async fn is_started(&self, limit: Duration) {
        let mut changes = self.changes();
        let started = async {
            while self.served().source == Source::Nothing && !self.status().is_read {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        drop(tokio::time::timeout(limit, started).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Content;
    use crate::telemetry::Metrics;

    #[tokio::test]
    async fn a_copy_is_served_if_it_holds_what_was_accepted_by_this_build_or_an_earlier_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("last-good.db");
        store::create(&path, Content::Demo).await.unwrap();
        let tables = store::load_copy(&path).await.unwrap();
        let earlier = tables.earlier_fingerprint();
        assert_ne!(earlier, tables.fingerprint());
        for (fingerprint, expected) in [
            (tables.fingerprint(), Source::LastGood),
            (earlier, Source::LastGood),
            (earlier ^ 1, Source::Nothing),
        ] {
            let live = RulesAuthority::new(Arc::new(Metrics::new()), Duration::from_mins(1));
            let version = VersionInfo {
                number: 7,
                fingerprint,
                accepted: clock::now(),
            };
            live.try_copy(&path, version, Source::LastGood, RuleTests::Refuse)
                .await;
            assert_eq!(live.served().source, expected, "{fingerprint:016x}");
        }
    }
}
