//! The follower: keeps the mirror at the version that PostgreSQL holds.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Cluster;
use crate::projects::{Project, Projects};
use crate::store::{Followed, Postgres, PostgresError};
use crate::telemetry::chain;

/// From one comparison of all rows to the next: what was edited past the log shows only there.
const COMPARISON: Duration = Duration::from_mins(10);

/// How long it is waited after an attempt that failed.
const PAUSE: Duration = Duration::from_millis(500);

/// Rows that are named where PostgreSQL and the mirror differ.
const MAX_NAMED: usize = 20;

impl Cluster {
    /// Makes a project's first mirror, or brings the one that is there up to date; gives up after a while.
    pub async fn follow_first(&self, project: &Project) {
        let following = async {
            while let Err(error) = self.follow_once(project, &mut None).await {
                tracing::debug!(error = chain(&error), "PostgreSQL is waited for");
                tokio::time::sleep(PAUSE).await;
            }
        };
        let patience = self.config.start_patience();
        if tokio::time::timeout(patience, following).await.is_err() {
            tracing::warn!(
                place = ?self.places.rules,
                project = project.number,
                "PostgreSQL has not answered: calls are answered by the rules as they were mirrored last"
            );
        }
    }

    /// Follows a project until it is to end.
    pub async fn follow(self: Arc<Self>, project: Arc<Project>, shutdown: CancellationToken) {
        let mut newest = project.newest.subscribe();
        let following = async {
            let mut connection = None;
            let mut comparison = tokio::time::interval(COMPARISON);
            loop {
                let done = tokio::select! {
                    changed = newest.changed() => match changed {
                        Ok(()) => self.follow_once(&project, &mut connection).await,
                        Err(_closed) => return,
                    },
                    _ = comparison.tick() => self.compare_once(&project, &mut connection).await,
                };
                if let Err(error) = done {
                    connection = None;
                    tracing::warn!(
                        project = project.number,
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

    async fn follow_once(
        &self,
        project: &Project,
        connection: &mut Option<Postgres>,
    ) -> Result<(), PostgresError> {
        // The server that holds the directory writes there; another one reads along.
        if !project.state.is_ours() {
            return Ok(());
        }
        let _turn = self.following.acquire().await;
        let mut postgres = self.take(connection).await?;
        let followed = postgres.follow(project.number, &project.rules).await?;
        project.live.rules_written();
        self.give_back(postgres, connection).await?;
        let number = project.number;
        match followed {
            Followed::Nothing => {}
            Followed::Edits(edits) => {
                tracing::debug!(project = number, edits, "followed edits in PostgreSQL");
            }
            Followed::Whole => tracing::info!(project = number, "read all rules from PostgreSQL"),
            Followed::Fork(rows) => tracing::error!(
                project = number,
                rows,
                "PostgreSQL holds an earlier version of the rules than this server has seen, or another one: it was restored, \
                 or lost edits; its rows are taken over, and earlier ones stand in the directory backup"
            ),
        }
        Ok(())
    }

    async fn compare_once(
        &self,
        project: &Project,
        connection: &mut Option<Postgres>,
    ) -> Result<(), PostgresError> {
        if !project.state.is_ours() {
            return Ok(());
        }
        let _turn = self.reading.acquire().await;
        let mut postgres = self.take(connection).await?;
        let differing = postgres.compare(project.number, &project.rules).await?;
        self.give_back(postgres, connection).await?;
        if !differing.is_empty() {
            let rows = differing.len();
            let named: Vec<String> = differing.into_iter().take(MAX_NAMED).collect();
            tracing::error!(
                project = project.number,
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

    /// Keeps a connection for the next time; where there are several projects, PostgreSQL has not so many.
    async fn give_back(
        &self,
        postgres: Postgres,
        connection: &mut Option<Postgres>,
    ) -> Result<(), PostgresError> {
        if let Projects::Several(_) = &*self.projects {
            return postgres.close().await;
        }
        *connection = Some(postgres);
        Ok(())
    }
}
