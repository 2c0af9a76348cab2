//! The follower: keeps the mirror at the version that PostgreSQL holds.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Cluster;
use crate::store::{Followed, Postgres, PostgresError};
use crate::telemetry::chain;

/// From one comparison of all rows to the next: what was edited past the log shows only there.
const COMPARISON: Duration = Duration::from_mins(10);

/// How long it is waited after an attempt that failed.
const PAUSE: Duration = Duration::from_millis(500);

/// Rows that are named where PostgreSQL and the mirror differ.
const MAX_NAMED: usize = 20;

impl Cluster {
    /// Makes the first mirror, or brings the one that is there up to date; gives up after a while.
    pub async fn follow_first(&self) {
        let following = async {
            while let Err(error) = self.follow_once(&mut None).await {
                tracing::debug!(error = chain(&error), "PostgreSQL is waited for");
                tokio::time::sleep(PAUSE).await;
            }
        };
        let patience = self.config.start_patience();
        if tokio::time::timeout(patience, following).await.is_err() {
            tracing::warn!(
                place = ?self.place,
                "PostgreSQL has not answered: calls are answered by the rules as they were mirrored last"
            );
        }
    }

    /// Follows until the process is to end.
    pub async fn follow(self: Arc<Self>, shutdown: CancellationToken) {
        let mut newest = self.newest.subscribe();
        let following = async {
            let mut connection = None;
            let mut comparison = tokio::time::interval(COMPARISON);
            loop {
                let done = tokio::select! {
                    changed = newest.changed() => match changed {
                        Ok(()) => self.follow_once(&mut connection).await,
                        Err(_closed) => return,
                    },
                    _ = comparison.tick() => self.compare_once(&mut connection).await,
                };
                if let Err(error) = done {
                    connection = None;
                    tracing::warn!(
                        error = chain(&error),
                        "the newest rules cannot be taken over; it is tried again"
                    );
                    tokio::time::sleep(PAUSE).await;
                    newest.mark_changed();
                }
            }
        };
        shutdown.run_until_cancelled(following).await;
    }

    async fn follow_once(&self, connection: &mut Option<Postgres>) -> Result<(), PostgresError> {
        // The server that holds the directory writes there; another one reads along.
        if !self.state.is_ours() {
            return Ok(());
        }
        let mut postgres = self.take(connection).await?;
        let followed = postgres.follow(self.project, &self.mirror).await?;
        *connection = Some(postgres);
        match followed {
            Followed::Nothing => {}
            Followed::Edits(edits) => tracing::debug!(edits, "followed edits in PostgreSQL"),
            Followed::Whole => tracing::info!("read all rules from PostgreSQL"),
            Followed::Fork(rows) => tracing::error!(
                rows,
                "PostgreSQL holds an earlier version of the rules than this server has seen, or another one: it was restored, \
                 or lost edits; its rows are taken over, and earlier ones stand in the directory backup"
            ),
        }
        Ok(())
    }

    async fn compare_once(&self, connection: &mut Option<Postgres>) -> Result<(), PostgresError> {
        if !self.state.is_ours() {
            return Ok(());
        }
        let mut postgres = self.take(connection).await?;
        let differing = postgres.compare(self.project, &self.mirror).await?;
        *connection = Some(postgres);
        if !differing.is_empty() {
            let rows = differing.len();
            let named: Vec<String> = differing.into_iter().take(MAX_NAMED).collect();
            tracing::error!(
                rows,
                named = named.join(", "),
                "rows were edited past the log of edits, there or in the mirror; those of PostgreSQL are taken over"
            );
        }
        Ok(())
    }

    async fn take(&self, connection: &mut Option<Postgres>) -> Result<Postgres, PostgresError> {
        match connection.take() {
            Some(postgres) => Ok(postgres),
            None => self.connect().await,
        }
    }
}
