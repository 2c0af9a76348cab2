//! The forwarder: what the journal has written here goes to the journal that all servers share, each piece once.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::Cluster;
use crate::journal::{Journal, LEDGER_PAST, restore_shared};
use crate::projects::{Project, Projects};
use crate::store::{Outbox, Postgres, PostgresError, StoreError};
use crate::telemetry::chain;

/// How often it is looked for something to send, and how long it is waited after a failure.
const ROUND: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_secs(1);

/// How long a statement may take.
const LIMIT: Duration = Duration::from_secs(10);

/// How often old days are dropped, and what waits is limited.
const FORGETTING: Duration = Duration::from_mins(30);

/// Why a round was not finished.
#[derive(Debug, thiserror::Error)]
enum ForwardError {
    #[error(transparent)]
    Here(#[from] StoreError),
    #[error(transparent)]
    There(#[from] PostgresError),
}

impl Cluster {
    /// Sends on until the process is to end; what is left then is sent after the next start.
    pub async fn forward(self: Arc<Self>, retention: SignedDuration, shutdown: CancellationToken) {
        let forwarding = async {
            let (mut connection, mut is_well) = (None, true);
            let (mut next_forgetting, mut must_forget) = (clock::monotonic(), false);
            loop {
                if clock::monotonic() >= next_forgetting {
                    next_forgetting = clock::monotonic() + FORGETTING;
                    must_forget = true;
                    for project in self.projects.all() {
                        limit(&project.journal).await;
                    }
                }
                let mut done = self.send_some_of_all(&mut connection).await;
                if must_forget && done.is_ok() {
                    must_forget = false;
                    done = self.forget(&mut connection, retention).await.map(|()| true);
                }
                match done {
                    Ok(has_more) => {
                        is_well = true;
                        if !has_more {
                            tokio::time::sleep(self.round_of_forwarding()).await;
                        }
                    }
                    Err(error) => {
                        connection = None;
                        if std::mem::replace(&mut is_well, false) {
                            tracing::warn!(
                                error = chain(&error),
                                "decisions wait here until PostgreSQL takes them"
                            );
                        }
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        };
        shutdown.run_until_cancelled(forwarding).await;
    }

    /// To look costs a query of each project's journal.
    fn round_of_forwarding(&self) -> Duration {
        match &*self.projects {
            Projects::One(_) => ROUND,
            Projects::Several(_) => PAUSE,
        }
    }

    /// Sends some pieces of each project; true if there are more. What is wrong with one journal keeps no other.
    async fn send_some_of_all(
        &self,
        connection: &mut Option<Postgres>,
    ) -> Result<bool, ForwardError> {
        let (mut has_more, mut waiting, mut fault) = (false, 0, None);
        for project in self.projects.all() {
            match self.send_some(connection, &project).await {
                Ok((is_more, left)) => {
                    has_more |= is_more;
                    waiting += left;
                }
                Err(error @ ForwardError::There(_)) => return Err(error),
                Err(error @ ForwardError::Here(_)) => fault = Some(error),
            }
        }
        self.metrics.cluster.journal_waiting.set(waiting);
        fault.map_or(Ok(has_more), Err)
    }

    /// Sends some pieces; whether there are more, and how many waited.
    async fn send_some(
        &self,
        connection: &mut Option<Postgres>,
        project: &Project,
    ) -> Result<(bool, i64), ForwardError> {
        let journal = &project.journal;
        let outbox = journal.outbox().await?;
        let Some(last) = outbox.pieces.last().map(|piece| piece.seq) else {
            return Ok((false, 0));
        };
        let mut postgres = self.take_for_journal(connection).await?;
        match postgres.take_pieces(project.number, &outbox).await {
            Err(error) if error.is_about_rows() => {
                send_one_by_one(&mut postgres, project.number, &outbox).await?;
            }
            sent => sent?,
        }
        *connection = Some(postgres);
        journal.clear_outbox(last).await?;
        let sent = i64::try_from(outbox.pieces.len()).unwrap_or(i64::MAX);
        Ok((outbox.waiting > sent, outbox.waiting))
    }

    async fn forget(
        &self,
        connection: &mut Option<Postgres>,
        retention: SignedDuration,
    ) -> Result<(), ForwardError> {
        let now = clock::now();
        let before = now.checked_sub(retention).unwrap_or(now);
        let mut postgres = self.take_for_journal(connection).await?;
        let days = postgres.forget_journal(before).await?;
        *connection = Some(postgres);
        if days > 0 {
            tracing::info!(days, "the oldest days of the shared journal are dropped");
        }
        Ok(())
    }

    async fn take_for_journal(
        &self,
        connection: &mut Option<Postgres>,
    ) -> Result<Postgres, PostgresError> {
        match connection.take() {
            Some(postgres) => Ok(postgres),
            None => Ok(self.connect().await?.with_limit(LIMIT)),
        }
    }

    /// Fills a project's ledger with what all servers have written down; if that cannot be read, with what this one has.
    pub async fn restore(self: Arc<Self>, project: Arc<Project>) {
        let journal = &project.journal;
        let now = clock::now();
        let (span, most_calls, most_callers) = LEDGER_PAST;
        let read = async {
            let _turn = self.reading.acquire().await;
            let mut postgres = self.connect().await?;
            let since = now.checked_sub(span).unwrap_or(now);
            let calls = postgres
                .taken_calls(project.number, since, most_calls)
                .await?;
            let last = postgres.last_taken(project.number, most_callers).await?;
            postgres.close().await?;
            Ok::<_, PostgresError>((calls, last))
        };
        match read.await {
            Ok((calls, last)) => {
                let calls = restore_shared(journal.ledger(), calls, last, now).await;
                tracing::info!(calls, "the calls that were taken at all servers are known");
            }
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "who took which calls at other servers more than an hour ago is not known"
                );
                journal.restore_ledger().await;
            }
        }
    }
}

/// One piece that PostgreSQL does not take must not keep all that come after it.
async fn send_one_by_one(
    postgres: &mut Postgres,
    project: i64,
    outbox: &Outbox,
) -> Result<(), PostgresError> {
    for piece in &outbox.pieces {
        let one = Outbox {
            source: outbox.source.clone(),
            pieces: vec![piece.clone()],
            waiting: 1,
        };
        match postgres.take_pieces(project, &one).await {
            Err(error) if error.is_about_rows() => tracing::error!(
                project,
                error = chain(&error),
                bytes = piece.rows.len(),
                "decisions that PostgreSQL does not take stand in this server's journal alone"
            ),
            sent => sent?,
        }
    }
    Ok(())
}

/// What PostgreSQL has not taken for very long must not fill the disk.
async fn limit(journal: &Journal) {
    match journal.limit_outbox().await {
        Ok(0) => {}
        Ok(dropped) => tracing::error!(
            dropped,
            "decisions have waited for PostgreSQL for too long: the oldest are not sent"
        ),
        Err(error) => tracing::debug!(error = chain(&error), "what waits is limited later"),
    }
}
